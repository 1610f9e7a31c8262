"""What the checks of several exercises share: the curves of this lab, and numbers for everybody."""

import numpy as np

from nablab.checking import holds
from nablab.reference import circuits

RADIUS, SIZE, WIDTH, FIELD = 6, 15, 1.0, 9
LINES = np.arange(8) * np.pi / 8


def arc(theta, size=SIZE):
    return circuits.arc_template(theta, RADIUS, size, WIDTH)


def detector(theta, inhibit):
    return circuits.curve_detector(theta, RADIUS, SIZE, WIDTH, inhibit)


def weights_of_lines(line_bank, theta, inhibit):
    return circuits.curve_from_lines(line_bank, theta, RADIUS, FIELD, WIDTH, inhibit)


def wave(shape, step=0.7):
    """Numbers that are drawn from nothing: the same for everybody."""
    k = np.arange(int(np.prod(shape)))
    return np.sin(step * k + 0.013 * k**2 + 0.3).reshape(shape)


def several(got, count, what):
    """Pass if the function returned so many things; then these."""
    holds(
        isinstance(got, (list, tuple)) and len(got) == count,
        f"It should return {count} things: {what}.",
        got=got,
    )
    return got
