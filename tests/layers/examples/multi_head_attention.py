"""What MultiHeadAttention is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference


def kernels_by_head(heads, use_bias=True):
    """Our weights as keras.layers.MultiHeadAttention holds them: with an axis for the heads."""

    def to_keras(weights):
        step = 2 if use_bias else 1
        taken = []
        for i in range(0, 4 * step, step):
            kernel, biases = weights[i], weights[i + 1 : i + step]
            n, m = kernel.shape
            if i == 3 * step:
                taken += [kernel.reshape(heads, n // heads, m), *biases]
            else:
                taken += [kernel.reshape(n, heads, m // heads)]
                taken += [bias.reshape(heads, m // heads) for bias in biases]
        return taken

    return to_keras


EXAMPLES = {
    "of a sequence on itself": Example(
        {"num_heads": 2, "key_dim": 3},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 4), unknown=(1,))),
        lambda w, q, v: reference.attention.multi_head_attention(q, v, v, w, 2)[0],
        keras=lambda: keras.layers.MultiHeadAttention(2, 3),
        to_keras=kernels_by_head(2),
        wrong=(("num_heads", 0), ("key_dim", 1.5), ("value_dim", -1), ("causal", "past")),
    ),
    "across, without bias": Example(
        {"num_heads": 2, "key_dim": 3, "use_bias": False},
        (
            Input((2, 4, 6), unknown=(1,)),
            Input((2, 5, 7), unknown=(1,)),
            Input((2, 5, 3), unknown=(1,)),
        ),
        lambda w, q, v, k: reference.attention.multi_head_attention(q, k, v, w, 2)[0],
        keras=lambda: keras.layers.MultiHeadAttention(2, 3, use_bias=False),
        to_keras=kernels_by_head(2, use_bias=False),
    ),
    "causal, with a mask, values wider than keys": Example(
        {"num_heads": 2, "key_dim": 3, "value_dim": 5, "causal": True},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 5), "mask", unknown=(1, 2)),
        ),
        lambda w, q, v, k, mask: reference.attention.multi_head_attention(
            q, k, v, w, 2, mask & reference.attention.causal_mask(5)
        )[0],
    ),
}
