"""What the checks of several exercises share."""

import numpy as np

from nablab.checking import holds
from nablab.sandbox.student import arguments_after_call, parameters


def left_alone(student, name, *args):
    """Call the student's function; fail if it has changed one of its arguments, also a list."""
    got, after = arguments_after_call(student, name, *args)
    for label, before, now in zip(parameters(student, name), args, after, strict=False):
        if isinstance(before, (list, tuple, np.ndarray)):
            same = np.shape(now) == np.shape(before) and np.array_equal(now, before)
            holds(
                same,
                f"{name} changed its input {label}. Work on a copy: the caller still needs it.",
                got=now,
                expected=before,
            )
    return got


def floats(got):
    """The numbers, if they are real ones; complex ones cannot be compared or drawn later."""
    holds(
        np.asarray(got).dtype.kind != "c",
        "The result holds complex numbers, also if their imaginary parts are 0. Floats are asked "
        "for: take `.real`, or `abs(…)`.",
        got=got,
    )
    return got
