"""Hidden checks of 3.3."""

import numpy as np

from nablab.checking import close, contract, exercise

SHAPES = ((7,), (3, 5), (2, 3, 4))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def slopes(name, x):
    """The cache for an input x, and the slope there."""
    if name == "relu_bwd":
        return x, (x > 0) * 1.0
    y = sigmoid(x) if name == "sigmoid_bwd" else np.tanh(x)
    return y, y * (1 - y) if name == "sigmoid_bwd" else 1 - y**2


def same(student, name, dout, x, says=""):
    cache, slope = slopes(name, x)
    scale = float(np.abs(dout).max())  # 1 − y² is rounded as 1 is, however small it is
    got = getattr(student, name)(dout, cache)
    close(got, dout * slope, f"{name}: {says}".strip(), atol=1e-6 * scale, constant=True)


@exercise("3.3", stage="oracle")
def test_relu_in_arrays_of_any_shape(student, rng):
    """ReLU in arrays of any shape, of floats and of whole numbers with many zeros"""
    for shape in SHAPES:
        same(student, "relu_bwd", rng.normal(size=shape), rng.normal(size=shape))
        same(student, "relu_bwd", rng.normal(size=shape), rng.integers(-1, 2, size=shape))


@exercise("3.3", stage="oracle")
def test_the_sigmoid_in_arrays_of_any_shape(student, rng):
    """The sigmoid in arrays of any shape, from its output"""
    for shape in SHAPES:
        same(student, "sigmoid_bwd", rng.normal(size=shape), 2 * rng.normal(size=shape))


@exercise("3.3", stage="oracle")
def test_tanh_in_arrays_of_any_shape(student, rng):
    """Tanh in arrays of any shape, from its output"""
    for shape in SHAPES:
        same(student, "tanh_bwd", rng.normal(size=shape), 2 * rng.normal(size=shape))


@exercise("3.3")
def test_all_three_are_linear_in_dout(student, rng):
    """All three are linear in dout, which may be negative everywhere"""
    dout, x = -0.5 - rng.random((5, 3)), rng.uniform(0.2, 2, size=(5, 3))
    for name in ("relu_bwd", "sigmoid_bwd", "tanh_bwd"):
        for factor in (1, -2, rng.uniform(10, 50)):
            same(student, name, factor * dout, x, f"dout times {factor:.3g}.")


@exercise("3.3", stage="probe")
def test_the_corner_and_the_limits(student, rng):
    """Exactly 0 passes nothing through ReLU; outputs exactly at their limits pass nothing either"""
    dout = rng.normal(size=6) + 3
    x = np.array([0.0, -0.0, 1e-12, -1e-12, 5, -5])
    same(student, "relu_bwd", dout, x)
    contract(student, "relu_bwd", dout, x, shape=x.shape)
    for name, low in (("sigmoid_bwd", 0.0), ("tanh_bwd", -1.0)):
        y = np.array([low, 1.0, low, 0.25, 1.0, 0.75])
        slope = y * (1 - y) if name == "sigmoid_bwd" else 1 - y**2
        close(getattr(student, name)(dout, y), dout * slope, f"{name}:", atol=1e-6)
