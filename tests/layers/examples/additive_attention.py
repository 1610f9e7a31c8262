"""What AdditiveAttention is held to."""

import numpy as np
from tests.layers.example import Example, Input

from nablab import reference


def expected(w, query, value, key, attend_mask=None):
    mask = np.ones((len(query), 1, 1), bool) if attend_mask is None else attend_mask
    weights = w["query_kernel"], w["key_kernel"], w["score_vector"]
    return [
        reference.attention.additive_attention(q, k, v, *weights, attend_mask=m)[0]
        for q, k, v, m in zip(query, key, value, mask, strict=True)
    ]


EXAMPLES = {
    "values that are their own keys": Example(
        {"units": 5},
        (Input((2, 4, 3), unknown=(1,)), Input((2, 6, 2), unknown=(1,))),
        lambda w, q, v: np.stack(expected(w, q, v, v)),
        wrong=(("units", 0), ("units", 1.5)),
    ),
    "with keys and a mask": Example(
        {"units": 5},
        (
            Input((2, 4, 3), unknown=(1,)),
            Input((2, 6, 2), unknown=(1,)),
            Input((2, 6, 4), unknown=(1,)),
            Input((2, 4, 6), "mask", unknown=(1, 2)),
        ),
        lambda w, q, v, k, mask: np.stack(expected(w, q, v, k, mask)),
    ),
}
