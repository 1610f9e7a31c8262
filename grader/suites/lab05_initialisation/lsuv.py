"""Hidden checks of N.8."""

import math

import numpy as np

from nablab.checking import check, close, holds, models, mutant, variant
from nablab.reference.initialization import fans

from ..checks.lsuv import biases_stay, deviations_are_one, kernels_are_scaled, start, sums_of
from ..checks.oracles import conv_layer, dense_layer

LAYERS = [dense_layer(19), dense_layer(29, "tanh"), dense_layer(7, None)]


def tuned(student, net, x):
    """The weights after lsuv of the model that it was given, whatever it returns."""
    models.model(student.lsuv(net.handle, x))
    return net.get_weights()


@check()
def test_any_start_ends_at_one(student, rng):
    """From weights that are far too small or far too large, every layer ends at deviation 1"""
    x = rng.normal(size=(250, 13)) * rng.uniform(0.2, 3, 13) + rng.normal(size=13)
    for size in (10 ** rng.uniform(-2, -1), 10 ** rng.uniform(0.8, 1.5)):
        net, _ = start(student, rng, LAYERS, (13,), size, 0.0)
        weights = tuned(student, net, x)
        deviations_are_one(LAYERS, weights, x, says=f"From kernels scaled by {size:.2g}.")


@check()
def test_new_data_of_the_same_kind(student, rng):
    """On new data of the same kind the deviations are near 1 as well"""
    centre = rng.normal(size=13)
    x, new = (rng.normal(size=(400, 13)) + centre for _ in range(2))
    net, _ = start(student, rng, LAYERS, (13,), 0.3, 0.0)
    deviations_are_one(LAYERS, tuned(student, net, x), new, 0.2, "On new data.")


@check()
def test_biases_are_untouched(student, rng):
    """Biases stay as they were, and the deviations are 1 with them"""
    x = rng.normal(size=(250, 13))
    net, before = start(student, rng, LAYERS, (13,), 0.5, 0.3)
    before = [w + 1.5 if w.ndim == 1 else w for w in before]  # biases whose mean is not 0
    net.set_weights(before)
    weights = tuned(student, net, x)
    biases_stay(before, weights)
    deviations_are_one(LAYERS, weights, x)


@check()
def test_one_factor_for_each_kernel(student, rng):
    """Each kernel is multiplied by one positive number"""
    x = rng.normal(size=(250, 13)) * rng.uniform(0.2, 4, 13)
    net, before = start(student, rng, LAYERS, (13,), 0.3, 0.1)
    kernels_are_scaled(before, tuned(student, net, x))


@check()
def test_convolutions(student, rng):
    """Convolutions with unequal sides are scaled over all places together"""
    layers = [
        conv_layer(5, (2, 3)),
        conv_layer(7, (3, 2), "tanh"),
        {"kind": "Flatten"},
        dense_layer(11, None),
    ]
    x = rng.uniform(0, 1, (50, 7, 9, 2)) ** 2
    net, before = start(student, rng, layers, (7, 9, 2), 0.2, 0.05)
    weights = tuned(student, net, x)
    deviations_are_one(layers, weights, x)
    biases_stay(before, weights)


@check()
def test_the_model_computes_with_its_activations(student, rng):
    """Afterwards the model computes with its new weights and its old activations"""
    x = rng.normal(size=(90, 13))
    net, before = start(student, rng, LAYERS, (13,), 0.4, 0.2)
    after = models.model(student.lsuv(net.handle, x))
    weights = net.get_weights()
    holds(
        not np.allclose(weights[0], before[0]),
        "The first kernel of the given model is what it was before.",
    )
    _, expected = sums_of(LAYERS, weights, x)
    for model, which in ((after, "returned"), (net, "given")):
        got = model(x.astype(np.float32))
        close(got, expected, f"The outputs of the {which} model on x:", rtol=1e-3, atol=1e-3)


@check()
def test_layers_without_a_kernel_are_left_alone(student, rng):
    """Layers without a kernel keep their weights"""
    layers = [
        dense_layer(9, None),
        {"kind": "BatchNormalization"},
        {"kind": "ReLU"},
        dense_layer(5, None),
    ]
    net = models.sequential(student, (6,), layers, seed=3)
    weights = [
        rng.uniform(0.5, 2, w.shape) if len(w.shape) == 1 else rng.normal(0, 3, w.shape)
        for w in net.weights
    ]
    weights[1] *= 0.2
    weights[-1] *= 0.1
    net.set_weights(weights)
    after = tuned(student, net, rng.normal(size=(80, 6)))
    for w, a, b in zip(net.weights, after, weights, strict=True):
        if len(w.shape) == 1:
            close(a, b, f"{w.path} after and before:", rtol=1e-5)
        else:
            holds(not np.allclose(a, b), f"{w.path} was not scaled.")


# Mutants ------------------------------------------------------------------------------------------


def measured(layer, seen):
    """A layer's output before its activation."""
    import keras

    activation, layer.activation = layer.activation, keras.activations.linear
    z = keras.ops.convert_to_numpy(layer(seen))
    layer.activation = activation
    return z


def read_by(model, layer, x):
    import keras

    return keras.Model(model.inputs[0], layer.input)(x)


def scaled(
    model, x, measure=lambda layer, seen: measured(layer, seen).std(), wanted=None, rounds=20
):
    """The right loop, with one part replaced."""
    for layer in model.layers:
        if not hasattr(layer, "kernel") or (wanted and not wanted(model, layer)):
            continue
        seen = read_by(model, layer, x)
        for _ in range(rounds):
            s = measure(layer, seen)
            if np.all(np.abs(s - 1) < 0.01):
                break
            layer.kernel.assign(layer.kernel / s)
    return model


@mutant(
    "You measure after the activation. LSUV scales the sums before it.",
)
def after_the_activation(model, x):
    import keras

    return scaled(model, x, lambda layer, seen: keras.ops.convert_to_numpy(layer(seen)).std())


@mutant(
    "You measure all layers first and scale them afterwards. A layer reads the outputs of the scaled "
    "layers before it: finish one layer before you measure the next.",
)
def all_measured_at_once(model, x):
    layers = [layer for layer in model.layers if hasattr(layer, "kernel")]
    spreads = [measured(layer, read_by(model, layer, x)).std() for layer in layers]
    for layer, s in zip(layers, spreads, strict=True):
        layer.kernel.assign(layer.kernel / s)
    return model


@mutant("You go from the last layer to the first: each scaling spoils the layers after it.")
def from_the_last_to_the_first(model, x):
    for layer in reversed(model.layers):
        if hasattr(layer, "kernel"):
            seen = read_by(model, layer, x)
            for _ in range(20):
                layer.kernel.assign(layer.kernel / measured(layer, seen).std())
    return model


@mutant("You scale the biases too. Only kernels are to be scaled.")
def biases_scaled_too(model, x):
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            s = measured(layer, read_by(model, layer, x)).std()
            layer.kernel.assign(layer.kernel / s)
            layer.bias.assign(layer.bias / s)
    return model


@mutant(
    "You divide by the variance. Dividing a kernel by s divides the deviation of its sums by s, so "
    "divide by the standard deviation.",
)
def divided_by_the_variance(model, x):
    return scaled(model, x, lambda layer, seen: measured(layer, seen).var(), rounds=1)


@mutant(
    "You divide by the variance in every round, and the deviation jumps from s to 1/s and back: divide "
    "by the standard deviation.",
)
def divided_by_the_variance_in_every_round(model, x):
    return scaled(model, x, lambda layer, seen: measured(layer, seen).var())


@mutant(
    "You scale each layer once. Its bias is not scaled with it, so the deviation is not 1 yet: "
    "measure again.",
)
def a_single_round(model, x):
    return scaled(model, x, rounds=1)


@mutant(
    "You set the activations to linear for the measurement and did not put the old ones back.",
)
def activations_left_linear(model, x):
    import keras

    right = scaled(model, x)
    for layer in right.layers:
        if hasattr(layer, "kernel"):
            layer.activation = keras.activations.linear
    return right


@mutant(
    "You set a layer's activation to linear and go on to the next layer without putting the old one "
    "back, so the next layer reads sums instead of outputs.",
)
def activations_not_put_back_on_the_way(model, x):
    import keras

    for layer in model.layers:
        if hasattr(layer, "kernel"):
            seen = read_by(model, layer, x)
            layer.activation = keras.activations.linear
            for _ in range(20):
                s = keras.ops.convert_to_numpy(layer(seen)).std()
                if abs(s - 1) < 0.01:
                    break
                layer.kernel.assign(layer.kernel / s)
    return model


@mutant(
    "You change a copy and leave the given model as it was. Change the given one in place.",
)
def a_copy_is_changed(model, x):
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return scaled(copy, x)


@mutant(
    "You scale each unit by its own deviation. All units of a layer share one factor: the kernel as "
    "a whole is scaled.",
)
def each_unit_by_itself(model, x):
    def measure(layer, seen):
        z = measured(layer, seen)
        return z.reshape(-1, z.shape[-1]).std(axis=0)

    return scaled(model, x, measure)


@mutant("You scale dense layers only. Convolutions have kernels too.")
def convolutions_left_out(model, x):
    return scaled(model, x, wanted=lambda model, layer: len(layer.kernel.shape) == 2)


@mutant("You do not scale the last layer. Logits are sums like any other.")
def last_layer_left_out(model, x):
    return scaled(model, x, wanted=lambda model, layer: layer is not model.layers[-1])


@mutant(
    "You divide by the root of the mean square. A standard deviation subtracts the mean, and with "
    "biases and ReLU outputs the mean of the sums is not 0.",
)
def by_the_mean_square(model, x):
    return scaled(model, x, lambda layer, seen: np.sqrt(np.mean(measured(layer, seen) ** 2)))


@mutant(
    "You give every kernel He's deviation. LSUV measures instead: divide by the deviation of the sums "
    "on x.",
)
def he_without_data(model, x):
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            kernel = np.asarray(layer.kernel)
            fan_in, _ = fans(kernel.shape)
            spread = max(float(kernel.std()), 1e-9)
            layer.kernel.assign(kernel / spread * math.sqrt(2 / fan_in))
    return model


# Variants -----------------------------------------------------------------------------------------


@variant("sums by the layer's own kernel, the bias added afterwards")
def lsuv_through_the_model(model, x):
    import keras

    for layer in model.layers:
        if not hasattr(layer, "kernel"):
            continue
        seen = keras.Model(model.inputs[0], layer.input)(x)
        if layer.kernel.ndim == 2:
            raw = keras.ops.matmul(seen, layer.kernel)
        else:
            raw = keras.ops.conv(
                seen, layer.kernel, layer.strides, layer.padding, None, layer.dilation_rate
            )
        raw, bias = np.asarray(raw, dtype=float), np.asarray(layer.bias, dtype=float)
        factor = 1.0
        for _ in range(20):
            factor /= (factor * raw + bias).std()
        layer.kernel.assign(layer.kernel * factor)
    return model


@variant("float32, always ten rounds, through set_weights, layer after layer")
def lsuv_layer_after_layer(model, x):
    import keras

    out = keras.ops.convert_to_tensor(x, dtype="float32")
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            old = layer.activation
            layer.activation = keras.activations.get("linear")
            for _ in range(10):
                kernel, *rest = layer.get_weights()
                layer.set_weights([kernel / np.float32(keras.ops.std(layer(out))), *rest])
            layer.activation = old
        out = layer(out)
    return model


@variant("solves for the factor in one go: the variance is a quadratic in it")
def lsuv_by_a_quadratic(model, x):
    import keras

    for layer in [layer for layer in model.layers if "kernel" in dir(layer)]:
        seen = keras.Model(model.inputs[0], layer.input)(x)
        keep, bias = layer.activation, layer.bias.numpy()
        layer.activation = keras.activations.linear
        z = np.asarray(layer(seen), dtype=float)
        layer.activation = keep
        raw, bias = z - bias, np.broadcast_to(bias, z.shape)
        a, b = raw.var(), 2 * np.mean((raw - raw.mean()) * (bias - bias.mean()))
        c = bias.var() - 1
        layer.kernel.assign(layer.kernel * float((-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)))
    return model
