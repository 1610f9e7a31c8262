"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, equal, holds, mutant, variant
from nablab.checking.expect import as_numbers

from ..checks.build_dense_twin import (
    computes_dense_layers,
    dense_only,
    one_layer,
    twin_of,
    within_budget,
)
from . import building_blocks
from .building_blocks import dense, right_h


@check()
def test_any_budget_that_one_layer_can_reach(student, rng):
    """Within 2 % of fresh budgets, for images with few and with many numbers"""
    for _ in range(9):
        shape = tuple(int(side) for side in rng.integers(1, 8, size=3))
        n, h = int(rng.integers(2, 14)), int(rng.integers(20, 90))  # two layers can meet these too
        right = one_layer(shape, n, h)
        budget = right + int(rng.integers(-(right // 100), right // 100 + 1))  # at most 1 %
        net = within_budget(student, shape, n, budget)
        equal(net.trainable, net.parameters, "All parameters should be trainable:")


@check()
def test_the_twin_of_a_large_lenet(student):
    """The budget of a LeNet for colour images of 32×32, 83,126, and of one for 28×28, 61,706"""
    for shape, budget in (((32, 32, 3), 83126), ((28, 28, 1), 61706)):
        within_budget(student, shape, 10, budget)


@check()
def test_it_is_dense(student):
    """All weights belong to dense layers, and the first of them reads the whole image"""
    shape, n = (6, 4, 2), 3
    dense_only(twin_of(student, shape, n, one_layer(shape, n, 17)), shape, n)


@check()
def test_relu_inside_and_logits_outside(student, rng):
    """ReLU inside, logits outside, and biases in every layer"""
    shape, n = (5, 2, 2), 6
    net = twin_of(student, shape, n, one_layer(shape, n, 23))
    x = rng.normal(size=(37, *shape)).astype("float32")
    weights = [rng.normal(size=w.shape) for w in net.weights]
    net.set_weights([w * (w.ndim == 2) for w in weights])
    out = as_numbers(net(x))
    holds((out < 0).any() and (out > 1).any(), "These are not logits.", got=out)
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


@check("oracle")
def test_dense_layers_with_relu(student, rng):
    """With random weights and biases it computes dense layers with ReLU between them"""
    shape, n = (4, 7, 1), 5
    computes_dense_layers(twin_of(student, shape, n, one_layer(shape, n, 19)), shape, 23, rng)


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "You have forgotten the biases: each hidden unit has one too, so a unit costs D + n + 1 "
    "parameters. With small images that is more than 2 %.",
)
def forgets_the_biases(input_shape, n_classes, budget):
    h = round(budget / (np.prod(input_shape) + n_classes))
    return dense(input_shape, n_classes, h)


@mutant(
    "You count rows times columns. An image has H·W·C numbers, and with several channels your "
    "net is too large.",
)
def forgets_the_channels(input_shape, n_classes, budget):
    h = round((budget - n_classes) / (np.prod(input_shape[:2]) + n_classes + 1))
    return dense(input_shape, n_classes, h)


@mutant(
    "You count the weights into the hidden layer only. The n weights from each hidden unit to "
    "the classes belong to the budget as well.",
)
def forgets_the_last_layer(input_shape, n_classes, budget):
    return dense(input_shape, n_classes, round(budget / (np.prod(input_shape) + 1)))


@mutant(
    "Your hidden layer has as many units as the budget has parameters. Each unit costs D + n + 1 "
    "of them.",
)
def budget_as_units(input_shape, n_classes, budget):
    return dense(input_shape, n_classes, min(budget, 5000))


@mutant(
    "Your hidden layer has no ReLU. Two linear layers in a row are one linear layer: all those "
    "parameters buy nothing.",
)
def linear_twin(input_shape, n_classes, budget):
    return dense(input_shape, n_classes, right_h(input_shape, n_classes, budget), act=None)


@mutant("Your twin ends in a softmax. Like LeNet it should give logits.")
def softmax_twin(input_shape, n_classes, budget):
    h = right_h(input_shape, n_classes, budget)
    return dense(input_shape, n_classes, h, head="softmax")


@mutant("Your hidden layer has tanh. The twin has ReLU, as LeNet does.")
def tanh_twin(input_shape, n_classes, budget):
    h = right_h(input_shape, n_classes, budget)
    return dense(input_shape, n_classes, h, act="tanh")


@mutant(
    "Your hidden layer has a leaky ReLU, which lets a part of negative numbers through. The twin "
    "has ReLU, as LeNet does.",
)
def leaky_twin(input_shape, n_classes, budget):
    h = right_h(input_shape, n_classes, budget)
    return dense(input_shape, n_classes, h, act="leaky_relu")


@mutant("Your last layer has no biases. All layers of the twin do.")
def no_biases_at_the_end(input_shape, n_classes, budget):
    import keras

    h = right_h(input_shape, n_classes, budget)
    net = [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(h, "relu")]
    return keras.Sequential([*net, keras.layers.Dense(n_classes, use_bias=False)])


@mutant(
    "Your twin begins with a convolution. The point of the race is that it has none.",
)
def twin_with_a_convolution(input_shape, n_classes, budget):
    import keras

    H, W, C = input_shape
    filters = 2
    rest = budget - filters * (C + 1) - n_classes
    h = max(1, round(rest / (H * W * filters + n_classes + 1)))
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(filters, 1),
            keras.layers.Flatten(),
            keras.layers.Dense(h, activation="relu"),
            keras.layers.Dense(n_classes),
        ]
    )


# Variants -----------------------------------------------------------------------------------------

twin_by_trying = variant(
    "tries all widths and counts", build_dense_twin=building_blocks.twin_by_trying
)


@variant("two hidden layers, both widths by trying")
def twin_of_two_layers(input_shape, n_classes, budget):
    import keras

    D = int(np.prod(input_shape))
    best = None
    for k in range(1, 60):
        h = max(1, round((budget - k - k * n_classes - n_classes) / (D + 1 + k)))
        off = abs(h * (D + 1) + k * (h + 1) + n_classes * (k + 1) - budget)
        if best is None or off < best[0]:
            best = off, h, k
    net = keras.Sequential([keras.Input(input_shape), keras.layers.Flatten()])
    for units in best[1:]:
        net.add(keras.layers.Dense(units, activation="relu"))
    net.add(keras.layers.Dense(n_classes))
    return net


@variant("rounds down, in float32")
def twin_rounded_down(input_shape, n_classes, budget):
    import keras

    D = np.float32(np.prod(np.float32(input_shape)))
    h = int(np.floor((np.float32(budget) - n_classes) / (D + n_classes + 1) + np.float32(0.5)))
    layers = [
        keras.Input(input_shape),
        keras.layers.Reshape((int(D),)),
        keras.layers.Dense(h, activation="relu", kernel_initializer="he_uniform"),
        keras.layers.Dense(n_classes, activation=None, dtype="float32"),
    ]
    return keras.Sequential(layers)
