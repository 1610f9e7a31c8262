"""TiledConv2D: a few kernels that alternate over the positions of an image."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._axes import SpatialLayer
from nablab.layers._convolution_layer import KernelLayer


@keras.saving.register_keras_serializable(package="nablab")
class TiledConv2D(SpatialLayer, KernelLayer):
    """A convolution with t × t kernels that tile the positions of its output.

    Only positions a multiple of t apart on both axes share their weights, so neighbours may learn
    different features. t = 1 is Conv2D, and t as large as the output is LocallyConnected2D.

    Maths:
        y[i, j, f] = φ(b[i mod t, j mod t, f]
            + Σ_u Σ_v Σ_c x[i·s + u − p, j·s + v − p, c] · W[i mod t, j mod t, u, v, c, f])
        with t = tiles. x is 0 outside, and p is as in Conv2D. Every W[a, b] is initialized like
        the kernel of a convolution.
        Equals `reference.convolution_layers.tiled_conv2d`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌊(H − k) / s⌋ + 1 for "valid", ⌈H / s⌉ for "same"
        W (tiles, tiles, kh, kw, C, filters), b (tiles, tiles, filters)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer, or one for each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        padding: "valid" or "same".
        tiles: t, the number of kernels along each axis.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above; the input does not have four axes, or is
            smaller than the window with "valid" padding.

    Example:
        >>> layer = TiledConv2D(1, 1, tiles=2, use_bias=False)
        >>> layer.build((1, 3, 3, 1))
        >>> layer.set_weights([np.reshape([1, 2, 3, 4], (2, 2, 1, 1, 1, 1))])
        >>> layer(np.ones((1, 3, 3, 1))).numpy()[0, :, :, 0]
        array([[1., 2., 1.],
               [3., 4., 3.],
               [1., 2., 1.]], dtype=float32)

    Source: Q. V. Le, J. Ngiam, Z. Chen, D. Chia, P. W. Koh, A. Y. Ng, Tiled Convolutional Neural
    Networks, 2010.
    """

    SETTINGS = ("filters", "kernel_size", "tiles", "strides", "padding")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        *,
        tiles=2,
        activation=None,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        name = "TiledConv2D"
        self.filters, self.tiles = arguments.positive_int(name, filters=filters, tiles=tiles)
        self.kernel_size = arguments.per_axis(name, 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None

    def build(self, input_shape):
        self.check_axes(input_shape)
        self.output_shape(input_shape)  # refuses an input that the kernel does not fit in
        t = self.tiles
        self.kernel = self.weight(
            "kernel",
            (t, t, *self.kernel_size, input_shape[-1], self.filters),
            initializer=_convolution.for_stacked_kernels(self.kernel_initializer, t * t),
        )
        if self.use_bias:
            self.bias = self.weight("bias", (t, t, self.filters))
        self.expects(input_shape)

    def call(self, x):
        # The positions of one kernel lie t apart: they are a convolution with t times the stride.
        # The last row and column of tiles are padded, so that all t × t convolutions have one size.
        t, (sh, sw) = self.tiles, self.strides
        axes = list(zip(ops.shape(x)[1:3], self.kernel_size, self.strides, strict=True))
        H, W = (_convolution.output_size(n, k, s, self.padding) for n, k, s in axes)
        rows, columns = -(-H // t), -(-W // t)
        pads = [
            self._pads(n, k, s, count * t)
            for (n, k, s), count in zip(axes, (rows, columns), strict=True)
        ]
        x = ops.pad(x, ((0, 0), *pads, (0, 0)))
        kernel = ops.convert_to_tensor(self.kernel)
        y = [
            [
                ops.conv(
                    x[:, a * sh :, b * sw :],
                    kernel[a, b],
                    strides=(sh * t, sw * t),
                    data_format="channels_last",
                )  # (B, rows, columns, filters)
                for b in range(t)
            ]
            for a in range(t)
        ]
        y = [ops.stack(row, axis=3) for row in y]  # each (B, rows, columns, t, filters)
        y = ops.stack(y, axis=2)  # (B, rows, t, columns, t, filters)
        if self.bias is not None:
            y = y + self.bias[:, None]  # (t, 1, t, filters)
        y = ops.reshape(y, (-1, rows * t, columns * t, self.filters))
        return self.activation(y[:, :H, :W])  # (B, H', W', filters)

    def _pads(self, n, k, s, outputs):
        """Zeros before and after an axis of n entries, for this many outputs."""
        before = _convolution.same_pads(n, k, s)[0] if self.padding == "same" else 0
        return before, _convolution.at_least_zero((outputs - 1) * s + k - n - before)

    def output_shape(self, input_shape):
        window = (self.kernel_size, self.strides, self.padding)
        sizes = _convolution.output_sizes("TiledConv2D", input_shape, *window)
        return (input_shape[0], *sizes, self.filters)
