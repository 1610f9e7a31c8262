"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference.descent import stable_rate

from ..checks.max_stable_lr import distance_after, refuses_it, turned


@check("oracle")
def test_bowls_of_many_dimensions(student, rng):
    """The limit is right for bowls with any number of dimensions and any scale"""
    for d, scale in ((1, 0.01), (3, 1), (7, 100), (17, 3)):
        a = rng.normal(size=(d + 5, d))
        H = scale * a.T @ a
        close(student.max_stable_lr(H), stable_rate(H), f"{d} dimensions.")


@check("probe")
def test_bowls_that_are_turned(student, rng):
    """The limit is 2 over the largest curvature, however the bowl is turned"""
    for curvatures in rng.uniform(0.5, 5, size=(4, 5)):
        close(student.max_stable_lr(turned(curvatures, rng)), 2 / max(curvatures), "A turned bowl.")
    close(student.max_stable_lr(3 * np.eye(4)), 2 / 3, "A round bowl.")
    close(student.max_stable_lr(np.diag([2, 7, 4])), 2 / 7, "Whole numbers.")


@check()
def test_on_both_sides_of_the_limit(student, rng):
    """Gradient descent converges just below the limit and diverges just above it"""
    for d in (2, 5):
        H = turned(rng.uniform(1, 4, size=d), rng)
        limit = float(as_numbers(student.max_stable_lr(H)).reshape(-1)[0])
        w = rng.normal(size=d)
        below, above = (distance_after(1500, factor * limit, H, w) for factor in (0.98, 1.02))
        holds(below < 1e-3, "Just below your limit gradient descent should converge.", got=below)
        holds(above > 1e3, "Just above your limit gradient descent should diverge.", got=above)


@check("probe")
def test_no_bowls(student, rng):
    """A matrix that is not square, symmetric and positive definite raises ValueError"""
    refuses_it(student, rng.normal(size=(3, 5)), "H is not square.")
    bowl = turned([1.0, 2.0, 3.0], rng)
    skew = np.array([[0, 0.5, 0], [-0.5, 0, 0], [0, 0, 0]])
    refuses_it(student, bowl + skew, "H is not symmetric.")
    refuses_it(student, turned([2.0, -0.5, 3.0], rng), "H has an eigenvalue of −0.5.")
    refuses_it(student, -bowl, "All eigenvalues are negative.")
    refuses_it(student, np.diag([3.0, 0.0, 1.0]), "H has an eigenvalue of 0.")


@check("probe")
def test_rounding_passes(student, rng):
    """A difference from the transpose that is only rounding passes"""
    H = turned([1.0, 2.5, 4.0], rng)
    close(
        student.max_stable_lr(H * (1 + 1e-13 * rng.normal(size=H.shape))),
        0.5,
        "H and its transpose differ by rounding.",
    )


# Mutants ------------------------------------------------------------------------------------------


def checked(H):
    H = np.asarray(H, dtype=float)
    square = H.ndim == 2 and H.shape[0] == H.shape[1]
    if not square or not np.allclose(H, H.T) or np.linalg.eigvalsh(H)[0] <= 0:
        raise ValueError("H is not a bowl")
    return H


@mutant(
    "Your limit is 1/λ_max, where the steepest direction reaches 0 in one step. Gradient descent "
    "still converges, bouncing, up to twice that rate.",
)
def one_over_the_largest(H):
    return stable_rate(checked(H)) / 2


@mutant(
    "You divide by the smallest eigenvalue. The flattest direction would allow that rate, but the "
    "steepest diverges long before: the largest eigenvalue decides.",
)
def flattest_direction(H):
    return 2 / np.linalg.eigvalsh(checked(H))[0]


@mutant(
    "You take the largest entry of the diagonal for the largest eigenvalue. That is right only if the "
    "bowl's axes lie along the coordinates.",
)
def largest_of_the_diagonal(H):
    return 2 / np.max(np.diag(checked(H)))


@mutant(
    "You divide by the sum of the eigenvalues (the trace). Each direction shrinks or grows by itself; "
    "only the steepest counts.",
)
def trace(H):
    return 2 / np.trace(checked(H))


@mutant(
    "You divide by the root of the sum of all squares (the Frobenius norm), which is larger than "
    "the largest eigenvalue.",
)
def frobenius_norm(H):
    return 2 / np.sqrt(np.sum(checked(H) ** 2))


@mutant(
    "You divide by the largest row sum. That is only a bound: it is never below the largest eigenvalue "
    "and often above it.",
)
def largest_row_sum(H):
    return 2 / np.max(np.sum(np.abs(checked(H)), axis=1))


@mutant(
    "You accept a matrix that is not symmetric. eigvalsh reads only one half of it and does not "
    "notice: compare H with its transpose.",
)
def asymmetry_unnoticed(H):
    H = np.asarray(H, dtype=float)
    curvatures = np.linalg.eigvalsh(H) if H.ndim == 2 and H.shape[0] == H.shape[1] else [-1.0]
    if curvatures[0] <= 0:
        raise ValueError("H is not a bowl")
    return 2 / curvatures[-1]


@mutant(
    "You accept negative eigenvalues. There gradient descent leaves the saddle at any rate: raise "
    "ValueError.",
)
def saddles_pass(H):
    H = np.asarray(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("H is not symmetric")
    return 2 / np.abs(np.linalg.eigvalsh(H)).max()


@mutant(
    "You accept an eigenvalue of 0. Positive definite means above 0: in a level direction nothing "
    "shrinks.",
)
def level_directions_pass(H):
    H = np.asarray(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("H is not symmetric")
    curvatures = np.linalg.eigvalsh(H)
    if curvatures[0] < 0:
        raise ValueError("H is not a bowl")
    return 2 / curvatures[-1]


@mutant(
    "You never look at the signs of the eigenvalues. All eigenvalues of a bowl are above 0: raise "
    "ValueError for any other matrix.",
)
def signs_unnoticed(H):
    H = np.asarray(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("H is not symmetric")
    return 2 / np.linalg.eigvalsh(H)[-1]


@mutant(
    "You refuse a matrix that differs from its transpose only by rounding. Compare them with "
    "np.allclose.",
)
def rounding_refused(H):
    H = checked(H)
    if np.any(H != H.T):
        raise ValueError("H is not symmetric")
    return stable_rate(H)


# Variants -----------------------------------------------------------------------------------------


@variant("Cholesky, which raises LinAlgError, and the spectral norm")
def limit_by_cholesky(H):
    H = np.array(H, dtype=float)
    if len(set(H.shape)) != 1 or np.abs(H - H.T).max() > 1e-8 * np.abs(H).max():
        raise ValueError("not symmetric")
    np.linalg.cholesky(H)
    return 2 / np.linalg.norm(H, 2)


@variant("general eigenvalues, real parts")
def limit_by_general_eigenvalues(H):
    rows, columns = np.shape(H)
    if rows != columns:
        raise ValueError("not square")
    if not np.allclose(H, np.transpose(H), rtol=1e-6):
        raise ValueError("not symmetric")
    found = np.linalg.eigvals(H).real
    if not (found > 0).all():
        raise ValueError("not positive definite")
    return np.min(2 / found)


@variant("float32")
def limit_in_float32(H):
    H = np.asarray(H, dtype=np.float32)
    if H.ndim != 2 or H.shape != H.T.shape or not np.allclose(H, H.T):
        raise ValueError("not symmetric")
    found = np.linalg.eigvalsh(H)
    if found.min() <= 1e-7 * np.abs(found).max():
        raise ValueError("not positive definite")
    return np.float32(2) / found.max()


@variant("power iteration, on the matrix and on its mirror image")
def limit_by_power_iteration(H):
    H = np.asarray(H, dtype=float)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("not symmetric")

    def largest(M):
        power = M
        for _ in range(40):  # M to the power of 2⁴⁰
            power = power @ power
            power /= np.linalg.norm(power)
        w = power @ np.random.default_rng(0).normal(size=len(M))
        return w @ M @ w / (w @ w)

    bound = np.abs(H).sum(axis=1).max() + 1  # at least every |λ|, plus 1
    top = largest(H + bound * np.eye(len(H))) - bound
    bottom = bound - largest(bound * np.eye(len(H)) - H)
    if bottom <= 1e-9 * bound:
        raise ValueError("not positive definite")
    return 2 / top
