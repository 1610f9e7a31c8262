"""A small class that hands in this lab, and which checks each of them must fail: the scores that the
grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

OTHER_STYLE = {
    "N.1": """\
def sgd(w, g, state, lr, momentum=0.0, nesterov=False):
    w, g = np.asarray(w, np.float32), np.asarray(g, np.float32)
    old = np.zeros_like(g) if state is None else state["v"]
    new = np.float32(momentum) * old - np.float32(lr) * g
    if nesterov:
        return w + np.float32(1 + momentum) * new - np.float32(momentum) * old, {"v": new}
    return w + new, {"v": new}
""",
    "N.2": """\
def lr_step(step, lr0, drop, every):
    for _ in range(step // every):
        lr0 = lr0 * drop
    return lr0


def lr_cosine(step, lr0, total, alpha=0.0):
    done = np.clip(step / total, 0, 1)
    return lr0 * (1 - (1 - alpha) * np.sin(np.pi / 2 * done) ** 2)


def lr_warmup(step, lr0, warmup, total):
    return lr0 * step / warmup if step < warmup else lr_cosine(step - warmup, lr0, total - warmup)
""",
    "N.4": """\
class Means:
    def __init__(self, m, v, t):
        self.m, self.v, self.t = m, v, t


def adam(w, g, state, lr, b1, b2, eps, form):
    old = state or Means(0.0, 0.0, 0)
    new = Means(b1 * old.m + (1 - b1) * g, b2 * old.v + (1 - b2) * g * g, old.t + 1)
    if form == "keras":
        eps = eps / np.sqrt(1 - b2**new.t)
    step = new.m / (1 - b1**new.t) / (np.sqrt(new.v / (1 - b2**new.t)) + eps)
    return w - lr * step, new
""",
    "N.5": """\
def run(opt, f, w0, steps):
    path = np.zeros((steps + 1, 2))
    path[0], state = w0, None
    for k in range(steps):
        w, state = opt(path[k].copy(), f(path[k])[1], state)
        path[k + 1] = w
    return path
""",
    "N.6": """\
def max_stable_lr(H):
    H = np.asarray(H, float)
    if H.shape != H.T.shape or not np.allclose(H, H.T):
        raise ValueError("not symmetric")
    np.linalg.cholesky(H)
    return 2 / np.linalg.norm(H, 2)
""",
}

RATE_OUTSIDE = """\
def sgd(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (0 if state is None else state) + g
    return w - lr * (momentum * v + g if nesterov else v), v
"""

ALPHA_IS_A_FLOOR = """\
def lr_step(step, lr0, drop, every):
    return lr0 * drop ** (step // every)


def lr_cosine(step, lr0, total, alpha=0.0):
    return max(lr0 * (1 + np.cos(np.pi * min(step, total) / total)) / 2, alpha * lr0)


def lr_warmup(step, lr0, warmup, total):
    return lr0 * step / warmup if step < warmup else lr_cosine(step - warmup, lr0, total - warmup)
"""

HALF_THE_LIMIT = """\
def max_stable_lr(H):
    H = np.asarray(H, float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("not symmetric")
    if np.linalg.eigvalsh(H)[0] <= 0:
        raise ValueError("not positive definite")
    return 1 / np.linalg.eigvalsh(H)[-1]
"""

SMALLEST_LOSS = """\
def lr_range_test(model_fn, x, y):
    model = model_fn()
    lrs, losses = [], []
    for lr in np.logspace(-4, 1, 51):
        model.optimizer.learning_rate = lr
        loss = float(model.train_on_batch(x, y))
        if losses and not loss <= 4 * losses[0]:
            break
        lrs.append(lr)
        losses.append(loss)
    return lrs, losses, lrs[int(np.argmin(losses))]
"""

NO_CORRECTION = """\
def adam(w, g, state, lr, b1, b2, eps, form):
    m, v = (0 * g, 0 * g) if state is None else state
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    return w - lr * m / (np.sqrt(v) + eps), (m, v)
"""

BROKEN_SYNTAX = """\
def rmsprop(w, g, state, lr, rho, eps, eps_inside)
    return w, state


KERAS_EPS_INSIDE = True
"""

BY_KERAS = """\
def sgd(w, g, state, lr, momentum=0.0, nesterov=False):
    weight = keras.Variable(w)
    keras.optimizers.SGD(lr, momentum, nesterov).apply([g], [weight])
    return np.array(weight), None
"""


SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in another style and partly in float32", OTHER_STYLE),
    Sample(
        "student03",
        "keeps the rate outside the velocity",
        {"N.1": RATE_OUTSIDE},
        fails={
            "N.1": AllBut(
                "test_sgd_returns_weights_and_state",
                "test_the_plain_steps_of_the_text",
                "test_the_momentum_steps_of_the_text",
                "test_the_nesterov_steps_of_the_text",
                "test_without_a_gradient_it_rolls_on",
                "test_sgd_remembers_in_the_state_only",
                "test_sgd_on_weights_of_any_shape",
                "test_twenty_random_steps",
                "test_without_momentum_it_is_gradient_descent",
                "test_one_push_and_then_nothing",
                "test_two_networks_by_turns",
            )
        },
    ),
    Sample(
        "student04",
        "uses alpha as a floor",
        {"N.2": ALPHA_IS_A_FLOOR},
        fails={
            "N.2": AllBut(
                "test_a_rate_is_one_number",
                "test_the_stairs_of_the_text",
                "test_the_warm_up_of_the_text",
                "test_the_ends_of_the_warm_up",
                "test_schedules_scale_with_their_first_rate",
                "test_stairs_of_any_height",
                "test_warm_ups_of_any_length",
                "test_no_jumps",
            )
        },
    ),
    Sample(
        "student05",
        "allows half of the largest stable rate",
        {"N.6": HALF_THE_LIMIT},
        fails={"N.6": AllBut("test_a_rate_for_a_bowl", "test_no_bowls")},
    ),
    Sample(
        "student06",
        "suggests the rate with the smallest loss",
        {"N.8": SMALLEST_LOSS},
        fails={
            "N.8": AllBut(
                "test_rates_losses_and_a_suggestion",
                "test_one_weight_on_a_bowl",
                "test_it_stops_in_time",
                "test_the_whole_test_on_another_problem",
                "test_a_linear_problem",
                "test_a_linear_problem_of_another_scale",
                "test_a_classifier",
            )
        },
    ),
    Sample(
        "student07",
        "the stub, unchanged",
        stub=True,
    ),
    Sample(
        "student08",
        "forgets Adam's corrections and gets the rest right: follow-through",
        {"N.4": NO_CORRECTION},
        fails={
            "N.4": AllBut(
                "test_adam_returns_weights_and_state", "test_adam_remembers_in_the_state_only"
            )
        },
    ),
    Sample("student09", "a syntax error in N.3", {"N.3": BROKEN_SYNTAX}, fails={"N.3": ALL}),
    Sample("student10", "the cell of N.1 is there twice", damage=doubled("N.1", RATE_OUTSIDE)),
    Sample("student11", "a file that breaks off", damage=cut_off, state=UNREADABLE),
    Sample("student12", "calls Keras in N.1", {"N.1": BY_KERAS}, fails={"N.1": ALL}),
]
