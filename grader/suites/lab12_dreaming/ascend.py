"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, holds, left_alone, mutant, variant

from ..checks.ascend import both, right
from ..checks.oracles import bent, flat, hill, linear, normalised


@check("oracle")
def test_drawn_scores_and_images(student, rng):
    """Drawn images, step sizes and decays"""
    for shape in ((5, 3, 2), (2, 7, 3), (1, 1, 4)):
        lr, decay = rng.uniform(0.1, 1), rng.uniform(0.05, 0.5)
        right(student, bent, 2 * rng.normal(size=shape), 4, lr, decay, f"An image {shape}.")


@check()
def test_drawn_weights_come_to_rest(student, rng):
    """Drawn linear weights come to rest at lr/decay times themselves, normalised"""
    w = rng.normal(size=(4, 3, 2)) * 10 ** rng.uniform(-3, 3)
    img, values = both(student, linear(w), rng.normal(size=w.shape), 130, 0.2, 0.15)
    close(img, 0.2 / 0.15 * normalised(w), atol=1e-4)
    holds(values[-1] > values[0], "The value should have risen.")


@check("probe")
def test_faint_and_missing_gradients(student, rng):
    """Gradients of about 10⁻⁸, and none at all"""
    w = rng.normal(size=(3, 2, 2)) * 1e-8
    right(student, linear(w), rng.normal(size=w.shape), 3, 0.5, 0.1, "A gradient of about 1e-8.")
    right(student, flat, rng.normal(size=(2, 3, 1)), 3, 0.5, 0.1, "No gradient.")


@check("probe")
def test_far_outside_the_range(student, rng):
    """Images far outside 0 to 1, without and with decay"""
    x = rng.uniform(-9, 9, size=(3, 4, 2))
    right(student, bent, x, 3, 1.5, 0.0)
    right(student, bent, x, 1, 1.5, 1.0, "The decay takes all of the old image.")


@check("probe")
def test_over_the_top(student, rng):
    """Steps that are too long go over the top of a hill, and the last image is returned"""
    right(student, hill, 0.3 * rng.normal(size=(4, 3, 2)), 1, 2.0, 0.0)
    right(student, hill, 0.3 * rng.normal(size=(4, 3, 2)), 3, 2.0, 0.1)


@check()
def test_whole_numbers_are_left_as_they_are(student, rng):
    """Images of whole numbers and of floats stay as they are, in any order in memory"""
    for x in (rng.integers(-5, 6, size=(3, 4, 2)), rng.normal(size=(2, 4, 3)).T):
        left_alone(student, "ascend", bent, x, 2, 0.3, 0.1)
        right(student, bent, x, 2, 0.3, 0.1)


@check()
def test_one_climb_in_two_halves(student, rng):
    """A climb of five steps is one of two steps and one of three from where it came"""
    x = rng.normal(size=(3, 5, 2))
    half, first = both(student, bent, x, 2, 0.3, 0.1)
    there, second = both(student, bent, np.asarray(half), 3, 0.3, 0.1)
    whole, values = both(student, bent, x, 5, 0.3, 0.1)
    close(there, np.asarray(whole), atol=2e-5)
    close([*first, *second], np.asarray(values), atol=1e-4)


# Mutants ------------------------------------------------------------------------------------------


def engine(step=None, size=None, value_after=False, extra=0, whole=False):
    """A climb with something changed: `step(x, g, lr, decay)`, or the size that g is divided by."""

    def divided(x, g, lr, decay):
        return (1 - decay) * x + lr * g / (size(g) + 1e-8)

    move = step or divided

    def climb(score, x, steps, lr, decay):
        x, values = np.array(x) if whole else np.array(x, dtype=float), []
        for _ in range(max(steps + extra, 0)):
            value, g = score(x)
            x = move(x, np.asarray(g, dtype=float), lr, decay)
            values.append(score(x)[0] if value_after else value)
        return x, values

    return climb


def rms(g):
    return np.sqrt(np.mean(g**2))


def of(says, **changed):
    return mutant(says, ascend=engine(**changed))


downhill = of(
    "You go downhill: the gradient points to where the score rises, so add it.",
    step=lambda x, g, lr, decay: (1 - decay) * x - lr * normalised(g),
)
not_normalised = of(
    "The gradient is not normalised: divide it by the root of the mean of its squares.",
    step=lambda x, g, lr, decay: (1 - decay) * x + lr * g,
)
by_the_length = of(
    "You divide by the gradient's length, the root of the sum of its squares. It is the root of the mean.",
    size=np.linalg.norm,
)
by_the_largest = of(
    "You divide by the largest entry. It is the root of the mean of the squares.",
    size=lambda g: np.abs(g).max(),
)
by_the_mean = of(
    "You divide by the mean of |g|. It is the root of the mean of the squares.",
    size=lambda g: np.abs(g).mean(),
)
by_the_mean_square = of(
    "The root is missing: you divide by the mean of the squares.", size=lambda g: np.mean(g**2)
)
by_the_deviation = of(
    "You divide by the standard deviation, which leaves out the mean. The squares are those of g itself.",
    size=np.std,
)
by_channel = of(
    "You normalise each channel by itself. One number divides the whole gradient.",
    size=lambda g: np.sqrt(np.mean(g**2, axis=(0, 1), keepdims=True)),
)
sign_only = of(
    "You step by the sign of the gradient, so all pixels move alike.",
    step=lambda x, g, lr, decay: (1 - decay) * x + lr * np.sign(g),
)


@mutant("Where the gradient is 0 you divide 0 by 0: add 1e-8 to the root mean square.")
def without_the_small_number(score, x, steps, lr, decay):
    with np.errstate(all="ignore"):
        return engine(step=lambda x, g, lr, decay: (1 - decay) * x + lr * g / rms(g))(
            score, x, steps, lr, decay
        )


small_number_inside = of(
    "You add the small number within the root. It is added to the root.",
    step=lambda x, g, lr, decay: (1 - decay) * x + lr * g / np.sqrt(np.mean(g**2) + 1e-8),
)
without_decay = of(
    "Your image does not decay: multiply it by 1 − decay at each step.",
    step=lambda x, g, lr, decay: x + lr * normalised(g),
)
decays_afterwards = of(
    "You shrink the image after the step, so the step shrinks too. Shrink the old image, then add.",
    step=lambda x, g, lr, decay: (1 - decay) * (x + lr * normalised(g)),
)
decay_times_lr = of(
    "You multiply the decay by lr. At each step the share decay of the image is taken away.",
    step=lambda x, g, lr, decay: (1 - lr * decay) * x + lr * normalised(g),
)
decay_keeps = of(
    "You keep the share decay of the image. It is taken away: 1 − decay is kept.",
    step=lambda x, g, lr, decay: decay * x + lr * normalised(g),
)
decay_adds = of(
    "Your image grows by the decay. It has to shrink: 1 − decay.",
    step=lambda x, g, lr, decay: (1 + decay) * x + lr * normalised(g),
)
clipped = of(
    "You clip the image to 0 and 1. Nothing is clipped here.",
    step=lambda x, g, lr, decay: np.clip((1 - decay) * x + lr * normalised(g), 0, 1),
)
values_afterwards = of(
    "Your values are those after each step. Note the value before you move.",
    size=rms, value_after=True,
)  # fmt: skip
one_step_less = of("You take one step too few.", size=rms, extra=-1)
one_step_more = of("You take one step too many.", size=rms, extra=1)


@mutant("You take the gradient once, at the start. It has to be taken anew at each image.")
def gradient_of_the_start(score, x, steps, lr, decay):
    start = np.array(x, dtype=float)
    _, g = score(start)
    return engine(step=lambda x, _, lr, decay: (1 - decay) * x + lr * normalised(g))(
        score, start, steps, lr, decay
    )


@mutant("You return the image with the highest value. The last one is asked for.")
def the_best_image(score, x, steps, lr, decay):
    x, values = np.array(x, dtype=float), []
    best, top = x, -np.inf
    for _ in range(steps):
        value, g = score(x)
        values.append(value)
        if value > top:
            best, top = x, value
        x = (1 - decay) * x + lr * normalised(g)
    return (x, values) if score(x)[0] >= top else (best, values)


@mutant("You change the image that you were given. Start with a copy.")
def changed_in_place(score, x, steps, lr, decay):
    values = []
    if x.dtype.kind != "f":
        x = x.astype(float)
    for _ in range(steps):
        value, g = score(x)
        values.append(value)
        x *= 1 - decay
        x += lr * normalised(g)
    return x, values


@mutant("Your image stays in whole numbers, so every step is cut off. Make floats of it.")
def cut_to_whole_numbers(score, x, steps, lr, decay):
    kind, values = x.dtype, []
    for _ in range(steps):
        value, g = score(x)
        values.append(value)
        x = ((1 - decay) * x + lr * normalised(g)).astype(kind)
    return x, values


# Variants -----------------------------------------------------------------------------------------


@variant("by the length and the number of entries, a tuple of values")
def by_length_and_number(score, x, steps, lr, decay):
    x = np.asarray(x, dtype=np.float64)
    values = ()
    for _ in range(steps):
        value, g = score(x)
        values += (value,)
        x = x - decay * x + lr * g * np.sqrt(g.size) / (np.linalg.norm(g) + 1e-8 * np.sqrt(g.size))
    return np.array(x), values


@variant("float32, values as an array")
def in_float32(score, x, steps, lr, decay):
    x, values = np.float32(x), np.zeros(steps, np.float32)
    for k in range(steps):
        values[k], g = score(x)
        g = np.float32(g)
        root = np.float32(np.sqrt(np.mean(np.float64(g) ** 2))) + np.float32(1e-8)
        x = np.float32(1 - decay) * x + np.float32(lr) * (g / root)
    return x, values


@variant("pixel by pixel")
def by_loops(score, x, steps, lr, decay):
    x, values = np.array(x, dtype=float), []
    for _ in range(steps):
        value, g = score(x.copy())
        values.append(np.float64(value))
        total = 0.0
        for place in np.ndindex(*g.shape):
            total += float(g[place]) ** 2
        size = (total / g.size) ** 0.5 + 1e-8
        for place in np.ndindex(*g.shape):
            x[place] = (1 - decay) * x[place] + lr * g[place] / size
    return x, values
