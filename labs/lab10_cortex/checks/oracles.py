"""What the checks of several exercises share."""

import numpy as np

from nablab.checking import holds


def floats(got):
    """The numbers, if they are real ones; complex ones cannot be compared or drawn later."""
    holds(
        np.asarray(got).dtype.kind != "c",
        "The result holds complex numbers, also if their imaginary parts are 0. Floats are asked "
        "for: take `.real`, or `abs(…)`.",
        got=got,
    )
    return got
