"""Plausible wrong answers to lab 5. Each loses points on the hidden checks and on the visible
ones; the sentence is what a teacher would say to its author."""

import math
from itertools import pairwise

import numpy as np

from nablab.checking import mutant
from nablab.reference.activation import gelu as exact_gelu
from nablab.reference.initialization import activate, slope, tanh_net_descent
from nablab.reference.initialization import fans as true_fans

# 5.1 ---------------------------------------------------------------------------------------------


def checked(shape, kind):
    """The right refusals; what follows in a mutant is its own mistake."""
    true_fans(shape, kind)
    *window, inputs, outputs = shape
    return math.prod(window), inputs, outputs


@mutant(
    "5.1",
    "fan_in and fan_out have changed places. The last axis of a kernel counts outputs: it belongs to "
    "fan_out.",
)
def fans_swapped(shape, kind="conv"):
    return true_fans(shape, kind)[::-1]


@mutant(
    "5.1",
    "The window is missing. A 3×3 convolution reads nine places of each channel, so its fans are nine "
    "times as large.",
)
def window_forgotten(shape, kind="conv"):
    _, inputs, outputs = checked(shape, kind)
    return (1 if kind == "depthwise" else inputs), outputs


@mutant(
    "5.1",
    "The window is in fan_in and not in fan_out. An input number is read from each place of a window "
    "that reaches it.",
)
def window_in_fan_in_only(shape, kind="conv"):
    places, inputs, outputs = checked(shape, kind)
    return (places if kind == "depthwise" else places * inputs), outputs


@mutant(
    "5.1",
    "This counts a depthwise kernel like a convolution's, as Keras's initialisers do. An output of "
    "a depthwise convolution reads one channel only.",
)
def depthwise_like_a_convolution(shape, kind="conv"):
    places, inputs, outputs = checked(shape, kind)
    return places * inputs, places * outputs


@mutant(
    "5.1",
    "The fan_out of a depthwise kernel has the number of channels in it. An input number belongs to "
    "one channel, and only that channel's own filters read it.",
)
def depthwise_fan_out_with_channels(shape, kind="conv"):
    places, inputs, outputs = checked(shape, kind)
    if kind == "depthwise":
        return places, places * inputs * outputs
    return places * inputs, places * outputs


@mutant(
    "5.1",
    "The window's size is the square of its first side. That is right for square windows only: "
    "multiply all sides.",
)
def square_windows(shape, kind="conv"):
    checked(shape, kind)
    *window, inputs, outputs = shape
    places = window[0] ** 2 if window else 1
    return (places if kind == "depthwise" else places * inputs), places * outputs


@mutant("5.1", "An unknown kind and a shape of too few axes should raise ValueError.")
def refuses_nothing(shape, kind="conv"):
    *window, inputs, outputs = (1, 1, *shape) if len(shape) < 2 else shape
    places = math.prod(window)
    return (places if kind == "depthwise" else places * inputs), places * outputs


# 5.2 ---------------------------------------------------------------------------------------------


@mutant(
    "5.2",
    "he_normal divides by fan_out. On the way forward the sum has fan_in terms: the variance is "
    "2/fan_in.",
)
def he_by_fan_out(shape, rng):
    return rng.normal(0, math.sqrt(2 / true_fans(shape)[1]), shape)


@mutant(
    "5.2",
    "The fan_in of your he_normal lacks the window of a convolution: it is the channels alone.",
)
def he_without_window(shape, rng):
    return rng.normal(0, math.sqrt(2 / shape[-2]), shape)


@mutant(
    "5.2",
    "You gave the variance to the generator. rng.normal wants the standard deviation, its square root.",
)
def variance_as_deviation(shape, rng):
    return rng.normal(0, 2 / true_fans(shape)[0], shape)


@mutant(
    "5.2",
    "The variance is 1/fan_in. That suits a linear layer; the 2 makes up for the half that a ReLU "
    "cuts away.",
)
def he_without_the_two(shape, rng):
    return rng.normal(0, math.sqrt(1 / true_fans(shape)[0]), shape)


@mutant(
    "5.2",
    "You cut the normal distribution at two deviations and left it at that. What remains has only "
    "88 % of the deviation: widen it by 1/0.8796 first.",
)
def truncated_and_too_narrow(shape, rng):
    weights = rng.normal(size=shape)
    while (far := np.abs(weights) > 2).any():
        weights[far] = rng.normal(size=far.sum())
    return math.sqrt(2 / true_fans(shape)[0]) * weights


@mutant("5.2", "The deviation is right, but the numbers are uniform: he_normal should draw a bell.")
def he_uniform(shape, rng):
    bound = math.sqrt(6 / true_fans(shape)[0])
    return rng.uniform(-bound, bound, shape)


@mutant(
    "5.2",
    "he_normal makes a generator of its own with a fixed seed, so every layer gets the same weights. "
    "Draw from rng.",
)
def a_generator_of_its_own(shape, rng):
    return np.random.default_rng(0).normal(0, math.sqrt(2 / true_fans(shape)[0]), shape)


def glorot_deviation_as_bound(shape, rng):
    bound = math.sqrt(2 / sum(true_fans(shape)))
    return rng.uniform(-bound, bound, shape)


def glorot_one_sided(shape, rng):
    return rng.uniform(0, math.sqrt(6 / sum(true_fans(shape))), shape)


def glorot_by_fan_in(shape, rng):
    bound = math.sqrt(6 / true_fans(shape)[0])
    return rng.uniform(-bound, bound, shape)


def glorot_normal(shape, rng):
    return rng.normal(0, math.sqrt(2 / sum(true_fans(shape))), shape)


deviation_as_bound = mutant(
    "5.2",
    "The bound of your uniform draws is √(2/(fan_in + fan_out)), which should be their standard "
    "deviation. The bound is √3 times as large.",
    glorot_uniform=glorot_deviation_as_bound,
)
one_sided = mutant(
    "5.2",
    "glorot_uniform draws between 0 and its bound: all weights are positive. Draw from −a to a.",
    glorot_uniform=glorot_one_sided,
)
only_fan_in = mutant(
    "5.2",
    "Your glorot_uniform uses fan_in alone, which is He's uniform recipe. Glorot's has the sum of "
    "both fans.",
    glorot_uniform=glorot_by_fan_in,
)
normal_for_uniform = mutant(
    "5.2",
    "The deviation is right, but the numbers are normal: glorot_uniform should draw from a box.",
    glorot_uniform=glorot_normal,
)
keras_is_normal = mutant(
    "5.2",
    "Keras's HeNormal is truncated: nothing lies further out than 2.27 standard deviations, where a "
    "normal distribution would have 2 % of its numbers.",
    KERAS_HE_NORMAL="normal",
)


# 5.3 ---------------------------------------------------------------------------------------------


def forward(depth, width, act, scale, rng, note=lambda z, y: y.std(), deviation=None, go_on=None):
    """The right loop, with one part replaced."""
    x = rng.normal(size=(100, width))
    deviation = math.sqrt(scale / width) if deviation is None else deviation
    stds = []
    for _ in range(depth):
        z = x @ rng.normal(0, deviation, (width, width))
        y = activate(z, act)
        stds.append(note(z, y))
        x = y if go_on is None else go_on(z)
    return np.array(stds)


@mutant("5.3", "You measure before the activation. The text asks for the output after it.")
def measured_before_the_activation(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: z.std())


@mutant("5.3", "These are variances. A standard deviation is the square root.")
def variances(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: y.var())


@mutant(
    "5.3",
    "This is the root of the mean square. After a ReLU the mean is not 0, and a standard deviation "
    "leaves it out.",
)
def root_mean_square(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: np.sqrt(np.mean(y**2)))


@mutant(
    "5.3",
    "You take each unit's deviation over the examples, and their mean. The units' different means "
    "are a part of the spread: take all numbers of the layer together.",
)
def unit_by_unit(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, note=lambda z, y: y.std(axis=0).mean())


@mutant(
    "5.3",
    "You gave the variance scale/width to the generator, which wants the standard deviation, its "
    "square root.",
)
def variance_in_place_of_deviation(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, deviation=scale / width)


@mutant("5.3", "The deviation of your weights does not use `scale`: it is √(2/width) throughout.")
def scale_ignored(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, deviation=math.sqrt(2 / width))


@mutant(
    "5.3",
    "Every layer of yours reads a new batch. The second layer should read what the first put out.",
)
def a_new_batch_for_every_layer(depth, width, act, scale, rng):
    return np.concatenate([forward(1, width, act, scale, rng) for _ in range(depth)])


@mutant(
    "5.3",
    "You activate only to measure, and go on with the sums: the next layer should read the "
    "activated numbers.",
)
def goes_on_without_activation(depth, width, act, scale, rng):
    return forward(depth, width, act, scale, rng, go_on=lambda z: z)


@mutant(
    "5.3",
    "Your first number is that of the input. The input is no layer: begin with the first layer's "
    "output, and end with the last one's.",
)
def begins_with_the_input(depth, width, act, scale, rng):
    return np.append(1.0, forward(depth, width, act, scale, rng)[:-1])


@mutant(
    "5.3",
    "You draw one matrix before the loop and use it in all layers. Each layer has weights of its "
    "own: draw inside the loop.",
)
def one_matrix_for_all_layers(depth, width, act, scale, rng):
    x = rng.normal(size=(100, width))
    w = rng.normal(0, math.sqrt(scale / width), (width, width))
    stds = []
    for _ in range(depth):
        x = activate(x @ w, act)
        stds.append(x.std())
    return np.array(stds)


@mutant("5.3", "Your layers are ReLU layers whatever `act` says.")
def always_relu(depth, width, act, scale, rng):
    return forward(depth, width, "relu", scale, rng)


# 5.4 ---------------------------------------------------------------------------------------------


def backward(depth, width, act, scale, rng, by=1, tilt=slope, spread=np.std, forward_act=None):
    """The right way there and back, with one part replaced."""
    widths = [width] * (depth + 1) if np.ndim(width) == 0 else list(width)
    x, passed = rng.normal(size=(100, widths[0])), []
    for pair in pairwise(widths):
        W = rng.normal(0, math.sqrt(scale / pair[by]), pair)
        z = x @ W
        x = activate(z, forward_act or act)
        passed.append((z, W))
    g, stds = rng.normal(size=x.shape), []
    for z, W in reversed(passed):
        g = (g * tilt(z, act)) @ W.T
        stds.append(float(spread(g)))
    return np.array(stds)


@mutant(
    "5.4",
    "Your weights have the variance scale/fan_in. Going back, a sum has fan_out terms, and the text "
    "asks for scale/fan_out; in layers of equal width one does not see the difference.",
)
def weights_by_fan_in(depth, width, act, scale, rng):
    return backward(depth, width, act, scale, rng, by=0)


@mutant("5.4", "Your list begins at the input. The layer nearest to the output should come first.")
def input_first(depth, width, act, scale, rng):
    return backward(depth, width, act, scale, rng)[::-1]


@mutant("5.4", "These are variances. A standard deviation is the square root.")
def gradient_variances(depth, width, act, scale, rng):
    return backward(depth, width, act, scale, rng, spread=np.var)


@mutant(
    "5.4",
    "Your first number is that of the gradient before it has gone through any layer. Begin after "
    "the first step back.",
)
def begins_with_the_gradient_itself(depth, width, act, scale, rng):
    return np.append(1.0, backward(depth, width, act, scale, rng)[:-1])


@mutant(
    "5.4",
    "On the way forward your layers do not activate what they pass on, so the slopes on the way "
    "back are taken at the wrong sums.",
)
def forward_without_activation(depth, width, act, scale, rng):
    return backward(depth, width, act, scale, rng, forward_act="linear")


def no_slope(dy, z, w, act):
    return np.asarray(dy, dtype=float) @ np.asarray(w, dtype=float).T


def slope_of_the_output(dy, z, w, act):
    return (np.asarray(dy, dtype=float) * slope(activate(z, act), act)) @ np.asarray(w).T


def slope_after_the_weights(dy, z, w, act):
    return (np.asarray(dy, dtype=float) @ np.asarray(w).T) * slope(z, act)


def relu_slope(dy, z, w, act):
    return (np.asarray(dy, dtype=float) * slope(z, "relu")) @ np.asarray(w).T


def value_for_slope(dy, z, w, act):
    return (np.asarray(dy, dtype=float) * activate(z, act)) @ np.asarray(w).T


slope_forgotten = mutant(
    "5.4",
    "Your step has no slope in it: units that are off let the gradient through. Multiply dy by the "
    "slope at z first.",
    back_step=no_slope,
    grad_propagate=lambda depth, width, act, scale, rng: backward(
        depth, width, "linear", scale, rng, forward_act=act
    ),
)
slope_at_the_output = mutant(
    "5.4",
    "You take the slope at y, what the layer put out. The chain rule wants it at z, before the "
    "activation; for a ReLU the two agree, for tanh they do not.",
    back_step=slope_of_the_output,
)
slope_too_late = mutant(
    "5.4",
    "You multiply by the slope after the weights. The gradient meets the activation first, while it "
    "still has one entry for each unit.",
    back_step=slope_after_the_weights,
)
slope_of_a_relu = mutant(
    "5.4",
    "Your slope is a ReLU's whatever `act` says.",
    back_step=relu_slope,
)
activation_for_slope = mutant(
    "5.4",
    "You multiply by the activation itself. The chain rule wants its derivative: slope(z, act).",
    back_step=value_for_slope,
)


# 5.5 ---------------------------------------------------------------------------------------------

erf = np.vectorize(math.erf, otypes=[float])


ROOT = math.sqrt(2 / math.pi)


def form_with_tanh(x, root=ROOT, cubic=0.044715, power=3):
    x = np.asarray(x, dtype=float)
    return x * (1 + np.tanh(root * (x + cubic * x**power))) / 2


@mutant(
    "5.5",
    "Your gelu is the form with tanh. It is close to x Φ(x), and differs in the fourth decimal.",
)
def tanh_form_for_the_exact_one(x):
    return form_with_tanh(x)


@mutant("5.5", "Your gelu takes erf(x): it should be erf(x/√2), since Φ belongs to deviation 1.")
def erf_without_the_root(x):
    x = np.asarray(x, dtype=float)
    return x * (1 + erf(x)) / 2


@mutant("5.5", "Your gelu is twice too large: Φ(x) is half of 1 + erf(x/√2).")
def without_the_half(x):
    return 2 * exact_gelu(x)


@mutant(
    "5.5",
    "Your gelu is x·sigmoid(1.702 x), the rough form. It is off by up to 0.02: use erf.",
)
def sigmoid_form(x):
    x = np.asarray(x, dtype=float)
    return x / (1 + np.exp(-1.702 * x))


@mutant("5.5", "Your gelu is Φ(x) alone. It should be x times that.")
def probability_alone(x):
    return (1 + erf(np.asarray(x, dtype=float) / math.sqrt(2))) / 2


@mutant(
    "5.5",
    "Your gelu returns numbers of the input's type, so whole numbers in give whole numbers out.",
)
def in_the_inputs_type(x):
    return exact_gelu(x).astype(np.asarray(x).dtype)


exact_for_the_tanh_form = mutant(
    "5.5",
    "Your gelu_tanh is the exact form. The one with tanh differs from it in the fourth decimal.",
    gelu_tanh=exact_gelu,
)
no_cubic_term = mutant(
    "5.5",
    "Your gelu_tanh lacks the term 0.044715 x³.",
    gelu_tanh=lambda x: form_with_tanh(x, cubic=0.0),
)
no_root_in_tanh = mutant(
    "5.5",
    "Your gelu_tanh lacks the factor √(2/π) in front of the bracket.",
    gelu_tanh=lambda x: form_with_tanh(x, root=1.0),
)
square_for_cube = mutant(
    "5.5",
    "Your gelu_tanh has x² where x³ belongs.",
    gelu_tanh=lambda x: form_with_tanh(x, power=2),
)


def slope_first_term(x):
    return (1 + erf(np.asarray(x, dtype=float) / math.sqrt(2))) / 2


def density(x):
    return np.exp(-(np.asarray(x, dtype=float) ** 2) / 2) / math.sqrt(2 * math.pi)


def slope_of_the_tanh_form(x):
    x = np.asarray(x, dtype=float)
    t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return (1 + t) / 2 + x * (1 - t**2) * inner / 2


slope_with_one_term = mutant(
    "5.5",
    "Your slope is Φ(x) alone. By the product rule x φ(x) is to be added: Φ changes with x as well.",
    gelu_grad=slope_first_term,
)
slope_without_factor_x = mutant(
    "5.5",
    "Your slope is Φ(x) + φ(x). The second term of the product rule is x times φ(x).",
    gelu_grad=lambda x: slope_first_term(x) + density(x),
)
slope_without_the_root = mutant(
    "5.5",
    "The normal density lacks its factor 1/√(2π).",
    gelu_grad=lambda x: (
        slope_first_term(x) + math.sqrt(2 * math.pi) * np.asarray(x, dtype=float) * density(x)
    ),
)
slope_with_the_other_term_only = mutant(
    "5.5",
    "Your slope is x φ(x) alone. By the product rule Φ(x) is to be added.",
    gelu_grad=lambda x: np.asarray(x, dtype=float) * density(x),
)
slope_of_the_other_form = mutant(
    "5.5",
    "This is the slope of gelu_tanh. The slope of the exact form differs in the third decimal.",
    gelu_grad=slope_of_the_tanh_form,
)


# 5.6 ---------------------------------------------------------------------------------------------


def relu_outputs(model, x, wanted=None):
    """What each ReLU layer puts out, as arrays."""
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
    "5.6",
    "This is the share of zeros among all outputs. A unit that rests for most examples is alive; "
    "it is dead only if it is 0 for all of them.",
)
def share_of_zeros(model, x):
    return [float(np.mean(out == 0)) for out in relu_outputs(model, x)]


@mutant("5.6", "A unit counts as dead here as soon as one example leaves it at 0.")
def zero_for_any_example(model, x):
    return [float(np.mean((rows(out) == 0).any(axis=0))) for out in relu_outputs(model, x)]


@mutant("5.6", "You look at the first example only.")
def first_example_only(model, x):
    return [float(np.mean(rows(out[:1]).max(axis=0) == 0)) for out in relu_outputs(model, x)]


@mutant(
    "5.6",
    "You count each place of a convolution as a unit of its own. A unit is a channel: it lives if it "
    "fires at any place.",
)
def every_place_a_unit(model, x):
    return [float(np.mean(out.max(axis=0) == 0)) for out in relu_outputs(model, x)]


@mutant("5.6", "These are the living ones. A fraction of dead units was asked for.")
def living_units(model, x):
    return [float(np.mean(rows(out).max(axis=0) > 0)) for out in relu_outputs(model, x)]


@mutant("5.6", "This is the number of dead units. Divide it by the number of units in the layer.")
def number_of_dead_units(model, x):
    return [float(np.sum(rows(out).max(axis=0) == 0)) for out in relu_outputs(model, x)]


@mutant(
    "5.6",
    "A ReLU can be a layer of its own, keras.layers.ReLU(): you find only those that are written as "
    "an argument.",
)
def relu_layers_overlooked(model, x):
    import keras

    outputs = relu_outputs(
        model, x, lambda layer: getattr(layer, "activation", None) is keras.activations.relu
    )
    return [float(np.mean(rows(out).max(axis=0) == 0)) for out in outputs]


@mutant(
    "5.6",
    "You report every layer with an activation, tanh and logits too. Only what puts out a ReLU's "
    "numbers can be dead.",
)
def every_layer_reported(model, x):
    import keras

    def wanted(layer):
        return hasattr(layer, "activation") or isinstance(layer, keras.layers.ReLU)

    outputs = relu_outputs(model, x, wanted)
    return [float(np.mean(rows(out).max(axis=0) <= 0)) for out in outputs]


@mutant("5.6", "The layers are in reverse order. Report them in the model's own.")
def last_layer_first(model, x):
    return [float(np.mean(rows(out).max(axis=0) == 0)) for out in relu_outputs(model, x)][::-1]


@mutant(
    "5.6",
    "You call a unit dead if its mean is small. One strong answer in a thousand examples makes a "
    "small mean, and a living unit.",
)
def small_on_average(model, x):
    return [float(np.mean(rows(out).mean(axis=0) < 0.1)) for out in relu_outputs(model, x)]


# 5.7 ---------------------------------------------------------------------------------------------

PLACE = np.linspace(-2, 2, 41)
WAVE = np.stack([PLACE, np.ones(41)], axis=1), np.sin(2 * PLACE) + 0.5 * PLACE


def count(w1, w2, tolerance=1e-6):
    """Distinct units."""
    found = []
    for unit in np.vstack([w1, w2]).T:
        if all(np.abs(unit - other).max() > tolerance for other in found):
            found.append(unit)
    return len(found)


def experiment(init, width, seed, draw, steps=500):
    w1, w2 = draw(init, (2, width), np.random.default_rng(seed))
    return count(*tanh_net_descent(*WAVE, w1, w2, 0.1, steps))


def start(init, shape, rng):
    if init == "random":
        return rng.normal(0, 0.5, shape), rng.normal(0, 0.5, shape[1])
    value = {"zeros": 0.0, "constant": 0.5}[init]
    return np.full(shape, value), np.full(shape[1], value)


@mutant(
    "5.7",
    "Your units are distinct from every start. From zeros and from a constant all weights should "
    "begin equal, the outgoing ones too: if w2 is random, equal units get unequal gradients and part.",
)
def outgoing_weights_always_random(init="random", width=8, seed=0):
    def draw(init, shape, rng):
        return start(init, shape, rng)[0], rng.normal(0, 0.5, shape[1])

    return experiment(init, width, seed, draw)


@mutant(
    "5.7",
    "You draw one random number and give it to all units. They start equal, and stay so.",
)
def one_number_for_all_units(init="random", width=8, seed=0):
    def draw(init, shape, rng):
        if init != "random":
            return start(init, shape, rng)
        return np.full(shape, rng.normal(0, 0.5)), np.full(shape[1], rng.normal(0, 0.5))

    return experiment(init, width, seed, draw)


def trained_by(step):
    """A training whose step is wrong in one way."""

    def train_net(x, y, w1, w2, lr, steps):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        w1, w2 = np.array(w1, dtype=float), np.array(w2, dtype=float)
        with np.errstate(all="ignore"):  # wrong steps may lead anywhere
            for _ in range(steps):
                w1, w2 = step(x, y, w1, w2, lr)
        return w1, w2

    return train_net


def step_one_after_the_other(x, y, w1, w2, lr):
    h = np.tanh(x @ w1)
    e = (h @ w2 - y) / len(x)
    w2 = w2 - lr * h.T @ e
    return w1 - lr * x.T @ (np.outer(e, w2) * (1 - h**2)), w2


def step_without_tanh_slope(x, y, w1, w2, lr):
    h = np.tanh(x @ w1)
    e = (h @ w2 - y) / len(x)
    return w1 - lr * x.T @ np.outer(e, w2), w2 - lr * h.T @ e


def step_by_the_sum(x, y, w1, w2, lr):
    return tanh_net_descent(x, y, w1, w2, lr * len(x), 1)


def step_without_the_half(x, y, w1, w2, lr):
    return tanh_net_descent(x, y, w1, w2, 2 * lr, 1)


def step_uphill(x, y, w1, w2, lr):
    return tanh_net_descent(x, y, w1, w2, -lr, 1)


def changes_what_it_is_given(x, y, w1, w2, lr, steps):
    new1, new2 = tanh_net_descent(x, y, w1, w2, lr, steps)
    w1[...], w2[...] = new1, new2
    return w1, w2


weights_one_after_the_other = mutant(
    "5.7",
    "You change w2 before you compute the gradient for w1. Both gradients belong to the old weights.",
    train_net=trained_by(step_one_after_the_other),
)
no_tanh_slope = mutant(
    "5.7",
    "The gradient for w1 lacks the slope of tanh, 1 − h².",
    train_net=trained_by(step_without_tanh_slope),
)
sum_in_place_of_mean = mutant(
    "5.7",
    "Your gradients are sums over the examples. The loss is a mean: divide by N.",
    train_net=trained_by(step_by_the_sum),
)
half_of_the_loss_ignored = mutant(
    "5.7",
    "Your gradients are twice too large: the loss has a ½, and the 2 of the square cancels it.",
    train_net=trained_by(step_without_the_half),
)
uphill = mutant(
    "5.7",
    "Your steps go uphill: subtract the gradient.",
    train_net=trained_by(step_uphill),
)
trains_in_place = mutant(
    "5.7",
    "train_net changes the arrays that it was given. Begin with copies.",
    train_net=changes_what_it_is_given,
)
outgoing_weights_ignored = mutant(
    "5.7",
    "Your count looks at incoming weights only. Units that answer alike but are weighted differently "
    "are not the same.",
    distinct_units=lambda w1, w2: count(np.asarray(w1), np.zeros(np.shape(w1)[1])),
)
exact_comparison = mutant(
    "5.7",
    "Your count wants units equal to the last bit. After training equal units may differ by 1e-15: "
    "allow 1e-6.",
    distinct_units=lambda w1, w2: len(np.unique(np.vstack([w1, w2]).T, axis=0)),
)
numbers_in_place_of_units = mutant(
    "5.7",
    "You count distinct numbers. Count distinct units: columns of w1 with their entry of w2.",
    distinct_units=lambda w1, w2: len(np.unique(np.round(np.vstack([w1, w2]), 6))),
)


# 5.8 ---------------------------------------------------------------------------------------------


def sums_of(layer, seen):
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
    model, x, measure=lambda layer, seen: sums_of(layer, seen).std(), wanted=None, rounds=20
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
    "5.8",
    "You measure after the activation. LSUV makes the sums right, before it.",
)
def after_the_activation(model, x):
    import keras

    return scaled(model, x, lambda layer, seen: keras.ops.convert_to_numpy(layer(seen)).std())


@mutant(
    "5.8",
    "You measure all layers first and scale them afterwards. A layer reads what the layers before "
    "it make after they are scaled: go one by one.",
)
def all_measured_at_once(model, x):
    layers = [layer for layer in model.layers if hasattr(layer, "kernel")]
    spreads = [sums_of(layer, read_by(model, layer, x)).std() for layer in layers]
    for layer, s in zip(layers, spreads, strict=True):
        layer.kernel.assign(layer.kernel / s)
    return model


@mutant("5.8", "You go from the last layer to the first: each scaling spoils the layers after it.")
def from_the_last_to_the_first(model, x):
    for layer in reversed(model.layers):
        if hasattr(layer, "kernel"):
            seen = read_by(model, layer, x)
            for _ in range(20):
                layer.kernel.assign(layer.kernel / sums_of(layer, seen).std())
    return model


@mutant("5.8", "You scale the biases too. Only kernels are to be scaled.")
def biases_scaled_too(model, x):
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            s = sums_of(layer, read_by(model, layer, x)).std()
            layer.kernel.assign(layer.kernel / s)
            layer.bias.assign(layer.bias / s)
    return model


@mutant(
    "5.8",
    "You divide by the variance. Dividing a kernel by s divides its sums' deviation by s: divide by "
    "the standard deviation.",
)
def divided_by_the_variance(model, x):
    return scaled(model, x, lambda layer, seen: sums_of(layer, seen).var(), rounds=1)


@mutant(
    "5.8",
    "You divide by the variance in every round, and the deviation jumps from s to 1/s and back: divide "
    "by the standard deviation.",
)
def divided_by_the_variance_in_every_round(model, x):
    return scaled(model, x, lambda layer, seen: sums_of(layer, seen).var())


@mutant(
    "5.8",
    "You scale each layer once. A bias is not scaled with it, so the deviation is not 1 yet: measure "
    "again.",
)
def a_single_round(model, x):
    return scaled(model, x, rounds=1)


@mutant(
    "5.8",
    "The activations are gone: you set them to linear for the measurement and did not put them back.",
)
def activations_left_linear(model, x):
    import keras

    right = scaled(model, x)
    for layer in right.layers:
        if hasattr(layer, "kernel"):
            layer.activation = keras.activations.linear
    return right


@mutant(
    "5.8",
    "You set a layer's activation to linear and go on to the next layer without putting it back, so "
    "the next layer reads sums in place of outputs.",
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
    "5.8",
    "You return another model and leave the given one as it was. Change the given one in place.",
)
def a_copy_is_changed(model, x):
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return scaled(copy, x)


@mutant(
    "5.8",
    "You scale each unit by its own deviation. All units of a layer share one factor, so that a "
    "kernel is only scaled.",
)
def each_unit_by_itself(model, x):
    def measure(layer, seen):
        z = sums_of(layer, seen)
        return z.reshape(-1, z.shape[-1]).std(axis=0)

    return scaled(model, x, measure)


@mutant("5.8", "Only dense layers are scaled. Convolutions have kernels, too.")
def convolutions_left_out(model, x):
    return scaled(model, x, wanted=lambda model, layer: len(layer.kernel.shape) == 2)


@mutant("5.8", "The last layer is not scaled. Logits are sums like any other.")
def last_layer_left_out(model, x):
    return scaled(model, x, wanted=lambda model, layer: layer is not model.layers[-1])


@mutant(
    "5.8",
    "You scale by the root of the mean square. A standard deviation leaves the mean out: biases and "
    "ReLU outputs make sums whose mean is not 0.",
)
def by_the_mean_square(model, x):
    return scaled(model, x, lambda layer, seen: np.sqrt(np.mean(sums_of(layer, seen) ** 2)))


@mutant(
    "5.8",
    "You give every kernel He's deviation. LSUV looks at the data: divide by what the sums on x show.",
)
def he_in_place_of_data(model, x):
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            kernel = np.asarray(layer.kernel)
            fan_in, _ = true_fans(kernel.shape)
            spread = max(float(kernel.std()), 1e-9)
            layer.kernel.assign(kernel / spread * math.sqrt(2 / fan_in))
    return model
