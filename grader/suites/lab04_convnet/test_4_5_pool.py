"""Hidden checks of 4.5."""

import numpy as np

from nablab.checking import close, exercise, holds, refuses
from nablab.checking.expect import as_numbers
from nablab.reference.pooling import averagepool_nd, global_average, maxpool_nd

KINDS = {
    "max": lambda x: maxpool_nd(x, (2, 2)),
    "avg": lambda x: averagepool_nd(x, (2, 2)),
    "global": global_average,
}


@exercise("4.5", stage="oracle")
def test_fresh_images_of_all_shapes(student, rng):
    """Fresh images with even and odd sides, one row of windows, and several channels"""
    for shape in ((3, 6, 5, 2), (1, 2, 13, 3), (2, 11, 3, 1), (5, 7, 4, 7)):
        x = rng.normal(size=shape)
        for kind, right in KINDS.items():
            close(student.pool(x, kind), right(x), f'kind "{kind}", x {shape}.')


@exercise("4.5")
def test_negative_images_and_ties(student, rng):
    """Images of negative numbers only, and whole numbers with ties"""
    for x in (
        -1 - rng.random((2, 5, 6, 3)),
        rng.integers(-2, 2, size=(2, 6, 7, 2)),
        rng.integers(200, 256, size=(1, 5, 4, 3)).astype(np.uint8),
    ):
        for kind, right in KINDS.items():
            close(student.pool(x, kind), right(x), f'kind "{kind}", numbers of type {x.dtype}.')


@exercise("4.5")
def test_a_global_mean_does_not_know_places(student, rng):
    """Shuffled pixels have the same global mean; channels stay apart"""
    x = rng.normal(size=(2, 5, 7, 3)) + np.array([1.0, 2, 3])
    mixed = x.reshape(2, 35, 3)[:, rng.permutation(35)].reshape(2, 5, 7, 3)
    close(student.pool(mixed, "global"), x.mean(axis=(1, 2)))


@exercise("4.5")
def test_a_mean_is_at_most_the_maximum(student, rng):
    """The mean of a window is at most its maximum, and at least its negative's"""
    x = rng.normal(size=(2, 9, 4, 3))
    high, mean = (as_numbers(student.pool(x, kind)) for kind in ("max", "avg"))
    low = -as_numbers(student.pool(-x, "max"))
    holds(
        high.shape == mean.shape == low.shape == (2, 4, 2, 3)
        and (low <= mean + 1e-6).all()
        and (mean <= high + 1e-6).all(),
        "The mean of a window should lie between its least and its largest number.",
        got=mean,
        expected=high,
    )


@exercise("4.5")
def test_unknown_kinds_raise(student):
    """Unknown kinds raise ValueError"""
    for kind in ("average", "GLOBAL", "min"):
        refuses(student.pool, np.ones((1, 4, 3, 2)), kind, says=f'kind "{kind}".')
