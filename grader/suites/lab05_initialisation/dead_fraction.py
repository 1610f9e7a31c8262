"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, models, mutant, variant

from ..checks.dead_fraction import fractions_are
from ..checks.oracles import conv_layer, dense_layer


def planted(rng, inputs, units, dead):
    """As in the visible checks, but with biases that are drawn too."""
    kernel, bias = rng.uniform(0.1, 1, (inputs, units)), rng.uniform(0.2, 0.6, units)
    off = rng.permutation(units)[:dead]
    kernel[:, off] *= -1
    bias[off] *= -1
    return kernel, bias


@check()
def test_three_layers_of_planted_deaths(student, rng):
    """Dead units planted in three layers are counted exactly, in the order of the layers"""
    sizes, dead = (13, 7, 5), [int(rng.integers(1, n - 1)) for n in (13, 7, 5)]
    weights, inputs = [], 3
    for units, off in zip(sizes, dead, strict=True):
        weights += planted(rng, inputs, units, off)
        inputs = units
    net = models.sequential(student, (3,), [dense_layer(n) for n in sizes], weights)
    x = rng.uniform(0.1, 1, (11, 3))
    fractions_are(student, net, x, [d / n for d, n in zip(dead, sizes, strict=True)])


@check()
def test_a_unit_that_fires_once(student, rng):
    """A unit that fires for one of many examples is alive, whichever example it is"""
    x = np.full((300, 2), 0.5)
    x[int(rng.integers(1, 300)), 1] = 2.05
    kernel = np.array([[0.0, -1, 0, 0.1], [1, 0, -1, 0]])
    bias = np.array([-2.0, 0.1, 0, 0.1])
    net = models.sequential(student, (2,), [dense_layer(4)], [kernel, bias])
    fractions_are(student, net, x, [2 / 4], "Unit 0 fires for one of 300 examples, and weakly.")


@check()
def test_layers_with_and_without_a_relu(student, rng):
    """Every layer whose output is a ReLU's is reported, however it is written, and no other"""
    layers = [
        dense_layer(6, "tanh"),
        dense_layer(5, None),
        {"kind": "ReLU"},
        {"kind": "Dropout", "rate": 0.5},
        dense_layer(7),
        dense_layer(4, "sigmoid"),
        dense_layer(9, None),
        {"kind": "Activation", "activation": "relu"},
        dense_layer(3, None),
    ]
    weights = [rng.uniform(0.1, 0.3, (3, 6)), np.zeros(6), *planted(rng, 6, 5, 2)]
    weights += [*planted(rng, 5, 7, 4), rng.normal(size=(7, 4)), np.zeros(4)]
    weights += [*planted(rng, 4, 9, 3), -rng.uniform(1, 2, (9, 3)), np.zeros(3)]
    net = models.sequential(student, (3,), layers, weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (8, 3)), [2 / 5, 4 / 7, 3 / 9])


@check()
def test_channels_of_convolutions(student, rng):
    """A unit of a convolution is a channel: alive if it fires at one place of one image"""
    dead = int(rng.integers(1, 5))
    x = rng.uniform(0.1, 0.5, (6, 8, 7, 3))
    n, r, c = (int(rng.integers(1, k)) for k in (6, 6, 5))
    x[n, r, c] = 4.0
    kernel, bias = np.zeros((2, 3, 3, 7)), np.where(np.arange(7) < dead, -0.1, -3.0)
    kernel[1, 1] = np.where(np.arange(7) < dead, -1.0, 1.0)
    layers = [
        conv_layer(7, (2, 3)),
        {"kind": "Flatten"},
        dense_layer(5),
    ]
    weights = [kernel, bias, *planted(rng, 7 * 7 * 5, 5, 3)]
    net = models.sequential(student, (8, 7, 3), layers, weights)
    fractions_are(student, net, x, [dead / 7, 3 / 5], f"{dead} of 7 channels never fire.")


@check()
def test_all_dead_and_none_dead(student, rng):
    """A layer may be dead entirely or not at all"""
    weights = [*planted(rng, 2, 5, 0), *planted(rng, 5, 3, 3)]
    net = models.sequential(student, (2,), [dense_layer(5), dense_layer(3)], weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (9, 2)), [0, 1])


@check()
def test_the_batch_decides(student, rng):
    """A unit may be dead on one batch and alive on another"""
    net = models.sequential(student, (1,), [dense_layer(2)], [np.array([[1.0, -1]]), np.zeros(2)])
    x = rng.uniform(0.5, 1, (7, 1))
    fractions_are(student, net, x, [1 / 2], "All inputs are positive: unit 1 never fires.")
    fractions_are(student, net, np.concatenate([x, -x]), [0], "Some inputs are negative.")


# Mutants ------------------------------------------------------------------------------------------


def relu_outputs(model, x, wanted=None):
    """The output of each ReLU layer, as arrays."""
    import keras

    def is_relu(layer):
        argument = getattr(layer, "activation", None) is keras.activations.relu
        return argument or isinstance(layer, keras.layers.ReLU)

    wanted = wanted or is_relu
    return [
        keras.ops.convert_to_numpy(keras.Model(model.inputs[0], layer.output)(x))
        for layer in model.layers
        if wanted(layer)
    ]


def rows(out):
    return out.reshape(-1, out.shape[-1])


@mutant(
    "This is the share of zeros among all outputs. A unit that is 0 for most examples is alive; it "
    "is dead only if it is 0 for all of them.",
)
def share_of_zeros(model, x):
    return [float(np.mean(out == 0)) for out in relu_outputs(model, x)]


@mutant("A unit counts as dead here as soon as one example leaves it at 0.")
def zero_for_any_example(model, x):
    return [float(np.mean((rows(out) == 0).any(axis=0))) for out in relu_outputs(model, x)]


@mutant("You look at the first example only.")
def first_example_only(model, x):
    return [float(np.mean(rows(out[:1]).max(axis=0) == 0)) for out in relu_outputs(model, x)]


@mutant(
    "You count each place of a convolution as a separate unit. A unit is a channel: it is alive if "
    "it fires at any place.",
)
def every_place_a_unit(model, x):
    return [float(np.mean(out.max(axis=0) == 0)) for out in relu_outputs(model, x)]


@mutant("This is the fraction of living units. Return the fraction of dead ones.")
def living_units(model, x):
    return [float(np.mean(rows(out).max(axis=0) > 0)) for out in relu_outputs(model, x)]


@mutant("This is the number of dead units. Divide it by the number of units in the layer.")
def number_of_dead_units(model, x):
    return [float(np.sum(rows(out).max(axis=0) == 0)) for out in relu_outputs(model, x)]


@mutant(
    "A ReLU can also be a separate layer, keras.layers.ReLU(). You find only those that are written "
    "as an argument.",
)
def relu_layers_overlooked(model, x):
    import keras

    outputs = relu_outputs(
        model, x, lambda layer: getattr(layer, "activation", None) is keras.activations.relu
    )
    return [float(np.mean(rows(out).max(axis=0) == 0)) for out in outputs]


@mutant(
    "You report every layer with an activation, tanh and logits too. Only the units of a ReLU can be "
    "dead.",
)
def every_layer_reported(model, x):
    import keras

    def wanted(layer):
        return hasattr(layer, "activation") or isinstance(layer, keras.layers.ReLU)

    outputs = relu_outputs(model, x, wanted)
    return [float(np.mean(rows(out).max(axis=0) <= 0)) for out in outputs]


@mutant("Your layers are in reverse order. Report them in the order of model.layers.")
def last_layer_first(model, x):
    return [float(np.mean(rows(out).max(axis=0) == 0)) for out in relu_outputs(model, x)][::-1]


@mutant(
    "You call a unit dead if its mean is small. A unit with one strong answer in a thousand examples "
    "has a small mean, and is alive.",
)
def small_on_average(model, x):
    return [float(np.mean(rows(out).mean(axis=0) < 0.1)) for out in relu_outputs(model, x)]


# Variants -----------------------------------------------------------------------------------------


@variant("all layers' outputs by one model, maxima by Keras's operations")
def all_outputs_at_once(model, x):
    import keras

    chosen = [
        layer.output
        for layer in model.layers
        if isinstance(layer, keras.layers.ReLU)
        or getattr(layer, "activation", None) == keras.activations.relu
    ]
    outputs = keras.Model(model.inputs[0], chosen)(x)
    fractions = []
    for out in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
        largest = keras.ops.max(out, axis=tuple(range(len(out.shape) - 1)))
        dead = keras.ops.cast(keras.ops.equal(largest, 0), "float32")
        fractions.append(float(keras.ops.mean(dead)))
    return fractions


@variant("float32, layer after layer through the model, sets of living units")
def layer_after_layer(model, x):
    fractions, out = [], np.asarray(x, dtype=np.float32)
    for layer in model.layers:
        out = np.asarray(layer(out))
        kind = type(layer).__name__
        named = getattr(getattr(layer, "activation", None), "__name__", "")
        if kind == "ReLU" or named == "relu":
            alive = set(np.nonzero(out)[-1].tolist())
            fractions.append(1 - len(alive) / out.shape[-1])
    return fractions


@variant("unit by unit, returns an array")
def unit_by_unit(model, x):
    import keras

    fractions = []
    for layer in model.layers:
        config = layer.get_config()
        if config.get("activation") == "relu" or isinstance(layer, keras.layers.ReLU):
            out = keras.Model(model.inputs[0], layer.output)(np.asarray(x)).numpy()
            dead = [not (out[..., k] > 0).any() for k in range(out.shape[-1])]
            fractions.append(sum(dead) / len(dead))
    return np.array(fractions)
