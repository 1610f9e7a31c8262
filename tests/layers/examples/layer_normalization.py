"""What LayerNormalization is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "of sequences": Example(
        {},
        (Input((3, 4, 5), unknown=(1,)),),
        lambda w, x: reference.normalization.layer_norm(x, w["gamma"], w["beta"]),
        keras=lambda: keras.layers.LayerNormalization(),
        wrong=(
            ("axis", 0),
            ("axis", 1.5),
            ("axis", {"axis": -1}),
            ("epsilon", -1),
            ("scale", 2),
            ("rms_scaling", True),
        ),
        any_rank=True,
        padded=True,
    ),
    "over whole images": Example(
        {"axis": (1, 2, 3), "epsilon": 1e-5},
        (Input((3, 4, 5, 2)),),
        lambda w, x: reference.normalization.layer_norm(x, w["gamma"], w["beta"], (1, 2, 3), 1e-5),
        keras=lambda: keras.layers.LayerNormalization(axis=(1, 2, 3), epsilon=1e-5),
        any_rank=True,
    ),
    "over an axis in the middle": Example(
        {"axis": 1},
        (Input((3, 4, 5), unknown=(2,)),),
        lambda w, x: reference.normalization.layer_norm(x, w["gamma"], w["beta"], 1),
        any_rank=True,  # no Keras layer: on PyTorch it fails on such an axis
        any_width=True,
    ),
    "without scale and shift, over unsorted axes": Example(
        {"axis": (-1, -2), "center": False, "scale": False},
        (Input((3, 4, 5)),),
        lambda w, x: reference.normalization.layer_norm(
            x, np.ones((4, 5)), np.zeros((4, 5)), (1, 2)
        ),
        keras=lambda: keras.layers.LayerNormalization(axis=(-2, -1), center=False, scale=False),
        any_rank=True,
    ),
}
