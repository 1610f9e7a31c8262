"""TransformerBlock: attention mixes positions, then a small network works on each of them."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers.dense import Dense
from nablab.layers.dropout import Dropout
from nablab.layers.layer_norm import LayerNorm
from nablab.layers.multi_head_attention import MultiHeadAttention


@keras.saving.register_keras_serializable(package="nablab")
class TransformerBlock(keras.layers.Layer):
    """Self-attention, then a small network at every position, each with a residual connection.

    Maths:
        norm="pre":   h = x + attention(N₁(x)),    y = h + F(N₂(h))
        norm="post":  h = N₁(x + attention(x)),    y = N₂(h + F(h))
        F(z) = φ(z W₁ + b₁) W₂ + b₂

        N₁ and N₂ are layer normalisations over the last axis. In training, dropout acts on the
        outputs of attention and F before they are added.

    Shapes:
        x (B, T, n) -> (B, T, n)
        x (B, T, n), attend_mask (B, T, T) -> (B, T, n)
        W₁ (n, hidden_dim), W₂ (hidden_dim, n), in the layers "hidden" and "out"

    Args:
        num_heads: number of heads.
        key_dim: size of the queries, keys and values of a head.
        hidden_dim: width of F's hidden layer; often 4 n.
        norm: "pre" normalises the input of each branch, "post" the sum after it.
        activation: φ: a name or a function.
        causal: whether position t may attend only to the positions s ≤ t.
        rate: the fraction that dropout DROPS.

    The call takes x, `attend_mask` (True where a position may attend to another; (B, 1, T) if all
    positions have the same) and `mask` (B, T), False for padding, which Keras passes on from an
    Embedding with mask_zero. Equals `reference.attention.transformer_block`.

    Raises:
        ValueError: an argument is not as described above, or x does not have three axes.

    Example:
        >>> block = TransformerBlock(num_heads=2, key_dim=4, hidden_dim=16, causal=True)
        >>> block(np.ones((1, 3, 8))).shape
        TensorShape([1, 3, 8])

    Source: A. Vaswani et al., Attention Is All You Need, 2017 (post); R. Xiong et al., On Layer
    Normalization in the Transformer Architecture, 2020 (pre).
    """

    def __init__(
        self,
        num_heads,
        key_dim,
        hidden_dim,
        norm="pre",
        activation="gelu",
        causal=False,
        rate=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        name = "TransformerBlock"
        arguments.positive_int(name, num_heads=num_heads, key_dim=key_dim, hidden_dim=hidden_dim)
        arguments.one_of(name, ("pre", "post"), norm=norm)
        arguments.one_of(name, (False, True), causal=causal)
        arguments.fraction(name, rate=rate)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.hidden_dim = hidden_dim
        self.norm = norm
        self.activation = keras.activations.get(activation)
        self.causal = causal
        self.rate = rate
        self.supports_masking = True

    def build(self, x_shape):
        arguments.shape("TransformerBlock", x_shape, "(B, T, n)")
        policy = {"dtype": self.dtype_policy}
        self.attention = MultiHeadAttention(
            self.num_heads, self.key_dim, causal=self.causal, name="attention", **policy
        )
        self.norm1 = LayerNorm(name="norm1", **policy)
        self.norm2 = LayerNorm(name="norm2", **policy)
        self.hidden = Dense(self.hidden_dim, self.activation, name="hidden", **policy)
        self.out = Dense(x_shape[-1], name="out", **policy)
        self.dropout = Dropout(self.rate, name="dropout", **policy)
        self.attention.build(x_shape, x_shape)
        for layer in (self.norm1, self.norm2, self.hidden, self.dropout):
            layer.build(x_shape)
        self.out.build((*x_shape[:-1], self.hidden_dim))

    def call(self, x, attend_mask=None, mask=None, training=None):
        def attention(z):
            z = self.attention(z, z, attend_mask=attend_mask, value_mask=mask)
            return self.dropout(z, training=training)

        def feed_forward(z):
            return self.dropout(self.out(self.hidden(z)), training=training)

        if self.norm == "pre":
            h = x + attention(self.norm1(x))
            return h + feed_forward(self.norm2(h))
        h = self.norm1(x + attention(x))
        return self.norm2(h + feed_forward(h))

    def compute_output_shape(self, x_shape, attend_mask_shape=None):
        return tuple(x_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "hidden_dim": self.hidden_dim,
            "norm": self.norm,
            "activation": keras.activations.serialize(self.activation),
            "causal": self.causal,
            "rate": self.rate,
        }
