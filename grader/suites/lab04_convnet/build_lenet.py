"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, equal, holds, mutant, variant
from nablab.reference.lenet import lenet, lenet_shapes

from ..checks.oracles import fill, lenet_of, random_weights
from . import building_blocks
from .building_blocks import net


def filled(student, shape, n_classes, rng):
    """The student's net with random weights, and these in the table's order."""
    net = lenet_of(student, shape, n_classes)
    weights = random_weights(shape, n_classes, rng, of_biases=0.3)
    fill(net, shape, n_classes, weights)
    return net, weights


@check()
def test_other_images_and_other_classes(student):
    """Images of other sizes and channels, and other numbers of classes"""
    for shape, n in (((12, 19, 3), 2), ((28, 28, 1), 10), ((17, 13, 4), 11), ((32, 32, 3), 7)):
        net = lenet_of(student, shape, n)
        right = sum(int(np.prod(s)) for s in lenet_shapes(shape, n))
        equal(net.parameters, right, f"Images {shape}, {n} classes, the number of parameters:")
        equal(net.trainable, right, f"Images {shape}, {n} classes, the trainable parameters:")


@check("oracle")
def test_the_same_logits_for_other_images(student, rng):
    """The logits that the table gives, for images of three shapes"""
    for shape, n in (((13, 20, 1), 3), ((21, 12, 3), 8), ((20, 20, 1), 10)):
        net, weights = filled(student, shape, n, rng)
        x = rng.normal(size=(2, *shape)).astype("float32")
        close(net(x), lenet(x, weights), f"Images {shape}.", rtol=1e-3, atol=1e-3)


@check()
def test_logits_of_dark_images(student, rng):
    """Images of negative numbers only"""
    net, weights = filled(student, (14, 15, 2), 5, rng)
    x = (-1 - rng.random((3, 14, 15, 2))).astype("float32")
    close(net(x), lenet(x, weights), rtol=1e-3, atol=1e-3)


@check()
def test_training_reaches_every_weight(student, rng):
    """The loss's gradient reaches all ten arrays of weights"""
    net, _ = filled(student, (14, 16, 1), 4, rng)
    slopes = net.gradients(
        rng.normal(size=(29, 14, 16, 1)).astype("float32"), rng.integers(0, 4, size=29)
    )
    reached = [float(np.abs(slope).max()) > 0 for slope in slopes]
    holds(
        len(reached) == 10 and all(reached),
        f"{sum(reached)} arrays of weights get a gradient; all 10 should.",
        got=reached,
    )


@check()
def test_the_same_in_training(student, rng):
    """It computes the same in training and at inference"""
    net, _ = filled(student, (12, 16, 1), 5, rng)
    x = rng.random((7, 12, 16, 1)).astype("float32")
    close(net(x, training=True), net(x), rtol=1e-3, atol=1e-3, constant=True)


# Mutants ------------------------------------------------------------------------------------------


def mutant_lenet(says, **changes):
    """A mutant that is LeNet with some things changed."""

    def build_lenet(input_shape, n_classes):
        return net(input_shape, n_classes, **changes)

    return mutant(says, build_lenet=build_lenet)


softmax_at_the_end = mutant_lenet(
    "Your net ends in a softmax: it gives probabilities. The table asks for logits, with no "
    "activation at the end; the loss will make probabilities of them, once.",
    head="softmax",
)


relu_on_the_logits = mutant_lenet(
    "Your last layer has a ReLU. Logits may be negative: a net that can only say 0 or more "
    "cannot speak against a class.",
    head="relu",
)


first_convolution_valid = mutant_lenet(
    'Your first convolution uses only places where the whole filter fits, padding "valid". Keras '
    'does so unless it is told "same".',
    paddings=("valid", "valid"),
)


second_convolution_same = mutant_lenet(
    'Your second convolution has a border of zeros, padding "same". The table has "valid" there, '
    "so its maps are 4 pixels smaller than its input.",
    paddings=("same", "same"),
)


no_activation_in_convolutions = mutant_lenet(
    "Your convolutions have no ReLU. Keras adds no activation by itself.", inside=None
)


tanh_for_relu = mutant_lenet(
    "Your activations are tanh, as in 1998. The table has ReLU.", inside="tanh", act="tanh"
)


filters_exchanged = mutant_lenet(
    "Your first convolution has 16 filters and your second 6. It is the other way round: the "
    "deeper, the more maps.",
    filters=(16, 6),
)


filters_of_three_by_three = mutant_lenet(
    "Your filters have 3×3 pixels. LeNet's have 5×5.", kernel=3
)


second_hidden_layer_missing = mutant_lenet(
    "The dense layer of 84 units is missing: line 7 of the table.", units=(120,)
)


no_biases = mutant_lenet(
    "Your hidden layers have no biases. All layers of the table do.", bias=False
)


dropout_already = mutant_lenet(
    "Your net drops units at random in training. That comes in N.8; the table has no dropout.",
    drop=(0, 0.5, 0.5, 0),
)


@mutant("You pool by the mean, as in 1998. The table has max-pooling.")
def mean_pooling(input_shape, n_classes):
    import keras

    return net(input_shape, n_classes, pool=keras.layers.AveragePooling2D)


@mutant("Your net always has ten classes. The argument n_classes says how many there are.")
def always_ten_classes(input_shape, n_classes):
    return net(input_shape, 10)


@mutant(
    "The weights of your convolutions are frozen (trainable=False), so that training does not "
    "reach them.",
)
def frozen_convolutions(input_shape, n_classes):
    import keras

    model = net(input_shape, n_classes)
    for layer in model.layers:
        layer.trainable = not isinstance(layer, keras.layers.Conv2D)
    return model


# Variants -----------------------------------------------------------------------------------------

lenet_functional = variant(
    "functional, with activations as separate layers",
    build_lenet=building_blocks.lenet_functional,
)


@variant("layers added one by one, other initialisation, reshape instead of flatten")
def lenet_added(input_shape, n_classes):
    import keras

    net = keras.models.Sequential(name="LeNet")
    net.add(keras.layers.InputLayer(shape=input_shape))
    net.add(keras.layers.Convolution2D(6, 5, padding="same", kernel_initializer="he_normal"))
    net.add(keras.layers.ReLU())
    net.add(keras.layers.MaxPooling2D())
    net.add(keras.layers.Conv2D(16, 5, activation=keras.ops.relu))
    net.add(keras.layers.MaxPooling2D())
    net.add(keras.layers.Reshape((-1,)))
    for units in (120, 84):
        net.add(keras.layers.Dense(units, "relu", bias_initializer="ones"))
    net.add(keras.layers.Dense(n_classes))
    return net


@variant("float32 by name; two nested models; zeros as a layer before a valid convolution")
def lenet_nested(input_shape, n_classes):
    import keras

    layers = keras.layers
    eyes = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.ZeroPadding2D(2),
            layers.Conv2D(6, 5, activation="relu", dtype="float32"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 5, activation="relu", dtype="float32"),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ]
    )
    head = keras.Sequential(
        [
            keras.Input(eyes.output_shape[1:]),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(n_classes),
        ]
    )
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, head(eyes(inputs)))
