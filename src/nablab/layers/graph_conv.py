"""GraphConv: separate weights for a node and for its neighbourhood."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers._graphs import check_graph, mask_nodes, shape_of
from nablab.layers._neighbour_sums import no_xla_for_sparse, refuse_sparse, sums_by_matrix
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class GraphConv(WeightedLayer):
    """The features of a node and an aggregate of its neighbours, each with its own weights.

    GCN gives a node and its neighbours the same weights, so it cannot tell them apart. This layer
    can, and it lets you choose how the neighbours are combined: the sum counts them, the mean reads
    what is usual among them, and the maximum reads what any of them has.

    Maths:
        y_i = φ(x_i W_self + m_i W_neighbours + b),   where m_i is, by aggregation,
        sum:   Σ_j A_ij x_j
        mean:  Σ_j A_ij x_j / Σ_j A_ij
        max:   the largest x_j, feature by feature, over the j with A_ij ≠ 0

        A node without neighbours has m_i = 0. Only the sum distinguishes two equal neighbours from
        one.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), A (B, N, N), x_mask (B, N) -> (B, N, units)
        W_self (n, units), W_neighbours (n, units), b (units,), named self_kernel,
        neighbours_kernel and bias

    Args:
        units: number of output features of a node.
        aggregation: "mean", "sum" or "max". "max" needs a dense A and memory for B·N·N·n numbers.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how both matrices and b start, Glorot's uniform and 0
            by default; so too `_regularizer` and `_constraint`.

    The call takes x, A (on TensorFlow and JAX a sparse tensor too) and `x_mask`: nodes where it is
    False have no influence and give zeros; a mask that x carries is read as well. Equals
    `reference.graph.graph_conv`.

    Raises:
        ValueError: an argument is not as described above, or the shapes do not agree.

    Example:
        >>> x, path = np.array([[[1.0], [5.0], [3.0]]]), [[[0, 1, 0], [1, 0, 1], [0, 1, 0]]]
        >>> GraphConv(1, kernel_initializer="ones")(x, np.array(path)).numpy()[0, :, 0]
        array([6., 7., 8.], dtype=float32)

    Source: W. L. Hamilton, R. Ying, J. Leskovec, Inductive Representation Learning on Large
    Graphs, 2017.
    """

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(self, units, *, aggregation="mean", activation=None, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.units = arguments.positive_int("GraphConv", units=units)
        self.aggregation = arguments.one_of(
            "GraphConv", ("mean", "sum", "max"), aggregation=aggregation
        )
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false("GraphConv", use_bias=use_bias)
        self.bias = None
        self.supports_masking = True

    def build(self, x_shape, adjacency_shape):
        check_graph("GraphConv", x_shape, adjacency_shape)
        self.self_kernel = self.weight("kernel", (x_shape[-1], self.units), "self_kernel")
        self.neighbours_kernel = self.weight(
            "kernel", (x_shape[-1], self.units), "neighbours_kernel"
        )
        if self.use_bias:
            self.bias = self.weight("bias", (self.units,))
        self.expects(x_shape)

    def call(self, x, adjacency, x_mask=None):
        check_graph("GraphConv", x.shape, adjacency.shape, shape_of(x_mask))
        x = mask_nodes(ops.cast(x, self.compute_dtype), x_mask)
        ones = mask_nodes(ops.ones_like(x[:, :, :1]), x_mask)  # (B, N, 1)
        if self.aggregation == "max":
            m = self._max(x, adjacency, ones)  # (B, N, n)
        else:
            sums = sums_by_matrix(adjacency)
            m = sums(x)  # (B, N, n)
            if self.aggregation == "mean":
                total = sums(ones)  # (B, N, 1)
                m = m / ops.where(total == 0, 1.0, total)
        y = ops.matmul(x, self.self_kernel) + ops.matmul(m, self.neighbours_kernel)
        if self.use_bias:
            y = y + self.bias
        return mask_nodes(self.activation(y), x_mask)  # (B, N, units)

    def _max(self, x, A, ones):
        """The maximum of x_j over the neighbours that are not masked; 0 if there are none."""
        refuse_sparse("GraphConv", A)
        is_neighbour = ops.logical_and(A != 0, ops.transpose(ones, (0, 2, 1)) != 0)  # (B, N, N)
        neighbours = ops.where(is_neighbour[..., None], x[:, None], -np.inf)  # (B, N, N, n)
        has_any = ops.any(is_neighbour, axis=-1, keepdims=True)  # (B, N, 1)
        return ops.where(has_any, ops.max(neighbours, axis=2), 0.0)

    def compute_output_spec(self, x, adjacency, *args, **kwargs):
        no_xla_for_sparse(self, adjacency)
        return super().compute_output_spec(x, adjacency, *args, **kwargs)

    def compute_output_shape(self, x_shape, adjacency_shape, x_mask_shape=None):
        check_graph("GraphConv", x_shape, adjacency_shape, x_mask_shape)
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "aggregation": self.aggregation,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
        }
