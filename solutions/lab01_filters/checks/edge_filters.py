"""The visible checks of N.4."""

import numpy as np

from nablab.checking import check, close, contract, holds, is_array
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import correlate2d_valid

NAMES = ("sobel_x", "sobel_y", "laplacian", "box")


def filters_of(student):
    """The student's filters, each checked to be a 3×3 array of numbers."""
    filters = student.edge_filters()
    holds(isinstance(filters, dict), "Return a dict of the four filters.", got=filters)
    missing = [name for name in NAMES if name not in filters]
    holds(
        not missing,
        f"The dict has no {' and no '.join(missing)}; its keys should be {', '.join(NAMES)}.",
        got=list(filters),
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


@check("contract")
def test_a_dict_of_four_filters(student):
    """edge_filters returns a dict of four 3×3 filters, NumPy arrays"""
    got = contract(student, "edge_filters", kind="dict")
    filters_of(student)
    for name in NAMES:
        is_array(got[name], name)


@check("hand")
def test_dark_to_bright_is_positive(student):
    """A Sobel filter on a step of 5 gives 20 from dark to bright, −20 from bright to dark"""
    filters = filters_of(student)
    right = np.array([[0, 0, 5]] * 3)
    for name, step, where in (
        ("sobel_x", right, "to the right"),
        ("sobel_y", right.T, "downwards"),
    ):
        for img, sign in ((step, 1), (step[::-1, ::-1], -1)):
            close(
                correlate2d_valid(img, filters[name]),
                [[20 * sign]],
                f"{name}, brightness {'rises' if sign > 0 else 'falls'} {where}: "
                "(1 + 2 + 1) · 5 = 20.",
                given={"img": img, name: filters[name]},
            )


@check("probe")
def test_a_flat_wall(student):
    """On an evenly lit wall the filters give 0, except the box: it gives the wall's brightness"""
    wall = np.full((5, 4), 7.0)
    for name, filt in filters_of(student).items():
        close(
            correlate2d_valid(wall, filt),
            np.full((3, 2), 7.0 if name == "box" else 0.0),
            f"{name} on a wall of brightness 7.",
            atol=1e-5,
            constant=True,
            given={name: filt},
        )


@check("probe")
def test_a_single_bright_pixel(student):
    """On one bright pixel the Laplacian gives −4 there, 1 next to it and 0 at the corners"""
    img = np.zeros((5, 5))
    img[2, 2] = 1
    filt = filters_of(student)["laplacian"]
    close(
        correlate2d_valid(img, filt),
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        given={"img": img, "laplacian": filt},
    )


@check()
def test_a_slope(student):
    """On an even slope a Sobel filter gives 8 times the slope, or 0 across it, the Laplacian 0"""
    filters = filters_of(student)
    r, c = np.mgrid[:5, :4]
    for slope, what, right in ((c, "to the right", (8, 0, 0)), (r, "downwards", (0, 8, 0))):
        for name, value in zip(NAMES[:3], right, strict=True):
            close(
                correlate2d_valid(slope, filters[name]),
                np.full((3, 2), float(value)),
                f"{name} where it gets brighter by 1 each pixel {what}.",
                atol=1e-5,
                constant=True,
                given={"img": slope, name: filters[name]},
            )


PROBES = [("edge_filters", ())]
