"""The visible checks of 9.8."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.sampling import affine_grid, bilinear_sample_gradients

from .oracles import wave


def by_points(dout, img, grid):
    return bilinear_sample_gradients(img, grid, dout)[1]


def by_theta(dgrid):
    """The gradient of θ: what each of its six numbers does to all points, times dgrid."""
    dgrid = np.asarray(dgrid, dtype=float)
    N, h, w, _ = dgrid.shape
    out = np.zeros((N, 2, 3))
    for a, b in np.ndindex(2, 3):
        one = np.zeros((1, 2, 3))
        one[0, a, b] = 1
        out[:, a, b] = (affine_grid(one, h, w) * dgrid).sum(axis=(1, 2, 3))
    return out


def off_the_lines(rng, shape, size, most=1.3):
    """Points (n, h, w, 2) that keep away from rows and columns of an image of `size` (H, W), and so
    from the bends of bilinear sampling."""
    grid = rng.uniform(-most, most, size=shape)
    for axis, n in ((0, size[1]), (1, size[0])):
        if n == 1:
            continue
        place = (grid[..., axis] + 1) * (n - 1) / 2
        place = np.floor(place) + 0.05 + 0.9 * (place - np.floor(place))
        grid[..., axis] = 2 * place / (n - 1) - 1
    return grid


ROW = np.array([0.0, 10, 40]).reshape(1, 1, 3, 1)


@check("contract")
def test_a_gradient_for_every_point(student):
    """Gradients (2, 3, 5, 4), images (2, 6, 7, 4) and points (2, 3, 5, 2) give (2, 3, 5, 2)"""
    args = wave((2, 3, 5, 4)), wave((2, 6, 7, 4), 0.4), 0.8 * wave((2, 3, 5, 2), 0.9)
    contract(student, "bilinear_sample_bwd", *args, shape=(2, 3, 5, 2), array=True)


@check("contract")
def test_a_gradient_for_every_theta(student):
    """Gradients of points (2, 3, 5, 2) give (2, 2, 3)"""
    contract(student, "affine_grid_bwd", wave((2, 3, 5, 2)), shape=(2, 2, 3))


@check("hand")
def test_the_row_of_the_text(student):
    """The row 0 10 40 at x = .5 has the gradient (30, 0)"""
    grid, dout = np.array([0.5, 0]).reshape(1, 1, 1, 2), np.ones((1, 1, 1, 1))
    close(
        student.bilinear_sample_bwd(dout, ROW, grid),
        np.array([30.0, 0]).reshape(1, 1, 1, 2),
        given={"img": ROW, "grid": grid},
        atol=1e-6,
    )


@check("hand")
def test_the_theta_of_the_text(student):
    """Two points, the right-hand one with the gradient (30, 0), give 30 0 30; 0 0 0"""
    dgrid = np.array([[0.0, 0], [30, 0]]).reshape(1, 1, 2, 2)
    close(student.affine_grid_bwd(dgrid), [[[30.0, 0, 30], [0, 0, 0]]], given={"dgrid": dgrid})


@check("probe")
def test_a_slope_has_one_gradient_everywhere(student, rng):
    """On a slope of 2 a row and 5 a column every point inside has the gradient of the slope"""
    img = (2.0 * np.arange(4)[:, None] + 5 * np.arange(7)[None, :]).reshape(1, 4, 7, 1)
    grid = off_the_lines(rng, (1, 3, 2, 2), (4, 7), 0.98)
    close(
        student.bilinear_sample_bwd(np.ones((1, 3, 2, 1)), img, grid),
        np.broadcast_to([5 * 3.0, 2 * 1.5], (1, 3, 2, 2)),
        "x_s counts half the columns, 3 of them for each step of 1, and y_s 1.5 rows.",
        given={"grid": grid},
    )


@check("probe")
def test_beyond_the_border(student):
    """Half a pixel beyond the border the image falls to 0; far away the gradient is 0"""
    img, dout = np.full((1, 3, 5, 1), 8.0), np.ones((1, 1, 5, 1))
    grid = np.array([[1.25, 0.1], [-1.25, 0.1], [0.1, 1.5], [0.1, -1.5], [5, 0.1]])
    grid = grid.reshape(1, 1, 5, 2)
    close(
        student.bilinear_sample_bwd(dout, img, grid),
        by_points(dout, img, grid),
        "The image is 8 everywhere, with 3 rows and 5 columns.",
        given={"grid": grid},
        atol=1e-5,
    )


@check("probe")
def test_images_of_bytes(student, rng):
    """Images of bytes, in which 3 − 200 is negative"""
    grid, dout = off_the_lines(rng, (1, 3, 2, 2), (2, 3)), rng.normal(size=(1, 3, 2, 1))
    close(
        student.bilinear_sample_bwd(dout, BYTES, grid),
        by_points(dout, BYTES, grid),
        given={"img": BYTES, "grid": grid},
        atol=1e-2,
    )


@check("oracle")
def test_any_images_and_points(student, rng):
    """Images of any size and any number of channels, in any order in memory, and any gradient"""
    for (H, W, C), (h, w) in (((4, 7, 3), (5, 2)), ((6, 3, 1), (2, 3)), ((3, 5, 4), (1, 4))):
        img, dout = rng.normal(size=(C, W, H, 2)).T, rng.normal(size=(C, w, h, 2)).T  # views
        grid = off_the_lines(rng, (2, h, w, 2), (H, W))
        close(
            student.bilinear_sample_bwd(dout, img, grid),
            by_points(dout, img, grid),
            f"Images of {H}×{W} pixels and {C} channels.",
            atol=1e-4,
        )
        dgrid = rng.normal(size=(2, w, h, 2)).T
        close(student.affine_grid_bwd(dgrid), by_theta(dgrid), f"{h}×{w} points.", atol=1e-5)


POINTS = np.array([[-0.3, 0.4], [0.7, -0.65], [1.3, 0.2], [-1.1, -0.3], [0.1, 1.4], [0.1, -1.3]])
BYTES = np.array([[3, 200, 7], [90, 4, 255]], dtype=np.uint8).reshape(1, 2, 3, 1)
PROBES = [
    ("bilinear_sample_bwd", (wave((1, 2, 3, 1)) + 2, BYTES, 0.5 * POINTS.reshape(1, 2, 3, 2))),
    (
        "bilinear_sample_bwd",
        (wave((1, 2, 3, 2)), wave((1, 4, 5, 2), 0.9) + 1, POINTS.reshape(1, 2, 3, 2)),
    ),
    ("affine_grid_bwd", (wave((2, 3, 4, 2)),)),
    ("affine_grid_bwd", (wave((1, 1, 2, 2)) + 1,)),
]
