"""Nets of one or two dense layers, computed here in NumPy: what attacks on them must give.

A step follows the sign of a slope, and a slope near 0 may have either sign once it is rounded. So
the inputs of checks are drawn anew until all slopes are 0 or clearly not.
"""

from itertools import pairwise

import numpy as np

from nablab.checking import close, holds, models
from nablab.checking.expect import as_numbers
from nablab.reference.adversarial import linear_loss_gradient, project

CLEAR = 1e-4  # of the largest slope: rounding in float32 is a hundred times smaller


def drawn(rng, size, classes, hidden=0):
    """Weights of a net for images of so many pixels, with a hidden layer or without."""
    sizes = [size, hidden, classes] if hidden else [size, classes]
    weights = []
    for a, b in pairwise(sizes):
        weights += [rng.normal(size=(a, b)) * np.sqrt(3 / a), rng.normal(size=b) * 0.3]
    return weights


def hidden_of(x, weights):
    return x if len(weights) == 2 else np.maximum(x @ weights[0] + weights[1], 0)


def logits(x, weights):
    flat = np.asarray(x, dtype=float).reshape(len(x), -1)
    return hidden_of(flat, weights) @ weights[-2] + weights[-1]


def losses(x, y, weights):
    found = logits(x, weights)
    found = found - found.max(axis=1, keepdims=True)
    return np.log(np.exp(found).sum(axis=1)) - found[np.arange(len(found)), y]


def slopes(x, y, weights):
    """The gradient of each image's loss, with the shape of x."""
    flat = np.asarray(x, dtype=float).reshape(len(x), -1)
    h = hidden_of(flat, weights)
    d = linear_loss_gradient(weights[-2], weights[-1], h, y)
    if len(weights) == 4:
        d = (d * (h > 0)) @ weights[0].T
    return d.reshape(np.shape(x))


def sure(x, y, weights, clear=CLEAR):
    """Whether no slope and no hidden unit is so near to 0 that rounding could decide."""
    found = np.abs(slopes(x, y, weights)).reshape(len(x), -1)
    largest = found.max(axis=1, keepdims=True)
    certain = np.all((found == 0) | (found > clear * largest)) and np.all(
        (largest == 0) | (largest > 1e-5)
    )
    if len(weights) == 4:
        before = np.asarray(x, float).reshape(len(x), -1) @ weights[0] + weights[1]
        certain = certain and np.abs(before).min() > clear / 10
    return bool(certain)


def climbed(x, y, weights, eps, alpha, steps, direction=1, clear=CLEAR):
    """Where the steps of the text end, and whether rounding could have decided one of them."""
    x = np.asarray(x, dtype=float)
    z, certain = x, True
    for _ in range(steps):
        certain = certain and sure(z, y, weights, clear)
        z = project(z + direction * alpha * np.sign(slopes(z, y, weights)), x, eps)
    return z, certain


def pixels(rng, shape):
    """Images from 0 to 1, some of whose pixels are paper or ink, or nearly so."""
    x = np.clip(rng.uniform(-0.2, 1.2, shape), 0, 1)
    near = rng.random(shape) < 0.2
    return np.where(near, np.abs(np.round(x) - 0.02), x)


def case(rng, shape, classes, hidden=0, eps=0.1, alpha=0.1, steps=1, direction=1):
    """Images of a shape (N, ...), labels, weights, and where the attack of the text ends."""
    while True:
        weights = drawn(rng, int(np.prod(shape[1:])), classes, hidden)
        x, y = pixels(rng, shape), rng.integers(classes, size=shape[0])
        end, certain = climbed(x, y, weights, eps, alpha, steps, direction)
        if certain:
            return x, y, weights, end


def net(student, shape, weights):
    """These weights as a Keras model on the student's side, for images of a shape without N."""
    layers = [{"kind": "Flatten"}] if len(shape) > 1 else []
    if len(weights) == 4:
        layers.append({"kind": "Dense", "units": len(weights[1]), "activation": "relu"})
    layers.append({"kind": "Dense", "units": len(weights[-1])})
    return models.sequential(student, shape, layers, weights)


def normalised(rng, student, shape, classes):
    """A net with batch normalization and dropout, and the weights of the linear one that it is in
    inference mode."""
    size = int(np.prod(shape))
    gamma, beta = rng.uniform(0.5, 2, size) * rng.choice([-1, 1], size), rng.normal(size=size)
    mean, variance = rng.normal(size=size) / 2, rng.uniform(0.2, 2, size)
    W, b = drawn(rng, size, classes)
    layers = [
        {"kind": "Flatten"},
        {"kind": "BatchNormalization"},
        {"kind": "Dropout", "rate": 0.5},
        {"kind": "Dense", "units": classes},
    ]
    made = models.sequential(student, shape, layers, [gamma, beta, mean, variance, W, b])
    scale = gamma / np.sqrt(variance + 1e-3)
    return made, [scale[:, None] * W, (beta - mean * scale) @ W + b]


def normalised_case(rng, student, shape, classes, eps, alpha, steps, direction=1):
    """As `case`, with the model of `normalised` in place of the weights."""
    while True:
        made, weights = normalised(rng, student, shape[1:], classes)
        x, y = pixels(rng, shape), rng.integers(classes, size=shape[0])
        end, certain = climbed(x, y, weights, eps, alpha, steps, direction)
        if certain:
            return x, y, made, end


def same(got, expected, says="", x=None):
    """The images are those of the formula."""
    given = {} if x is None else {"x": x}
    close(got, expected, says, atol=1e-5, given=given, constant=True)


def within(got, x, eps):
    """The images lie within eps of x and between 0 and 1. Returns them as an array."""
    made = as_numbers(got)
    holds(
        made.shape == np.shape(x),
        f"The result has the shape {made.shape}, and the images have {np.shape(x)}.",
        got=got,
    )
    far = float(np.abs(made - x).max())
    holds(far <= eps + 1e-5, f"A pixel changed by {far:.4f}; eps is {eps:g}.", got=got)
    holds(
        made.min() >= -1e-6 and made.max() <= 1 + 1e-6,
        f"The pixels lie between {made.min():.4f} and {made.max():.4f}, not between 0 and 1.",
        got=got,
    )
    return made


def untouched(model, before, what):
    """No weight and no moving mean of a model has changed."""
    now = model.get_weights()
    holds(
        len(now) == len(before)
        and all(np.array_equal(a, b) for a, b in zip(now, before, strict=True)),
        f"{what} changed weights or moving means of the model. It only looks at the model.",
    )


def wave(shape, step=0.7):
    """Pixels from 0 to 1 that are drawn from nothing: the same for everybody."""
    k = np.arange(int(np.prod(shape)))
    return (0.5 + 0.55 * np.sin(step * k + 0.013 * k**2 + 0.3)).clip(0, 1).reshape(shape)
