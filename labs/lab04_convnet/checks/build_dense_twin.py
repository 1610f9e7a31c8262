"""The visible checks of 4.2."""

import numpy as np

from nablab.checking import check, close, equal, holds, models
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import parameters

from .oracles import wave


def twin_of(student, shape, n_classes, budget):
    """The student's dense net, checked to fit the images, the classes and the budget."""
    net = models.model(student.build_dense_twin(shape, n_classes, budget))
    for what, got, right in (
        ("takes", net.input_shape, (None, *shape)),
        ("gives", net.output_shape, (None, n_classes)),
    ):
        holds(
            got is not None and tuple(got) == right,
            f"The net {what} arrays of the shape {got}, expected {right}.",
            got=got,
            expected=right,
        )
    return net


def within_budget(student, shape, n_classes, budget):
    net = twin_of(student, shape, n_classes, budget)
    holds(
        abs(net.parameters - budget) <= 0.02 * budget,
        f"Images {shape}, {n_classes} classes: the net has {net.parameters} parameters, "
        f"{100 * (net.parameters - budget) / budget:+.1f} % off the budget of {budget}.",
        got=net.parameters,
        expected=budget,
    )
    return net


def one_layer(shape, n_classes, h):
    """The parameters of a dense net with one hidden layer of h units."""
    return h * (int(np.prod(shape)) + n_classes + 1) + n_classes


def dense_only(net, shape, n_classes):
    """Every weight belongs to a dense layer, and the first of them reads the whole image."""
    kinds = [kind for kind in net.kinds if "Conv" in kind or "Pool" in kind]
    holds(not kinds, f"A dense net has no {', '.join(kinds)}.", got=net.kinds)
    ranks = [weight.shape for weight in net.weights if len(weight.shape) == 2]
    holds(
        len(ranks) >= 2
        and ranks[0][0] == np.prod(shape)
        and ranks[-1][1] == n_classes
        and all(len(weight.shape) <= 2 for weight in net.weights),
        "There should be at least one hidden dense layer, which reads all numbers of the image, "
        "and a dense layer for the logits.",
        got=[list(weight.shape) for weight in net.weights],
    )


@check("contract")
def test_the_twin_is_a_model_from_images_to_logits(student):
    """build_dense_twin((5, 3, 2), 4, 704) is a dense Keras model from (N, 5, 3, 2) to (N, 4)"""
    wanted = ("input_shape", "n_classes", "budget")
    equal(parameters(student, "build_dense_twin")[:3], wanted, "The parameters:")
    dense_only(twin_of(student, (5, 3, 2), 4, 704), (5, 3, 2), 4)


@check("hand")
def test_the_budget_of_the_text(student):
    """The text's budget of 104: 103 parameters, or as close to it"""
    within_budget(student, (2, 3, 1), 3, 104)


@check("probe")
def test_the_twin_ends_in_logits_after_relu(student, rng):
    """ReLU in the hidden layer, no activation at the end"""
    shape, n = (4, 3, 1), 5
    net = twin_of(student, shape, n, one_layer(shape, n, 30))
    weights = [rng.uniform(0.5, 1.5, w.shape) * (len(w.shape) == 2) for w in net.weights]
    for last in [w for w in weights if w.ndim == 2][-1:]:
        last[:, ::2] *= -1  # every other logit is negative
    net.set_weights(weights)  # no biases: ReLU and sums make of 2x twice what they make of x
    x = rng.uniform(0.1, 1, size=(31, *shape)).astype("float32")  # every unit is active
    out = as_numbers(net(x))
    holds(
        (out < 0).any() and (out > 1).any(),
        "With random weights some logits should be negative and some larger than 1: is there an "
        "activation after the last layer?",
        got=out,
    )
    close(
        net(2 * x),
        2 * out,
        "Without biases, and with ReLU, an image twice as bright has logits twice as large.",
        rtol=1e-3,
        atol=1e-3,
    )
    holds(
        np.abs(out + as_numbers(net(-x))).max() > 0.1,
        "The net is linear: the hidden layer has no ReLU, so it might as well not be there.",
        got=out,
    )


def dense_chain(weights, x):
    """What dense layers compute, with ReLU in all but the last: `weights` as Keras lists them."""
    kernels, biases = weights[::2], weights[1::2]
    x = x.reshape(len(x), -1)
    for number, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        x = x @ kernel + bias
        if number < len(kernels) - 1:
            x = np.maximum(x, 0)
    return x


def computes_dense_layers(net, shape, count, rng):
    """With random weights and biases the net computes dense layers with ReLU between them."""
    kinds = [len(w.shape) for w in net.weights]
    holds(
        kinds == [2, 1] * (len(kinds) // 2),
        "Every dense layer should have a matrix of weights and a bias for each unit, the last "
        "layer too.",
        got=[list(w.shape) for w in net.weights],
    )
    weights = [rng.normal(size=w.shape) for w in net.weights]
    net.set_weights(weights)
    x = rng.normal(size=(count, *shape)).astype("float32")
    close(
        net(x),
        dense_chain(weights, x),
        "Random weights and biases. Is it ReLU, and nothing else, after every hidden layer?",
        rtol=1e-3,
        atol=1e-3,
    )


@check("oracle")
def test_the_twin_computes_dense_layers_with_relu(student, rng):
    """With random weights and biases it computes dense layers with ReLU between them"""
    shape, n = (3, 5, 2), 4
    computes_dense_layers(twin_of(student, shape, n, one_layer(shape, n, 25)), shape, 17, rng)


@check()
def test_budgets_of_other_images(student):
    """Within 2 % of the budget, for images of any shape and any number of classes"""
    for shape, n, h, off in (
        ((20, 20, 1), 10, 75, 151),
        ((5, 3, 2), 4, 20, 0),
        ((3, 2, 1), 11, 40, 5),
        ((7, 5, 3), 2, 13, -20),
    ):
        net = within_budget(student, shape, n, one_layer(shape, n, h) + off)
        equal(net.trainable, net.parameters, "All parameters should be trainable:")


def _dark(net):
    """What one hidden unit lets through of images that it would answer with a negative number."""
    shapes = [w.shape for w in net.weights]
    first = next(number for number, s in enumerate(shapes) if len(s) == 2)
    net.set_weights(
        [np.full(s, (-1.0 if k == first else 1.0) * (len(s) == 2)) for k, s in enumerate(shapes)]
    )
    return float(np.round(as_numbers(net(np.ones((1, 4, 3, 1), "float32")))[0, 0], 3))


def probe_twin(student):
    """How large the nets are, and what kind of function they compute."""
    sizes = []
    for shape, n, h in (((5, 3, 2), 4, 20), ((3, 2, 1), 11, 40), ((4, 3, 1), 2, 30)):
        sizes.append(
            models.model(student.build_dense_twin(shape, n, one_layer(shape, n, h))).parameters
        )
    net = models.model(student.build_dense_twin((4, 3, 1), 5, one_layer((4, 3, 1), 5, 30)))
    net.set_weights([wave(w.shape) * (len(w.shape) != 1) for w in net.weights])
    x = wave((31, 4, 3, 1), 0.37).astype("float32")
    out, twice, negative = (as_numbers(net(factor * x)) for factor in (1, 2, -1))
    return {
        "sizes": sizes,
        "below 0": bool((out < 0).any()),
        "twice": bool(np.allclose(twice, 2 * out, atol=1e-3)),
        "odd": bool(np.allclose(negative, -out, atol=1e-3)),
        "dark": _dark(net),
        "biases": [sum(len(w.shape) == rank for w in net.weights) for rank in (1, 2)],
        "convolution": any(len(w.shape) > 2 for w in net.weights),
    }


PROBES = [probe_twin]
