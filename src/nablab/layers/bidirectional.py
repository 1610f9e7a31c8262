"""Bidirectional: a recurrent layer in both directions."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._padding import padding_mask
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class Bidirectional(WeightedLayer):
    """Two recurrent layers that read a sequence in opposite directions.

    A recurrent layer knows only what came before a step. If the whole sequence is there, as in a
    text to be tagged, every output may also know what comes after it.

    Maths:
        y = merge(forward(x), reverse(backward(reverse(x))))

        merge is [a, b] side by side ("concat"), a + b ("sum"), (a + b) / 2 ("ave"), a ⊙ b ("mul")
        or two outputs a and b (None). reverse reverses time. The two layers have separate weights.
        The final state of the backward layer is its state at the first step of the sequence.

    Shapes:
        x (B, T, n) -> (B, 2·units): with "concat"
        x (B, T, n) -> (B, units): with another merge_mode
        x (B, T, n) -> (B, T, 2·units): the same if the layer returns sequences
        x (B, T, n) -> (B, T, units)
        x (B, T, n) -> (B, T, units), (B, T, units): without a merge_mode
        x (B, T, n) -> (B, 2·units), (B, units), (B, units): if the layer returns its state, the
        states of the forward layer and then of the backward layer; also from initial states:
        x (B, T, n), h_0 (B, units), k_0 (B, units) -> (B, units), (B, units), (B, units)

    Args:
        layer: a recurrent layer that goes forwards. It is a template: both layers are made from
            its arguments, with separate weights.
        merge_mode: "concat", "sum", "ave", "mul" or None.
        backward_layer: a template for the second layer, which goes backwards; by default the first
            one, reversed.
        initial_state: argument of `call`: the list of the forward layer's states, then the backward
            layer's.
        mask: argument of `call`: (B, T), False for padding. If the layer returns sequences, the
            output is 0 there.

    Raises:
        ValueError: `layer` is not a recurrent layer or goes backwards, `backward_layer` goes
            forwards or returns something else, `merge_mode` is none of the five, or the input does
            not have three axes.

    Example:
        >>> ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
        >>> add_up = keras.layers.SimpleRNN(1, activation=None, return_sequences=True, **ones)
        >>> np.array(Bidirectional(add_up)(np.array([[[1.0], [2.0], [3.0]]])))
        array([[[1., 6.],
                [3., 5.],
                [6., 3.]]], dtype=float32)

    Source: M. Schuster, K. K. Paliwal, Bidirectional Recurrent Neural Networks, 1997.
    """

    LEFT_OUT = {"weights": "call `set_weights` after the layer was built"}

    def __init__(self, layer, merge_mode="concat", *, backward_layer=None, **kwargs):
        _check_layer("layer", layer, goes_backwards=False)
        super().__init__(**{"dtype": layer.dtype_policy, **kwargs})
        if merge_mode is not None:
            modes = ("concat", "sum", "ave", "mul")
            merge_mode = arguments.one_of("Bidirectional", modes, merge_mode=merge_mode)
        self.merge_mode = merge_mode
        self.forward_layer = self._copy(layer, "forward")
        if backward_layer is None:
            self.backward_layer = self._copy(layer, "backward", go_backwards=True)
        else:
            _check_layer("backward_layer", backward_layer, goes_backwards=True)
            self.backward_layer = self._copy(backward_layer, "backward")
        for name in ("return_sequences", "return_state", "stateful"):
            setattr(self, name, getattr(layer, name, False))
            if getattr(self.backward_layer, name, False) is not getattr(self, name):
                raise ValueError(f"Bidirectional: layer and backward_layer differ in {name}.")
        self.supports_masking = True

    def _copy(self, layer, direction, **changes):
        """The layer anew, with weights of its own, and 0 at the steps that are padding."""
        name = f"{direction}_{layer.name.removeprefix(f'{direction}_')}"
        config = {**layer.get_config(), "name": name, "dtype": self.dtype_policy, **changes}
        copy = type(layer).from_config(config)
        copy.zero_output_for_mask = copy.return_sequences
        return copy

    def build(self, sequences_shape, initial_state_shape=None):
        arguments.shape("Bidirectional", sequences_shape, "(B, T, n)")
        self.forward_layer.build(sequences_shape)
        self.backward_layer.build(sequences_shape)
        self.input_spec = keras.InputSpec(ndim=3, axes={-1: sequences_shape[-1]})

    def call(self, sequences, initial_state=None, mask=None, training=None):
        options = {"mask": padding_mask(sequences, mask), "training": training}
        h_0, k_0 = halves(initial_state)
        a = self.forward_layer(sequences, initial_state=h_0, **options)
        b = self.backward_layer(sequences, initial_state=k_0, **options)
        states = []
        if self.return_state:
            a, *forward_states = a
            b, *backward_states = b
            states = [*forward_states, *backward_states]
        if self.return_sequences:
            b = ops.flip(b, axis=1)  # (B, T, units), in the order of the input again
        y = self._merge(a, b)
        return (*y, *states) if len(y) + len(states) > 1 else y[0]

    def _merge(self, a, b):
        """One output, or both without a merge_mode."""
        if self.merge_mode is None:
            return (a, b)
        if self.merge_mode == "concat":
            return (ops.concatenate([a, b], axis=-1),)  # (..., 2·units)
        if self.merge_mode == "mul":
            return (a * b,)
        return (a + b if self.merge_mode == "sum" else (a + b) / 2,)

    def reset_state(self):
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        shape = self.forward_layer.compute_output_shape(sequences_shape)
        shape, *states = shape if self.return_state else [shape]
        if self.merge_mode == "concat":
            shape = (*shape[:-1], 2 * shape[-1])
        outputs = [shape, shape] if self.merge_mode is None else [shape]
        return (*outputs, *states, *states) if len(outputs) + len(states) > 1 else shape

    def compute_mask(self, sequences, mask=None):
        mask = keras.tree.flatten(mask)[0]
        mask = mask if self.return_sequences else None
        masks = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            masks += [None] * (2 * len(self.forward_layer.state_size))
        return masks if len(masks) > 1 else mask

    def get_config(self):
        return {
            **super().get_config(),
            "layer": keras.saving.serialize_keras_object(self.forward_layer),
            "backward_layer": keras.saving.serialize_keras_object(self.backward_layer),
            "merge_mode": self.merge_mode,
        }

    @classmethod
    def from_config(cls, config):
        layers = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("layer", "backward_layer")
            if config.get(name) is not None
        }
        return cls(**{**config, **layers})


def halves(initial_state):
    """The states of the forward layer, and those of the backward layer."""
    if initial_state is None:
        return None, None
    half = len(initial_state) // 2
    return initial_state[:half], initial_state[half:]


def _check_layer(name, layer, goes_backwards):
    is_recurrent = isinstance(layer, keras.layers.Layer) and all(
        hasattr(layer, wanted) for wanted in ("go_backwards", "return_sequences", "return_state")
    )
    if not is_recurrent or bool(layer.go_backwards) is not goes_backwards:
        direction = "backwards" if goes_backwards else "forwards"
        raise ValueError(
            f"Bidirectional: {name} is {layer!r}; expected a recurrent layer that goes "
            f"{direction}, such as LSTM(8{', go_backwards=True' if goes_backwards else ''})."
        )
