"""LayerNorm: normalises each example by its own mean and variance."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class LayerNorm(keras.layers.Layer):
    """Gives the features of an example mean 0 and variance 1, then scales and shifts them.

    Maths:
        y = γ (x - μ) / √(σ² + ε) + β,   μ = mean x,   σ² = mean (x - μ)²   over `axis`

        Over the last axis, the default, every step of a sequence and every pixel of an image is
        normalised separately. Equals `reference.normalization.layer_norm`.

    Shapes:
        x (B, ..., n) -> (B, ..., n)
        γ, β: the sizes of x along `axis`; (n,) by default

    Args:
        axis: the axis or the tuple of axes to average over; not the batch.
        epsilon: ε.

    Raises:
        ValueError: `axis` is not an integer or a tuple of integers; it is the batch axis, an axis
            that the input does not have, or one of unknown size; `epsilon` is negative.

    Example:
        >>> layer = LayerNorm(epsilon=0.0)
        >>> layer(np.array([[1.0, 3.0], [40.0, 20.0]])).numpy().round(4)
        array([[-1.,  1.],
               [ 1., -1.]], dtype=float32)

    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, Layer Normalization, 2016.
    """

    def __init__(self, axis=-1, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        axes = axis if isinstance(axis, (tuple, list)) else (axis,)
        if not axes or not all(isinstance(a, int) and a != 0 for a in axes):
            raise ValueError(
                f"LayerNorm: axis is {axis!r}; expected an integer or a tuple of integers, without "
                "0, the batch."
            )
        arguments.at_least("LayerNorm", 0, epsilon=epsilon)
        self.axis = axis if isinstance(axis, int) else tuple(axis)
        self.epsilon = epsilon
        self.supports_masking = True

    def build(self, input_shape):
        rank = len(input_shape)
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        for axis in axes:
            if not -rank < axis < rank or input_shape[axis] is None:
                raise ValueError(
                    f"LayerNorm: axis is {self.axis!r} and the input has shape "
                    f"{tuple(input_shape)}; expected axes after the batch, of known size."
                )
        self.axes = sorted({axis % rank for axis in axes})
        self.broadcast = [input_shape[a] if a in self.axes else 1 for a in range(rank)]
        weight = {"shape": [input_shape[a] for a in self.axes], "autocast": False}
        self.gamma = self.add_weight(initializer="ones", name="gamma", **weight)
        self.beta = self.add_weight(initializer="zeros", name="beta", **weight)

    def call(self, x):
        x = at_least_float32(x)
        gamma, beta = (ops.reshape(w, self.broadcast) for w in (self.gamma, self.beta))
        x = x - ops.mean(x, axis=self.axes, keepdims=True)
        variance = ops.mean(ops.square(x), axis=self.axes, keepdims=True)  # 1 along `axis`
        y = x * ops.rsqrt(variance + self.epsilon) * gamma + beta
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}
