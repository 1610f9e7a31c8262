"""Hidden checks of 1.1."""

import numpy as np

from nablab.checking import close, exercise, rounding


def mean_product(patch, filt):
    return np.mean(patch * filt)


@exercise("1.1", stage="oracle")
def test_the_mean_of_products_for_any_shape(student, rng):
    """The mean of the products, whatever the number of rows and columns"""
    pairs = [rng.normal(size=(2, *shape)) for shape in ((5, 2), (3, 7), (1, 11), (7, 7), (4, 3))]
    close(
        [student.match_score(patch, filt) for patch, filt in pairs],
        [np.mean(patch * filt) for patch, filt in pairs],
        "These are the scores of five patches of different shapes.",
        atol=max(rounding(mean_product, *pair) for pair in pairs),
    )


@exercise("1.1")
def test_patch_and_filter_may_change_places(student, rng):
    """Patch and filter may change places"""
    pairs = rng.normal(size=(4, 2, 5, 3)) + 0.3
    close(
        [student.match_score(filt, patch) for patch, filt in pairs],
        [np.mean(patch * filt) for patch, filt in pairs],
        atol=max(rounding(mean_product, *pair) for pair in pairs),
    )


@exercise("1.1")
def test_it_is_linear_in_the_patch_and_in_the_filter(student, rng):
    """The score is linear in the patch, and in the filter"""
    a, b, c = rng.normal(size=(3, 4, 7)) + 0.5
    p, q = rng.uniform(1, 3, size=2)
    close(
        [student.match_score(p * a + q * b, c), student.match_score(c, p * a - q * b)],
        [p * np.mean(a * c) + q * np.mean(b * c), p * np.mean(c * a) - q * np.mean(c * b)],
        "Scores of a weighted sum of two patches, and of two filters.",
        rtol=1e-3,
        atol=max(
            rounding(mean_product, p * a + q * b, c), rounding(mean_product, p * a - q * b, c)
        ),
    )


@exercise("1.1")
def test_negative_whole_and_byte_patches(student, rng):
    """Patches of negative numbers, of whole numbers with ties, and of bytes"""
    filt = rng.normal(size=(3, 5)) + 1
    patches = [
        -1 - rng.random((3, 5)),
        rng.integers(-2, 3, size=(3, 5)),
        rng.integers(100, 256, size=(3, 5)).astype(np.uint8),
    ]
    for patch in patches:
        scores = [student.match_score(patch, filt), student.match_score(patch, -filt - 1)]
        close(
            scores,
            [np.mean(patch * filt), np.mean(patch * (-filt - 1.0))],
            f"A patch of {patch.dtype} numbers.",
            atol=rounding(mean_product, patch, np.abs(filt) + 1),
        )
