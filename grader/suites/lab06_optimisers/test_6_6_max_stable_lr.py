"""Hidden checks of 6.6."""

import numpy as np

from nablab.checking import Mismatch, close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.descent import stable_rate
from nablab.sandbox.student import StudentError


def turned(curvatures, rng):
    q, _ = np.linalg.qr(rng.normal(size=(len(curvatures),) * 2))
    H = q @ np.diag(curvatures) @ q.T
    return (H + H.T) / 2


def refuses_it(student, H, what):
    try:
        student.max_stable_lr(H)
    except StudentError as error:
        if error.type_name in ("ValueError", "LinAlgError"):
            return
        raise Mismatch(f"{what} It raised {error.type_name} in place of ValueError.") from None
    raise Mismatch(f"{what} It should raise ValueError.")


@exercise("6.6", stage="oracle")
def test_bowls_of_many_dimensions(student, rng):
    """Bowls of any number of dimensions and any scale"""
    for d, scale in ((1, 0.01), (3, 1), (7, 100), (17, 3)):
        a = rng.normal(size=(d + 5, d))
        H = scale * a.T @ a
        close(student.max_stable_lr(H), stable_rate(H), f"{d} dimensions.")


@exercise("6.6", stage="probe")
def test_bowls_that_are_turned(student, rng):
    """The limit is 2 over the largest curvature, however the bowl is turned"""
    for curvatures in rng.uniform(0.5, 5, size=(4, 5)):
        close(student.max_stable_lr(turned(curvatures, rng)), 2 / max(curvatures), "A turned bowl.")
    close(student.max_stable_lr(3 * np.eye(4)), 2 / 3, "A round bowl.")
    close(student.max_stable_lr(np.diag([2, 7, 4])), 2 / 7, "Whole numbers.")


@exercise("6.6")
def test_on_both_sides_of_the_limit(student, rng):
    """Gradient descent converges just below the limit and diverges just above it"""
    for d in (2, 5):
        H = turned(rng.uniform(1, 4, size=d), rng)
        limit = float(as_numbers(student.max_stable_lr(H)).reshape(-1)[0])
        w = rng.normal(size=d)
        lengths = []
        for factor in (0.98, 1.02):
            with np.errstate(all="ignore"):
                after = np.linalg.matrix_power(np.eye(d) - factor * limit * H, 1500) @ w
                lengths.append(float(np.linalg.norm(after) / np.linalg.norm(w)))
        holds(lengths[0] < 1e-3, "Just below the limit it should converge.", got=lengths[0])
        holds(lengths[1] > 1e3, "Just above the limit it should diverge.", got=lengths[1])


@exercise("6.6", stage="probe")
def test_no_bowls(student, rng):
    """ValueError for what is not square, not symmetric or not positive definite"""
    refuses_it(student, rng.normal(size=(3, 5)), "H is not square.")
    bowl = turned([1.0, 2.0, 3.0], rng)
    skew = np.array([[0, 0.5, 0], [-0.5, 0, 0], [0, 0, 0]])
    refuses_it(student, bowl + skew, "H is not symmetric.")
    refuses_it(student, turned([2.0, -0.5, 3.0], rng), "H has an eigenvalue of −0.5.")
    refuses_it(student, -bowl, "All eigenvalues are negative.")
    refuses_it(student, np.diag([3.0, 0.0, 1.0]), "H has an eigenvalue of 0.")


@exercise("6.6", stage="probe")
def test_rounding_passes(student, rng):
    """A difference from the transpose that is only rounding passes"""
    H = turned([1.0, 2.5, 4.0], rng)
    close(student.max_stable_lr(H * (1 + 1e-13 * rng.normal(size=H.shape))), 0.5, "But rounding.")
