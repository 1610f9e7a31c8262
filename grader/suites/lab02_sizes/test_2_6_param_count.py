"""Hidden checks of 2.6."""

from nablab.checking import each, equal, exercise
from nablab.reference.counting import param_count, shapes_through


def any_image_layer(rng, kinds=("conv2d", "depthwise_conv2d", "max_pool2d", "batch_norm")):
    """A layer for images, drawn."""
    kind = str(rng.choice(kinds))
    a, b, c, d = (int(value) for value in rng.integers(1, 4, size=4))
    window = {"strides": (c, d), "padding": str(rng.choice(["valid", "same"]))}
    if kind == "batch_norm":
        return {"kind": kind}
    if kind == "max_pool2d":
        return {"kind": kind, "pool_size": (a, b), **window}
    own = {"filters": a + 4} if kind == "conv2d" else {"depth_multiplier": c}
    return {
        "kind": kind,
        **own,
        "kernel_size": (a, b),
        **window,
        "use_bias": bool(rng.integers(2)),
    }


def image_network(rng):
    """A network for images (37, 41, 3), drawn: 3 image layers at strides up to 3 leave pixels."""
    layers = [any_image_layer(rng) for _ in range(3)]
    dense = [
        {"kind": "dense", "units": int(units), "use_bias": bool(bias)}
        for units, bias in zip(rng.integers(2, 30, size=2), rng.integers(2, size=2), strict=True)
    ]
    return [*layers, {"kind": "flatten"}, *dense], (37, 41, 3)


def text_network(rng):
    words, length, units = (int(value) for value in rng.integers([50, 3, 3], [200, 20, 20]))
    return [
        {"kind": "embedding", "input_dim": words, "output_dim": length},
        {"kind": "dense", "units": units, "use_bias": True},
        {"kind": "batch_norm"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 3, "use_bias": False},
    ], (int(rng.integers(5, 15)),)


def counts_are_right(student, networks):
    for (layers, shape), got in zip(networks, each(student, "param_count", networks), strict=True):
        kinds = ", ".join(layer["kind"] for layer in layers)
        equal(got, param_count(layers, shape), f"{kinds}; given {shape}.")


@exercise("2.6", stage="oracle")
def test_networks_for_images(student, rng):
    """Networks for images, drawn from all kinds of layers"""
    counts_are_right(student, [image_network(rng) for _ in range(12)])


@exercise("2.6", stage="oracle")
def test_networks_for_words(student, rng):
    """Networks that begin with an embedding"""
    counts_are_right(student, [text_network(rng) for _ in range(4)])


@exercise("2.6")
def test_shapes_on_the_way(student, rng):
    """The shape after every layer"""
    for layers, input_shape in (*(image_network(rng) for _ in range(6)), text_network(rng)):
        shapes = shapes_through(layers, input_shape)
        calls = list(zip(layers, shapes, strict=False))
        answers = each(student, "output_shape", calls)
        for (layer, before), got, after in zip(calls, answers, shapes[1:], strict=True):
            equal(got, after, f"{layer}, given {before}.")


@exercise("2.6", stage="probe")
def test_each_kind_with_and_without_bias(student, rng):
    """Each kind of layer alone, with a bias and without"""
    shape = (11, 13, int(rng.integers(5, 9)))
    layers = [
        any_image_layer(rng, [kind])
        for kind in ("conv2d", "depthwise_conv2d", "max_pool2d", "batch_norm")
    ]
    layers.append({"kind": "dense", "units": int(rng.integers(3, 20))})
    layers.append({"kind": "depthwise_conv2d", "depth_multiplier": 3, "kernel_size": (2, 3)})
    layers[-1] |= {"strides": (1, 2), "padding": "valid"}
    biased = ("conv2d", "depthwise_conv2d", "dense")
    networks = [
        ([layer | ({"use_bias": bias} if layer["kind"] in biased else {})], shape)
        for layer in layers
        for bias in (True, False)
    ]
    counts_are_right(student, networks)


@exercise("2.6")
def test_the_size_of_the_image_does_not_matter(student, rng):
    """Without dense layers the counts are the same for images of any size"""
    layers = [any_image_layer(rng) for _ in range(2)]
    layers += [any_image_layer(rng, ["conv2d"]), any_image_layer(rng, ["depthwise_conv2d"])]
    counts_are_right(student, [(layers, shape) for shape in ((101, 90, 3), (200, 131, 3))])


@exercise("2.6")
def test_dense_layers_pay_for_the_size_of_the_image(student, rng):
    """A dense layer after flattening pays for every pixel that is left"""
    units = int(rng.integers(3, 9))
    layers = [any_image_layer(rng, ["max_pool2d"]), {"kind": "flatten"}]
    layers.append({"kind": "dense", "units": units, "use_bias": True})
    counts_are_right(student, [(layers, shape) for shape in ((12, 15, 2), (24, 31, 2), (7, 9, 5))])
