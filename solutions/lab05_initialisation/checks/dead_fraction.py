"""The visible checks of N.6."""

import numpy as np

from nablab.checking import check, close, contract, holds, models
from nablab.checking.expect import as_numbers

from .oracles import conv_layer, dense_layer

TABLE = np.array([[0.2, -1.0, -2.0, 1.5], [-0.3, -0.5, 3.0, 0.1], [-1.0, -2.0, -1.0, 0.7]])


def fractions_are(student, net, x, expected, says=""):
    """The student finds these fractions of dead units in a model."""
    got = as_numbers(student.dead_fraction(net.handle, x), says=says)
    expected = np.array(expected, dtype=float)
    holds(
        got.shape == expected.shape,
        f"{says} The output of {len(expected)} layers is a ReLU's, and the result has {got.size} "
        "entries.".strip(),
        got=got,
        expected=expected,
    )
    close(got, expected, says, atol=1e-6, constant=True)


def planted(rng, inputs, units, dead):
    """A dense kernel and bias with which `dead` units never fire for inputs from 0 to 1, and the
    others always do."""
    kernel = rng.uniform(0.1, 1.0, size=(inputs, units))
    bias = np.full(units, 0.5)
    kernel[:, :dead] *= -1
    bias[:dead] = -0.5
    order = rng.permutation(units)
    return kernel[:, order], bias[order]


@check("contract")
def test_one_number_for_each_relu_layer(student):
    """dead_fraction returns one number for each ReLU layer"""
    layers = [dense_layer(7), dense_layer(5), dense_layer(3, None)]
    net = models.sequential(student, (4,), layers)
    x = np.linspace(-1, 1, 24).reshape(6, 4)
    got = contract(student, "dead_fraction", net.handle, x)
    got = as_numbers(got)
    holds(got.shape == (2,), "Two of the three layers have a ReLU: return two numbers.", got=got)
    holds(((got >= 0) & (got <= 1)).all(), "A fraction lies between 0 and 1.", got=got)


@check("hand")
def test_the_units_of_the_text(student):
    """One of the four units of the text is dead: 1/4"""
    net = models.sequential(student, (4,), [dense_layer(4)], [np.eye(4), np.zeros(4)])
    fractions_are(student, net, TABLE, [0.25], "The outputs are the table of the text.")


@check("probe")
def test_a_single_example_is_enough(student):
    """A unit that fires for one of forty examples is alive"""
    x = np.full((40, 2), 0.5)
    x[37, 1] = 3.0
    kernel = np.array([[0.0, -1, 0], [1, 0, -1]])
    net = models.sequential(student, (2,), [dense_layer(3)], [kernel, np.array([-2.0, 0.1, 0])])
    fractions_are(
        student,
        net,
        x,
        [2 / 3],
        "Unit 0 fires for example 37 only, units 1 and 2 for none.",
    )


@check("probe")
def test_both_ways_to_write_a_relu(student):
    """A ReLU counts as an argument, an Activation or a layer; tanh and logits do not count"""
    rng = np.random.default_rng(1)
    layers = [
        dense_layer(5),
        dense_layer(4, None),
        {"kind": "ReLU"},
        dense_layer(3, "tanh"),
        dense_layer(8, None),
        {"kind": "Activation", "activation": "relu"},
        dense_layer(7, None),
    ]
    weights = [*planted(rng, 3, 5, 2), *planted(rng, 5, 4, 1)]
    weights += [rng.uniform(0.1, 0.3, (4, 3)), np.zeros(3), *planted(rng, 3, 8, 6)]
    weights += [rng.normal(size=(8, 7)), np.zeros(7)]
    net = models.sequential(student, (3,), layers, weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (9, 3)), [2 / 5, 1 / 4, 6 / 8])


def spotted(rng, dead):
    """Images, and the weights of a convolution with 6 channels. The first `dead` of them are dead;
    the others fire at a single place of one image."""
    x = rng.uniform(0.1, 0.5, size=(5, 7, 6, 2))
    x[3, 2, 4] = 3.0
    kernel = np.zeros((3, 2, 2, 6))
    kernel[1, 1, :, dead:] = 1.0
    kernel[1, 1, :, :dead] = -1.0
    bias = np.where(np.arange(6) < dead, 0.0, -2.0)
    return x, [kernel, bias]


@check("probe")
def test_a_unit_of_a_convolution_is_a_channel(student):
    """A channel that fires at one place of one image is alive"""
    x, weights = spotted(np.random.default_rng(2), dead=2)
    net = models.sequential(student, (7, 6, 2), [conv_layer(6, (3, 2))], weights)
    fractions_are(student, net, x, [2 / 6], "2 of 6 channels are 0 at all places of all images.")


@check()
def test_planted_deaths(student, rng):
    """Planted dead units are counted exactly"""
    dead = rng.integers(1, 5, size=2)
    weights = [*planted(rng, 4, 11, dead[0]), *planted(rng, 11, 6, dead[1])]
    net = models.sequential(student, (4,), [dense_layer(11), dense_layer(6)], weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (13, 4)), [dead[0] / 11, dead[1] / 6])


def probe_deaths(student):
    """Fractions of dead units of three small networks."""
    found = []
    net = models.sequential(student, (4,), [dense_layer(4)], [np.eye(4), np.zeros(4)])
    found.append(as_numbers(student.dead_fraction(net.handle, TABLE)).round(4))
    faint = np.array([[0.05, -1.0, 1, 2], [0.05, -1, 3, -1]])  # unit 0 fires, and weakly
    found.append(as_numbers(student.dead_fraction(net.handle, faint)).round(4))
    rng = np.random.default_rng(3)
    layers = [dense_layer(5), dense_layer(4, None), {"kind": "ReLU"}, dense_layer(3, None)]
    weights = [*planted(rng, 3, 5, 2), *planted(rng, 5, 4, 1), *planted(rng, 4, 3, 1)]
    net = models.sequential(student, (3,), layers, weights)
    found.append(as_numbers(student.dead_fraction(net.handle, np.full((7, 3), 0.5))).round(4))
    x, weights = spotted(rng, dead=2)
    net = models.sequential(student, (7, 6, 2), [conv_layer(6, (3, 2))], weights)
    found.append(as_numbers(student.dead_fraction(net.handle, x)).round(4))
    return found


PROBES = [probe_deaths]
