"""AdditiveAttention: a small network scores how well a query fits a key."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._attention import ListedAttention, masked_softmax


@keras.saving.register_keras_serializable(package="nablab")
class AdditiveAttention(ListedAttention):
    """Attention with scores from a network with one hidden layer.

    A product of query and key asks for vectors of one length, in one space. A small network learns
    by itself when they fit, at the price of T·S hidden layers.

    Maths:
        s_tj = wᵀ tanh(q_t Wq + k_j Wk),   A = softmax(s),   y_t = Σ_j A_tj v_j

        The softmax is over the keys j that the query may attend to. A query that may attend to
        none, or is padding, gives zeros. In training, dropout acts on A. Without `units` there are
        no Wq and Wk, as in Keras; without use_scale w is 1.

    Shapes:
        query (B, T, n), value (B, S, m) -> (B, T, m)
        query (B, T, n), value (B, S, e), key (B, S, m) -> (B, T, e)
        query (B, ..., T, n), value (B, ..., S, m) -> (B, ..., T, m)
        with return_attention_scores, also A (B, T, S)
        Wq (n, units), Wk (m, units), w (units,), named query_kernel, key_kernel and scale; w (n,)
        without units

    Args:
        use_scale: whether there is w.
        dropout: the fraction of A that is DROPPED in training.
        units: width of the hidden layer; None if query and key are added as they are.
        seed: an integer from which dropout draws; None lets Keras choose one.
        kernel_initializer, scale_initializer: how Wq and Wk, and how w starts, Glorot's uniform by
            default; so too `_regularizer` and `_constraint`.

    The call takes a list, [query, value] or [query, value, key] (default: the value), then by name:
    `mask`, a list of two: (B, T), False for queries that are padding, and (B, S) or (B, T, S), True
    for values that may be attended to; Keras fills it in after an Embedding with mask_zero.
    `use_causal_mask`: whether position t may attend only to the positions s ≤ t.
    `return_attention_scores`: whether to return A too. Equals
    `reference.attention.additive_attention`.

    Raises:
        ValueError: an argument is not as described above, the call does not get a list of two or
            three, their shapes or those of the masks do not fit each other, or without `units`
            query and key differ in width.

    Example:
        >>> layer = AdditiveAttention(units=2, kernel_initializer="ones")
        >>> layer([np.ones((1, 1, 3)), np.array([[[2.0], [2.0]]])]).numpy()
        array([[[2.]]], dtype=float32)

    Source: D. Bahdanau, K. Cho, Y. Bengio, Neural Machine Translation by Jointly Learning to
    Align and Translate, 2015.
    """

    WEIGHTS = {"kernel": "glorot_uniform", "scale": "glorot_uniform"}

    def __init__(self, use_scale=True, dropout=0.0, *, units=None, seed=None, **kwargs):
        super().__init__(dropout, seed, **kwargs)
        self.use_scale = arguments.true_or_false("AdditiveAttention", use_scale=use_scale)
        self.units = units
        if units is not None:
            self.units = arguments.positive_int("AdditiveAttention", units=units)
        self.scale = None

    def build_from(self, n, m):
        if self.units is None:
            self.check_products(n, m)
        else:
            self.Wq = self.weight("kernel", (n, self.units), name="query_kernel")
            self.Wk = self.weight("kernel", (m, self.units), name="key_kernel")
        if self.use_scale:
            self.scale = self.weight("scale", (self.units or n,))

    def call(
        self,
        inputs,
        mask=None,
        training=False,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        q, v, k = self.parts(inputs)
        if self.units is not None:
            q, k = ops.matmul(q, self.Wq), ops.matmul(k, self.Wk)  # (B, T, units), (B, S, units)
        hidden = ops.tanh(q[..., :, None, :] + k[..., None, :, :])  # (B, T, S, units)
        w = self.scale
        s = ops.sum(hidden, axis=-1) if w is None else ops.matmul(hidden, w)  # (B, T, S)
        attended, query_mask = self.attended(mask, use_causal_mask, s)
        A = self.dropped(masked_softmax(s, attended), training)  # (B, T, S)
        y = ops.matmul(A, v)  # (B, T, e)
        return self.result(y, A, query_mask, return_attention_scores)

    def get_config(self):
        return {**super().get_config(), "use_scale": self.use_scale, "units": self.units}
