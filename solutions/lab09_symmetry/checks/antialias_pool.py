"""The visible checks of N.3."""

import numpy as np

from nablab.checking import check, close, contract, rounding

from .oracles import wave


def blurred(x, filt):
    """The formula of the text, by matrices: row i of the matrix holds the weights around row 2i."""
    x, filt = np.asarray(x, dtype=float), np.asarray(filt, dtype=float)
    a, p = filt / np.sum(filt), (len(filt) - 1) // 2

    def matrix(n):
        m = np.zeros(((n + 1) // 2, n))
        for i in range(len(m)):
            for u, weight in enumerate(a):
                m[i, (2 * i + u - p) % n] += weight
        return m

    return np.einsum("ai,bj,ijc->abc", matrix(x.shape[0]), matrix(x.shape[1]), x)


BLUR = np.array([1.0, 2, 1])


@check("contract")
def test_half_as_many_rows_and_columns(student):
    """An image (7, 10, 3) becomes (4, 5, 3): half as many, rounded up; image and filter stay"""
    x = wave((7, 10, 3)) + 2
    contract(student, "antialias_pool", x, np.array([1.0, 3, 2]), shape=(4, 5, 3))


@check("hand")
def test_the_row_of_the_text(student):
    """The row 0 4 0 0 8 0 with the weights 1 2 1 gives 1 1 4, as row and as column"""
    row = np.array([0, 4, 0, 0, 8, 0.0])
    across, along = np.tile(row[None, :, None], (3, 1, 1)), np.tile(row[:, None, None], (1, 3, 1))
    close(
        student.antialias_pool(across, BLUR),
        np.tile([[[1.0], [1], [4]]], (2, 1, 1)),
        "Three rows 0 4 0 0 8 0.",
        given={"x": across, "filt": BLUR},
    )
    close(
        student.antialias_pool(along, BLUR),
        np.tile([[[1.0]], [[1]], [[4]]], (1, 2, 1)),
        "Three columns 0 4 0 0 8 0.",
        given={"x": along, "filt": BLUR},
    )


@check("probe")
def test_a_uniform_grey_stays(student):
    """A uniform grey stays as it is, whatever the weights sum to"""
    for filt in ([1, 2, 1], [0.1, 0.3], [5, 1, 2, 4, 7]):
        x = np.full((6, 5, 2), 3.0)
        close(
            student.antialias_pool(x, np.array(filt)),
            np.full((3, 3, 2), 3.0),
            f"The weights {filt}.",
            constant=True,
        )


@check("probe")
def test_the_weights_are_not_reversed(student):
    """One bright pixel in row 3 and column 4 shows which weights lie where"""
    x = np.zeros((8, 6, 2))
    x[3, 4, 1] = 60 * 60
    filt = np.array([1.0, 2, 3, 4])  # p = 1
    close(student.antialias_pool(x, filt), blurred(x, filt), given={"x": x, "filt": filt})


@check()
def test_a_shift_by_two_is_a_shift_by_one(student, rng):
    """Shift an image of even sides by 2 in a circle, and the result shifts by 1"""
    x, filt = rng.normal(size=(8, 6, 2)), rng.random(3) + 0.2
    for axis in (0, 1):
        close(
            student.antialias_pool(np.roll(x, 2, axis=axis), filt),
            np.roll(blurred(x, filt), 1, axis=axis),
            f"A shift along axis {axis}.",
            atol=rounding(blurred, x, filt),
        )


@check("oracle")
def test_any_image_and_any_filter(student, rng):
    """Images and filters of any shape, even filters, odd sides, bytes, in any order in memory"""
    for shape, k in (
        ((7, 5, 3), 3),
        ((6, 9, 1), 4),
        ((5, 8, 2), 5),
        ((4, 3, 2), 2),
        ((3, 3, 1), 1),
    ):
        x = rng.integers(0, 256, size=shape[::-1]).astype(np.uint8).T  # a view
        filt = rng.random(k) + 0.1
        close(
            student.antialias_pool(x, filt),
            blurred(x, filt),
            f"An image {shape} of bytes and {k} weights.",
        )


PROBES = [
    ("antialias_pool", (wave((6, 8, 2)) + 1, np.array([1.0, 2, 4]))),
    ("antialias_pool", (wave((5, 7, 1)) + 1, np.array([3.0, 1, 2, 5]))),
    ("antialias_pool", (np.arange(24).reshape(4, 3, 2) ** 2 % 7, np.array([1.0, 2, 1]))),
]
