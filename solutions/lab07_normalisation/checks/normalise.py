"""The visible checks of N.3."""

import numpy as np

from nablab.checking import Mismatch, check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.checking.expect import show as say

from .oracles import AXES, GROUP_AXES, IMAGES, KINDS, images, normalised

TABLE = np.array([[[[1, 3], [5, 7]]], [[[11, 17], [15, 21]]]])  # (2, 1, 2, 2)


def axes_of(student, kind):
    """The student's axes, counted from the front and sorted."""
    got = student.norm_axes(kind)
    numbers = np.atleast_1d(as_numbers(got, says=f"norm_axes({kind!r}):"))
    rank = 5 if isinstance(kind, tuple) else 4
    holds(
        numbers.ndim == 1
        and all(number == int(number) and -rank <= number < rank for number in numbers),
        f"norm_axes({kind!r}) returned {say(got)}; return a tuple of axes of an array with {rank}.",
        got=got,
    )
    return tuple(sorted(int(number) % rank for number in numbers))


@check("contract")
def test_axes_and_an_array_of_the_same_shape(student):
    """norm_axes returns axes, and normalise returns an array of the shape of x"""
    x = np.arange(2 * 3 * 5 * 4.0).reshape(2, 3, 5, 4) % 7
    for kind in KINDS:
        contract(student, "norm_axes", kind)
        axes_of(student, kind)
        contract(student, "normalise", x, kind, shape=x.shape)


@check("hand")
def test_the_axes_of_the_table(student):
    """The axes of every kind are those of the table"""
    names = ("N", "H", "W", "C"), ("N", "H", "W", "group", "channel in the group")
    for kind, right in (*AXES.items(), (("gn", 2), GROUP_AXES)):
        got = axes_of(student, kind)
        told = names[isinstance(kind, tuple)]
        if got != right:
            raise Mismatch(
                f"norm_axes({kind!r}) averages over {', '.join(told[axis] for axis in got)}; the "
                f"table says {', '.join(told[axis] for axis in right)}.",
                got=got,
                expected=right,
            )


@check("hand")
def test_the_two_images_of_the_text(student):
    """The means of the text are subtracted from its two images"""
    means = {
        "bn": [[8, 12]] * 4,
        "ln_keras": [[2, 2], [6, 6], [14, 14], [18, 18]],
        "ln_chw": [[4, 4]] * 2 + [[16, 16]] * 2,
        "in": [[3, 5]] * 2 + [[13, 19]] * 2,
        ("gn", 2): [[3, 5]] * 2 + [[13, 19]] * 2,
        ("gn", 1): [[4, 4]] * 2 + [[16, 16]] * 2,
    }
    for kind, mean in means.items():
        centred = TABLE - np.reshape(mean, TABLE.shape)
        right = normalised(TABLE, kind)
        got = student.normalise(TABLE, kind)
        close(
            got,
            right,
            f"{kind!r}: x − mean should be {centred.ravel().tolist()}, each divided by the root of "
            "its variance + .001.",
            given={"x": TABLE},
            atol=1e-5,
        )


@check("probe")
def test_groups_are_neighbours(student, rng):
    """Groups are neighbouring channels: if each group is constant, the result is 0"""
    x = np.repeat(rng.normal(size=(3, 1, 1, 2)), 3, axis=-1) * np.ones((3, 2, 5, 6))
    close(
        student.normalise(x, ("gn", 2)),
        np.zeros_like(x),
        "Channels 0, 1 and 2 are equal, and so are 3, 4 and 5.",
        given={"x": x},
        atol=1e-4,
        constant=True,
    )


@check()
def test_who_looks_at_other_images(student, rng):
    """If one image changes, only batch norm changes the others"""
    x = images(rng, (3, 2, 5, 4))
    changed = x.copy()
    changed[2] = 4 * changed[2] - 3
    for kind in KINDS:
        before, after = (as_numbers(student.normalise(a, kind)) for a in (x, changed))
        for array in (before, after):
            holds(
                array.shape == x.shape,
                f"{kind!r}: the result should have the shape of x.",
                got=array,
            )
        same = np.allclose(before[:2], after[:2], rtol=1e-4, atol=1e-5)
        if kind == "bn":
            holds(not same, "'bn': images 0 and 1 should change when image 2 does.", got=after)
        else:
            holds(
                same,
                f"{kind!r}: images 0 and 1 change when image 2 does, but should not depend on it.",
                got=after,
                expected=before,
                given={"x": x},
            )


@check("oracle")
def test_images_of_any_shape(student, rng):
    """Images may have any shape and hold floats, whole numbers or bytes"""
    for shape, kinds in (
        ((2, 3, 5, 6), (*AXES, ("gn", 3), ("gn", 2), ("gn", 6))),
        ((5, 7, 2, 3), (*AXES, ("gn", 1), ("gn", 3))),
    ):
        x = images(rng, shape)
        for kind in kinds:
            close(
                student.normalise(x, kind),
                normalised(x, kind),
                f"{kind!r} of images {shape}.",
                given={"x": x},
                atol=1e-5,
            )
    for dtype in (np.int64, np.uint8):
        x = rng.integers(0, 256, size=(2, 3, 5, 4)).astype(dtype)
        close(
            student.normalise(x, "in"),
            normalised(x, "in"),
            f"'in' of {x.dtype} numbers.",
            given={"x": x},
            atol=1e-5,
        )


PROBED = (*KINDS, ("gn", 1), ("gn", 4))


def probe_axes(student):
    return [sorted(np.atleast_1d(student.norm_axes(kind)).tolist()) for kind in PROBED]


PROBES = [probe_axes, *(("normalise", (IMAGES, kind)) for kind in PROBED)]
