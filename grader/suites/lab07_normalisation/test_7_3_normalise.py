"""Hidden checks of 7.3."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference import normalization as oracle

AXES = {"bn": (0, 1, 2), "ln_keras": (3,), "ln_chw": (1, 2, 3), "in": (1, 2)}


def right(x, kind):
    if isinstance(kind, tuple):
        return oracle.group_norm(x, np.ones(x.shape[3]), np.zeros(x.shape[3]), kind[1])
    return oracle.normalize(x, AXES[kind], 1e-3)


def images(rng, shape):
    n, _, _, c = shape
    spread = rng.uniform(0.5, 3, size=(n, 1, 1, c))
    return rng.normal(size=shape) * spread + 2 * rng.normal(size=(n, 1, 1, c))


@exercise("7.3", stage="oracle")
def test_fresh_images(student, rng):
    """Images of any shape, any kind"""
    for shape, groups in (((3, 5, 2, 6), (2, 3)), ((2, 7, 3, 4), (4, 2)), ((5, 2, 3, 10), (5, 1))):
        x = images(rng, shape)
        for kind in (*AXES, *(("gn", g) for g in groups)):
            close(student.normalise(x, kind), right(x, kind), f"{kind!r} of {shape}.", atol=1e-5)


@exercise("7.3")
def test_axes_of_every_kind(student):
    """The axes of every kind, whatever the number of groups"""
    for kind, axes in (*AXES.items(), *((("gn", g), (1, 2, 4)) for g in (1, 2, 5, 8))):
        got = np.atleast_1d(as_numbers(student.norm_axes(kind)))
        rank = 5 if isinstance(kind, tuple) else 4
        holds(
            got.ndim == 1 and sorted(int(axis) % rank for axis in got) == list(axes),
            f"norm_axes({kind!r}) returned {got.tolist()}.",
            got=got,
            expected=axes,
        )


@exercise("7.3")
def test_relatives(student, rng):
    """Groups of one channel are instance norm, one group of all is layer norm over H, W and C"""
    x = images(rng, (3, 5, 2, 7))
    found = {}
    for kind in ("in", ("gn", 7), "ln_chw", ("gn", 1), "ln_keras"):
        found[kind] = as_numbers(student.normalise(x, kind))
        holds(found[kind].shape == x.shape, f"{kind!r} changes the shape.", got=found[kind])
    close(found[("gn", 7)], right(x, "in"), "('gn', 7) of 7 channels.", atol=1e-5)
    close(found["in"], right(x, "in"), "'in'.", atol=1e-5)
    close(found[("gn", 1)], right(x, "ln_chw"), "('gn', 1).", atol=1e-5)
    close(found["ln_chw"], right(x, "ln_chw"), "'ln_chw'.", atol=1e-5)
    holds(
        not np.allclose(found["ln_keras"], found["ln_chw"], atol=1e-2),
        "'ln_keras' and 'ln_chw' give the same; Keras's default averages over channels only.",
    )


@exercise("7.3")
def test_who_knows_of_whom(student, rng):
    """Change one image: only batch norm changes another one"""
    x = images(rng, (4, 3, 2, 6))
    changed = x.copy()
    changed[1] = rng.normal(size=x.shape[1:]) * 5 + 4
    for kind in (*AXES, ("gn", 2), ("gn", 3)):
        others = right(changed, kind)[[0, 2, 3]]
        got = as_numbers(student.normalise(changed, kind))
        holds(got.shape == x.shape, f"{kind!r} changes the shape.", got=got)
        close(got[[0, 2, 3]], others, f"{kind!r}, the images that were not changed.", atol=1e-5)
        before = as_numbers(student.normalise(x, kind))
        same = np.allclose(before[[0, 2, 3]], got[[0, 2, 3]], rtol=1e-3, atol=1e-4)
        holds(same == (kind != "bn"), f"{kind!r}: the other images {'stay' if same else 'change'}.")


@exercise("7.3")
def test_light_and_contrast(student, rng):
    """Light and contrast of an image are gone after in, and a pixel's brightness after ln_keras"""
    x = rng.normal(size=(2, 5, 3, 4)) * 100
    dimmed = x * rng.uniform(0.4, 3, size=(2, 1, 1, 4)) + rng.normal(size=(2, 1, 1, 4)) * 50
    close(student.normalise(dimmed, "in"), right(x, "in"), "'in'.", rtol=1e-3, atol=1e-4)
    lit = x * rng.uniform(0.4, 3, size=(2, 5, 3, 1)) + rng.normal(size=(2, 5, 3, 1)) * 50
    close(
        student.normalise(lit, "ln_keras"),
        right(x, "ln_keras"),
        "'ln_keras'.",
        rtol=2e-3,
        atol=2e-3,
    )


@exercise("7.3")
def test_whole_numbers_bytes_and_what_is_constant(student, rng):
    """Whole numbers with ties, bytes, negative numbers, and channels that are constant"""
    whole = rng.integers(-2, 3, size=(2, 3, 5, 4))
    flat = -1 - rng.random((2, 3, 5, 4))
    flat[..., 1] = -2
    for x in (whole, rng.integers(100, 256, size=(2, 3, 5, 4)).astype(np.uint8), flat):
        for kind in (*AXES, ("gn", 2)):
            close(
                student.normalise(x, kind),
                right(x, kind),
                f"{kind!r} of {x.dtype} numbers.",
                rtol=1e-3,
                atol=1e-4,
            )
