"""The visible checks of 6.2."""

import numpy as np

from nablab.checking import check, close, contract, each, holds
from nablab.checking.expect import as_numbers
from nablab.reference.descent import warm_up_from_zero
from nablab.reference.optimizer import cosine_decay, step_decay


def rates_at(student, name, steps, *args):
    """The student's rates at some steps, each of them a number."""
    answers = each(student, name, [(int(step), *args) for step in steps])
    for step, answer in zip(steps, answers, strict=True):
        number = as_numbers(answer, says=f"{name} at step {step}:")
        holds(number.shape == (), f"{name} should return one number.", got=answer)
        holds(np.isfinite(number), f"{name} at step {step} is not finite.", got=answer)
    return np.array([float(answer) for answer in answers])


def same_rates(student, name, steps, expected, *args, says=""):
    """The student's rates at some steps are these, up to float32 rounding."""
    got = rates_at(student, name, steps, *args)
    top = abs(args[0])
    given = {"step": list(steps), "the other arguments": list(args)}
    says = f"{name}. {says}".strip()
    close(got, expected, says, atol=2e-6 * top, given=given, constant=True)


@check("contract")
def test_a_rate_is_one_number(student):
    """Each schedule returns one number"""
    contract(student, "lr_step", 7, 0.5, 0.1, 3, shape=())
    contract(student, "lr_cosine", 7, 0.5, 20, shape=())
    contract(student, "lr_cosine", 7, 0.5, 20, 0.125, shape=())
    contract(student, "lr_warmup", 7, 0.5, 3, 20, shape=())


@check("hand")
def test_the_stairs_of_the_text(student):
    """The stairs of the text give 0.8, 0.8, 0.4 and 0.2 at the steps 0, 9, 10 and 25"""
    same_rates(student, "lr_step", (0, 9, 10, 25), [0.8, 0.8, 0.4, 0.2], 0.8, 0.5, 10)


@check("hand")
def test_the_cosines_of_the_text(student):
    """The cosines of the text give its rates, with α = 0 and with α = 0.25"""
    steps = (0, 50, 100, 150)
    same_rates(student, "lr_cosine", steps, [0.8, 0.4, 0, 0], 0.8, 100)
    same_rates(student, "lr_cosine", steps, [0.8, 0.5, 0.2, 0.2], 0.8, 100, 0.25)


@check("hand")
def test_the_warm_up_of_the_text(student):
    """The warm-up of the text gives 0.4, 0.8, 0.4 and 0 at the steps 5, 10, 60 and 110"""
    same_rates(student, "lr_warmup", (5, 10, 60, 110), [0.4, 0.8, 0.4, 0], 0.8, 10, 110)


@check("probe")
def test_the_ends_of_the_warm_up(student):
    """The warm-up begins at 0, has its top at step `warmup` and ends with 0 at step `total`"""
    steps, expected = (0, 1, 7, 8, 27, 28, 40), (0, 0.1, 0.7, 0.8)
    tail = [0.4 * (1 + np.cos(np.pi * 19 / 20)), 0, 0]
    same_rates(student, "lr_warmup", steps, [*expected, *tail], 0.8, 8, 28)
    falling = [cosine_decay(step, 0.5, 11) for step in range(13)]
    same_rates(student, "lr_warmup", range(13), falling, 0.5, 0, 11, says="There is no warm-up.")


@check()
def test_schedules_scale_with_their_first_rate(student):
    """Twice the first rate gives twice the rate at every step"""
    for name, args in (("lr_step", (0.5, 4)), ("lr_cosine", (17, 0.25)), ("lr_warmup", (5, 17))):
        single = rates_at(student, name, range(20), 0.25, *args)
        same_rates(student, name, range(20), 2 * single, 0.5, *args, says="lr0 is doubled.")


@check("oracle")
def test_whole_schedules(student):
    """All schedules are right at every step, also after their end"""
    steps = range(48)
    cases = (
        ("lr_step", (0.7, 0.1, 7), lambda t: step_decay(t, 0.7, 7, 0.1)),
        ("lr_cosine", (0.7, 31), lambda t: cosine_decay(t, 0.7, 31)),
        ("lr_cosine", (0.7, 31, 0.1), lambda t: cosine_decay(t, 0.7, 31, 0.1)),
        ("lr_warmup", (0.7, 7, 40), lambda t: warm_up_from_zero(t, 0.7, 7, 40)),
    )
    for name, args, rate in cases:
        same_rates(student, name, steps, [rate(t) for t in steps], *args)


def probe_schedules(student):
    steps = (0, 1, 3, 4, 5, 9, 12, 17, 23)
    return [
        rates_at(student, "lr_step", steps, 0.5, 0.25, 4),
        rates_at(student, "lr_cosine", steps, 0.5, 17),
        rates_at(student, "lr_cosine", steps, 0.5, 17, 0.25),
        rates_at(student, "lr_warmup", steps, 0.5, 4, 17),
    ]


def probe_no_warm_up(student):
    return rates_at(student, "lr_warmup", (0, 1, 5), 0.5, 0, 17)


PROBES = [probe_schedules, probe_no_warm_up]
