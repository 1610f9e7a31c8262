"""GCN: a node takes a weighted mean of itself and the nodes it is joined to."""

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
class GCN(keras.layers.Layer):
    """A graph convolution, weighted by the degrees of both ends of each edge.

    Maths:
        Ã = A + I,   d̃_i = Σ_j Ã_ij,   D̃ = diag(d̃)
        Y = φ(D̃^-½ Ã D̃^-½ X W + b)

        A_ij ≥ 0 says how much node i receives from node j: symmetric for undirected graphs, and
        without loops, since the layer adds them before it counts the degrees.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), edges (B, E, 2) -> (B, N, units)
        x (B, N, n), A (B, N, N), node_mask (B, N) -> (B, N, units)
        x (B, N, n), edges (B, E, 2), node_mask (B, N) -> (B, N, units)
        W (n, units), b (units,)

    Args:
        units: how many features every node gets.
        form: how a graph is given. "adjacency": as the matrix A. "edges": as rows (i, j) of node
            numbers, over each of which i receives from j; list both (i, j) and (j, i) for an
            undirected edge. Equal rows add up: A_ij is how often (i, j) is listed. A row with a
            negative number is no edge, so lists of different lengths fit in a batch. Time and
            memory grow with N + E and not with N².
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    The call takes x, the graph and `node_mask`: nodes where it is False have no influence (nor
    have their edges) and give zeros. One large graph is a batch of one: x[None], edges[None]. It
    equals `gcn` and `gcn_of_edges` of nablab.reference.graph.

    Raises:
        ValueError: an argument is not as said above; x or the graph has not its three axes; the
            edges are no whole numbers.

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
        _arguments.whole("GCN", units=units)
        _arguments.one_of("GCN", ("adjacency", "edges"), form=form)
        self.units = units
        self.form = form
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, x_shape, graph_shape):
        check("GCN", x_shape, graph_shape, "(B, E, 2)" if self.form == "edges" else "(B, N, N)")
        self.kernel = self.add_weight(
            shape=(x_shape[-1], self.units), initializer=self.kernel_initializer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x, graph, node_mask=None):
        received = self._over_edges(x, graph) if self.form == "edges" else self._over_matrix(graph)
        h = kept(ops.matmul(x, self.kernel), node_mask)  # (B, N, units)
        degree = 1 + received(kept(ops.ones_like(h[:, :, :1]), node_mask))  # (B, N, 1)
        # D̃^-½ on both sides of Ã h: N numbers twice, where a normalised matrix has N².
        root = ops.rsqrt(degree)
        y = root * (received(root * h) + root * h)
        if self.use_bias:
            y = y + self.bias
        return kept(self.activation(y), node_mask)

    def _over_matrix(self, A):
        """h (B, N, m) -> Σ_j A_ij h_j, by the matrix."""
        A = ops.cast(A, self.compute_dtype)
        return lambda h: ops.matmul(A, h)

    def _over_edges(self, x, edges):
        """h (B, N, m) -> Σ_j A_ij h_j, edge by edge."""
        if "int" not in keras.backend.standardize_dtype(edges.dtype):
            raise ValueError(f"GCN: the edges are of {edges.dtype}; give whole numbers.")
        edges = ops.cast(edges, "int32")
        B, N = ops.shape(x)[0], ops.shape(x)[1]
        # The graphs of the batch side by side are one graph of B·N nodes. What is no edge ends at
        # one node more, which is dropped.
        first = N * ops.arange(B)[:, None]  # (B, 1)
        is_edge = ops.all(edges >= 0, axis=-1)  # (B, E)
        i = ops.reshape(ops.where(is_edge, edges[:, :, 0] + first, B * N), (-1,))  # (B·E,)
        j = ops.reshape(ops.where(is_edge, edges[:, :, 1] + first, 0), (-1,))  # (B·E,)

        def received(h):
            m = h.shape[-1]
            sent = ops.take(ops.reshape(h, (-1, m)), j, axis=0)  # (B·E, m)
            if self.compute_dtype in ("float16", "bfloat16"):
                sent = ops.cast(sent, "float32")  # in half precision a sum of many stands still
            y = ops.segment_sum(sent, i, num_segments=B * N + 1)[:-1]  # (B·N, m)
            return ops.cast(ops.reshape(y, (-1, N, m)), self.compute_dtype)

        return received

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


EXAMPLES = {
    "by a matrix": Example(
        {"units": 3},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 5), "graph", unknown=(1, 2))),
        lambda w, x, A: each(lambda x, A: reference.graph.gcn(x, A, w["kernel"], w["bias"]), x, A),
        wrong=(("units", 0), ("units", 2.5), ("form", "list")),
    ),
    "by edges": Example(
        {"units": 3, "form": "edges"},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 9, 2), "integers", high=5, unknown=(1,)),
        ),
        lambda w, x, edges: np.stack(
            [
                reference.graph.gcn_of_edges(*graph, w["kernel"], w["bias"])
                for graph in zip(x, edges, strict=True)
            ]
        ),
    ),
    "tanh without bias, on some of the nodes": Example(
        {"units": 3, "activation": "tanh", "use_bias": False},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 5), "graph", unknown=(1, 2)),
            Input((2, 5), "mask", unknown=(1,)),
        ),
        lambda w, x, A, mask: each(
            lambda x, A: np.tanh(reference.graph.gcn(x, A, w["kernel"])), x, A, mask
        ),
    ),
}
