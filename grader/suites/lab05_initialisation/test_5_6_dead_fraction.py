"""Hidden checks of exercise 5.6."""

import numpy as np

from nablab.checking import close, exercise, holds, models
from nablab.checking.expect import as_numbers


def dense(units, activation="relu"):
    return {"kind": "Dense", "units": units, "activation": activation}


def planted(rng, inputs, units, dead):
    """A kernel and a bias of which `dead` units, at random places, never fire for inputs of 0 to 1;
    the others always do."""
    kernel, bias = rng.uniform(0.1, 1, (inputs, units)), rng.uniform(0.2, 0.6, units)
    off = rng.permutation(units)[:dead]
    kernel[:, off] *= -1
    bias[off] *= -1
    return kernel, bias


def fractions_are(student, net, x, expected, says=""):
    got = as_numbers(student.dead_fraction(net.handle, x), says=says)
    holds(
        got.shape == (len(expected),),
        f"{says} There should be {len(expected)} fractions, and there are {got.size}.".strip(),
        got=got,
        expected=np.array(expected),
    )
    close(got, np.array(expected, dtype=float), says, atol=1e-6, constant=True)


@exercise("5.6")
def test_three_layers_of_planted_deaths(student, rng):
    """Dead units planted in three layers are counted exactly, in the model's order"""
    sizes, dead = (13, 7, 5), [int(rng.integers(1, n - 1)) for n in (13, 7, 5)]
    weights, inputs = [], 3
    for units, off in zip(sizes, dead, strict=True):
        weights += planted(rng, inputs, units, off)
        inputs = units
    net = models.sequential(student, (3,), [dense(n) for n in sizes], weights)
    x = rng.uniform(0.1, 1, (11, 3))
    fractions_are(student, net, x, [d / n for d, n in zip(dead, sizes, strict=True)])


@exercise("5.6")
def test_a_unit_that_fires_once(student, rng):
    """A unit that fires for one example of many lives, whichever example it is"""
    x = np.full((300, 2), 0.5)
    x[int(rng.integers(1, 300)), 1] = 2.05
    kernel = np.array([[0.0, -1, 0, 0.1], [1, 0, -1, 0]])
    bias = np.array([-2.0, 0.1, 0, 0.1])
    net = models.sequential(student, (2,), [dense(4)], [kernel, bias])
    fractions_are(student, net, x, [2 / 4], "Unit 0 fires for one of 300 examples, and weakly.")


@exercise("5.6")
def test_layers_with_and_without_a_relu(student, rng):
    """Only what puts out a ReLU's numbers is reported, however it is written"""
    layers = [
        dense(6, "tanh"),
        dense(5, None),
        {"kind": "ReLU"},
        {"kind": "Dropout", "rate": 0.5},
        dense(7),
        dense(4, "sigmoid"),
        dense(9, None),
        {"kind": "Activation", "activation": "relu"},
        dense(3, None),
    ]
    weights = [rng.uniform(0.1, 0.3, (3, 6)), np.zeros(6), *planted(rng, 6, 5, 2)]
    weights += [*planted(rng, 5, 7, 4), rng.normal(size=(7, 4)), np.zeros(4)]
    weights += [*planted(rng, 4, 9, 3), -rng.uniform(1, 2, (9, 3)), np.zeros(3)]
    net = models.sequential(student, (3,), layers, weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (8, 3)), [2 / 5, 4 / 7, 3 / 9])


@exercise("5.6")
def test_channels_of_convolutions(student, rng):
    """A unit of a convolution is a channel: alive if it fires at one place of one image"""
    dead = int(rng.integers(1, 5))
    x = rng.uniform(0.1, 0.5, (6, 8, 7, 3))
    n, r, c = (int(rng.integers(1, k)) for k in (6, 6, 5))
    x[n, r, c] = 4.0
    kernel, bias = np.zeros((2, 3, 3, 7)), np.where(np.arange(7) < dead, -0.1, -3.0)
    kernel[1, 1] = np.where(np.arange(7) < dead, -1.0, 1.0)
    layers = [
        {"kind": "Conv2D", "filters": 7, "kernel_size": (2, 3), "activation": "relu"},
        {"kind": "Flatten"},
        dense(5),
    ]
    weights = [kernel, bias, *planted(rng, 7 * 7 * 5, 5, 3)]
    net = models.sequential(student, (8, 7, 3), layers, weights)
    fractions_are(student, net, x, [dead / 7, 3 / 5], f"{dead} of 7 channels never fire.")


@exercise("5.6")
def test_all_dead_and_none_dead(student, rng):
    """A layer may be dead as a whole, or not at all"""
    weights = [*planted(rng, 2, 5, 0), *planted(rng, 5, 3, 3)]
    net = models.sequential(student, (2,), [dense(5), dense(3)], weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (9, 2)), [0, 1])


@exercise("5.6")
def test_the_batch_decides(student, rng):
    """A unit may be dead on one batch and alive on another"""
    net = models.sequential(student, (1,), [dense(2)], [np.array([[1.0, -1]]), np.zeros(2)])
    x = rng.uniform(0.5, 1, (7, 1))
    fractions_are(student, net, x, [1 / 2], "All inputs are positive: unit 1 never fires.")
    fractions_are(student, net, np.concatenate([x, -x]), [0], "Some inputs are negative.")
