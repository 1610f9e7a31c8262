"""With channels first, a layer computes what it computes with channels last."""

import keras
import numpy as np
import pytest
from tests.backends import numbers

from nablab import layers

pytestmark = pytest.mark.slow

SIZES = {1: (5,), 2: (5, 6), 3: (4, 5, 3)}
MADE = {
    "Conv1D": (1, {"filters": 4, "kernel_size": 3, "padding": "causal"}),
    "Conv2D": (2, {"filters": 4, "kernel_size": (3, 2), "strides": 2, "padding": "same"}),
    "Conv3D": (3, {"filters": 4, "kernel_size": 2}),
    "Conv1DTranspose": (1, {"filters": 4, "kernel_size": 3, "strides": 2}),
    "Conv2DTranspose": (2, {"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": 1}),
    "DepthwiseConv2D": (2, {"kernel_size": 3, "depth_multiplier": 2}),
    "SeparableConv2D": (2, {"filters": 4, "kernel_size": 3}),
    "AveragePool1D": (1, {"padding": "same"}),
    "AveragePool2D": (2, {"pool_size": (2, 3)}),
    "AveragePool3D": (3, {}),
    "MaxPool1D": (1, {}),
    "MaxPool2D": (2, {"pool_size": (2, 3), "strides": 1}),
    "MaxPool3D": (3, {"padding": "same"}),
    "GlobalAveragePool": (2, {"keepdims": True}),
    "GlobalMaxPool": (3, {}),
}
each = pytest.mark.parametrize("name", MADE)


def channels_first(x):
    return np.moveaxis(x, -1, 1)


def both(name):
    """The layer for either format, with the same weights, and an input with channels last."""
    rank, arguments = MADE[name]
    x = np.random.default_rng(0).normal(size=(2, *SIZES[rank], 3)).astype("float32")
    last = getattr(layers, name)(**arguments, data_format="channels_last")
    first = getattr(layers, name)(**arguments, data_format="channels_first")
    last(x), first(channels_first(x))
    first.set_weights(last.get_weights())
    return last, first, x


@each
def test_it_computes_the_same_and_says_the_right_shape(name):
    last, first, x = both(name)
    y = numbers(first(channels_first(x)))
    np.testing.assert_allclose(y, channels_first(numbers(last(x))), atol=1e-5)
    assert (
        tuple(first.compute_output_shape((None, *channels_first(x).shape[1:])))[1:] == y.shape[1:]
    )
    symbolic = first(keras.Input((3, *[None] * (x.ndim - 2))))
    assert len(symbolic.shape) == y.ndim and symbolic.shape[1] == y.shape[1]


@each
def test_its_configuration_says_which(name):
    _, first, _ = both(name)
    again = type(first).from_config(first.get_config())
    assert again.data_format == "channels_first"


@each
def test_the_format_of_the_configuration_of_keras_is_the_default(name):
    _, arguments = MADE[name]
    keras.config.set_image_data_format("channels_first")
    try:
        layer = getattr(layers, name)(**arguments)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert layer.data_format == "channels_first"


@each
def test_other_axes_and_other_channels_are_refused_with_the_shape_that_was_given(name):
    _, first, x = both(name)
    if "Global" not in name:
        with pytest.raises(ValueError, match=r"\(2, 5, 1, 3\)|\(2, 5, 3\).*axes \(B, C, "):
            first(np.zeros((2, 5, 1, 3) if x.ndim != 4 else (2, 5, 3), "float32"))
    if first.weights:
        wider = channels_first(np.concatenate([x, x], axis=-1))
        with pytest.raises(ValueError, match=r"\(2, 6, .*built for 3 along axis 1"):
            first(wider)
