"""ReLU: positive inputs pass."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class ReLU(keras.layers.Layer):
    """A rectifier: positive inputs pass, negative ones become 0 or a fraction of themselves.

    Maths:
        y = x if x > 0, otherwise a x;   with an upper limit m, y ← min(y, m)

        Equals `reference.activation.relu`.

    Shapes:
        x (...) -> (...)

    Args:
        negative_slope: a.
        max_value: m, or None.

    Raises:
        ValueError: `negative_slope` or `max_value` is negative.

    Example:
        >>> layer = ReLU(negative_slope=0.5, max_value=6)
        >>> layer(np.array([-2.0, 3.0, 8.0])).numpy()
        array([-1.,  3.,  6.], dtype=float32)

    Source: V. Nair, G. E. Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines,
    2010; with a slope: A. L. Maas, A. Y. Hannun, A. Y. Ng, Rectifier Nonlinearities Improve Neural
    Network Acoustic Models, 2013.
    """

    def __init__(self, negative_slope=0.0, max_value=None, **kwargs):
        super().__init__(**kwargs)
        arguments.at_least("ReLU", 0, negative_slope=negative_slope)
        if max_value is not None:
            arguments.at_least("ReLU", 0, max_value=max_value)
        self.negative_slope = negative_slope
        self.max_value = max_value
        self.supports_masking = True

    def call(self, x):
        y = ops.leaky_relu(x, self.negative_slope) if self.negative_slope else ops.relu(x)
        return y if self.max_value is None else ops.where(y < self.max_value, y, self.max_value)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "negative_slope": self.negative_slope,
            "max_value": self.max_value,
        }
