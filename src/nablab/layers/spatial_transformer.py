"""SpatialTransformer: learns where to look, and shifts, rotates or scales the image to match."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._axes import SpatialLayer
from nablab.layers._weights import WeightedLayer
from nablab.layers.dense import Dense

IDENTITY = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]  # θ, row by row
CELLS = 8  # the default network reads the means of 8 × 8 cells
HIDDEN = 32


@keras.saving.register_keras_serializable(package="nablab")
class SpatialTransformer(SpatialLayer, WeightedLayer):
    """Samples an image through an affine map that a small network predicts from it.

    A convolutional network recognizes a shape where it was trained on it, but not turned or scaled.
    This layer learns, without being told, to bring what matters into the middle and upright.

    Maths:
        θ = localization(X), as two rows of three
        (x_s, y_s) = θ (x_t, y_t, 1)ᵀ      for every pixel (x_t, y_t) of the output
        Y[i, j, c] = Σ_p Σ_q X[p, q, c] · max(0, 1 - |q - u|) · max(0, 1 - |p - v|)
        u = (x_s + 1)(W - 1) / 2,   v = (y_s + 1)(H - 1) / 2

        −1 and 1 are the centres of the first and the last pixel ("align corners"), x runs along the
        columns and y down the rows, and X is 0 outside the image. The default network is
        θ = θ₀ + relu(means W_h + b_h) W_θ, on the means of 8 × 8 cells. W_θ starts at 0 and its
        bias θ₀ at the identity, so the layer starts as the identity.

    Shapes:
        x (B, H, W, C) -> (B, H', W', C)
        (H', W') = output_size, or (H, W); θ (B, 6)

    Args:
        localization: a layer or a model that maps the image to θ (B, 6), or its config; None for
            the default network. To start as the identity, initialize the kernel of its last layer
            with zeros and the bias with 1, 0, 0, 0, 1, 0.
        output_size: (H', W'), or one integer for both; None for the size of the input.

    Raises:
        ValueError: `localization` is not a layer or does not give 6 values, `output_size` is not as
            described above, or the input does not have four axes.

    Example:
        >>> x = np.arange(6.0).reshape(1, 2, 3, 1)
        >>> SpatialTransformer()(x).numpy()[0, :, :, 0].round(4)
        array([[0., 1., 2.],
               [3., 4., 5.]], dtype=float32)

    Equals `reference.sampling.bilinear_sample` of `reference.sampling.affine_grid`, computed from
    the four pixels around each point.

    Source: M. Jaderberg, K. Simonyan, A. Zisserman, K. Kavukcuoglu, Spatial Transformer Networks,
    2015.
    """

    def __init__(self, localization=None, output_size=None, **kwargs):
        super().__init__(**kwargs)
        if isinstance(localization, dict):
            localization = keras.saving.deserialize_keras_object(localization)
        if localization is not None and not isinstance(localization, keras.layers.Layer):
            raise ValueError(
                f"SpatialTransformer: localization is {localization!r}; expected a layer, a model, "
                "or None for the default network."
            )
        self.localization = localization
        self.output_size = None
        if output_size is not None:
            self.output_size = arguments.per_axis("SpatialTransformer", 2, output_size=output_size)

    def build(self, input_shape):
        self.check_axes(input_shape)
        self.expects(input_shape)
        if self.localization is None:
            dtype, identity = self._sampling_dtype(), keras.initializers.Constant(IDENTITY)
            self.hidden = Dense(HIDDEN, "relu", name="hidden", dtype=dtype)
            self.theta = Dense(
                6, kernel_initializer="zeros", bias_initializer=identity, name="theta", dtype=dtype
            )
            self.hidden.build((input_shape[0], CELLS * CELLS * input_shape[-1]))
            self.theta.build((input_shape[0], HIDDEN))
            return
        if not self.localization.built:
            self.localization.build(input_shape)
        shape = tuple(self.localization.compute_output_shape(input_shape))
        if len(shape) != 2 or shape[1] != 6:
            raise ValueError(
                f"SpatialTransformer: localization gives θ of shape {shape}; expected (B, 6)."
            )

    def call(self, x):
        dtype = self._sampling_dtype()
        if self.localization is None:
            means = _adaptive_average_pool(ops.cast(x, dtype), CELLS)  # (B, 8, 8, C)
            theta = self.theta(self.hidden(ops.reshape(means, (-1, CELLS**2 * x.shape[-1]))))
        else:
            theta = self.localization(x)
        theta = ops.reshape(ops.cast(theta, dtype), (-1, 2, 3))  # (B, 2, 3)
        H, W = self.output_size or ops.shape(x)[1:3]
        return _bilinear_sample(x, *_affine_grid(theta, H, W))  # (B, H', W', C)

    def _sampling_dtype(self):
        """At least float32: in half precision the coordinates would be off by parts of a pixel."""
        return "float64" if self.compute_dtype == "float64" else "float32"

    def output_shape(self, input_shape):
        B, H, W, C = input_shape
        return (B, *(self.output_size or (H, W)), C)

    def get_config(self):
        localization = self.localization
        if localization is not None:
            localization = keras.saving.serialize_keras_object(localization)
        return {
            **super().get_config(),
            "localization": localization,
            "output_size": self.output_size,
        }


def _affine_grid(theta, H, W):
    """Where to sample for each of H × W output pixels: (B, 2, 3) -> x_s and y_s (B, H, W)."""
    x_t, y_t = _coordinates(W, theta.dtype)[None, :], _coordinates(H, theta.dtype)[:, None]
    a = theta[:, :, :, None, None]  # (B, 2, 3, 1, 1)
    x_s = a[:, 0, 0] * x_t + a[:, 0, 1] * y_t + a[:, 0, 2]  # (B, H, W)
    y_s = a[:, 1, 0] * x_t + a[:, 1, 1] * y_t + a[:, 1, 2]
    return x_s, y_s


def _coordinates(n, dtype):
    """From −1 at the first pixel to 1 at the last; 0 for a single pixel."""
    last = ops.cast(n, dtype) - 1
    return (2 * ops.cast(ops.arange(n), dtype) - last) / ops.maximum(last, 1)


def _bilinear_sample(x, x_s, y_s):
    """The images (B, H, W, C) at the points (B, h, w), from the four pixels around each."""
    B, H, W = ops.shape(x)[:3]
    last_row, last_column = ops.cast(H - 1, x_s.dtype), ops.cast(W - 1, x_s.dtype)
    u = (x_s + 1) * last_column / 2  # (B, h, w)
    v = (y_s + 1) * last_row / 2
    left, top = ops.floor(u), ops.floor(v)
    pixels = ops.reshape(x, (-1, x.shape[-1]))  # (B·H·W, C)
    image = ops.reshape(ops.arange(B, dtype="int32") * H * W, (-1, 1, 1))
    y = 0
    for p in (top, top + 1):
        for q in (left, left + 1):
            weight = (1 - ops.abs(q - u)) * (1 - ops.abs(p - v))
            inside = (p >= 0) & (p <= last_row) & (q >= 0) & (q <= last_column)
            weight = ops.where(inside, weight, 0)[..., None]  # (B, h, w, 1)
            row = ops.cast(ops.clip(p, 0, last_row), "int32")
            column = ops.cast(ops.clip(q, 0, last_column), "int32")
            pixel = ops.take(pixels, image + row * W + column, axis=0)  # (B, h, w, C)
            y = y + ops.cast(weight, x.dtype) * pixel
    return y


def _adaptive_average_pool(x, cells):
    """The means of a grid of cells over images of any size: (B, H, W, C) -> (B, n, n, C)."""
    H, W = ops.shape(x)[1:3]
    x = ops.einsum("nh,bhwc->bnwc", _averaging_matrix(H, cells, x.dtype), x)
    return ops.einsum("nw,bmwc->bmnc", _averaging_matrix(W, cells, x.dtype), x)


def _averaging_matrix(length, cells, dtype):
    """The weight of each of `length` pixels in the mean of each cell: (cells, length)."""
    first = ops.arange(cells, dtype="int32")[:, None] * length
    pixel = ops.arange(length, dtype="int32")[None, :]
    after = -(-(first + length) // cells)
    within = (pixel >= first // cells) & (pixel < after)
    within = ops.cast(within, "float32")
    return ops.cast(within / ops.sum(within, axis=1, keepdims=True), dtype)
