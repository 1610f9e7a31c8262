"""Hidden checks of 1.7."""

import numpy as np

from nablab.checking import close, exercise
from nablab.reference.pooling import maxpool


@exercise("1.7", stage="oracle")
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


@exercise("1.7")
def test_relu_and_maximum_may_change_places(student, rng):
    """Clipping before or after the maximum is the same, and clipping twice changes nothing"""
    x = rng.normal(size=(7, 9, 2)) - 0.5
    expected = np.maximum(maxpool(x, (2, 3), (1, 2)), 0)
    close(student.relu_maxpool(x, (2, 3), (1, 2)), expected)
    close(student.relu_maxpool(np.maximum(x, 0), (2, 3), (1, 2)), expected, "Of the clipped map.")


@exercise("1.7")
def test_pixels_may_change_places_inside_a_window(student, rng):
    """Pixels may change places inside a window"""
    windows = rng.normal(size=(4, 3, 6, 2)) + 0.3  # rows, columns, pixels of a window, channels
    expected = np.maximum(windows.max(axis=2), 0)
    for _ in range(3):
        mixed = windows[:, :, rng.permutation(6)].reshape(4, 3, 2, 3, 2)
        x = mixed.transpose(0, 2, 1, 3, 4).reshape(8, 9, 2)
        close(student.relu_maxpool(x, (2, 3), (2, 3)), expected)


@exercise("1.7", stage="probe")
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


@exercise("1.7")
def test_channels_stay_apart(student, rng):
    """Channels are pooled each by itself"""
    x = rng.random((5, 7, 4)) * np.array([1.0, 10, 100, 1000])
    order = rng.permutation(4)
    close(
        student.relu_maxpool(x[:, :, order], (2, 2), (1, 3)),
        maxpool(x, (2, 2), (1, 3))[:, :, order],
    )
