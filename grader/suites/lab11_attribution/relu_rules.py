"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.attribution import relu_rule

from ..checks.oracles import conv_net
from ..checks.relu_rules import RULES, compare, two_layers, with_norm
from .building_blocks import array, gradient, tensor


@check("oracle")
def test_arrays_of_many_shapes(student, rng):
    """Arrays of one to four axes, whole numbers and zeros among them"""
    for shape in ((7,), (3, 5), (2, 4, 3, 5)):
        x, dout = rng.normal(size=shape[::-1]).T, rng.normal(size=shape)
        whole = rng.integers(-2, 3, size=shape), rng.integers(-2, 3, size=shape)
        for rule in RULES:
            for d, given in ((dout, x), whole):
                close(
                    student.relu_rules(d, given, rule),
                    relu_rule(d, given, rule),
                    f'Rule "{rule}", shape {shape}.',
                    atol=1e-9,
                    constant=True,
                )


@check("oracle")
def test_other_nets_by_each_rule(student, rng):
    """Nets without pooling, without biases, and every class"""
    net = conv_net(rng, shape=(6, 8, 1), bias=False, pool=False, classes=3)
    for cls in range(3):
        compare(student, net, rng.normal(size=(6, 8, 1)), cls, f"Class {cls}.")
    compare(student, with_norm(rng), rng.random(size=(5, 6, 2)), 1, "Batch norm.")


@check("probe")
def test_small_whole_numbers(student, rng):
    """Two layers of small whole numbers, for other pixels and both classes"""
    net = two_layers()
    for _ in range(3):
        img = rng.integers(-4, 5, size=(1, 1, 2))
        compare(student, net, img, int(rng.integers(2)), f"The pixel {img.ravel()}.")


@check()
def test_guided_is_never_more_than_both(student, rng):
    """Guided lets pass only what both of the others let pass"""
    x, dout = rng.normal(size=(5, 7)), rng.normal(size=(5, 7))
    passed = [np.asarray(student.relu_rules(dout, x, rule)) != 0 for rule in RULES]
    close(passed[2].astype(float), (passed[0] & passed[1]).astype(float), atol=1e-9)


@check()
def test_an_image_of_bytes(student, rng):
    """An image of bytes"""
    img = rng.integers(0, 256, size=(5, 6, 2)).astype(np.uint8)
    compare(student, with_norm(rng), img, 0, "An image of bytes.")


# Mutants ------------------------------------------------------------------------------------------


def ruled(**changes):
    """relu_rules with one rule exchanged, and the map that follows from it."""
    rules = {
        "grad": lambda d, x: d * (x > 0),
        "deconv": lambda d, x: d * (d > 0),
        "guided": lambda d, x: d * (x > 0) * (d > 0),
    } | changes

    def relu_rules(dout, x, rule):
        return rules[rule](np.asarray(dout, dtype=float), np.asarray(x, dtype=float))

    def rule_map(model, img, cls, rule):
        return walked(model, img, cls, rule, relu=relu_rules)

    return {"relu_rules": relu_rules, "rule_map": rule_map}


def back(layer, x, dout):
    import keras

    dout = tensor(dout)
    return gradient(lambda t: keras.ops.sum(layer(t) * dout), x)


def walked(model, img, cls, rule, **changes):
    import keras

    o = {
        "relu": relu_rule,
        "start": lambda n: np.eye(n)[[cls]],
        "into": lambda x, out: x,
        "end": lambda d: d,
        "layers": lambda layers: layers,
        "which": lambda number, of: rule,
    } | changes
    x, steps = np.asarray(img, dtype="float32")[None], []
    for layer in model.layers:
        out = array(layer(tensor(x)))
        steps.append((layer, x, out))
        x = out
    dout = o["start"](x.shape[1])
    relus, seen = sum(isinstance(s[0], keras.layers.ReLU) for s in steps), 0
    for layer, x, out in o["layers"](steps)[::-1]:
        if isinstance(layer, keras.layers.ReLU):
            seen += 1
            dout = o["relu"](dout, o["into"](x, out), o["which"](seen, relus))
        else:
            dout = back(layer, x, dout)
    return o["end"](dout[0])


swapped = mutant(
    'The rules "grad" and "deconv" are exchanged: the gradient looks at the input of the ReLU.',
    **ruled(grad=lambda d, x: d * (d > 0), deconv=lambda d, x: d * (x > 0)),
)
deconv_is_guided = mutant(
    'Your "deconv" also looks at the input of the ReLU. That is "guided".',
    **ruled(deconv=lambda d, x: d * (x > 0) * (d > 0)),
)
guided_is_grad = mutant(
    'Your "guided" lets negative signals pass.', **ruled(guided=lambda d, x: d * (x > 0))
)
guided_is_deconv = mutant(
    'Your "guided" does not look at the input of the ReLU.',
    **ruled(guided=lambda d, x: d * (d > 0)),
)
relu_of_x = mutant(
    'Your "deconv" puts x through the ReLU. What comes back, dout, goes through it.',
    **ruled(deconv=lambda d, x: np.maximum(x, 0)),
)
grad_without_dout = mutant(
    'Your "grad" is 0 or 1. It is what comes back, where x is positive.',
    **ruled(grad=lambda d, x: (x > 0).astype(float)),
)
grad_at_zero = mutant(
    "At x = 0 something passes. Nothing does: ask for x > 0.",
    **ruled(grad=lambda d, x: d * (x >= 0), guided=lambda d, x: d * (x >= 0) * (d > 0)),
)
absolute_signals = mutant(
    'Your "deconv" takes absolute values. Negative signals do not pass.',
    **ruled(deconv=lambda d, x: np.abs(d)),
)
either_of_both = mutant(
    'Your "guided" passes what is positive in x or in dout. It asks for both.',
    **ruled(guided=lambda d, x: d * ((x > 0) | (d > 0))),
)
everything_passes = mutant(
    'Your "grad" lets everything pass, as if there were no ReLU.', **ruled(grad=lambda d, x: d)
)
negative_side = mutant(
    "You let pass what belongs to negative inputs.",
    **ruled(grad=lambda d, x: d * (x < 0), guided=lambda d, x: d * (x < 0) * (d > 0)),
)
times_the_input = mutant(
    'In "grad" you multiply with the input itself. It only decides whether something passes.',
    **ruled(grad=lambda d, x: d * np.maximum(x, 0)),
)
guided_same_sign = mutant(
    'Your "guided" passes what has the same sign in x and dout. Both must be positive.',
    **ruled(guided=lambda d, x: d * (x * d > 0)),
)


def mapped(says, **changes):
    return mutant(
        says, rule_map=lambda model, img, cls, rule: walked(model, img, cls, rule, **changes)
    )


def all_ones(n):
    return np.ones((1, n))


def no_rule(number, of):
    return "grad"


def last_only(rule_of_last):
    return lambda model, img, cls, rule: walked(
        model, img, cls, rule, which=lambda number, of: rule if rule_of_last(number, of) else "grad"
    )


all_classes = mapped(
    "You go back from all logits. Begin with 1 for the class and 0 for the others.", start=all_ones
)
always_the_gradient = mapped(
    "The rule is not used: your map is the gradient, whatever is asked for.", which=no_rule
)
only_the_last_relu = mutant(
    "Only the last ReLU is passed by the rule. All of them are.",
    rule_map=last_only(lambda number, of: number == 1),
)
only_the_first_relu = mutant(
    "Only the ReLU next to the image is passed by the rule. All of them are.",
    rule_map=last_only(lambda number, of: number == of),
)
absolute_map = mapped("You take absolute values of the map. It has both signs.", end=np.abs)
positive_map = mapped(
    "Negative numbers of the map are cut off. It has both signs.", end=lambda d: np.maximum(d, 0)
)
scaled = mapped(
    "You divide the map by its largest number. Leave it as it is.",
    end=lambda d: d / (np.abs(d).max() + 1e-12),
)
one_channel = mapped(
    "You add up the channels. The map has those of the image.",
    end=lambda d: np.repeat(d.sum(axis=-1, keepdims=True), d.shape[-1], axis=-1),
)


def from_the_logit(model, img, cls, rule):
    out = model(tensor(np.asarray(img)[None]))
    z = float(array(out)[0, cls])
    return walked(model, img, cls, rule, start=lambda n: z * np.eye(n)[[cls]])


starts_with_the_logit = mutant(
    "You begin with the logit itself. Begin with 1: the map does not depend on its size.",
    rule_map=from_the_logit,
)
from_class_zero = mapped(
    "You begin at class 0, whatever is asked for.", start=lambda n: np.eye(n)[[0]]
)


# Variants -----------------------------------------------------------------------------------------


@variant("with np.where and np.maximum, float32")
def with_where(dout, x, rule):
    dout = np.array(dout, dtype=np.float32)
    if rule != "grad":
        dout = np.maximum(dout, 0)
    if rule != "deconv":
        dout = np.where(np.asarray(x) > 0, dout, np.float32(0))
    return dout


@variant("number by number")
def number_by_number(dout, x, rule):
    out = np.zeros(np.shape(x))
    for place in np.ndindex(*np.shape(x)):
        d = dout[place]
        open_ = x[place] > 0 or rule == "deconv"
        right_sign = d > 0 or rule == "grad"
        if open_ and right_sign:
            out[place] = d
    return out


@variant("boolean indexing on a copy")
def by_indexing(dout, x, rule):
    out = np.asarray(dout).astype(float)
    if rule == "grad":
        out[~(np.asarray(x) > 0)] = 0
    elif rule == "deconv":
        out[out < 0] = 0
    else:
        out[(np.asarray(x) <= 0) | (out <= 0)] = 0
    return out


def from_the_top(model, img, cls, rule):
    """Recursively: the map of the layers from one on."""
    layers = list(model.layers)

    def down(number, x):
        if number == len(layers):
            return np.eye(x.shape[-1], dtype="float32")[cls][None]
        layer = layers[number]
        arrived = down(number + 1, array(layer(tensor(x))))
        if type(layer).__name__ == "ReLU":
            return relu_rule(arrived, x, rule).astype("float32")
        return back(layer, x, arrived)

    return down(0, np.array(img, dtype="float32")[None])[0]


def segments(model, img, cls, rule):
    """The gradient of all layers between two ReLUs at once."""
    import keras

    parts, now = [], []
    for layer in model.layers:
        if isinstance(layer, keras.layers.ReLU):
            parts += [now, layer]
            now = []
        else:
            now.append(layer)
    parts.append(now)

    def through(layers, t):
        for layer in layers:
            t = layer(t)
        return t

    x, seen = np.asarray(img, dtype="float32")[None], []
    for part in parts:
        seen.append(x)
        x = array(through(part if isinstance(part, list) else [part], tensor(x)))
    d = np.zeros_like(x)
    d[:, cls] = 1
    for part, given in zip(parts[::-1], seen[::-1], strict=True):
        if isinstance(part, list):
            if part:
                arrived = tensor(d)
                d = gradient(lambda t, p=part, a=arrived: keras.ops.sum(through(p, t) * a), given)
        else:
            d = with_rule(d, given, rule)
    return d[0]


def with_rule(d, x, rule):
    passed = {"grad": x > 0, "deconv": d > 0, "guided": (x > 0) & (d > 0)}[rule]
    return d * passed


recursively = variant("the map recursively", rule_map=from_the_top)
between_relus = variant("several layers at once between ReLUs", rule_map=segments)
