"""ScaledDotProductAttention: every query averages the values whose keys fit it."""

from __future__ import annotations

import keras
from keras import ops

from nablab.layers._attention import ListedAttention, masked_softmax


@keras.saving.register_keras_serializable(package="nablab")
class ScaledDotProductAttention(ListedAttention):
    """The mean of the values for each query, weighted by how well the query fits their keys.

    It is a soft dictionary: a look-up that can be differentiated, because every value is read, most
    of them hardly at all. The division by √d keeps the softmax from saturating, since the products
    of long vectors are large.

    Maths:
        A = softmax(Q Kᵀ / √d),   Y = A V

        The softmax is over the keys that the query may attend to. A query that may attend to none,
        or is padding, gives zeros. In training, dropout acts on A. The layer has no weights.

    Shapes:
        query (B, T, d), value (B, S, e) -> (B, T, e)
        query (B, T, d), value (B, S, e), key (B, S, d) -> (B, T, e)
        query (B, ..., T, d), value (B, ..., S, e) -> (B, ..., T, e)
        with return_attention_scores, also A (B, T, S)

    Args:
        dropout: the fraction of A that is DROPPED in training.
        seed: an integer from which dropout draws; None lets Keras choose one.

    The call takes a list, [query, value] or [query, value, key] (default: the value), then by name:
    `mask`, a list of two: (B, T), False for queries that are padding, and (B, S) or (B, T, S), True
    for values that may be attended to; Keras fills it in after an Embedding with mask_zero.
    `use_causal_mask`: whether position t may attend only to the positions s ≤ t.
    `return_attention_scores`: whether to return A too. Equals
    `reference.attention.scaled_dot_product`. Keras's Attention does not divide by √d.

    Raises:
        ValueError: the call does not get a list of two or three, their shapes or those of the masks
            do not fit each other, or query and key differ in d.

    Example:
        >>> x = np.array([[[1.0, 0.0], [0.0, 1.0]]])
        >>> layer = ScaledDotProductAttention()
        >>> y, A = layer([x, x], return_attention_scores=True, use_causal_mask=True)
        >>> A.numpy().round(2)
        array([[[1.  , 0.  ], [0.33, 0.67]]], dtype=float32)

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """

    LEFT_OUT = {
        "use_scale": "multiply the query by your own weight: the scores are divided by √d",
        "score_mode": "use AdditiveAttention for scores by addition",
    }

    def __init__(self, *, dropout=0.0, seed=None, **kwargs):
        if kwargs.get("score_mode") == "dot":
            del kwargs["score_mode"]
        super().__init__(dropout, seed, **kwargs)

    def build_from(self, n, m):
        self.check_products(n, m)

    def call(
        self,
        inputs,
        mask=None,
        training=False,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        Q, V, K = self.parts(inputs)
        d = Q.shape[-1]
        scores = ops.matmul(Q * d**-0.5, ops.swapaxes(K, -1, -2))  # (B, T, S)
        attended, query_mask = self.attended(mask, use_causal_mask, scores)
        A = self.dropped(masked_softmax(scores, attended), training)  # (B, T, S)
        Y = ops.matmul(A, V)  # (B, T, e)
        return self.result(Y, A, query_mask, return_attention_scores)
