"""RMSNormalization: normalises the length and leaves the mean alone."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._norm import along, axes, places, sizes
from nablab.layers._precision import wide
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class RMSNormalization(WeightedLayer):
    """Features divided by their root mean square: a layer normalization without mean and without β.

    Its authors found that the scale of the features is what must be tamed for stable training, and
    that the mean can stay. Leaving it out saves one pass over the features.

    Maths:
        y = γ x / √(mean x² + ε),   the mean over `axis`

        Equals `reference.normalization.rms_norm`.

    Shapes:
        x (B, ..., n) -> (B, ..., n)
        γ, the weight `scale`: the sizes of x along `axis`; (n,) by default

    Args:
        axis: the axis or the tuple of axes to average over; not the batch.
        epsilon: ε.
        scale_initializer: how γ starts, 1 by default; so too `_regularizer` and `_constraint`.

    Raises:
        ValueError: `axis` is not an integer or a tuple of integers; it is the batch axis, an axis
            that the input does not have, or one of unknown size; `epsilon` is negative; the input
            has another size along `axis` than the layer was built for.

    Example:
        >>> layer = RMSNormalization()
        >>> layer(np.array([[1.0, 7.0]])).numpy().round(4)  # √((1 + 49) / 2) = 5
        array([[0.2, 1.4]], dtype=float32)

    Source: B. Zhang, R. Sennrich, Root Mean Square Layer Normalization, 2019.
    """

    WEIGHTS = {"scale": "ones"}

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis = axes("RMSNormalization", axis)
        self.epsilon = arguments.at_least("RMSNormalization", 0, epsilon=epsilon)
        self.supports_masking = True
        self.autocast = False  # `call` casts the input itself

    def build(self, input_shape):
        shape = sizes("RMSNormalization", self.axis, input_shape)
        self.scale = self.weight("scale", shape, autocast=False)
        self.expects(input_shape, self.axis)

    def call(self, x):
        x = wide(x, self.compute_dtype)
        gamma = along(self.scale, self.axis, x)  # as x along `axis`, 1 elsewhere
        over = places(self.axis, len(x.shape))
        mean_square = ops.mean(ops.square(x), axis=over, keepdims=True)  # 1 along `axis`
        y = x * ops.rsqrt(mean_square + self.epsilon) * gamma
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}
