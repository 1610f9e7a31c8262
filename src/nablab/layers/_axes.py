"""Which axes a layer's input has, and where its channels are.

The file of a layer is written for channels last. `SpatialLayer` refuses, at every call, an input
with other axes or one that no window fits in. `DataFormatLayer` adds Keras's `data_format`: with
"channels_first", what is marked `@channels_last` gets its input with the channels moved to the
last axis, and its output's channels are moved back.
"""

from __future__ import annotations

import functools
import inspect

import keras
from keras import ops

from nablab._components import arguments


class SpatialLayer(keras.layers.Layer):
    """A layer whose input has the axes `AXES`, and whose `output_shape` says what comes out."""

    AXES = "(B, H, W, C)"
    data_format = "channels_last"

    def output_shape(self, input_shape):
        """The shape of the output, with the channels last; refuses an input that is too small."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape):
        return _in_data_format(self, self.output_shape, input_shape)

    def check_axes(self, shape):
        """Refuses a shape that does not have the axes of the layer, or leaves its channels open."""
        names = self.AXES.strip("()").split(", ")
        *before, last = names
        names = names if self.data_format == "channels_last" else [before[0], last, *before[1:]]
        fits = len(shape) >= len(names) - 1 if "..." in names else len(shape) == len(names)
        layer, got = type(self).__name__, tuple(shape)
        if not fits:
            expected = f"({', '.join(names)})"
            raise ValueError(f"{layer}: the input has shape {got}; expected axes {expected}.")
        if shape[-1 if self.data_format == "channels_last" else 1] is None:
            raise ValueError(
                f"{layer}: the input has shape {got}; the number of its channels must be known."
            )

    def _assert_input_compatibility(self, inputs):
        shape = tuple(keras.tree.flatten(inputs)[0].shape)
        self.check_axes(shape)
        super()._assert_input_compatibility(inputs)
        self.compute_output_shape(shape)


class DataFormatLayer(SpatialLayer):
    """A spatial layer that takes `data_format`; None is the one of `keras.config`."""

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        data_format = keras.config.image_data_format() if data_format is None else data_format
        self.data_format = arguments.one_of(
            type(self).__name__, ("channels_last", "channels_first"), data_format=data_format
        )

    def expects(self, input_shape, axis=-1):
        """`WeightedLayer.expects`, for an input shape with the channels last."""
        if self.data_format == "channels_last":
            return super().expects(input_shape, axis)
        return super().expects(_channels_to_first(input_shape), 1)

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}


def channels_last(method):
    """Marks a `build` or a `call` that is written for channels last."""
    first = [*inspect.signature(method).parameters][1]

    @functools.wraps(method)
    def in_data_format(self, *args, **kwargs):
        x, *more = args or (kwargs.pop(first),)
        return _in_data_format(self, functools.partial(method, self), x, *more, **kwargs)

    return in_data_format


def _in_data_format(layer, function, x, *more, **kwargs):
    """function(x), with the channels last inside; x is a tensor or a shape."""
    if isinstance(x, tuple | list):
        layer.check_axes(x)
        x = tuple(x)
    if layer.data_format == "channels_last":
        return function(x, *more, **kwargs)
    y = function(_channels_to_last(x), *more, **kwargs)
    return None if y is None else _channels_to_first(y)


def _channels_to_last(x):
    if isinstance(x, tuple):
        return (x[0], *x[2:], x[1])
    return ops.moveaxis(x, 1, -1)


def _channels_to_first(x):
    if isinstance(x, tuple):
        return (x[0], x[-1], *x[1:-1])
    return ops.moveaxis(x, -1, 1)
