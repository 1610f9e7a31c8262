"""MultiHeadAttention: several attentions in parallel, each on its own projection of the input."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers._attention import check_shapes, check_widths, masked_softmax
from nablab.layers._heads import (
    Projection,
    by_head,
    by_position,
    mask_for_heads,
    scores_shape,
)
from nablab.layers._weights import WeightedLayer, another


@keras.saving.register_keras_serializable(package="nablab")
class MultiHeadAttention(WeightedLayer):
    """Scaled dot-product attention in every head, on its own projection of the input.

    A convolution or a recurrent layer moves information from one position to the next. Attention
    lets every position read any other in one step, and several heads read different things.

    Maths:
        Q_h = query Wq_h + bq_h,   K_h = key Wk_h + bk_h,   V_h = value Wv_h + bv_h
        A_h = softmax(Q_h K_hᵀ / √key_dim)               for each head h = 1 ... H
        y = Σ_h A_h V_h Wo_h + bo

        The softmax is over the keys that the query may attend to. A query that may attend to none
        gets zeros from every head. In training, dropout acts on A. With use_gate, A_h V_h is
        multiplied by σ(query Wg_h + bg_h), entry by entry.

    Shapes:
        query (B, T, n), value (B, S, p) -> (B, T, n)
        query (B, T, n), value (B, S, p), key (B, S, m) -> (B, T, n)
        query (B, T, n), value (B, S, p), key (B, S, m), attention_mask (B, T, S) -> (B, T, n)
        with return_attention_scores, also A (B, num_heads, T, S)
        query (B, P, Q, n), value (B, R, S, p) -> (B, P, Q, n): along the attention_axes
        Wq (n, H, key_dim), Wk (m, H, key_dim), Wv (p, H, value_dim), Wo (H, value_dim, n), in the
        layers query_dense, key_dense, value_dense and output_dense

    Args:
        num_heads: H.
        key_dim: size of the queries and keys of a head.
        value_dim: size of the values of a head; key_dim if None.
        dropout: the fraction of A that is DROPPED in training.
        use_bias: whether the projections have a bias.
        output_shape: size of an output, or several; n if None.
        attention_axes: the axes along which a query attends; all between the first and the last if
            None. The other axes are like the batch.
        use_gate: whether to multiply the heads' outputs by a gate.
        seed: an integer from which dropout draws; None lets Keras choose one.
        kernel_initializer, bias_initializer: how the weights start, Glorot's uniform and 0 by
            default; so too `_regularizer` and `_constraint`.

    The call takes query, value and key (default: the value), then by name: `query_mask`,
    `value_mask` and `key_mask`, (B, T) or (B, S), False for padding, which Keras fills in after an
    Embedding with mask_zero; `attention_mask`, True where a query may attend to a key: (B, T, S),
    (T, S), (B, H, T, S) or 1 in the place of a size; `use_causal_mask`, whether position t may
    attend only to the positions s ≤ t; `return_attention_scores`, whether to return A too. For
    self-attention, pass the same tensor as query and value. Equals
    `reference.attention.multi_head_attention`.

    Raises:
        ValueError: an argument is not as described above, an input has fewer than three axes, or
            the shapes of query, value, key and masks do not fit each other.

    Example:
        >>> layer = MultiHeadAttention(num_heads=2, key_dim=3)
        >>> x = np.ones((1, 4, 5))
        >>> y, A = layer(x, x, return_attention_scores=True)
        >>> np.round(A.numpy()[0, 1, 0], 3)
        array([0.25, 0.25, 0.25, 0.25], dtype=float32)

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}
    LEFT_OUT = {
        "sliding_window": "pass the band as attention_mask",
        "flash_attention": "leave it at None: the scores are computed in full",
    }

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
        *,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        name = "MultiHeadAttention"
        self.num_heads = arguments.positive_int(name, num_heads=num_heads)
        self.key_dim = arguments.positive_int(name, key_dim=key_dim)
        self.value_dim = self.key_dim
        if value_dim is not None:
            self.value_dim = arguments.positive_int(name, value_dim=value_dim)
        self.dropout = arguments.fraction(name, dropout=dropout)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.use_gate = arguments.true_or_false(name, use_gate=use_gate)
        self._output_shape = whole_numbers("output_shape", output_shape, least=1)
        self.attention_axes = whole_numbers("attention_axes", attention_axes)
        self.seed = seed
        if self.dropout:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = key_shape or value_shape
        check_shapes("MultiHeadAttention", query_shape, value_shape, key_shape)
        n, p, m = self._sizes = query_shape[-1], value_shape[-1], key_shape[-1]
        rank = len(query_shape)
        self._axes = [axis % rank for axis in self.attention_axes or range(1, rank - 1)]
        H, d, e = self.num_heads, self.key_dim, self.value_dim
        self.query_dense = self._projection(1, "query", (n,), (H, d))
        self.key_dense = self._projection(2, "key", (m,), (H, d))
        if self.use_gate:
            self._gate_dense = self._projection(5, "gate", (n,), (H, e))
        self.value_dense = self._projection(3, "value", (p,), (H, e))
        out = self._output_shape or (n,)
        self.output_dense = self._projection(4, "attention_output", (H, e), out)

    def _projection(self, number, name, inputs, outputs):
        """A layer x W + b; no two of them start alike."""
        options = {key: getattr(self, key) for key in self.weight_arguments()}
        options["kernel_initializer"] = another(self.kernel_initializer, number)
        options["bias_initializer"] = another(self.bias_initializer, number)
        layer = Projection(
            outputs, len(inputs), self.use_bias, name=name, dtype=self.dtype_policy, **options
        )
        layer.build((None, *inputs))
        return layer

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        key = value if key is None else key
        self._check(query, value, key)
        mask = mask_for_heads(
            "MultiHeadAttention",
            self._axes,
            self.num_heads,
            query,
            key,
            attention_mask,
            query_mask,
            (value_mask, key_mask),
            use_causal_mask,
        )
        Q = by_head(self.query_dense(query), self._axes)  # (B, H, T, key_dim)
        K = by_head(self.key_dense(key), self._axes)  # (B, H, S, key_dim)
        V = by_head(self.value_dense(value), self._axes)  # (B, H, S, value_dim)

        scores = ops.matmul(Q * self.key_dim**-0.5, ops.swapaxes(K, -1, -2))  # (B, H, T, S)
        A = masked_softmax(scores, mask)
        if training and self.dropout:
            A = keras.random.dropout(A, self.dropout, seed=self.seed_generator)
        Y = by_position(ops.matmul(A, V), self._axes, query)  # (B, T, H, value_dim)
        if self.use_gate:
            Y = Y * ops.sigmoid(self._gate_dense(query))
        y = self.output_dense(Y)  # (B, T, n)
        if not return_attention_scores:
            return y
        shape = scores_shape(ops.shape, query, key, self._axes, self.num_heads)
        return y, ops.reshape(A, shape)

    def _check(self, query, value, key):
        check_shapes("MultiHeadAttention", query.shape, value.shape, key.shape)
        check_widths("MultiHeadAttention", query.shape, value.shape, key.shape, self._sizes)

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        check_shapes("MultiHeadAttention", query_shape, value_shape, key_shape or value_shape)
        return (*query_shape[:-1], *(self._output_shape or query_shape[-1:]))

    def compute_output_spec(
        self, query, value, key=None, *masks, return_attention_scores=False, **options
    ):
        key = value if key is None else key
        self._check(query, value, key)
        shape = self.compute_output_shape(query.shape, value.shape, key.shape)
        y = keras.KerasTensor(shape, self.compute_dtype)
        if not (return_attention_scores or any(flag is True for flag in masks)):
            return y
        shape = scores_shape(lambda x: x.shape, query, key, self._axes, self.num_heads)
        return y, keras.KerasTensor(shape, self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "dropout": self.dropout,
            "use_bias": self.use_bias,
            "output_shape": self._output_shape,
            "attention_axes": self.attention_axes,
            "use_gate": self.use_gate,
            "seed": self.seed,
        }


def whole_numbers(name, value, least=None):
    """None, or a tuple of integers, also from a single one."""
    if value is None:
        return None
    values = tuple(value) if isinstance(value, tuple | list) else (value,)
    is_whole = all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in values)
    if not values or not is_whole or (least is not None and min(values) < least):
        kind = "integers" if least is None else "positive integers"
        raise ValueError(
            f"MultiHeadAttention: {name} is {value!r}; expected None, or one or several {kind}."
        )
    return tuple(map(int, values))
