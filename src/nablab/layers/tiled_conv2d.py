"""TiledConv2D: a few kernels that alternate over the positions of an image."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._convolution_layer import kernel_and_bias


@keras.saving.register_keras_serializable(package="nablab")
class TiledConv2D(keras.layers.Layer):
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
        tiles: t, the number of kernels along each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        padding: "valid" or "same".
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

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

    def __init__(
        self,
        filters,
        kernel_size,
        tiles=2,
        strides=1,
        padding="valid",
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("TiledConv2D", filters=filters, tiles=tiles)
        arguments.one_of("TiledConv2D", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = arguments.per_axis("TiledConv2D", 2, kernel_size=kernel_size)
        self.tiles = tiles
        self.strides = arguments.per_axis("TiledConv2D", 2, strides=strides)
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        arguments.shape("TiledConv2D", input_shape, "(B, H, W, C)")
        self.compute_output_shape(input_shape)
        t = self.tiles
        self.kernel, self.bias = kernel_and_bias(
            self,
            (t, t, *self.kernel_size, input_shape[-1], self.filters),
            (t, t, self.filters),
            _convolution.for_stacked_kernels(self.kernel_initializer, t * t),
        )

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

    def compute_output_shape(self, input_shape):
        sizes = _convolution.output_sizes(
            "TiledConv2D", input_shape, self.kernel_size, self.strides, self.padding
        )
        return (input_shape[0], *sizes, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "tiles": self.tiles,
            "strides": self.strides,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
