"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference.adversarial import worst_margin

from ..checks.worst_case_linear import margins, needed, tolerance


@check("oracle")
def test_fresh_classifiers(student, rng):
    """Classifiers and images of any size, right and wrong ones"""
    for n, size, eps in ((5, 13, 0.2), (3, 1, 0.4), (11, 100, 0.02), (1, 6, 1.5)):
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


@check()
def test_the_two_functions_fit(student, rng):
    """At the smallest eps of an image that is read right its worst margin is 0"""
    w, b, x = margins(rng, 8, 9)
    x = x[x @ w + b > 0.2]
    eps = as_numbers(student.smallest_eps(w, b, x)).ravel()
    worst = [
        float(np.ravel(as_numbers(student.worst_case_linear(w, b, x[[n]], float(e))))[0])
        for n, e in enumerate(eps)
    ]
    close(worst, np.zeros(len(x)), "The worst margins:", atol=1e-4, constant=True)
    close(eps, needed(w, b, x), atol=tolerance(w, b, x), constant=True)


@check("probe")
def test_numbers_of_every_kind(student, rng):
    """Whole numbers, bytes and transposed views are welcome, and stay as they are"""
    w, b = np.array([3, -2, 0, 5, -1]), 4
    for x in (
        rng.integers(-5, 6, (3, 5)),
        rng.integers(0, 256, (3, 5)).astype(np.uint8),
        rng.normal(size=(5, 3)).T,
    ):
        given = {"w": w, "b": b, "x": x}
        close(
            left_alone(student, "worst_case_linear", w, b, x, 0.5),
            worst_margin(w, b, x, 0.5),
            f"Images of {x.dtype}.",
            atol=tolerance(w, b, x, 0.5),
            given=given,
        )
        close(
            left_alone(student, "smallest_eps", w, b, x),
            needed(w, b, x),
            f"Images of {x.dtype}.",
            atol=tolerance(w, b, x),
            given=given,
            constant=True,
        )


@check("probe")
def test_scaling_the_classifier(student, rng):
    """Three times the weights and the bias give three times the worst margin and the same eps"""
    w, b, x = margins(rng, 6, 5)
    close(
        student.worst_case_linear(3 * w, 3 * b, x, 0.1),
        3 * worst_margin(w, b, x, 0.1),
        atol=3 * tolerance(w, b, x, 0.1),
    )
    close(
        student.smallest_eps(3 * w, 3 * b, x), needed(w, b, x), atol=tolerance(w, b, x),
        constant=True,
    )  # fmt: skip


# Mutants ------------------------------------------------------------------------------------------


def margin(w, b, x):
    return np.asarray(x, float) @ np.asarray(w, float) + b


def falling_by(of):
    return lambda w, b, x, eps: margin(w, b, x) - eps * of(np.asarray(w, float))


def l1(w):
    return np.abs(np.asarray(w, float)).sum()


best_case = mutant(
    "You add ε‖w‖₁. That is the best case; the worst one subtracts it.",
    worst_case_linear=lambda w, b, x, eps: margin(w, b, x) + eps * l1(w),
)
euclidean = mutant(
    "You take the Euclidean length of w. A bound on each pixel needs the sum of |w|.",
    worst_case_linear=falling_by(lambda w: np.sqrt(np.sum(w**2))),
)
weights_cancel = mutant(
    "You add up the weights with their signs, so that they cancel. Every pixel moves against its own "
    "weight: add up |w|.",
    worst_case_linear=falling_by(np.sum),
)
sum_then_size = mutant(
    "You take the absolute value of the sum. Take the sum of the absolute values.",
    worst_case_linear=falling_by(lambda w: abs(np.sum(w))),
)
one_pixel = mutant(
    "Only the pixel with the largest weight moves in yours. All of them may.",
    worst_case_linear=falling_by(lambda w: np.abs(w).max()),
)
mean_weight = mutant(
    "You take the mean of |w|. It is the sum: the changes of all pixels add up.",
    worst_case_linear=falling_by(lambda w: np.abs(w).mean()),
)
positive_weights = mutant(
    "Only pixels with a positive weight move in yours. Those with a negative one rise.",
    worst_case_linear=falling_by(lambda w: np.maximum(w, 0).sum()),
)
squares = mutant(
    "You add up the squares of w. It is the absolute values.",
    worst_case_linear=falling_by(lambda w: np.sum(w**2)),
)
twice = mutant(
    "You subtract 2ε‖w‖₁. A pixel can move by eps, not from one end of the ball to the other.",
    worst_case_linear=falling_by(lambda w: 2 * np.abs(w).sum()),
)
without_bias = mutant(
    "The bias is missing from the worst margin.",
    worst_case_linear=lambda w, b, x, eps: margin(w, 0, x) - eps * l1(w),
)
bias_moves = mutant(
    "You let the bias change too. Only pixels do.",
    worst_case_linear=lambda w, b, x, eps: margin(w, b, x) - eps * (l1(w) + abs(b)),
)
not_below_zero = mutant(
    "You cut the worst margin off at 0. It may be negative: then the answer has turned.",
    worst_case_linear=lambda w, b, x, eps: np.maximum(margin(w, b, x) - eps * l1(w), 0),
)
size_of_the_margin = mutant(
    "You take the absolute value of the margin. A negative one says that the answer is wrong already.",
    worst_case_linear=lambda w, b, x, eps: np.abs(margin(w, b, x)) - eps * l1(w),
)
no_change_at_all = mutant(
    "This is the margin of the clean images: eps plays no part.",
    worst_case_linear=lambda w, b, x, eps: margin(w, b, x),
)
worst_of_all = mutant(
    "You return the worst margin of all images. Each image has its own.",
    worst_case_linear=lambda w, b, x, eps: np.full(len(x), np.min(margin(w, b, x) - eps * l1(w))),
)

eps_of_the_size = mutant(
    "Images that are read wrong already need no change: their smallest eps is 0, not |m|/‖w‖₁.",
    smallest_eps=lambda w, b, x: np.abs(margin(w, b, x)) / l1(w),
)
eps_below_zero = mutant(
    "Your smallest eps may be negative. It is 0 for images that are read wrong already.",
    smallest_eps=lambda w, b, x: margin(w, b, x) / l1(w),
)
eps_by_length = mutant(
    "You divide by the Euclidean length of w, which is the distance to the border as one walks. Here "
    "every pixel may move by eps: divide by the sum of |w|.",
    smallest_eps=lambda w, b, x: (
        np.maximum(margin(w, b, x), 0) / np.sqrt(np.sum(np.square(np.asarray(w, float))))
    ),
)
eps_without_bias = mutant(
    "The bias is missing from your smallest eps.",
    smallest_eps=lambda w, b, x: np.maximum(margin(w, 0, x), 0) / l1(w),
)
eps_by_the_sum = mutant(
    "You divide by the absolute value of the sum of w. Divide by the sum of |w|.",
    smallest_eps=lambda w, b, x: np.maximum(margin(w, b, x), 0) / abs(np.sum(w)),
)
eps_upside_down = mutant(
    "Your fraction is upside down: the margin is above, ‖w‖₁ below.",
    smallest_eps=lambda w, b, x: np.where(
        margin(w, b, x) > 0, l1(w) / np.where(margin(w, b, x) > 0, margin(w, b, x), 1), 0
    ),
)
eps_of_the_largest = mutant(
    "You divide by the largest |w|, as if only one pixel moved.",
    smallest_eps=lambda w, b, x: np.maximum(margin(w, b, x), 0) / np.abs(w).max(),
)
eps_not_divided = mutant(
    "This is the margin. Divide it by ‖w‖₁ to get an eps.",
    smallest_eps=lambda w, b, x: np.maximum(margin(w, b, x), 0),
)


# Variants -----------------------------------------------------------------------------------------


def by_the_worst_change(w, b, x, eps):
    w = np.asarray(w, dtype=np.float32)
    return (np.asarray(x, np.float32) - np.float32(eps) * np.sign(w)) @ w + np.float32(b)


def eps_in_float32(w, b, x):
    w, x = np.asarray(w, np.float32), np.asarray(x, np.float32)
    return np.clip(x @ w + np.float32(b), 0, None) / np.linalg.norm(w, ord=1)


def by_loops(w, b, x, eps):
    found = []
    for image in x:
        total = float(b)
        for pixel, weight in zip(image, w, strict=True):
            total += min(float(weight) * (float(pixel) - eps), float(weight) * (float(pixel) + eps))
        found.append(total)
    return found


def eps_by_loops(w, b, x):
    size = sum(abs(float(weight)) for weight in w)
    found = []
    for image in x:
        m = float(b) + sum(float(p) * float(v) for p, v in zip(image, w, strict=True))
        found.append(m / size if m > 0 else 0)
    return found


def by_einsum(w, b, x, eps):
    w = np.array(w, dtype=float)
    return (
        np.einsum("nd,d->n", np.array(x, dtype=float), w)
        + b
        - np.dot(np.abs(w), np.full(len(w), eps))
    )


def eps_where(w, b, x):
    m = np.dot(np.array(x, dtype=float), np.array(w, dtype=float)) + b
    return np.where(m > 0, m / np.sum(np.abs(np.array(w, dtype=float))), 0.0)


the_change_itself = variant(
    "the worst change itself, in float32",
    worst_case_linear=by_the_worst_change,
    smallest_eps=eps_in_float32,
)
loops = variant("plain loops and lists", worst_case_linear=by_loops, smallest_eps=eps_by_loops)
einsum = variant("einsum and where", worst_case_linear=by_einsum, smallest_eps=eps_where)
