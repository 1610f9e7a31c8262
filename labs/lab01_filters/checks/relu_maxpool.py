"""The visible checks of 1.7."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.pooling import maxpool

from .oracles import X_UNDER_DIAGONAL

MAP = np.array(
    [[1, 9, -2, 3, 0], [4, 2, -5, -1, 8], [-3, -7, 6, 5, 2], [-6, -2, 7, 1, -4], [5, 3, 0, 2, 6]]
)


@check("contract")
def test_the_shape_after_pooling(student):
    """x (7, 5, 4), windows (3, 2), stride (2, 1): the result is a NumPy array (3, 4, 4)"""
    x = np.arange(140.0).reshape(7, 5, 4) % 11 - 5
    contract(student, "relu_maxpool", x, (3, 2), (2, 1), shape=(3, 4, 4), array=True)


@check("hand")
def test_a_map_to_pool_by_hand(student):
    """A map to pool by hand: 2×2 windows, stride 2, give [[9, 3], [0, 7]]"""
    x = MAP[:, :, None]
    close(
        student.relu_maxpool(x, (2, 2), (2, 2)),
        np.array([[9, 3], [0, 7]])[:, :, None],
        "The lower left window has only negative numbers, and the last row and column belong to "
        "no whole window.",
        given={"x": MAP},
    )


@check("hand")
def test_the_map_of_the_x(student):
    """The map of the X gives the upper left 3×3 of the text's map"""
    scores = X_UNDER_DIAGONAL / 9
    close(
        student.relu_maxpool(scores[:, :, None], (2, 2), (2, 2)),
        np.array([[9, 3, 5], [3, 9, 3], [5, 3, 9]])[:, :, None] / 9,
        given={"x": scores},
    )


@check("probe")
def test_nothing_speaks_for_the_pattern(student, rng):
    """If every number is negative, the result is 0"""
    x = -1 - rng.random((5, 4, 3))
    close(
        student.relu_maxpool(x, (2, 3), (1, 1)), np.zeros((4, 2, 3)), constant=True, given={"x": x}
    )


@check("probe")
def test_the_stride_is_not_the_size(student, rng):
    """Windows may overlap, have gaps, and differ along rows and columns"""
    x = rng.normal(size=(8, 7, 2)) + 0.5
    for size, stride in (((3, 2), (1, 2)), ((2, 3), (3, 1)), ((1, 2), (2, 5))):
        close(
            student.relu_maxpool(x, size, stride),
            maxpool(np.maximum(x, 0), size, stride),
            f"Size {size}, stride {stride}.",
            given={"x": x},
        )


@check()
def test_order_inside_a_window_does_not_matter(student, rng):
    """The order of the pixels inside a window does not matter"""
    x = rng.normal(size=(6, 6, 2))
    expected = maxpool(np.maximum(x, 0), (3, 2))
    windows = x.reshape(2, 3, 3, 2, 2).transpose(0, 2, 1, 3, 4).reshape(2, 3, 6, 2)
    mixed = windows[:, :, rng.permutation(6)]
    mixed = mixed.reshape(2, 3, 3, 2, 2).transpose(0, 2, 1, 3, 4).reshape(6, 6, 2)
    close(
        student.relu_maxpool(mixed, (3, 2), (3, 2)),
        expected,
        "The pixels inside each window were shuffled.",
        given={"x": mixed},
    )


PROBES = [
    ("relu_maxpool", (np.stack([MAP, MAP.T[::-1] - 3], axis=-1), (2, 3), (1, 2))),
    ("relu_maxpool", (np.stack([MAP, -MAP], axis=-1), (2, 2), (2, 1))),
]
