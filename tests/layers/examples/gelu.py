"""What GELU is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "exact": Example(
        {},
        (Input((4, 5)),),
        lambda w, x: reference.activation.gelu(x),
        keras=lambda: keras.layers.Activation("gelu"),
        wrong=(("approximate", "tanh"),),
        any_rank=True,
    ),
    "by tanh": Example(
        {"approximate": True},
        (Input((3, 4, 5), unknown=(1,)),),
        lambda w, x: reference.activation.gelu(x, approximate=True),
        keras=lambda: keras.layers.Activation(lambda x: keras.activations.gelu(x, True)),
        any_rank=True,
        padded=True,
    ),
}
