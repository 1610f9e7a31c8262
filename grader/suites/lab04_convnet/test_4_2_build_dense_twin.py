"""Hidden checks of 4.2."""

import numpy as np

from nablab.checking import close, equal, exercise, holds, models
from nablab.checking.expect import as_numbers


def one_layer(shape, n_classes, h):
    return h * (int(np.prod(shape)) + n_classes + 1) + n_classes


def twin(student, shape, n_classes, budget):
    net = models.model(student.build_dense_twin(shape, n_classes, budget))
    equal(tuple(net.input_shape), (None, *shape), "The shape of the input:")
    equal(tuple(net.output_shape), (None, n_classes), "The shape of the output:")
    return net


@exercise("4.2")
def test_any_budget_that_one_layer_can_reach(student, rng):
    """Within 2 % of fresh budgets, for images with few and with many numbers"""
    for _ in range(9):
        shape = tuple(int(side) for side in rng.integers(1, 8, size=3))
        n, h = int(rng.integers(2, 14)), int(rng.integers(5, 90))
        right = one_layer(shape, n, h)
        budget = right + int(rng.integers(-right // 100, right // 100 + 1))
        net = twin(student, shape, n, budget)
        holds(
            abs(net.parameters - budget) <= 0.02 * budget,
            f"Images {shape}, {n} classes, budget {budget}: {net.parameters} parameters.",
            got=net.parameters,
            expected=budget,
        )
        equal(net.trainable, net.parameters, "All parameters should be trainable:")


@exercise("4.2")
def test_the_twin_of_a_large_lenet(student):
    """The budget of a LeNet for colour images of 32×32, 83,126, and of one for 28×28, 61,706"""
    for shape, budget in (((32, 32, 3), 83126), ((28, 28, 1), 61706)):
        net = twin(student, shape, 10, budget)
        holds(
            abs(net.parameters - budget) <= 0.02 * budget,
            f"Images {shape}: {net.parameters} parameters for a budget of {budget}.",
            got=net.parameters,
            expected=budget,
        )


@exercise("4.2")
def test_it_is_dense(student):
    """All weights belong to dense layers, and the first of them reads the whole image"""
    shape, n = (6, 4, 2), 3
    net = twin(student, shape, n, one_layer(shape, n, 17))
    ranks = [len(weight.shape) for weight in net.weights]
    kernels = [weight.shape for weight in net.weights if len(weight.shape) == 2]
    holds(
        max(ranks) <= 2 and len(kernels) >= 2 and kernels[0][0] == 48 and kernels[-1][1] == n,
        "There should be a dense layer that reads all 48 numbers of an image, and one that gives "
        "the logits, and no convolution.",
        got=[list(weight.shape) for weight in net.weights],
    )


@exercise("4.2")
def test_relu_inside_and_logits_outside(student, rng):
    """ReLU inside, logits outside, and biases in every layer"""
    shape, n = (5, 2, 2), 6
    net = twin(student, shape, n, one_layer(shape, n, 23))
    x = rng.normal(size=(37, *shape)).astype("float32")
    weights = [rng.normal(size=w.shape) for w in net.weights]
    net.set_weights([w * (w.ndim == 2) for w in weights])
    out = as_numbers(net(x))
    holds((out < 0).any() and (out > 1).any(), "These are no logits.", got=out)
    close(
        net(3 * x), 3 * out, "Without biases, an image three times as bright.", rtol=1e-3, atol=1e-3
    )
    holds(np.abs(out + as_numbers(net(-x))).max() > 0.1, "The net is linear.", got=out)
    net.set_weights(weights)
    holds(
        np.abs(as_numbers(net(3 * x)) - 3 * as_numbers(net(x))).max() > 0.1
        and sum(w.ndim == 1 for w in weights) == sum(w.ndim == 2 for w in weights),
        "Every layer should have biases.",
        got=[list(w.shape) for w in weights],
    )


@exercise("4.2", stage="oracle")
def test_dense_layers_with_relu(student, rng):
    """With random weights and biases it computes dense layers with ReLU between them"""
    shape, n = (4, 7, 1), 5
    net = twin(student, shape, n, one_layer(shape, n, 19))
    weights = [rng.normal(size=w.shape) for w in net.weights]
    net.set_weights(weights)
    images = rng.normal(size=(23, *shape)).astype("float32")
    x = images.reshape(23, -1)
    for number in range(0, len(weights), 2):
        x = x @ weights[number] + weights[number + 1]
        x = np.maximum(x, 0) if number < len(weights) - 2 else x
    close(net(images), x, "Random weights and biases.", rtol=1e-3, atol=1e-3)
