"""Dense: every unit reads every input."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class Dense(WeightedLayer):
    """A weighted sum of all inputs for every unit.

    It is the layer for inputs without an order in space or time: any unit can read anything, at the
    price of one weight for each pair. Convolutions and recurrent layers exist to pay less.

    Maths:
        y = φ(x W + b)

    Shapes:
        x (B, ..., n) -> (B, ..., units)
        W (n, units), b (units,)

    Args:
        units: number of outputs.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start, Glorot's uniform and 0 by default;
            so too `_regularizer` and `_constraint`.

    Raises:
        ValueError: `units` is not a positive integer; `use_bias` is neither True nor False; the
            input has fewer than two axes, or another n than the layer was built for.

    Example:
        >>> layer = Dense(2, kernel_initializer="ones")
        >>> layer(np.array([[1.0, 2.0, 3.0]])).numpy()
        array([[6., 6.]], dtype=float32)

    Source: F. Rosenblatt, The Perceptron: A Probabilistic Model for Information Storage and
    Organization in the Brain, 1958.
    """

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}
    LEFT_OUT = {
        "lora_rank": "freeze this layer and add the output of two small Dense layers to its own",
        "lora_alpha": "scale the output of the layers that you add",
        "quantization_config": "use keras.layers.Dense, which can be quantized",
    }

    def __init__(self, units, activation=None, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.units = arguments.positive_int("Dense", units=units)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false("Dense", use_bias=use_bias)
        self.bias = None
        self.supports_masking = True

    def build(self, input_shape):
        arguments.shape("Dense", input_shape, "(B, ..., n)")
        self.kernel = self.weight("kernel", (input_shape[-1], self.units))
        if self.use_bias:
            self.bias = self.weight("bias", (self.units,))
        self.expects(input_shape)

    def call(self, x):
        y = ops.matmul(x, self.kernel)  # (B, ..., units)
        if self.use_bias:
            y = y + self.bias
        return y if self.activation is None else self.activation(y)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
        }
