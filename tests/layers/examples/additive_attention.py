"""What AdditiveAttention is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

MASK = np.array([[[1, 1, 0, 0, 1, 0], [0] * 6, [0, 1, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0]]], bool)


def expected(w, query, value, key=None, mask=None):
    key = value if key is None else key
    n, m = query.shape[-1], key.shape[-1]
    W = w.get("query_kernel", np.eye(n)), w.get("key_kernel", np.eye(m))
    scale = w.get("scale", np.ones(W[0].shape[-1]))
    mask = np.ones((1, 1, 1), bool) if mask is None else mask
    masks = np.broadcast_to(mask, (len(query), *mask.shape[1:]))
    return np.stack(
        [
            reference.attention.additive_attention(q, k, v, *W, scale, attend_mask=one)[0]
            for q, k, v, one in zip(query, key, value, masks, strict=True)
        ]
    )


EXAMPLES = {
    "values that are their own keys": Example(
        {"units": 5},
        (Input((2, 4, 3), unknown=(1,)), Input((2, 6, 2), unknown=(1,))),
        expected,
        nest=lambda *inputs: (list(inputs),),
        wrong=(("units", 0), ("units", 1.5), ("dropout", 1.0), ("use_scale", "no")),
    ),
    "with keys and a mask": Example(
        {"units": 5},
        (
            Input((2, 4, 3)),
            Input((2, 6, 2)),
            Input((2, 6, 4)),
        ),
        lambda w, q, v, k: expected(w, q, v, k, MASK),
        nest=lambda *inputs: (list(inputs),),
        call={"mask": [None, MASK]},
    ),
    "without projections": Example(
        {},
        (Input((2, 4, 3), unknown=(1,)), Input((2, 6, 3), unknown=(1,))),
        expected,
        nest=lambda *inputs: (list(inputs),),
        keras=lambda: keras.layers.AdditiveAttention(),
    ),
    "without weights, causal, with dropout": Example(
        {"use_scale": False, "dropout": 0.5, "seed": 1},
        (Input((2, 5, 3), unknown=(1,)), Input((2, 5, 3), unknown=(1,))),
        lambda w, q, v: expected(w, q, v, mask=reference.attention.causal_mask(5)[None]),
        nest=lambda *inputs: (list(inputs),),
        call={"use_causal_mask": True},
        training=True,
        random=True,
    ),
}
