"""GRUCell: one step of a gated recurrent unit."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class GRUCell(keras.layers.Layer):
    """One step: a new state between the previous state and a candidate.

    `cell(x, [h])` returns `h', [h']`: the output, which is the new state, and the list of states,
    as `keras.layers.RNN` requires of a cell.

    Maths:
        z  = σ(x W_z + b_z + h U_z + u_z)                update gate: how much of h remains
        r  = σ(x W_r + b_r + h U_r + u_r)                reset gate: what the candidate sees of h
        h̃  = tanh(x W_h + b_h + r ⊙ (h U_h + u_h))       candidate, with reset_after
        h̃  = tanh(x W_h + b_h + (r ⊙ h) U_h)             without; then there is no u
        h' = z ⊙ h + (1 - z) ⊙ h̃

        W and U hold the three parts side by side in the order z, r, h, `units` columns each. The
        bias has the rows b and u with reset_after, and is b without. Some texts swap z and 1 - z:
        the two forms agree once the weights and biases of z are negated. U starts with orthonormal
        rows.

    Shapes:
        x (B, n), h (B, units) -> (B, units), (B, units)
        W (n, 3·units), U (units, 3·units), bias (2, 3·units) or (3·units,)

    Args:
        units: size of the state.
        activation: the tanh of the equations: a name or a function.
        recurrent_activation: the σ of the equations: a name or a function.
        use_bias: whether to add the biases.
        reset_after: whether to apply r after the multiplication by U_h instead of before it.
        kernel_initializer: initializer of W.
        recurrent_initializer: initializer of U.

    Raises:
        ValueError: `units` is not a positive integer, or x does not have two axes.

    Example:
        >>> cell = GRUCell(1, kernel_initializer="zeros", recurrent_initializer="zeros")
        >>> h, states = cell(np.zeros((1, 4)), [np.ones((1, 1))])
        >>> np.array(h)  # z = 1/2 and h̃ = 0: half way
        array([[0.5]], dtype=float32)

    Source: K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation, 2014. J. Chung, C. Gulcehre, K. Cho, Y. Bengio, Empirical
    Evaluation of Gated Recurrent Neural Networks on Sequence Modeling, 2014, swap z and 1 - z.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        reset_after=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("GRUCell", units=units)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.reset_after = reset_after
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.state_size = [units]
        self.bias = None

    def build(self, x_shape, states_shape=None):
        arguments.shape("GRUCell", x_shape, "(B, n)")
        self.kernel = self.add_weight(
            shape=(x_shape[-1], 3 * self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 3 * self.units),
            initializer=self.recurrent_initializer,
            name="recurrent_kernel",
        )
        if self.use_bias:
            shape = (2, 3 * self.units) if self.reset_after else (3 * self.units,)
            self.bias = self.add_weight(shape=shape, initializer="zeros", name="bias")

    def call(self, x, states):
        (h,) = states
        U, units = self.recurrent_kernel, self.units
        from_x = ops.matmul(x, self.kernel)  # (B, 3·units)
        if self.bias is not None:
            from_x = from_x + (self.bias[0] if self.reset_after else self.bias)
        x_z, x_r, x_h = ops.split(from_x, 3, axis=-1)  # three of (B, units)

        if self.reset_after:
            from_h = ops.matmul(h, U)  # (B, 3·units)
            if self.bias is not None:
                from_h = from_h + self.bias[1]
            h_z, h_r, h_h = ops.split(from_h, 3, axis=-1)  # three of (B, units)
        else:
            h_z, h_r = ops.split(ops.matmul(h, U[:, : 2 * units]), 2, axis=-1)  # two of (B, units)

        z = self.recurrent_activation(x_z + h_z)
        r = self.recurrent_activation(x_r + h_r)
        h_h = r * h_h if self.reset_after else ops.matmul(r * h, U[:, 2 * units :])
        candidate = self.activation(x_h + h_h)
        h = z * h + (1 - z) * candidate
        return h, [h]

    def compute_output_shape(self, x_shape, states_shape=None):
        h_shape = (x_shape[0], self.units)
        return h_shape, [h_shape]

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "use_bias": self.use_bias,
            "reset_after": self.reset_after,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
        }
