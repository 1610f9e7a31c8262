"""The visible checks of N.3."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.reference.attribution import affinities, embedding_gradient

from .oracles import wave

PRECISE = 3e-4  # of a perplexity, and of a p: the text asks for one part in 10,000
EQUAL = np.full((3, 3), 1 / 6) - np.eye(3) / 6
LINE = np.array([[0.0, 0], [1, 0], [-1, 0]])


def symmetric(rng, n):
    """A p for embed_step: symmetric, 0 on the diagonal, sums to 1."""
    p = rng.random(size=(n, n)) ** 3
    p = p + p.T
    np.fill_diagonal(p, 0)
    return p / p.sum()


def stepped(p, y, rate, kernel):
    return np.asarray(y, dtype=float) - rate * embedding_gradient(p, y, kernel)


def perplexities(p):
    p = np.asarray(p, dtype=float)
    return 2.0 ** -(p * np.log2(np.where(p > 0, p, 1))).sum(axis=1)


def compare(student, x, perplexity, says):
    """The student's affinities against the reference's; p may be off as far as the text allows."""
    got = as_numbers(student.affinities(x, perplexity))
    n = len(x)
    holds(got.shape == (n, n), f"{says} The shape is {got.shape}, expected {(n, n)}.")
    expected = affinities(x, perplexity)
    close(got, expected, says, given={"perplexity": perplexity}, rtol=0.01, atol=2e-4)
    close(
        perplexities(got),
        np.full(n, float(perplexity)),
        f"{says} The perplexity of each row.",
        rtol=PRECISE,
        constant=True,
    )


@check("contract")
def test_a_square_of_chances(student):
    """affinities(x, perplexity) returns an array (n, n)"""
    contract(student, "affinities", wave((7, 3)), 3.0, shape=(7, 7))


@check("contract")
def test_points_that_have_moved(student):
    """embed_step(p, y, rate, kernel) returns new points as a NumPy array, and leaves y as it is"""
    p = symmetric(np.random.default_rng(1), 5)
    for kernel in ("gaussian", "student"):
        contract(student, "embed_step", p, wave((5, 2)), 0.5, kernel, shape=(5, 2), array=True)


@check("hand")
def test_the_step_of_the_text(student):
    """The three points of the text, kernel "student", rate 2: the second one moves to 0.9"""
    close(
        student.embed_step(EQUAL, LINE, 2.0, "student"),
        [[0, 0], [0.9, 0], [-0.9, 0]],
        given={"p": EQUAL, "y": LINE},
        atol=1e-6,
    )


@check("hand")
def test_four_points_on_a_line(student):
    """Four points on a line: rows sum to 1, nobody chooses itself, near ones come first"""
    x = np.array([[0.0], [1.0], [3.0], [7.0]])
    got = as_numbers(student.affinities(x, 2.0))
    holds(got.shape == (4, 4), f"The shape is {got.shape}, expected (4, 4).")
    close(np.diag(got), np.zeros(4), "The diagonal.", atol=1e-9, constant=True)
    close(got.sum(axis=1), np.ones(4), "The sums of the rows.", given={"x": x}, constant=True)
    holds(got[0, 1] > got[0, 2] > got[0, 3], "Point 0 chooses point 1 most, and point 3 least.")


@check("probe")
def test_the_gaussian_step(student, rng):
    """Kernel "gaussian": w falls exponentially, and the gradient has no further factor"""
    p, y = symmetric(rng, 6), rng.normal(size=(6, 2))
    close(student.embed_step(p, y, 0.7, "gaussian"), stepped(p, y, 0.7, "gaussian"))


@check("probe")
def test_at_rest(student, rng):
    """Points whose q is p already stay where they are, for both kernels"""
    y = rng.normal(size=(5, 2))
    d = ((y[:, None] - y[None]) ** 2).sum(axis=-1)
    for kernel, w in (("gaussian", np.exp(-d)), ("student", 1 / (1 + d))):
        np.fill_diagonal(w, 0)
        close(student.embed_step(w / w.sum(), y, 3.0, kernel), y, f'Kernel "{kernel}".')


@check("property")
def test_the_perplexity_is_met(student, rng):
    """Every row has the perplexity that was asked for, at any scale of the codes"""
    x = rng.normal(size=(17, 3)) * rng.choice([0.1, 1, 4], size=(17, 1))
    for scale, perplexity in ((1.0, 5.0), (1e-4, 2.5), (1e4, 9)):
        compare(student, scale * x, perplexity, f"Codes of about {scale:g}.")


@check("oracle")
def test_steps_of_any_size(student, rng):
    """Steps with both kernels, rates and points of any size"""
    for n, scale, rate in ((7, 1.0, 10), (11, 0.01, 100.0), (5, 2.0, 0.3)):
        p, y = symmetric(rng, n), scale * rng.normal(size=(2, n)).T
        for kernel in ("student", "gaussian"):
            close(
                student.embed_step(p, y, rate, kernel),
                stepped(p, y, rate, kernel),
                f'{n} points, kernel "{kernel}", rate {rate}.',
            )


def of_points(student):
    x = wave((9, 2), 1.3)
    return [np.round(as_numbers(student.affinities(x, k)), 4) for k in (2.5, 5)]


def of_far_points(student):
    return np.round(as_numbers(student.affinities(1e4 * wave((7, 2), 1.3), 3)), 4)


def of_near_points(student):
    return np.round(as_numbers(student.affinities(1e-4 * wave((7, 2), 1.3), 3)), 4)


STEP = (symmetric(np.random.default_rng(2), 5), wave((5, 2)), 1.3)


PROBES = [
    of_points,
    of_far_points,
    of_near_points,
    ("embed_step", (*STEP, "gaussian")),
    ("embed_step", (*STEP, "student")),
]
