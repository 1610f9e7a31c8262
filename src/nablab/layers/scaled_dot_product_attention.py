"""ScaledDotProductAttention: every query averages the values whose keys fit it."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._attention import attention_mask, masked_softmax


@keras.saving.register_keras_serializable(package="nablab")
class ScaledDotProductAttention(keras.layers.Layer):
    """The mean of the values for each query, weighted by how well the query fits their keys.

    Maths:
        A = softmax(Q Kᵀ / √d),   Y = A V

        The softmax is over the keys that the query may attend to. A query that may attend to none
        gives zeros. The layer has no weights.

    Shapes:
        query (B, T, d), value (B, S, e) -> (B, T, e)
        query (B, T, d), value (B, S, e), key (B, S, d) -> (B, T, e)
        query (B, T, d), value (B, S, e), key (B, S, d), attend_mask (B, T, S) -> (B, T, e)
        with return_scores=True, also A (B, T, S)

    Args:
        causal: whether position t may attend only to the positions s ≤ t.

    The call takes query, value, key (default: the value), `attend_mask` (True where a query may
    attend to a key; (B, 1, S) if all queries have the same), `value_mask` (B, S), False for
    padding, which Keras passes on from an Embedding with mask_zero, and `return_scores`, whether to
    return A too. Equals `reference.attention.scaled_dot_product`.

    Raises:
        ValueError: `causal` is neither True nor False; an input does not have three axes; query and
            key differ in d.

    Example:
        >>> x = np.array([[[1.0, 0.0], [0.0, 1.0]]])
        >>> y, A = ScaledDotProductAttention(causal=True)(x, x, return_scores=True)
        >>> A.numpy().round(2)
        array([[[1.  , 0.  ], [0.33, 0.67]]], dtype=float32)

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """

    def __init__(self, causal=False, **kwargs):
        super().__init__(**kwargs)
        arguments.one_of("ScaledDotProductAttention", (False, True), causal=causal)
        self.causal = causal
        self.supports_masking = True

    def build(self, query_shape, value_shape, key_shape=None):
        name, key_shape = "ScaledDotProductAttention", key_shape or value_shape
        arguments.shape(name, query_shape, "(B, T, d)")
        arguments.shape(name, value_shape, "(B, S, e)")
        arguments.shape(name, key_shape, "(B, S, d)")
        if query_shape[-1] != key_shape[-1]:
            raise ValueError(
                f"{name}: query has shape {tuple(query_shape)} and key {tuple(key_shape)}; their "
                "last axes must be equal."
            )

    def call(self, query, value, key=None, attend_mask=None, value_mask=None, return_scores=False):
        key = value if key is None else key
        T, S = ops.shape(query)[1], ops.shape(key)[1]
        mask = attention_mask(
            "ScaledDotProductAttention", attend_mask, value_mask, self.causal, T, S
        )
        scores = ops.matmul(query * query.shape[-1] ** -0.5, ops.transpose(key, (0, 2, 1)))
        A = masked_softmax(scores, mask)  # (B, T, S)
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
        return {**super().get_config(), "causal": self.causal}
