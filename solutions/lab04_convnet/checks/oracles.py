"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np

from nablab.checking import holds, models
from nablab.reference.lenet import lenet_shapes


def lenet_of(student, shape, n_classes, name="build_lenet", *more):
    """The student's net, checked to take such images and to give such logits."""
    net = models.model(getattr(student, name)(shape, n_classes, *more))
    for what, got, right in (
        ("takes", net.input_shape, (None, *shape)),
        ("gives", net.output_shape, (None, n_classes)),
    ):
        holds(
            got is not None and tuple(got) == right,
            f"The net {what} arrays of the shape {got}, expected {right}.",
            got=got,
            expected=right,
        )
    return net


def right_weights(net, shape, n_classes):
    """The net has LeNet's ten arrays of weights and no others, in whatever order."""
    expected = lenet_shapes(shape, n_classes)
    found = [weight.shape for weight in net.weights]
    missing = [s for s in expected if s not in found]
    surplus = [s for s in found if s not in expected]
    holds(
        not missing and not surplus and len(found) == len(expected),
        f"For images {shape} and {n_classes} classes the weights should have the shapes "
        f"{', '.join(map(str, expected))}."
        + (f" Missing: {', '.join(map(str, missing))}." if missing else "")
        + (f" Not in the table: {', '.join(map(str, surplus))}." if surplus else ""),
        got=[list(s) for s in found],
        expected=[list(s) for s in expected],
    )
    return expected


def fill(net, shape, n_classes, weights):
    """Put weights, given in the table's order, into the net in its own order."""
    expected = right_weights(net, shape, n_classes)
    net.set_weights([weights[expected.index(weight.shape)] for weight in net.weights])


def random_weights(shape, n_classes, rng, of_biases=0.5):
    """LeNet's ten arrays of weights in the table's order; biases with that standard deviation."""
    weights = []
    for s in lenet_shapes(shape, n_classes):
        std = np.sqrt(2 / np.prod(s[:-1])) if len(s) > 1 else of_biases
        weights.append(std * rng.normal(size=s))
    return weights


def bars(rng, labels, shape=(20, 15), noise=0.2):
    """Images that are easy to read: digit k is a bar two pixels high, in rows 2k and 2k + 1."""
    x = noise * rng.random((len(labels), *shape, 1))
    for image, k in zip(x, labels, strict=True):
        image[2 * k : 2 * k + 2, 1:-2] += 0.8
    return x.astype("float32")


def share(dropped_entries, rate, says):
    """The share of dropped entries is the rate, up to five standard deviations."""
    n = dropped_entries.size
    found = float(np.mean(dropped_entries))
    slack = 5 * np.sqrt(rate * (1 - rate) / n)
    holds(
        abs(found - rate) <= slack,
        f"{says} {100 * found:.1f} % of {n} entries are dropped; with rate {rate} it should be "
        f"{100 * rate:g} %, within {100 * slack:.1f} %.",
        got=found,
        expected=rate,
    )


def wave(shape, step=0.7):
    """Numbers for probes: they look random, and are the same for everybody."""
    k = np.arange(int(np.prod(shape)))
    return np.sin(step * k + 0.013 * k**2 + 0.3).reshape(shape)
