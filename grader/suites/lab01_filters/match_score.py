"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, mutant, rounding, variant

from ..checks.match_score import mean_product
from .building_blocks import floats


@check("oracle")
def test_the_mean_of_products_for_any_shape(student, rng):
    """The mean of the products, whatever the number of rows and columns"""
    pairs = [rng.normal(size=(2, *shape)) for shape in ((5, 2), (3, 7), (1, 11), (7, 7), (4, 3))]
    close(
        [student.match_score(patch, filt) for patch, filt in pairs],
        [mean_product(patch, filt) for patch, filt in pairs],
        "These are the scores of five patches of different shapes.",
        atol=max(rounding(mean_product, *pair) for pair in pairs),
    )


@check()
def test_patch_and_filter_may_change_places(student, rng):
    """The score is the same if patch and filter are exchanged"""
    pairs = rng.normal(size=(4, 2, 5, 3)) + 0.3
    close(
        [student.match_score(filt, patch) for patch, filt in pairs],
        [mean_product(patch, filt) for patch, filt in pairs],
        atol=max(rounding(mean_product, *pair) for pair in pairs),
    )


@check()
def test_it_is_linear_in_the_patch_and_in_the_filter(student, rng):
    """The score is linear in the patch, and in the filter"""
    a, b, c = rng.normal(size=(3, 4, 7)) + 0.5
    p, q = rng.uniform(1, 3, size=2)
    ac, bc = mean_product(a, c), mean_product(b, c)
    close(
        [student.match_score(p * a + q * b, c), student.match_score(c, p * a - q * b)],
        [p * ac + q * bc, p * ac - q * bc],
        "Scores of a weighted sum of two patches, and of two filters.",
        rtol=1e-3,
        atol=max(
            rounding(mean_product, p * a + q * b, c), rounding(mean_product, p * a - q * b, c)
        ),
    )


@check()
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
            [mean_product(patch, filt), mean_product(patch, -filt - 1)],
            f"A patch of {patch.dtype} numbers.",
            atol=rounding(mean_product, patch, np.abs(filt) + 1),
        )


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "This is the sum of the products. A score is their mean, so that a large filter does not "
    "beat a small one by its size alone.",
)
def sum_in_place_of_mean(patch, filt):
    patch, filt = floats(patch, filt)
    return np.sum(patch * filt)


@mutant(
    "This counts the pixels that are equal. A pixel that disagrees takes a vote away, and a "
    "pixel of 3 agrees more strongly than one of 1: multiply, do not compare.",
)
def counts_equal_pixels(patch, filt):
    return np.mean(np.asarray(patch) == np.asarray(filt))


@mutant(
    "This divides by the square of the number of rows, which is the number of pixels only "
    "if the patch is square.",
)
def divides_by_rows_squared(patch, filt):
    patch, filt = floats(patch, filt)
    return np.sum(patch * filt) / len(patch) ** 2


@mutant(
    "This divides by the lengths of patch and filter (a cosine), so a faint patch scores as "
    "much as a strong one. A patch twice as bright should score twice as much.",
)
def cosine(patch, filt):
    patch, filt = floats(patch, filt)
    return np.sum(patch * filt) / np.sqrt(np.sum(patch**2) * np.sum(filt**2))


@mutant("This takes absolute values of the products, so a disagreement counts as an agreement.")
def mean_of_absolute_products(patch, filt):
    patch, filt = floats(patch, filt)
    return np.mean(np.abs(patch * filt))


@mutant(
    "This is a matrix product, rows times columns. Here each pixel meets only the one that "
    "lies on top of it: multiply entry by entry.",
)
def matrix_product(patch, filt):
    patch, filt = floats(patch, filt)
    return np.mean(patch @ filt.T)


# Variants -----------------------------------------------------------------------------------------


@variant("loops over plain lists")
def score_by_loops(patch, filt):
    total, count = 0.0, 0
    for row, pattern in zip(patch, filt, strict=True):
        for pixel, weight in zip(row, pattern, strict=True):
            total += float(pixel) * float(weight)
            count += 1
    return total / count


@variant("a dot product of the flattened arrays, as a NumPy scalar")
def score_by_vdot(patch, filt):
    return np.vdot(np.asarray(patch, dtype=float), np.asarray(filt, dtype=float)) / np.size(filt)


@variant("float32")
def score_in_float32(patch, filt):
    return (np.float32(patch) * np.float32(filt)).mean()


@variant("einsum, as an array without axes")
def score_by_einsum(patch, filt):
    filt = np.array(filt, dtype=float)
    return np.asarray(np.einsum("uv,uv->", np.array(patch, dtype=float), filt) / filt.size)
