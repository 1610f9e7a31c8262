"""The bookkeeping of recurrent layers: the loop over a cell, output shapes and configuration.

No equation is here: a step is in the `call` of the cell.
"""

from __future__ import annotations

import keras


class RecurrentLayer(keras.layers.Layer):
    """The base of SimpleRNN, LSTM and GRU."""

    def set_loop(self, cell, return_sequences, return_state, go_backwards):
        """Stores the cell, and as `loop` the `keras.layers.RNN` that calls it at every step."""
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.supports_masking = True
        self.cell = cell
        self.loop = keras.layers.RNN(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            dtype=self.dtype_policy,
            name="loop",
        )

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
