"""GlobalGraphPool: one vector of features for a whole graph."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers._graphs import check_of_nodes, mask_nodes, shape_of
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class GlobalGraphPool(keras.layers.Layer):
    """The mean, sum or maximum over all nodes, independent of their order.

    A question about a whole graph needs one vector of a fixed size, although graphs have different
    numbers of nodes, in no order. A mean, a sum or a maximum gives one.

    Maths:
        y = mean, sum or max of x_i over the nodes i where the mask is True, feature by feature

        A graph whose nodes are all masked gives zeros.

    Shapes:
        x (B, N, n) -> (B, n)
        x (B, N, n), mask (B, N) -> (B, n)

    Args:
        pool: "mean", "sum" or "max".

    The call takes x and `mask`, False for padding, so that graphs of different sizes fit in a
    batch; a mask that x carries is read as well. Equals `reference.graph.global_pool`.

    Raises:
        ValueError: `pool` is none of the three, x does not have three axes, or the mask does not
            have one entry for each node.

    Example:
        >>> x = np.array([[[1.0, 2.0], [3.0, 0.0], [9.0, 9.0]]])
        >>> GlobalGraphPool(pool="max")(x, np.array([[True, True, False]])).numpy()
        array([[3., 2.]], dtype=float32)

    Source: M. Zaheer et al., Deep Sets, 2017.
    """

    def __init__(self, *, pool="mean", **kwargs):
        super().__init__(**kwargs)
        self.pool = arguments.one_of("GlobalGraphPool", ("mean", "sum", "max"), pool=pool)
        self.supports_masking = True

    def call(self, x, mask=None):
        self._check(x.shape, shape_of(mask))
        x = ops.cast(x, self.compute_dtype)
        if self.pool == "max":
            return self._max(x, mask)
        x = at_least_float32(x)  # sums over many nodes
        y = ops.sum(mask_nodes(x, mask), axis=1)  # (B, n)
        if self.pool == "mean":
            count = ops.sum(mask_nodes(ops.ones_like(x[:, :, :1]), mask), axis=1)  # (B, 1)
            y = y / ops.maximum(count, 1.0)
        return ops.cast(y, self.compute_dtype)

    def _max(self, x, mask):
        if mask is None:
            return ops.max(x, axis=1)  # (B, n)
        mask = ops.cast(mask, "bool")[:, :, None]  # (B, N, 1)
        y = ops.max(ops.where(mask, x, -np.inf), axis=1)  # (B, n)
        return ops.where(ops.any(mask, axis=1), y, 0.0)

    def _check(self, x_shape, mask_shape=None):
        arguments.shape("GlobalGraphPool", x_shape, "(B, N, n)")
        check_of_nodes("GlobalGraphPool", x_shape, mask=mask_shape)

    def compute_mask(self, x, mask=None):
        return None  # the output has no nodes

    def compute_output_shape(self, x_shape, mask_shape=None):
        self._check(x_shape, mask_shape)
        return (x_shape[0], x_shape[2])

    def get_config(self):
        return {**super().get_config(), "pool": self.pool}
