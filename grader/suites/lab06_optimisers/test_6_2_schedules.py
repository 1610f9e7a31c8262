"""Hidden checks of 6.2."""

import numpy as np

from nablab.checking import close, each, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.descent import warm_up_from_zero
from nablab.reference.optimizer import cosine_decay, step_decay


def rates(student, name, steps, *args):
    answers = each(student, name, [(int(step), *args) for step in steps])
    numbers = [as_numbers(answer, says=f"{name}:") for answer in answers]
    holds(all(number.shape == () for number in numbers), f"{name} should return one number.")
    found = np.array([float(number) for number in numbers])
    holds(np.isfinite(found).all(), f"{name} returns numbers that are not finite.", got=found)
    return found


def same(student, name, steps, expected, *args):
    got = rates(student, name, steps, *args)
    close(got, expected, f"{name}{args}.", atol=2e-6 * args[0], constant=True)


@exercise("6.2", stage="oracle")
def test_stairs_of_any_height(student, rng):
    """Stairs of any height and length"""
    for every in (1, 5, 13):
        lr0, drop, steps = rng.uniform(0.1, 2), rng.uniform(0.1, 0.9), range(4 * every + 2)
        expected = [step_decay(t, lr0, every, drop) for t in steps]
        same(student, "lr_step", steps, expected, lr0, drop, every)


@exercise("6.2", stage="oracle")
def test_cosines_of_any_length(student, rng):
    """Cosines of any length, to 0 and to a share of the first rate"""
    for total in (1, 7, 53):
        lr0, alpha, steps = rng.uniform(0.1, 3), rng.uniform(0.05, 0.6), range(2 * total + 9)
        expected = [cosine_decay(t, lr0, total) for t in steps]
        same(student, "lr_cosine", steps, expected, lr0, total)
        expected = [cosine_decay(t, lr0, total, alpha) for t in steps]
        same(student, "lr_cosine", steps, expected, lr0, total, alpha)


@exercise("6.2", stage="oracle")
def test_warm_ups_of_any_length(student, rng):
    """Warm-ups of any length, none among them"""
    for warmup, total in ((0, 11), (1, 8), (7, 40), (12, 13)):
        lr0, steps = rng.uniform(0.1, 3), range(total + 15)
        expected = [warm_up_from_zero(t, lr0, warmup, total) for t in steps]
        same(student, "lr_warmup", steps, expected, lr0, warmup, total)


@exercise("6.2")
def test_bounds(student, rng):
    """No schedule leaves its bounds, and each ends where it should"""
    lr0, alpha = rng.uniform(0.1, 3), rng.uniform(0.1, 0.5)
    steps, slack = range(0, 150), 2e-6 * 3
    for name, args, low in (
        ("lr_cosine", (60, alpha), alpha * lr0),
        ("lr_cosine", (60,), 0),
        ("lr_warmup", (20, 60), 0),
    ):
        got = rates(student, name, steps, lr0, *args)
        holds(
            got.min() >= low - slack and got.max() <= lr0 + slack,
            f"{name} should stay between {low:.3g} and {lr0:.3g}.",
            got=got,
        )
        close(got[60:], np.full(90, low), f"{name} from its end on.", atol=slack, constant=True)
        peak = 20 if name == "lr_warmup" else 0
        close(got[peak], lr0, f"{name} at its highest.", atol=slack)
        holds((np.diff(got[peak:61]) < 0).all(), f"{name} should fall at every step.", got=got)


@exercise("6.2", stage="probe")
def test_no_jumps(student, rng):
    """Between the warm-up and the cosine the rate does not jump; at a stair it does, at once"""
    lr0, warmup, total = rng.uniform(0.5, 2), 40, 200
    got = rates(student, "lr_warmup", range(total + 1), lr0, warmup, total)
    steepest = max(1 / warmup, np.pi / 2 / (total - warmup))
    jump = float(np.abs(np.diff(got)).max())
    holds(
        jump <= 1.01 * steepest * lr0,
        f"Somewhere the rate changes by {jump:.3g} in one step.",
        got=got,
    )
    close(got[:3], lr0 * np.arange(3) / warmup, "The first rates of the warm-up.", atol=2e-6 * lr0)
    stairs = rates(student, "lr_step", (6, 7, 8, 13, 14), lr0, 0.25, 7)
    close(stairs, lr0 * np.array([1, 0.25, 0.25, 0.25, 0.0625]), "Stairs of 7 steps.")
