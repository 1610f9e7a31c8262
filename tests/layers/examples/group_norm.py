"""What GroupNorm is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "of images": Example(
        {"groups": 2},
        (Input((3, 4, 5, 6), unknown=(1, 2)),),
        lambda w, x: reference.normalization.group_norm(x, w["gamma"], w["beta"], 2),
        keras=lambda: keras.layers.GroupNormalization(groups=2),
        wrong=(("groups", 0), ("groups", -1), ("epsilon", -1)),
        any_rank=True,
    ),
    "of sequences, in one group": Example(
        {"groups": 1, "epsilon": 0.01},
        (Input((3, 4, 2), unknown=(1,)),),
        lambda w, x: reference.normalization.group_norm(x, w["gamma"], w["beta"], 1, 0.01),
        keras=lambda: keras.layers.GroupNormalization(groups=1, epsilon=0.01),
        any_rank=True,
    ),
}
