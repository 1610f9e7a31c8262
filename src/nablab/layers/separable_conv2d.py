"""SeparableConv2D: a convolution in space, then one across channels."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution


@keras.saving.register_keras_serializable(package="nablab")
class SeparableConv2D(keras.layers.Layer):
    """A convolution in two steps, in space and across channels, with far fewer weights.

    With m = 1 it has kh·kw·C + C·filters weights, and a convolution has kh·kw·C·filters. It equals
    a convolution whose kernel from channel c to filter f is D[:, :, c] · P[c, f].

    Maths:
        z[i, j, c·m + q] = Σ_uv x[i·s + u·d − p, j·s + v·d − p, c] · D[u, v, c, q]
        y[i, j, f] = φ(b[f] + Σ_r z[i, j, r] · P[r, f])
        for q = 0, …, m − 1, with m = depth_multiplier. x is 0 outside, and p is as in Conv2D.
        Equals `reference.convolution_layers.separable_conv`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌊(H − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈H / s⌉ for "same"
        D (kh, kw, C, depth_multiplier), P (1, 1, C · depth_multiplier, filters), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer, or one for each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        padding: "valid" or "same".
        depth_multiplier: m, the number of spatial filters for each channel.
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        depthwise_initializer: initializer of D.
        pointwise_initializer: initializer of P.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; the input does not have four axes, or is smaller than the window with "valid"
            padding.

    Example:
        >>> layer = SeparableConv2D(1, (1, 2), depthwise_initializer="ones",
        ...                         pointwise_initializer="ones")
        >>> layer(np.array([[[[1.0, 10.0], [2.0, 20.0]]]])).numpy()
        array([[[[33.]]]], dtype=float32)

    Source: L. Sifre, Rigid-Motion Scattering for Image Classification, 2014. F. Chollet, Xception:
    Deep Learning with Depthwise Separable Convolutions, 2017.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        name = "SeparableConv2D"
        arguments.positive_int(name, filters=filters, depth_multiplier=depth_multiplier)
        arguments.one_of(name, ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = arguments.per_axis(name, 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = padding
        self.depth_multiplier = depth_multiplier
        self.dilation_rate = arguments.per_axis(name, 2, dilation_rate=dilation_rate)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.depthwise_initializer = keras.initializers.get(depthwise_initializer)
        self.pointwise_initializer = keras.initializers.get(pointwise_initializer)
        self.bias = None
        _convolution.check_strides_or_dilation(name, self.strides, self.dilation_rate)

    def build(self, input_shape):
        arguments.shape("SeparableConv2D", input_shape, "(B, H, W, C)")
        self.compute_output_shape(input_shape)
        channels = input_shape[-1]
        self.depthwise = self.add_weight(
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            name="depthwise_kernel",
        )
        self.pointwise = self.add_weight(
            shape=(1, 1, channels * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer,
            name="pointwise_kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        z = _convolution.depthwise(
            x, self.depthwise, self.strides, self.padding, self.dilation_rate
        )  # (B, H', W', C·m)
        y = ops.conv(z, self.pointwise, data_format="channels_last")  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        sizes = _convolution.output_sizes(
            "SeparableConv2D",
            input_shape,
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        return (input_shape[0], *sizes, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "depth_multiplier": self.depth_multiplier,
            "dilation_rate": self.dilation_rate,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "depthwise_initializer": keras.initializers.serialize(self.depthwise_initializer),
            "pointwise_initializer": keras.initializers.serialize(self.pointwise_initializer),
        }
