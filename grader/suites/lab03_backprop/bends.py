"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, contract, mutant, variant

from ..checks.bends import BENDS, cache_of

SHAPES = ((7,), (3, 5), (2, 3, 4))


def slope_of(name, cache):
    """The slope by its formula: a second way to find it, beside the central differences of the
    visible checks."""
    if name == "relu_bwd":
        return (cache > 0) * 1.0
    return cache * (1 - cache) if name == "sigmoid_bwd" else 1 - cache**2


def same(student, name, dout, x, says=""):
    cache = cache_of(name, x)
    scale = float(np.abs(dout).max())  # 1 − y² is rounded like 1, however small it is
    close(
        getattr(student, name)(dout, cache),
        dout * slope_of(name, cache),
        f"{name}: {says}".strip(),
        atol=1e-6 * scale,
        constant=True,
    )


@check("oracle")
def test_relu_in_arrays_of_any_shape(student, rng):
    """ReLU in arrays of any shape, of floats and of whole numbers with many zeros"""
    for shape in SHAPES:
        same(student, "relu_bwd", rng.normal(size=shape), rng.normal(size=shape))
        same(student, "relu_bwd", rng.normal(size=shape), rng.integers(-1, 2, size=shape))


@check("oracle")
def test_the_sigmoid_in_arrays_of_any_shape(student, rng):
    """The sigmoid in arrays of any shape, from its output"""
    for shape in SHAPES:
        same(student, "sigmoid_bwd", rng.normal(size=shape), 2 * rng.normal(size=shape))


@check("oracle")
def test_tanh_in_arrays_of_any_shape(student, rng):
    """Tanh in arrays of any shape, from its output"""
    for shape in SHAPES:
        same(student, "tanh_bwd", rng.normal(size=shape), 2 * rng.normal(size=shape))


@check()
def test_all_three_are_linear_in_dout(student, rng):
    """All three are linear in dout, which may be negative everywhere"""
    dout, x = -0.5 - rng.random((5, 3)), rng.uniform(0.2, 2, size=(5, 3))
    for name in BENDS:
        for factor in (1, -2, rng.uniform(10, 50)):
            same(student, name, factor * dout, x, f"dout times {factor:.3g}.")


@check("probe")
def test_the_corner_and_the_limits(student, rng):
    """An input of exactly 0 to ReLU lets nothing pass, nor does an output exactly at its limit"""
    dout = rng.normal(size=6) + 3
    x = np.array([0.0, -0.0, 1e-12, -1e-12, 5, -5])
    same(student, "relu_bwd", dout, x)
    contract(student, "relu_bwd", dout, x, shape=x.shape)
    for name, low in (("sigmoid_bwd", 0.0), ("tanh_bwd", -1.0)):
        y = np.array([low, 1.0, low, 0.25, 1.0, 0.75])
        close(getattr(student, name)(dout, y), dout * slope_of(name, y), f"{name}:", atol=1e-6)


# Mutants ------------------------------------------------------------------------------------------


def mutant_sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


@mutant(
    "You let the gradient through at an input of exactly 0. There the slope is taken as 0: ask for "
    "> 0, not for >= 0.",
)
def relu_passes_at_0(dout, cache):
    return np.asarray(dout, dtype=float) * (np.asarray(cache) >= 0)


@mutant(
    "relu_bwd returns only the slopes, 0 and 1: the factor dout is missing.",
)
def relu_forgets_dout(dout, cache):
    return (np.asarray(cache) > 0) * 1.0


@mutant(
    "You look at the sign of dout. The sign of the input, which is in the cache, decides what passes; "
    "dout may have any sign.",
)
def relu_of_dout(dout, cache):
    return np.maximum(dout, 0)


@mutant(
    "You let through only what is positive both in the input and in dout. Only the input decides.",
)
def relu_guided(dout, cache):
    return np.maximum(dout, 0) * (np.asarray(cache) > 0)


@mutant(
    "relu_bwd sets entries of dout itself to 0. The caller still needs it: work on a copy.",
)
def relu_in_place(dout, cache):
    dout[cache <= 0] = 0
    return dout


def sigmoid_again(dout, cache):
    y = mutant_sigmoid(cache)
    return dout * y * (1 - y)


sigmoid_of_the_output = mutant(
    "sigmoid_bwd takes the sigmoid of what is in the cache. The cache holds the output already: the "
    "slope is y(1 − y) with y as it is.",
    sigmoid_bwd=sigmoid_again,
)


def tanh_again(dout, cache):
    return dout * (1 - np.tanh(cache) ** 2)


tanh_of_the_output = mutant(
    "tanh_bwd takes the tanh of what is in the cache. The cache holds the output already: the slope "
    "is 1 − y² with y as it is.",
    tanh_bwd=tanh_again,
)


both_read_the_cache_as_input = mutant(
    "sigmoid_bwd and tanh_bwd treat the cache as the input. It holds their output y already: the "
    "slopes are y(1 − y) and 1 − y² with y as it is.",
    sigmoid_bwd=sigmoid_again,
    tanh_bwd=tanh_again,
)


def one_minus_y(dout, cache):
    return dout * (1 - np.asarray(cache, dtype=float))


sigmoid_without_y = mutant(
    "Your slope of the sigmoid is 1 − y; it is y·(1 − y).",
    sigmoid_bwd=one_minus_y,
)


def tanh_without_square(dout, cache):
    y = np.asarray(cache, dtype=float)
    return dout * y * (1 - y)


tanh_like_sigmoid = mutant(
    "Your slope of tanh is that of the sigmoid, y(1 − y). For tanh it is 1 − y².",
    tanh_bwd=tanh_without_square,
)


# Variants -----------------------------------------------------------------------------------------


def where_relu(dout, cache):
    return np.where(np.asarray(cache) > 0, dout, 0)


def expanded_sigmoid(dout, cache):
    y = np.asarray(cache, dtype=float)
    return dout * (y - y**2)


def product_tanh(dout, cache):
    y = np.asarray(cache, dtype=float)
    return dout * (1 - y) * (1 + y)


bends_otherwise = variant(
    "where, and the slopes written differently",
    relu_bwd=where_relu,
    sigmoid_bwd=expanded_sigmoid,
    tanh_bwd=product_tanh,
)


def masked_relu(dout, cache):
    dx = np.array(dout, dtype=np.float32)
    dx[np.asarray(cache) <= 0] = 0
    return dx


def float32_sigmoid(dout, cache):
    y = np.float32(cache)
    return np.float32(dout) * y * (np.float32(1) - y)


def float32_tanh(dout, cache):
    return np.float32(dout) * (1 - np.square(np.float32(cache)))


bends_in_float32 = variant(
    "float32, a mask",
    relu_bwd=masked_relu,
    sigmoid_bwd=float32_sigmoid,
    tanh_bwd=float32_tanh,
)


def entry_by_entry(slope):
    def backward(dout, cache):
        dx = np.zeros(np.shape(dout))
        for i in np.ndindex(*dx.shape):
            dx[i] = float(dout[i]) * slope(float(cache[i]))
        return dx

    return backward


bends_by_loops = variant(
    "entry by entry",
    relu_bwd=entry_by_entry(lambda x: 1.0 if x > 0 else 0.0),
    sigmoid_bwd=entry_by_entry(lambda y: y * (1 - y)),
    tanh_bwd=entry_by_entry(lambda y: 1 - y * y),
)
