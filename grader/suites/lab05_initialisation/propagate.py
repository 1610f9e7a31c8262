"""Hidden checks of N.3.

Chance moves the sizes of a network that is not infinitely wide. `measure_thresholds.py` gives the
largest error of a logarithm that the reference has on 20 seeds. Beside it is what is allowed:

    the factor of a ReLU layer, 6 networks of 8 layers        0.029    0.1
    three ReLU layers, 6 networks of width 150                0.058    0.2
    the first layer, 3 networks of width 200                  0.015    0.05
    four layers of tanh, 5 networks of width 150              0.004    0.1
    four layers of gelu, 5 networks of width 150              0.072    0.25
    four linear layers, 5 networks of width 150               0.024    0.12
    the mean pace of 200 linear layers of 5, 16 networks      0.017    0.045
    the spread of these paces                                 0.035    0.06

Every bound is more than six of chance's standard deviations away (measured on 400 networks of every
kind), so that at most one right answer in ten million is rejected. A wrong factor is off by 0.25 or
more, a deviation taken unit by unit by 0.37 in the third layer, and the paces of networks with a
single matrix for all layers have a spread of 0.25."""

import math

import numpy as np

from nablab.checking import check, mutant, variant
from nablab.reference.initialization import activate, forward_deviations

from ..checks.oracles import change_is, logs_of, sizes_are
from ..checks.propagate import DEEP, NETWORKS, PACE_OF_FIVE, paces_are
from .oracles import networks


@check()
def test_the_slope_of_the_fan(student, rng):
    """In ReLU layers the logarithm of the size changes by ½ log(scale/2) a layer, at any scale"""
    for low, high in ((0.5, 1.2), (1.8, 2.2), (2.8, 4.5)):
        scale = float(rng.uniform(low, high))
        logs = logs_of(student, "propagate", networks(rng, 6, 8, 100, "relu", scale))
        change_is(logs, scale, 0.1, f"relu, scale {scale:.2f}.")


@check()
def test_a_single_layer(student, rng):
    """The first layer has the size that follows from the scale, after the activation"""
    scale = float(rng.uniform(0.5, 4))
    for act in ("relu", "linear", "tanh"):
        logs = logs_of(student, "propagate", networks(rng, 3, 1, 200, act, scale))
        expected = forward_deviations(1, act, scale)
        sizes_are(logs, expected, 0.05, f"{act}, scale {scale:.2f}.")


@check()
def test_all_numbers_of_a_layer_together(student, rng):
    """The third layer's standard deviation is over examples and units together"""
    scale = float(rng.uniform(1.5, 3))
    logs = logs_of(student, "propagate", networks(rng, 6, 3, 150, "relu", scale))
    sizes_are(logs, forward_deviations(3, "relu", scale), 0.2, f"relu, scale {scale:.2f}.")


@check()
def test_the_other_activations(student, rng):
    """tanh, gelu and linear layers have the sizes that theory gives"""
    for act, within, (low, high) in (
        ("tanh", 0.1, (4, 9)),
        ("gelu", 0.25, (2, 4)),
        ("linear", 0.12, (0.5, 2)),
    ):
        scale = float(rng.uniform(low, high))
        logs = logs_of(student, "propagate", networks(rng, 5, 4, 150, act, scale))
        sizes_are(logs, forward_deviations(4, act, scale), within, f"{act}, scale {scale:.2f}.")


@check()
def test_no_two_layers_share_their_weights(student, rng):
    """Every layer has new weights: deep, narrow linear networks change at the same pace"""
    # at these scales the size is e^±40 at most, and its square still fits into a float32
    scale = float(rng.uniform(1.1, 1.35))
    logs = logs_of(student, "propagate", networks(rng, NETWORKS, DEEP, 5, "linear", scale))
    says = f"linear, scale {scale:.2f}, width 5, {DEEP} layers, {NETWORKS} networks."
    paces_are(logs, 0.5 * np.log(scale) + PACE_OF_FIVE, says)


@check()
def test_width_does_not_matter(student, rng):
    """Narrow and wide layers have the same size, since the weights take the width into account"""
    for width in (97, 211):
        logs = logs_of(student, "propagate", networks(rng, 4, 2, width, "linear", 1.0))
        sizes_are(logs, np.ones(2), 0.12, f"linear, scale 1, width {width}.")


# Mutants ------------------------------------------------------------------------------------------


def forward(depth, width, act, scale, rng, note=lambda z, y: y.std(), deviation=None, go_on=None):
    """The right loop, with one part replaced."""
    x = rng.normal(size=(100, width))
    deviation = math.sqrt(scale / width) if deviation is None else deviation
    stds = []
    for _ in range(depth):
        z = x @ rng.normal(0, deviation, (width, width))
        y = activate(z, act)
        stds.append(note(z, y))
        x = y if go_on is None else go_on(z)
    return np.array(stds)


@mutant("You measure before the activation. The text asks for the output after it.")
def measured_before_the_activation(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: z.std())


@mutant("These are variances. A standard deviation is the square root.")
def variances(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: y.var())


@mutant(
    "This is the root of the mean square. After a ReLU the mean is not 0, and a standard deviation "
    "subtracts it.",
)
def root_mean_square(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: np.sqrt(np.mean(y**2)))


@mutant(
    "You average the units' deviations over the examples. The units also have different means, "
    "which are part of the spread: take all numbers of the layer together.",
)
def unit_by_unit(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: y.std(axis=0).mean())


@mutant(
    "You gave the generator the variance scale/width. It takes the standard deviation, the square "
    "root of that.",
)
def variance_for_deviation(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, deviation=scale / width)


@mutant("The deviation of your weights ignores `scale`: it is always √(2/width).")
def scale_ignored(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, deviation=math.sqrt(2 / width))


@mutant(
    "Each of your layers reads a new batch. The second layer should read the output of the first.",
)
def a_new_batch_for_every_layer(depth, width, act, scale, rng):
    return np.concatenate([forward(1, width, act, scale, rng) for _ in range(depth)])


@mutant(
    "You activate only to measure, and pass on the sums: the next layer should read the activated "
    "numbers.",
)
def goes_on_without_activation(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, go_on=lambda z: z)


@mutant(
    "Your first number belongs to the input, which is not a layer: begin with the output of the "
    "first layer and end with that of the last.",
)
def begins_with_the_input(depth, width, act, scale, rng):
    return np.append(1.0, forward(depth, width, act, scale, rng)[:-1])


@mutant(
    "You draw one matrix before the loop and use it in all layers. Each layer needs its own weights: "
    "draw inside the loop.",
)
def one_matrix_for_all_layers(depth, width, act, scale, rng):
    x = rng.normal(size=(100, width))
    w = rng.normal(0, math.sqrt(scale / width), (width, width))
    stds = []
    for _ in range(depth):
        x = activate(x @ w, act)
        stds.append(x.std())
    return np.array(stds)


@mutant("Your layers are ReLU layers, whatever `act` says.")
def always_relu(depth, width, act, scale, rng):
    return forward(depth, width, "relu", scale, rng)


# Variants -----------------------------------------------------------------------------------------


@variant("all weights drawn first, standard normal, and scaled later")
def weights_beforehand(depth, width, act, scale, rng):
    weights = rng.standard_normal((depth, width, width))
    x = rng.standard_normal((100, width))
    found = np.empty(depth)
    for layer, W in enumerate(weights):
        x = activate((x @ W) * np.sqrt(scale / width), act)
        found[layer] = np.sqrt(np.mean(x**2) - np.mean(x) ** 2)
    return found


@variant("float32, returns a list")
def propagate_in_float32(depth, width, act, scale, rng):
    x = rng.standard_normal((100, width), dtype=np.float32)
    found = []
    for _ in range(depth):
        W = rng.standard_normal((width, width), dtype=np.float32) * np.float32(scale / width) ** 0.5
        x = np.float32(activate(x @ W, act))
        found.append(float(x.std()))
    return found


@variant("example by example")
def example_by_example(depth, width, act, scale, rng):
    rows = [rng.normal(size=width) for _ in range(100)]
    found = []
    for _ in range(depth):
        W = rng.normal(0, math.sqrt(scale / width), size=(width, width))
        rows = [activate(row @ W, act) for row in rows]
        found.append(np.std(rows))
    return found


@variant("examples as columns, einsum, a generator")
def examples_as_columns(depth, width, act, scale, rng):
    x = rng.normal(size=(width, 100))

    def layers(x):
        for _ in range(depth):
            W = rng.normal(scale=math.sqrt(scale / width), size=(width, width))
            x = activate(np.einsum("oi,in->on", W, x, optimize=True), act)
            yield np.std(x)

    return np.fromiter(layers(x), dtype=float)
