"""InstanceNormalization: normalises each channel of each example."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._norm import ScaledAndShifted, moments
from nablab.layers._precision import wide


@keras.saving.register_keras_serializable(package="nablab")
class InstanceNormalization(ScaledAndShifted):
    """Gives each channel of each image mean 0 and variance 1, which removes its contrast.

    The mean and the contrast of an image say how it was lit or drawn, not what it shows. Networks
    that turn a picture into one of another style do better without them.

    Maths:
        y = γ (x - μ) / √(σ² + ε) + β,   μ and σ² over the spatial axes, for every example and
        every channel

        Training and inference are the same. Computed as y = a x + b with a = γ / √(σ² + ε),
        b = β - μ a. Steps that a mask leaves out count in no mean. Equals
        `reference.normalization.instance_norm`.

    Shapes:
        x (B, T, ..., C) -> (B, T, ..., C)
        γ, β: (C,)

    Args:
        epsilon: ε.
        center, scale: whether there is a β, and a γ.
        gamma_initializer, beta_initializer: how γ and β start, 1 and 0 by default; so too
            `_regularizer` and `_constraint`.
        mask: argument of `call`: (B, T) for a sequence; False leaves a step out.

    Raises:
        ValueError: `epsilon` is negative; the input has no spatial axis, or another C than the
            layer was built for; the mask does not fit the input.

    Example:
        >>> layer = InstanceNormalization(epsilon=0.0)
        >>> layer(np.array([[[1.0], [3.0]], [[70.0], [50.0]]])).numpy()[:, :, 0]
        array([[-1.,  1.],
               [ 1., -1.]], dtype=float32)

    Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, Instance Normalization: The Missing Ingredient for
    Fast Stylization, 2016.
    """

    def __init__(self, *, epsilon=1e-3, center=True, scale=True, **kwargs):
        super().__init__(-1, epsilon, center, scale, **kwargs)

    def build(self, input_shape):
        arguments.shape("InstanceNormalization", input_shape, "(B, T, ..., C)")
        self.make_gamma_and_beta((input_shape[-1],))
        self.expects(input_shape)

    def call(self, x, mask=None):
        x = wide(x, self.compute_dtype)
        gamma, beta = self.gamma_and_beta(x)  # (1, ..., C)
        spatial = list(range(1, len(x.shape) - 1))
        mean, variance = moments("InstanceNormalization", x, spatial, mask)  # (B, 1, ..., C)
        a = gamma * ops.rsqrt(variance + self.epsilon)  # (B, 1, ..., C)
        b = beta - mean * a  # (B, 1, ..., C)
        return ops.cast(x * a + b, self.compute_dtype)
