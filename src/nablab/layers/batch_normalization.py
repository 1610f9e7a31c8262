"""BatchNormalization: normalises each channel by the mean and variance of the batch."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._norm import ScaledAndShifted, along, moments, one_axis, places, sizes
from nablab.layers._precision import wide


@keras.saving.register_keras_serializable(package="nablab")
class BatchNormalization(ScaledAndShifted):
    """Gives every channel mean 0 and variance 1 over the batch, then scales and shifts it.

    However the weights before it move, the next layer sees inputs on one scale. So deep networks
    train with larger learning rates, and the start of the weights matters less.

    Maths:
        y = γ (x - μ) / √(σ² + ε) + β      for every channel

        In training, μ and σ² are those of the batch, over all axes except the channels, and update
        the moving averages:
            moving ← m · moving + (1 - m) · batch
        At inference, μ and σ² are the moving averages. σ² is the biased variance, in the moving
        average too. Computed as y = a x + b with a = γ / √(σ² + ε) and b = β - μ a. Steps that a
        mask leaves out count in no mean. Equals `reference.normalization.batch_norm` at inference
        and `batch_norm_training` in training.

    Shapes:
        x (B, ..., C) -> (B, ..., C)
        γ, β, moving mean, moving variance: (C,)

    Args:
        axis: the axis of the channels.
        momentum: m, the weight of the old value (PyTorch's momentum is 1 - m).
        epsilon: ε.
        center, scale: whether there is a β, and a γ.
        gamma_initializer, beta_initializer: how γ and β start, 1 and 0 by default; so too
            `_regularizer` and `_constraint`. γ = 0 in the last normalisation of a residual block
            makes the block start as the identity.
        moving_mean_initializer, moving_variance_initializer: how the moving averages start.
        mask: argument of `call`: (B, T) for a sequence; False leaves a step out.

    When frozen (`trainable = False`), it works as at inference.

    Raises:
        ValueError: `axis` is not an integer, or the batch; `momentum` is not in [0, 1); `epsilon`
            is negative; the input lacks the axis, or has another C than the layer was built for;
            the mask does not fit the input.

    Example:
        >>> layer = BatchNormalization(epsilon=0.0)
        >>> layer(np.array([[1.0], [3.0]]), training=True).numpy()
        array([[-1.],
               [ 1.]], dtype=float32)
        >>> layer.moving_mean.numpy().round(2)  # a hundredth of the way from 0 to 2
        array([0.02], dtype=float32)

    Source: S. Ioffe, C. Szegedy, Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift, 2015.
    """

    LEFT_OUT = {
        "renorm": "use GroupNormalization for small batches: it averages within one example",
        "renorm_clipping": "leave it out, together with renorm",
        "renorm_momentum": "leave it out, together with renorm",
        "synchronized": "use keras.layers.BatchNormalization, or GroupNormalization",
    }

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        *,
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        **kwargs,
    ):
        super().__init__(one_axis("BatchNormalization", axis), epsilon, center, scale, **kwargs)
        self.momentum = arguments.fraction("BatchNormalization", momentum=momentum)
        self.moving_mean_initializer = keras.initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = keras.initializers.get(moving_variance_initializer)

    def build(self, input_shape):
        shape = sizes("BatchNormalization", self.axis, input_shape)  # (C,)
        self.make_gamma_and_beta(shape)
        state = {"shape": shape, "trainable": False, "autocast": False}
        self.moving_mean = self.add_weight(
            initializer=self.moving_mean_initializer, name="moving_mean", **state
        )
        self.moving_variance = self.add_weight(
            initializer=self.moving_variance_initializer, name="moving_variance", **state
        )
        self.expects(input_shape, self.axis)

    def call(self, x, training=None, mask=None):
        x = wide(x, self.compute_dtype)
        gamma, beta = self.gamma_and_beta(x)  # (1, ..., C)
        if training and self.trainable:
            (channel,) = places(self.axis, len(x.shape))
            others = [i for i in range(len(x.shape)) if i != channel]
            mean, variance = moments("BatchNormalization", x, others, mask)  # (1, ..., C)
            self._update(self.moving_mean, mean)
            self._update(self.moving_variance, variance)
        else:
            mean = along(self.moving_mean, self.axis, x)  # (1, ..., C)
            variance = along(self.moving_variance, self.axis, x)
        a = gamma * ops.rsqrt(variance + self.epsilon)  # (1, ..., C)
        b = beta - mean * a  # (1, ..., C)
        return ops.cast(x * a + b, self.compute_dtype)

    def _update(self, moving, batch):
        batch = ops.reshape(batch, moving.shape)
        moving.assign(self.momentum * moving + (1 - self.momentum) * batch)

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "moving_mean_initializer": serialize(self.moving_mean_initializer),
            "moving_variance_initializer": serialize(self.moving_variance_initializer),
        }
