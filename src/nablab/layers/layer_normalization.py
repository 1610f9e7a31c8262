"""LayerNormalization: normalises each example by its own mean and variance."""

from __future__ import annotations

import keras
from keras import ops

from nablab.layers._norm import ScaledAndShifted, axes, places, sizes
from nablab.layers._precision import wide


@keras.saving.register_keras_serializable(package="nablab")
class LayerNormalization(ScaledAndShifted):
    """Gives the features of an example mean 0 and variance 1, then scales and shifts them.

    It looks at one example, even at one step of a sequence, at a time. So it works where the
    statistics of a batch do not: in recurrent networks, in transformers, and on a batch of one.

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
        center, scale: whether there is a β, and a γ.
        gamma_initializer, beta_initializer: how γ and β start, 1 and 0 by default; so too
            `_regularizer` and `_constraint`.

    Raises:
        ValueError: `axis` is not an integer or a tuple of integers; it is the batch axis, an axis
            that the input does not have, or one of unknown size; `epsilon` is negative; the input
            has another size along `axis` than the layer was built for.

    Example:
        >>> layer = LayerNormalization(epsilon=0.0)
        >>> layer(np.array([[1.0, 3.0], [40.0, 20.0]])).numpy().round(4)
        array([[-1.,  1.],
               [ 1., -1.]], dtype=float32)

    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, Layer Normalization, 2016.
    """

    LEFT_OUT = {"rms_scaling": "use RMSNormalization"}

    def __init__(self, axis=-1, epsilon=1e-3, center=True, scale=True, **kwargs):
        super().__init__(axes("LayerNormalization", axis), epsilon, center, scale, **kwargs)

    def build(self, input_shape):
        self.make_gamma_and_beta(sizes("LayerNormalization", self.axis, input_shape))
        self.expects(input_shape, self.axis)

    def call(self, x):
        x = wide(x, self.compute_dtype)
        gamma, beta = self.gamma_and_beta(x)  # as x along `axis`, 1 elsewhere
        over = places(self.axis, len(x.shape))
        x = x - ops.mean(x, axis=over, keepdims=True)
        variance = ops.mean(ops.square(x), axis=over, keepdims=True)  # 1 along `axis`
        y = x * ops.rsqrt(variance + self.epsilon) * gamma + beta
        return ops.cast(y, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}
