"""What InstanceNormalization is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "of images": Example(
        {},
        (Input((3, 4, 5, 2), unknown=(1, 2)),),
        lambda w, x: reference.normalization.instance_norm(x, w["gamma"], w["beta"]),
        keras=lambda: keras.layers.GroupNormalization(groups=-1),
        wrong=(("epsilon", -1), ("scale", "no")),
        any_rank=True,
    ),
    "of sequences": Example(
        {"epsilon": 0.01},
        (Input((3, 6, 2), unknown=(1,)),),
        lambda w, x: reference.normalization.instance_norm(x, w["gamma"], w["beta"], 0.01),
        keras=lambda: keras.layers.GroupNormalization(groups=-1, epsilon=0.01),
        any_rank=True,
        padded=True,
    ),
}
