"""GRU: gated recurrent unit, over a sequence."""

from __future__ import annotations

import keras

from nablab import _arguments
from nablab._reference import reference
from nablab.layers._example import Example, Input
from nablab.layers.gru_cell import GRUCell


@keras.saving.register_keras_serializable(package="nablab")
class GRU(keras.layers.Layer):
    """A state that every step moves some way towards a candidate: gates say how far.

    The equations of a step are in `GRUCell`; `keras.layers.RNN` is the loop. Equals
    `nablab.reference.recurrent.gru`.

    Maths:
        h_t = cell(x_t, h_{t-1}),   t = 1 ... T,   h_0 = 0 or initial_state
        z, r = σ(x_t W + b + h_{t-1} U + u),   each with weights of its own
        h~ = tanh(x_t W_h + b_h + r ⊙ (h_{t-1} U_h + u_h))       if reset_after
        h~ = tanh(x_t W_h + b_h + (r ⊙ h_{t-1}) U_h)             if not; then there is no u at all
        h_t = z ⊙ h_{t-1} + (1 - z) ⊙ h~

        W and U hold the three side by side in the order z, r, h; the bias has the rows b and u if
        reset_after, otherwise it is b.

    Shapes:
        x (B, T, n) -> (B, units): the last state h_T
        x (B, T, n) -> (B, T, units): all states, with return_sequences
        x (B, T, n) -> (B, units), (B, units): h_T once more, with return_state
        x (B, T, n), h_0 (B, units) -> (B, T, units), (B, units): from a given state, with both
        W (n, 3·units), U (units, 3·units), bias (2, 3·units) or (3·units,)

    Args:
        units: the length of the state.
        activation: tanh in the equations.
        recurrent_activation: σ in the equations.
        use_bias: whether the biases are added.
        reset_after: whether r comes after the multiplication with U_h rather than before it.
        kernel_initializer: how W begins.
        recurrent_initializer: how U begins.
        return_sequences: the states of all steps rather than the last one.
        return_state: (output, h_T) rather than the output alone.
        go_backwards: from the last step to the first; the outputs come in the order in which they
            are computed.
        initial_state: of the call: a list of h_0.
        mask: of the call: (B, T), True for a real step. A step that is not real keeps the state
            and repeats the output before it.

    Raises:
        ValueError: `units` is no whole number above 0, or the input has not three axes.

    Example:
        >>> zeros = {"kernel_initializer": "zeros", "recurrent_initializer": "zeros"}
        >>> halve = GRU(1, return_sequences=True, **zeros)  # z = 1/2 and h~ = 0
        >>> np.array(halve(np.zeros((1, 3, 4)), initial_state=[np.ones((1, 1))]))[0, :, 0]
        array([0.5  , 0.25 , 0.125], dtype=float32)

    Source: K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation, 2014.
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
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _arguments.whole("GRU", units=units)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.supports_masking = True
        self.cell = GRUCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            reset_after,
            kernel_initializer,
            recurrent_initializer,
            dtype=self.dtype_policy,
            name="cell",
        )
        self.loop = keras.layers.RNN(
            self.cell,
            return_sequences,
            return_state,
            go_backwards,
            dtype=self.dtype_policy,
            name="loop",
        )

    def build(self, x_shape, initial_state_shape=None):
        _arguments.shape("GRU", x_shape, "(B, T, n)")
        self.cell.build((x_shape[0], x_shape[-1]))
        self.loop.build(x_shape)

    def call(self, x, initial_state=None, mask=None):
        return self.loop(x, initial_state=initial_state, mask=mask)

    def compute_output_shape(self, x_shape, initial_state_shape=None):
        return self.loop.compute_output_shape(x_shape)

    def compute_mask(self, x, mask=None):
        return self.loop.compute_mask(x, mask)

    def get_config(self):
        return {
            **self.cell.get_config(),
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
        }


def _states(w, x, h0=None, reset_after=True):
    W, U, b = w["cell/kernel"], w["cell/recurrent_kernel"], w["cell/bias"]
    return reference.recurrent.gru(x, W, U, b, h0, reset_after=reset_after)


def _all_states_and_the_last(w, x, h0):
    h = _states(w, x, h0)
    return [h, h[:, -1]]


EXAMPLES = {
    "last state": Example(
        {"units": 3},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _states(w, x)[:, -1],
        keras=lambda: keras.layers.GRU(3),
        wrong=(("units", 0), ("units", 2.5)),
        mask="time",
    ),
    "all states and the last, from a given one": Example(
        {"units": 3, "return_sequences": True, "return_state": True},
        (Input((2, 4, 5), unknown=(1,)), Input((2, 3))),
        _all_states_and_the_last,
        nest=lambda x, h0: (x, [h0]),
        keras=lambda: keras.layers.GRU(3, return_sequences=True, return_state=True),
        mask="time",
    ),
    "backwards, reset before the multiplication": Example(
        {"units": 3, "return_sequences": True, "go_backwards": True, "reset_after": False},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _states(w, x[:, ::-1], reset_after=False),
        keras=lambda: keras.layers.GRU(
            3, return_sequences=True, go_backwards=True, reset_after=False
        ),
        mask="time",
    ),
}
