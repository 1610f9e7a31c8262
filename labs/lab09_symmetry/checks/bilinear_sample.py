"""The visible checks of 9.7."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.sampling import affine_grid, bilinear_sample

from .oracles import wave

IDENTITY = np.array([[[1.0, 0, 0], [0, 1, 0]]])
TO_THE_RIGHT = np.array([[[1, 0, 0.5], [0, 1, 0]]])
ROW = np.array([0, 10, 40]).reshape(1, 1, 3, 1)
SLANTED = np.array([[[0.8, 0.3, 0.1], [-0.2, 0.7, -0.15]], [[1.1, -0.4, 0.2], [0.25, 0.9, 0.3]]])


def points(*pairs):
    return np.array(pairs, dtype=float).reshape(1, 1, -1, 2)


@check("contract")
def test_a_point_for_every_pixel(student):
    """affine_grid of two maps gives a NumPy array (2, 3, 5, 2) for 3 rows and 5 columns"""
    contract(student, "affine_grid", SLANTED, 3, 5, shape=(2, 3, 5, 2), array=True)


@check("contract")
def test_a_pixel_for_every_point(student):
    """bilinear_sample of images (2, 4, 7, 3) at points (2, 3, 5, 2) gives (2, 3, 5, 3)"""
    img, grid = wave((2, 4, 7, 3)) + 2, affine_grid(SLANTED, 3, 5)
    contract(student, "bilinear_sample", img, grid, shape=(2, 3, 5, 3))


@check("hand")
def test_the_points_of_the_text(student):
    """One row of three pixels looks half a field further right: at −.5, .5 and 1.5"""
    close(
        student.affine_grid(TO_THE_RIGHT, 1, 3),
        np.array([[-0.5, 0], [0.5, 0], [1.5, 0]]).reshape(1, 1, 3, 2),
        given={"theta": TO_THE_RIGHT},
        atol=1e-6,
    )


@check("hand")
def test_the_row_of_the_text(student):
    """The row 0 10 40 at these points is 5, 25, 20"""
    grid = points((-0.5, 0), (0.5, 0), (1.5, 0))
    close(
        student.bilinear_sample(ROW, grid),
        np.array([5.0, 25, 20]).reshape(1, 1, 3, 1),
        given={"img": ROW, "grid": grid},
    )


@check("probe")
def test_x_runs_along_the_columns(student):
    """The identity looks at every pixel itself: x grows along the columns, y along the rows"""
    close(student.affine_grid(IDENTITY, 3, 5), affine_grid(IDENTITY, 3, 5), atol=1e-6)
    img = wave((1, 4, 6, 2)) + 2
    close(
        student.bilinear_sample(img, affine_grid(IDENTITY, 4, 6)),
        img,
        "The grid of the identity gives the image itself.",
        atol=1e-5,
    )


@check("probe")
def test_the_border_fades(student):
    """Beyond the last pixel the image fades to 0 within one pixel, on all four sides"""
    img = np.full((1, 3, 5, 1), 8.0)
    grid = points((-1.25, 0), (1.25, 0), (0, -1.5), (0, 1.5), (1.25, 1.5), (-9, 0), (0, 7), (1, 1))
    expected = bilinear_sample(img, grid)  # 4, 4, 4, 4, 2, 0, 0, 8
    close(
        student.bilinear_sample(img, grid),
        expected,
        "The image is 8 everywhere, with 3 rows and 5 columns.",
        given={"grid": grid},
        atol=1e-6,
    )


@check("oracle")
def test_any_map_and_any_image(student, rng):
    """Any maps, images and sizes, in any order in memory; bytes among the images"""
    for shape, (h, w) in (((2, 4, 7, 3), (5, 3)), ((3, 6, 5, 1), (2, 4)), ((1, 3, 4, 2), (1, 1))):
        theta = rng.normal(size=(3, 2, shape[0])).T / 2  # a view, as the images below
        grid = affine_grid(theta, h, w)
        close(student.affine_grid(theta, h, w), grid, f"A grid of {h}×{w} points.", atol=1e-6)
        img = rng.integers(0, 256, size=shape[::-1]).astype(np.uint8).T
        close(
            student.bilinear_sample(img, grid),
            bilinear_sample(img, grid),
            f"Images {shape} of bytes at {h}×{w} points.",
            atol=1e-2,
        )


PROBES = [
    ("affine_grid", (SLANTED, 3, 4)),
    ("affine_grid", (SLANTED, 1, 2)),
    (
        "bilinear_sample",
        (
            wave((1, 3, 5, 2)) + 2,
            points((-0.3, 0.4), (0.7, -0.6), (1.3, 0.2), (-1.1, -0.3), (0.1, 1.4), (0.1, -1.3)),
        ),
    ),
    ("bilinear_sample", (wave((2, 4, 3, 1)) + 2, affine_grid(SLANTED, 2, 3))),
    (
        "bilinear_sample",
        (
            np.arange(12).reshape(1, 3, 4, 1) ** 2,
            points((-1, -1), (1, 1), (-1 / 3, 0), (0.2, 0), (1, 0.3), (0.1, 1)),
        ),
    ),
]
