"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference.convolution import correlate2d_valid

from ..checks.edge_filters import NAMES, filters_of
from .building_blocks import SOBEL_X


@check()
def test_what_the_entries_sum_to(student):
    """The entries of each filter, and their squares, have the right sums"""
    filters = filters_of(student)
    close(
        [filters[name].sum() for name in NAMES], [0, 0, 0, 1], "The sums of the entries.", atol=1e-5
    )
    close(
        [(filters[name] ** 2).sum() for name in NAMES],
        [12, 12, 20, 1 / 9],
        "The sums of the squares of the entries.",
    )


@check()
def test_the_sobel_filters_are_each_others_transpose(student):
    """sobel_y is the transpose of sobel_x, and a Sobel filter changes its sign when mirrored"""
    filters = filters_of(student)
    x, y = filters["sobel_x"], filters["sobel_y"]
    close(y, x.T, "sobel_y, compared with the transpose of sobel_x.", atol=1e-5, constant=True)
    close(
        -x[:, ::-1],
        x,
        "The negative mirror image of sobel_x, compared with sobel_x.",
        atol=1e-5,
        constant=True,
    )
    holds(
        x[1, 2] > 0 and y[2, 1] > 0,
        "Dark to bright should be positive, from left to right for sobel_x and from top to bottom "
        "for sobel_y.",
        got=x,
    )


@check()
def test_a_bowl(student, rng):
    """On a bowl, r² + c², the Laplacian is the same everywhere, and a Sobel filter grows evenly"""
    r, c = np.mgrid[:7, :5] + rng.integers(-3, 4, size=(2, 1, 1))
    bowl = r**2 + c**2
    filters = filters_of(student)
    close(
        correlate2d_valid(bowl, filters["laplacian"]),
        np.full((5, 3), 4.0),
        "The Laplacian.",
        constant=True,
        rtol=1e-3,
    )
    close(correlate2d_valid(bowl, filters["sobel_x"]), 16.0 * c[1:-1, 1:-1], "sobel_x.", atol=1e-3)
    close(correlate2d_valid(bowl, filters["sobel_y"]), 16.0 * r[1:-1, 1:-1], "sobel_y.", atol=1e-3)


@check("oracle")
def test_what_each_makes_of_any_picture(student, rng):
    """Each filter gives the right result on any picture"""
    img = rng.normal(size=(11, 7))
    N, S, W, E = img[:-2, 1:-1], img[2:, 1:-1], img[1:-1, :-2], img[1:-1, 2:]
    NW, NE, SW, SE = img[:-2, :-2], img[:-2, 2:], img[2:, :-2], img[2:, 2:]
    middle = img[1:-1, 1:-1]
    right = {
        "sobel_x": NE + 2 * E + SE - NW - 2 * W - SW,
        "sobel_y": SW + 2 * S + SE - NW - 2 * N - NE,
        "laplacian": N + S + W + E - 4 * middle,
        "box": (N + S + W + E + NW + NE + SW + SE + middle) / 9,
    }
    for name, filt in filters_of(student).items():
        close(correlate2d_valid(img, filt), right[name], f"{name}.", atol=1e-5)


# Mutants ------------------------------------------------------------------------------------------


LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])


BOX = np.full((3, 3), 1 / 9)


def filters(sobel_x=SOBEL_X, sobel_y=None, laplacian=LAPLACIAN, box=BOX):
    sobel_y = sobel_x.T if sobel_y is None else sobel_y
    return {"sobel_x": sobel_x, "sobel_y": sobel_y, "laplacian": laplacian, "box": box}


@mutant(
    "Your Sobel filters are positive from bright to dark. Under correlation the +1 is on the "
    "side that should be brighter: right for sobel_x, below for sobel_y.",
)
def bright_to_dark():
    return filters(-SOBEL_X)


@mutant(
    "sobel_x and sobel_y are swapped: the x filter compares right with left, so its −1 and +1 "
    "are in the same row.",
)
def sobel_x_and_y_swapped():
    return filters(SOBEL_X.T)


@mutant(
    "All rows of your Sobel filters have the same weight; these are Prewitt's filters. Sobel's "
    "middle row has twice the weight.",
)
def prewitt():
    return filters(np.outer([1, 1, 1], [-1, 0, 1]))


@mutant("Your Sobel filters are divided by 8. Here they are not, so on a slope of 1 they give 8.")
def sobel_divided_by_eight():
    return filters(SOBEL_X / 8)


@mutant(
    "Your Laplacian looks at all eight neighbours. Here it looks at the four above, below, "
    "left and right.",
)
def laplacian_with_eight_neighbours():
    return filters(laplacian=np.ones((3, 3)) - 9 * np.eye(3)[1][:, None] * np.eye(3)[1])


@mutant(
    "Your Laplacian has the wrong sign: it is the neighbours minus the middle, so the middle "
    "is −4.",
)
def laplacian_with_positive_middle():
    return filters(laplacian=-LAPLACIAN)


@mutant("Your box takes the sum of nine pixels. Their mean keeps a wall as bright as it is.")
def box_of_ones():
    return filters(box=np.ones((3, 3)))


# Variants -----------------------------------------------------------------------------------------


@variant("written out")
def filters_written_out():
    return {
        "sobel_x": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        "sobel_y": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        "laplacian": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "box": np.array([[1 / 9] * 3] * 3),
    }


@variant("float32, from outer products")
def filters_in_float32():
    second, unit, ones = np.float32([1, -2, 1]), np.float32([0, 1, 0]), np.ones(3, np.float32)
    sobel_x = SOBEL_X.astype(np.float32)
    return {
        "box": np.outer(ones, ones) / np.float32(9),
        "laplacian": np.outer(second, unit) + np.outer(unit, second),
        "sobel_y": sobel_x.T,
        "sobel_x": sobel_x,
    }


@variant("with another filter in the dict as well")
def filters_and_more():
    return {
        "sobel_x": SOBEL_X,
        "sobel_y": np.rot90(SOBEL_X, -1),
        "laplacian": np.add.outer([0, 1, 0], [0, 1, 0]) % 2 - 4 * np.diag([0, 1, 0]),
        "box": np.ones((3, 3)) / 9,
        "identity": np.diag([0, 1, 0]),
    }
