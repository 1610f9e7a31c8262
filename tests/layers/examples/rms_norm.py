"""What RMSNorm is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {},
        (Input((4, 5)),),
        lambda w, x: reference.normalization.rms_norm(x, w["gamma"]),
        keras=lambda: keras.layers.RMSNormalization(),
        wrong=(("epsilon", -1),),
        any_rank=True,
    ),
    "of sequences": Example(
        {"epsilon": 0.01},
        (Input((3, 4, 5), unknown=(1,)),),
        lambda w, x: reference.normalization.rms_norm(x, w["gamma"], 0.01),
        keras=lambda: keras.layers.RMSNormalization(epsilon=0.01),
        any_rank=True,
    ),
}
