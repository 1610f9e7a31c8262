"""The visible checks of 1.2."""

import numpy as np

from nablab.checking import check, close, contract, rounding
from nablab.reference.convolution import correlate2d_valid

from .oracles import BANK, SMALL, TURNABLE, X_UNDER_DIAGONAL, X

LINE_IMAGE = np.array([[0, 1, 0, 1], [0, 1, 0, 1], [1, 1, 1, 1], [0, -2, 0, -2]])


VERTICAL_LINE = np.array([[-0.5, 1, -0.5]] * 3)


@check("contract")
def test_the_map_has_the_shape_of_all_places(student):
    """An image (5, 7) and a filter (2, 3) give a map (4, 5), a NumPy array"""
    img, filt = np.arange(35.0).reshape(5, 7) % 4, np.array([[1.0, 2, 0], [-1, 3, 1]])
    contract(student, "correlate_valid", img, filt, shape=(4, 5), array=True)


@check("hand")
def test_the_vertical_line_filter_gives_the_map_of_the_text(student):
    """The vertical-line filter gives the map of the text, [[2, −2], [−1, 1]]"""
    close(
        student.correlate_valid(LINE_IMAGE, VERTICAL_LINE),
        [[2, -2], [-1, 1]],
        given={"img": LINE_IMAGE, "filt": VERTICAL_LINE},
    )


@check("hand")
def test_the_x_under_the_main_diagonal(student):
    """The X under the main diagonal gives the map of the text, times 9"""
    close(student.correlate_valid(X, BANK[0]), X_UNDER_DIAGONAL, given={"img": X, "filt": BANK[0]})


@check("probe")
def test_one_bright_pixel_gives_the_turned_filter(student):
    """A single bright pixel gives back the filter, turned by 180°"""
    img = np.zeros((7, 5))
    img[4, 2] = 1
    filt = np.array([[1.0, 2], [3, 4], [5, 6]])
    expected = np.zeros((5, 4))
    expected[2:5, 1:3] = filt[::-1, ::-1]
    close(
        student.correlate_valid(img, filt),
        expected,
        "The bright pixel meets the filter's last entry first.",
        given={"img": img, "filt": filt},
    )


@check("probe")
def test_whole_numbers_in_may_give_halves(student, rng):
    """An image of whole numbers or bytes may give a map with fractions"""
    img, filt = rng.integers(1, 200, size=(6, 4)), np.array([[0.5, -0.25]])
    for kind in (np.int64, np.uint8):
        typed = img.astype(kind)
        close(
            student.correlate_valid(typed, filt),
            correlate2d_valid(img, filt),
            f"The image holds {typed.dtype} numbers.",
            given={"img": typed, "filt": filt},
        )


@check("oracle")
def test_any_shape_of_image_and_filter(student, rng):
    """Images and filters of any shape"""
    for shape, sides in (((7, 11), (2, 5)), ((11, 5), (4, 3)), ((3, 7), (3, 7))):
        img, filt = rng.normal(size=shape), rng.normal(size=sides)
        close(
            student.correlate_valid(img, filt),
            correlate2d_valid(img, filt),
            f"Image {shape}, filter {sides}.",
            atol=rounding(correlate2d_valid, img, filt),
            given={"img": img, "filt": filt},
        )


PROBES = [("correlate_valid", (SMALL, TURNABLE)), ("correlate_valid", (SMALL.T, TURNABLE[:2]))]
