"""ReLU: positive inputs pass."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class ReLU(keras.layers.Layer):
    """A rectifier: positive inputs pass, negative ones become 0 or a fraction of themselves.

    Without a nonlinearity, a stack of layers is one linear layer. This one is the cheapest, and its
    gradient is 1 wherever it passes an input, however many of them follow each other.

    Maths:
        y = x if x > θ, otherwise a (x - θ);   with an upper limit m, y ← min(y, m)

        θ is 0 unless given. Equals `reference.activation.relu`.

    Shapes:
        x (...) -> (...)

    Args:
        max_value: m, or None.
        negative_slope: a.
        threshold: θ.

    Raises:
        ValueError: `max_value`, `negative_slope` or `threshold` is negative.

    Example:
        >>> layer = ReLU(max_value=6, negative_slope=0.5)
        >>> layer(np.array([-2.0, 3.0, 8.0])).numpy()
        array([-1.,  3.,  6.], dtype=float32)

    Source: V. Nair, G. E. Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines,
    2010; with a slope: A. L. Maas, A. Y. Hannun, A. Y. Ng, Rectifier Nonlinearities Improve Neural
    Network Acoustic Models, 2013.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        if max_value is not None:
            max_value = arguments.at_least("ReLU", 0, max_value=max_value)
        self.max_value = max_value
        self.negative_slope, self.threshold = arguments.at_least(
            "ReLU", 0, negative_slope=negative_slope, threshold=threshold
        )
        self.supports_masking = True
        self._build_at_init()

    def call(self, x):
        if self.threshold:
            y = ops.where(x > self.threshold, x, self.negative_slope * (x - self.threshold))
        else:
            y = ops.leaky_relu(x, self.negative_slope) if self.negative_slope else ops.relu(x)
        return y if self.max_value is None else ops.where(y < self.max_value, y, self.max_value)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
