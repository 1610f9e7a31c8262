"""Hidden checks of N.6."""

import math
from math import prod

import numpy as np

from nablab.checking import check, each, equal, mutant, variant
from nablab.reference.counting import param_count

from ..checks.oracles import FLATTEN, NORM, conv2d, dense, depthwise, embedding, pool
from ..checks.param_count import shapes_are_right
from .building_blocks import counts, holds_numbers, shape_after, shape_by_match


def any_image_layer(rng, kinds=("conv2d", "depthwise_conv2d", "max_pool2d", "batch_norm")):
    """A random layer for images."""
    kind = str(rng.choice(kinds))
    a, b, c, d = (int(value) for value in rng.integers(1, 4, size=4))
    padding = str(rng.choice(["valid", "same"]))
    if kind == "batch_norm":
        return NORM
    if kind == "max_pool2d":
        return pool((a, b), (c, d), padding)
    bias = bool(rng.integers(2))
    if kind == "conv2d":
        return conv2d(a + 4, (a, b), (c, d), padding, bias)
    return depthwise(c, (a, b), (c, d), padding, bias)


def image_network(rng):
    """A random network for images (37, 41, 3): 3 layers with strides up to 3 leave some pixels."""
    layers = [any_image_layer(rng) for _ in range(3)]
    ends = [
        dense(int(units), bool(bias))
        for units, bias in zip(rng.integers(2, 30, size=2), rng.integers(2, size=2), strict=True)
    ]
    return [*layers, FLATTEN, *ends], (37, 41, 3)


def text_network(rng):
    words, length, units = (int(value) for value in rng.integers([50, 3, 3], [200, 20, 20]))
    layers = [embedding(words, length), dense(units), NORM, FLATTEN, dense(3, bias=False)]
    return layers, (int(rng.integers(5, 15)),)


def counts_are_right(student, networks):
    for (layers, shape), got in zip(networks, each(student, "param_count", networks), strict=True):
        kinds = ", ".join(layer["kind"] for layer in layers)
        equal(got, param_count(layers, shape), f"{kinds}; given {shape}.")


@check("oracle")
def test_networks_for_images(student, rng):
    """Networks for images, drawn from all kinds of layers"""
    counts_are_right(student, [image_network(rng) for _ in range(12)])


@check("oracle")
def test_networks_for_words(student, rng):
    """Networks that begin with an embedding"""
    counts_are_right(student, [text_network(rng) for _ in range(4)])


@check()
def test_shapes_on_the_way(student, rng):
    """The shape after every layer"""
    for layers, input_shape in (*(image_network(rng) for _ in range(6)), text_network(rng)):
        shapes_are_right(student, layers, input_shape)


@check("probe")
def test_each_kind_with_and_without_bias(student, rng):
    """Each kind of layer alone, with a bias and without"""
    shape = (11, 13, int(rng.integers(5, 9)))
    layers = [
        any_image_layer(rng, [kind])
        for kind in ("conv2d", "depthwise_conv2d", "max_pool2d", "batch_norm")
    ]
    layers += [dense(int(rng.integers(3, 20))), depthwise(3, (2, 3), (1, 2))]
    networks = [
        ([layer | ({"use_bias": bias} if "use_bias" in layer else {})], shape)
        for layer in layers
        for bias in (True, False)
    ]
    counts_are_right(student, networks)


@check()
def test_the_size_of_the_image_does_not_matter(student, rng):
    """Without dense layers the counts are the same for images of any size"""
    layers = [any_image_layer(rng) for _ in range(2)]
    layers += [any_image_layer(rng, ["conv2d"]), any_image_layer(rng, ["depthwise_conv2d"])]
    counts_are_right(student, [(layers, shape) for shape in ((101, 90, 3), (200, 131, 3))])


@check()
def test_dense_layers_pay_for_the_size_of_the_image(student, rng):
    """A dense layer after flattening pays for every pixel that is left"""
    units = int(rng.integers(3, 9))
    layers = [any_image_layer(rng, ["max_pool2d"]), FLATTEN, dense(units)]
    counts_are_right(student, [(layers, shape) for shape in ((12, 15, 2), (24, 31, 2), (7, 9, 5))])


# Mutants ------------------------------------------------------------------------------------------


@mutant("The biases are missing: one for each unit or output channel.")
def biases_missing(layers, input_shape):
    return counts(layers, input_shape, lambda *step: holds_numbers(*step)[0])


@mutant("You add a bias to layers that have none: look at use_bias.")
def always_a_bias(layers, input_shape):
    def count(layer, shape, out):
        return holds_numbers(layer | {"use_bias": "use_bias" in layer}, shape, out)

    return counts(layers, input_shape, lambda *step: sum(count(*step)))


@mutant(
    "You count a filter's weights again for every place. A filter is shared by all places: its "
    "count does not depend on H and W.",
)
def multiplied_by_the_places(layers, input_shape):
    def count(layer, shape, out):
        weights, biases = holds_numbers(layer, shape, out)
        return weights * (prod(out[:2]) if "kernel_size" in layer else 1) + biases

    return counts(layers, input_shape, count)


@mutant(
    "Your filters read one channel. In a conv2d each reads all channels of the input: kh·kw·C "
    "weights.",
)
def filters_of_one_channel(layers, input_shape):
    def count(layer, shape, out):
        weights, biases = holds_numbers(layer, shape, out)
        return weights // (shape[-1] if layer["kind"] == "conv2d" else 1) + biases

    return counts(layers, input_shape, count)


@mutant(
    "You count a depthwise layer like a conv2d. In a depthwise layer each channel has its own "
    "filters, which read only that channel: kh·kw·C·m weights.",
)
def depthwise_as_whole(layers, input_shape):
    def count(layer, shape, out):
        weights, biases = holds_numbers(layer, shape, out)
        return weights * (shape[-1] if layer["kind"] == "depthwise_conv2d" else 1) + biases

    return counts(layers, input_shape, count)


@mutant(
    "You count two numbers for each channel of a batch normalisation, those that are trained. It "
    "also keeps a mean and a variance: count all four.",
)
def trained_numbers_only(layers, input_shape):
    def count(layer, shape, out):
        return sum(holds_numbers(layer, shape, out)) // (2 if layer["kind"] == "batch_norm" else 1)

    return counts(layers, input_shape, count)


@mutant(
    "You do not carry the shape along: every layer is counted as if it were given the network's "
    "input.",
)
def shape_not_carried_along(layers, input_shape):
    return [
        sum(holds_numbers(layer, input_shape, shape_after(layer, input_shape))) for layer in layers
    ]


@mutant(
    "You return one number for the whole network. Return a list, with a number for each layer.",
)
def one_sum(layers, input_shape):
    return sum(counts(layers, input_shape, lambda *step: sum(holds_numbers(*step))))


@mutant(
    "You leave out layers without parameters. Give them a 0, so that the list matches the layers.",
)
def idle_layers_left_out(layers, input_shape):
    return [n for n in counts(layers, input_shape, lambda *step: sum(holds_numbers(*step))) if n]


always_valid = mutant(
    'Your output_shape treats every padding as "valid". Pass the layer\'s padding to out_size.',
    output_shape=lambda layer, shape: shape_after(layer, shape, padding="valid"),
)


stride_1_shapes = mutant(
    "Your output_shape ignores strides, so a pooling layer hardly makes an image smaller.",
    output_shape=lambda layer, shape: shape_after(layer, shape, strides=(1, 1)),
)


sides_swapped = mutant(
    "Rows and columns of the strides are swapped in your output_shape: pairs have rows first.",
    output_shape=lambda layer, shape: shape_after(
        layer, shape, strides=layer.get("strides", (1, 1))[::-1]
    ),
)


# Variants -----------------------------------------------------------------------------------------


def counts_by_match(layers, input_shape):
    counts, shape = [], list(input_shape)
    for layer in layers:
        before, shape = shape, shape_by_match(layer, shape)
        extra = int(bool(layer.get("use_bias")))
        match layer["kind"]:
            case "dense":
                counts.append((before[-1] + extra) * shape[-1])
            case "conv2d":
                counts.append((math.prod(layer["kernel_size"]) * before[-1] + extra) * shape[-1])
            case "depthwise_conv2d":
                counts.append((math.prod(layer["kernel_size"]) + extra) * shape[-1])
            case "batch_norm":
                counts.append(4 * before[-1])
            case "embedding":
                counts.append(layer["input_dim"] * layer["output_dim"])
            case _:
                counts.append(0)
    return counts


counted_by_match = variant(
    "match statements, shapes as lists, (reads + 1) · outputs",
    param_count=counts_by_match,
    output_shape=shape_by_match,
)


def weight_shapes(layer, shape):
    """The shapes of a layer's arrays, as Keras makes them."""
    kind, C = layer["kind"], shape[-1]
    if kind == "dense":
        arrays = [(C, layer["units"]), (layer["units"],)]
    elif kind == "conv2d":
        arrays = [(*layer["kernel_size"], C, layer["filters"]), (layer["filters"],)]
    elif kind == "depthwise_conv2d":
        m = layer["depth_multiplier"]
        arrays = [(*layer["kernel_size"], C, m), (C * m,)]
    elif kind == "batch_norm":
        return [(C,)] * 4
    elif kind == "embedding":
        return [(layer["input_dim"], layer["output_dim"])]
    else:
        return []
    return arrays if layer["use_bias"] else arrays[:1]


@variant("the arrays of every layer, as an array of NumPy integers")
def counts_of_arrays(layers, input_shape):
    shape, counts = tuple(input_shape), []
    for layer in layers:
        counts.append(sum(int(np.prod(one)) for one in weight_shapes(layer, shape)))
        shape = tuple(shape_by_match(layer, shape))
    return np.array(counts)


@variant("products in float32, rounded")
def counts_in_float32(layers, input_shape):
    shape, counts = tuple(input_shape), []
    for layer in layers:
        arrays = [np.prod(np.float32(one)) for one in weight_shapes(layer, shape)]
        counts.append(int(np.round(np.sum(np.float32(arrays)))) if arrays else 0)
        shape = tuple(shape_by_match(layer, shape))
    return counts
