"""GCN: every node averages itself and its neighbours."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._graphs import (
    check_graph,
    check_of_nodes,
    mask_nodes,
    out_of_range,
    shape_of,
)
from nablab.layers._neighbour_sums import no_xla_for_sparse, sums_by_edges, sums_by_matrix
from nablab.layers._precision import at_least_float32
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class GCN(WeightedLayer):
    """A graph convolution with edges weighted by the degrees of their two nodes.

    A node of a graph has any number of neighbours, in no order, so there is no kernel with a weight
    for each place, as in an image. This layer gives all neighbours the same weights W, and divides
    by the degrees, so that nodes with many neighbours do not grow from layer to layer.

    Maths:
        Ã = A + I,   d̃_i = Σ_j Ã_ij,   D̃ = diag(d̃)
        Y = φ(D̃^-½ Ã D̃^-½ X W + b)

        A_ij ≥ 0 is the weight of the edge from node j to node i. It is symmetric for undirected
        graphs, and has no self-loops: the layer adds them before it computes the degrees.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), edges (B, E, 2) -> (B, N, units)
        x (B, N, n), A (B, N, N), x_mask (B, N) -> (B, N, units)
        x (B, N, n), edges (B, E, 2), x_mask (B, N) -> (B, N, units)
        W (n, units), b (units,)

    Args:
        units: number of output features of a node.
        form: the form of a graph. "adjacency" is the matrix A, dense, or sparse on TensorFlow and
            JAX. "edges" is a list of rows (i, j) of node numbers, for edges from j to i; list both
            (i, j) and (j, i) for an undirected edge. Equal rows add up: A_ij is the number of rows
            (i, j). A row with a negative number is ignored, so lists of different lengths fit in a
            batch. For edges and sparse matrices, time and memory grow with N + E, not with N².
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start, Glorot's uniform and 0 by default;
            so too `_regularizer` and `_constraint`.

    The call takes x, the graph, `x_mask` and `degree`. Nodes where `x_mask` is False, and their
    edges, have no influence and give zeros; a mask that x carries is read as well. `degree` (B, N)
    is d̃: where the graph does not change, count it once, by `layer.degree(x, graph, x_mask)`. One
    large graph is a batch of one: x[None], edges[None]. Equals `reference.graph.gcn` and
    `reference.graph.gcn_of_edges`.

    Raises:
        ValueError: an argument is not as described above, the shapes do not agree, or the edges are
            not integers or name a node that does not exist. A compiled function cannot raise: there
            the outputs of such a graph are NaN.

    Example:
        >>> x, edges = np.array([[[2.0], [4.0]]]), np.array([[[0, 1], [1, 0]]])
        >>> GCN(1, form="edges", kernel_initializer="ones")(x, edges).numpy().round(4)
        array([[[3.], [3.]]], dtype=float32)

    Source: T. N. Kipf, M. Welling, Semi-Supervised Classification with Graph Convolutional
    Networks, 2017.
    """

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(self, units, *, form="adjacency", activation=None, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.units = arguments.positive_int("GCN", units=units)
        self.form = arguments.one_of("GCN", ("adjacency", "edges"), form=form)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false("GCN", use_bias=use_bias)
        self.bias = None
        self.supports_masking = True

    def build(self, x_shape, graph_shape):
        self._check(x_shape, graph_shape)
        self.kernel = self.weight("kernel", (x_shape[-1], self.units))
        if self.use_bias:
            self.bias = self.weight("bias", (self.units,))
        self.expects(x_shape)

    def call(self, x, graph, x_mask=None, degree=None):
        self._check(x.shape, graph.shape, shape_of(x_mask))
        check_of_nodes("GCN", x.shape, degree=shape_of(degree))
        if degree is None:
            degree = self.degree(x, graph, x_mask)
        sums = self._sums(x, graph)
        h = mask_nodes(ops.matmul(x, self.kernel), x_mask)  # (B, N, units)
        # D̃^-½ Ã D̃^-½ h without the normalised matrix: it would have N² entries, and D̃ has N.
        root = ops.cast(ops.rsqrt(degree), h.dtype)[:, :, None]  # (B, N, 1)
        y = root * (sums(root * h) + root * h)
        if self.use_bias:
            y = y + self.bias
        return mask_nodes(self.activation(y), x_mask)

    def degree(self, x, graph, x_mask=None):
        """d̃ (B, N) for the same inputs as the call."""
        x, graph = ops.convert_to_tensor(x), ops.convert_to_tensor(graph)
        ones = at_least_float32(ops.ones((*ops.shape(x)[:2], 1), self.compute_dtype))
        d = 1 + self._sums(x, graph)(mask_nodes(ones, x_mask))  # (B, N, 1)
        if self.form == "edges":
            d = ops.where(out_of_range(graph, ops.shape(x)[1]), float("nan"), d)
        return d[:, :, 0]

    def _sums(self, x, graph):
        """The function h (B, N, m) -> Σ_j A_ij h_j (B, N, m)."""
        if self.form == "edges":
            return sums_by_edges("GCN", graph, ops.shape(x)[1])
        return sums_by_matrix(graph)

    def _check(self, x_shape, graph_shape, mask_shape=None):
        axes = "(B, E, 2)" if self.form == "edges" else "(B, N, N)"
        check_graph("GCN", x_shape, graph_shape, mask_shape, axes)

    def compute_output_spec(self, x, graph, *args, **kwargs):
        no_xla_for_sparse(self, graph)
        return super().compute_output_spec(x, graph, *args, **kwargs)

    def compute_output_shape(self, x_shape, graph_shape, x_mask_shape=None):
        self._check(x_shape, graph_shape, x_mask_shape)
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "form": self.form,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
        }
