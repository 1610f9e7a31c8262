"""What MultiHeadAttention is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference


def flat(w):
    """The weights as the reference takes them: the columns of the heads side by side."""
    taken = {}
    for name in ("query", "key", "value", "attention_output"):
        kernel, bias = w[f"{name}/kernel"], w.get(f"{name}/bias")
        out = name == "attention_output"
        shape = (-1, kernel.shape[-1]) if out else (kernel.shape[0], -1)
        taken[f"{name.removeprefix('attention_')}_kernel"] = kernel.reshape(shape)
        if bias is not None:
            taken[f"{name.removeprefix('attention_')}_bias"] = bias.reshape(-1)
    return taken


def expected(w, query, value, key=None, mask=None):
    key = value if key is None else key
    return reference.attention.multi_head_attention(query, key, value, flat(w), 2, mask)[0]


def along_the_second_axis(w, query, value):
    parts = [expected(w, query[:, i], value[:, i]) for i in range(query.shape[1])]
    return np.stack(parts, axis=1)


def along_both_axes(w, query, value):
    y = expected(w, *(x.reshape(len(x), -1, x.shape[-1]) for x in (query, value)))
    return y.reshape(query.shape)


def gated(w, query, value):
    """Each head's output times its gate: the gate of a column scales the row of Wo behind it."""
    gate = 1 / (1 + np.exp(-np.einsum("btn,nhe->bthe", query, w["_gate"]) - w["_gate_bias"]))
    bare = {k: v for k, v in w.items() if not k.startswith("_")}
    Wo = bare["attention_output/kernel"]
    heads = []
    for h in range(Wo.shape[0]):
        for e in range(Wo.shape[1]):
            alone = np.zeros_like(Wo)
            alone[h, e] = Wo[h, e]
            parts = {**bare, "attention_output/kernel": alone, "attention_output/bias": np.zeros(4)}
            heads.append(gate[:, :, h, e, None] * expected(parts, query, value))
    return sum(heads) + bare["attention_output/bias"]


EXAMPLES = {
    "of a sequence on itself": Example(
        {"num_heads": 2, "key_dim": 3},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 4), unknown=(1,))),
        expected,
        keras=lambda: keras.layers.MultiHeadAttention(2, 3),
        wrong=(
            ("num_heads", 0),
            ("key_dim", 1.5),
            ("value_dim", -1),
            ("dropout", 1.5),
            ("use_bias", "no"),
            ("output_shape", 8.0),
            ("attention_axes", "last"),
            ("sliding_window", 3),
        ),
    ),
    "across, without bias, with dropout": Example(
        {"num_heads": 2, "key_dim": 3, "use_bias": False, "dropout": 0.5, "seed": 1},
        (
            Input((2, 4, 6), unknown=(1,)),
            Input((2, 5, 7), unknown=(1,)),
            Input((2, 5, 3), unknown=(1,)),
        ),
        expected,
        keras=lambda: keras.layers.MultiHeadAttention(2, 3, dropout=0.5, use_bias=False),
        training=True,
        random=True,
    ),
    "causal, values wider than keys": Example(
        {"num_heads": 2, "key_dim": 3, "value_dim": 5},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 4), unknown=(1,))),
        lambda w, q, v: expected(w, q, v, mask=reference.attention.causal_mask(5)),
        call={"use_causal_mask": True},
        keras=lambda: keras.layers.MultiHeadAttention(2, 3, 5),
        keras_errs=("jax",),  # it takes the values to be as wide as the keys
    ),
    "along one of two axes": Example(
        {"num_heads": 2, "key_dim": 3, "attention_axes": -2},
        (Input((2, 3, 5, 4), unknown=(1, 2)), Input((2, 3, 6, 4), unknown=(1, 2))),
        along_the_second_axis,
        keras=lambda: keras.layers.MultiHeadAttention(2, 3, attention_axes=-2),
    ),
    "along two axes": Example(
        {"num_heads": 2, "key_dim": 3},
        (Input((2, 3, 2, 4), unknown=(1, 2)), Input((2, 1, 5, 4), unknown=(1, 2))),
        along_both_axes,
        keras=lambda: keras.layers.MultiHeadAttention(2, 3),
    ),
    "with a gate": Example(
        {"num_heads": 2, "key_dim": 3, "use_gate": True},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 6, 4), unknown=(1,))),
        lambda w, q, v: gated(
            {
                **{name: value for name, value in w.items() if not name.startswith("gate")},
                "_gate": w["gate/kernel"],
                "_gate_bias": w["gate/bias"],
            },
            q,
            v,
        ),
        keras=lambda: keras.layers.MultiHeadAttention(2, 3, use_gate=True),
    ),
}
