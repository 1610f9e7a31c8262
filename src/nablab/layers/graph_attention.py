"""GraphAttention: a node chooses how much it takes from each of its neighbours."""

from __future__ import annotations

import keras
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers._attention import shares
from nablab.layers._each_graph import each
from nablab.layers._example import Example, Input
from nablab.layers._graphs import check, kept


@keras.saving.register_keras_serializable(package="nablab")
class GraphAttention(keras.layers.Layer):
    """A node takes a weighted mean of its neighbours and itself, and chooses the weights.

    Maths:
        h_i = x_i W                                             (for each head its own W, a)
        e_ij = LeakyReLU(aᵀ [h_i, h_j]),   0.2 times what is below 0
        α_i = softmax of e_ij over the j with A_ij ≠ 0, and j = i
        y_i = φ(Σ_j α_ij h_j + b),   the heads side by side, or their mean

        a is kept in two halves: aᵀ [h_i, h_j] = a_self · h_i + a_neighbour · h_j, so that no pair
        of nodes needs a vector of its own.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, num_heads·units)
        x (B, N, n), A (B, N, N), node_mask (B, N) -> (B, N, num_heads·units)
        with merge="mean":
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), A (B, N, N), node_mask (B, N) -> (B, N, units)
        W (n, num_heads·units), a_self (num_heads, units), a_neighbour (num_heads, units); b as
        wide as the output

    Args:
        units: how many features every head gives.
        num_heads: how many heads attend side by side.
        merge: "concat" puts the heads side by side, "mean" takes their mean.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W and a begin.

    The call takes x, A, whose numbers only say who is joined to whom, and `node_mask`: nodes where
    it is False have no influence and give zeros. It holds B·num_heads·N·N numbers in memory. It
    equals `graph_attention` of nablab.reference.graph.

    Raises:
        ValueError: an argument is not as said above, or x or A has not its three axes.

    Example:
        >>> layer = GraphAttention(1, kernel_initializer="ones")
        >>> layer(np.array([[[2.0], [2.0]]]), np.array([[[0, 1], [1, 0]]])).numpy()[0, :, 0]
        array([2., 2.], dtype=float32)

    Source: P. Veličković et al., Graph Attention Networks, 2018.
    """

    def __init__(
        self,
        units,
        num_heads=1,
        merge="concat",
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        _arguments.whole("GraphAttention", units=units, num_heads=num_heads)
        _arguments.one_of("GraphAttention", ("concat", "mean"), merge=merge)
        self.units = units
        self.num_heads = num_heads
        self.merge = merge
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, x_shape, adjacency_shape):
        check("GraphAttention", x_shape, adjacency_shape)
        H, m = self.num_heads, self.units

        def weight(name, *shape):
            return self.add_weight(shape=shape, initializer=self.kernel_initializer, name=name)

        self.kernel = weight("kernel", x_shape[-1], H * m)
        self.a_self = weight("a_self", H, m)
        self.a_neighbour = weight("a_neighbour", H, m)
        if self.use_bias:
            wide = H * m if self.merge == "concat" else m
            self.bias = self.add_weight(shape=(wide,), initializer="zeros", name="bias")

    def call(self, x, adjacency, node_mask=None):
        N, H, m = ops.shape(x)[1], self.num_heads, self.units
        h = ops.reshape(kept(ops.matmul(x, self.kernel), node_mask), (-1, N, H, m))
        h = ops.transpose(h, (0, 2, 1, 3))  # (B, H, N, units)
        of_i = ops.matmul(h, self.a_self[:, :, None])  # (B, H, N, 1)
        of_j = ops.matmul(h, self.a_neighbour[:, :, None])  # (B, H, N, 1)
        e = ops.leaky_relu(of_i + ops.transpose(of_j, (0, 1, 3, 2)), 0.2)  # (B, H, N, N)
        alpha = shares(e, self._joined(adjacency, node_mask)[:, None])  # (B, H, N, N)
        y = ops.matmul(alpha, h)  # (B, H, N, units)
        if self.merge == "mean":
            y = ops.mean(y, axis=1)  # (B, N, units)
        else:
            y = ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (-1, N, H * m))  # (B, N, H·units)
        if self.use_bias:
            y = y + self.bias
        return kept(self.activation(y), node_mask)

    def _joined(self, A, node_mask):
        """Whom each node may attend: its neighbours and itself, as far as they are present."""
        itself = ops.eye(ops.shape(A)[1], dtype="bool")
        joined = ops.logical_or(ops.not_equal(A, 0), itself)  # (B, N, N)
        if node_mask is None:
            return joined
        return ops.logical_and(joined, ops.cast(node_mask, "bool")[:, None, :])

    def compute_output_shape(self, x_shape, adjacency_shape):
        heads = self.num_heads if self.merge == "concat" else 1
        return (*x_shape[:-1], heads * self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "num_heads": self.num_heads,
            "merge": self.merge,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def expected(merge):
    def layers(w, x, A, node_mask=None):
        weights = w["kernel"], w["a_self"], w["a_neighbour"], w.get("bias"), merge
        return each(lambda x, A: reference.graph.graph_attention(x, A, *weights), x, A, node_mask)

    return layers


EXAMPLES = {
    "two heads side by side": Example(
        {"units": 3, "num_heads": 2},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 5), "graph", unknown=(1, 2))),
        expected("concat"),
        wrong=(("units", 0), ("num_heads", 0), ("merge", "sum")),
    ),
    "mean of three heads, on some of the nodes": Example(
        {"units": 2, "num_heads": 3, "merge": "mean", "use_bias": False},
        (
            Input((2, 6, 3), unknown=(1,)),
            Input((2, 6, 6), "graph", unknown=(1, 2)),
            Input((2, 6), "mask", unknown=(1,)),
        ),
        expected("mean"),
    ),
}
