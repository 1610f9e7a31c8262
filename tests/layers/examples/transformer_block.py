"""What TransformerBlock is held to."""

from tests.layers.example import Example, Input
from tests.layers.examples.multi_head_attention import flat

from nablab import reference


def expected(num_heads, norm, activation):
    def block(w, x, attention_mask=None):
        def part(name):
            start = f"{name}/"
            return {k.removeprefix(start): v for k, v in w.items() if k.startswith(start)}

        def attention(z):
            weights = flat(part("attention"))
            heads = reference.attention.multi_head_attention
            return heads(z, z, z, weights, num_heads, attention_mask)[0]

        def normalized(name):
            return lambda z: reference.normalization.layer_norm(z, **part(name))

        def dense(z, name):
            return reference.dense.dense(z, w[f"{name}/kernel"], w[f"{name}/bias"])

        def feed_forward(z):
            return dense(getattr(reference.activation, activation)(dense(z, "hidden")), "out")

        return reference.attention.transformer_block(
            x, attention, normalized("norm1"), normalized("norm2"), feed_forward, norm
        )

    return block


EXAMPLES = {
    "normalised before": Example(
        {"num_heads": 2, "key_dim": 3, "hidden_dim": 6},
        (Input((2, 5, 4), unknown=(1,)),),
        expected(2, "pre", "gelu"),
        wrong=(
            ("num_heads", 0),
            ("key_dim", 0),
            ("hidden_dim", 1.5),
            ("norm", "both"),
            ("causal", "past"),
            ("dropout", 1.0),
        ),
        mask="time",
        padded=True,
    ),
    "normalised after, causal": Example(
        {"num_heads": 2, "key_dim": 3, "hidden_dim": 6, "norm": "post", "causal": True},
        (Input((2, 5, 4), unknown=(1,)),),
        lambda w, x: expected(2, "post", "gelu")(w, x, reference.attention.causal_mask(5)),
        mask="time",
        padded=True,
    ),
    "with a mask and dropout": Example(
        {"num_heads": 2, "key_dim": 3, "hidden_dim": 6, "activation": "relu", "dropout": 0.5},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 5), "mask", unknown=(1, 2))),
        expected(2, "pre", "relu"),
        training=True,
        random=True,
    ),
}
