"""The bookkeeping of recurrent cells and layers: arguments, states, dropout masks, the loop.

No equation is here: a step is in the `call` of a cell, and in the `inner_loop` of a layer, which
multiplies the inputs of all steps by W at once.
"""

from __future__ import annotations

import keras
from keras import ops
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from nablab._components import arguments
from nablab.layers._padding import padding_mask
from nablab.layers._weights import WeightedLayer

WEIGHTS = {"kernel": "glorot_uniform", "recurrent": "orthogonal", "bias": "zeros"}


class RecurrentCell(WeightedLayer, DropoutRNNCell):
    """The base of SimpleRNNCell, LSTMCell and GRUCell.

    `keras.layers.RNN` draws the masks of a `DropoutRNNCell` once for each sequence.
    """

    WEIGHTS = WEIGHTS
    STATES = 1  # how many states a cell has, each of shape (B, units)

    def __init__(self, units, activation, use_bias, dropout, recurrent_dropout, seed, **kwargs):
        kwargs.pop("implementation", None)  # two ways in Keras to compute the same
        super().__init__(**kwargs)
        name = type(self).__name__
        self.units = arguments.positive_int(name, units=units)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.dropout = arguments.fraction(name, dropout=dropout)
        self.recurrent_dropout = arguments.fraction(name, recurrent_dropout=recurrent_dropout)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.state_size = [self.units] * self.STATES
        self.output_size = self.units
        self.bias = None

    def states(self, x, states):
        """The states as a list of (B, units), after a check."""
        states = list(states) if isinstance(states, list | tuple) else [states]
        check_states(type(self).__name__, "states", states, (x.shape[0], self.units), self.STATES)
        return states

    def drop_inputs(self, x, training):
        """x (B, n) or (B, T, n), in training with dropout, the same at every step."""
        if not training or not self.dropout:
            return x
        if len(x.shape) == 2:
            return x * self.get_dropout_mask(x)
        return x * self.get_dropout_mask(x[:, 0])[:, None]

    def drop_state(self, h, training):
        """h (B, units), in training with recurrent dropout, the same at every step."""
        if not training or not self.recurrent_dropout:
            return h
        return h * self.get_recurrent_dropout_mask(h)

    def get_initial_state(self, batch_size=None):
        return [ops.zeros((batch_size, d), dtype=self.compute_dtype) for d in self.state_size]

    def compute_output_shape(self, x_shape, states_shape=None):
        h_shape = (x_shape[0], self.units)
        return h_shape, [h_shape] * self.STATES

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }


class RecurrentLayer(WeightedLayer, keras.layers.RNN):
    """The base of SimpleRNN, LSTM and GRU: `keras.layers.RNN` with a cell of ours, which holds the
    weights. It keeps the states and calls `inner_loop`."""

    WEIGHTS = WEIGHTS
    LEFT_OUT = {"use_cudnn": "leave it at 'auto': the loop is the same on every device"}

    def __init__(self, cell_class, for_cell, **kwargs):
        arguments.positive_int(type(self).__name__, units=for_cell["units"])
        kwargs.pop("implementation", None)
        for name in ("return_sequences", "return_state", "go_backwards", "stateful"):
            arguments.true_or_false(type(self).__name__, **{name: kwargs[name]})
        cell = cell_class(
            **for_cell,
            **{name: kwargs[name] for name in self.weight_arguments() if name in kwargs},
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="cell",
        )
        super().__init__(cell=cell, **kwargs)
        for name in for_cell:
            setattr(self, name, getattr(cell, name))

    def build(self, sequences_shape, initial_state_shape=None):
        arguments.shape(type(self).__name__, sequences_shape, "(B, T, n)")
        super().build(sequences_shape)
        self.input_spec = keras.InputSpec(ndim=3, axes={-1: sequences_shape[-1]})

    def call(self, sequences, initial_state=None, mask=None, training=False):
        mask = padding_mask(sequences, mask)
        check_padding(type(self).__name__, mask, sequences)
        if initial_state is not None:
            states = keras.tree.flatten(initial_state)
            shape = (sequences.shape[0], self.units)
            check_states(
                type(self).__name__, "initial_state", states, shape, len(self.cell.state_size)
            )
        return super().call(sequences, initial_state, mask, training)

    def over_time(self, step, inputs, initial_state, mask):
        """The loop of `keras.layers.RNN`, with a step (inputs, states) -> (output, states)."""
        return keras.layers.RNN.inner_loop(_Stepping(self, step), inputs, initial_state, mask)

    def get_config(self):
        config = {**self.cell.get_config(), **super().get_config()}
        del config["cell"]
        return config

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class _Stepping:
    """A recurrent layer whose cell is a function."""

    def __init__(self, layer, step):
        self.layer, self.cell = layer, step

    def __getattr__(self, name):
        return getattr(self.layer, name)


# Checks


def check_padding(layer, mask, x):
    """That a mask has an entry for each step of x."""
    if mask is not None and not _fits(mask.shape, x.shape[:2]):
        raise ValueError(
            f"{layer}: the mask has shape {tuple(mask.shape)}; expected {tuple(x.shape[:2])}, one "
            "entry for each step."
        )


def check_states(layer, name, states, shape, count):
    """That there are `count` states, each of one shape."""
    shapes = [tuple(state.shape) for state in states]
    if len(shapes) != count or not all(_fits(got, shape) for got in shapes):
        raise ValueError(
            f"{layer}: {name} has the shapes {shapes}; expected {count} of shape {tuple(shape)}."
        )


def _fits(got, expected):
    pairs = zip(got, expected, strict=False)
    return len(got) == len(expected) and all(a is None or b is None or a == b for a, b in pairs)
