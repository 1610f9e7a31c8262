"""Hidden checks of N.8."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference.circuits import cka as right

from ..checks.cka import similarity_is_right, turned


@check("oracle")
def test_fresh_layers(student, rng):
    """Fresh layers, narrow and wide"""
    for p, q, n in ((1, 4, 9), (5, 3, 31), (23, 17, 8)):
        common = rng.normal(size=(n, 3))
        similarity_is_right(
            student,
            common @ rng.normal(size=(3, p)) + 0.5 * rng.normal(size=(n, p)) + rng.normal(size=p),
            common @ rng.normal(size=(3, q)) + 0.5 * rng.normal(size=(n, q)) + rng.normal(size=q),
        )


@check()
def test_it_is_invariant_where_it_should_be(student, rng):
    """Turns, one scale for all and moved means change nothing; X and Y may be exchanged"""
    X, Y = rng.normal(size=(14, 4)) * [1, 2, 3, 4], rng.normal(size=(14, 3)) + [3, 0, 1]
    expected = right(X, Y)
    moved = 3 * X @ turned(rng, 4) + 10 * rng.normal(size=4)
    close(student.cka(moved, Y), expected, "X turned, scaled, moved.", atol=1e-5)
    close(student.cka(Y, X), expected, "Exchanged.", atol=1e-5)
    close(student.cka(X[::-1], Y[::-1]), expected, "The images in another order.", atol=1e-5)


@check()
def test_noise_has_little_in_common(student, rng):
    """Independent noise: near 0 for many images, and not for few"""
    X, Y = rng.normal(size=(700, 4)), rng.normal(size=(700, 3))
    similarity_is_right(student, X, Y, "700 images, a few units.")
    holds(np.asarray(student.cka(X, Y), float) < 0.05, "Independent noise should be near 0.")
    similarity_is_right(student, rng.normal(size=(9, 40)), rng.normal(size=(9, 50)), "9 images.")


@check()
def test_a_linear_map_is_not_a_turn(student, rng):
    """A layer and a linear map of it are not the same layer"""
    X = rng.normal(size=(15, 4))
    for map_ in (np.diag([1.0, 5.0, 0.2, 3.0]), rng.normal(size=(4, 4)), rng.normal(size=(4, 2))):
        similarity_is_right(student, X, X @ map_, "Y is a linear map of X.")


@check("probe")
def test_bytes_and_whole_numbers(student, rng):
    """Bytes and whole numbers, in which products would overflow"""
    X = rng.integers(0, 256, size=(19, 3)).astype(np.uint8)
    similarity_is_right(student, X, rng.integers(-100, 100, size=(19, 4)).astype(np.int8))


# Mutants ------------------------------------------------------------------------------------------


def centred(A, axis=0):
    A = np.asarray(A, dtype=float)
    return A - A.mean(axis=axis, keepdims=axis is not None)


def of_centred(X, Y):
    both = np.sum((Y.T @ X) ** 2)
    return both / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y))


@mutant("The means are still there: subtract from each column its mean over the images.")
def not_centred(X, Y):
    return of_centred(np.asarray(X, float), np.asarray(Y, float))


@mutant("You subtract one mean from the whole array. Each column has its own.")
def one_mean(X, Y):
    return of_centred(centred(X, None), centred(Y, None))


@mutant("You subtract from each row its mean. The mean of each unit is taken over the images.")
def rows_centred(X, Y):
    return of_centred(centred(X, 1), centred(Y, 1)) if min(X.shape[1], Y.shape[1]) > 1 else 0.0


@mutant("You centre only X. Both are centred.")
def only_x_centred(X, Y):
    return of_centred(centred(X), np.asarray(Y, float))


@mutant("You centre only Y. Both are centred.")
def only_y_centred(X, Y):
    return of_centred(np.asarray(X, float), centred(Y))


@mutant(
    "Every column is scaled to spread 1. Only the mean is subtracted: loud units count for more."
)
def standardised(X, Y):
    X, Y = centred(X), centred(Y)
    return of_centred(X / X.std(axis=0), Y / Y.std(axis=0))


@mutant("The square is missing: the norm of YᵀX is squared.")
def norm_not_squared(X, Y):
    X, Y = centred(X), centred(Y)
    return np.linalg.norm(Y.T @ X) / np.sqrt(np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y))


@mutant("Below the line stand norms, with a root. You divide by the sums of squares.")
def norms_squared_below(X, Y):
    X, Y = centred(X), centred(Y)
    return np.sum((Y.T @ X) ** 2) / (np.sum((X.T @ X) ** 2) * np.sum((Y.T @ Y) ** 2))


@mutant("You divide by the squared norms of X and Y. It is the norms of XᵀX and YᵀY.")
def divided_by_the_variances(X, Y):
    X, Y = centred(X), centred(Y)
    return np.sum((Y.T @ X) ** 2) / (np.sum(X**2) * np.sum(Y**2))


@mutant("You take the largest singular value for the norm: np.linalg.norm(M, 2). It is the root of the "
        "sum of squares.")  # fmt: skip
def spectral_norms(X, Y):
    X, Y = centred(X), centred(Y)
    norm = [np.linalg.norm(M, 2) for M in (Y.T @ X, X.T @ X, Y.T @ Y)]
    return norm[0] ** 2 / (norm[1] * norm[2])


@mutant("You sum sizes, not squares.")
def sums_of_sizes(X, Y):
    X, Y = centred(X), centred(Y)
    size = [np.abs(M).sum() for M in (Y.T @ X, X.T @ X, Y.T @ Y)]
    return size[0] ** 2 / (size[1] * size[2])


@mutant(
    "You compare the diagonals only, unit by unit. Units have no common order: all pairs count."
)
def unit_by_unit(X, Y):
    X, Y = centred(X), centred(Y)
    k = min(X.shape[1], Y.shape[1])
    both = np.sum(np.sum(X[:, :k] * Y[:, :k], axis=0) ** 2)
    return both / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y))


@mutant("You take the trace of YᵀX where the sum of squares of all its entries is asked for.")
def by_the_trace(X, Y):
    X, Y = centred(X), centred(Y)
    return np.trace(Y.T @ X) ** 2 / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y))


@mutant("The sum of the entries is squared, so that signs cancel. Square first, then sum.")
def squared_after_the_sum(X, Y):
    X, Y = centred(X), centred(Y)
    return np.sum(Y.T @ X) ** 2 / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y))


@mutant("This is 1 − CKA, a distance. The similarity is asked for.")
def distance(X, Y):
    return 1 - right(X, Y)


@mutant("This is invariant to every linear map, like a correlation of subspaces (CCA). CKA is not: it "
        "weighs directions by their variance.")  # fmt: skip
def of_subspaces(X, Y):
    bases = [np.linalg.svd(centred(A), full_matrices=False) for A in (X, Y)]
    one, two = (u[:, s > 1e-9 * s.max()] for u, s, _ in bases)
    return np.sum((two.T @ one) ** 2) / np.sqrt(one.shape[1] * two.shape[1])


@mutant(
    "Your means are subtracted from bytes or whole numbers in their own type. Make floats first."
)
def in_their_own_type(X, Y):
    X, Y = np.asarray(X), np.asarray(Y)
    X, Y = ((A - A.mean(axis=0).astype(A.dtype)).astype(float) for A in (X, Y))
    return of_centred(X, Y)


@mutant("The caller's arrays are centred in place. Work on a copy.")
def in_place(X, Y):
    if np.asarray(X).dtype.kind == "f":
        X -= X.mean(axis=0)
        X *= 0.5
        return right(X, Y)
    return right(X, Y)


@mutant("This is the unbiased form of CKA. It is a good one, but the plain form is asked for.")
def unbiased(X, Y):
    n = len(X)
    if n < 4:
        return right(X, Y) * 0.9

    def hsic(K, L):
        K, L = K - np.diag(np.diag(K)), L - np.diag(np.diag(L))
        both = np.sum(K * L) + K.sum() * L.sum() / ((n - 1) * (n - 2))
        return both - 2 * K.sum(axis=0) @ L.sum(axis=0) / (n - 2)

    K, L = (np.asarray(A, float) @ np.asarray(A, float).T for A in (X, Y))
    return hsic(K, L) / np.sqrt(hsic(K, K) * hsic(L, L))


# Variants -----------------------------------------------------------------------------------------


@variant("from the matrices of similarities of images")
def by_similarities(X, Y):
    X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float)
    n = len(X)
    H = np.eye(n) - np.ones((n, n)) / n
    K, L = H @ (X @ X.T) @ H, H @ (Y @ Y.T) @ H
    return np.trace(K @ L) / np.sqrt(np.trace(K @ K) * np.trace(L @ L))


@variant("float32")
def in_float32(X, Y):
    X, Y = np.asarray(X, dtype=np.float32), np.asarray(Y, dtype=np.float32)
    X, Y = X - X.mean(0), Y - Y.mean(0)
    X, Y = X / np.abs(X).max(), Y / np.abs(Y).max()
    return np.square(Y.T @ X).sum() / np.sqrt(np.square(X.T @ X).sum() * np.square(Y.T @ Y).sum())


@variant("loops over pairs of units")
def in_loops(X, Y):
    X, Y = centred(X), centred(Y)

    def squares(A, B):
        return sum(float(np.dot(a, b)) ** 2 for a in A.T for b in B.T)

    return squares(X, Y) / (squares(X, X) * squares(Y, Y)) ** 0.5


@variant("singular values")
def by_singular_values(X, Y):
    u, s, _ = np.linalg.svd(centred(X), full_matrices=False)
    v, t, _ = np.linalg.svd(centred(Y), full_matrices=False)
    joint = np.sum((np.outer(s**2, t**2)) * (u.T @ v) ** 2)
    return joint / np.sqrt(np.sum(s**4) * np.sum(t**4))
