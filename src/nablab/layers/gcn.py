"""GCN: every node averages itself and its neighbours."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._graphs import check_graph, mask_nodes
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class GCN(keras.layers.Layer):
    """A graph convolution with edges weighted by the degrees of their two nodes.

    Maths:
        Ã = A + I,   d̃_i = Σ_j Ã_ij,   D̃ = diag(d̃)
        Y = φ(D̃^-½ Ã D̃^-½ X W + b)

        A_ij ≥ 0 is the weight of the edge from node j to node i. It is symmetric for undirected
        graphs, and has no self-loops: the layer adds them before it computes the degrees.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), edges (B, E, 2) -> (B, N, units)
        x (B, N, n), A (B, N, N), node_mask (B, N) -> (B, N, units)
        x (B, N, n), edges (B, E, 2), node_mask (B, N) -> (B, N, units)
        W (n, units), b (units,)

    Args:
        units: number of output features of a node.
        form: the form of a graph. "adjacency" is the matrix A. "edges" is a list of rows (i, j) of
            node numbers, for edges from j to i; list both (i, j) and (j, i) for an undirected edge.
            Equal rows add up: A_ij is the number of rows (i, j). A row with a negative number is
            ignored, so lists of different lengths fit in a batch. Time and memory grow with N + E,
            not with N².
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    The call takes x, the graph and `node_mask`: nodes where it is False, and their edges, have no
    influence and give zeros. One large graph is a batch of one: x[None], edges[None]. Equals
    `reference.graph.gcn` and `reference.graph.gcn_of_edges`.

    Raises:
        ValueError: an argument is not as described above; x or the graph does not have three axes;
            the edges are not integers.

    Example:
        >>> x, edges = np.array([[[2.0], [4.0]]]), np.array([[[0, 1], [1, 0]]])
        >>> GCN(1, form="edges", kernel_initializer="ones")(x, edges).numpy().round(4)
        array([[[3.], [3.]]], dtype=float32)

    Source: T. N. Kipf, M. Welling, Semi-Supervised Classification with Graph Convolutional
    Networks, 2017.
    """

    def __init__(
        self,
        units,
        form="adjacency",
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("GCN", units=units)
        arguments.one_of("GCN", ("adjacency", "edges"), form=form)
        self.units = units
        self.form = form
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, x_shape, graph_shape):
        check_graph(
            "GCN", x_shape, graph_shape, "(B, E, 2)" if self.form == "edges" else "(B, N, N)"
        )
        self.kernel = self.add_weight(
            shape=(x_shape[-1], self.units), initializer=self.kernel_initializer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x, graph, node_mask=None):
        aggregate = self._by_edges(x, graph) if self.form == "edges" else self._by_matrix(graph)
        h = mask_nodes(ops.matmul(x, self.kernel), node_mask)  # (B, N, units)
        degree = 1 + aggregate(mask_nodes(ops.ones_like(h[:, :, :1]), node_mask))  # (B, N, 1)
        # D̃^-½ Ã D̃^-½ h without the normalised matrix: it would have N² entries, and D̃ has N.
        root = ops.rsqrt(degree)
        y = root * (aggregate(root * h) + root * h)
        if self.use_bias:
            y = y + self.bias
        return mask_nodes(self.activation(y), node_mask)

    def _by_matrix(self, A):
        """h (B, N, m) -> Σ_j A_ij h_j, as a matrix product."""
        A = ops.cast(A, self.compute_dtype)
        return lambda h: ops.matmul(A, h)

    def _by_edges(self, x, edges):
        """h (B, N, m) -> Σ_j A_ij h_j, edge by edge."""
        if "int" not in keras.backend.standardize_dtype(edges.dtype):
            raise ValueError(f"GCN: the edges are {edges.dtype}; expected integers.")
        edges = ops.cast(edges, "int32")
        B, N = ops.shape(x)[0], ops.shape(x)[1]
        # The batch becomes one graph of B·N nodes. Rows that are not edges end at an extra node,
        # which is dropped.
        first = N * ops.arange(B)[:, None]  # (B, 1)
        is_edge = ops.all(edges >= 0, axis=-1)  # (B, E)
        i = ops.reshape(ops.where(is_edge, edges[:, :, 0] + first, B * N), (-1,))  # (B·E,)
        j = ops.reshape(ops.where(is_edge, edges[:, :, 1] + first, 0), (-1,))  # (B·E,)

        def aggregate(h):
            m = h.shape[-1]
            messages = ops.take(ops.reshape(h, (-1, m)), j, axis=0)  # (B·E, m)
            messages = at_least_float32(messages)  # half-precision sums stagnate over many terms
            y = ops.segment_sum(messages, i, num_segments=B * N + 1)[:-1]  # (B·N, m)
            return ops.cast(ops.reshape(y, (-1, N, m)), self.compute_dtype)

        return aggregate

    def compute_output_shape(self, x_shape, graph_shape):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "form": self.form,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
