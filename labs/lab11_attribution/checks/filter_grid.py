"""The visible checks of 11.1."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers

from .oracles import wave

THREE = np.array([[3.0, 0.0, 1.0], [-3.0, 0.0, 4.0]]).reshape(1, 2, 1, 3)
OF_THREE = [[1, 0, 1, 0.5, 0.5], [1, 1, 1, 1, 1], [0.625, 1, 1, 1, 1]]


def grid_of(w):
    w = np.asarray(w, dtype=float)
    kh, kw, C, F = w.shape
    columns = int(np.ceil(np.sqrt(F)))
    rows = -(-F // columns)
    sheet = np.ones((rows * (kh + 1) - 1, columns * (kw + 1) - 1, C))
    for f in range(F):
        largest = np.abs(w[..., f]).max()
        r, c = divmod(f, columns)
        sheet[r * (kh + 1) :, c * (kw + 1) :][:kh, :kw] = 0.5 + w[..., f] / (2 * largest or 1)
    return sheet


@check("contract")
def test_one_picture_of_all_filters(student):
    """filter_grid(w) returns one picture, with a gap between filters and none around them"""
    contract(student, "filter_grid", wave((3, 2, 3, 7)), shape=(11, 8, 3))


@check("hand")
def test_the_three_filters_of_the_text(student):
    """The three filters of the text: one strong, one of zeros, one positive"""
    close(
        student.filter_grid(THREE),
        np.array(OF_THREE)[..., None],
        given={"w": THREE},
    )


@check("probe")
def test_zero_is_mid_grey(student):
    """A weight of 0 is mid-grey in every filter, and the largest weights reach 0 or 1"""
    w = np.array([[2.0, -1, 5, 0], [0, 0, 0, 0], [-1, -8, 3, 0]]).reshape(3, 1, 1, 4)
    got = as_numbers(student.filter_grid(w))
    holds(got.shape == (7, 3, 1), f"The picture has the shape {got.shape}, expected (7, 3, 1).")
    filters = np.stack([got[:3, 0, 0], got[:3, 2, 0], got[4:, 0, 0], got[4:, 2, 0]])
    close(filters[:, 1], [0.5] * 4, "The middle weights are all 0.", given={"w": w}, constant=True)
    close(
        filters[:3, [0, 2]],
        [[1, 0.25], [0.4375, 0], [1, 0.8]],
        "The first and last weights of three filters.",
        given={"w": w},
    )


@check("probe")
def test_channels_share_their_scale(student):
    """The channels of a filter are stretched together, so that colours stay what they are"""
    w = np.array([4.0, 1, -2]).reshape(1, 1, 3, 1)
    close(student.filter_grid(w), [[[1.0, 0.625, 0.25]]], given={"w": w})


@check("property")
def test_the_size_of_a_filter_does_not_matter(student, rng):
    """A filter that is a thousand times as strong gives the same picture"""
    w = rng.normal(size=(2, 3, 1, 4))
    close(student.filter_grid(w * np.array([1, 1000, 0.001, 7.0])), grid_of(w))


@check("oracle")
def test_grids_of_any_size(student, rng):
    """Filters of any shape, whole numbers among them, in grids with and without empty places"""
    for shape in ((3, 2, 3, 5), (2, 5, 1, 12), (1, 2, 2, 1), (5, 3, 4, 3)):
        w = rng.normal(size=shape[::-1]).T  # a view
        close(student.filter_grid(w), grid_of(w), f"Filters {shape}.")
        w = rng.integers(-5, 6, size=shape)
        close(student.filter_grid(w), grid_of(w), f"Filters {shape} of whole numbers.")


PROBES = [
    ("filter_grid", (THREE,)),
    ("filter_grid", (wave((2, 3, 3, 5)) - 0.2,)),
    ("filter_grid", (np.concatenate([wave((3, 2, 1, 2)), np.zeros((3, 2, 1, 4))], axis=3),)),
]
