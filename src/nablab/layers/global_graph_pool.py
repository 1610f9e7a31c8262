"""GlobalGraphPool: one vector of features for a whole graph."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers._graphs import mask_nodes
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class GlobalGraphPool(keras.layers.Layer):
    """The mean, sum or maximum over all nodes, independent of their order.

    Maths:
        y = mean, sum or max of x_i over the nodes i where node_mask is True, feature by feature

        A graph whose nodes are all masked gives zeros.

    Shapes:
        x (B, N, n) -> (B, n)
        x (B, N, n), node_mask (B, N) -> (B, n)

    Args:
        pool: "mean", "sum" or "max".

    The call takes x and `node_mask`, False for padding, so that graphs of different sizes fit in a
    batch. Equals `reference.graph.global_pool`.

    Raises:
        ValueError: `pool` is none of the three, or x does not have three axes.

    Example:
        >>> x = np.array([[[1.0, 2.0], [3.0, 0.0], [9.0, 9.0]]])
        >>> GlobalGraphPool("max")(x, np.array([[True, True, False]])).numpy()
        array([[3., 2.]], dtype=float32)

    Source: M. Zaheer et al., Deep Sets, 2017.
    """

    def __init__(self, pool="mean", **kwargs):
        super().__init__(**kwargs)
        arguments.one_of("GlobalGraphPool", ("mean", "sum", "max"), pool=pool)
        self.pool = pool

    def build(self, x_shape):
        arguments.shape("GlobalGraphPool", x_shape, "(B, N, n)")

    def call(self, x, node_mask=None):
        if self.pool == "max":
            return self._max(x, node_mask)
        x = at_least_float32(x)  # sums over many nodes
        y = ops.sum(mask_nodes(x, node_mask), axis=1)  # (B, n)
        if self.pool == "mean":
            count = ops.sum(mask_nodes(ops.ones_like(x[:, :, :1]), node_mask), axis=1)  # (B, 1)
            y = y / ops.maximum(count, 1.0)
        return ops.cast(y, self.compute_dtype)

    def _max(self, x, node_mask):
        if node_mask is None:
            return ops.max(x, axis=1)  # (B, n)
        mask = ops.cast(node_mask, "bool")[:, :, None]  # (B, N, 1)
        y = ops.max(ops.where(mask, x, -np.inf), axis=1)  # (B, n)
        return ops.where(ops.any(mask, axis=1), y, 0.0)

    def compute_output_shape(self, x_shape, node_mask_shape=None):
        return (x_shape[0], x_shape[2])

    def get_config(self):
        return {**super().get_config(), "pool": self.pool}
