"""BatchNorm: normalises each channel by the mean and variance of the batch."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class BatchNorm(keras.layers.Layer):
    """Gives every channel mean 0 and variance 1 over the batch, then scales and shifts it.

    Maths:
        y = γ (x - μ) / √(σ² + ε) + β      for every channel

        In training, μ and σ² are those of the batch, over all axes except the channels, and update
        the moving averages:
            moving ← m · moving + (1 - m) · batch
        At inference, μ and σ² are the moving averages. σ² is the biased variance, in the moving
        average too. Computed as y = a x + b with a = γ / √(σ² + ε) and b = β - μ a. Equals
        `reference.normalization.batch_norm` at inference and `batch_norm_training` in training.

    Shapes:
        x (B, ..., C) -> (B, ..., C)
        γ, β, moving mean, moving variance: (C,)

    Args:
        momentum: m, the weight of the old value (PyTorch's momentum is 1 - m).
        epsilon: ε.
        gamma_initializer: initializer of γ. "zeros" in the last one of a residual block makes the
            block start as the identity.

    When frozen (`trainable = False`), it works as at inference.

    Raises:
        ValueError: `momentum` is not in [0, 1), `epsilon` is negative, or the input has fewer than
            two axes.

    Example:
        >>> layer = BatchNorm(epsilon=0.0)
        >>> layer(np.array([[1.0], [3.0]]), training=True).numpy()
        array([[-1.],
               [ 1.]], dtype=float32)
        >>> layer.moving_mean.numpy().round(2)  # a hundredth of the way from 0 to 2
        array([0.02], dtype=float32)

    Source: S. Ioffe, C. Szegedy, Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift, 2015.
    """

    def __init__(self, momentum=0.99, epsilon=1e-3, gamma_initializer="ones", **kwargs):
        super().__init__(**kwargs)
        arguments.fraction("BatchNorm", momentum=momentum)
        arguments.at_least("BatchNorm", 0, epsilon=epsilon)
        self.momentum = momentum
        self.epsilon = epsilon
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape):
        arguments.shape("BatchNorm", input_shape, "(B, ..., C)")
        weight = {"shape": (input_shape[-1],), "autocast": False}  # too coarse in half precision
        self.gamma = self.add_weight(initializer=self.gamma_initializer, name="gamma", **weight)
        self.beta = self.add_weight(initializer="zeros", name="beta", **weight)
        self.moving_mean = self.add_weight(
            initializer="zeros", trainable=False, name="moving_mean", **weight
        )
        self.moving_variance = self.add_weight(
            initializer="ones", trainable=False, name="moving_variance", **weight
        )

    def call(self, x, training=None):
        x = at_least_float32(x)
        if training and self.trainable:
            mean, variance = ops.moments(x, axes=list(range(len(x.shape) - 1)))  # (C,)
            self._update(self.moving_mean, mean)
            self._update(self.moving_variance, variance)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        a = self.gamma * ops.rsqrt(variance + self.epsilon)  # (C,)
        b = self.beta - mean * a  # (C,)
        return ops.cast(x * a + b, self.compute_dtype)

    def _update(self, moving, batch):
        moving.assign(self.momentum * moving + (1 - self.momentum) * batch)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
        }
