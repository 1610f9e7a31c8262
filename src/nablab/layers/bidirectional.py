"""Bidirectional: a recurrent layer in both directions."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class Bidirectional(keras.layers.Layer):
    """Two recurrent layers that read a sequence in opposite directions.

    Every output knows what came before it and what comes after it.

    Maths:
        y = merge(forward(x), reverse(backward(reverse(x))))

        merge is [a, b] side by side ("concat"), a + b ("sum"), (a + b) / 2 ("ave") or a ⊙ b
        ("mul"). reverse reverses time. The two layers have separate weights. The final state of the
        backward layer is its state at the first step of the sequence.

    Shapes:
        x (B, T, n) -> (B, 2·units): with "concat"
        x (B, T, n) -> (B, units): with another merge_mode
        x (B, T, n) -> (B, T, 2·units): the same if the layer returns sequences
        x (B, T, n) -> (B, T, units)
        x (B, T, n) -> (B, 2·units), (B, units), (B, units): if the layer returns its state, the
        states of the forward layer and then of the backward layer; also from initial states:
        x (B, T, n), h_0 (B, units), k_0 (B, units) -> (B, units), (B, units), (B, units)

    Args:
        layer: a recurrent layer that goes forwards. It is a template: both layers are made from
            its arguments, with separate weights.
        merge_mode: "concat", "sum", "ave" or "mul".
        initial_state: argument of `call`: the list of the forward layer's states, then the backward
            layer's.
        mask: argument of `call`: (B, T), False for padding.

    Raises:
        ValueError: `layer` is not a recurrent layer or goes backwards, `merge_mode` is none of the
            four, or the input does not have three axes.

    Example:
        >>> ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
        >>> add_up = keras.layers.SimpleRNN(1, activation=None, return_sequences=True, **ones)
        >>> np.array(Bidirectional(add_up)(np.array([[[1.0], [2.0], [3.0]]])))
        array([[[1., 6.],
                [3., 5.],
                [6., 3.]]], dtype=float32)

    Source: M. Schuster, K. K. Paliwal, Bidirectional Recurrent Neural Networks, 1997.
    """

    def __init__(self, layer, merge_mode="concat", **kwargs):
        is_recurrent = isinstance(layer, keras.layers.Layer) and all(
            hasattr(layer, name) for name in ("go_backwards", "return_sequences", "return_state")
        )
        if not is_recurrent or layer.go_backwards:
            raise ValueError(
                f"Bidirectional: layer is {layer!r}; expected a recurrent layer that goes "
                "forwards, such as LSTM(8)."
            )
        super().__init__(**{"dtype": layer.dtype_policy, **kwargs})
        arguments.one_of("Bidirectional", ("concat", "sum", "ave", "mul"), merge_mode=merge_mode)
        self.merge_mode = merge_mode
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        config = {**layer.get_config(), "dtype": self.dtype_policy}
        self.ahead = type(layer).from_config({**config, "name": "forward"})
        self.back = type(layer).from_config({**config, "name": "backward", "go_backwards": True})

    def build(self, x_shape, initial_state_shape=None):
        arguments.shape("Bidirectional", x_shape, "(B, T, n)")
        self.ahead.build(x_shape)
        self.back.build(x_shape)

    def call(self, x, initial_state=None, mask=None):
        forward_state, backward_state = None, None
        if initial_state is not None:
            half = len(initial_state) // 2
            forward_state, backward_state = initial_state[:half], initial_state[half:]
        a = self.ahead(x, initial_state=forward_state, mask=mask)
        b = self.back(x, initial_state=backward_state, mask=mask)
        states = []
        if self.return_state:
            a, *forward_states = a
            b, *backward_states = b
            states = [*forward_states, *backward_states]
        if self.return_sequences:
            b = ops.flip(b, axis=1)  # (B, T, units), in the order of the input again
        y = self._merge(a, b)
        return (y, *states) if self.return_state else y

    def _merge(self, a, b):
        if self.merge_mode == "concat":
            return ops.concatenate([a, b], axis=-1)  # (..., 2·units)
        if self.merge_mode == "mul":
            return a * b
        return a + b if self.merge_mode == "sum" else (a + b) / 2

    def compute_output_shape(self, x_shape, initial_state_shape=None):
        shape = self.ahead.compute_output_shape(x_shape)
        states = []
        if self.return_state:
            shape, *states = shape
        if self.merge_mode == "concat":
            shape = (*shape[:-1], 2 * shape[-1])
        return (shape, *states, *states) if self.return_state else shape

    def compute_mask(self, x, mask=None):
        masks = self.ahead.compute_mask(x, mask)
        return [*masks, *masks[1:]] if self.return_state else masks

    def get_config(self):
        return {
            **super().get_config(),
            "layer": keras.saving.serialize_keras_object(self.ahead),
            "merge_mode": self.merge_mode,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "layer": keras.saving.deserialize_keras_object(config["layer"])})
