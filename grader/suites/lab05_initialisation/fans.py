"""Hidden checks of N.1."""

import math

import numpy as np

from nablab.checking import check, close, each, equal, mutant, refuses, variant
from nablab.checking.expect import as_numbers
from nablab.reference.initialization import fans


def shapes_of(rng, window_sides, count=6):
    """Shapes whose sides are pairwise different."""
    return [
        tuple(int(n) for n in rng.permutation(np.arange(2, 14))[: window_sides + 2])
        for _ in range(count)
    ]


def fans_are(student, shapes, kind):
    found = each(student, "fans", [(shape, kind) for shape in shapes])
    for shape, got in zip(shapes, found, strict=True):
        equal(got, fans(shape, kind), f"The {kind} kernel {shape}.")


@check()
def test_dense_kernels(student, rng):
    """Dense kernels have the fans n and m"""
    fans_are(student, shapes_of(rng, 0), "dense")


@check()
def test_kernels_of_convolutions(student, rng):
    """Convolution kernels have the right fans, with one, two or three window sides"""
    for sides in (1, 2, 3):
        fans_are(student, shapes_of(rng, sides), "conv")


@check()
def test_depthwise_kernels(student, rng):
    """Depthwise kernels have the right fans, with one, two or three window sides"""
    for sides in (1, 2, 3):
        fans_are(student, shapes_of(rng, sides), "depthwise")


@check()
def test_more_channels_and_more_filters(student, rng):
    """Twice the filters double fan_out; twice the channels double fan_in, but not depthwise"""
    kh, kw, C, F = (int(n) for n in rng.permutation(np.arange(2, 9))[:4])
    for kind, factors in (
        ("conv", [[1, 1], [2, 1], [1, 2]]),
        ("depthwise", [[1, 1], [1, 1], [1, 2]]),
    ):
        shapes = [(kh, kw, C, F), (kh, kw, 2 * C, F), (kh, kw, C, 2 * F)]
        got = as_numbers(each(student, "fans", [(shape, kind) for shape in shapes]))
        close(got, np.array(factors) * fans(shapes[0], kind), f"{kind}: the kernels {shapes}.")


@check()
def test_a_shape_may_be_a_list(student, rng):
    """A shape may be a list, and a window side may be 1"""
    for shape, kind in (([1, 1, 7, 5], "conv"), ([3, 1, 5, 2], "depthwise"), ([5, 3], "conv")):
        equal(student.fans(shape, kind), fans(shape, kind), f"The {kind} kernel {shape}.")


@check()
def test_other_kinds_and_too_few_axes(student):
    """Other kinds and shapes with too few axes raise ValueError"""
    for shape, kind in (
        ((3, 5, 7, 11), "Conv"),
        ((3, 5), ""),
        ((), "conv"),
        ((5,), "dense"),
        ((2, 3, 5), "dense"),
        ((3,), "depthwise"),
        ((3, 5), "depthwise"),
    ):
        refuses(student.fans, shape, kind, says=f"The shape {shape} with the kind {kind!r}.")


# Mutants ------------------------------------------------------------------------------------------


def checked(shape, kind):
    """The right refusals; what follows in a mutant is its own mistake."""
    fans(shape, kind)
    *window, inputs, outputs = shape
    return math.prod(window), inputs, outputs


@mutant(
    "fan_in and fan_out are swapped. The last axis of a kernel counts outputs: it belongs to "
    "fan_out.",
)
def fans_swapped(shape, kind="conv"):
    return fans(shape, kind)[::-1]


@mutant(
    "The window is missing. A 3×3 convolution reads nine places of each channel, so its fans are nine "
    "times as large.",
)
def window_forgotten(shape, kind="conv"):
    _, inputs, outputs = checked(shape, kind)
    return (1 if kind == "depthwise" else inputs), outputs


@mutant(
    "The window counts in fan_in but not in fan_out. An input number is read once for each place of "
    "the window that covers it.",
)
def window_in_fan_in_only(shape, kind="conv"):
    places, inputs, outputs = checked(shape, kind)
    return (places if kind == "depthwise" else places * inputs), outputs


@mutant(
    "This counts a depthwise kernel like an ordinary one, as Keras's initialisers do. An output of "
    "a depthwise convolution reads one channel only.",
)
def depthwise_like_a_convolution(shape, kind="conv"):
    places, inputs, outputs = checked(shape, kind)
    return places * inputs, places * outputs


@mutant(
    "Your fan_out of a depthwise kernel counts the channels too. An input number belongs to one "
    "channel, and only that channel's own filters read it.",
)
def depthwise_fan_out_with_channels(shape, kind="conv"):
    places, inputs, outputs = checked(shape, kind)
    if kind == "depthwise":
        return places, places * inputs * outputs
    return places * inputs, places * outputs


@mutant(
    "The window's size is the square of its first side. That is right for square windows only: "
    "multiply all sides.",
)
def square_windows(shape, kind="conv"):
    checked(shape, kind)
    *window, inputs, outputs = shape
    places = window[0] ** 2 if window else 1
    return (places if kind == "depthwise" else places * inputs), places * outputs


@mutant("An unknown kind and a shape with too few axes should raise ValueError.")
def refuses_nothing(shape, kind="conv"):
    *window, inputs, outputs = (1, 1, *shape) if len(shape) < 2 else shape
    places = math.prod(window)
    return (places if kind == "depthwise" else places * inputs), places * outputs


# Variants -----------------------------------------------------------------------------------------


@variant("loops over the sides, returns a list")
def fans_by_loops(shape, kind="conv"):
    if kind not in ("conv", "dense", "depthwise"):
        raise ValueError(kind)
    if len(shape) < 2 + (kind == "depthwise") or (kind == "dense" and len(shape) != 2):
        raise ValueError(shape)
    places = 1
    for side in shape[:-2]:
        places *= side
    found = [places, places * shape[-1]]
    if kind != "depthwise":
        found[0] *= shape[-2]
    return found


@variant("NumPy's product, as an array")
def fans_by_numpy(shape, kind="conv"):
    sides = np.asarray(shape, dtype=int)
    least, most = {"conv": (2, 9), "dense": (2, 2), "depthwise": (3, 9)}.get(kind, (9, 0))
    if not least <= sides.size <= most:
        raise ValueError(f"{kind} {shape}")
    inputs = 1 if kind == "depthwise" else sides[-2]
    return np.prod(sides[:-2]) * np.array([inputs, sides[-1]])


@variant("float32: the size of all weights divided by the outputs or the inputs")
def fans_in_float32(shape, kind="conv"):
    if kind not in ("conv", "dense", "depthwise") or len(shape) < 2:
        raise ValueError(kind)
    if (kind == "dense" and len(shape) > 2) or (kind == "depthwise" and len(shape) < 3):
        raise ValueError(shape)
    size = np.prod(shape, dtype=np.float32)
    fan_in, fan_out = size / np.float32(shape[-1]), size / np.float32(shape[-2])
    return (fan_in / np.float32(shape[-2]) if kind == "depthwise" else fan_in), fan_out
