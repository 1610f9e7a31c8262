"""What BlurPool is held to."""

from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "halving": Example(
        {},
        (Input((2, 6, 5, 3), unknown=(1, 2)),),
        lambda w, x: reference.pooling.blurpool(x, 3, 2),
        wrong=(("kernel_size", 0), ("strides", (2, 2)), ("padding", "valid")),
    ),
    "wider, same padding": Example(
        {"kernel_size": 4, "strides": 3, "padding": "same"},
        (Input((2, 7, 6, 2)),),
        lambda w, x: reference.pooling.blurpool(x, 4, 3, "same"),
    ),
    "five weights, every pixel": Example(
        {"kernel_size": 5, "strides": 1},
        (Input((2, 4, 5, 2)),),
        lambda w, x: reference.pooling.blurpool(x, 5, 1),
    ),
}
