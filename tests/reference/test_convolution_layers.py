"""The oracle of the convolution layers: hand-worked cases, and gradients as central differences."""

import numpy as np
import pytest

from nablab.reference import convolution
from nablab.reference.convolution_layers import (
    conv_nd,
    conv_nd_gradients,
    conv_transpose_nd,
    depthwise_conv,
    locally_connected,
    separable_conv,
    tiled_conv2d,
)

# sizes, kernel, further arguments; 4 channels to 4 filters
CASES = [
    ((6,), (3,), {}),
    ((7,), (4,), {"strides": 2, "padding": "same"}),
    ((6,), (3,), {"padding": "causal", "dilation": 2}),
    ((6,), (3,), {"padding": "causal", "strides": 2}),
    ((4, 5), (3, 2), {"padding": "same"}),
    ((5, 5), (3, 2), {"strides": (2, 3), "groups": 2}),
    ((5, 4), (2, 2), {"dilation": (3, 1), "groups": 4, "padding": "same"}),
    ((4, 4), (2, 2), {"strides": 2, "dilation": 2}),
    ((3, 4, 3), (2, 3, 1), {"strides": (1, 2, 2), "padding": "same"}),
]


def drawn(sizes, kernel, groups=1):
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, *sizes, 4)), rng.normal(size=(*kernel, 4 // groups, 4))


def differences(function, array, step=1e-4):
    """The central differences of a scalar function with respect to an array."""
    out = np.empty_like(array)
    for place in np.ndindex(*array.shape):
        up, down = array.copy(), array.copy()
        up[place] += step
        down[place] -= step
        out[place] = (function(up) - function(down)) / (2 * step)
    return out


@pytest.mark.parametrize(("sizes", "kernel", "more"), CASES)
def test_the_gradients_of_a_convolution_are_its_central_differences(sizes, kernel, more):
    x, w = drawn(sizes, kernel, more.get("groups", 1))
    b = np.zeros(4)
    dy = np.random.default_rng(1).normal(size=conv_nd(x, w, b, **more).shape)
    dx, dw, db = conv_nd_gradients(x, w, dy, **more)

    def loss(x=x, w=w, b=b):
        return np.sum(conv_nd(x, w, b, **more) * dy)

    np.testing.assert_allclose(dx, differences(lambda a: loss(x=a), x), atol=1e-8)
    np.testing.assert_allclose(dw, differences(lambda a: loss(w=a), w), atol=1e-8)
    np.testing.assert_allclose(db, differences(lambda a: loss(b=a), b), atol=1e-8)


def test_a_plain_convolution_of_one_image_is_that_of_the_first_lab():
    x, w = drawn((5, 6), (3, 2))
    for one, y in zip(x, conv_nd(x, w, np.arange(4)), strict=True):
        np.testing.assert_allclose(y, convolution.conv(one, w, np.arange(4)), atol=1e-12)


def test_odd_padding_has_its_extra_zero_after_the_input():
    x = np.reshape([1.0, 2, 3], (1, 3, 1))
    y = conv_nd(x, np.reshape([1.0, 10], (2, 1, 1)), padding="same")
    assert y[0, :, 0].tolist() == [21, 32, 3]


def test_same_padding_depends_on_the_size_and_the_stride():
    """Kernel 3, stride 2: four entries need one zero, after them; five need one on each side."""
    w = np.reshape([1.0, 10, 100], (3, 1, 1))
    four = conv_nd(np.reshape([1.0, 2, 3, 4], (1, 4, 1)), w, strides=2, padding="same")
    five = conv_nd(np.reshape([1.0, 2, 3, 4, 5], (1, 5, 1)), w, strides=2, padding="same")
    assert four[0, :, 0].tolist() == [321, 43]
    assert five[0, :, 0].tolist() == [210, 432, 54]


def test_dilation_skips_entries():
    x = np.reshape([1.0, 2, 3, 4, 5, 6], (1, 6, 1))
    y = conv_nd(x, np.reshape([1.0, 10], (2, 1, 1)), dilation=3)
    assert y[0, :, 0].tolist() == [41, 52, 63]


def test_a_group_reads_its_own_channels():
    x = np.reshape([1.0, 2, 3, 4], (1, 1, 4))
    w = np.reshape([1.0, 10, 1, 10], (1, 2, 2))  # both channels of a group: filter 0 and filter 1
    w[0] = [[1, 1], [10, 10]]
    assert conv_nd(x, w, groups=2)[0, 0].tolist() == [21, 43]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("strides", "output_padding", "dilation"),
    [(1, None, 1), (2, None, 1), (3, None, 1), (3, 1, 1), (3, 2, 1), (1, None, 2), (1, 0, 2)],
)
@pytest.mark.parametrize("kernel", [(2,), (3, 2)])
def test_the_transposed_convolution_is_what_takes_a_gradient_back(
    kernel, strides, output_padding, dilation, padding
):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, *(3,) * len(kernel), 4)), rng.normal(size=(*kernel, 2, 4))
    y = conv_transpose_nd(x, w, None, strides, padding, output_padding, dilation)
    into, _, _ = conv_nd_gradients(np.zeros_like(y), w, x, strides, padding, dilation)
    np.testing.assert_allclose(y, into, atol=1e-12)


def test_a_transposed_convolution_by_hand():
    x = np.reshape([1.0, 2], (1, 2, 1))
    w = np.reshape([1.0, 10, 100], (3, 1, 1))
    assert conv_transpose_nd(x, w)[0, :, 0].tolist() == [1, 12, 120, 200]
    assert conv_transpose_nd(x, w, [5.0], 2, "same")[0, :, 0].tolist() == [6, 15, 107, 25]
    assert conv_transpose_nd(x, w, None, 4)[0, :, 0].tolist() == [1, 10, 100, 0, 2, 20, 200, 0]


def test_a_depthwise_convolution_by_hand():
    x = np.reshape([1.0, 2, 3, 4], (1, 2, 2))  # channel 0: 1, 3; channel 1: 2, 4
    w = np.reshape([1.0, 2, 3, 4, 10, 20, 30, 40], (2, 2, 2))
    y = depthwise_conv(x, w, [0, 0, 0, 1000])
    assert y[0, 0].tolist() == [1 + 30, 2 + 60, 6 + 120, 8 + 160 + 1000]


def test_a_separable_convolution_is_one_whose_kernels_are_products():
    rng = np.random.default_rng(0)
    x, D, P = rng.normal(size=(2, 5, 5, 3)), rng.normal(size=(3, 2, 3, 2)), rng.normal(size=(6, 4))
    product = np.einsum("uvcq,cqf->uvcf", D, P.reshape(3, 2, 4))
    y = separable_conv(x, D, P[None, None], np.arange(4), 2, "same")
    np.testing.assert_allclose(y, conv_nd(x, product, np.arange(4), 2, "same"), atol=1e-12)


def test_a_locally_connected_layer_by_hand():
    x = np.reshape([1.0, 2, 3, 4, 5], (1, 5, 1))
    w = np.reshape([1.0, 10, 2, 20], (2, 2, 1, 1))
    y = locally_connected(x, w, [[100.0], [200.0]], strides=3)
    assert y[0, :, 0].tolist() == [1 + 20 + 100, 8 + 100 + 200]


def test_tiles_alternate():
    x = np.ones((1, 2, 3, 1))
    w = np.reshape([1.0, 2, 3, 4], (2, 2, 1, 1, 1, 1))
    y = tiled_conv2d(x, w, np.reshape([10.0, 20, 30, 40], (2, 2, 1)))
    assert y[0, :, :, 0].tolist() == [[11, 22, 11], [33, 44, 33]]


def test_weights_that_do_not_fit_are_refused():
    x = np.ones((1, 3, 2))
    with pytest.raises(ValueError, match="3 channels"):
        conv_nd(x, np.ones((2, 3, 1)))
    with pytest.raises(ValueError, match="does not fit"):
        conv_nd(x, np.ones((4, 2, 1)))
    with pytest.raises(ValueError, match="causal"):
        conv_nd(np.ones((1, 3, 3, 2)), np.ones((2, 2, 2, 1)), padding="causal")
    with pytest.raises(ValueError, match="full"):
        conv_transpose_nd(x, np.ones((2, 1, 2)), padding="full")
    with pytest.raises(ValueError, match="positions"):
        locally_connected(x, np.ones((3, 2, 2, 1)))
