"""What BatchNorm is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "at inference": Example(
        {},
        (Input((4, 5, 6, 3), unknown=(1, 2)),),
        lambda w, x: reference.normalization.batch_norm(
            x, w["gamma"], w["beta"], w["moving_mean"], w["moving_variance"]
        ),
        keras=lambda: keras.layers.BatchNormalization(),
        wrong=(("momentum", 1.0), ("epsilon", -0.1)),
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
}
