"""The visible checks of 6.8."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import check, close, equal, holds, models
from nablab.checking.expect import as_numbers, show
from nablab.reference.descent import range_test, stable_rate
from nablab.sandbox.student import parameters

RATES = np.geomspace(1e-4, 10, 51)


SGD = {"kind": "SGD", "learning_rate": 0.01}


def measured(student, model_fn, x, y):
    return parts_of(student.lr_range_test(model_fn, x, y))


def parts_of(got):
    """The student's rates, losses and suggestion: two arrays of one length, and a number."""
    holds(
        isinstance(got, (tuple, list)) and len(got) == 3,
        f"Return three things, `return lrs, losses, suggested`, not {show(got)}.",
        got=got,
    )
    lrs, losses = as_numbers(got[0], says="The rates:"), as_numbers(got[1], says="The losses:")
    suggested = as_numbers(got[2], says="The suggested rate:")
    holds(
        lrs.ndim == 1 and lrs.shape == losses.shape and len(lrs) > 0,
        f"There should be a loss for every rate: the rates have the shape {lrs.shape} and the "
        f"losses {losses.shape}.",
        got=losses,
    )
    holds(suggested.shape == (), "The suggestion should be one number.", got=got[2])
    return lrs.astype(float), losses.astype(float), float(suggested)


def linear(student, inputs, use_bias=True):
    """A function that makes a linear layer with the weights 1 and the bias 0."""
    layer = {"kind": "Dense", "units": 1, "use_bias": use_bias, "kernel_initializer": "ones"}
    return models.maker(student, (inputs,), [layer], SGD, "mean_squared_error")


def known_test(problem, start, rng):
    """The range test in double precision: its rates, its losses, and how many of the losses are
    known. None if the number of losses depends on rounding, or the smallest is not known.

    At the largest rates rounding decides: a change of the weights by some 1e-6 is blown up at every
    step. Only the losses before that are known.
    """
    rates, losses = range_test(problem, start, RATES)

    def shaken(w):
        return problem(w * (1 + 3e-6 * rng.normal(size=w.shape)))

    others = [range_test(shaken, start, RATES)[1] for _ in range(4)]
    others += [range_test(problem, start, RATES, stop)[1] for stop in (3.6, 4.4)]
    if any(len(other) != len(losses) for other in others):
        return None
    apart = [~np.isclose(other, losses, rtol=0.01) for other in others]
    sure = int(np.argmax([*np.any(apart, axis=0), True]))
    return (rates, losses, sure) if np.argmin(losses) < sure else None


def best_rates(rates, losses):
    """The rates with the smallest loss; rounding may choose among them."""
    return rates[losses <= 1.02 * losses.min()]


class Problem:
    """Examples for a linear layer of three inputs, with some noise, in float32; the mean squared
    error as a function of its weights, the bias last, and the range test on it. Examples are drawn
    until the test is known well enough.
    """

    def __init__(self, rng, size, count=31):
        while True:
            x = size * rng.normal(size=(count, 3)) * [1, 0.6, 0.3]
            y = x @ rng.normal(size=(3, 1)) + 0.5 + 0.3 * rng.normal(size=(count, 1))
            self.x, self.y = x.astype("float32"), y.astype("float32")
            self.inputs = np.concatenate([self.x, np.ones((count, 1))], axis=1).astype(float)
            self.limit = stable_rate(2 / count * self.inputs.T @ self.inputs)
            known = known_test(self, np.array([1.0, 1, 1, 0]), rng)
            if known:
                self.rates, self.losses, self.sure = known
                return

    def __call__(self, w):
        off = self.inputs @ w - self.y[:, 0]
        return np.mean(off**2), 2 / len(off) * self.inputs.T @ off

    @property
    def best(self):
        return best_rates(self.rates, self.losses)


def stops_in_time(losses, says=""):
    """No recorded loss is more than 4 times the first."""
    holds(
        np.isfinite(losses).all() and (losses <= 4.001 * losses[0]).all(),
        f"{says} A recorded loss is not finite, or is more than 4 times the first.".strip(),
        got=losses,
    )


def is_a_tenth(suggested, problem, says=""):
    """The suggestion is a tenth of the rate with the smallest loss."""
    right = problem.rates[np.argmin(problem.losses)]
    holds(
        np.isclose(10 * suggested, problem.best, rtol=1e-3).any(),
        f"{says} The smallest loss is recorded at the rate {right:.3g}. You suggest "
        f"{suggested:.3g}, and it should be a tenth of that rate.".strip(),
        got=suggested,
        expected=right / 10,
    )


def same_test(found, rates, expected, sure, says=""):
    """Rates and losses are those of the range test in double precision."""
    lrs, losses, _ = found
    shared = min(len(lrs), len(RATES))
    close(lrs[:shared], RATES[:shared], f"{says} The rates:".strip(), given={"rates": lrs})
    shared = min(len(losses), len(expected), sure)
    close(
        losses[:shared],
        expected[:shared],
        f"{says} The losses before each step:".strip(),
        rtol=0.05,
        given={"losses": losses},
    )
    equal(len(losses), len(rates), f"{says} The number of recorded losses.".strip())


PROBLEMS = {"of scale 1": (8, 1.0), "of scale 4": (9, 4.0)}  # a seed, and the size of the examples


_found = WeakKeyDictionary()  # a student -> the problems and the student's tests, each run once


def asked(student, name):
    """One of the fixed problems, and the student's test on it."""
    known = _found.setdefault(student, {})
    if name not in known:
        seed, size = PROBLEMS[name]
        problem = Problem(np.random.default_rng(seed), size)
        known[name] = problem, measured(student, linear(student, 3), problem.x, problem.y)
    return known[name]


@check("contract")
def test_rates_losses_and_a_suggestion(student):
    """lr_range_test takes model_fn, x and y, and returns rates, losses and a suggestion"""
    equal(
        parameters(student, "lr_range_test")[:3],
        ("model_fn", "x", "y"),
        "The arguments of lr_range_test.",
    )
    asked(student, "of scale 1")


@check("hand")
def test_one_weight_on_a_bowl(student):
    """On a bowl of one weight every loss is the one before times (1 − lr · λ)²"""
    x, y = np.array([[2.0]], dtype="float32"), np.array([[0.0]], dtype="float32")
    same_test(
        measured(student, linear(student, 1, use_bias=False), x, y),
        *range_test(lambda w: (4 * w**2, 8 * w), 1.0, RATES),
        len(RATES),
        "The loss is 4w², and w begins at 1.",
    )


@check("probe")
def test_it_stops_in_time(student):
    """The test stops before a loss that is more than 4 times the first"""
    problem, found = asked(student, "of scale 4")
    stops_in_time(found[1])
    same_test(found, problem.rates, problem.losses, problem.sure)


@check()
def test_the_suggestion_is_stable(student):
    """The suggestion is a tenth of the rate with the smallest loss, and below the limit of 6.6"""
    for name in PROBLEMS:
        problem, (_, _, suggested) = asked(student, name)
        holds(
            suggested < problem.limit,
            f"You suggest {suggested:.3g}, and on this problem gradient descent diverges at rates "
            f"above {problem.limit:.3g}.",
            got=suggested,
        )
        is_a_tenth(suggested, problem)


@check("oracle")
def test_the_whole_test_on_another_problem(student, rng):
    """Rates and losses are right on a linear problem of any scale"""
    problem = Problem(rng, rng.uniform(0.5, 3))
    found = measured(student, linear(student, 3), problem.x, problem.y)
    same_test(found, problem.rates, problem.losses, problem.sure)


def probe_range_test(student):
    """Rough losses, the rates, the suggestion and the number of losses: the same on any machine."""
    x, y = np.array([[9.0]], dtype="float32"), np.array([[0.0]], dtype="float32")
    lrs, losses, suggested = measured(student, linear(student, 1, use_bias=False), x, y)
    sizes = np.log10(np.clip(np.nan_to_num(losses, nan=1e30), 1e-30, 1e30))
    rates = np.log10(np.append(lrs, suggested))
    return [np.round(sizes[::5]), np.round(rates, 2), len(losses)]


PROBES = [probe_range_test]
