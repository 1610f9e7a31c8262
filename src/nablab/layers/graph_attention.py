"""GraphAttention: every node weights its neighbours by attention."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._attention import masked_softmax
from nablab.layers._graphs import check_graph, mask_nodes, shape_of
from nablab.layers._neighbour_sums import refuse_sparse
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class GraphAttention(WeightedLayer):
    """The mean of a node and its neighbours, with attention weights.

    In GCN the weight of a neighbour follows from the graph alone. Here it follows from the features
    of both nodes, so the layer learns which neighbours matter.

    Maths:
        h_i = x_i W                                             (W and a differ between heads)
        e_ij = LeakyReLU(aᵀ [h_i, h_j]),   with slope 0.2 below 0
        α_i = softmax of e_ij over the j with A_ij ≠ 0, and j = i
        y_i = φ(Σ_j α_ij h_j + b),   the heads concatenated or averaged

        a is stored as two halves, aᵀ [h_i, h_j] = a_self · h_i + a_neighbour · h_j, so that no
        vector is needed for each pair of nodes.

    Shapes:
        x (B, N, n), A (B, N, N) -> (B, N, num_heads·units)
        x (B, N, n), A (B, N, N), x_mask (B, N) -> (B, N, num_heads·units)
        with merge="mean":
        x (B, N, n), A (B, N, N) -> (B, N, units)
        x (B, N, n), A (B, N, N), x_mask (B, N) -> (B, N, units)
        W (n, num_heads·units), a_self (num_heads, units), a_neighbour (num_heads, units); b as
        wide as the output

    Args:
        units: number of output features of a head.
        num_heads: number of heads.
        merge: "concat" concatenates the heads, "mean" averages them.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and a, and b, start, Glorot's uniform and 0 by
            default; so too `_regularizer` and `_constraint`.

    The call takes x, A (nonzero for neighbours; its values do not matter) and `x_mask`: nodes where
    it is False have no influence and give zeros; a mask that x carries is read as well. It needs
    memory for B·num_heads·N·N numbers. Equals `reference.graph.graph_attention`.

    Raises:
        ValueError: an argument is not as described above, the shapes do not agree, or A is sparse.

    Example:
        >>> layer = GraphAttention(1, kernel_initializer="ones")
        >>> layer(np.array([[[2.0], [2.0]]]), np.array([[[0, 1], [1, 0]]])).numpy()[0, :, 0]
        array([2., 2.], dtype=float32)

    Source: P. Veličković et al., Graph Attention Networks, 2018.
    """

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(
        self, units, *, num_heads=1, merge="concat", activation=None, use_bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        self.units = arguments.positive_int("GraphAttention", units=units)
        self.num_heads = arguments.positive_int("GraphAttention", num_heads=num_heads)
        self.merge = arguments.one_of("GraphAttention", ("concat", "mean"), merge=merge)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false("GraphAttention", use_bias=use_bias)
        self.bias = None
        self.supports_masking = True

    def build(self, x_shape, adjacency_shape):
        check_graph("GraphAttention", x_shape, adjacency_shape)
        H, m = self.num_heads, self.units
        self.kernel = self.weight("kernel", (x_shape[-1], H * m))
        self.a_self = self.weight("kernel", (H, m), "a_self")
        self.a_neighbour = self.weight("kernel", (H, m), "a_neighbour")
        if self.use_bias:
            self.bias = self.weight("bias", (H * m if self.merge == "concat" else m,))
        self.expects(x_shape)

    def call(self, x, adjacency, x_mask=None):
        check_graph("GraphAttention", x.shape, adjacency.shape, shape_of(x_mask))
        refuse_sparse("GraphAttention", adjacency)
        N, H, m = ops.shape(x)[1], self.num_heads, self.units
        h = ops.reshape(mask_nodes(ops.matmul(x, self.kernel), x_mask), (-1, N, H, m))
        h = ops.transpose(h, (0, 2, 1, 3))  # (B, H, N, units)
        e_i = ops.matmul(h, self.a_self[:, :, None])  # (B, H, N, 1)
        e_j = ops.matmul(h, self.a_neighbour[:, :, None])  # (B, H, N, 1)
        e = ops.leaky_relu(e_i + ops.transpose(e_j, (0, 1, 3, 2)), 0.2)  # (B, H, N, N)
        alpha = masked_softmax(e, self._mask(adjacency, x_mask)[:, None])  # (B, H, N, N)
        y = ops.matmul(alpha, h)  # (B, H, N, units)
        if self.merge == "mean":
            y = ops.mean(y, axis=1)  # (B, N, units)
        else:
            y = ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (-1, N, H * m))  # (B, N, H·units)
        if self.use_bias:
            y = y + self.bias
        return mask_nodes(self.activation(y), x_mask)

    def _mask(self, A, x_mask):
        """Which nodes each node attends to: its neighbours and itself, except masked nodes."""
        self_loops = ops.eye(ops.shape(A)[1], dtype="bool")
        mask = ops.logical_or(ops.not_equal(A, 0), self_loops)  # (B, N, N)
        if x_mask is None:
            return mask
        return ops.logical_and(mask, ops.cast(x_mask, "bool")[:, None, :])

    def compute_output_shape(self, x_shape, adjacency_shape, x_mask_shape=None):
        check_graph("GraphAttention", x_shape, adjacency_shape, x_mask_shape)
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
        }
