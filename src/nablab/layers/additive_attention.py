"""AdditiveAttention: a small network scores how well a query fits a key."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._attention import attention_mask, masked_softmax


@keras.saving.register_keras_serializable(package="nablab")
class AdditiveAttention(keras.layers.Layer):
    """Attention with scores from a network with one hidden layer.

    Maths:
        s_tj = wᵀ tanh(q_t Wq + k_j Wk),   A = softmax(s),   y_t = Σ_j A_tj v_j

        The softmax is over the keys j that the query may attend to. A query that may attend to none
        gives zeros.

    Shapes:
        query (B, T, n), value (B, S, m) -> (B, T, m)
        query (B, T, n), value (B, S, e), key (B, S, m) -> (B, T, e)
        query (B, T, n), value (B, S, e), key (B, S, m), attend_mask (B, T, S) -> (B, T, e)
        with return_scores=True, also A (B, T, S)
        Wq (n, units), Wk (m, units), w (units,), named query_kernel, key_kernel, score_vector

    Args:
        units: width of the hidden layer.
        kernel_initializer: initializer of Wq, Wk and w.

    The call takes query, value, key (default: the value), `attend_mask` (True where a query may
    attend to a key; (B, 1, S) if all queries have the same), `value_mask` (B, S), False for
    padding, which Keras passes on from an Embedding with mask_zero, and `return_scores`, whether to
    return A too. Equals `reference.attention.additive_attention`.

    Raises:
        ValueError: `units` is not a positive integer, or an input does not have three axes.

    Example:
        >>> layer = AdditiveAttention(2, kernel_initializer="ones")
        >>> layer(np.ones((1, 1, 3)), np.array([[[2.0], [2.0]]])).numpy()
        array([[[2.]]], dtype=float32)

    Source: D. Bahdanau, K. Cho, Y. Bengio, Neural Machine Translation by Jointly Learning to
    Align and Translate, 2015.
    """

    def __init__(self, units, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        arguments.positive_int("AdditiveAttention", units=units)
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = key_shape or value_shape
        arguments.shape("AdditiveAttention", query_shape, "(B, T, n)")
        arguments.shape("AdditiveAttention", value_shape, "(B, S, e)")
        arguments.shape("AdditiveAttention", key_shape, "(B, S, m)")

        def weight(name, *shape):
            return self.add_weight(shape=shape, initializer=self.kernel_initializer, name=name)

        self.Wq = weight("query_kernel", query_shape[-1], self.units)
        self.Wk = weight("key_kernel", key_shape[-1], self.units)
        self.w = weight("score_vector", self.units)

    def call(self, query, value, key=None, attend_mask=None, value_mask=None, return_scores=False):
        key = value if key is None else key
        T, S = ops.shape(query)[1], ops.shape(key)[1]
        q = ops.matmul(query, self.Wq)[:, :, None, :]  # (B, T, 1, units)
        k = ops.matmul(key, self.Wk)[:, None, :, :]  # (B, 1, S, units)
        s = ops.matmul(ops.tanh(q + k), self.w)  # (B, T, S)
        mask = attention_mask("AdditiveAttention", attend_mask, value_mask, False, T, S)
        A = masked_softmax(s, mask)  # (B, T, S)
        y = ops.matmul(A, value)  # (B, T, e)
        return (y, A) if return_scores else y

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        return (*query_shape[:-1], value_shape[-1])

    def compute_output_spec(
        self, query, value, key=None, attend_mask=None, value_mask=None, return_scores=False
    ):
        shape = self.compute_output_shape(query.shape, value.shape)
        y = keras.KerasTensor(shape, self.compute_dtype)
        A = keras.KerasTensor((*shape[:2], value.shape[1]), self.compute_dtype)
        return (y, A) if return_scores else y

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
