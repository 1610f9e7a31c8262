"""What BatchNormalization is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference


def at_inference(w, x):
    weights = (w["gamma"], w["beta"], w["moving_mean"], w["moving_variance"])
    return reference.normalization.batch_norm(x, *weights)


def channels_first(w, x):
    x = np.moveaxis(x, 1, -1)
    weights = (1, 0, w["moving_mean"], w["moving_variance"])
    return np.moveaxis(reference.normalization.batch_norm(x, *weights), -1, 1)


EXAMPLES = {
    "at inference": Example(
        {},
        (Input((4, 5, 6, 3), unknown=(1, 2)),),
        at_inference,
        keras=lambda: keras.layers.BatchNormalization(),
        wrong=(
            ("axis", 0),
            ("axis", (1, 2)),
            ("momentum", 1.0),
            ("epsilon", -0.1),
            ("center", "yes"),
            ("renorm", True),
            ("synchronized", True),
        ),
        any_rank=True,
        training=True,
        couples_batch=True,
    ),
    "in training": Example(
        {"momentum": 0.9, "epsilon": 0.01},
        (Input((4, 5, 3)),),
        lambda w, x: reference.normalization.batch_norm_training(x, w["gamma"], w["beta"], 0.01),
        call={"training": True},
        keras=lambda: keras.layers.BatchNormalization(momentum=0.9, epsilon=0.01),
        any_rank=True,
        training=True,
        couples_batch=True,
    ),
    "of sequences": Example(
        {},
        (Input((4, 5, 3), unknown=(1,)),),
        at_inference,
        keras=lambda: keras.layers.BatchNormalization(),
        any_rank=True,
        training=True,
        couples_batch=True,
        padded=True,
    ),
    "of channels first, without scale and shift": Example(
        {"axis": 1, "center": False, "scale": False},
        (Input((4, 3, 5, 6), unknown=(2, 3)),),
        channels_first,
        keras=lambda: keras.layers.BatchNormalization(axis=1, center=False, scale=False),
        any_rank=True,
        any_width=True,
        training=True,
        couples_batch=True,
    ),
}
