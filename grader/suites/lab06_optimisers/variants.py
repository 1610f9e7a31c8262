"""Right answers to lab 6 in other styles. Each must earn every point."""

import math

import numpy as np

from nablab.checking import variant

# 6.1 ---------------------------------------------------------------------------------------------


@variant("6.1", "Nesterov's step from the old and the new velocity; the state is a dict")
def sgd_by_two_velocities(w, g, state, lr, momentum=0.0, nesterov=False):
    old = 0.0 if state is None else state["velocity"]
    new = momentum * old - lr * np.asarray(g)
    step = (1 + momentum) * new - momentum * old if nesterov else new
    return np.asarray(w) + step, {"velocity": new}


@variant("6.1", "number by number, the state a plain list")
def sgd_by_loops(w, g, state, lr, momentum=0.0, nesterov=False):
    w, g = np.asarray(w), np.asarray(g)
    state = [0.0] * w.size if state is None else state
    new, velocities = [], []
    for weight, slope, v in zip(w.ravel().tolist(), g.ravel().tolist(), state, strict=True):
        v = momentum * v - lr * slope
        velocities.append(v)
        new.append(weight + (momentum * v - lr * slope if nesterov else v))
    return np.array(new).reshape(w.shape), velocities


@variant("6.1", "float32, returned as a list")
def sgd_in_float32(w, g, state, lr, momentum=0.0, nesterov=False):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    lr, momentum = np.float32(lr), np.float32(momentum)
    v = -lr * g if state is None else momentum * state - lr * g
    return [w + (momentum * v - lr * g if nesterov else v), v]


class Ball:
    """A velocity that is an object, made anew in every step."""

    def __init__(self, v):
        self.v = v


@variant("6.1", "an object for the state")
def sgd_with_an_object(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (state.v if state else np.zeros(np.shape(w))) - lr * g
    return (w + momentum * v - lr * g if nesterov else w + v), Ball(v)


# 6.2 ---------------------------------------------------------------------------------------------


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
    "6.2",
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
    "6.2",
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
    "6.2",
    "NumPy scalars",
    lr_step=lr_step_by_floor,
    lr_cosine=lr_cosine_by_clip,
    lr_warmup=lr_warmup_by_interp,
)

# 6.3 ---------------------------------------------------------------------------------------------


@variant("6.3", "the mean square moves towards the new square; a dict")
def rmsprop_by_moving(w, g, state, lr, rho, eps, eps_inside):
    v = state["v"] if state else np.zeros(np.shape(w))
    v = v + (1 - rho) * (np.square(g) - v)
    if eps_inside:
        return w - lr * g * (v + eps) ** -0.5, {"v": v}
    return w - lr * g / (v**0.5 + eps), {"v": v}


@variant("6.3", "float32; the flag as a number")
def rmsprop_in_float32(w, g, state, lr, rho, eps, eps_inside):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    rho = np.float32(rho)
    v = (1 - rho) * g * g + (0 if state is None else rho * state)
    under, beside = np.float32(eps * eps_inside), np.float32(eps * (not eps_inside))
    return w - np.float32(lr) * g / (np.sqrt(v + under) + beside), v


@variant("6.3", "number by number")
def rmsprop_by_loops(w, g, state, lr, rho, eps, eps_inside):
    new, means = np.zeros(np.shape(w)), np.zeros(np.shape(w))
    for place in np.ndindex(np.shape(w)):
        old = 0.0 if state is None else state[place]
        means[place] = rho * old + (1 - rho) * float(g[place]) ** 2
        size = means[place]
        size = math.sqrt(size + eps) if eps_inside else math.sqrt(size) + eps
        new[place] = w[place] - lr * g[place] / size
    return new, means


flag_of_numpy = variant(
    "6.3", "the constant as a NumPy truth value", KERAS_EPS_INSIDE=np.bool_(True)
)

# 6.4 ---------------------------------------------------------------------------------------------


@variant("6.4", "a dict; both forms by one line, with the eps that makes them equal")
def adam_by_one_form(w, g, state, lr, b1, b2, eps, form):
    old = state or {"t": 0, "m": 0.0, "v": 0.0}
    t = old["t"] + 1
    m, v = b1 * old["m"] + (1 - b1) * g, b2 * old["v"] + (1 - b2) * g * g
    if form == "keras":
        eps = eps / np.sqrt(1 - b2**t)
    step = (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
    return w - lr * step, {"t": t, "m": m, "v": v}


@variant("6.4", "the powers of the betas are kept in place of the step's number")
def adam_by_powers(w, g, state, lr, b1, b2, eps, form):
    m, v, p1, p2 = state if state is not None else (0 * g, 0 * g, 1.0, 1.0)
    p1, p2 = p1 * b1, p2 * b2
    m, v = m + (1 - b1) * (g - m), v + (1 - b2) * (g**2 - v)
    if form == "paper":
        return w - lr * m / (1 - p1) / (np.sqrt(v / (1 - p2)) + eps), (m, v, p1, p2)
    return w - lr * np.sqrt(1 - p2) / (1 - p1) * m / (np.sqrt(v) + eps), (m, v, p1, p2)


@variant("6.4", "float32")
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


@variant("6.4", "float32, the betas and their powers too")
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


@variant("6.4", "all gradients are kept, and the means are summed from them")
def adam_by_sums(w, g, state, lr, b1, b2, eps, form):
    seen = [*(state or []), np.asarray(g, dtype=float)]
    t = len(seen)
    m = sum((1 - b1) * b1 ** (t - k) * old for k, old in enumerate(seen, 1))
    v = sum((1 - b2) * b2 ** (t - k) * old**2 for k, old in enumerate(seen, 1))
    if form == "paper":
        return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), seen
    return w - lr * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + eps), seen


# 6.5 ---------------------------------------------------------------------------------------------


@variant("6.5", "into an array made beforehand")
def run_into_an_array(opt, f, w0, steps):
    path = np.empty((steps + 1, 2))
    path[0] = w0
    w, state = path[0].copy(), None
    for k in range(1, steps + 1):
        w, state = opt(w, f(w)[1], state)
        path[k] = w
    return path


@variant("6.5", "by recursion, as lists")
def run_by_recursion(opt, f, w0, steps):
    def rest(w, state, left):
        row = [[float(w[0]), float(w[1])]]
        if not left:
            return row
        w, state = opt(np.array(w, dtype=float), np.array(f(w)[1]), state)
        return row + rest(w, state, left - 1)

    return rest(np.array(w0, dtype=float), None, steps)


@variant("6.5", "asks f twice at every place, for the value and for the gradient")
def run_that_asks_twice(opt, f, w0, steps):
    w, state = np.array(w0, dtype=float), None
    path, values = [w.copy()], []
    for _ in range(steps):
        values.append(f(w)[0])
        gradient = f(w)[1]
        w, state = opt(w.copy(), gradient, state)
        w = np.array(w, dtype=float)
        path.append(w.copy())
    return path


@variant("6.5", "float32")
def run_in_float32(opt, f, w0, steps):
    path, state = [np.array(w0, dtype=np.float32)], None
    while len(path) <= steps:
        _, g = f(path[-1])
        w, state = opt(path[-1].copy(), np.asarray(g, dtype=np.float32), state)
        path.append(np.array(w, dtype=np.float32))
    return np.vstack(path)


# 6.6 ---------------------------------------------------------------------------------------------


@variant("6.6", "Cholesky, which raises LinAlgError, and the spectral norm")
def limit_by_cholesky(H):
    H = np.array(H, dtype=float)
    if len(set(H.shape)) != 1 or np.abs(H - H.T).max() > 1e-8 * np.abs(H).max():
        raise ValueError("not symmetric")
    np.linalg.cholesky(H)
    return 2 / np.linalg.norm(H, 2)


@variant("6.6", "general eigenvalues, real parts")
def limit_by_general_eigenvalues(H):
    rows, columns = np.shape(H)
    if rows != columns:
        raise ValueError("not square")
    if not np.allclose(H, np.transpose(H), rtol=1e-6):
        raise ValueError("not symmetric")
    found = np.linalg.eigvals(H).real
    if not (found > 0).all():
        raise ValueError("not positive definite")
    return np.min(2 / found)


@variant("6.6", "float32")
def limit_in_float32(H):
    H = np.asarray(H, dtype=np.float32)
    if H.ndim != 2 or H.shape != H.T.shape or not np.allclose(H, H.T):
        raise ValueError("not symmetric")
    found = np.linalg.eigvalsh(H)
    if found.min() <= 1e-7 * np.abs(found).max():
        raise ValueError("not positive definite")
    return np.float32(2) / found.max()


@variant("6.6", "power iteration, on the matrix and on its mirror image")
def limit_by_power_iteration(H):
    H = np.asarray(H, dtype=float)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError("not symmetric")

    def largest(M):
        power = M
        for _ in range(40):  # M to the power of 2⁴⁰
            power = power @ power
            power /= np.linalg.norm(power)
        w = power @ np.random.default_rng(0).normal(size=len(M))
        return w @ M @ w / (w @ w)

    bound = np.abs(H).sum(axis=1).max() + 1  # at least every |λ|, plus 1
    top = largest(H + bound * np.eye(len(H))) - bound
    bottom = bound - largest(bound * np.eye(len(H)) - H)
    if bottom <= 1e-9 * bound:
        raise ValueError("not positive definite")
    return 2 / top


# 6.7 ---------------------------------------------------------------------------------------------


def own_adamw(w, g, state, lr, b1, b2, eps, wd):
    m, v, t = state if state is not None else (0 * g, 0 * g, 0)
    t, m, v = t + 1, b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    alpha = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
    return (1 - lr * wd) * w - alpha * m / (np.sqrt(v) + eps), (m, v, t)


def own_adam_l2(w, g, state, lr, b1, b2, eps, wd):
    return own_adamw(w, g + wd * w, state, lr, b1, b2, eps, 0.0)


without_the_adam_of_before = variant(
    "6.7", "an Adam of their own", adamw=own_adamw, adam_l2=own_adam_l2
)

penalty_from_the_decay = variant("6.7", "only adam_l2 is another", adam_l2=own_adam_l2)


def float32_adamw(w, g, state, lr, b1, b2, eps, wd):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    new, state = own_adamw(w, g, state, np.float32(lr), b1, b2, np.float32(eps), np.float32(wd))
    return new.astype(np.float32), state


def float32_adam_l2(w, g, state, lr, b1, b2, eps, wd):
    g = np.asarray(g, dtype=np.float32) + np.float32(wd) * np.asarray(w, dtype=np.float32)
    return float32_adamw(w, g, state, lr, b1, b2, eps, 0.0)


in_single_precision = variant("6.7", "float32", adamw=float32_adamw, adam_l2=float32_adam_l2)


def loop_adamw(w, g, state, lr, b1, b2, eps, wd):
    w, g = np.asarray(w, dtype=float), np.asarray(g, dtype=float)
    state = {} if state is None else state
    t, new, after = state.get("t", 0) + 1, np.empty(w.shape), {"t": state.get("t", 0) + 1}
    for n, place in enumerate(np.ndindex(w.shape)):
        m, v = state.get(n, (0.0, 0.0))
        m, v = b1 * m + (1 - b1) * g[place], b2 * v + (1 - b2) * g[place] ** 2
        alpha = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
        new[place] = w[place] - lr * wd * w[place] - alpha * m / (math.sqrt(v) + eps)
        after[n] = (float(m), float(v))
    return new, after


number_by_number = variant("6.7", "number by number, only adamw is another", adamw=loop_adamw)

# 6.8 ---------------------------------------------------------------------------------------------


@variant("6.8", "a training step by gradients and apply_gradients")
def range_test_by_gradients(model_fn, x, y):
    import keras

    from nablab.autodiff import value_and_gradients

    model = model_fn()
    lrs, losses = [], []
    for exponent in np.linspace(-4, 1, 51):
        model.optimizer.learning_rate = 10**exponent
        loss, gradients = value_and_gradients(
            lambda: keras.ops.mean(model.compute_loss(y=y, y_pred=model(x, training=True))),
            model.trainable_variables,
        )
        loss = float(loss)
        if not np.isfinite(loss) or (losses and loss > 4 * losses[0]):
            break
        lrs.append(10**exponent)
        losses.append(loss)
        model.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return np.array(lrs), np.array(losses), lrs[int(np.argmin(losses))] / 10


@variant("6.8", "evaluates before every step, which fit makes")
def range_test_by_fit(model_fn, x, y):
    model, lrs, losses, lr = model_fn(), [], [], 1e-4
    while len(lrs) < 51:
        loss = model.evaluate(x, y, batch_size=len(x), verbose=0)
        loss = loss[0] if isinstance(loss, list) else loss
        if losses and not loss <= 4 * losses[0]:
            break
        model.optimizer.learning_rate.assign(lr)
        model.fit(x, y, batch_size=len(x), epochs=1, verbose=0, shuffle=False)
        lrs.append(lr)
        losses.append(loss)
        lr *= 10**0.1
    best = min(range(len(losses)), key=losses.__getitem__)
    return lrs, losses, 0.1 * lrs[best]


@variant("6.8", "all in float32, as a list of arrays")
def range_test_in_float32(model_fn, x, y):
    model, losses = model_fn(), []
    rates = np.logspace(-4, 1, 51, dtype=np.float32)
    for lr in rates:
        model.optimizer.learning_rate = lr
        loss = np.float32(model.train_on_batch(x, y))
        if losses and (not np.isfinite(loss) or loss > 4 * losses[0]):
            break
        losses.append(loss)
    lrs = rates[: len(losses)]
    return [lrs, np.array(losses), lrs[np.argmin(losses)] / np.float32(10)]
