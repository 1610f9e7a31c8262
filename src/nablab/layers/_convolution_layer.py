"""The bookkeeping of convolution layers: weights, output shapes and configurations.

No equation is here: it is in the `call` of each layer's own file.
"""

from __future__ import annotations

import keras

from nablab.layers._axes import DataFormatLayer, SpatialLayer
from nablab.layers._convolution import output_sizes, transposed_output_size
from nablab.layers._weights import WeightedLayer

LORA = "freeze the layer and add the output of two small ones, or fine-tune all of its weights"


class KernelLayer(WeightedLayer):
    """A layer with one kernel, a bias if `use_bias`, and an activation."""

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}
    SETTINGS: tuple[str, ...] = ()  # arguments that the configuration holds as they are

    def get_config(self):
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in self.SETTINGS},
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
        }


class ConvolutionLayer(DataFormatLayer, KernelLayer):
    """The base of Conv1D, Conv2D and Conv3D."""

    LEFT_OUT = {"lora_rank": LORA, "lora_alpha": LORA}
    SETTINGS = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups")

    def output_shape(self, input_shape):
        name, window = type(self).__name__, (self.kernel_size, self.strides, self.padding)
        sizes = output_sizes(name, input_shape, *window, self.dilation_rate)
        return (input_shape[0], *sizes, self.filters)


class TransposedConvolutionLayer(DataFormatLayer, KernelLayer):
    """The base of Conv1DTranspose and Conv2DTranspose."""

    SETTINGS = (
        *("filters", "kernel_size", "strides", "padding"),
        *("output_padding", "dilation_rate"),
    )

    def output_shape(self, input_shape):
        none = (None,) * len(self.strides)
        axes = zip(
            *(input_shape[1:-1], self.kernel_size, self.strides),
            *(self.output_padding or none, self.dilation_rate),
            strict=True,
        )
        sizes = [transposed_output_size(n, k, s, self.padding, p, d) for n, k, s, p, d in axes]
        return (input_shape[0], *sizes, self.filters)


class LocallyConnectedLayer(SpatialLayer, KernelLayer):
    """The base of LocallyConnected1D and LocallyConnected2D."""

    SETTINGS = ("filters", "kernel_size", "strides")

    def output_shape(self, input_shape):
        name = type(self).__name__
        sizes = output_sizes(name, input_shape, self.kernel_size, self.strides, "valid")
        return (input_shape[0], *sizes, self.filters)
