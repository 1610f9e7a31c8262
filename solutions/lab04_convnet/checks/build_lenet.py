"""The visible checks of N.1."""

import numpy as np

from nablab.checking import check, close, equal, models
from nablab.checking.expect import as_numbers
from nablab.reference.lenet import lenet, lenet_shapes
from nablab.sandbox.student import parameters

from .oracles import fill, lenet_of, random_weights, right_weights, wave


@check("contract")
def test_it_is_a_model_from_images_to_logits(student):
    """build_lenet((20, 20, 1), 10) is a Keras model from (N, 20, 20, 1) to (N, 10)"""
    equal(parameters(student, "build_lenet")[:2], ("input_shape", "n_classes"), "The parameters:")
    lenet_of(student, (20, 20, 1), 10)


@check("hand")
def test_it_has_the_parameters_of_the_text(student):
    """For fields of 20×20 it has the 30,986 parameters of the text, all of them trainable"""
    net = lenet_of(student, (20, 20, 1), 10)
    right_weights(net, (20, 20, 1), 10)
    equal(net.parameters, 30986, "The number of parameters:")
    equal(net.trainable, 30986, "The number of trainable parameters:")


@check("probe")
def test_the_last_layer_gives_logits(student):
    """The last layer has no activation: with all weights 0, the logits are its biases"""
    shape, n = (12, 14, 1), 5
    net = lenet_of(student, shape, n)
    weights = [np.zeros(s) for s in lenet_shapes(shape, n)]
    weights[-1] = np.array([-3.0, 2, 0, -1, 5])
    fill(net, shape, n, weights)
    close(
        net(np.ones((1, *shape), "float32")),
        weights[-1][None],
        "All weights are 0 except the last biases, −3, 2, 0, −1 and 5.",
        atol=1e-5,
    )


@check("probe")
def test_nothing_is_random_in_training(student, rng):
    """It computes the same in training and at inference"""
    shape = (14, 12, 1)
    net = lenet_of(student, shape, 3)
    x = rng.random((5, *shape)).astype("float32")
    says = "In training, compared with inference:"
    close(net(x, training=True), net(x), says, atol=1e-4, constant=True)


@check("oracle")
def test_it_computes_what_the_table_says(student, rng):
    """With the same weights it computes what the table says"""
    shape, n = (15, 18, 2), 7
    net = lenet_of(student, shape, n)
    weights, x = random_weights(shape, n, rng), rng.normal(size=(3, *shape)).astype("float32")
    fill(net, shape, n, weights)
    close(
        net(x),
        lenet(x, weights),
        f"Images {shape}, 7 classes, random weights. The shapes of the weights are right, so look "
        "at the activations, the kind of pooling and the padding.",
        rtol=1e-3,
        atol=1e-3,
    )


def probe_lenet(student):
    """What the net computes with weights that are waves, and what it computes in training."""
    net = models.model(student.build_lenet((20, 24, 2), 5))
    net.set_weights(
        [
            wave(w.shape) * (2 / np.sqrt(np.prod(w.shape[:-1])) if len(w.shape) > 1 else 0.1)
            for w in net.weights
        ]
    )
    x = wave((2, 20, 24, 2), 0.37).astype("float32")
    out = as_numbers(net(np.concatenate([x, -x, 3 * x[:, ::-1]])))
    shapes = sorted(list(w.shape) for w in net.weights)
    same = bool(np.allclose(net(x, training=True), net(x), atol=1e-4))
    return {"shapes": shapes, "out": out, "same": same, "trainable": net.trainable}


PROBES = [probe_lenet]
