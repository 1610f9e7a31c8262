"""What GroupNormalization is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference


def channels_first(w, x):
    x = np.moveaxis(x, 1, -1)
    y = reference.normalization.group_norm(x, w["gamma"], w["beta"], 2)
    return np.moveaxis(y, -1, 1)


EXAMPLES = {
    "of images": Example(
        {"groups": 2},
        (Input((3, 4, 5, 6), unknown=(1, 2)),),
        lambda w, x: reference.normalization.group_norm(x, w["gamma"], w["beta"], 2),
        keras=lambda: keras.layers.GroupNormalization(groups=2),
        wrong=(
            ("groups", 0),
            ("groups", -2),
            ("groups", 1.5),
            ("axis", 0),
            ("epsilon", -1),
            ("center", None),
        ),
        any_rank=True,
    ),
    "of sequences, in one group": Example(
        {"groups": 1, "epsilon": 0.01},
        (Input((3, 4, 2), unknown=(1,)),),
        lambda w, x: reference.normalization.group_norm(x, w["gamma"], w["beta"], 1, 0.01),
        keras=lambda: keras.layers.GroupNormalization(groups=1, epsilon=0.01),
        any_rank=True,
        padded=True,
    ),
    "of channels first": Example(
        {"groups": 2, "axis": 1},
        (Input((3, 4, 5, 6), unknown=(2, 3)),),
        channels_first,
        keras=lambda: keras.layers.GroupNormalization(groups=2, axis=1),
        any_rank=True,
        any_width=True,
    ),
    "a group for each channel, without scale and shift": Example(
        {"groups": -1, "center": False, "scale": False},
        (Input((3, 4, 2), unknown=(1,)),),
        lambda w, x: reference.normalization.group_norm(x, 1, 0, 2),
        keras=lambda: keras.layers.GroupNormalization(groups=-1, center=False, scale=False),
        any_rank=True,
        padded=True,
    ),
    "of vectors": Example(
        {"groups": 2},
        (Input((3, 8)),),
        lambda w, x: reference.normalization.group_norm(
            x[:, None], w["gamma"], w["beta"], 2
        ).reshape(3, 8),
        keras=lambda: keras.layers.GroupNormalization(groups=2),
        any_rank=True,
    ),
}
