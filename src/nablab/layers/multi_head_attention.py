"""MultiHeadAttention: several attentions in parallel, each on its own projection of the input."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._attention import attention_mask, masked_softmax


@keras.saving.register_keras_serializable(package="nablab")
class MultiHeadAttention(keras.layers.Layer):
    """Scaled dot-product attention in every head, on its own projection of the input.

    Maths:
        Q = query Wq + bq,   K = key Wk + bk,   V = value Wv + bv
        A_h = softmax(Q_h K_hᵀ / √key_dim)               for each head h
        Y = [A_1 V_1, …, A_H V_H] Wo + bo

        Q_h, K_h and V_h are the h-th of num_heads equal groups of columns. The softmax is over the
        keys that the query may attend to. A query that may attend to none gets zeros from every
        head.

    Shapes:
        query (B, T, n), value (B, S, p) -> (B, T, n)
        query (B, T, n), value (B, S, p), key (B, S, m) -> (B, T, n)
        query (B, T, n), value (B, S, p), key (B, S, m), attend_mask (B, T, S) -> (B, T, n)
        with return_scores=True, also A (B, num_heads, T, S)
        Wq (n, num_heads·key_dim), Wk (m, num_heads·key_dim), Wv (p, num_heads·value_dim),
        Wo (num_heads·value_dim, n)

    Args:
        num_heads: number of heads.
        key_dim: size of the queries and keys of a head.
        value_dim: size of the values of a head; key_dim if None.
        use_bias: whether the four projections have a bias.
        causal: whether position t may attend only to the positions s ≤ t.
        kernel_initializer: initializer of Wq, Wk, Wv and Wo.

    The call takes query, value, key (default: the value), `attend_mask` (True where a query may
    attend to a key; (B, 1, S) if all queries have the same), `value_mask` (B, S), False for
    padding, which Keras passes on from an Embedding with mask_zero, and `return_scores`, whether to
    return A too. For self-attention, pass the same tensor as query and value. Equals
    `reference.attention.multi_head_attention`.

    Raises:
        ValueError: an argument is not as described above, or an input does not have three axes.

    Example:
        >>> layer = MultiHeadAttention(num_heads=2, key_dim=3)
        >>> x = np.ones((1, 4, 5))
        >>> y, A = layer(x, x, return_scores=True)
        >>> np.round(A.numpy()[0, 1, 0], 3)
        array([0.25, 0.25, 0.25, 0.25], dtype=float32)

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        use_bias=True,
        causal=False,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("MultiHeadAttention", num_heads=num_heads, key_dim=key_dim)
        if value_dim is not None:
            arguments.positive_int("MultiHeadAttention", value_dim=value_dim)
        arguments.one_of("MultiHeadAttention", (False, True), causal=causal)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.value_dim = value_dim
        self.use_bias = use_bias
        self.causal = causal
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = key_shape or value_shape
        arguments.shape("MultiHeadAttention", query_shape, "(B, T, n)")
        arguments.shape("MultiHeadAttention", value_shape, "(B, S, p)")
        arguments.shape("MultiHeadAttention", key_shape, "(B, S, m)")
        n, keys, values = (
            query_shape[-1],
            self.num_heads * self.key_dim,
            self.num_heads * (self.value_dim or self.key_dim),
        )
        self.Wq, self.bq = self._projection("query", n, keys)
        self.Wk, self.bk = self._projection("key", key_shape[-1], keys)
        self.Wv, self.bv = self._projection("value", value_shape[-1], values)
        self.Wo, self.bo = self._projection("output", values, n)

    def _projection(self, name, n, m):
        kernel = self.add_weight(
            shape=(n, m), initializer=self.kernel_initializer, name=f"{name}_kernel"
        )
        if not self.use_bias:
            return kernel, None
        return kernel, self.add_weight(shape=(m,), initializer="zeros", name=f"{name}_bias")

    def call(self, query, value, key=None, attend_mask=None, value_mask=None, return_scores=False):
        key = value if key is None else key
        T, S = ops.shape(query)[1], ops.shape(key)[1]
        mask = attention_mask("MultiHeadAttention", attend_mask, value_mask, self.causal, T, S)
        if mask is not None:
            mask = mask[:, None]  # (B, 1, T, S), the same for every head
        Q = self._heads(project(query, self.Wq, self.bq), (0, 2, 1, 3))  # (B, H, T, key_dim)
        K = self._heads(project(key, self.Wk, self.bk), (0, 2, 3, 1))  # (B, H, key_dim, S)
        V = self._heads(project(value, self.Wv, self.bv), (0, 2, 1, 3))  # (B, H, S, value_dim)
        A = masked_softmax(ops.matmul(Q * self.key_dim**-0.5, K), mask)  # (B, H, T, S)
        y = ops.transpose(ops.matmul(A, V), (0, 2, 1, 3))  # (B, T, H, value_dim)
        y = ops.reshape(y, (-1, T, self.Wo.shape[0]))  # (B, T, H·value_dim)
        y = project(y, self.Wo, self.bo)  # (B, T, n)
        return (y, A) if return_scores else y

    def _heads(self, x, order):
        """(B, T, H·d) -> (B, T, H, d), with its axes permuted."""
        split = (-1, ops.shape(x)[1], self.num_heads, x.shape[-1] // self.num_heads)
        return ops.transpose(ops.reshape(x, split), order)

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        return tuple(query_shape)

    def compute_output_spec(
        self, query, value, key=None, attend_mask=None, value_mask=None, return_scores=False
    ):
        (B, T, _), S = query.shape, value.shape[1]
        y = keras.KerasTensor(query.shape, self.compute_dtype)
        A = keras.KerasTensor((B, self.num_heads, T, S), self.compute_dtype)
        return (y, A) if return_scores else y

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "use_bias": self.use_bias,
            "causal": self.causal,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def project(x, W, b):
    y = ops.matmul(x, W)
    return y if b is None else y + b
