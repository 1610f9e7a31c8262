"""Hidden checks of 4.1."""

import numpy as np

from nablab.checking import close, equal, exercise, holds, models
from nablab.reference.lenet import lenet, lenet_shapes


def filled(student, shape, n_classes, rng):
    """The student's net with random weights, and these in the table's order."""
    net = models.model(student.build_lenet(shape, n_classes))
    shapes = lenet_shapes(shape, n_classes)
    found = [weight.shape for weight in net.weights]
    holds(
        sorted(found) == sorted(shapes),
        f"For images {shape} and {n_classes} classes some weights have shapes that the table does "
        "not give.",
        got=[list(s) for s in found],
        expected=[list(s) for s in shapes],
    )
    weights = [
        rng.normal(size=s) * np.sqrt(2 / np.prod(s[:-1]))
        if len(s) > 1
        else 0.3 * rng.normal(size=s)
        for s in shapes
    ]
    net.set_weights([weights[shapes.index(s)] for s in found])
    return net, weights


@exercise("4.1")
def test_other_images_and_other_classes(student):
    """Images of other sizes and channels, and other numbers of classes"""
    for shape, n in (((12, 19, 3), 2), ((28, 28, 1), 10), ((17, 13, 4), 11), ((32, 32, 3), 7)):
        net = models.model(student.build_lenet(shape, n))
        equal(tuple(net.input_shape), (None, *shape), "The shape of the input:")
        equal(tuple(net.output_shape), (None, n), "The shape of the output:")
        right = sum(int(np.prod(s)) for s in lenet_shapes(shape, n))
        equal(net.parameters, right, f"Images {shape}, {n} classes, the number of parameters:")
        equal(net.trainable, right, f"Images {shape}, {n} classes, the trainable parameters:")


@exercise("4.1", stage="oracle")
def test_the_same_logits_for_other_images(student, rng):
    """The logits that the table gives, for images of three shapes"""
    for shape, n in (((13, 20, 1), 3), ((21, 12, 3), 8), ((20, 20, 1), 10)):
        net, weights = filled(student, shape, n, rng)
        x = rng.normal(size=(2, *shape)).astype("float32")
        close(net(x), lenet(x, weights), f"Images {shape}.", rtol=1e-3, atol=1e-3)


@exercise("4.1")
def test_logits_of_dark_images(student, rng):
    """Images of negative numbers only"""
    net, weights = filled(student, (14, 15, 2), 5, rng)
    x = (-1 - rng.random((3, 14, 15, 2))).astype("float32")
    close(net(x), lenet(x, weights), rtol=1e-3, atol=1e-3)


@exercise("4.1")
def test_training_reaches_every_weight(student, rng):
    """The loss's gradient reaches all ten arrays of weights"""
    net, _ = filled(student, (14, 16, 1), 4, rng)
    slopes = net.gradients(
        rng.normal(size=(29, 14, 16, 1)).astype("float32"), rng.integers(0, 4, size=29)
    )
    reached = [float(np.abs(slope).max()) > 0 for slope in slopes]
    holds(
        len(reached) == 10 and all(reached),
        f"{sum(reached)} arrays of weights get a gradient, and there are 10.",
        got=reached,
    )


@exercise("4.1")
def test_the_same_in_training(student, rng):
    """It computes the same in training as otherwise"""
    net, _ = filled(student, (12, 16, 1), 5, rng)
    x = rng.random((7, 12, 16, 1)).astype("float32")
    close(net(x, training=True), net(x), rtol=1e-3, atol=1e-3, constant=True)
