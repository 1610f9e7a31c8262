"""The visible checks of N.2."""

import numpy as np

from nablab.checking import check, close, contract, holds, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.adversarial import worst_margin

W, B, X = np.array([1.0, -3]), 0.5, np.array([[2.0, 0]])


def needed(w, b, x):
    """The smallest eps, by the formula of the text."""
    w, x = np.asarray(w, dtype=float), np.asarray(x, dtype=float)
    return np.maximum(x @ w + b, 0) / np.abs(w).sum()


def tolerance(w, b, x, eps=0.0):
    return rounding(lambda w, x: np.abs(x @ w) + abs(b) + eps * np.abs(w).sum(), w, x)


def margins(rng, n, size):
    """A classifier and images, of which about every other one is read right."""
    w, b = rng.normal(size=size) * 2, float(rng.normal())
    x = rng.normal(size=(n, size))
    x -= np.outer((x @ w + b - rng.uniform(-3, 3, n)) / (w @ w), w)
    return w, b, x


@check("contract")
def test_one_number_for_each_image(student):
    """Both functions return one number for each image, and leave what they are given"""
    w, b, x = margins(np.random.default_rng(2), 5, 7)
    contract(student, "worst_case_linear", w, b, x, 0.1, shape=(5,))
    contract(student, "smallest_eps", w, b, x, shape=(5,))


@check("hand")
def test_the_classifier_of_the_text(student):
    """The image of the text has the worst margin 0.5, and ε = 0.625 turns the answer"""
    given = {"w": W, "b": B, "x": X}
    close(student.worst_case_linear(W, B, X, 0.5), [0.5], "At eps 0.5.", given=given)
    close(student.smallest_eps(W, B, X), [0.625], given=given)


@check("probe")
def test_one_weight_at_a_time(student):
    """With one weight that is not 0 the margin falls by eps times its size, whatever its sign"""
    for place, weight in ((0, 4.0), (1, -4.0), (2, 0.5)):
        w = np.zeros(3)
        w[place] = weight
        x = np.array([[1.0, -2, 3], [-3, 1, 2]])
        given = {"w": w, "x": x}
        close(
            student.worst_case_linear(w, 0.25, x, 0.125),
            x @ w + 0.25 - 0.125 * abs(weight),
            given=given,
        )


@check("probe")
def test_without_any_change(student, rng):
    """With eps 0 it is the margin itself, also where it is negative"""
    w, b, x = margins(rng, 9, 5)
    close(
        student.worst_case_linear(w, b, x, 0.0), x @ w + b, atol=tolerance(w, b, x),
        given={"w": w, "b": b, "x": x},
    )  # fmt: skip


@check("probe")
def test_images_that_are_wrong_already(student, rng):
    """An image that is read wrong already needs no change: its smallest eps is 0"""
    w, b, x = margins(rng, 12, 4)
    w, x = np.append(w, 1.0), np.hstack([x, np.zeros((12, 1))])
    x[0, -1] = -(x[0] @ w + b)  # a margin of 0
    expected = needed(w, b, x)
    close(
        student.smallest_eps(w, b, x), expected, atol=tolerance(w, b, x) / np.abs(w).sum(),
        given={"w": w, "b": b, "x": x},
    )  # fmt: skip


@check()
def test_no_change_within_eps_does_more(student, rng):
    """Of a thousand random changes within eps none gets below the worst margin, and the worst one
    reaches it"""
    w, b, x = margins(rng, 3, 6)
    worst = as_numbers(student.worst_case_linear(w, b, x, 0.3)).ravel()
    changes = rng.uniform(-0.3, 0.3, (1000, 1, 6)) * 0.999
    changes[-1] = -0.3 * np.sign(w)
    tried = (x + changes) @ w + b
    holds(
        worst.shape == (3,) and np.all(tried.min(axis=0) >= worst - 1e-5 * np.abs(w).sum()),
        "A change within eps gives a smaller margin than the one that you call the worst.",
        got=worst,
        expected=tried.min(axis=0),
    )
    close(worst, tried.min(axis=0), "The worst change reaches:", atol=tolerance(w, b, x, 0.3))


@check("oracle")
def test_any_classifier(student, rng):
    """Classifiers and images of any size"""
    for n, size, eps in ((4, 11, 0.05), (1, 2, 0.7), (7, 64, 0.01)):
        w, b, x = margins(rng, n, size)
        given = {"w": w, "b": b, "x": x}
        close(
            student.worst_case_linear(w, b, x, eps),
            worst_margin(w, b, x, eps),
            f"{n} images of {size} pixels, eps {eps}.",
            atol=tolerance(w, b, x, eps),
            given=given,
        )
        close(
            student.smallest_eps(w, b, x),
            needed(w, b, x),
            f"{n} images of {size} pixels.",
            atol=tolerance(w, b, x) / np.abs(w).sum(),
            given=given,
            constant=True,
        )


ROWS = np.array([[1.0, 2, -1, 0.5], [3, 0, 1, -1], [0, 0, 0, 0.0]])
FIXED = (np.array([2.0, -1, 0.5, -4]), 0.75, ROWS)
PROBES = [
    ("worst_case_linear", (*FIXED, 0.25)),
    ("worst_case_linear", (FIXED[0], -3.0, FIXED[2], 0.5)),
    ("smallest_eps", FIXED),
    ("smallest_eps", (FIXED[0], -3.0, FIXED[2])),
]
