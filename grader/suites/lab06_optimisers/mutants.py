"""Plausible wrong answers to lab 6. Each loses points on the hidden checks and on the visible
ones; the sentence is what a teacher would say to its author."""

import math

import numpy as np

from nablab.checking import mutant
from nablab.reference.descent import (
    adam_l2_step,
    rmsprop_outside_step,
    stable_rate,
    warm_up_from_zero,
)
from nablab.reference.optimizer import (
    adam_step,
    adamw_step,
    cosine_decay,
    exponential_decay,
    momentum_step,
    nesterov_step,
    rmsprop_step,
    sgd_step,
)


def zeros(w):
    return np.zeros(np.shape(w))


# 6.1 ---------------------------------------------------------------------------------------------


@mutant(
    "6.1",
    "Your rate stands outside the velocity: v ← μ v + g, then w ← w − lr v. That is the same only "
    "as long as the rate does not change. Here it belongs inside: v ← μ v − lr g.",
)
def rate_outside_the_velocity(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (zeros(w) if state is None else state) + g
    return w - lr * (momentum * v + g if nesterov else v), v


@mutant(
    "6.1",
    "The flag nesterov changes nothing. Nesterov's step is μ v − lr g with the new v, not v "
    "itself.",
)
def nesterov_ignored(w, g, state, lr, momentum=0.0, nesterov=False):
    return momentum_step(w, g, zeros(w) if state is None else state, lr, momentum)


@mutant(
    "6.1",
    "You multiply the new gradient by 1 − momentum, as a running mean does. A velocity is a sum: "
    "v ← μ v − lr g.",
)
def dampened(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (zeros(w) if state is None else state) - (1 - momentum) * lr * g
    return w + (momentum * v - (1 - momentum) * lr * g if nesterov else v), v


@mutant("6.1", "You walk uphill: the step is against the gradient, so lr g is subtracted.")
def uphill(w, g, state, lr, momentum=0.0, nesterov=False):
    one_step = nesterov_step if nesterov else momentum_step
    return one_step(w, -np.asarray(g), zeros(w) if state is None else state, lr, momentum)


@mutant(
    "6.1",
    "The velocity is made anew in every step: what you return as the state must come from the "
    "velocity, and the next step must use it.",
)
def velocity_forgotten(w, g, state, lr, momentum=0.0, nesterov=False):
    return sgd_step(w, g, lr * (1 + momentum) if nesterov else lr), None


@mutant(
    "6.1",
    "You write into the velocity that you were given. Whoever keeps an old state, to go back to "
    "it, finds it changed. Make a new array.",
)
def state_changed_in_place(w, g, state, lr, momentum=0.0, nesterov=False):
    v = zeros(w) if state is None else state
    v *= momentum
    v -= lr * g
    return w + (momentum * v - lr * g if nesterov else v), v


_velocities = {}


@mutant(
    "6.1",
    "The velocity is kept outside the function, so two networks that are trained by turns push "
    "each other, and a new training begins with the old one's velocity. Keep it in the state.",
)
def velocity_in_a_global(w, g, state, lr, momentum=0.0, nesterov=False):
    v = _velocities.get(np.shape(w), zeros(w))
    w, v = (nesterov_step if nesterov else momentum_step)(w, g, v, lr, momentum)
    _velocities[np.shape(w)] = v
    return w, v


@mutant(
    "6.1",
    "In your Nesterov step the pull of the new velocity is missing its share: you add v − lr g. "
    "It is μ v − lr g.",
)
def nesterov_with_the_whole_velocity(w, g, state, lr, momentum=0.0, nesterov=False):
    new, v = momentum_step(w, g, zeros(w) if state is None else state, lr, momentum)
    return (new - lr * np.asarray(g) if nesterov and momentum else new), v


# 6.2 ---------------------------------------------------------------------------------------------

old_rate_at_the_boundary = mutant(
    "6.2",
    "Your stairs still have the old rate at the step `every` itself. There the new one holds: "
    "the exponent is step // every.",
    lr_step=lambda step, lr0, drop, every: lr0 * drop ** (max(step - 1, 0) // every),
)

smooth_in_place_of_stairs = mutant(
    "6.2",
    "This falls a little at every step. Stairs stay level for `every` steps: divide without the "
    "rest.",
    lr_step=lambda step, lr0, drop, every: exponential_decay(step, lr0, every, drop),
)


def lr_cosine_again(step, lr0, total, alpha=0.0):
    return lr0 * (alpha + (1 - alpha) * (1 + math.cos(math.pi * step / total)) / 2)


rises_again = mutant(
    "6.2",
    "After step `total` your cosine rises again. It should stay at its end: take the smaller of "
    "step and total.",
    lr_cosine=lr_cosine_again,
)

alpha_is_a_rate = mutant(
    "6.2",
    "You take alpha for the last rate itself, or for a floor. It is a share of lr0: the rate "
    "ends at alpha · lr0, and the whole curve is pressed into what is above that.",
    lr_cosine=lambda step, lr0, total, alpha=0.0: max(cosine_decay(step, lr0, total), alpha),
)

alpha_is_the_last_rate = mutant(
    "6.2",
    "You take alpha for the last rate itself. It is a share of lr0: the rate ends at alpha · lr0.",
    lr_cosine=lambda step, lr0, total, alpha=0.0: (
        alpha + (lr0 - alpha) * cosine_decay(step, 1.0, total)
    ),
)

alpha_as_a_floor = mutant(
    "6.2",
    "You cut the curve off at alpha · lr0. It should be pressed into what is above that, and reach "
    "it at step `total` only.",
    lr_cosine=lambda step, lr0, total, alpha=0.0: max(cosine_decay(step, lr0, total), alpha * lr0),
)


def lr_cosine_quarter(step, lr0, total, alpha=0.0):
    return lr0 * (alpha + (1 - alpha) * math.cos(math.pi / 2 * min(step, total) / total))


quarter_of_a_period = mutant(
    "6.2",
    "This is a quarter of a period, which falls ever faster. Half a period is level at both ends: "
    "½ (1 + cos(π t / total)).",
    lr_cosine=lr_cosine_quarter,
)


def lr_warmup_one_ahead(step, lr0, warmup, total):
    if step + 1 < warmup:
        return lr0 * (step + 1) / warmup
    return warm_up_from_zero(max(step, warmup), lr0, warmup, total)


warm_up_one_step_ahead = mutant(
    "6.2",
    "Your warm-up is one step ahead: it begins above 0. At step 0 the rate is 0, and lr0 is "
    "reached at step `warmup`.",
    lr_warmup=lr_warmup_one_ahead,
)


def lr_warmup_jump(step, lr0, warmup, total):
    return lr0 * step / warmup if step < warmup else cosine_decay(step, lr0, total)


cosine_counts_the_warm_up = mutant(
    "6.2",
    "After the warm-up your cosine is counted from step 0, so the rate jumps down there. The "
    "cosine begins at step `warmup`.",
    lr_warmup=lr_warmup_jump,
)


def lr_warmup_late(step, lr0, warmup, total):
    return lr0 * step / warmup if step < warmup else cosine_decay(step - warmup, lr0, total)


total_without_the_warm_up = mutant(
    "6.2",
    "Your rate reaches 0 only at step warmup + total. `total` counts all steps, so the cosine has "
    "total − warmup of them.",
    lr_warmup=lr_warmup_late,
)


def lr_warmup_too_long(step, lr0, warmup, total):
    if step < warmup:
        return lr0 * step / warmup
    return cosine_decay(min(step, total) - warmup, lr0, total)


cosine_as_long_as_all = mutant(
    "6.2",
    "After the warm-up your cosine is not yet at its end at step `total`. total counts all steps, "
    "so the cosine has total − warmup of them: divide by that.",
    lr_warmup=lr_warmup_too_long,
)


def lr_warmup_again(step, lr0, warmup, total):
    if step < warmup:
        return lr0 * step / warmup
    return lr_cosine_again(step - warmup, lr0, total - warmup)


warm_up_rises_again = mutant(
    "6.2",
    "After step `total` the cosine of your lr_warmup rises again. It should stay at 0: take the "
    "smaller of step and total.",
    lr_warmup=lr_warmup_again,
)

only_the_cosine_rises_again = mutant(
    "6.2",
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
    "6.2",
    "With warmup = 0 you divide by 0. Where step is not smaller than warmup the cosine has begun.",
    lr_warmup=lr_warmup_divides,
)

# 6.3 ---------------------------------------------------------------------------------------------


def rms(w, g, v, lr, rho, eps, eps_inside):
    """The right step, from the mean square before it."""
    if eps_inside:
        return rmsprop_step(w, g, v, lr, rho, eps)[:2]
    return rmsprop_outside_step(w, g, v, lr, rho, eps)


@mutant("6.3", "The flag changes nothing: you always add eps outside the root.")
def always_outside(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, False)


@mutant("6.3", "The flag changes nothing: you always add eps inside the root.")
def always_inside(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, True)


@mutant("6.3", "The flag means the opposite: with eps_inside eps stands under the root.")
def flag_reversed(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, not eps_inside)


flag_and_keras_reversed = mutant(
    "6.3",
    "The flag means the opposite: with eps_inside eps stands under the root. So it does in Keras.",
    rmsprop=lambda w, g, state, lr, rho, eps, eps_inside: rms(
        w, g, zeros(w) if state is None else state, lr, rho, eps, not eps_inside
    ),
    KERAS_EPS_INSIDE=False,
)


def divided(w, g, v, lr, eps, eps_inside):
    return w - lr * g / (np.sqrt(v + eps) if eps_inside else np.sqrt(v) + eps)


@mutant(
    "6.3",
    "This adds all squares up and never forgets one (that is Adagrad). Keep the share rho of the "
    "old mean and add the share 1 − rho of the new square.",
)
def adds_all_squares(w, g, state, lr, rho, eps, eps_inside):
    v = (zeros(w) if state is None else state) + np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), v


@mutant(
    "6.3",
    "The new square counts in full. In a mean the shares add up to 1: it gets 1 − rho.",
)
def new_square_in_full(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), v


@mutant("6.3", "The shares have changed places: rho is what the old mean keeps.")
def shares_swapped(w, g, state, lr, rho, eps, eps_inside):
    v = zeros(w) if state is None else state
    return rms(w, g, v, lr, 1 - rho, eps, eps_inside)


@mutant("6.3", "The root is missing: you divide by the mean square, which has the wrong unit.")
def root_missing(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + (1 - rho) * np.square(g)
    return w - lr * g / (v + eps), v


@mutant(
    "6.3",
    "You divide by the mean square before this gradient is in it. In the first step that is 0, and "
    "only eps is left. Bring v up to date first.",
)
def divides_by_the_old_mean(w, g, state, lr, rho, eps, eps_inside):
    v = zeros(w) if state is None else state
    new = rho * v + (1 - rho) * np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), new


@mutant(
    "6.3",
    "You return no mean square for the next step, so every step begins with 0 again.",
)
def mean_square_forgotten(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w), lr, rho, eps, eps_inside)


@mutant(
    "6.3",
    "You take one mean over all weights. Every weight has a mean square of its own.",
)
def one_mean_for_all(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + (1 - rho) * np.mean(np.square(g))
    return divided(w, g, v, lr, eps, eps_inside), v


says_outside = mutant(
    "6.3",
    "v is 9 there, and 9 + 16 = 25: 2 − 0.5 · 6/5 = 1.4. Keras adds epsilon inside the root.",
    KERAS_EPS_INSIDE=False,
)

# 6.4 ---------------------------------------------------------------------------------------------


def memory(w, state):
    return (zeros(w), zeros(w), 0) if state is None else state


def adam_with(w, g, state, lr, b1, b2, eps, form, first=1):
    """The right step; the first may be given another number than 1."""
    m, v, t = memory(w, state)
    w, m, v = adam_step(w, g, m, v, t + first, lr, b1, b2, eps, form)
    return w, (m, v, t + 1)


@mutant(
    "6.4",
    "Both corrections are missing. The means begin as zeros, so they are too small at first, v far "
    "more than m: divide by 1 − b1ᵗ and 1 − b2ᵗ.",
)
def no_correction(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(g)
    return w - lr * m / (np.sqrt(v) + eps), (m, v, t + 1)


@mutant("6.4", "Only m is corrected. v begins as zeros too: divide it by 1 − b2ᵗ.")
def only_m_corrected(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(g)
    return w - lr * m / (1 - b1 ** (t + 1)) / (np.sqrt(v) + eps), (m, v, t + 1)


@mutant(
    "6.4",
    "Your first step is t = 0, and there the corrections divide by 1 − b⁰ = 0. Count the step "
    "before you correct.",
)
def counts_from_zero(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.square(g)
    with np.errstate(all="ignore"):
        m_hat, v_hat = m / np.float64(1 - b1**t), v / np.float64(1 - b2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v, t + 1)


@mutant("6.4", "Your corrections are one step late: the first step is t = 1, and you take t = 2.")
def counts_from_two(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b1, b2, eps, form, first=2)


@mutant(
    "6.4",
    "The step is not counted: you correct every step as if it were the first. t belongs to the "
    "state.",
)
def always_the_first_step(w, g, state, lr, b1, b2, eps, form):
    m, v, _ = memory(w, state)
    return adam_with(w, g, (m, v, 0), lr, b1, b2, eps, form)


@mutant(
    "6.4",
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
    "6.4",
    "Both forms give the paper's step. In Keras's, eps is added to the root of the uncorrected "
    "v, and the corrections are in the rate.",
)
def always_the_paper(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b1, b2, eps, "paper")


@mutant(
    "6.4",
    "Both forms give Keras's step. In the paper's, v is corrected first, and eps is added to the "
    "root of what comes out.",
)
def always_keras(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b1, b2, eps, "keras")


@mutant("6.4", "b1 and b2 have changed places: b1 belongs to the mean of the gradients.")
def betas_swapped(w, g, state, lr, b1, b2, eps, form):
    return adam_with(w, g, state, lr, b2, b1, eps, form)


@mutant(
    "6.4",
    "You put the corrected means into the state, so the next step corrects what is corrected "
    "already. The corrections are for this step only.",
)
def keeps_the_corrected_means(w, g, state, lr, b1, b2, eps, form):
    w, (m, v, t) = adam_with(w, g, state, lr, b1, b2, eps, form)
    return w, (m / (1 - b1**t), v / (1 - b2**t), t)


@mutant(
    "6.4",
    "In the paper's form you put the corrected means into the state, so the next step corrects "
    "what is corrected already. The corrections are for this step only.",
)
def keeps_the_corrected_means_of_the_paper(w, g, state, lr, b1, b2, eps, form):
    w, (m, v, t) = adam_with(w, g, state, lr, b1, b2, eps, form)
    return w, ((m / (1 - b1**t), v / (1 - b2**t), t) if form == "paper" else (m, v, t))


@mutant(
    "6.4",
    "In the paper's form you add eps under the root. It is added to the root of the corrected v.",
)
def epsilon_under_the_root_of_the_paper(w, g, state, lr, b1, b2, eps, form):
    m, v, t = memory(w, state)
    new, (m, v, t) = adam_with(w, g, (m, v, t), lr, b1, b2, eps, form)
    if form == "paper":
        new = w - lr * m / (1 - b1**t) / np.sqrt(v / (1 - b2**t) + eps)
    return new, (m, v, t)


@mutant(
    "6.4",
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


# 6.5 ---------------------------------------------------------------------------------------------


def walked(opt, f, w0, steps):
    """The right path, as a list of arrays."""
    path, state = [np.array(w0, dtype=float)], None
    for _ in range(steps):
        w, state = opt(path[-1].copy(), f(path[-1])[1], state)
        path.append(np.array(w, dtype=float))
    return path


@mutant("6.5", "The start is missing from your path: its first row is w0, before any step.")
def start_missing(opt, f, w0, steps):
    return np.array(walked(opt, f, w0, steps)[1:]).reshape(steps, 2)


@mutant("6.5", "The last place is missing: keep the place after every step, the last one too.")
def end_missing(opt, f, w0, steps):
    return np.array(walked(opt, f, w0, steps)[:-1]).reshape(steps, 2)


@mutant("6.5", "You make one step too many: the path has steps + 1 rows, w0 among them.")
def one_step_too_many(opt, f, w0, steps):
    return np.array(walked(opt, f, w0, steps + 1))


@mutant(
    "6.5",
    "An optimiser that works in place has written over the rows that you kept: they were one and "
    "the same array. Keep copies.",
)
def rows_are_one_array(opt, f, w0, steps):
    w, state, path = np.array(w0, dtype=float), None, []
    path.append(w)
    for _ in range(steps):
        w, state = opt(w, f(w)[1], state)
        path.append(w)
    return np.array(path)


@mutant(
    "6.5",
    "An optimiser that works in place has changed the caller's w0. Begin with a copy of it.",
)
def start_of_the_caller_changed(opt, f, w0, steps):
    w, state = np.asarray(w0, dtype=float), None
    path = [w.copy()]
    for _ in range(steps):
        w, state = opt(w, f(w)[1], state)
        path.append(np.array(w, dtype=float))
    return np.array(path)


@mutant(
    "6.5",
    "The optimiser is given None at every step, so it forgets all that it had learned. Hand on the "
    "state that it returned.",
)
def state_not_handed_on(opt, f, w0, steps):
    path = [np.array(w0, dtype=float)]
    for _ in range(steps):
        path.append(np.array(opt(path[-1].copy(), f(path[-1])[1], None)[0], dtype=float))
    return np.array(path)


@mutant(
    "6.5",
    "You take the gradient at w0 for every step. Ask f again wherever you are.",
)
def gradient_of_the_start(opt, f, w0, steps):
    g = f(np.array(w0, dtype=float))[1]
    return np.array(walked(opt, lambda w: (0.0, np.array(g, dtype=float)), w0, steps))


@mutant(
    "6.5",
    "Your path has been cut to whole numbers, because w0 had them. Make an array of floats.",
)
def path_in_the_type_of_the_start(opt, f, w0, steps):
    w0 = np.asarray(w0)
    path, state = np.zeros((steps + 1, 2), dtype=w0.dtype), None
    path[0] = w0
    for k in range(steps):
        w, state = opt(path[k].astype(float), f(path[k])[1], state)
        path[k + 1] = w
    return path


# 6.6 ---------------------------------------------------------------------------------------------


def checked(H):
    H = np.asarray(H, dtype=float)
    square = H.ndim == 2 and H.shape[0] == H.shape[1]
    if not square or not np.allclose(H, H.T) or np.linalg.eigvalsh(H)[0] <= 0:
        raise ValueError("H is no bowl")
    return H


@mutant(
    "6.6",
    "At 1/λ_max the steepest direction is at 0 after one step. It still converges, bouncing, up to "
    "twice that rate.",
)
def one_over_the_largest(H):
    return stable_rate(checked(H)) / 2


@mutant(
    "6.6",
    "The flattest direction would allow this rate, but the steepest diverges long before: the "
    "largest eigenvalue decides.",
)
def flattest_direction(H):
    return 2 / np.linalg.eigvalsh(checked(H))[0]


@mutant(
    "6.6",
    "You take the largest entry of the diagonal for the largest eigenvalue. That is right only "
    "where the bowl's axes lie along the coordinates.",
)
def largest_of_the_diagonal(H):
    return 2 / np.max(np.diag(checked(H)))


@mutant(
    "6.6",
    "You divide by the sum of the eigenvalues (the trace). Each direction goes its own way; only "
    "the steepest counts.",
)
def trace(H):
    return 2 / np.trace(checked(H))


@mutant(
    "6.6",
    "You divide by the root of the sum of all squares (the Frobenius norm), which is larger than "
    "the largest eigenvalue.",
)
def frobenius_norm(H):
    return 2 / np.sqrt(np.sum(checked(H) ** 2))


@mutant(
    "6.6",
    "You divide by the largest sum of a row. That is only a bound: never below the largest "
    "eigenvalue, and often above.",
)
def largest_row_sum(H):
    return 2 / np.max(np.sum(np.abs(checked(H)), axis=1))


@mutant(
    "6.6",
    "A matrix that is not symmetric passes. eigvalsh looks at one half of it only and does not "
    "notice: compare H with its transpose.",
)
def asymmetry_unnoticed(H):
    H = np.asarray(H, dtype=float)
    curvatures = np.linalg.eigvalsh(H) if H.ndim == 2 and H.shape[0] == H.shape[1] else [-1.0]
    if curvatures[0] <= 0:
        raise ValueError("H is no bowl")
    return 2 / curvatures[-1]


@mutant(
    "6.6",
    "Where an eigenvalue is negative gradient descent leaves the saddle at any rate: raise "
    "ValueError.",
)
def saddles_pass(H):
    H = np.asarray(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("H is not symmetric")
    return 2 / np.abs(np.linalg.eigvalsh(H)).max()


@mutant(
    "6.6",
    "An eigenvalue of 0 passes. Positive definite means above 0: along a level direction nothing "
    "shrinks.",
)
def level_directions_pass(H):
    H = np.asarray(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("H is not symmetric")
    curvatures = np.linalg.eigvalsh(H)
    if curvatures[0] < 0:
        raise ValueError("H is no bowl")
    return 2 / curvatures[-1]


@mutant(
    "6.6",
    "The signs of the eigenvalues are never looked at. A bowl has none that is 0 or below: raise "
    "ValueError for what is no bowl.",
)
def signs_unnoticed(H):
    H = np.asarray(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("H is not symmetric")
    return 2 / np.linalg.eigvalsh(H)[-1]


@mutant(
    "6.6",
    "You refuse a matrix that differs from its transpose by rounding only. Compare them with "
    "np.allclose.",
)
def rounding_refused(H):
    H = checked(H)
    if np.any(H != H.T):
        raise ValueError("H is not symmetric")
    return stable_rate(H)


# 6.7 ---------------------------------------------------------------------------------------------


def decoupled(w, g, state, lr, b1, b2, eps, wd):
    m, v, t = memory(w, state)
    w, m, v = adamw_step(w, g, m, v, t + 1, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps)
    return w, (m, v, t + 1)


def coupled(w, g, state, lr, b1, b2, eps, wd, **other):
    m, v, t = memory(w, state)
    w, m, v = adam_l2_step(w, g, m, v, t + 1, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps, **other)
    return w, (m, v, t + 1)


@mutant(
    "6.7",
    "Your adamw puts the decay into the gradient, so Adam divides it by its usual size. That is "
    "adam_l2; AdamW takes the decay off the weights, beside Adam.",
)
def decay_through_adam(w, g, state, lr, b1, b2, eps, wd):
    return coupled(w, g, state, lr, b1, b2, eps, wd)


penalty_beside_adam = mutant(
    "6.7",
    "Your adam_l2 takes the decay off the weights. The penalty is a part of the loss: its "
    "gradient, wd · w, is added to g before Adam sees it.",
    adam_l2=decoupled,
)

names_swapped = mutant(
    "6.7",
    "adamw and adam_l2 have changed places: AdamW is the one that keeps the decay out of Adam.",
    adamw=coupled,
    adam_l2=decoupled,
)


@mutant(
    "6.7",
    "Your decay is wd · w. Here it is scaled by the rate too, lr · wd · w, so that it shrinks "
    "along with the schedule.",
)
def decay_without_the_rate(w, g, state, lr, b1, b2, eps, wd):
    return decoupled(w, g, state, lr, b1, b2, eps, wd / lr)


@mutant("6.7", "Your decay lets the weights grow: it is subtracted.")
def grows(w, g, state, lr, b1, b2, eps, wd):
    return decoupled(w, g, state, lr, b1, b2, eps, -wd)


@mutant(
    "6.7",
    "You take the decay off what Adam's step has left. Both are computed from the old w.",
)
def decays_the_new_weights(w, g, state, lr, b1, b2, eps, wd):
    new, state = decoupled(w, g, state, lr, b1, b2, eps, 0.0)
    return new - lr * wd * new, state


@mutant(
    "6.7",
    "You take the same amount off every weight, lr · wd, whatever its size (an L1 penalty's "
    "share). Decay takes the same share.",
)
def same_amount_for_all(w, g, state, lr, b1, b2, eps, wd):
    new, state = decoupled(w, g, state, lr, b1, b2, eps, 0.0)
    return new - lr * wd * np.sign(w), state


penalty_without_the_half = mutant(
    "6.7",
    "Your penalty is wd ‖w‖², whose gradient is 2 wd w. With the factor ½ it is wd w.",
    adam_l2=lambda w, g, state, lr, b1, b2, eps, wd: coupled(w, g, state, lr, b1, b2, eps, 2 * wd),
)


def adam_l2_of_the_paper(w, g, state, lr, b1, b2, eps, wd):
    return coupled(w, g, state, lr, b1, b2, eps, wd, epsilon_form="paper")


def adamw_of_the_paper(w, g, state, lr, b1, b2, eps, wd):
    w, g = np.asarray(w, dtype=float), np.asarray(g, dtype=float)
    return adam_with(w - lr * wd * w, g, state, lr, b1, b2, eps, "paper")


epsilon_of_the_paper = mutant(
    "6.7",
    "Both use the paper's form of Adam. The exercise asks for Keras's, which differs where eps "
    "is not tiny.",
    adamw=adamw_of_the_paper,
    adam_l2=adam_l2_of_the_paper,
)

# 6.8 ---------------------------------------------------------------------------------------------

TEST_RATES = np.geomspace(1e-4, 10, 51)


def recorded(model_fn, x, y, rates=TEST_RATES):
    """A right test at these rates: those recorded, and their losses."""
    model, lrs, losses = model_fn(), [], []
    for lr in rates:
        model.optimizer.learning_rate = lr
        model.reset_metrics()
        loss = float(model.train_on_batch(x, y, return_dict=True)["loss"])
        if losses and not loss <= 4 * losses[0]:
            break
        lrs.append(float(lr))
        losses.append(loss)
    return lrs, losses


def a_tenth(lrs, losses):
    return lrs[int(np.nanargmin(losses))] / 10


@mutant(
    "6.8",
    "You suggest the rate with the smallest loss. The loss is at its smallest where the good steps "
    "end; that rate is beyond the limit already, or close to it. Take a tenth.",
)
def suggests_the_smallest_loss(model_fn, x, y):
    lrs, losses = recorded(model_fn, x, y)
    return lrs, losses, 10 * a_tenth(lrs, losses)


@mutant(
    "6.8",
    "You suggest the last rate before it explodes. Divergence takes some steps to show: this "
    "rate is far beyond the limit.",
)
def suggests_the_last_rate(model_fn, x, y):
    lrs, losses = recorded(model_fn, x, y)
    return lrs, losses, lrs[-1]


@mutant(
    "6.8",
    "You make a new model for every rate, so that every loss is that of untrained weights. Call "
    "model_fn once, before the loop.",
)
def a_new_model_for_every_rate(model_fn, x, y):
    model, lrs, losses = model_fn(), [], []
    untrained = model.get_weights()
    for lr in TEST_RATES:
        model.set_weights(untrained)  # as new, and much faster than model_fn()
        model.optimizer.learning_rate = lr
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
        lrs.append(float(lr))
    return lrs, losses, a_tenth(lrs, losses)


@mutant(
    "6.8",
    "The rates are never set: the model trains at the one that it was compiled with. Set "
    "model.optimizer.learning_rate before each step.",
)
def rate_never_set(model_fn, x, y):
    model, losses = model_fn(), []
    for _ in TEST_RATES:
        model.reset_metrics()
        loss = float(model.train_on_batch(x, y, return_dict=True)["loss"])
        if losses and not loss <= 4 * losses[0]:
            break
        losses.append(loss)
    lrs = [float(lr) for lr in TEST_RATES[: len(losses)]]
    return lrs, losses, a_tenth(lrs, losses)


@mutant(
    "6.8",
    "Your rates are evenly spaced on a linear scale: the second one is 0.2 already. On a "
    "logarithmic scale each is the same multiple of the one before.",
)
def rates_on_a_linear_scale(model_fn, x, y):
    lrs, losses = recorded(model_fn, x, y, np.linspace(1e-4, 10, 51))
    return lrs, losses, a_tenth(lrs, losses)


@mutant(
    "6.8",
    "You never stop: losses that have left all bounds are recorded too.",
)
def never_stops(model_fn, x, y):
    model, lrs, losses = model_fn(), [], []
    for lr in TEST_RATES:
        model.optimizer.learning_rate = lr
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
        lrs.append(float(lr))
    return lrs, losses, a_tenth(lrs, losses)


@mutant(
    "6.8",
    "You stop only where the loss is no finite number. Stop before it is more than 4 times the "
    "first, too.",
)
def stops_at_infinity(model_fn, x, y):
    model, lrs, losses = model_fn(), [], []
    for lr in TEST_RATES:
        model.optimizer.learning_rate = lr
        model.reset_metrics()
        loss = float(model.train_on_batch(x, y, return_dict=True)["loss"])
        if not math.isfinite(loss):
            break
        lrs.append(float(lr))
        losses.append(loss)
    return lrs, losses, a_tenth(lrs, losses)


@mutant(
    "6.8",
    "Your losses are those after the step. Record the one before the step's own update, which "
    "train_on_batch returns.",
)
def loss_after_the_step(model_fn, x, y):
    model, lrs, losses, first = model_fn(), [], [], None
    for lr in TEST_RATES:
        model.optimizer.learning_rate = lr
        model.reset_metrics()
        before = float(model.train_on_batch(x, y, return_dict=True)["loss"])
        model.reset_metrics()
        after = float(model.test_on_batch(x, y, return_dict=True)["loss"])
        first = before if first is None else first
        if not after <= 4 * first:
            break
        lrs.append(float(lr))
        losses.append(after)
    return lrs, losses, a_tenth(lrs, losses)


@mutant(
    "6.8",
    "You record the first loss that is out of bounds, too. Stop before it: it is not recorded, "
    "nor is its rate.",
)
def records_the_explosion(model_fn, x, y):
    model, lrs, losses = model_fn(), [], []
    for lr in TEST_RATES:
        model.optimizer.learning_rate = lr
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
        lrs.append(float(lr))
        if not losses[-1] <= 4 * losses[0]:
            break
    return lrs, losses, a_tenth(lrs, losses)
