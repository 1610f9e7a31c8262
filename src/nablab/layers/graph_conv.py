"""GraphConv: a node keeps itself and its neighbourhood apart."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers._each_graph import each
from nablab.layers._example import Example, Input
from nablab.layers._graphs import check, kept


@keras.saving.register_keras_serializable(package="nablab")
class GraphConv(keras.layers.Layer):
    """A node's own features and its neighbours', each through a matrix of their own.

    Maths:
        y_i = φ(x_i W_self + m_i W_neighbours + b),   with m_i for each aggregation
        sum:   Σ_j A_ij x_j
        mean:  Σ_j A_ij x_j / Σ_j A_ij
        max:   the largest x_j, feature by feature, over the j with A_ij ≠ 0

        Where a node has no neighbours, m_i = 0. Only the sum tells two neighbours from one with
        the same features.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), A (B, N, N), node_mask (B, N) -> (B, N, units)
        W_self (n, units), W_neighbours (n, units), b (units,), named self_kernel,
        neighbours_kernel and bias

    Args:
        units: how many features every node gets.
        aggregation: "mean", "sum" or "max". "max" holds B·N·N·n numbers in memory.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how both matrices begin.

    The call takes x, A and `node_mask`: nodes where it is False have no influence and give zeros.
    It equals `graph_conv` of nablab.reference.graph.

    Raises:
        ValueError: an argument is not as said above, or x or A has not its three axes.

    Example:
        >>> x, path = np.array([[[1.0], [5.0], [3.0]]]), [[[0, 1, 0], [1, 0, 1], [0, 1, 0]]]
        >>> GraphConv(1, kernel_initializer="ones")(x, np.array(path)).numpy()[0, :, 0]
        array([6., 7., 8.], dtype=float32)

    Source: W. L. Hamilton, R. Ying, J. Leskovec, Inductive Representation Learning on Large
    Graphs, 2017.
    """

    def __init__(
        self,
        units,
        aggregation="mean",
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        _arguments.whole("GraphConv", units=units)
        _arguments.one_of("GraphConv", ("mean", "sum", "max"), aggregation=aggregation)
        self.units = units
        self.aggregation = aggregation
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, x_shape, adjacency_shape):
        check("GraphConv", x_shape, adjacency_shape)
        shape, how = (x_shape[-1], self.units), self.kernel_initializer
        self.self_kernel = self.add_weight(shape=shape, initializer=how, name="self_kernel")
        self.neighbours_kernel = self.add_weight(
            shape=shape, initializer=how, name="neighbours_kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x, adjacency, node_mask=None):
        A = ops.cast(adjacency, self.compute_dtype)
        x = kept(x, node_mask)
        present = kept(ops.ones_like(x[:, :, :1]), node_mask)  # (B, N, 1)
        if self.aggregation == "max":
            m = self._largest(x, A, present)  # (B, N, n)
        else:
            m = ops.matmul(A, x)  # (B, N, n)
            if self.aggregation == "mean":
                total = ops.matmul(A, present)  # (B, N, 1)
                m = m / ops.where(total == 0, 1.0, total)
        y = ops.matmul(x, self.self_kernel) + ops.matmul(m, self.neighbours_kernel)
        if self.use_bias:
            y = y + self.bias
        return kept(self.activation(y), node_mask)  # (B, N, units)

    def _largest(self, x, A, present):
        """The largest x_j over the neighbours that are present; 0 where there are none."""
        joined = ops.logical_and(A != 0, ops.transpose(present, (0, 2, 1)) != 0)  # (B, N, N)
        offered = ops.where(joined[..., None], x[:, None], -np.inf)  # (B, N, N, n)
        some = ops.any(joined, axis=-1, keepdims=True)  # (B, N, 1)
        return ops.where(some, ops.max(offered, axis=2), 0.0)

    def compute_output_shape(self, x_shape, adjacency_shape):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "aggregation": self.aggregation,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def expected(aggregation):
    def layers(w, x, A, node_mask=None):
        weights = w["self_kernel"], w["neighbours_kernel"], w.get("bias"), aggregation
        return each(lambda x, A: reference.graph.graph_conv(x, A, *weights), x, A, node_mask)

    return layers


EXAMPLES = {
    "mean": Example(
        {"units": 3},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 5), "graph", unknown=(1, 2))),
        expected("mean"),
        wrong=(("units", 0), ("aggregation", "median")),
    ),
    "sum without bias, on some of the nodes": Example(
        {"units": 3, "aggregation": "sum", "use_bias": False},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 5), "graph", unknown=(1, 2)),
            Input((2, 5), "mask", unknown=(1,)),
        ),
        expected("sum"),
    ),
    "max, on some of the nodes": Example(
        {"units": 3, "aggregation": "max"},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 5), "graph", unknown=(1, 2)),
            Input((2, 5), "mask", unknown=(1,)),
        ),
        expected("max"),
    ),
}
