"""The visible checks of N.6."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import Mismatch, as_numbers, show
from nablab.reference.descent import stable_rate
from nablab.sandbox.student import StudentError

ROUNDED = np.array([[3.0, 1.0], [1.0 + 1e-13, 3.0]])  # symmetric except for rounding


def turned(curvatures, rng):
    """A bowl with these curvatures along its own axes, which point in random directions."""
    q, _ = np.linalg.qr(rng.normal(size=(len(curvatures),) * 2))
    H = q @ np.diag(curvatures) @ q.T
    return (H + H.T) / 2


def refuses_it(student, H, what):
    """The student's function raises ValueError, or a kind of it such as NumPy's LinAlgError."""
    try:
        got = student.max_stable_lr(H)
    except StudentError as error:
        if error.type_name in ("ValueError", "LinAlgError"):
            return
        raise Mismatch(
            f"{what} It raised {error.type_name} instead of ValueError.", given={"H": H}
        ) from None
    raise Mismatch(
        f"{what} It should raise ValueError, but returned {show(got)}.", got=got, given={"H": H}
    )


def distance_after(steps, rate, H, w):
    """The distance from the minimum after gradient descent from w, as a multiple of the first."""
    with np.errstate(all="ignore"):
        after = np.linalg.matrix_power(np.eye(len(H)) - rate * H, steps) @ w
        return float(np.linalg.norm(after) / np.linalg.norm(w))


@check("contract")
def test_a_rate_for_a_bowl(student):
    """max_stable_lr takes a matrix and returns one number"""
    contract(student, "max_stable_lr", np.array([[2.0, 0.5], [0.5, 1.0]]), shape=())


@check("hand")
def test_the_bowls_of_the_text(student):
    """The two bowls of the text have the limits 0.2 and 0.5"""
    for H, right in (([[1, 0], [0, 10]], 0.2), ([[3, 1], [1, 3]], 0.5)):
        close(student.max_stable_lr(np.array(H)), right, given={"H": np.array(H)})


@check("probe")
def test_turning_a_bowl_changes_nothing(student, rng):
    """The limit does not depend on how the bowl is turned, and the steepest direction decides"""
    for curvatures in ((0.5, 2.0, 8.0), (0.25, 0.5, 3.0, 3.0, 5.0)):
        H = turned(curvatures, rng)
        close(
            student.max_stable_lr(H),
            2 / max(curvatures),
            f"Along its own axes this bowl has the curvatures {curvatures}.",
            given={"H": H},
        )


@check("probe")
def test_what_is_no_bowl_is_refused(student):
    """A matrix that is not square, symmetric and a bowl raises ValueError; rounding passes"""
    refuses_it(student, np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), "H is not square.")
    refuses_it(student, np.array([[2.0, 1.0], [0.0, 2.0]]), "H is not symmetric.")
    refuses_it(student, np.array([[1.0, 0.0], [0.0, -3.0]]), "H has the eigenvalue −3.")
    refuses_it(student, np.array([[1.0, 2.0], [2.0, 1.0]]), "H has the eigenvalues 3 and −1.")
    refuses_it(student, np.array([[4.0, 0.0], [0.0, 0.0]]), "H is level in one direction.")
    says = "H and its transpose differ by 1e-13: that is only rounding, and should pass."
    try:
        got = student.max_stable_lr(ROUNDED)
    except StudentError as error:
        raise Mismatch(f"{says} It raised {error.type_name}.", given={"H": ROUNDED}) from None
    close(got, 0.5, says, given={"H": ROUNDED})


@check()
def test_just_below_converges_and_just_above_diverges(student, rng):
    """Just below the limit gradient descent converges, just above it diverges"""
    H = turned((1.0, 2.0, 4.5), rng)
    limit = float(as_numbers(student.max_stable_lr(H)).reshape(-1)[0])
    w = rng.normal(size=3) + 1
    for factor, grows in ((0.98, False), (1.02, True)):
        length = distance_after(1000, factor * limit, H, w)
        holds(
            (length > 1e3) if grows else (length < 1e-3),
            f"After 1000 steps at {factor} times your limit the distance from the minimum is "
            f"{length:.2g} times as large as at the start.",
            got=limit,
            expected=stable_rate(H),
            given={"H": H},
        )


@check("oracle")
def test_bowls_of_any_size(student, rng):
    """The limit is right for bowls with any number of dimensions"""
    for d in (1, 2, 5, 11):
        a = rng.normal(size=(d + 3, d))
        H = a.T @ a
        close(student.max_stable_lr(H), stable_rate(H), f"{d} dimensions.", given={"H": H})


def probe_limits(student):
    """The limits of some matrices, or the name of the error."""
    bowls = [[3, 1], [1, 2]], np.diag([5, 1, 2])
    others = [[1, 2], [2, 1]], [[-1, 0], [0, -4]], [[2, 1], [0, 2]], [[4, 0], [0, 0]], ROUNDED
    said = []
    for H in (*bowls, *others):
        try:
            said.append(student.max_stable_lr(np.array(H, dtype=float)))
        except StudentError as error:
            said.append(error.type_name)
    return said


PROBES = [probe_limits]
