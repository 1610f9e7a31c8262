"""The visible checks of N.1."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.circuits import arc_template as right


def arc_is_right(student, theta, R, size, width, says=""):
    close(
        student.arc_template(theta, R, size, width),
        right(theta, R, size, width),
        says or f"θ = {theta:.3g}, R = {R:.3g}, size {size}, width {width:.3g}.",
        atol=1e-5,
    )


@check("contract")
def test_a_square_patch(student):
    """arc_template returns a square patch, a NumPy array, for odd and for even sizes"""
    for size in (7, 10):
        contract(student, "arc_template", 0.4, 5.0, size, 1.5, shape=(size, size), array=True)


@check("hand")
def test_the_patch_of_the_text(student):
    """The patch of the text: 0.14, 0.61, 1, 0.61, 0.14 in the middle, 0.59 at the lower right"""
    patch = right(0, 2, 5, 1)
    got = student.arc_template(0, 2, 5, 1)
    close(np.asarray(got)[2], patch[2], "The row in the middle.", atol=1e-5)
    close(
        np.asarray(got)[4, 4], patch[4, 4], "The lower right pixel, nearest to an end.", atol=1e-5
    )
    close(got, patch, "All of it.", atol=1e-5)


@check("probe")
def test_theta_turns_from_right_towards_down(student):
    """At θ = π/2 the curve bends down, like an arch; at θ = π/4 towards the lower right"""
    for theta in (np.pi / 2, np.pi / 4):
        arc_is_right(student, theta, 4, 11, 1.0)


@check("probe")
def test_no_more_than_a_third_of_the_circle(student):
    """A circle that fits into the patch: only a third of it is drawn, with round ends"""
    arc_is_right(student, 0.3, 3.0, 15, 1.2, "The whole circle would fit into this patch.")


@check("probe")
def test_the_width_of_the_edge(student):
    """A narrow and a wide edge: the width is the standard deviation of the bell curve"""
    for width in (0.5, 2.5):
        arc_is_right(student, 2.0, 5, 9, width)


@check()
def test_mirrored_about_its_axis(student):
    """At θ = 0 the patch is the same upside down, and at π it is mirrored left to right"""
    patch = right(0, 4.5, 10, 1.1)
    got = close(student.arc_template(0, 4.5, 10, 1.1), patch, atol=1e-5)
    close(got[::-1], patch, "Upside down.", atol=1e-5)
    close(student.arc_template(np.pi, 4.5, 10, 1.1), patch[:, ::-1], "θ = π.", atol=1e-5)


@check("oracle")
def test_any_arc(student, rng):
    """Arcs of any direction, radius, size and width"""
    for size in (6, 9, 13):
        arc_is_right(student, rng.uniform(-7, 7), rng.uniform(2, 9), size, rng.uniform(0.6, 2))


PROBES = [("arc_template", (0.4, 3.0, 9, 1.3)), ("arc_template", (4.0, 7.0, 6, 0.8))]
