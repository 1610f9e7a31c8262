"""TransformerBlock: attention mixes positions, then a small network works on each of them."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers._padding import padding_mask
from nablab.layers._weights import WeightedLayer
from nablab.layers.dense import Dense
from nablab.layers.dropout import Dropout
from nablab.layers.layer_normalization import LayerNormalization
from nablab.layers.multi_head_attention import MultiHeadAttention


@keras.saving.register_keras_serializable(package="nablab")
class TransformerBlock(WeightedLayer):
    """Self-attention, then a small network at every position, each with a residual connection.

    Attention moves information between positions and the network works on it. Each only adds to x,
    so many blocks can be stacked: the gradient reaches the first one through the sums.

    Maths:
        norm="pre":   h = x + attention(N₁(x)),    y = h + F(N₂(h))
        norm="post":  h = N₁(x + attention(x)),    y = N₂(h + F(h))
        F(z) = φ(z W₁ + b₁) W₂ + b₂

        N₁ and N₂ are layer normalisations over the last axis. In training, dropout acts on the
        outputs of attention and F before they are added.

    Shapes:
        x (B, T, n) -> (B, T, n)
        x (B, T, n), attention_mask (B, T, T) -> (B, T, n)
        W₁ (n, hidden_dim), W₂ (hidden_dim, n), in the layers "hidden" and "out"

    Args:
        num_heads: number of heads.
        key_dim: size of the queries, keys and values of a head.
        hidden_dim: width of F's hidden layer; often 4 n.
        norm: "pre" normalises the input of each branch, "post" the sum after it.
        activation: φ: a name or a function.
        causal: whether position t may attend only to the positions s ≤ t.
        dropout: the fraction of the branches' outputs that is DROPPED in training.
        seed: an integer from which dropout draws; None lets Keras choose one.

    The call takes x, `attention_mask` (True where a position may attend to another; (B, 1, T) if
    all positions have the same) and `mask` (B, T), False for padding, which Keras fills in after an
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
        *,
        norm="pre",
        activation="gelu",
        causal=False,
        dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        name = "TransformerBlock"
        self.num_heads = arguments.positive_int(name, num_heads=num_heads)
        self.key_dim = arguments.positive_int(name, key_dim=key_dim)
        self.hidden_dim = arguments.positive_int(name, hidden_dim=hidden_dim)
        self.norm = arguments.one_of(name, ("pre", "post"), norm=norm)
        self.activation = keras.activations.get(activation)
        self.causal = arguments.true_or_false(name, causal=causal)
        self.dropout = arguments.fraction(name, dropout=dropout)
        self.seed = seed
        self.supports_masking = True

    def build(self, x_shape):
        arguments.shape("TransformerBlock", x_shape, "(B, T, n)")
        policy = {"dtype": self.dtype_policy}
        self.attention = MultiHeadAttention(
            self.num_heads, self.key_dim, name="attention", **policy
        )
        self.norm1 = LayerNormalization(name="norm1", **policy)
        self.norm2 = LayerNormalization(name="norm2", **policy)
        self.hidden = Dense(self.hidden_dim, self.activation, name="hidden", **policy)
        self.out = Dense(x_shape[-1], name="out", **policy)
        self.drop = Dropout(self.dropout, seed=self.seed, name="dropout", **policy)
        self.attention.build(x_shape, x_shape)
        for layer in (self.norm1, self.norm2, self.hidden, self.drop):
            layer.build(x_shape)
        self.out.build((*x_shape[:-1], self.hidden_dim))
        self.expects(x_shape)

    def call(self, x, attention_mask=None, mask=None, training=None):
        mask = padding_mask(x, mask)

        def attention(z):
            z = self.attention(
                z,
                z,
                value_mask=mask,
                attention_mask=attention_mask,
                use_causal_mask=self.causal,
            )
            return self.drop(z, training=training)

        def F(z):
            return self.drop(self.out(self.hidden(z)), training=training)

        if self.norm == "pre":
            h = x + attention(self.norm1(x))
            return h + F(self.norm2(h))
        h = self.norm1(x + attention(x))
        return self.norm2(h + F(h))

    def compute_output_shape(self, x_shape, attention_mask_shape=None):
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
            "dropout": self.dropout,
            "seed": self.seed,
        }
