"""The visible checks of 3.8."""

import numpy as np

from nablab.checking import check, close, contract, holds, once
from nablab.checking.expect import as_numbers
from nablab.data import digits
from nablab.reference.backprop import two_layer_gradients

from .oracles import parts, shaped

PARAMS = ("w1", "b1", "w2", "b2")


def trained(student, x, y, hidden, lr, steps, seed):
    """The student's params, as arrays of the right shapes, and history, as an array."""
    got = once(student, "train_two_layer", x, y, hidden, lr, steps, seed)
    params, history = parts(got, ("params", "history"))
    holds(
        isinstance(params, dict) and set(PARAMS) <= set(params),
        f"params should be a dict with the keys {', '.join(PARAMS)}.",
        got=sorted(map(str, params)) if isinstance(params, dict) else params,
    )
    D, K = x.shape[1], int(np.max(y)) + 1
    shapes = ((D, hidden), (hidden,), (hidden, K), (K,))
    params = {name: as_numbers(params[name], says=f"{name}:") for name in PARAMS}
    shaped(params.values(), PARAMS, shapes)
    history = as_numbers(history, says="history:")
    holds(
        history.shape == (steps,),
        f"After {steps} steps history should hold {steps} losses; its shape is {history.shape}.",
        got=history,
    )
    return params, history


def near_a_kink(x, params):
    """Whether some unit's sum is so near 0 that in float32 its sign is a matter of rounding."""
    return bool(np.abs(x @ params["w1"] + params["b1"]).min() < 1e-5)


def one_step_is_right(student, x, y, hidden, lr, k, seed):
    """Step k moves every parameter by -lr times its gradient, and history has the loss before."""
    seeds = range(seed, seed + 9)  # one start in a thousand is near a kink: then the next seed
    runs = ((s, trained(student, x, y, hidden, lr, k, s)[0]) for s in seeds)
    seed = next((s for s, params in runs if not near_a_kink(x, params)), seed)
    before, _ = trained(student, x, y, hidden, lr, k, seed)
    after, history = trained(student, x, y, hidden, lr, k + 1, seed)
    loss, gradients = two_layer_gradients(x, y, before)
    close(
        history[k],
        loss,
        f"history[{k}] should be the loss before step {k}, with the params of {k} steps.",
    )
    moves_by(gradients, before, after, lr, k)


def moves_by(gradients, before, after, lr, k):
    """Step k has moved every parameter by -lr times its gradient."""
    for name in PARAMS:
        size = np.sqrt(np.mean(gradients[name] ** 2))
        rounding = 3e-7 * np.abs(before[name]).max() / lr  # if the params are float32
        close(
            (after[name] - before[name]) / -lr,
            gradients[name],
            f"How far step {k} moves {name}, divided by −lr, should be its gradient.",
            rtol=1e-3,
            atol=1e-3 * size + rounding,
            constant=True,  # all hidden units may be 0
        )


def small_problem(rng, n=11, d=5, k=3):
    y = np.concatenate([np.arange(k), rng.integers(0, k, size=n - k)])
    return rng.normal(size=(n, d)), rng.permutation(y)


def ten_digits(rng):
    """Ten digits, one of each, and their labels: few enough to be learned in plain loops."""
    images, labels = digits()
    chosen = np.array([rng.choice(np.flatnonzero(labels == k)) for k in range(10)])
    return images[chosen].reshape(10, 64), labels[chosen]


X8, Y8 = small_problem(np.random.default_rng(8))


@check("contract")
def test_params_and_history(student):
    """Four parameters in their shapes, for max(y) + 1 classes, and one loss for each step"""
    contract(student, "train_two_layer", X8, Y8, 7, 0.3, 4, 0)
    trained(student, X8, Y8, 7, 0.3, 4, 0)
    trained(student, X8, 2 * Y8, 7, 0.3, 2, 0)  # classes 0, 2 and 4: there are five


@check("hand")
def test_the_first_loss_is_log_k(student, rng):
    """Before it has learned anything, the loss on ten digits is near log 10 = 2.303"""
    x, y = ten_digits(rng)
    for seed in (0, 1):
        _, history = trained(student, x, y, 32, 0.2, 1, seed)
        holds(
            abs(history[0] - np.log(10)) < 0.15,
            f"The first loss is {history[0]:.3f}. Is w2 small, and the loss a mean?",
            got=history[0],
            expected=np.log(10),
        )


@check("probe")
def test_the_first_weights(student):
    """Before the first step the biases are 0 and the weights have the two standard deviations"""
    x, y = np.zeros((10, 64)), np.arange(10)
    params, _ = trained(student, x, y, 32, 0.2, 0, 3)
    for name in ("b1", "b2"):
        holds(not params[name].any(), f"{name} should start at 0.", got=params[name])
    for name, right, slack in (("w1", np.sqrt(2 / 64), 0.1), ("w2", 0.01, 0.25)):
        std = float(np.std(params[name]))
        holds(
            abs(std / right - 1) < slack,
            f"The standard deviation of the first {name} is {std:.4f}; it should be {right:.4f}.",
            got=std,
            expected=right,
        )


@check("probe")
def test_a_step_is_minus_lr_times_the_gradient(student):
    """Every step moves all four parameters by −lr times their gradients, worked out before it"""
    for k in (0, 1, 5):
        one_step_is_right(student, X8, Y8, 7, 0.3, k, 2)


@check()
def test_the_seed_decides(student):
    """The same seed gives the same training, and another seed a different one"""
    first, _ = trained(student, X8, Y8, 7, 0.3, 2, 5)
    again = student.train_two_layer(X8, Y8, 7, 0.3, 2, 5)[0]
    other, _ = trained(student, X8, Y8, 7, 0.3, 2, 6)
    close(again["w1"], first["w1"], "The same seed again: w1 should be the same.")
    holds(
        not np.allclose(first["w1"], other["w1"]),
        "Seeds 5 and 6 give the same w1.",
        got=other["w1"],
    )


@check("oracle")
def test_ten_digits_are_learned_by_heart(student, rng):
    """Ten digits are learned by heart: after 100 steps with lr 0.4 the loss is below 0.1"""
    x, y = ten_digits(rng)
    _, history = trained(student, x, y, 16, 0.4, 101, 0)
    holds(
        history[-1] < 0.1,
        f"After 100 steps with 16 hidden units the loss is {history[-1]:.3f}.",
        got=history,
        expected="below 0.1",
    )
    rise = float(np.max(np.diff(history)))
    holds(
        rise <= 1e-6,
        f"With so small a learning rate the loss should fall at every step; it rose by {rise:.3g}.",
        got=history,
    )


def probe_training(student):
    """What does not depend on the numbers drawn: how steps compare with gradients, and where the
    weights start."""
    before, early = trained(student, X8, Y8, 7, 0.3, 3, 1)
    after, history = trained(student, X8, Y8, 7, 0.3, 4, 1)
    loss, gradients = two_layer_gradients(X8, Y8, before)
    start, _ = trained(student, X8, Y8, 70, 0.3, 0, 1)
    other, _ = trained(student, X8, Y8, 70, 0.3, 0, 2)
    facts = [round(float(history[3] - loss), 3), round(float(early[0]), 1)]
    for name in PARAMS:
        moved, g = (before[name] - after[name]) / 0.3, gradients[name]
        share = float(np.sum(moved * g) / max(np.sum(g * g), 1e-12))
        facts += [round(share, 3), round(float(np.linalg.norm(moved - share * g)), 2)]
    facts += [int(np.std(start[name]) * 5) for name in ("w1", "w2")]
    return [*facts, int(np.allclose(start["w1"], other["w1"])), int(start["b1"].any())]


def probe_classes(student):
    """How many classes there are if two of five have no example."""
    return [np.shape(student.train_two_layer(X8, 2 * Y8, 7, 0.3, 0, 1)[0]["w2"])]


PROBES = [probe_training, probe_classes]
