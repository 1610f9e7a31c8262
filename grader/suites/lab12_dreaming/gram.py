"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, close, holds, left_alone, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference.dreaming import gram as gram_of
from nablab.reference.dreaming import gram_loss as loss_of

from ..checks.gram import aim, covariance, loss, right, value_and_gradient


@check("oracle")
def test_drawn_maps(student, rng):
    """Drawn maps of any size, with any means"""
    for shape in ((6, 4, 5), (3, 9, 2), (1, 5, 6), (8, 1, 3)):
        F = rng.normal(size=shape[::-1]).T + rng.normal(size=shape[2])  # not row by row
        right(student, F)
        loss(student, F, aim(rng, shape[2]))


@check()
def test_symmetric_and_never_negative(student, rng):
    """The matrix is symmetric and has no negative eigenvalue"""
    G = as_numbers(student.gram(rng.normal(size=(3, 2, 5)) + 1))
    holds(G.shape == (5, 5), f"The matrix has the shape {G.shape}, expected (5, 5).")
    close(G, G.T, "It should be symmetric.", atol=1e-6)
    lowest = float(np.linalg.eigvalsh((G + G.T) / 2).min())
    holds(lowest > -1e-6, f"It has the eigenvalue {lowest:.3f}.", got=G)


@check("probe")
def test_one_channel_and_one_pixel(student, rng):
    """One channel gives its variance, and one pixel gives zeros"""
    F = rng.normal(size=(4, 5, 1)) + 3
    close(student.gram(F), [[F.var()]], atol=1e-5)
    close(student.gram(rng.normal(size=(1, 1, 3))), np.zeros((3, 3)), atol=1e-9, constant=True)


@check()
def test_numeric_slopes_of_the_maps(student, rng):
    """Every entry of the gradient is the slope of the loss, by central differences"""
    F, A = rng.normal(size=(2, 3, 3)) + 1, aim(rng, 3)
    expected = np.zeros(F.shape)
    for place in np.ndindex(*F.shape):
        step = np.zeros(F.shape)
        step[place] = 1e-4
        expected[place] = (loss_of(F + step, A)[0] - loss_of(F - step, A)[0]) / 2e-4
    _, gradient = value_and_gradient(student.gram_loss(F, A), "gram_loss", F.shape)
    close(gradient, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@check()
def test_it_is_relative(student, rng):
    """Maps and matrix in another unit have the same loss, and no loss against their own matrix"""
    F, A = rng.normal(size=(3, 4, 2)), aim(rng, 2)
    loss(student, 10 * F, 100 * A, "10 F and 100 A.")
    value, gradient = value_and_gradient(student.gram_loss(F, covariance(F)), "gram_loss", F.shape)
    close(value, 0.0, "Against its own matrix.", atol=1e-8)
    close(gradient, np.zeros(F.shape), "Against its own matrix.", atol=1e-5, constant=True)


@check()
def test_maps_stay_as_they_are(student, rng):
    """Maps and matrix stay as they are"""
    for F in (rng.normal(size=(3, 5, 4)).T, rng.integers(-3, 4, size=(2, 3, 4))):
        left_alone(student, "gram", F)
        left_alone(student, "gram_loss", F, aim(rng, F.shape[2]))


# Mutants ------------------------------------------------------------------------------------------


def table(F, dtype=float):
    return np.asarray(F, dtype=dtype).reshape(-1, np.shape(F)[-1])


def centred(F):
    rows = table(F)
    return rows - rows.mean(axis=0)


def of(says, function):
    """A mutant of both: another matrix, and the loss and gradient of a student who uses it."""

    def with_this(F, A):
        G = np.asarray(function(F), dtype=float)
        rows, size = centred(F), np.sum(np.square(A))
        D = G - A
        slope = 4 * rows @ D / (len(rows) * size)
        return np.sum(D**2) / size, slope.reshape(np.shape(F))

    return mutant(says, gram=function, gram_loss=with_this)


means_kept = of(
    "You do not subtract the means of the channels.",
    lambda F: table(F).T @ table(F) / len(table(F)),
)
mean_of_everything = of(
    "You subtract one mean of everything. Each channel has its own.",
    lambda F: (table(F) - table(F).mean()).T @ (table(F) - table(F).mean()) / len(table(F)),
)


def pixel_means(F):
    rows = table(F) - table(F).mean(axis=1, keepdims=True)
    return rows.T @ rows / len(rows)


mean_of_each_pixel = of(
    "You subtract the mean over the channels at each pixel. It is over the pixels of each channel.",
    pixel_means,
)
not_divided = of("You do not divide by the number of pixels.", lambda F: len(table(F)) * gram_of(F))
divided_by_all = of(
    "You divide by H·W·C. It is the number of pixels, H·W.", lambda F: gram_of(F) / np.shape(F)[2]
)
one_less = of(
    "You divide by H·W − 1, as for an unbiased covariance. Here it is H·W.",
    lambda F: gram_of(F) * len(table(F)) / max(len(table(F)) - 1, 1),
)
divided_by_rows = of(
    "You divide by the number of rows H. It is H·W.", lambda F: gram_of(F) * np.shape(F)[1]
)
divided_by_channels = of(
    "You divide by the number of channels. It is the number of pixels.",
    lambda F: gram_of(F) * len(table(F)) / np.shape(F)[2],
)


def correlations(F):
    G = gram_of(F)
    size = np.sqrt(np.diag(G))
    return G / np.maximum(np.outer(size, size), 1e-12)


correlation_coefficients = of(
    "You divide by the standard deviations as well: these are correlation coefficients.",
    correlations,
)


def by_wrong_reshape(F):
    rows = np.asarray(F, dtype=float).reshape(np.shape(F)[-1], -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows @ rows.T / rows.shape[1]


wrong_reshape = of(
    "reshape(C, −1) does not separate the channels, which lie along the last axis. Reshape to (−1, C).",
    by_wrong_reshape,
)


def stored(F):
    F = np.asarray(F, dtype=float)
    rows = F.ravel(order="K").reshape(-1, F.shape[-1])
    rows = rows - rows.mean(axis=0)
    return rows.T @ rows / len(rows)


as_it_is_stored = of(
    "Your answer is right only if the maps are stored row by row. A transposed view is not: reshape "
    "does not depend on it, ravel(order='K') does.",
    stored,
)
diagonal_only = of(
    "You keep the diagonal only. What channels do together is the point.",
    lambda F: np.diag(np.diag(gram_of(F))),
)
absolute_values = of("You take absolute values. Signs count.", lambda F: np.abs(gram_of(F)))


def over_rows_only(F):
    F = np.asarray(F, dtype=float)
    means = F.mean(axis=1) - F.mean(axis=(0, 1))
    return means.T @ means / len(means)


row_means_first = of(
    "You take the mean along each row first. Products come first, then the mean.", over_rows_only
)


def centred_in_place(F):
    if F.dtype.kind == "f":
        F -= F.mean(axis=(0, 1))
    return gram_of(F)


changed_in_place = mutant(
    "You change the maps that you were given: −= writes into them.", gram=centred_in_place
)


def slope_with(change):
    """gram_loss with another gradient, or another loss: `change(loss, rows, D, A)` returns both."""

    def changed(F, A):
        rows, A = centred(F), np.asarray(A, dtype=float)
        D = gram_of(F) - A
        value, slope = change(np.sum(D**2) / np.sum(A**2), rows, D, A)
        return value, np.reshape(slope, np.shape(F))

    return changed


def usual(rows, D, A):
    return 4 * rows @ D / (len(rows) * np.sum(A**2))


def loss_mutant(says, change):
    return mutant(says, gram_loss=slope_with(change))


not_relative = loss_mutant(
    "You do not divide the loss by Σ A².",
    lambda value, rows, D, A: (np.sum(D**2), usual(rows, D, A) * np.sum(A**2)),
)
mean_of_squares = loss_mutant(
    "You take the mean of the squares instead of dividing by Σ A².",
    lambda value, rows, D, A: (np.mean(D**2), usual(rows, D, A) * np.sum(A**2) / A.size),
)
relative_to_the_other = loss_mutant(
    "You divide by the sum of squares of G. It is that of A, which does not change.",
    lambda value, rows, D, A: (
        np.sum(D**2) / np.sum((D + A) ** 2), usual(rows, D, A) * np.sum(A**2) / np.sum((D + A) ** 2)
    ),
)  # fmt: skip
root_of_the_loss = loss_mutant(
    "You take the root of the loss.", lambda value, rows, D, A: (np.sqrt(value), usual(rows, D, A))
)
absolute_loss = loss_mutant(
    "You add absolute values. The squares are added.",
    lambda value, rows, D, A: (np.abs(D).sum() / np.abs(A).sum(), usual(rows, D, A)),
)
size_not_squared = loss_mutant(
    "You divide by the root of Σ A². Divide by the sum of squares itself.",
    lambda value, rows, D, A: (
        value * np.sqrt(np.sum(A**2)), usual(rows, D, A) * np.sqrt(np.sum(A**2))
    ),
)  # fmt: skip
factor_two = loss_mutant(
    "The factor of your gradient is 2. A channel is in a row and in a column of G: 4.",
    lambda value, rows, D, A: (value, usual(rows, D, A) / 2),
)
without_a_factor = loss_mutant(
    "The factor 4 of the gradient is missing.",
    lambda value, rows, D, A: (value, usual(rows, D, A) / 4),
)
gradient_not_divided = loss_mutant(
    "Your gradient lacks the division by the number of pixels.",
    lambda value, rows, D, A: (value, usual(rows, D, A) * len(rows)),
)
gradient_not_relative = loss_mutant(
    "Your gradient lacks the division by Σ A².",
    lambda value, rows, D, A: (value, usual(rows, D, A) * np.sum(A**2)),
)
sign_of_the_gradient = loss_mutant(
    "The sign of your gradient is wrong: it contains G − A.",
    lambda value, rows, D, A: (value, -usual(rows, D, A)),
)


def gradient_of_raw_maps(F, A):
    rows, A = table(F), np.asarray(A, dtype=float)
    D = gram_of(F) - A
    return np.sum(D**2) / np.sum(A**2), usual(rows, D, A).reshape(np.shape(F))


raw_maps_in_the_gradient = mutant(
    "Your gradient uses the maps with their means. It has to be F less its means.",
    gram_loss=gradient_of_raw_maps,
)
elementwise = mutant(
    "Your gradient leaves out the other channels: it is a product of matrices.",
    gram_loss=slope_with(lambda value, rows, D, A: (value, usual(rows, np.diag(np.diag(D)), A))),
)
gradient_alone = mutant(
    "You return the gradient alone. The loss comes first, then the gradient.",
    gram_loss=lambda F, A: loss_of(F, A)[1],
)
loss_alone = mutant(
    "You return the loss alone. The gradient comes second.", gram_loss=lambda F, A: loss_of(F, A)[0]
)
gradient_comes_first = mutant(
    "The loss comes first, then the gradient.", gram_loss=lambda F, A: loss_of(F, A)[::-1]
)
gradient_as_a_table = mutant(
    "Your gradient is a table (HW, C). Bring it into the shape of the maps.",
    gram_loss=lambda F, A: (loss_of(F, A)[0], table(loss_of(F, A)[1])),
)


# Variants -----------------------------------------------------------------------------------------


@variant("einsum, float32")
def by_einsum(F):
    F = np.asarray(F, dtype=np.float32)
    F = F - F.mean(axis=(0, 1))
    return np.einsum("ija,ijb->ab", F, F) / (F.shape[0] * F.shape[1])


@variant("pixel by pixel")
def by_outer_products(F):
    H, W, C = F.shape
    mean = np.zeros(C)
    for i, j in np.ndindex(H, W):
        mean += F[i, j] / (H * W)
    G = np.zeros((C, C))
    for i, j in np.ndindex(H, W):
        G += np.outer(F[i, j] - mean, F[i, j] - mean)
    return G / (H * W)


@variant("moments: the mean of the products less the product of the means")
def by_moments(F):
    rows = np.asarray(F, dtype=float).reshape(-1, F.shape[-1])
    m = rows.mean(axis=0)
    return rows.T @ rows / len(rows) - np.outer(m, m)


def loss_in_float32(F, A):
    F, A = np.asarray(F).astype(np.float32), np.asarray(A).astype(np.float32)
    n = F.shape[0] * F.shape[1]
    C = F - F.mean(axis=(0, 1), keepdims=True)
    D = np.tensordot(C, C, axes=((0, 1), (0, 1))) / n - A
    return np.square(D).sum() / np.square(A).sum(), np.tensordot(C, D, axes=1) * np.float32(
        4 / (n * np.square(A).sum())
    )


def loss_by_both_sides(F, A):
    n = F.shape[0] * F.shape[1]
    G = by_outer(F)
    size = float((A * A).sum())
    back = 2 * (G - A) / size  # the gradient for G
    slope = np.einsum("ijb,ab->ija", F, (back + back.T) / n)
    return [float(((G - A) ** 2).sum() / size), slope - slope.mean(axis=(0, 1))]


def by_outer(F):
    return np.cov(F.reshape(-1, F.shape[-1]).T, bias=True).reshape(F.shape[-1], -1)


tensordot_in_float32 = variant("tensordot, float32", gram_loss=loss_in_float32)
both_sides = variant(
    "the gradient of both sides, less its mean; a list", gram_loss=loss_by_both_sides
)
