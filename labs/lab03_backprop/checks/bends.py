"""The visible checks of 3.3."""

import numpy as np

from nablab.checking import check, close, contract

from .oracles import near, unchanged

BENDS = ("relu_bwd", "sigmoid_bwd", "tanh_bwd")


def cache_of(name, x):
    """What the given forward functions keep."""
    return {"relu_bwd": x, "sigmoid_bwd": 1 / (1 + np.exp(-x)), "tanh_bwd": np.tanh(x)}[name]


def output_of(name, x):
    return np.maximum(x, 0) if name == "relu_bwd" else cache_of(name, x)


@check("contract")
def test_three_functions_that_keep_the_shape(student):
    """relu_bwd, sigmoid_bwd and tanh_bwd return a NumPy array of the shape of dout"""
    dout = np.array([[1.5, -2.0, 3.0], [0.5, 4.0, -1.0]])
    cache = np.array([[0.25, 0.5, 0.75], [0.125, 0.9, 0.6]])
    for name in BENDS:
        contract(student, name, dout, cache, shape=(2, 3), array=True)
    contract(student, "relu_bwd", dout, cache - 0.5, shape=(2, 3), array=True)


@check("hand")
def test_the_three_rows_of_the_text(student):
    """The three rows of the text: (0, 0, 7), (1, −1.5) and (1, 1.28, 1.8)"""
    for name, dout, cache, right in (
        ("relu_bwd", [5.0, 6, 7], [-2.0, 0, 3], [0, 0, 7]),
        ("sigmoid_bwd", [4.0, -8], [0.5, 0.75], [1, -1.5]),
        ("tanh_bwd", [1.0, 2, 5], [0, -0.6, 0.8], [1, 1.28, 1.8]),
    ):
        dout, cache = np.array(dout), np.array(cache)
        given = {"dout": dout, "cache": cache}
        close(getattr(student, name)(dout, cache), right, f"{name}:", given=given)


@check("probe")
def test_relu_at_exactly_0(student):
    """At an input of exactly 0 nothing passes through ReLU, whatever the sign of dout"""
    dout, cache = np.array([3.0, -2.0, 4.0, -5.0]), np.array([0.0, 0.0, 1e-9, -1e-9])
    close(student.relu_bwd(dout, cache), [0, 0, 4, 0], given={"dout": dout, "cache": cache})


@check("probe")
def test_saturated_units(student):
    """If the output is exactly at its limit, the slope is 0 and nothing is infinite"""
    dout = np.array([2.0, -3.0, 4.0])
    for name, cache, right in (
        ("sigmoid_bwd", np.array([0.0, 1.0, 0.5]), [0, 0, 1]),
        ("tanh_bwd", np.array([-1.0, 1.0, 0.5]), [0, 0, 3]),
    ):
        close(
            getattr(student, name)(dout, cache),
            right,
            f"{name}:",
            given={"dout": dout, "cache": cache},
        )


@check("probe")
def test_whole_numbers_in_the_cache(student):
    """dout and cache may hold whole numbers"""
    dout, cache = np.array([[7, -3, 2]]), np.array([[4, -1, 0]])
    close(student.relu_bwd(dout, cache), [[7, 0, 0]], "relu_bwd:", given={"cache": cache})
    small = np.array([[200, 0, 3]], dtype=np.uint8)
    close(student.relu_bwd(dout, small), [[7, 0, 2]], "relu_bwd, bytes:", given={"cache": small})
    cache = np.array([[0, 1, 0]])
    close(student.sigmoid_bwd(dout, cache), [[0, 0, 0]], "sigmoid_bwd:", constant=True)
    close(student.tanh_bwd(dout, cache), [[7, 0, 2]], "tanh_bwd:", given={"cache": cache})


@check("oracle")
def test_central_differences_of_the_curves(student, rng):
    """All three agree with central differences of their curves, in arrays of any shape"""
    for name in BENDS:
        for shape in ((5,), (3, 2), (2, 3, 4)):
            x = rng.uniform(0.1, 2, size=shape) * rng.choice([-1, 1], size=shape)
            dout = rng.normal(size=shape)
            slope = (output_of(name, x + 1e-5) - output_of(name, x - 1e-5)) / 2e-5
            near(
                getattr(student, name)(dout, cache_of(name, x)),
                dout * slope,
                f"{name}, an array {shape}.",
                given={"dout": dout, "cache": cache_of(name, x)},
                constant=True,  # every input of ReLU may be negative
            )


def probe_dout_afterwards(student):
    return unchanged(student, "relu_bwd", np.array([2.0, 3, 5]), np.array([-1.0, 0, 1]))


BEND_DOUT = np.array([2.0, -3, 0.5, -4, 5])


PROBES = [
    ("relu_bwd", (BEND_DOUT, np.array([1.0, 0, -2, 3, -0.5]))),
    ("sigmoid_bwd", (BEND_DOUT, np.array([0.5, 0.2, 0.9, 0.6, 0.1]))),
    ("tanh_bwd", (BEND_DOUT, np.array([0.5, -0.2, 0.9, -0.6, 0.1]))),
    probe_dout_afterwards,
]
