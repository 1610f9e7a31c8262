"""What GlobalMaxPool is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "of images": Example(
        {},
        (Input((3, 4, 5, 2), unknown=(1, 2)),),
        lambda w, x: reference.pooling.global_max(x),
        keras=lambda: keras.layers.GlobalMaxPooling2D(),
        wrong=(("keepdims", "yes"), ("data_format", "NHWC")),
        any_rank=True,
    ),
    "of sequences": Example(
        {},
        (Input((3, 5, 2), unknown=(1,)),),
        lambda w, x: reference.pooling.global_max(x),
        keras=lambda: keras.layers.GlobalMaxPooling1D(),
        mask="time",
        padded=True,
        any_rank=True,
    ),
    "of volumes, keeping the axes": Example(
        {"keepdims": True},
        (Input((2, 3, 4, 2, 3)),),
        lambda w, x: reference.pooling.global_max(x, keepdims=True),
        keras=lambda: keras.layers.GlobalMaxPooling3D(keepdims=True),
        any_rank=True,
    ),
}
