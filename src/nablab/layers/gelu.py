"""GELU: an input weighted by its own normal distribution function."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class GELU(keras.layers.Layer):
    """A smooth rectifier: x times the probability that a standard normal variable is smaller.

    A ReLU has a corner at 0 and no gradient below it. This one is smooth, and a small negative
    input still has a gradient; transformers use it in their dense layers.

    Maths:
        y = x Φ(x),   Φ(x) = (1 + erf(x / √2)) / 2
        approximate:  Φ(x) ≈ (1 + tanh(√(2 / π) (x + 0.044715 x³))) / 2

        Equals `reference.activation.gelu`.

    Shapes:
        x (...) -> (...)

    Args:
        approximate: whether to use the tanh approximation.

    Raises:
        ValueError: `approximate` is neither True nor False.

    Example:
        >>> GELU()(np.array([-1.0, 0.0, 1.0])).numpy().round(3)
        array([-0.159,  0.   ,  0.841], dtype=float32)

    Source: D. Hendrycks, K. Gimpel, Gaussian Error Linear Units (GELUs), 2016.
    """

    def __init__(self, *, approximate=False, **kwargs):
        super().__init__(**kwargs)
        self.approximate = arguments.true_or_false("GELU", approximate=approximate)
        self.supports_masking = True
        self._build_at_init()

    def call(self, x):
        return ops.gelu(x, approximate=self.approximate)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "approximate": self.approximate}
