"""How attention gets its heads: projections, the order of the axes, masks for every head.

A head attends along one axis, T, or along several, which become one here.
"""

from __future__ import annotations

import math

from keras import ops

from nablab.layers._attention import all_of, causal_mask, check_mask
from nablab.layers._weights import WeightedLayer


class Projection(WeightedLayer):
    """x W + b, with W and b in the shapes that `keras.layers.MultiHeadAttention` gives them.

    The first `over` axes of W are summed over, with the last ones of x.
    """

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(self, out, over=1, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.out, self.over, self.use_bias = tuple(out), over, use_bias
        self.bias = None
        self.supports_masking = True

    def build(self, x_shape):
        self.kernel = self.weight("kernel", (*x_shape[-self.over :], *self.out))
        if self.use_bias:
            self.bias = self.weight("bias", self.out)

    def call(self, x):
        n, m = math.prod(self.kernel.shape[: self.over]), math.prod(self.out)
        before = ops.shape(x)[: -self.over]
        flat = ops.reshape(x, (*before, n))
        y = ops.matmul(flat, ops.reshape(self.kernel, (n, m)))
        y = ops.reshape(y, (*before, *self.out))
        return y if self.bias is None else y + self.bias

    def compute_output_shape(self, x_shape):
        return (*x_shape[: -self.over], *self.out)


def by_head(x, axes):
    """(B, ..., H, d) -> (B, ..., H, T, d): the axes to attend along become T, behind the heads."""
    rank = len(x.shape)
    free = [axis for axis in range(rank - 2) if axis not in axes]
    x = ops.transpose(x, (*free, rank - 2, *axes, rank - 1))
    if len(axes) == 1:
        return x
    shape = ops.shape(x)
    return ops.reshape(x, (*shape[: len(free) + 1], math.prod(shape[len(free) + 1 : -1]), -1))


def by_position(y, axes, query):
    """(B, ..., H, T, d) -> (B, ..., H, d), with the axes in the places that they have in query."""
    rank = len(query.shape) + 1
    free = [axis for axis in range(rank - 2) if axis not in axes]
    if len(axes) > 1:
        sizes = [ops.shape(query)[axis] for axis in axes]
        y = ops.reshape(y, (*ops.shape(y)[: len(free) + 1], *sizes, y.shape[-1]))
    order = (*free, rank - 2, *axes, rank - 1)
    return ops.transpose(y, [order.index(axis) for axis in range(rank)])


def scores_shape(shape_of, query, key, axes, num_heads):
    """The shape of A as it is returned: (B, ..., H, T ..., S ...)."""
    T, S = ([shape_of(x)[axis] for axis in axes] for x in (query, key))
    free = [shape_of(query)[axis] for axis in range(len(query.shape) - 1) if axis not in axes]
    return (*free, num_heads, *T, *S)


def mask_for_heads(
    layer, axes, num_heads, query, key, attention_mask, query_mask, key_masks, use_causal_mask
):
    """Which keys each query may attend to in every head: (B, ..., H, T, S), or 1 for a size."""
    full = scores_shape(lambda x: x.shape, query, key, axes, num_heads)
    of_attention = None
    if attention_mask is not None:
        of_attention, last = ops.convert_to_tensor(attention_mask), 2 * len(axes)
        expected = (*full[: max(len(of_attention.shape) - last, 0)], *full[-last:])
        hint = " Pass a mask of the keys alone, (B, S), as value_mask."
        check_mask(layer, "attention_mask", of_attention, expected, hint)
        while len(of_attention.shape) < len(full):
            of_attention = ops.expand_dims(of_attention, -last - 1)
        if len(axes) > 1:
            before = ops.shape(of_attention)[:-last]
            T, S = ([ops.shape(x)[axis] for axis in axes] for x in (query, key))
            of_attention = ops.broadcast_to(of_attention, (*before, *T, *S))
            of_attention = ops.reshape(of_attention, (*before, math.prod(T), math.prod(S)))
    of_query = padding("query_mask", layer, query_mask, query, axes)  # (B, ..., 1, T, 1)
    of_keys = [
        ops.swapaxes(padding("value_mask", layer, mask, key, axes), -1, -2)  # (B, ..., 1, 1, S)
        for mask in key_masks
        if mask is not None
    ]
    past = None
    if use_causal_mask:
        T, S = (math.prod(ops.shape(x)[axis] for axis in axes) for x in (query, key))
        past = causal_mask(T, S)
    return all_of(of_attention, of_query, *of_keys, past)


def padding(name, layer, mask, x, axes):
    """(B, ...) -> (B, ..., 1, T, 1)"""
    if mask is None:
        return None
    mask = ops.convert_to_tensor(mask)
    check_mask(layer, name, mask, x.shape[:-1])
    return by_head(mask[..., None, None], axes)
