"""What RMSNormalization is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {},
        (Input((4, 5)),),
        lambda w, x: reference.normalization.rms_norm(x, w["scale"]),
        keras=lambda: keras.layers.RMSNormalization(),
        wrong=(("axis", 0), ("axis", "last"), ("epsilon", -1)),
        any_rank=True,
    ),
    "of sequences": Example(
        {"epsilon": 0.01},
        (Input((3, 4, 5), unknown=(1,)),),
        lambda w, x: reference.normalization.rms_norm(x, w["scale"], 0.01),
        keras=lambda: keras.layers.RMSNormalization(epsilon=0.01),
        any_rank=True,
        padded=True,
    ),
    "over two axes": Example(
        {"axis": (-2, -1)},
        (Input((3, 4, 5)),),
        lambda w, x: reference.normalization.rms_norm(
            x.reshape(3, 20), w["scale"].reshape(20)
        ).reshape(3, 4, 5),
        keras=lambda: keras.layers.RMSNormalization(axis=(-2, -1)),
        any_rank=True,
    ),
}
