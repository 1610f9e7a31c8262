"""Hidden checks of exercise 5.4.

`measure_thresholds.py`, the reference on 20 seeds: the largest error of a logarithm, and what is
allowed:

    the factor of a ReLU layer, 5 networks of 8 layers        0.013    0.08
    the first step back, 4 networks                           0.048    0.15
    four ReLU layers of unequal width, 5 networks             0.056    0.3
    four layers of tanh, 3 networks of width 150              0.028    0.12

Weights by fan_in in place of fan_out are off by up to 1.4.
"""

import numpy as np

from nablab.checking import close, each, exercise, generator, holds
from nablab.checking.expect import as_numbers
from nablab.reference.initialization import activate, backward_deviations, dense_step_back


def logs_of(student, rng, depth, width, act, scale, networks):
    """Logarithms of the sizes in several networks, (networks, depth)."""
    calls = [
        (depth, width, act, scale, generator(student, int(rng.integers(1 << 30))))
        for _ in range(networks)
    ]
    found = [as_numbers(got) for got in each(student, "grad_propagate", calls)]
    for got in found:
        holds(
            got.shape == (depth,) and np.isfinite(got).all() and (got > 0).all(),
            f"grad_propagate({depth}, {width}, {act!r}, {scale:g}, rng) should return {depth} "
            "standard deviations above 0.",
            got=got,
        )
    return np.log(np.array(found, dtype=float))


def sizes_are(logs, expected, within, says):
    got = np.exp(logs.mean(axis=0))
    holds(
        (np.abs(np.log(got / expected)) < within).all(),
        f"{says} The gradient's standard deviations are {np.array2string(got, precision=3)}, and "
        f"should be about {np.array2string(np.asarray(expected), precision=3)}.",
        got=got,
        expected=np.asarray(expected),
    )


@exercise("5.4")
def test_a_step_equals_central_differences(student, rng):
    """A step equals central differences, for all four activations and unequal sides"""
    x, w, dy = rng.normal(size=(3, 7)), rng.normal(size=(7, 5)), rng.normal(size=(3, 5))
    z = x @ w
    z += np.where(np.abs(z) < 0.05, 0.1, 0)  # away from the kink of a ReLU
    dz = np.zeros_like(z)
    for act in ("linear", "relu", "tanh", "gelu"):
        for where in np.ndindex(z.shape):
            nudge = np.zeros_like(z)
            nudge[where] = 1e-5
            dz[where] = np.sum(dy * (activate(z + nudge, act) - activate(z - nudge, act))) / 2e-5
        close(
            student.back_step(dy, z, w, act),
            dz @ w.T,
            f"{act}.",
            rtol=2e-3 if act == "gelu" else 1e-4,
            atol=1e-3 if act == "gelu" else 1e-5 * float(np.abs(dz @ w.T).max()),
            given={"dy": dy, "z": z, "w": w},
        )


@exercise("5.4")
def test_a_step_is_linear_in_the_gradient(student, rng):
    """Twice the gradient gives twice the result, and a sum the sum"""
    z, w, a, b = (rng.normal(size=size) for size in ((5, 4), (3, 4), (5, 4), (5, 4)))
    got = student.back_step(2 * a - 3 * b, z, w, "tanh")
    expected = dense_step_back(2 * a - 3 * b, z, w, "tanh")
    scale = float(np.abs(expected).max())  # where products cancel out, float32 is off by its share
    given = {"z": z, "w": w, "a": a, "b": b}
    close(got, expected, "dy is 2 a − 3 b.", atol=1e-5 * scale, given=given)


@exercise("5.4")
def test_a_sum_of_exactly_0(student):
    """A ReLU whose sum is exactly 0 lets nothing through"""
    dy, z = np.array([[1.0, 2, 3]]), np.array([[0.0, 4, -1]])
    w = np.array([[5.0, 7, 9], [1, -1, 2]])
    close(student.back_step(dy, z, w, "relu"), [[14, -2]], given={"dy": dy, "z": z, "w": w})


@exercise("5.4")
def test_the_slope_of_the_fan_on_the_way_back(student, rng):
    """In ReLU layers the logarithm changes by ½ log(scale/2) a layer, nearest to the output first"""
    for low, high in ((0.5, 1.2), (2.8, 4.5)):
        scale = float(rng.uniform(low, high))
        logs = logs_of(student, rng, 8, 100, "relu", scale, 5)
        slope = float(np.mean(logs[:, -1] - logs[:, 0]) / 7)
        wanted = 0.5 * np.log(scale / 2)
        holds(
            abs(slope - wanted) < 0.08,
            f"relu, scale {scale:.2f}: the logarithm changes by {slope:.3f} a layer, and should by "
            f"{wanted:.3f}.",
            got=slope,
            expected=wanted,
        )


@exercise("5.4")
def test_the_first_step_back(student, rng):
    """The first entry is the gradient after one layer"""
    scale = float(rng.uniform(0.4, 0.9))
    logs = logs_of(student, rng, 3, 150, "relu", scale, 4)
    sizes_are(logs[:, :1], np.sqrt([scale / 2]), 0.15, f"relu, scale {scale:.2f}, one layer back.")


@exercise("5.4")
def test_layers_of_unequal_width(student, rng):
    """Through layers of unequal width the size follows fan_out"""
    widths = [int(n) for n in rng.permutation([70, 290, 80, 270, 90])]
    logs = logs_of(student, rng, 4, widths, "relu", 2.0, 5)
    sizes_are(logs, np.ones(4), 0.3, f"relu, scale 2, widths {widths}.")


@exercise("5.4")
def test_tanh_follows_theory(student, rng):
    """tanh layers have the sizes that theory gives"""
    scale = float(rng.uniform(3, 6))
    logs = logs_of(student, rng, 4, 150, "tanh", scale, 3)
    expected = backward_deviations([150] * 5, "tanh", scale)
    sizes_are(logs, expected, 0.12, f"tanh, scale {scale:.2f}.")
