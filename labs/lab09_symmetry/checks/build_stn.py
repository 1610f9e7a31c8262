"""The visible checks of 9.9."""

import numpy as np

from nablab.checking import Mismatch, check, close, equal, holds, models
from nablab.checking.expect import as_numbers, show
from nablab.reference.sampling import affine_grid, bilinear_sample
from nablab.sandbox.student import parameters

from .oracles import wave

FIELD, WINDOW, CLASSES = (12, 8, 2), (5, 7), 4


def straight(shape, window):
    """θ of a window in the middle: the scale of the columns first."""
    return np.array(
        [(window[1] - 1) / (shape[1] - 1), 0, 0, 0, (window[0] - 1) / (shape[0] - 1), 0]
    )


def cells(x):
    """The means of 2×2 pixels, flattened."""
    N, H, W, C = x.shape
    return x.reshape(N, H // 2, 2, W // 2, 2, C).mean(axis=(2, 4)).reshape(N, -1)


def theta_of(x, weights, window):
    w, b = weights[:2]
    shift = cells(np.asarray(x, dtype=float)) @ w + b
    theta = np.tile(straight(x.shape[1:], window), (len(x), 1))
    theta[:, [2, 5]] += shift
    return theta


def logits(x, weights, window):
    grid = affine_grid(theta_of(x, weights, window).reshape(-1, 2, 3), *window)
    seen = bilinear_sample(x, grid).reshape(len(x), -1)
    w1, b1, w2, b2 = weights[2:]
    return np.maximum(seen @ w1 + b1, 0) @ w2 + b2


def shapes_of(shape, window, n_classes):
    H, W, C = shape
    return [
        (H // 2 * (W // 2) * C, 2),
        (2,),
        (window[0] * window[1] * C, 32),
        (32,),
        (32, n_classes),
        (n_classes,),
    ]


def two_nets(student, shape, window, n_classes):
    """The classifier and the locator, checked for what they take and give."""
    got = student.build_stn(shape, window, n_classes)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Mismatch(
            f"build_stn should return two models, classifier and locator; it returned {show(got)}.",
            got=got,
        )
    nets = [models.model(each) for each in got]
    for name, net, width in (("classifier", nets[0], n_classes), ("locator", nets[1], 6)):
        holds(
            net.input_shape is not None,
            f"The {name} does not know yet what it takes: begin it with keras.Input(shape).",
        )
        for what, found, right in (
            ("takes", net.input_shape, (None, *shape)),
            ("gives", net.output_shape, (None, width)),
        ):
            holds(
                found is not None and tuple(found) == right,
                f"The {name} {what} arrays of the shape {found}, expected {right}.",
                got=found,
                expected=right,
            )
    return nets


def right_weights(classifier, shape, window, n_classes):
    expected = shapes_of(shape, window, n_classes)
    found = [weight.shape for weight in classifier.weights if weight.trainable]
    holds(
        sorted(found) == sorted(expected),
        f"For fields {shape}, a window {window} and {n_classes} classes the classifier, with its "
        f"locator, should have trainable weights {', '.join(map(str, expected))}; yours has "
        f"{', '.join(map(str, found))}.",
        got=[list(s) for s in found],
        expected=[list(s) for s in expected],
    )
    return expected


def fill(classifier, shape, window, n_classes, rng):
    """Put drawn weights into the trainable arrays of the classifier, and return them in order."""
    expected = right_weights(classifier, shape, window, n_classes)
    drawn = {}
    for s in expected:
        large = {expected[0]: 0.5, expected[1]: 0.2}.get(s, 1.5)
        drawn[s] = large * rng.normal(size=s) / (np.sqrt(s[0]) if len(s) > 1 else 3)
    told = zip(classifier.weights, classifier.get_weights(), strict=True)
    classifier.set_weights([drawn[w.shape] if w.trainable else v for w, v in told])
    return [drawn[s] for s in expected]


def compare(student, rng, shape, window, n_classes):
    """That both nets compute what the text says, with weights that were put into the classifier."""
    classifier, locator = two_nets(student, shape, window, n_classes)
    weights = fill(classifier, shape, window, n_classes, rng)
    x = (rng.random(size=(2, *shape)) + 0.2).astype("float32")
    x = np.concatenate([x, -x])  # so that the shifts have both signs
    close(
        locator(x),
        theta_of(x, weights, window),
        f"θ for fields {shape} and a window {window}, after weights were put into the "
        "classifier: the two share the locator's.",
        rtol=1e-3,
        atol=1e-4,
    )
    close(
        classifier(x),
        logits(x, weights, window),
        f"The logits for fields {shape} and a window {window}. Look at the window, at the "
        "activations and at the last layer.",
        rtol=1e-3,
        atol=1e-3,
    )


@check("contract")
def test_two_models(student):
    """build_stn returns two Keras models: fields to logits, and fields to θ"""
    equal(parameters(student, "build_stn")[:3], ("shape", "window", "n_classes"))
    two_nets(student, FIELD, WINDOW, CLASSES)


@check("hand")
def test_the_window_starts_in_the_middle(student, rng):
    """Fresh, the locator puts every window in the middle, at the scale of the field"""
    _, locator = two_nets(student, FIELD, WINDOW, CLASSES)
    x = rng.random(size=(3, *FIELD)).astype("float32")
    close(
        locator(x),
        np.tile(straight(FIELD, WINDOW), (3, 1)),
        "θ of a field of 12 rows and 8 columns, with a window of 5 rows and 7 columns.",
        atol=1e-6,
    )


@check("probe")
def test_the_weights_of_the_text(student):
    """Both models have the weights of the text, and fresh ones differ in their dense layers only"""
    classifier, locator = two_nets(student, FIELD, WINDOW, CLASSES)
    expected = right_weights(classifier, FIELD, WINDOW, CLASSES)
    found = [weight.shape for weight in locator.weights if weight.trainable]
    holds(
        sorted(found) == sorted(expected[:2]),
        f"The locator should have trainable weights {expected[0]} and {expected[1]}; yours has "
        f"{', '.join(map(str, found))}.",
        got=[list(s) for s in found],
    )


@check("oracle")
def test_both_compute_what_the_text_says(student, rng):
    """With drawn weights both models compute what the text says, and share the locator"""
    compare(student, rng, FIELD, WINDOW, CLASSES)


def probe_stn(student):
    """What both nets compute, fresh and with weights that are waves."""
    got = student.build_stn(FIELD, WINDOW, CLASSES)
    nets = [models.model(each) for each in got]
    x = (wave((2, *FIELD), 0.37) + 1).astype("float32")
    told = {"fresh": np.round(as_numbers(nets[1](x)), 4)}
    classifier = nets[0]
    weights = [
        0.7 * wave(w.shape) / (np.sqrt(w.shape[0]) if len(w.shape) > 1 else 4) if w.trainable else v
        for w, v in zip(classifier.weights, classifier.get_weights(), strict=True)
    ]
    classifier.set_weights(weights)
    told["shapes"] = [[list(w.shape) for w in net.weights if w.trainable] for net in nets]
    told["theta"] = np.round(as_numbers(nets[1](x)), 4)
    told["logits"] = np.round(as_numbers(nets[0](x)), 4)
    return told


PROBES = [probe_stn]
