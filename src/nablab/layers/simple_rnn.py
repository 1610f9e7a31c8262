"""SimpleRNN: the simplest recurrent network, over a sequence."""

from __future__ import annotations

import keras
from keras import ops

from nablab.layers._recurrent_layer import RecurrentLayer
from nablab.layers.simple_rnn_cell import SimpleRNNCell


@keras.saving.register_keras_serializable(package="nablab")
class SimpleRNN(RecurrentLayer):
    """The same step at every time: the state is what the network remembers of the past.

    A sequence may have any length, and its meaning is in its order: one small network reads it step
    by step, with the same weights. `keras.layers.RNN` holds the states and calls `inner_loop`,
    which multiplies the inputs of all steps by W at once; a step by itself is `SimpleRNNCell`.
    Equals `reference.recurrent.simple_rnn`.

    Maths:
        h_t = φ(x_t W + h_{t-1} U + b),   t = 1 ... T,   h_0 = 0 or initial_state

    Shapes:
        x (B, T, n) -> (B, units): the last state h_T
        x (B, T, n) -> (B, T, units): all states, with return_sequences
        x (B, T, n) -> (B, units), (B, units): h_T twice, with return_state
        x (B, T, n), h_0 (B, units) -> (B, T, units), (B, units): from an initial state, with both
        W (n, units), U (units, units), b (units,)

    Args:
        units: size of the state.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, recurrent_initializer, bias_initializer: how W, U and b start: Glorot's
            uniform, orthogonal and 0 by default; so too `_regularizer` and `_constraint`.
        dropout, recurrent_dropout: the fraction of x and of h that is DROPPED in training; the same
            channels at every step of a sequence.
        seed: an integer from which dropout draws; None lets Keras choose one.
        return_sequences: return the states of all steps instead of the last one.
        return_state: return (output, h_T) instead of the output alone.
        go_backwards: read from the last step to the first. The outputs come in the order in which
            they are computed.
        stateful: start from the state in which the previous batch ended, until `reset_state()`.
        initial_state: argument of `call`: the list of h_0.
        mask: argument of `call`: (B, T), False for padding. A masked step keeps the state and
            repeats the previous output.

    Raises:
        ValueError: an argument is not as described above, the input does not have three axes, or a
            mask or an initial state does not fit it.

    Example:
        >>> ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
        >>> add_up = SimpleRNN(1, activation=None, return_sequences=True, **ones)
        >>> np.array(add_up(np.array([[[1.0], [2.0], [3.0]]])))[0, :, 0]
        array([1., 3., 6.], dtype=float32)

    Source: J. L. Elman, Finding Structure in Time, 1990.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        *,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        for_cell = {
            "units": units,
            "activation": activation,
            "use_bias": use_bias,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
        }
        super().__init__(
            SimpleRNNCell,
            for_cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )

    def inner_loop(self, sequences, initial_state, mask, training=False):
        cell = self.cell
        W, U, b, φ = cell.kernel, cell.recurrent_kernel, cell.bias, cell.activation
        xW = ops.matmul(cell.drop_inputs(sequences, training), W)  # (B, T, units)
        xW = xW if b is None else xW + b

        def step(xW_t, states):
            (h,) = states  # h_{t-1}
            a = xW_t + ops.matmul(cell.drop_state(h, training), U)  # (B, units)
            h = ops.cast(φ(a), a.dtype)  # on JAX, the tanh of float64 is float32
            return h, [h]

        return self.over_time(step, xW, initial_state, mask)
