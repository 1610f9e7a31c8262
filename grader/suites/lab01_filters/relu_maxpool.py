"""Hidden checks of N.7."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, close, mutant, variant
from nablab.reference.pooling import maxpool


@check("oracle")
def test_windows_of_any_size_and_stride(student, rng):
    """Windows of any size and stride: overlapping, with gaps, not square"""
    x = rng.normal(size=(13, 11, 3)) + 0.2
    for size, stride in (
        ((3, 2), (2, 1)),
        ((2, 5), (1, 2)),
        ((1, 1), (2, 3)),
        ((13, 11), (1, 1)),
        ((4, 3), (5, 4)),
    ):
        close(
            student.relu_maxpool(x, size, stride),
            np.maximum(maxpool(x, size, stride), 0),
            f"Size {size}, stride {stride}.",
        )


@check()
def test_relu_and_maximum_may_change_places(student, rng):
    """Clipping before or after the maximum gives the same, and clipping twice changes nothing"""
    x = rng.normal(size=(7, 9, 2)) - 0.5
    expected = np.maximum(maxpool(x, (2, 3), (1, 2)), 0)
    close(student.relu_maxpool(x, (2, 3), (1, 2)), expected)
    close(student.relu_maxpool(np.maximum(x, 0), (2, 3), (1, 2)), expected, "The map is clipped.")


@check()
def test_pixels_may_change_places_inside_a_window(student, rng):
    """The order of the pixels inside a window does not matter"""
    windows = rng.normal(size=(4, 3, 6, 2)) + 0.3  # rows, columns, pixels of a window, channels
    expected = np.maximum(windows.max(axis=2), 0)
    for _ in range(3):
        mixed = windows[:, :, rng.permutation(6)].reshape(4, 3, 2, 3, 2)
        x = mixed.transpose(0, 2, 1, 3, 4).reshape(8, 9, 2)
        close(student.relu_maxpool(x, (2, 3), (2, 3)), expected)


@check("probe")
def test_negative_maps_and_ties(student, rng):
    """A map of negative numbers gives 0, one with ties their common value"""
    x = -1 - rng.random((6, 5, 3))
    close(student.relu_maxpool(x, (3, 2), (1, 2)), np.zeros((4, 2, 3)), constant=True)
    x = rng.integers(-1, 3, size=(7, 8, 2))
    close(
        student.relu_maxpool(x, (2, 3), (2, 2)),
        np.maximum(maxpool(x, (2, 3), (2, 2)), 0),
        "A map of whole numbers, many of them equal.",
        constant=True,
    )


@check()
def test_channels_stay_apart(student, rng):
    """Each channel is pooled by itself"""
    x = rng.random((5, 7, 4)) * np.array([1.0, 10, 100, 1000])
    order = rng.permutation(4)
    close(
        student.relu_maxpool(x[:, :, order], (2, 2), (1, 3)),
        maxpool(x, (2, 2), (1, 3))[:, :, order],
    )


# Mutants ------------------------------------------------------------------------------------------


def pool(x, size, stride, best):
    x = np.maximum(np.asarray(x, dtype=float), 0)
    (H, W, F), (ph, pw), (sh, sw) = x.shape, size, stride
    out = np.zeros(((H - ph) // sh + 1, (W - pw) // sw + 1, F))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = best(x[i * sh : i * sh + ph, j * sw : j * sw + pw])
    return out


@mutant("You always take the bottom right pixel of a window. The largest may be anywhere in it.")
def bottom_right_pixel(x, size, stride):
    return pool(x, size, stride, lambda window: window[-1, -1])


@mutant(
    "You take the largest magnitude, so a strong no counts as a strong yes. Clip negative "
    "numbers to 0 first.",
)
def largest_magnitude(x, size, stride):
    return maxpool(np.abs(x), size, stride)


@mutant(
    "This is the mean of each window (average pooling). One strong match should survive, "
    "however weak its neighbours are: take the maximum.",
)
def mean_of_the_window(x, size, stride):
    return pool(x, size, stride, lambda window: window.mean(axis=(0, 1)))


@mutant("The ReLU is missing: where a whole window is negative, your result is negative too.")
def forgets_relu(x, size, stride):
    return maxpool(x, size, stride)


@mutant(
    "You use the size as the stride, so your windows never overlap. The stride says where a "
    "window starts, the size how far it reaches.",
)
def stride_ignored(x, size, stride):
    return maxpool(np.maximum(x, 0), size, size)


@mutant("Rows and columns are swapped in your size and stride: both are given rows first.")
def rows_and_columns_of_the_window_swapped(x, size, stride):
    return maxpool(np.maximum(x, 0), tuple(size)[::-1], tuple(stride)[::-1])


@mutant("You also take windows that stick out of the map. Here only whole windows count.")
def windows_that_stick_out(x, size, stride):
    return maxpool(np.maximum(x, 0), size, stride, clipped=True)


@mutant(
    "You take one maximum over all channels. Each channel asks a different question and is "
    "pooled by itself.",
)
def maximum_over_channels(x, size, stride):
    best = maxpool(np.maximum(x, 0), size, stride).max(axis=-1, keepdims=True)
    return np.repeat(best, np.shape(x)[2], axis=-1)


# Variants -----------------------------------------------------------------------------------------


@variant("sliding windows, ReLU last")
def pool_by_windows(x, size, stride):
    windows = sliding_window_view(np.asarray(x), tuple(size), axis=(0, 1))[
        :: stride[0], :: stride[1]
    ]
    return np.maximum(windows.max(axis=(-1, -2)), 0)


@variant("float32, the maximum of shifted maps")
def pool_in_float32(x, size, stride):
    x = np.asarray(x, dtype=np.float32)
    (ph, pw), (sh, sw) = size, stride
    h, w = (x.shape[0] - ph) // sh + 1, (x.shape[1] - pw) // sw + 1
    out = np.zeros((h, w, x.shape[2]), dtype=np.float32)
    for u in range(ph):
        for v in range(pw):
            out = np.maximum(out, x[u : u + sh * (h - 1) + 1 : sh, v : v + sw * (w - 1) + 1 : sw])
    return out


@variant("loops over everything, in lists until the end")
def pool_by_loops(x, size, stride):
    (H, W, F), (ph, pw), (sh, sw) = np.shape(x), size, stride
    return np.array(
        [
            [
                [
                    max(
                        0,
                        max(float(x[r, c, f]) for r in range(i, i + ph) for c in range(j, j + pw)),
                    )
                    for f in range(F)
                ]
                for j in range(0, W - pw + 1, sw)
            ]
            for i in range(0, H - ph + 1, sh)
        ]
    )
