"""The visible checks of N.2."""

import numpy as np

from nablab.checking import Mismatch, check, holds
from nablab.checking.contract import left_alone
from nablab.checking.expect import show
from nablab.sandbox.student import parameters

from .oracles import Planted, conv_net, pair, wave


def field_of(net, name):
    """(size, step, first) of the rows and of the columns, for a layer of a planted net."""
    found, sides = [[1, 1, 0], [1, 1, 0]], net.inputs(np.zeros((1, *net.shape)))
    for layer, given in zip(net.layers, sides, strict=False):
        window = layer.get("kernel_size") or layer.get("pool_size")
        for axis in range(2 if window else 0):
            k, n = pair(window)[axis], given.shape[1 + axis]
            s = pair(layer.get("strides", 1 if layer["kind"] == "Conv2D" else window))[axis]
            size, step, first = found[axis]
            padded = max((-(-n // s) - 1) * s + k - n, 0) if layer.get("padding") == "same" else 0
            found[axis] = [size + (k - 1) * step, step * s, first - padded // 2 * step]
        if layer.get("name") == name:
            return found
    raise AssertionError(name)


def patches_of(net, name, unit, x, k):
    maps = net.output_of(name, x)[..., unit]
    flat = maps.reshape(len(x), -1)
    found = []
    for i in np.argsort(-flat.max(axis=1), kind="stable")[:k]:
        place = np.unravel_index(flat[i].argmax(), maps.shape[1:])
        patch = [int(i)]
        for at, (size, step, first), n in zip(
            place, field_of(net, name), x.shape[1:3], strict=True
        ):
            start = first + int(at) * step
            patch += [max(start, 0), min(start + size, n)]
        found.append(tuple(patch))
    return found


def clear(net, name, unit, x):
    """Whether the best places and the order of images cannot depend on rounding."""
    flat = net.output_of(name, x)[..., unit].reshape(len(x), -1)
    two = np.sort(flat, axis=1)[:, -2:] if flat.shape[1] > 1 else np.c_[flat - 1, flat]
    gap = 1e-3 * np.abs(flat).max()
    return bool((two[:, 1] - two[:, 0] > gap).all() and (np.diff(np.sort(two[:, 1])) > gap).all())


def drawn(rng, name, unit, n=7, **settings):
    """A net and images whose best places are clear."""
    while True:
        net = conv_net(rng, **settings)
        x = rng.normal(size=(n, *net.shape))
        if clear(net, name, unit, x):
            return net, x


def read(got, k):
    """The student's patches as tuples of five integers."""
    if not isinstance(got, (list, tuple, np.ndarray)) or len(got) != k:
        raise Mismatch(
            f"It should return a list of {k} patches, but returned {show(got)}.", got=got
        )
    patches = []
    for one in got:
        if not isinstance(one, (list, tuple, np.ndarray)) or len(one) != 5:
            raise Mismatch(
                f"A patch is (i, r0, r1, c0, c1), five integers, but one is {show(one)}.", got=one
            )
        numbers = np.asarray(one)
        whole = numbers.dtype.kind in "iu" or (
            numbers.dtype.kind == "O"
            and all(isinstance(n, (int, np.integer)) for n in numbers.ravel())
        )
        holds(whole, f"A patch is five integers, but one is {show(one)}.", got=one)
        patches.append(tuple(int(n) for n in numbers))
    return patches


def compare(student, net, name, unit, x, k, says):
    got = read(student.top_patches(net.on(student).handle, name, unit, x, k), k)
    expected = patches_of(net, name, unit, np.asarray(x), k)
    for number, (mine, right) in enumerate(zip(got, expected, strict=True)):
        holds(
            mine == right,
            f"{says} Patch {number} is (i, r0, r1, c0, c1) = {mine}, expected {right}.",
            got=got,
            expected=expected,
        )


def detector(template, strides=1, padding="valid"):
    """A net of one convolution that looks for a template (kh, kw, C), in its second channel."""
    template = np.asarray(template, dtype=float)
    kernel = np.stack([np.zeros(template.shape), template], axis=-1)
    layers = [
        {"kind": "Conv2D", "filters": 2, "kernel_size": template.shape[:2], "strides": strides}
        | {"padding": padding, "use_bias": False, "name": "seeks"}
    ]
    return layers, [kernel]


def corner():
    """Four images (6, 8, 1) with the same pattern at other places, and a net that looks for it."""
    x = np.zeros((4, 6, 8, 1))
    for i, (r, c, strength) in enumerate(((0, 5, 2), (4, 1, 5), (3, 6, 1), (2, 2, 3))):
        x[i, r : r + 2, c : c + 2, 0] = strength * np.array([[1, 2], [3, 4]])
    layers, weights = detector(np.array([[1, 2], [3, 4]])[..., None])
    return Planted((6, 8, 1), layers, weights), x


def planted_rows():
    """The case of the text: rows of size 5, step 2, first −1, in an image of 8 rows."""
    layers = [
        {"kind": "Conv2D", "filters": 1, "kernel_size": (3, 1), "padding": "same"}
        | {"use_bias": False},
        {"kind": "MaxPooling2D", "pool_size": (3, 1), "strides": (2, 1)},
        {"kind": "Conv2D", "filters": 1, "kernel_size": (1, 2), "use_bias": False, "name": "top"},
    ]
    weights = [np.array([0, 1.0, 0]).reshape(3, 1, 1, 1), np.array([1.0, 0.5]).reshape(1, 2, 1, 1)]
    return Planted((8, 3, 1), layers, weights)


@check("contract")
def test_a_list_of_patches(student):
    """top_patches returns a list of k patches of five integers, and leaves the images alone"""
    found = parameters(student, "top_patches")
    wanted = ("model", "layer", "unit", "x", "k")
    holds(
        found[:5] == wanted,
        f"top_patches takes ({', '.join(found)}); the exercise asks for ({', '.join(wanted)}).",
    )
    net, x = corner()
    read(left_alone(student, "top_patches", net.on(student).handle, "seeks", 1, x, 3), 3)


@check("hand")
def test_a_pattern_that_was_planted(student):
    """A net that looks for one pattern: the patches are where it is, the strongest first"""
    net, x = corner()
    compare(student, net, "seeks", 1, x, 4, "A 2×2 pattern stands in four images, at four places.")


@check("hand")
def test_the_rows_of_the_text(student):
    """The rows of the text: size 5, step 2, first −1, cut off at the border"""
    net = planted_rows()
    for row, expected in ((0, (0, 4)), (3, (1, 6)), (5, (3, 8))):
        x = np.zeros((1, 8, 3, 1))
        x[0, row, 1] = 1
        got = read(student.top_patches(net.on(student).handle, "top", 0, x, 1), 1)[0]
        full = patches_of(net, "top", 0, x, 1)[0]
        holds(
            got == full,
            f"The only bright pixel is in row {row}. The patch is (i, r0, r1, c0, c1) = {got}, "
            f"expected {full}: the rows are {expected[0]} to {expected[1]}, without the last.",
            got=got,
            expected=full,
        )


@check("probe")
def test_ties_keep_their_order(student):
    """Of equal places the first counts, of equal images the one of smaller index"""
    layers, weights = detector(np.ones((1, 1, 1)))
    net = Planted((3, 4, 1), layers, weights)
    x = np.zeros((5, 3, 4, 1))
    for i, places in enumerate((((2, 0), (1, 3)), ((0, 1),), ((1, 3), (2, 0)), ((2, 2),), ())):
        for place in places:
            x[(i, *place)] = 7 if i != 3 else 8
    compare(student, net, "seeks", 1, x, 4, "Several images and places are equal.")


@check("probe")
def test_negative_answers_count(student):
    """If all answers are negative, the least negative one is the largest"""
    layers, weights = detector(-np.ones((2, 1, 1)))
    net = Planted((4, 5, 1), layers, weights)
    x = 3 + wave((3, 4, 5, 1))
    compare(student, net, "seeks", 1, x, 3, "The unit's answers are all negative.")


@check("oracle")
def test_nets_with_pooling_and_padding(student, rng):
    """A net with pooling and padding, rows and columns of other sizes"""
    for name, unit in (("five", 2), ("one", 1), ("four", 3)):
        net, x = drawn(rng, name, unit)
        compare(student, net, name, unit, x, 5, f"Layer {name!r}, unit {unit}.")


def wave_net():
    net = conv_net(np.random.default_rng(5))
    return net, wave((6, *net.shape), 0.37)


def of_a_net(student):
    net, x = wave_net()
    handle = net.on(student).handle
    return [
        [list(map(int, patch)) for patch in student.top_patches(handle, name, unit, x, 4)]
        for name, unit in (("five", 2), ("one", 0), ("four", 1))
    ]


def of_ties(student):
    layers, weights = detector(np.ones((1, 1, 1)))
    net = Planted((3, 4, 1), layers, weights)
    x = np.zeros((3, 3, 4, 1))
    for i, r, c in ((0, 2, 0), (0, 1, 3), (1, 0, 2), (1, 1, 0), (1, 2, 1), (2, 1, 3), (2, 2, 0)):
        x[i, r, c] = 7
    got = student.top_patches(net.on(student).handle, "seeks", 1, x, 3)
    return [list(map(int, patch)) for patch in got]


def of_negative_answers(student):
    layers, weights = detector(-np.ones((2, 1, 1)))
    net = Planted((4, 5, 1), layers, weights)
    got = student.top_patches(net.on(student).handle, "seeks", 1, 3 + wave((3, 4, 5, 1)), 3)
    return [list(map(int, patch)) for patch in got]


PROBES = [of_a_net, of_ties, of_negative_answers]
