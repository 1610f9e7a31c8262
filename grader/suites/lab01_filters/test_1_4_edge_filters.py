"""Hidden checks of 1.4."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import correlate2d_valid

NAMES = ("sobel_x", "sobel_y", "laplacian", "box")


def filters_of(student):
    filters = student.edge_filters()
    holds(
        isinstance(filters, dict) and all(name in filters for name in NAMES),
        f"Return a dict with the keys {', '.join(NAMES)}.",
        got=filters,
    )
    filters = {name: as_numbers(filters[name], says=f"{name}:") for name in NAMES}
    for name, filt in filters.items():
        holds(
            filt.shape == (3, 3), f"{name} has the shape {filt.shape}, expected (3, 3).", got=filt
        )
        holds(
            np.isrealobj(filt) and np.isfinite(filt).all(),
            f"{name} should hold ordinary numbers.",
            got=filt,
        )
    return filters


@exercise("1.4")
def test_what_the_entries_sum_to(student):
    """The entries of a filter, and their squares, sum to what they should"""
    filters = filters_of(student)
    close(
        [filters[name].sum() for name in NAMES], [0, 0, 0, 1], "The sums of the entries.", atol=1e-5
    )
    close(
        [(filters[name] ** 2).sum() for name in NAMES],
        [12, 12, 20, 1 / 9],
        "The sums of the squares of the entries.",
    )


@exercise("1.4")
def test_the_sobel_filters_are_each_others_transpose(student):
    """sobel_y is sobel_x with rows and columns exchanged; mirrored, each is its own negative"""
    filters = filters_of(student)
    x, y = filters["sobel_x"], filters["sobel_y"]
    close(
        y, x.T, "sobel_y beside sobel_x with rows and columns exchanged.", atol=1e-5, constant=True
    )
    close(
        -x[:, ::-1],
        x,
        "The negative mirror image of sobel_x beside sobel_x.",
        atol=1e-5,
        constant=True,
    )
    holds(
        x[1, 2] > 0 and y[2, 1] > 0,
        "Dark to bright should be positive, from left to right for sobel_x and from top to bottom "
        "for sobel_y.",
        got=x,
    )


@exercise("1.4")
def test_a_bowl(student, rng):
    """In a bowl, r² + c², the Laplacian is the same everywhere, and a Sobel filter grows evenly"""
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


@exercise("1.4", stage="oracle")
def test_what_each_makes_of_any_picture(student, rng):
    """What each filter makes of any picture"""
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
