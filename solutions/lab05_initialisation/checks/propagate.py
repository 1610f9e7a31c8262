"""The visible checks of N.3."""

import numpy as np

from nablab.checking import check, contract, generator, holds
from nablab.checking.expect import as_numbers
from nablab.reference.initialization import forward_deviations

from .oracles import change_is, logs_of, sizes_are, tenths

# Many linear layers of five units at scale 1: chance makes the logarithm of the size fall by this
# much a layer (half of digamma(5/2) + log(2/5)), with a spread of 0.025 over 200 layers. A single
# matrix for all layers grows or falls by its largest eigenvalue, with a spread of 0.25. Of 16
# networks with new weights the spread is above 0.06, or the mean off by 0.045, with a chance below
# 1 in 10 million; with a single matrix for all layers both are below that with the same chance.
DEEP, PACE_OF_FIVE, NETWORKS = 200, -0.107, 16


def paces_are(logs, wanted, says):
    """In all networks the logarithm of the size changes by about `wanted` a layer."""
    paces = (logs[:, -1] - logs[:, 0]) / (logs.shape[1] - 1)
    holds(
        paces.std() < 0.06 and abs(paces.mean() - wanted) < 0.045,
        f"{says} The logarithm of the size changes by {', '.join(f'{pace:.2f}' for pace in paces)} "
        f"a layer. With new weights in every layer it is about {wanted:.2f} in all of them.",
        got=paces,
        expected=np.full(len(paces), wanted),
    )


@check("contract")
def test_one_number_for_each_layer(student):
    """propagate returns one number for each layer"""
    contract(student, "propagate", 5, 13, "relu", 2.0, generator(student, 1), shape=(5,))


@check("hand")
def test_the_first_layer_of_the_text(student):
    """The first ReLU layer at scale 2 has the standard deviation 0.826, as in the text"""
    logs = logs_of(student, "propagate", [(1, 200, "relu", 2.0, seed) for seed in (1, 2, 3)])
    sizes_are(logs, 0.8256, 0.05, "relu, scale 2, one layer.")


@check("probe")
def test_linear_layers(student):
    """A linear layer multiplies the size by the root of the scale"""
    for scale in (1.0, 4.0):
        logs = logs_of(
            student, "propagate", [(3, 200, "linear", scale, seed) for seed in (4, 5, 6)]
        )
        sizes_are(logs, np.sqrt(scale) ** np.arange(1, 4), 0.1, f"linear, scale {scale:g}.")


@check("probe")
def test_the_whole_layer_counts(student):
    """The standard deviation is over all numbers of a layer, not unit by unit"""
    logs = logs_of(student, "propagate", [(3, 150, "relu", 2.0, seed) for seed in range(6, 12)])
    sizes_are(
        logs,
        0.8256,
        0.2,
        "relu, scale 2. The units of a layer have different means, and that is part of the spread.",
    )


@check()
def test_the_factor_of_a_relu_layer(student):
    """Each ReLU layer multiplies the size by √(scale/2): level at scale 2, falling at scale 1"""
    for scale in (2.0, 1.0):
        calls = [(8, 100, "relu", scale, seed) for seed in range(6)]
        change_is(logs_of(student, "propagate", calls), scale, 0.1, f"relu, scale {scale:g}.")


@check()
def test_new_weights_in_every_layer(student):
    """Every layer has new weights: deep, narrow linear networks all change at the same pace"""
    calls = [(DEEP, 5, "linear", 1.0, seed) for seed in range(14, 14 + NETWORKS)]
    says = f"linear, scale 1, width 5, {DEEP} layers, {NETWORKS} networks."
    paces_are(logs_of(student, "propagate", calls), PACE_OF_FIVE, says)


@check("oracle")
def test_tanh_and_gelu(student):
    """tanh and gelu layers have the sizes that theory gives for very wide layers"""
    for act, scale, within in (("tanh", 2.0, 0.1), ("gelu", 3.0, 0.25)):
        calls = [(4, 150, act, scale, seed) for seed in range(11, 16)]
        sizes_are(
            logs_of(student, "propagate", calls),
            forward_deviations(4, act, scale),
            within,
            f"{act}, scale {scale:g}.",
        )


def probe_sizes(student):
    """Sizes at a few layers of a few networks."""
    calls = [(4, 200, act, scale, 1) for act, scale in SIZES]
    found = [tenths(np.exp(logs)) for logs in logs_of(student, "propagate", calls)]
    deep = [
        as_numbers(student.propagate(DEEP, 5, "linear", 1.0, generator(student, seed)))
        for seed in range(20, 32)
    ]
    paces = [np.log(np.maximum(got, 1e-300))[[0, -1]] @ [-1, 1] / (DEEP - 1) for got in deep]
    return [*found, bool(np.std(paces) > 0.1)]


SIZES = (("relu", 2.0), ("relu", 1.0), ("linear", 1.0), ("tanh", 8.0))


PROBES = [probe_sizes]
