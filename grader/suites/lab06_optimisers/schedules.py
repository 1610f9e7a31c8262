"""Hidden checks of N.2."""

import math

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference.descent import warm_up_from_zero
from nablab.reference.optimizer import cosine_decay, exponential_decay, step_decay

from ..checks.schedules import rates_at, same_rates


@check("oracle")
def test_stairs_of_any_height(student, rng):
    """Stairs of any height and length are right"""
    for every in (1, 5, 13):
        lr0, drop, steps = rng.uniform(0.1, 2), rng.uniform(0.1, 0.9), range(4 * every + 2)
        expected = [step_decay(t, lr0, every, drop) for t in steps]
        same_rates(student, "lr_step", steps, expected, lr0, drop, every)


@check("oracle")
def test_cosines_of_any_length(student, rng):
    """Cosines of any length are right, down to 0 or to a share of the first rate"""
    for total in (1, 7, 53):
        lr0, alpha, steps = rng.uniform(0.1, 3), rng.uniform(0.05, 0.6), range(2 * total + 9)
        expected = [cosine_decay(t, lr0, total) for t in steps]
        same_rates(student, "lr_cosine", steps, expected, lr0, total)
        expected = [cosine_decay(t, lr0, total, alpha) for t in steps]
        same_rates(student, "lr_cosine", steps, expected, lr0, total, alpha)


@check("oracle")
def test_warm_ups_of_any_length(student, rng):
    """Warm-ups of any length are right, also of length 0"""
    for warmup, total in ((0, 11), (1, 8), (7, 40), (12, 13)):
        lr0, steps = rng.uniform(0.1, 3), range(total + 15)
        expected = [warm_up_from_zero(t, lr0, warmup, total) for t in steps]
        same_rates(student, "lr_warmup", steps, expected, lr0, warmup, total)


@check()
def test_bounds(student, rng):
    """Cosine and warm-up stay within their bounds and end where they should"""
    lr0, alpha = rng.uniform(0.1, 3), rng.uniform(0.1, 0.5)
    steps, slack = range(0, 150), 2e-6 * 3
    for name, args, low in (
        ("lr_cosine", (60, alpha), alpha * lr0),
        ("lr_cosine", (60,), 0),
        ("lr_warmup", (20, 60), 0),
    ):
        got = rates_at(student, name, steps, lr0, *args)
        holds(
            got.min() >= low - slack and got.max() <= lr0 + slack,
            f"{name} should stay between {low:.3g} and {lr0:.3g}.",
            got=got,
        )
        close(got[60:], np.full(90, low), f"{name} from its end on.", atol=slack, constant=True)
        peak = 20 if name == "lr_warmup" else 0
        close(got[peak], lr0, f"{name} at its highest.", atol=slack)
        holds((np.diff(got[peak:61]) < 0).all(), f"{name} should fall at every step.", got=got)


@check("probe")
def test_no_jumps(student, rng):
    """The rate does not jump between warm-up and cosine; at a stair it drops at once"""
    lr0, warmup, total = rng.uniform(0.5, 2), 40, 200
    got = rates_at(student, "lr_warmup", range(total + 1), lr0, warmup, total)
    steepest = max(1 / warmup, np.pi / 2 / (total - warmup))
    jump = float(np.abs(np.diff(got)).max())
    holds(
        jump <= 1.01 * steepest * lr0,
        f"Somewhere the rate changes by {jump:.3g} in one step.",
        got=got,
    )
    close(got[:3], lr0 * np.arange(3) / warmup, "The first rates of the warm-up.", atol=2e-6 * lr0)
    stairs = rates_at(student, "lr_step", (6, 7, 8, 13, 14), lr0, 0.25, 7)
    close(stairs, lr0 * np.array([1, 0.25, 0.25, 0.25, 0.0625]), "Stairs of 7 steps.")


# Mutants ------------------------------------------------------------------------------------------


old_rate_at_the_boundary = mutant(
    "Your stairs still have the old rate at step `every` itself. The new rate begins there: the "
    "exponent is step // every.",
    lr_step=lambda step, lr0, drop, every: lr0 * drop ** (max(step - 1, 0) // every),
)


smooth_without_stairs = mutant(
    "Your rate falls a little at every step. Stairs stay level for `every` steps: use the whole "
    "quotient, step // every.",
    lr_step=lambda step, lr0, drop, every: exponential_decay(step, lr0, every, drop),
)


def lr_cosine_again(step, lr0, total, alpha=0.0):
    return lr0 * (alpha + (1 - alpha) * (1 + math.cos(math.pi * step / total)) / 2)


rises_again = mutant(
    "After step `total` your cosine rises again. It should stay at its end: take the smaller of "
    "step and total.",
    lr_cosine=lr_cosine_again,
)


alpha_is_a_rate = mutant(
    "You use alpha as a floor for the rate. It is a share of lr0: the rate ends at alpha · lr0, and "
    "the whole curve is scaled to fit above that.",
    lr_cosine=lambda step, lr0, total, alpha=0.0: max(cosine_decay(step, lr0, total), alpha),
)


alpha_is_the_last_rate = mutant(
    "You use alpha as the last rate itself. It is a share of lr0: the rate ends at alpha · lr0.",
    lr_cosine=lambda step, lr0, total, alpha=0.0: (
        alpha + (lr0 - alpha) * cosine_decay(step, 1.0, total)
    ),
)


alpha_as_a_floor = mutant(
    "You cut the curve off at alpha · lr0. Scale it to fit above that, so that it reaches alpha · lr0 "
    "only at step `total`.",
    lr_cosine=lambda step, lr0, total, alpha=0.0: max(cosine_decay(step, lr0, total), alpha * lr0),
)


def lr_cosine_quarter(step, lr0, total, alpha=0.0):
    return lr0 * (alpha + (1 - alpha) * math.cos(math.pi / 2 * min(step, total) / total))


quarter_of_a_period = mutant(
    "This is a quarter of a period, which falls ever faster. Half a period is level at both ends: "
    "½ (1 + cos(π t / total)).",
    lr_cosine=lr_cosine_quarter,
)


def lr_warmup_one_ahead(step, lr0, warmup, total):
    if step + 1 < warmup:
        return lr0 * (step + 1) / warmup
    return warm_up_from_zero(max(step, warmup), lr0, warmup, total)


warm_up_one_step_ahead = mutant(
    "Your warm-up is one step ahead: it begins above 0. The rate is 0 at step 0 and lr0 at step "
    "`warmup`.",
    lr_warmup=lr_warmup_one_ahead,
)


def lr_warmup_jump(step, lr0, warmup, total):
    return lr0 * step / warmup if step < warmup else cosine_decay(step, lr0, total)


cosine_counts_the_warm_up = mutant(
    "After the warm-up your cosine counts from step 0, so the rate jumps down there. The cosine begins "
    "at step `warmup`.",
    lr_warmup=lr_warmup_jump,
)


def lr_warmup_late(step, lr0, warmup, total):
    return lr0 * step / warmup if step < warmup else cosine_decay(step - warmup, lr0, total)


total_without_the_warm_up = mutant(
    "Your rate reaches 0 only at step warmup + total. `total` counts all steps, so the cosine has "
    "total − warmup of them.",
    lr_warmup=lr_warmup_late,
)


def lr_warmup_too_long(step, lr0, warmup, total):
    if step < warmup:
        return lr0 * step / warmup
    return cosine_decay(min(step, total) - warmup, lr0, total)


cosine_as_long_as_all = mutant(
    "Your cosine has not reached its end at step `total`. `total` counts all steps, so the cosine has "
    "total − warmup of them: divide by that.",
    lr_warmup=lr_warmup_too_long,
)


def lr_warmup_again(step, lr0, warmup, total):
    if step < warmup:
        return lr0 * step / warmup
    return lr_cosine_again(step - warmup, lr0, total - warmup)


warm_up_rises_again = mutant(
    "After step `total` the cosine of your lr_warmup rises again. It should stay at 0: take the "
    "smaller of step and total.",
    lr_warmup=lr_warmup_again,
)


only_the_cosine_rises_again = mutant(
    "After step `total` your lr_cosine rises again. It should stay at its end: take the smaller of "
    "step and total.",
    lr_cosine=lr_cosine_again,
    lr_warmup=warm_up_from_zero,
)


def lr_warmup_divides(step, lr0, warmup, total):
    if step <= warmup:
        return lr0 * step / warmup
    return warm_up_from_zero(step, lr0, warmup, total)


divides_by_no_warm_up = mutant(
    "With warmup = 0 you divide by 0. Use the cosine as soon as step is not smaller than warmup.",
    lr_warmup=lr_warmup_divides,
)


# Variants -----------------------------------------------------------------------------------------


def stairs_by_a_loop(step, lr0, drop, every):
    while step >= every:
        lr0, step = lr0 * drop, step - every
    return lr0


def cosine_by_its_half_angle(step, lr0, total, alpha=0.0):
    share = math.cos(math.pi / 2 * min(1.0, step / total)) ** 2
    return alpha * lr0 + (lr0 - alpha * lr0) * share


def warm_up_in_one_expression(step, lr0, warmup, total):
    if step >= total:
        return 0
    rise = 1.0 if step >= warmup else step / warmup
    done = max(step - warmup, 0) / (total - warmup)
    return lr0 * rise * (0.5 + 0.5 * math.cos(math.pi * done))


by_half_angles = variant(
    "a loop, and the square of a cosine",
    lr_step=stairs_by_a_loop,
    lr_cosine=cosine_by_its_half_angle,
    lr_warmup=warm_up_in_one_expression,
)


def warm_up_in_float32(step, lr0, warmup, total):
    step, lr0, warmup, total = (np.float32(value) for value in (step, lr0, warmup, total))
    if step < warmup:
        return lr0 * step / warmup
    done = np.minimum(step - warmup, total - warmup) / (total - warmup)
    return lr0 * (1 + np.cos(np.float32(math.pi) * done)) / np.float32(2)


in_float32 = variant(
    "float32, as arrays without axes",
    lr_step=lambda step, lr0, drop, every: np.float32(lr0) * np.float32(drop) ** (step // every),
    lr_cosine=lambda step, lr0, total, alpha=0.0: np.asarray(
        np.float32(lr0)
        * (
            np.float32(alpha)
            + np.float32(1 - alpha)
            * (1 + np.cos(np.float32(math.pi * min(step, total) / total)))
            / np.float32(2)
        )
    ),
    lr_warmup=warm_up_in_float32,
)


def lr_step_by_floor(step, lr0, drop, every):
    return float(lr0 * np.power(drop, np.floor(step / every)))


def lr_cosine_by_clip(step, lr0, total, alpha=0.0):
    share = np.clip(step / total, 0, 1)
    low = alpha * lr0
    return low + (lr0 - low) * 0.5 * (1 + np.cos(np.pi * share))


def lr_warmup_by_interp(step, lr0, warmup, total):
    if warmup and step <= warmup:
        return np.interp(step, [0, warmup], [0, lr0])
    return lr_cosine_by_clip(step - warmup, lr0, total - warmup)


by_numpy = variant(
    "NumPy scalars",
    lr_step=lr_step_by_floor,
    lr_cosine=lr_cosine_by_clip,
    lr_warmup=lr_warmup_by_interp,
)
