"""Hidden checks of 1.6."""

import numpy as np

from nablab.checking import close, exercise, rounding
from nablab.reference.convolution import conv


def draw(rng, H, W, C, kh, kw, F):
    return rng.normal(size=(H, W, C)), rng.normal(size=(kh, kw, C, F)), rng.normal(size=F)


@exercise("1.6", stage="oracle")
def test_layers_of_any_shape(student, rng):
    """Layers of any shape: 1 to 5 channels, 1 to 7 filters, even sides among them"""
    for sizes in ((11, 7, 3, 2, 3, 5), (7, 13, 5, 4, 1, 2), (8, 9, 1, 3, 2, 7), (6, 5, 2, 6, 5, 1)):
        x, w, b = draw(rng, *sizes)
        says = f"x {x.shape}, w {w.shape}."
        close(student.correlate_multi(x, w, b), conv(x, w, b), says, atol=rounding(conv, x, w, b))


@exercise("1.6", stage="probe")
def test_a_bias_is_added_once(student, rng):
    """Each bias is added once to its own map, whatever the number of channels"""
    x, w, b = draw(rng, 7, 5, 4, 3, 2, 3)
    close(student.correlate_multi(x, 0 * w, b), np.broadcast_to(b, (5, 4, 3)), "All weights are 0.")
    close(student.correlate_multi(0 * x, w, b), np.broadcast_to(b, (5, 4, 3)), "All of x is 0.")


@exercise("1.6", stage="probe")
def test_one_bright_pixel_in_one_channel(student, rng):
    """One bright pixel in one channel gives back that channel's filters, turned by 180°"""
    H, W, C, kh, kw, F = 7, 8, 3, 2, 3, 4
    x, w, b = draw(rng, H, W, C, kh, kw, F)
    c = rng.integers(C)
    x = np.zeros_like(x)
    x[3, 4, c] = 1
    expected = np.zeros((H - kh + 1, W - kw + 1, F))
    expected[3 - kh + 1 : 4, 4 - kw + 1 : 5] = w[::-1, ::-1, c]
    close(student.correlate_multi(x, w, 0 * b), expected)


@exercise("1.6")
def test_the_order_of_channels_and_of_filters(student, rng):
    """Channels may change places; if filters do, so do the maps"""
    x, w, b = draw(rng, 5, 9, 4, 2, 3, 5)
    channels, filters = rng.permutation(4), rng.permutation(5)
    expected, atol = conv(x, w, b), rounding(conv, x, w, b)
    got = student.correlate_multi(x[:, :, channels], w[:, :, channels], b)
    close(got, expected, "Channels.", atol=atol)
    got = student.correlate_multi(x, w[..., filters], b[filters])
    close(got, expected[..., filters], "Filters.", atol=atol)


@exercise("1.6")
def test_whole_numbers_and_bytes(student, rng):
    """Images of bytes and weights of whole numbers"""
    x = rng.integers(0, 256, size=(6, 7, 3)).astype(np.uint8)
    w, b = rng.integers(-2, 3, size=(3, 2, 3, 2)), np.array([0.5, -0.25])
    close(student.correlate_multi(x, w, b), conv(x, w, b))
