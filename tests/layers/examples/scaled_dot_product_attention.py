"""What ScaledDotProductAttention is held to."""

from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "queries, values and keys": Example(
        {},
        (
            Input((2, 4, 3), unknown=(1,)),
            Input((2, 5, 6), unknown=(1,)),
            Input((2, 5, 3), unknown=(1,)),
        ),
        lambda w, q, v, k: reference.attention.scaled_dot_product(q, k, v)[0],
        wrong=(("causal", "yes"),),
    ),
    "with a mask": Example(
        {},
        (
            Input((2, 4, 3), unknown=(1,)),
            Input((2, 5, 6), unknown=(1,)),
            Input((2, 5, 3), unknown=(1,)),
            Input((2, 4, 5), "mask", unknown=(1, 2)),
        ),
        lambda w, q, v, k, mask: reference.attention.scaled_dot_product(q, k, v, mask)[0],
    ),
    "causal": Example(
        {"causal": True},
        (Input((2, 5, 3), unknown=(1,)), Input((2, 5, 3), unknown=(1,))),
        lambda w, q, v: reference.attention.scaled_dot_product(
            q, v, v, reference.attention.causal_mask(5)
        )[0],
    ),
}
