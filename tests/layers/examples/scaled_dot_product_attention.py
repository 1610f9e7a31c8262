"""What ScaledDotProductAttention is held to."""

import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

MASK = np.array([[[1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [0, 1, 1, 1, 1], [1, 0, 0, 0, 0]]], bool)


def expected(w, query, value, key=None, mask=None):
    key = value if key is None else key
    return reference.attention.scaled_dot_product(query, key, value, mask)[0]


EXAMPLES = {
    "queries, values and keys": Example(
        {},
        (
            Input((2, 4, 3), unknown=(1,)),
            Input((2, 5, 6), unknown=(1,)),
            Input((2, 5, 3), unknown=(1,)),
        ),
        expected,
        nest=lambda *inputs: (list(inputs),),
        wrong=(("dropout", 1.0), ("use_scale", True), ("score_mode", "concat")),
    ),
    "with a mask": Example(
        {},
        (
            Input((2, 4, 3)),
            Input((2, 5, 6)),
            Input((2, 5, 3)),
        ),
        lambda w, q, v, k: expected(w, q, v, k, MASK),
        nest=lambda *inputs: (list(inputs),),
        call={"mask": [None, MASK]},
    ),
    "causal, with dropout": Example(
        {"dropout": 0.5, "seed": 1},
        (Input((2, 5, 3), unknown=(1,)), Input((2, 5, 3), unknown=(1,))),
        lambda w, q, v: expected(w, q, v, mask=reference.attention.causal_mask(5)),
        nest=lambda *inputs: (list(inputs),),
        call={"use_causal_mask": True},
        training=True,
        random=True,
    ),
    "of every row of an image on itself": Example(
        {},
        (Input((2, 3, 5, 4), unknown=(1, 2)), Input((2, 3, 5, 4), unknown=(1, 2))),
        expected,
        nest=lambda *inputs: (list(inputs),),
    ),
}
