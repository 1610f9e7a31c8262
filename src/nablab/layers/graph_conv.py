"""GraphConv: separate weights for a node and for its neighbourhood."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers._graphs import check_graph, mask_nodes


@keras.saving.register_keras_serializable(package="nablab")
class GraphConv(keras.layers.Layer):
    """The features of a node and an aggregate of its neighbours, each with its own weights.

    Maths:
        y_i = φ(x_i W_self + m_i W_neighbours + b),   where m_i is, by aggregation,
        sum:   Σ_j A_ij x_j
        mean:  Σ_j A_ij x_j / Σ_j A_ij
        max:   the largest x_j, feature by feature, over the j with A_ij ≠ 0

        A node without neighbours has m_i = 0. Only the sum distinguishes two equal neighbours from
        one.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), A (B, N, N), node_mask (B, N) -> (B, N, units)
        W_self (n, units), W_neighbours (n, units), b (units,), named self_kernel,
        neighbours_kernel and bias

    Args:
        units: number of output features of a node.
        aggregation: "mean", "sum" or "max". "max" needs memory for B·N·N·n numbers.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of both matrices.

    The call takes x, A and `node_mask`: nodes where it is False have no influence and give zeros.
    Equals `reference.graph.graph_conv`.

    Raises:
        ValueError: an argument is not as described above, or x or A does not have three axes.

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
        arguments.positive_int("GraphConv", units=units)
        arguments.one_of("GraphConv", ("mean", "sum", "max"), aggregation=aggregation)
        self.units = units
        self.aggregation = aggregation
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, x_shape, adjacency_shape):
        check_graph("GraphConv", x_shape, adjacency_shape)
        kernel = {"shape": (x_shape[-1], self.units), "initializer": self.kernel_initializer}
        self.self_kernel = self.add_weight(name="self_kernel", **kernel)
        self.neighbours_kernel = self.add_weight(name="neighbours_kernel", **kernel)
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x, adjacency, node_mask=None):
        A = ops.cast(adjacency, self.compute_dtype)
        x = mask_nodes(x, node_mask)
        ones = mask_nodes(ops.ones_like(x[:, :, :1]), node_mask)  # (B, N, 1)
        if self.aggregation == "max":
            m = self._max(x, A, ones)  # (B, N, n)
        else:
            m = ops.matmul(A, x)  # (B, N, n)
            if self.aggregation == "mean":
                total = ops.matmul(A, ones)  # (B, N, 1)
                m = m / ops.where(total == 0, 1.0, total)
        y = ops.matmul(x, self.self_kernel) + ops.matmul(m, self.neighbours_kernel)
        if self.use_bias:
            y = y + self.bias
        return mask_nodes(self.activation(y), node_mask)  # (B, N, units)

    def _max(self, x, A, ones):
        """The maximum of x_j over the neighbours that are not masked; 0 if there are none."""
        is_neighbour = ops.logical_and(A != 0, ops.transpose(ones, (0, 2, 1)) != 0)  # (B, N, N)
        neighbours = ops.where(is_neighbour[..., None], x[:, None], -np.inf)  # (B, N, N, n)
        has_any = ops.any(is_neighbour, axis=-1, keepdims=True)  # (B, N, 1)
        return ops.where(has_any, ops.max(neighbours, axis=2), 0.0)

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
