"""What the attention layers share: masks, a softmax under them, checks, the call with a list.

No equation of a layer is here.
"""

from __future__ import annotations

import keras
from keras import backend, ops

from nablab._components import arguments
from nablab.layers._precision import at_least_float32
from nablab.layers._weights import WeightedLayer


def causal_mask(T, S):
    """Which of S keys each of T queries may attend to without seeing the future: (T, S)."""
    return ops.arange(S)[None, :] <= ops.arange(T)[:, None]


def all_of(*masks):
    """True where every mask is; masks that are None do not count, and None if all are."""
    both = None
    for mask in masks:
        if mask is not None:
            mask = ops.cast(mask, "bool")
            both = mask if both is None else ops.logical_and(both, mask)
    return both


def masked_softmax(scores, mask):
    """Attention weights: softmax along the last axis where the mask is True, and 0 elsewhere.

    A row without any True gives zeros. The softmax is computed in float32, because half precision
    loses small weights in the sum.
    """
    dtype = backend.standardize_dtype(scores.dtype)
    scores = at_least_float32(scores)
    if mask is None:
        return ops.cast(ops.softmax(scores, axis=-1), dtype)
    # -1e30 and not -inf: a row of -inf alone would be NaN, and so would its gradient.
    weights = ops.softmax(ops.where(mask, scores, -1e30), axis=-1)
    return ops.cast(ops.where(mask, weights, 0.0), dtype)


def check_shapes(layer, query, value, key):
    """That there is a value for every key; all three are shapes (B, ..., T, n)."""
    shapes = f"query has shape {tuple(query)}, value {tuple(value)} and key {tuple(key)}"
    ranks = {len(query), len(value), len(key)}
    if len(ranks) > 1 or min(ranks) < 3:
        raise ValueError(
            f"{layer}: {shapes}; their ranks must be equal, and at least three: (B, T, n)."
        )
    if any(v != k and None not in (v, k) for v, k in zip(value[1:-1], key[1:-1], strict=True)):
        raise ValueError(
            f"{layer}: {shapes}; all axes of value and key but the last must be equal, since there "
            "is one value for each key."
        )
    if None in (query[-1], value[-1], key[-1]):
        raise ValueError(f"{layer}: {shapes}; the sizes of their last axes must be known.")


def check_widths(layer, query, value, key, sizes):
    """That query, value and key, which are shapes, have the widths that the layer was built for."""
    if (query[-1], value[-1], key[-1]) != sizes:
        raise ValueError(
            f"{layer}: query has shape {tuple(query)}, value {tuple(value)} and key {tuple(key)}; "
            f"the layer was built for the widths {sizes}. Make another layer for these inputs."
        )


def check_mask(layer, name, mask, shape, hint=""):
    """That a mask has a shape, or 1 in the place of a size."""
    if mask is None:
        return
    pairs = zip(mask.shape, shape, strict=False)
    fits = all(m is None or n is None or m in (1, n) for m, n in pairs)
    if len(mask.shape) != len(shape) or not fits:
        raise ValueError(
            f"{layer}: {name} has shape {tuple(mask.shape)}; expected {tuple(shape)}, or 1 in the "
            f"place of a size.{hint}"
        )


class ListedAttention(WeightedLayer):
    """The base of the attention layers that are called with a list, [query, value, key].

    As Keras's Attention and AdditiveAttention they take `mask` as a list too, [query mask, value
    mask], which Keras fills in after an Embedding with mask_zero.
    """

    def __init__(self, dropout, seed, **kwargs):
        super().__init__(**kwargs)
        self.dropout = arguments.fraction(type(self).__name__, dropout=dropout)
        self.seed = seed
        if self.dropout:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self._sizes = None

    def build(self, input_shape):
        query, value, key = self._three(input_shape)
        check_shapes(type(self).__name__, query, value, key)
        self._sizes = query[-1], value[-1], key[-1]
        self.build_from(query[-1], key[-1])

    def build_from(self, n, m):
        """Makes the weights for n channels of a query and m of a key."""

    def check_products(self, n, m):
        if n != m:
            raise ValueError(
                f"{type(self).__name__}: a query has {n} entries and a key {m}; their last axes "
                "must be equal."
            )

    def parts(self, inputs):
        """The query, the value and the key."""
        query, value, key = self._three(inputs)
        shapes = query.shape, value.shape, key.shape
        check_shapes(type(self).__name__, *shapes)
        check_widths(type(self).__name__, *shapes, self._sizes)
        return query, value, key

    def attended(self, mask, use_causal_mask, scores):
        """Which keys each query may attend to, and which queries are padding; None for all."""
        query_mask, value_mask = self._two(mask)
        *batch, T, S = scores.shape
        check_mask(type(self).__name__, "the mask of the query", query_mask, (*batch, T))
        if value_mask is not None and len(value_mask.shape) < len(scores.shape):
            check_mask(type(self).__name__, "the mask of the value", value_mask, (*batch, S))
            value_mask = value_mask[..., None, :]  # (B, 1, S)
        check_mask(type(self).__name__, "the mask of the value", value_mask, (*batch, T, S))
        T, S = ops.shape(scores)[-2:]
        return all_of(value_mask, causal_mask(T, S) if use_causal_mask else None), query_mask

    def dropped(self, A, training):
        """A, of which dropout sets some entries to 0 in training."""
        if not training or not self.dropout:
            return A
        return keras.random.dropout(A, self.dropout, seed=self.seed_generator)

    def result(self, y, A, query_mask, return_attention_scores):
        """y, 0 for the queries that are padding, and A on request."""
        if query_mask is not None:
            y = ops.where(ops.cast(query_mask, "bool")[..., None], y, 0)
        return (y, A) if return_attention_scores else y

    def _three(self, inputs):
        """Query, value and key, or their shapes, from a list of two or three."""
        is_shape = isinstance(inputs, list | tuple) and isinstance(inputs[-1], int)
        is_list = isinstance(inputs, list | tuple) and not is_shape
        if not is_list or len(inputs) not in (2, 3):
            got = f"a list of {len(inputs)}" if is_list else "a single tensor"
            raise ValueError(
                f"{type(self).__name__}: the input is {got}; the layer must be called on a list of "
                "length 2 or 3: [query, value] or [query, value, key]."
            )
        query, value, key = [*inputs, inputs[1]][:3]
        return query, value, key

    def _two(self, mask):
        if mask is None:
            return None, None
        is_list = isinstance(mask, list | tuple)
        if not is_list or len(mask) not in (2, 3):
            got = f"a list of {len(mask)}" if is_list else "a single tensor"
            raise ValueError(
                f"{type(self).__name__}: mask is {got}; the layer mask must be a list of length 2 "
                "or 3: [query mask, value mask]."
            )
        return tuple(None if m is None else ops.convert_to_tensor(m) for m in mask[:2])

    def compute_mask(self, inputs, mask=None):
        return self._two(mask)[0]

    def compute_output_shape(self, input_shape):
        query, value, _ = self._three(input_shape)
        return (*query[:-1], value[-1])

    def compute_output_spec(
        self, inputs, mask=None, training=False, return_attention_scores=False, **options
    ):
        query, value, key = self.parts(inputs)
        y = keras.KerasTensor((*query.shape[:-1], value.shape[-1]), self.compute_dtype)
        A = keras.KerasTensor((*query.shape[:-1], key.shape[-2]), self.compute_dtype)
        return (y, A) if return_attention_scores else y

    def get_config(self):
        return {**super().get_config(), "dropout": self.dropout, "seed": self.seed}
