"""The visible checks of 12.2."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.dreaming import total_variation, total_variation_gradient

from .oracles import wave

ROW = np.array([1, 4, 2]).reshape(1, 3, 1)
BYTES = np.array([[3, 200, 7], [90, 4, 255]], dtype=np.uint8).reshape(2, 3, 1)
TIES = np.array([[2, 2, 5, 5], [2, 7, 5, 1], [2, 7, 7, 1]]).reshape(3, 4, 1)


def right(student, x, says=""):
    given = {"x": x} if np.size(x) < 20 else None
    close(student.total_variation(x), total_variation(x), f"{says} The sum.".strip(), given=given)
    close(
        student.total_variation_grad(x),
        total_variation_gradient(x),
        f"{says} The gradient.".strip(),
        given=given,
        atol=1e-6,
        constant=True,
    )


@check("contract")
def test_a_number(student):
    """total_variation returns one number and leaves the image alone"""
    contract(student, "total_variation", wave((4, 5, 3)), shape=())


@check("contract")
def test_a_gradient_for_every_pixel(student):
    """total_variation_grad returns a NumPy array as large as the image"""
    contract(student, "total_variation_grad", wave((4, 5, 3)), shape=(4, 5, 3), array=True)


@check("hand")
def test_the_row_of_the_text(student):
    """The row 1, 4, 2 has the sum 5 and the gradient −1, 2, −1, and so has the column"""
    right(student, ROW)
    right(student, ROW.transpose(1, 0, 2), "A column.")


@check("probe")
def test_channels_are_apart(student):
    """Channels are no neighbours, and nor are the two ends of a row or column"""
    x = np.zeros((3, 4, 2))
    x[..., 1] = 8
    close(student.total_variation(x), 0.0, "Each channel is uniform.", atol=1e-9)
    ramp = np.tile(np.arange(4.0)[None, :, None], (3, 1, 2))
    right(student, ramp, "A ramp along the rows.")
    right(student, ramp.transpose(1, 0, 2), "A ramp along the columns.")


@check("probe")
def test_equal_neighbours_add_nothing(student):
    """Where two neighbours are equal, their part of the gradient is 0"""
    right(student, TIES)
    right(student, np.full((3, 2, 2), 0.7), "A uniform image.")


@check()
def test_a_step_changes_the_sum_as_the_gradient_says(student, rng):
    """A small step along any direction changes the sum as the gradient says"""
    x = rng.permutation(60).reshape(5, 4, 3) / 7
    step = 1e-3 * rng.normal(size=x.shape)
    change = (total_variation(x + step) - total_variation(x - step)) / 2
    close(np.sum(np.asarray(student.total_variation_grad(x)) * step), change, atol=1e-6)


@check("oracle")
def test_any_image(student, rng):
    """Images of any size, of bytes too, one pixel wide too, in any order in memory"""
    right(student, BYTES, "Bytes, in which 3 − 200 is negative.")
    for shape in ((7, 5, 3), (1, 6, 2), (4, 1, 3), (1, 1, 2)):
        right(student, rng.normal(size=shape[::-1]).T, f"An image {shape}.")


PROBES = [
    ("total_variation", (wave((3, 4, 2)),)),
    ("total_variation", (BYTES,)),
    ("total_variation", (TIES,)),
    ("total_variation_grad", (wave((3, 4, 2)),)),
    ("total_variation_grad", (TIES,)),
    ("total_variation_grad", (BYTES,)),
    ("total_variation_grad", (wave((1, 4, 2)),)),
]
