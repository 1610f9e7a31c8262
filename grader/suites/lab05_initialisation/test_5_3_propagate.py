"""Hidden checks of exercise 5.3.

Chance moves the sizes of a network that is not infinitely wide. `measure_thresholds.py`, the
reference on 20 seeds: the largest error of a logarithm, and what is allowed:

    the factor of a ReLU layer, 6 networks of 8 layers        0.029    0.1
    three ReLU layers, 6 networks of width 150                0.058    0.2
    the first layer, 3 networks of width 200                  0.015    0.05
    four layers of tanh, 5 networks of width 150              0.004    0.1
    four layers of gelu, 5 networks of width 150              0.072    0.25
    four linear layers, 5 networks of width 150               0.024    0.12
    the mean pace of 200 linear layers of 5, 16 networks      0.017    0.045
    the spread of these paces                                 0.035    0.06

Every bound is more than six of chance's standard deviations away (measured on 400 networks of every
kind), so that one right answer in ten million is turned down. A wrong factor is off by 0.25 or more,
a deviation taken unit by unit by 0.37 in the third layer, and the paces of networks with a single
matrix for all layers have a spread of 0.25.
"""

import numpy as np

from nablab.checking import each, exercise, generator, holds
from nablab.checking.expect import as_numbers
from nablab.reference.initialization import forward_deviations


def logs_of(student, rng, depth, width, act, scale, networks):
    """Logarithms of the sizes in several networks, (networks, depth)."""
    calls = [
        (depth, width, act, scale, generator(student, int(rng.integers(1 << 30))))
        for _ in range(networks)
    ]
    found = [as_numbers(got) for got in each(student, "propagate", calls)]
    for got in found:
        holds(
            got.shape == (depth,) and np.isfinite(got).all() and (got > 0).all(),
            f"propagate({depth}, {width}, {act!r}, {scale:g}, rng) should return {depth} standard "
            "deviations above 0.",
            got=got,
        )
    return np.log(np.array(found, dtype=float))


def sizes_are(logs, expected, within, says):
    got = np.exp(logs.mean(axis=0))
    holds(
        (np.abs(np.log(got / expected)) < within).all(),
        f"{says} The layers' standard deviations are {np.array2string(got, precision=3)}, and "
        f"should be about {np.array2string(np.asarray(expected), precision=3)}.",
        got=got,
        expected=np.asarray(expected),
    )


@exercise("5.3")
def test_the_slope_of_the_fan(student, rng):
    """In ReLU layers the logarithm of the size changes by ½ log(scale/2) a layer, at any scale"""
    for low, high in ((0.5, 1.2), (1.8, 2.2), (2.8, 4.5)):
        scale = float(rng.uniform(low, high))
        logs = logs_of(student, rng, 8, 100, "relu", scale, 6)
        slope = float(np.mean(logs[:, -1] - logs[:, 0]) / 7)
        wanted = 0.5 * np.log(scale / 2)
        holds(
            abs(slope - wanted) < 0.1,
            f"relu, scale {scale:.2f}: the logarithm changes by {slope:.3f} a layer, and should by "
            f"{wanted:.3f}.",
            got=slope,
            expected=wanted,
        )


@exercise("5.3")
def test_a_single_layer(student, rng):
    """The first layer has the size that follows from the scale, after the activation"""
    scale = float(rng.uniform(0.5, 4))
    for act in ("relu", "linear", "tanh"):
        logs = logs_of(student, rng, 1, 200, act, scale, 3)
        expected = forward_deviations(1, act, scale)
        sizes_are(logs, expected, 0.05, f"{act}, scale {scale:.2f}.")


@exercise("5.3")
def test_all_numbers_of_a_layer_together(student, rng):
    """The third layer's deviation is over examples and units together"""
    scale = float(rng.uniform(1.5, 3))
    logs = logs_of(student, rng, 3, 150, "relu", scale, 6)
    sizes_are(logs, forward_deviations(3, "relu", scale), 0.2, f"relu, scale {scale:.2f}.")


@exercise("5.3")
def test_the_other_activations(student, rng):
    """tanh, gelu and linear layers have the sizes that theory gives"""
    for act, within, (low, high) in (
        ("tanh", 0.1, (4, 9)),
        ("gelu", 0.25, (2, 4)),
        ("linear", 0.12, (0.5, 2)),
    ):
        scale = float(rng.uniform(low, high))
        logs = logs_of(student, rng, 4, 150, act, scale, 5)
        sizes_are(logs, forward_deviations(4, act, scale), within, f"{act}, scale {scale:.2f}.")


@exercise("5.3")
def test_no_two_layers_share_their_weights(student, rng):
    """Every layer has new weights: deep, narrow linear networks change at the same pace"""
    # at these scales the size is e^±40 at most, and its square still fits into a float32
    scale = float(rng.uniform(1.1, 1.35))
    logs = logs_of(student, rng, 200, 5, "linear", scale, 16)
    paces = (logs[:, -1] - logs[:, 0]) / 199
    wanted = 0.5 * np.log(scale) - 0.107  # a single layer's mean: (digamma(5/2) + log(2/5)) / 2
    holds(
        paces.std() < 0.06 and abs(paces.mean() - wanted) < 0.045,
        f"linear, scale {scale:.2f}, width 5, 200 layers, 16 networks: the logarithm changes by "
        f"{', '.join(f'{pace:.2f}' for pace in paces)} a layer, and should by about {wanted:.2f}.",
        got=paces,
        expected=np.full(len(paces), wanted),
    )


@exercise("5.3")
def test_width_does_not_matter(student, rng):
    """Narrow and wide layers have the same size, since the weights take the width into account"""
    for width in (97, 211):
        logs = logs_of(student, rng, 2, width, "linear", 1.0, 4)
        sizes_are(logs, np.ones(2), 0.12, f"linear, scale 1, width {width}.")
