"""Hidden checks of N.6."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, close, mutant, rounding, variant
from nablab.reference.convolution import conv


def draw(rng, H, W, C, kh, kw, F):
    return rng.normal(size=(H, W, C)), rng.normal(size=(kh, kw, C, F)), rng.normal(size=F)


@check("oracle")
def test_layers_of_any_shape(student, rng):
    """Layers of any shape: 1 to 5 channels, 1 to 7 filters, including even sides"""
    for sizes in ((11, 7, 3, 2, 3, 5), (7, 13, 5, 4, 1, 2), (8, 9, 1, 3, 2, 7), (6, 5, 2, 6, 5, 1)):
        x, w, b = draw(rng, *sizes)
        says = f"x {x.shape}, w {w.shape}."
        close(student.correlate_multi(x, w, b), conv(x, w, b), says, atol=rounding(conv, x, w, b))


@check("probe")
def test_a_bias_is_added_once(student, rng):
    """Each bias is added once to its own map, whatever the number of channels"""
    x, w, b = draw(rng, 7, 5, 4, 3, 2, 3)
    close(student.correlate_multi(x, 0 * w, b), np.broadcast_to(b, (5, 4, 3)), "All weights are 0.")
    close(student.correlate_multi(0 * x, w, b), np.broadcast_to(b, (5, 4, 3)), "All of x is 0.")


@check("probe")
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


@check()
def test_the_order_of_channels_and_of_filters(student, rng):
    """The order of the channels does not matter, and the maps are in the order of the filters"""
    x, w, b = draw(rng, 5, 9, 4, 2, 3, 5)
    channels, filters = rng.permutation(4), rng.permutation(5)
    expected, atol = conv(x, w, b), rounding(conv, x, w, b)
    got = student.correlate_multi(x[:, :, channels], w[:, :, channels], b)
    close(got, expected, "Channels.", atol=atol)
    got = student.correlate_multi(x, w[..., filters], b[filters])
    close(got, expected[..., filters], "Filters.", atol=atol)


@check()
def test_whole_numbers_and_bytes(student, rng):
    """Images of bytes and weights of whole numbers"""
    x = rng.integers(0, 256, size=(6, 7, 3)).astype(np.uint8)
    w, b = rng.integers(-2, 3, size=(3, 2, 3, 2)), np.array([0.5, -0.25])
    close(student.correlate_multi(x, w, b), conv(x, w, b))


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "You add the bias once for every input channel. It belongs to the output map and is added "
    "only once.",
)
def bias_for_every_channel(x, w, b):
    return conv(x, w, np.shape(x)[2] * np.asarray(b))


@mutant("The bias is missing.")
def forgets_the_bias(x, w, b):
    return conv(x, w)


@mutant(
    "You have added up the maps of all filters. Channels are added up, filters are not: there "
    "are F maps.",
)
def sums_over_filters(x, w, b):
    return conv(x, w, b).sum(axis=-1)


@mutant("Only the first channel counts in your result: the sum over c is missing.")
def first_channel_only(x, w, b):
    return conv(np.asarray(x)[:, :, :1], np.asarray(w)[:, :, :1], b)


@mutant("You take the mean over the channels. It is their sum.")
def mean_over_channels(x, w, b):
    return conv(x, w) / np.shape(x)[2] + np.asarray(b)


@mutant(
    "Your filters are turned by 180°. A layer computes a correlation: use correlate_valid, "
    "not convolve_valid.",
)
def turned_filters(x, w, b):
    return conv(x, np.asarray(w)[::-1, ::-1], b)


@mutant(
    "You read w as (kh, kw, F, C). Its third axis is the input channel and its last one the "
    "filter.",
)
def channels_and_filters_swapped(x, w, b):
    kh, kw, C, F = np.shape(w)
    return conv(x, np.asarray(w).reshape(kh, kw, F, C).swapaxes(2, 3), b)


# Variants -----------------------------------------------------------------------------------------


@variant("sliding windows and einsum")
def layer_by_einsum(x, w, b):
    windows = sliding_window_view(np.asarray(x, dtype=float), np.shape(w)[:2], axis=(0, 1))
    return np.einsum("ijcuv,uvcf->ijf", windows, np.asarray(w, dtype=float)) + np.asarray(b)


@variant("float32, one matrix product for all")
def layer_by_matrix_product(x, w, b):
    x, w, b = (np.asarray(a, dtype=np.float32) for a in (x, w, b))
    kh, kw, _C, F = w.shape
    h, v = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    rows = np.array([x[i : i + kh, j : j + kw].ravel() for i in range(h) for j in range(v)])
    return (rows @ w.reshape(-1, F) + b).reshape(h, v, F)


@variant("number by number, six loops")
def layer_by_six_loops(x, w, b):
    (H, W, C), (kh, kw, _, F) = np.shape(x), np.shape(w)
    out = np.zeros((H - kh + 1, W - kw + 1, F))
    for i, j, f in np.ndindex(out.shape):
        out[i, j, f] = b[f]
        for u, v, c in np.ndindex(kh, kw, C):
            out[i, j, f] += float(x[i + u, j + v, c]) * float(w[u, v, c, f])
    return out


@variant("a tensor product at every place, as lists")
def layer_by_tensordot(x, w, b):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    kh, kw = w.shape[:2]
    return [
        [
            (np.tensordot(x[i : i + kh, j : j + kw], w, axes=3) + b).tolist()
            for j in range(x.shape[1] - kw + 1)
        ]
        for i in range(x.shape[0] - kh + 1)
    ]
