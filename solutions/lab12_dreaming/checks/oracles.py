"""What the checks of several exercises compare with, and the scores and banks that they plant.

None of them needs a network: a planted score is a formula whose gradient is known.
"""

import numpy as np

from nablab.checking import Mismatch, holds
from nablab.checking.expect import as_numbers, show
from nablab.reference.dreaming import gram, gram_loss


def wave(shape, step=0.7):
    """Numbers that are drawn from nothing: the same for everybody."""
    k = np.arange(int(np.prod(shape)))
    return np.sin(step * k + 0.013 * k**2 + 0.3).reshape(shape)


# Scores -------------------------------------------------------------------------------------------


def linear(w):
    """The score Σ w·x, whose gradient is w everywhere."""

    def score(x):
        return float(np.sum(w * np.asarray(x, dtype=float))), np.array(w, dtype=float)

    return score


def bent(x, strength=2.0):
    """A score of images of any size whose gradient differs from pixel to pixel and from image to
    image."""
    w = strength * wave(np.shape(x), 0.37) + 0.1
    x = np.asarray(x, dtype=float)
    return float(np.sin(w * x).sum()), w * np.cos(w * x)


def hill(x):
    """The score −½ Σ x², with its top at 0. A step that is too long climbs over it, and down."""
    x = np.asarray(x, dtype=float)
    return -0.5 * float(np.sum(x**2)), -x


def flat(x):
    """A score without a gradient."""
    return 3.0, np.zeros(np.shape(x))


# What the notebook gives out ----------------------------------------------------------------------


def normalised(g):
    return g / (np.sqrt(np.mean(np.square(g))) + 1e-8)


def blur(x):
    for axis in (0, 1):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return x


def resize(x, shape):
    x = np.asarray(x, dtype=float)
    for axis, new in ((0, shape[0]), (1, shape[1])):
        old = x.shape[axis]
        places = (np.arange(new) + 0.5) * old / new - 0.5
        weights = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(old)) / max(1, old / new))
        weights /= weights.sum(axis=1, keepdims=True)
        x = np.moveaxis(np.tensordot(weights, x, axes=(1, axis)), 0, axis)
    return x


def descend(score, x, steps, lr):
    x, m, v = np.array(x, dtype=float), 0, 0
    for t in range(1, steps + 1):
        _, g = score(x)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        x = np.clip(x - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8), 0, 1)
    return x


# Banks of maps ------------------------------------------------------------------------------------

_MIX = wave((3, 5), 1.3)


def mixed_maps(x):
    """Two maps: five mixtures of the colours, bent; and what each pixel differs from its right."""
    x = np.asarray(x, dtype=float)
    return [np.tanh(2 * x @ _MIX), 2 * (x[:, 1:] - x[:, :-1])]


def mixed_pull(x, grads):
    x, (first, second) = np.asarray(x, dtype=float), grads
    out = (np.asarray(first, float) * (1 - np.tanh(2 * x @ _MIX) ** 2)) @ (2 * _MIX).T
    out[:, 1:] += 2 * np.asarray(second, float)
    out[:, :-1] -= 2 * np.asarray(second, float)
    return out


def itself(x):
    """A bank of one map, the image itself."""
    return [np.array(x, dtype=float)]


def itself_back(x, grads):
    (only,) = grads
    return np.array(only, dtype=float)


def three_maps(x):
    """The image, its square, and its rows halved."""
    x = np.asarray(x, dtype=float)
    return [x, 2 * x**2, x[: len(x) // 2 * 2 : 2] - x[1::2]]


def three_pull(x, grads):
    x = np.asarray(x, dtype=float)
    first, second, third = (np.asarray(g, dtype=float) for g in grads)
    out = first + 4 * x * second
    out[: len(x) // 2 * 2 : 2] += third
    out[1::2] -= third
    return out


BANKS = {
    "two maps of different shapes": (mixed_maps, mixed_pull),
    "three maps": (three_maps, three_pull),
}


def texture_gradient(maps, pull, x, targets):
    """The loss of N.7 and its gradient."""
    pairs = [gram_loss(F, A) for F, A in zip(maps(x), targets, strict=True)]
    n = len(pairs)
    return sum(one for one, _ in pairs) / n, pull(x, [dF / n for _, dF in pairs])


def style_gradient(maps, pull, x, targets, contents, alpha):
    """The loss of N.8 and its gradient."""
    found, loss, grads = maps(x), 0.0, []
    for F, A, P in zip(found, targets, contents, strict=True):
        style, dF = gram_loss(F, A)
        content = np.sum((F - P) ** 2) / np.sum(P**2)
        loss += (style + alpha * content) / len(found)
        grads.append((dF + 2 * alpha * (F - P) / np.sum(P**2)) / len(found))
    return loss, pull(x, grads)


def grams(maps, x):
    return [gram(F) for F in maps(x)]


# A random net in NumPy, for images that a student's code has made ---------------------------------


def random_maps(x, seed):
    """The maps of the notebook's `random_bank(seed)`."""
    rng = np.random.default_rng(seed)
    h, found = np.asarray(x, dtype=float) - 0.5, []
    for k, (c, f) in enumerate(((3, 32), (32, 48), (48, 64))):
        w = rng.normal(size=(3, 3, c, f)) * np.sqrt(2 / (9 * c))
        if k:
            H, W, _ = h.shape
            h = h[: H // 2 * 2, : W // 2 * 2].reshape(H // 2, 2, W // 2, 2, c).mean(axis=(1, 3))
        h = np.maximum(conv_same(h, w), 0)
        found.append(h)
    return found


def conv_same(x, w):
    """Correlation of (H, W, C) with filters (3, 3, C, F), one zero around."""
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(x, ((1, 1), (1, 1), (0, 0))), (3, 3), axis=(0, 1)
    )  # (H, W, C, 3, 3)
    rows = windows.transpose(0, 1, 3, 4, 2).reshape(x.shape[0] * x.shape[1], -1)
    return (rows @ w.reshape(-1, w.shape[3])).reshape(*x.shape[:2], -1)


def distance(x, source, seed):
    """The mean relative Gram distance of two images in the random bank of a seed."""
    pairs = zip(random_maps(x, seed), random_maps(source, seed), strict=True)
    return float(np.mean([gram_loss(F, gram(S))[0] for F, S in pairs]))


# What comes back ----------------------------------------------------------------------------------


def two_of(got, name, first, second):
    """The two things that a student's function returns."""
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Mismatch(
            f"{name} should return two things, {first} and {second}; it returned {show(got)}.",
            got=got,
        )
    return got


def value_and_gradient(got, name, shape):
    """A number and an array of the image's shape, checked and as NumPy arrays."""
    value, gradient = two_of(got, name, "a number", "a gradient")
    number = as_numbers(value, says="The first thing:")
    holds(number.size == 1, f"The first thing should be one number, but is {show(value)}.", got=got)
    slopes = as_numbers(gradient, says="The gradient:")
    holds(
        slopes.shape == tuple(shape),
        f"The gradient has the shape {slopes.shape}, expected {tuple(shape)}.",
        got=gradient,
    )
    return number.reshape(()), slopes
