"""Hidden checks of N.7."""

import keras
import numpy as np
from keras import ops

from nablab.autodiff import value_and_gradients
from nablab.checking import check, close, holds, mutant, variant

from ..checks.grad_norm_by_depth import labelled, norms_of, right_norms, sequence

SEED = 5  # of the models' first weights

FLAT = [
    {"kind": "Dense", "units": 11, "activation": "relu"},
    {"kind": "Dense", "units": 6},
    {"kind": "LayerNormalization"},
    {"kind": "ReLU"},
    {"kind": "Dense", "units": 5, "use_bias": False},
]


CONVOLVED = [
    {"kind": "Conv2D", "filters": 3, "kernel_size": 3, "strides": 2, "use_bias": False},
    {"kind": "BatchNormalization", "momentum": 0.5},
    {"kind": "ReLU"},
    {"kind": "DepthwiseConv2D", "kernel_size": 2, "padding": "same"},
    {"kind": "BatchNormalization"},
    {"kind": "Flatten"},
    {"kind": "Dense", "units": 4},
]


def same(student, net, x, y, says):
    right = right_norms(net, x, y)
    got = norms_of(student, net, x, y, right)
    close(got, right, says, rtol=1e-3, atol=1e-5 * right.max())


@check("oracle")
def test_dense_layers_and_a_layer_norm(student, rng):
    """The norms are right for dense layers and a layer norm, with and without biases"""
    for n, turned in ((7, 1), (1, -1)):
        net = sequence(student, (4,), FLAT, SEED)
        net.set_weights([turned * weight for weight in net.get_weights()])
        same(student, net, *labelled(rng, n, (4,), 5), f"A batch of {n}.")


@check("oracle")
def test_convolutions_and_batch_norms(student, rng):
    """The norms are right for convolutions and batch norms"""
    net = sequence(student, (9, 7, 2), CONVOLVED, SEED)
    x = (rng.normal(size=(5, 9, 7, 2)) * 2 - 3).astype("float32")
    y = rng.integers(0, 4, size=5)
    same(student, net, x, y, "A fresh network.")
    weights = [rng.uniform(0.3, 1.5, size=weight.shape) for weight in net.weights]
    net.set_weights(weights)
    same(student, net, x, y, "The same with other weights.")


@check()
def test_a_network_that_is_very_sure(student, rng):
    """The loss is computed from logits, also if they are large"""
    net = sequence(student, (4,), FLAT, SEED)
    weights = net.get_weights()
    weights[-1] = weights[-1] * 12
    net.set_weights(weights)
    same(student, net, *labelled(rng, 9, (4,), 5), "Logits of about 12.")


@check()
def test_the_order_of_the_examples_does_not_matter(student, rng):
    """The order of the examples does not matter, nor does a batch three times over"""
    net = sequence(student, (4,), FLAT, SEED)
    x, y = labelled(rng, 6, (4,), 5)
    right = right_norms(net, x, y)
    order = rng.permutation(6)
    for said, one, labels in (
        ("Another order", x[order], y[order]),
        ("Every example three times", np.tile(x, (3, 1)), np.tile(y, 3)),
    ):
        got = norms_of(student, net, one, labels, right)
        close(got, right, f"{said}:", rtol=1e-3, atol=1e-5 * right.max())


@check()
def test_nothing_is_trained(student, rng):
    """The model's trainable weights stay as they were"""
    net = sequence(student, (9, 7, 2), CONVOLVED, SEED)
    before = net.get_weights()
    x, y = labelled(rng, 5, (9, 7, 2), 4)
    same(student, net, x, y, "First:")
    for weight, old, new in zip(net.weights, before, net.get_weights(), strict=True):
        if weight.trainable:
            holds(np.array_equal(old, new), f"{weight.path} was changed.", got=new, expected=old)


# Mutants ------------------------------------------------------------------------------------------


def norms(
    model,
    x,
    y,
    *,
    training=True,
    reduce=keras.ops.mean,
    from_logits=True,
    only=None,
    each=lambda squares, sizes: sum(squares) ** 0.5,
    by="layer",
    order=1,
):
    """grad_norm_by_depth with one thing changed."""

    def loss():
        logits = model(keras.ops.convert_to_tensor(x), training=training)
        losses = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=from_logits)
        return reduce(losses)

    _, gradients = value_and_gradients(loss, model.trainable_variables)
    found, left = [], iter(gradients)
    for layer in model.layers:
        squares, sizes = [], []
        for variable in layer.trainable_variables:
            square = float(keras.ops.sum(next(left) ** 2))
            if only is None or len(variable.shape) >= only:
                squares.append(square)
                sizes.append(int(np.prod(variable.shape)))
        if by == "weight":
            found += [square**0.5 for square in squares]
        elif squares or by == "every layer":
            found.append(each(squares, sizes))
    return found[::order]


@mutant(
    "You call the model as at inference, so batch norm uses its moving averages. Call it with "
    "training=True.",
)
def as_at_inference(model, x, y):
    return norms(model, x, y, training=False)


@mutant(
    "Your loss is the sum over the batch. Take the mean; otherwise the gradients grow with the batch.",
)
def sum_of_the_losses(model, x, y):
    return norms(model, x, y, reduce=keras.ops.sum)


@mutant(
    "Your cross-entropy treats the logits as probabilities: from_logits=True is missing.",
)
def logits_as_probabilities(model, x, y):
    return norms(model, x, y, from_logits=False)


@mutant(
    "Your numbers count only the kernels. A layer's biases, γ and β are weights too.",
)
def kernels_only(model, x, y):
    return norms(model, x, y, only=2)


@mutant("Your list goes from the output to the input. Reverse it.")
def from_the_output_to_the_input(model, x, y):
    return norms(model, x, y, order=-1)


@mutant("Your numbers are the squares of the norms: the root is missing.")
def root_missing(model, x, y):
    return norms(model, x, y, each=lambda squares, sizes: sum(squares))


@mutant(
    "You take the root of the mean square. The L2 norm is the root of the sum: do not divide by the "
    "number of weights.",
)
def root_of_the_mean_square(model, x, y):
    return norms(model, x, y, each=lambda squares, sizes: (sum(squares) / sum(sizes)) ** 0.5)


@mutant(
    "You add up the norms of a layer's kernel and bias. Take one norm of all numbers together: the root "
    "of the sum of all squares.",
)
def sum_of_the_norms(model, x, y):
    return norms(model, x, y, each=lambda squares, sizes: sum(s**0.5 for s in squares))


@mutant(
    "Your list has a number for each weight array. The kernel and bias of a layer belong together.",
)
def a_number_for_each_weight(model, x, y):
    return norms(model, x, y, by="weight")


@mutant(
    "Your list has a 0 for every layer without weights. Leave those layers out.",
)
def zeros_for_layers_without_weights(model, x, y):
    return norms(model, x, y, by="every layer")


# Variants -----------------------------------------------------------------------------------------


@variant("gradients by the variables' identity, Keras's loss object, an array")
def norms_by_identity(model, x, y):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    variables = model.trainable_variables
    _, gradients = value_and_gradients(lambda: loss(y, model(x, training=True)), variables)
    of = {id(v): ops.convert_to_numpy(g) for v, g in zip(variables, gradients, strict=True)}
    return np.array(
        [
            np.linalg.norm(np.concatenate([of[id(v)].ravel() for v in layer.trainable_variables]))
            for layer in model.layers
            if layer.trainable_variables
        ]
    )


@variant("a log-softmax by hand, layer by layer")
def norms_by_log_softmax(model, x, y):
    labels = ops.one_hot(ops.cast(y, "int32"), model.output_shape[-1])

    def loss():
        logits = model(x, training=True)
        return -ops.sum(labels * ops.log_softmax(logits, axis=-1)) / len(x)

    norms = []
    for layer in model.layers:
        if len(layer.trainable_weights) > 0:
            _, gradients = value_and_gradients(loss, layer.trainable_weights)
            norms.append(ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients)))
    return norms


@variant("float32 sums in NumPy, a list of NumPy numbers")
def norms_in_float32(model, x, y):
    def loss():
        logits = model(ops.cast(x, "float32"), training=True)
        picked = ops.take_along_axis(logits, ops.cast(y, "int32")[:, None], axis=1)[:, 0]
        return ops.mean(ops.logsumexp(logits, axis=1) - picked)

    _, gradients = value_and_gradients(loss, model.trainable_weights)
    gradients = [np.float32(ops.convert_to_numpy(g)) for g in gradients]
    norms = []
    for layer in model.layers:
        mine = [gradients.pop(0) for _ in layer.trainable_weights]
        if mine:
            norms.append(np.sqrt(np.float32(sum((g * g).sum() for g in mine))))
    return norms
