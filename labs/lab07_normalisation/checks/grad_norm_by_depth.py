"""The visible checks of 7.7."""

import numpy as np

from nablab.checking import check, close, contract, holds, models
from nablab.checking.expect import as_numbers

from .oracles import kept, rounded, written

DENSE = [
    {"kind": "Dense", "units": 7, "activation": "tanh"},
    {"kind": "ReLU"},
    {"kind": "Dense", "units": 5, "activation": "tanh"},
    {"kind": "Dense", "units": 3},
]


NORMED = [
    {"kind": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "use_bias": False},
    {"kind": "BatchNormalization"},
    {"kind": "ReLU"},
    {"kind": "Conv2D", "filters": 5, "kernel_size": 2},
    {"kind": "GlobalAveragePooling2D"},
    {"kind": "Dense", "units": 3},
]


def sequence(student, shape, layers, seed=1):
    """A fresh model of such layers."""
    of = (shape, str(layers), seed)
    return kept(student, of, lambda: models.sequential(student, shape, layers, seed=seed))


def norms_of(student, net, x, y, right):
    """The student's list for a model, as an array with one number for each layer with weights."""
    got = student.grad_norm_by_depth(net.handle, x, y)
    numbers = as_numbers(got, says="grad_norm_by_depth:")
    holds(
        numbers.shape == right.shape,
        f"The result has the shape {numbers.shape}; the model has {len(right)} layers with "
        f"trainable weights, so it should be {right.shape}.",
        got=got,
        expected=right,
    )
    return numbers


def right_norms(net, x, y):
    """The norm of each layer's gradient, from the gradients that Keras computes."""
    trained = [weight for weight in net.weights if weight.trainable]
    squares = {}
    for weight, slope in zip(trained, net.gradients(x, y), strict=True):
        layer = weight.path.rpartition("/")[0]
        squares[layer] = squares.get(layer, 0.0) + float(np.sum(np.square(slope, dtype=float)))
    return np.sqrt(list(squares.values()))


def labelled(rng, n, shape, classes=3):
    """A batch of n inputs and labels."""
    x = rng.normal(size=(n, *shape)).astype("float32")
    return x, rng.integers(0, classes, size=n)


@check("contract")
def test_one_number_for_each_layer_with_weights(student):
    """grad_norm_by_depth returns one number for each layer with trainable weights"""
    net = sequence(student, (4,), DENSE)
    x = np.arange(20, dtype="float32").reshape(5, 4) % 3 - 1
    y = np.array([0, 2, 1, 1, 0])
    contract(student, "grad_norm_by_depth", net.handle, x, y, shape=(3,))


@check("hand")
def test_the_single_layer_of_the_text(student):
    """The dense layer of the text has a gradient of the norm √13"""
    zero = [np.zeros((2, 2)), np.zeros(2)]
    net = models.sequential(student, (2,), [{"kind": "Dense", "units": 2}], zero)
    x, y = np.array([[3.0, 4.0]], "float32"), np.array([0])
    right = np.sqrt([13])
    got = norms_of(student, net, x, y, right)
    close(got, right, given={"x": x, "y": y}, rtol=1e-3)


@check("probe")
def test_a_batch_twice_over(student, rng):
    """The loss is a mean: a batch with every example twice has the same gradients"""
    net = sequence(student, (4,), DENSE)
    x, y = labelled(rng, 5, (4,))
    right = right_norms(net, x, y)
    close(norms_of(student, net, x, y, right), right, "The batch once.", rtol=1e-3)
    twice = norms_of(student, net, np.tile(x, (2, 1)), np.tile(y, 2), right)
    close(twice, right, "The batch twice.", rtol=1e-3)


@check("probe")
def test_the_statistics_of_the_batch(student, rng):
    """The model is called with training=True: batch norm uses the batch's own statistics"""
    net = sequence(student, (6, 5, 2), NORMED)
    x, y = labelled(rng, 7, (6, 5, 2))
    right = right_norms(net, 3 * x + 2, y)
    got = norms_of(student, net, 3 * x + 2, y, right)
    close(got, right, "A convolution, batch norm, a convolution and a dense layer.", rtol=1e-3)


@check()
def test_from_the_input_to_the_output(student, rng):
    """The order is that of the layers, from the input to the output"""
    x, y = labelled(rng, 11, (4,))
    net = sequence(student, (4,), DENSE)
    weights = net.get_weights()
    weights[0] = weights[0] * 0.1
    weights[4] = weights[4] * 5
    net.set_weights(weights)
    right = right_norms(net, x, y)
    got = norms_of(student, net, x, y, right)
    close(got, right, "Three dense layers.", rtol=1e-3)


def probe_norms(student):
    """Norms of models with fixed weights, so that nothing is random."""
    told = []
    for layers, shape in ((DENSE, (4,)), (NORMED, (4, 3, 2))):
        net = models.sequential(student, shape, layers)
        net.set_weights(
            [
                np.abs(written(weight)) + 0.1
                if weight.path.endswith("variance")
                else written(weight) + 0.3 * i
                for i, weight in enumerate(net.weights)
            ]
        )
        x = np.cos(np.arange(5 * np.prod(shape))).reshape(5, *shape).astype("float32")
        got = student.grad_norm_by_depth(net.handle, 2 * x + 1, np.array([0, 2, 1, 1, 0]))
        told.append(rounded(as_numbers(got)))
    return told


PROBES = [probe_norms]
