"""The bookkeeping of convolution layers: weights, output shapes and configurations.

No equation is here: it is in the `call` of each layer's own file.
"""

from __future__ import annotations

import keras

from nablab.layers._convolution import output_sizes, transposed_output_sizes


def kernel_and_bias(layer, kernel_shape, bias_shape, kernel_initializer=None):
    """A layer's kernel, and its bias, which starts at 0, or None without `use_bias`."""
    initializer = kernel_initializer or layer.kernel_initializer
    kernel = layer.add_weight(shape=kernel_shape, initializer=initializer, name="kernel")
    if not layer.use_bias:
        return kernel, None
    return kernel, layer.add_weight(shape=bias_shape, initializer="zeros", name="bias")


class ConvolutionLayer(keras.layers.Layer):
    """The base of Conv1D, Conv2D and Conv3D."""

    def compute_output_shape(self, input_shape):
        sizes = output_sizes(
            type(self).__name__,
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
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


class TransposedConvolutionLayer(keras.layers.Layer):
    """The base of Conv1DTranspose and Conv2DTranspose."""

    def compute_output_shape(self, input_shape):
        sizes = transposed_output_sizes(input_shape, self.kernel_size, self.strides, self.padding)
        return (input_shape[0], *sizes, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


class LocallyConnectedLayer(keras.layers.Layer):
    """The base of LocallyConnected1D and LocallyConnected2D."""

    def compute_output_shape(self, input_shape):
        sizes = output_sizes(
            type(self).__name__, input_shape, self.kernel_size, self.strides, "valid"
        )
        return (input_shape[0], *sizes, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
