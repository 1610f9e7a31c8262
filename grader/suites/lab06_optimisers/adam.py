"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, mutant, variant

from ..checks.adam import FORMS
from ..checks.oracles import right_adam, same_walk, steps_of, walk
from .building_blocks import adam_with, memory, zeros
from .walking import state_is_left_alone, two_networks_by_turns


@check("oracle")
def test_algorithm_1(student, rng):
    """The paper's form is Algorithm 1, also with an eps that is not small"""
    for shape in ((11,), (2, 5, 1)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
        args = rng.uniform(0.05, 0.3), rng.uniform(0.5, 0.9), rng.uniform(0.9, 0.99), 0.125, "paper"
        got = walk(student, "adam", w, gradients, *args)
        same_walk(got, steps_of(right_adam(*args), w, gradients, 2), f"w {shape}.")


@check("oracle")
def test_the_form_of_keras(student, rng):
    """Keras's form adds eps to the uncorrected root"""
    for shape in ((7,), (3, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
        args = rng.uniform(0.05, 0.3), rng.uniform(0.5, 0.9), rng.uniform(0.9, 0.99), 0.125, "keras"
        got = walk(student, "adam", w, gradients, *args)
        same_walk(got, steps_of(right_adam(*args), w, gradients, 2), f"w {shape}.")


@check()
def test_with_a_tiny_epsilon_the_forms_are_one(student, rng):
    """With a tiny eps both forms make the same steps, and the first has the length lr"""
    w, gradients = rng.normal(size=(5, 2)), rng.normal(size=(6, 5, 2))
    gradients += np.sign(gradients)
    args = 0.25, 0.9, 0.999, 1e-13
    expected = steps_of(right_adam(*args, "paper"), w, gradients, 2)
    for form in FORMS:
        got = walk(student, "adam", w, gradients, *args, form)
        same_walk(got, expected, f'form "{form}", eps 1e-13.')
        same_walk(got[0] - w, -0.25 * np.sign(gradients[0]), "The first step.")


@check("probe")
def test_the_means_fade(student, rng):
    """After a single gradient the weights roll on while the means fade"""
    w, g = rng.normal(size=(2, 3)), 1 + rng.random((2, 3))
    for form in FORMS:
        args = 0.25, 0.75, 0.875, 0.5, form
        gradients = [g, *[0 * g] * 5]
        got = walk(student, "adam", w, gradients, *args)
        expected = steps_of(right_adam(*args), w, gradients, 2)
        same_walk(got, expected, f'One gradient, then gradients of 0; form "{form}".')


@check()
def test_two_networks_by_turns_under_adam(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    for form in FORMS:
        args = (0.25, 0.5, 0.75, 0.25, form)
        state_is_left_alone(student, "adam", rng, args)
        two_networks_by_turns(student, "adam", rng, args, right_adam(*args), 2)


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "Both corrections are missing. The means begin as zeros, so they are too small at first, and v "
    "much more so than m: divide by 1 − b1ᵗ and 1 − b2ᵗ.",
)
def no_correction(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(g)
    return w - lr * m / (np.sqrt(v) + eps), (m, v, t + 1)


@mutant("You correct only m. v begins as zeros too: divide it by 1 − b2ᵗ.")
def only_m_corrected(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(g)
    return w - lr * m / (1 - b1 ** (t + 1)) / (np.sqrt(v) + eps), (m, v, t + 1)


@mutant(
    "Your first step has t = 0, where the corrections divide by 1 − b⁰ = 0. Count the step before you "
    "correct.",
)
def counts_from_zero(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(g)
    with np.errstate(all="ignore"):
        m_hat, v_hat = m / np.float64(1 - b1**t), v / np.float64(1 - b2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v, t + 1)


@mutant("Your count is one step ahead: the first step has t = 1, and yours has t = 2.")
def counts_from_two(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b1, b2, eps, form, first=2)


@mutant(
    "You do not count the steps and correct every one as if it were the first. Keep t in the state.",
)
def always_the_first_step(w, g, state, lr, b1, b2, eps, form):
    m, v, _ = memory(w, state)
    return adam_with(w, g, (m, v, 0), lr, b1, b2, eps, form)


@mutant(
    "In the paper's form you add eps under the root. It is added to the root of the corrected v.",
)
def epsilon_under_the_root(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    t = t + 1
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(g)
    if form == "paper":
        return w - lr * m / (1 - b1**t) / np.sqrt(v / (1 - b2**t) + eps), (m, v, t)
    alpha = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
    return w - alpha * m / np.sqrt(v + eps), (m, v, t)


@mutant(
    "Both forms give the paper's step. In Keras's form eps is added to the root of the uncorrected v, "
    "and the corrections are in the rate.",
)
def always_the_paper(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b1, b2, eps, "paper")


@mutant(
    "Both forms give Keras's step. In the paper's form v is corrected first, and eps is added to the "
    "root of the corrected v.",
)
def always_keras(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b1, b2, eps, "keras")


@mutant("b1 and b2 are swapped: b1 belongs to the mean of the gradients.")
def betas_swapped(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b2, b1, eps, form)


@mutant(
    "You put the corrected means into the state, so the next step corrects them a second time. The "
    "corrections are for this step only.",
)
def keeps_the_corrected_means(w, g, state, lr, b1, b2, eps, form):
    w, (m, v, t) = adam_with(w, g, state, lr, b1, b2, eps, form)
    return w, (m / (1 - b1**t), v / (1 - b2**t), t)


@mutant(
    "In the paper's form you put the corrected means into the state, so the next step corrects them a "
    "second time. The corrections are for this step only.",
)
def keeps_the_corrected_means_of_the_paper(w, g, state, lr, b1, b2, eps, form):
    w, (m, v, t) = adam_with(w, g, state, lr, b1, b2, eps, form)
    return w, ((m / (1 - b1**t), v / (1 - b2**t), t) if form == "paper" else (m, v, t))


@mutant(
    "In the paper's form you add eps under the root. It is added to the root of the corrected v.",
)
def epsilon_under_the_root_of_the_paper(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    new, (m, v, t) = adam_with(w, g, (m, v, t), lr, b1, b2, eps, form)
    if form == "paper":
        new = w - lr * m / (1 - b1**t) / np.sqrt(v / (1 - b2**t) + eps)
    return new, (m, v, t)


@mutant(
    "You write into the arrays of the state that you were given. Make new ones.",
)
def means_changed_in_place(w, g, state, lr, b1, b2, eps, form):
    if state is None:
        state = {"m": zeros(w), "v": zeros(w), "t": 0}
    state["t"] += 1
    state["m"] *= b1
    state["m"] += (1 - b1) * g
    state["v"] *= b2
    state["v"] += (1 - b2) * np.square(g)
    m, v, t = state["m"], state["v"], state["t"]
    if form == "paper":
        return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), state
    alpha = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
    return w - alpha * m / (np.sqrt(v) + eps), state


# Variants -----------------------------------------------------------------------------------------


@variant("a dict; one line for both forms, with the eps that makes them equal")
def adam_by_one_form(w, g, state, lr, b1, b2, eps, form):
    old = state or {"t": 0, "m": 0.0, "v": 0.0}
    t = old["t"] + 1
    m, v = b1 * old["m"] + (1 - b1) * g, b2 * old["v"] + (1 - b2) * g * g
    if form == "keras":
        eps = eps / np.sqrt(1 - b2**t)
    step = (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
    return w - lr * step, {"t": t, "m": m, "v": v}


@variant("the powers of the betas are kept instead of the number of the step")
def adam_by_powers(w, g, state, lr, b1, b2, eps, form):
    m, v, p1, p2 = state if state is not None else (0 * g, 0 * g, 1.0, 1.0)
    p1, p2 = p1 * b1, p2 * b2
    m, v = m + (1 - b1) * (g - m), v + (1 - b2) * (g**2 - v)
    if form == "paper":
        return w - lr * m / (1 - p1) / (np.sqrt(v / (1 - p2)) + eps), (m, v, p1, p2)
    return w - lr * np.sqrt(1 - p2) / (1 - p1) * m / (np.sqrt(v) + eps), (m, v, p1, p2)


@variant("float32")
def adam_in_float32(w, g, state, lr, b1, b2, eps, form):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    m, v, t = state if state else (np.zeros_like(w), np.zeros_like(w), 0)
    t += 1
    m = np.float32(b1) * m + np.float32(1 - b1) * g
    v = np.float32(b2) * v + np.float32(1 - b2) * g**2
    if form == "paper":
        m_hat, v_hat = m / np.float32(1 - b1**t), v / np.float32(1 - b2**t)
        return w - np.float32(lr) * m_hat / (np.sqrt(v_hat) + np.float32(eps)), [m, v, t]
    alpha = np.float32(lr * np.sqrt(1 - b2**t) / (1 - b1**t))
    return w - alpha * m / (np.sqrt(v) + np.float32(eps)), [m, v, t]


@variant("float32, the betas and their powers too")
def adam_with_betas_in_float32(w, g, state, lr, b1, b2, eps, form):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    lr, b1, b2, eps = (np.float32(value) for value in (lr, b1, b2, eps))
    m, v, t = state if state else (np.zeros_like(w), np.zeros_like(w), np.float32(0))
    t = t + np.float32(1)
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    c1, c2 = 1 - b1**t, 1 - b2**t
    if form == "paper":
        return w - lr * (m / c1) / (np.sqrt(v / c2) + eps), (m, v, t)
    return w - lr * np.sqrt(c2) / c1 * m / (np.sqrt(v) + eps), (m, v, t)


@variant("all gradients are kept, and the means are summed from them")
def adam_by_sums(w, g, state, lr, b1, b2, eps, form):
    seen = [*(state or []), np.asarray(g, dtype=float)]
    t = len(seen)
    m = sum((1 - b1) * b1 ** (t - k) * old for k, old in enumerate(seen, 1))
    v = sum((1 - b2) * b2 ** (t - k) * old**2 for k, old in enumerate(seen, 1))
    if form == "paper":
        return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), seen
    return w - lr * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + eps), seen
