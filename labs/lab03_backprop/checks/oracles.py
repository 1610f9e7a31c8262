"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np

from nablab.checking import close, holds, is_array
from nablab.checking.expect import ROUNDING, as_numbers
from nablab.sandbox.student import arguments_after_call


def near(got, expected, says="", given=None, constant=False, terms=None):
    """Like `close`, for sums of many products: what cancels out in a sum is rounded as much as what
    went into it, so the largest numbers set the scale for all. `terms` is what the sums would be
    without signs: it sets the scale if there are so few of them that all may cancel out. (A sum in
    float32 is off by about 1e-7 of it.)"""
    if terms is None:
        atol = 2e-5 * float(np.sqrt(np.mean(np.square(np.asarray(expected, dtype=float)))))
    else:
        atol = ROUNDING * float(np.max(terms))
    return close(got, expected, says, given=given, atol=atol, constant=constant)


def parts(got, names, given=None):
    """What a function returned, checked to be as many things as there are names."""
    enough = isinstance(got, (tuple, list)) and len(got) == len(names)
    holds(
        enough,
        f"Return {len(names)} things, in this order: `return {', '.join(names)}`.",
        got=got,
        given=given,
    )
    return got


def shaped(got, names, shapes, arrays=False):
    """Arrays of these shapes, all of them finite; if `arrays`, they may not be lists."""
    for name, part, shape in zip(names, got, shapes, strict=True):
        if arrays and shape:
            is_array(part, name)
        part = as_numbers(part, says=f"{name}:")
        holds(
            part.shape == shape, f"{name} has the shape {part.shape}, expected {shape}.", got=part
        )
        holds(np.isfinite(part).all(), f"{name} holds numbers that are not finite.", got=part)


def unchanged(student, name, *args):
    """Whether a function leaves its arrays as they were, for each of them 1 or 0."""
    _, after = arguments_after_call(student, name, *args)
    both = zip(args, after, strict=True)
    return [int(np.array_equal(a, b)) for a, b in both if isinstance(a, np.ndarray)]
