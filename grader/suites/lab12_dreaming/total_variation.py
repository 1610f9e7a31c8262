"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant
from nablab.reference.dreaming import total_variation as sum_of
from nablab.reference.dreaming import total_variation_gradient as slopes_of

from ..checks.total_variation import right


@check("oracle")
def test_drawn_images(student, rng):
    """Drawn images of any size"""
    for shape in ((6, 9, 2), (2, 3, 5), (1, 8, 1), (5, 1, 1)):
        right(student, 3 * rng.normal(size=shape), f"An image {shape}.")


@check("probe")
def test_plateaus_and_ties(student, rng):
    """Whole numbers with many ties, and bytes"""
    right(student, rng.integers(0, 3, size=(6, 5, 2)))
    right(student, rng.integers(0, 256, size=(4, 5, 3)).astype(np.uint8), "Bytes.")


@check()
def test_scale_and_offset(student, rng):
    """Three times the image has three times the sum, a brighter one the same"""
    x = rng.normal(size=(4, 6, 2))
    close(student.total_variation(-3 * x), 3 * sum_of(x), "−3 x")
    close(student.total_variation(x + 5), sum_of(x), "x + 5")
    close(student.total_variation_grad(3 * x), slopes_of(x), "The gradient at 3 x.", atol=1e-6)


@check()
def test_numeric_slopes(student, rng):
    """Every entry of the gradient is the slope of the sum, by central differences"""
    x = rng.permutation(24).reshape(3, 4, 2) / 3
    expected = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[place] = 1e-4
        expected[place] = (sum_of(x + step) - sum_of(x - step)) / 2e-4
    close(student.total_variation_grad(x), expected, atol=1e-5)


@check()
def test_images_stay_as_they_are(student, rng):
    """Images of whole numbers and of floats stay as they are"""
    for x in (rng.integers(-5, 6, size=(3, 4, 2)), rng.normal(size=(2, 4, 3)).T):
        left_alone(student, "total_variation", x)
        left_alone(student, "total_variation_grad", x)


# Mutants ------------------------------------------------------------------------------------------


def with_sum(says, function):
    return mutant(says, total_variation=lambda x: function(np.asarray(x, dtype=float)))


def with_gradient(says, function):
    return mutant(says, total_variation_grad=lambda x: function(np.asarray(x, dtype=float)))


def ways(x):
    return np.diff(x, axis=0), np.diff(x, axis=1)


def spread(x, change, axes=(0, 1)):
    """The gradient with the sign replaced by another function of the differences."""
    g = np.zeros(x.shape)
    for axis in axes:
        signs = np.moveaxis(change(np.diff(x, axis=axis)), axis, 0)
        along = np.moveaxis(g, axis, 0)
        along[1:] += signs
        along[:-1] -= signs
    return g


rows_only = with_sum(
    "You compare with the pixel below only. The one to the right counts too.",
    lambda x: np.abs(ways(x)[0]).sum(),
)
columns_only = with_sum(
    "You compare with the pixel to the right only. The one below counts too.",
    lambda x: np.abs(ways(x)[1]).sum(),
)
without_absolute = with_sum(
    "The absolute value is missing, so ups and downs cancel.",
    lambda x: sum(d.sum() for d in ways(x)),
)
absolute_of_the_sum = with_sum(
    "You take the absolute value of the sum. It belongs to each difference.",
    lambda x: sum(abs(d.sum()) for d in ways(x)),
)
squares = with_sum(
    "You add squares. The absolute values are added.", lambda x: sum((d**2).sum() for d in ways(x))
)
root_of_squares = with_sum(
    "You take the root of the sum of squares. The absolute values are added.",
    lambda x: np.sqrt(sum((d**2).sum() for d in ways(x))),
)


@mutant(
    "You take the length of both differences together at each pixel. Here they are added one by one."
)
def isotropic(x):
    x = np.asarray(x, dtype=float)
    down, right_ = np.zeros(x.shape), np.zeros(x.shape)
    down[:-1], right_[:, :-1] = ways(x)
    return np.hypot(down, right_).sum()


mean_of_differences = with_sum(
    "You take means. The sum over all pairs is asked for.",
    lambda x: sum(np.abs(d).mean() if d.size else 0 for d in ways(x)),
)
divided_by_pixels = with_sum(
    "You divide by the number of entries. The sum is asked for.", lambda x: sum_of(x) / x.size
)
around_the_circle = with_sum(
    "You compare the last row and column with the first: np.roll wraps around. Nothing lies outside.",
    lambda x: sum(np.abs(np.roll(x, -1, axis) - x).sum() for axis in (0, 1)),
)
channels_too = with_sum(
    "You compare channels with each other. Only pixels of one channel are neighbours.",
    lambda x: sum_of(x) + np.abs(np.diff(x, axis=2)).sum(),
)
zeros_outside = with_sum(
    "You compare the border with zeros outside. The border has no neighbours there.",
    lambda x: sum_of(np.pad(x, ((0, 1), (0, 1), (0, 0)))),
)
counted_twice = with_sum(
    "You count every pair twice, once from each side.", lambda x: 2 * sum_of(x)
)
mean_over_channels = with_sum(
    "You take the mean over the channels. Sum over them.", lambda x: sum_of(x) / x.shape[2]
)
first_channel_only = with_sum("You look at the first channel only.", lambda x: sum_of(x[:, :, :1]))


@mutant("Differences of bytes are bytes for you: 3 − 200 is 59. Make floats of the image first.")
def in_the_images_type(x):
    x = np.asarray(x)
    return float(sum(np.abs(np.diff(x, axis=axis)).sum() for axis in (0, 1)))


@mutant("One difference is missing: the last pixel is left out.")
def last_pixels_left_out(x):
    x = np.asarray(x, dtype=float)
    return sum_of(x[:-1, :-1]) if min(x.shape[:2]) > 1 else sum_of(x)


gradient_sign = with_gradient(
    "The sign of your gradient is wrong: a pixel that is brighter than its neighbours has a positive one.",
    lambda x: -slopes_of(x),
)
gradient_one_side = with_gradient(
    "Each difference belongs to two pixels: with + to the later one and with − to the earlier one.",
    lambda x: sum(
        np.pad(np.sign(d), [(1, 0) if a == axis else (0, 0) for a in range(3)])
        for axis, d in enumerate(ways(x))
    ),
)
gradient_of_squares = with_gradient(
    "Your gradient grows with the differences: that is the one of squares. Here only the sign counts.",
    lambda x: spread(x, lambda d: 2 * d),
)
gradient_of_rows = with_gradient(
    "Your gradient looks up and down only. Left and right count too.",
    lambda x: spread(x, np.sign, (0,)),
)
gradient_of_columns = with_gradient(
    "Your gradient looks left and right only. Up and down count too.",
    lambda x: spread(x, np.sign, (1,)),
)
ties_count_as_one = with_gradient(
    "Equal neighbours add 1 for you. Their part is 0.",
    lambda x: spread(x, lambda d: np.where(d >= 0, 1.0, -1.0)),
)
ties_count_as_minus_one = with_gradient(
    "Equal neighbours add −1 for you. Their part is 0.",
    lambda x: spread(x, lambda d: np.where(d > 0, 1.0, -1.0)),
)
gradient_of_the_circle = with_gradient(
    "Your gradient wraps around at the border. Nothing lies outside.",
    lambda x: sum(np.sign(x - np.roll(x, 1, a)) + np.sign(x - np.roll(x, -1, a)) for a in (0, 1)),
)
gradient_of_the_mean = with_gradient(
    "Your gradient is that of a mean. The sum is asked for.", lambda x: slopes_of(x) / x.size
)
only_the_sign = with_gradient(
    "You take the sign of the whole gradient. Up to four signs are added.",
    lambda x: np.sign(slopes_of(x)),
)


def signs_of_bytes(x):
    x = np.asarray(x)
    g = np.zeros(x.shape)
    down, right_ = np.sign(np.diff(x, axis=0)), np.sign(np.diff(x, axis=1))
    g[1:] += down
    g[:-1] -= down
    g[:, 1:] += right_
    g[:, :-1] -= right_
    return g


bytes_in_the_gradient = mutant(
    "Your gradient takes differences of bytes, which are never negative. Make floats of the image first.",
    total_variation_grad=signs_of_bytes,
)


# Variants -----------------------------------------------------------------------------------------


@variant("slices, float32")
def by_slices(x):
    x = np.float32(x)
    return np.abs(x[1:] - x[:-1]).sum(dtype=np.float64) + np.abs(x[:, 1:] - x[:, :-1]).sum(
        dtype=np.float64
    )


@variant("pair by pair")
def by_loops(x):
    H, W, C = x.shape
    total = 0.0
    for i, j, c in np.ndindex(H, W, C):
        if i + 1 < H:
            total += abs(float(x[i + 1, j, c]) - float(x[i, j, c]))
        if j + 1 < W:
            total += abs(float(x[i, j + 1, c]) - float(x[i, j, c]))
    return total


def padded_gradient(x):
    x = np.asarray(x, dtype=np.float32)
    p = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")
    middle = p[1:-1, 1:-1]
    others = (p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:])
    return sum(np.sign(middle - other) for other in others)


def loops_gradient(x):
    H, W, C = x.shape
    g = np.zeros((H, W, C))
    for i, j, c in np.ndindex(H, W, C):
        for p, q in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if 0 <= p < H and 0 <= q < W:
                here, there = float(x[i, j, c]), float(x[p, q, c])
                g[i, j, c] += (here > there) - (here < there)
    return g


border_repeated = variant("the border repeated, float32", total_variation_grad=padded_gradient)
neighbour_by_neighbour = variant("neighbour by neighbour", total_variation_grad=loops_gradient)
