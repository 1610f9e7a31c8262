"""The checks that students see: `check("4.2")` runs those of an exercise, in the order of their
stages, and explains the first that fails."""

import numpy as np

from nablab.checking import (
    close,
    contract,
    each,
    equal,
    exercise,
    generator,
    holds,
    models,
    once,
    refuses,
)
from nablab.checking.expect import as_numbers
from nablab.data import placed_digits
from nablab.reference.lenet import lenet, lenet_shapes
from nablab.reference.pooling import averagepool_nd, global_average, maxpool_nd
from nablab.sandbox.student import parameters

# 4.1 ---------------------------------------------------------------------------------------------


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
    """That the net has LeNet's ten arrays of weights and no others, in whatever order."""
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


def random_weights(shape, n_classes, rng):
    weights = []
    for s in lenet_shapes(shape, n_classes):
        fan_in = np.prod(s[:-1]) if len(s) > 1 else 8
        weights.append(rng.normal(size=s) * np.sqrt(2 / fan_in))
    return weights


@exercise("4.1", stage="contract")
def test_it_is_a_model_from_images_to_logits(student):
    """build_lenet((20, 20, 1), 10) is a Keras model from (N, 20, 20, 1) to (N, 10)"""
    equal(parameters(student, "build_lenet")[:2], ("input_shape", "n_classes"), "The parameters:")
    lenet_of(student, (20, 20, 1), 10)


@exercise("4.1", stage="hand")
def test_it_has_the_parameters_of_the_text(student):
    """For fields of 20×20 it has the 30,986 parameters of the text, all of them trainable"""
    net = lenet_of(student, (20, 20, 1), 10)
    right_weights(net, (20, 20, 1), 10)
    equal(net.parameters, 30986, "The number of parameters:")
    equal(net.trainable, 30986, "The number of trainable parameters:")


@exercise("4.1", stage="probe")
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
        "All weights are 0 but the last biases, −3, 2, 0, −1 and 5.",
        atol=1e-5,
    )


@exercise("4.1", stage="probe")
def test_nothing_is_random_in_training(student, rng):
    """It computes the same in training as otherwise"""
    shape = (14, 12, 1)
    net = lenet_of(student, shape, 3)
    x = rng.random((5, *shape)).astype("float32")
    close(net(x, training=True), net(x), "In training, and otherwise:", atol=1e-4, constant=True)


@exercise("4.1", stage="oracle")
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


# 4.2 ---------------------------------------------------------------------------------------------


def twin_of(student, shape, n_classes, budget):
    """The student's dense net, checked to fit the images, the classes and the budget."""
    net = models.model(student.build_dense_twin(shape, n_classes, budget))
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


def within_budget(student, shape, n_classes, budget):
    net = twin_of(student, shape, n_classes, budget)
    holds(
        abs(net.parameters - budget) <= 0.02 * budget,
        f"Images {shape}, {n_classes} classes: the net has {net.parameters} parameters, "
        f"{100 * (net.parameters - budget) / budget:+.1f} % off the budget of {budget}.",
        got=net.parameters,
        expected=budget,
    )
    return net


def one_layer(shape, n_classes, h):
    """The parameters of a dense net with one hidden layer of h units."""
    return h * (int(np.prod(shape)) + n_classes + 1) + n_classes


def dense_only(net, shape, n_classes):
    """That every weight belongs to a dense layer, the first of which sees the whole image."""
    kinds = [kind for kind in net.kinds if "Conv" in kind or "Pool" in kind]
    holds(not kinds, f"A dense net has no {', '.join(kinds)}.", got=net.kinds)
    ranks = [weight.shape for weight in net.weights if len(weight.shape) == 2]
    holds(
        len(ranks) >= 2
        and ranks[0][0] == np.prod(shape)
        and ranks[-1][1] == n_classes
        and all(len(weight.shape) <= 2 for weight in net.weights),
        "There should be at least one hidden dense layer, which reads all numbers of the image, "
        "and a dense layer for the logits.",
        got=[list(weight.shape) for weight in net.weights],
    )


@exercise("4.2", stage="contract")
def test_the_twin_is_a_model_from_images_to_logits(student):
    """build_dense_twin((5, 3, 2), 4, 704) is a dense Keras model from (N, 5, 3, 2) to (N, 4)"""
    wanted = ("input_shape", "n_classes", "budget")
    equal(parameters(student, "build_dense_twin")[:3], wanted, "The parameters:")
    dense_only(twin_of(student, (5, 3, 2), 4, 704), (5, 3, 2), 4)


@exercise("4.2", stage="hand")
def test_the_budget_of_the_text(student):
    """The budget of 104 of the text: 103 parameters, or as near"""
    within_budget(student, (2, 3, 1), 3, 104)


@exercise("4.2", stage="probe")
def test_the_twin_ends_in_logits_after_relu(student, rng):
    """ReLU in the hidden layer, no activation at the end"""
    shape, n = (4, 3, 1), 5
    net = twin_of(student, shape, n, one_layer(shape, n, 30))
    net.set_weights(
        [rng.normal(size=w.shape) * (len(w.shape) == 2) for w in net.weights]
    )  # no biases: what ReLU and sums make of 2x is twice what they make of x
    x = rng.normal(size=(31, *shape)).astype("float32")
    out = as_numbers(net(x))
    holds(
        (out < 0).any() and (out > 1).any(),
        "With random weights some logits should be negative and some larger than 1: is there an "
        "activation after the last layer?",
        got=out,
    )
    close(
        net(2 * x),
        2 * out,
        "Without biases, and with ReLU, an image twice as bright has logits twice as large.",
        rtol=1e-3,
        atol=1e-3,
    )
    holds(
        np.abs(out + as_numbers(net(-x))).max() > 0.1,
        "The net is linear: the hidden layer has no ReLU, so it might as well not be there.",
        got=out,
    )


def dense_chain(weights, x):
    """What dense layers compute, with ReLU in all but the last: `weights` as Keras lists them."""
    kernels, biases = weights[::2], weights[1::2]
    x = x.reshape(len(x), -1)
    for number, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        x = x @ kernel + bias
        if number < len(kernels) - 1:
            x = np.maximum(x, 0)
    return x


@exercise("4.2", stage="oracle")
def test_the_twin_computes_dense_layers_with_relu(student, rng):
    """With random weights and biases it computes dense layers with ReLU between them"""
    shape, n = (3, 5, 2), 4
    net = twin_of(student, shape, n, one_layer(shape, n, 25))
    kinds = [len(w.shape) for w in net.weights]
    holds(
        kinds == [2, 1] * (len(kinds) // 2),
        "Every dense layer should have a matrix of weights and a bias for each unit, the last "
        "layer too.",
        got=[list(w.shape) for w in net.weights],
    )
    weights = [rng.normal(size=w.shape) for w in net.weights]
    net.set_weights(weights)
    x = rng.normal(size=(17, *shape)).astype("float32")
    close(
        net(x),
        dense_chain(weights, x),
        "Random weights and biases. Is it ReLU, and nothing else, after every hidden layer?",
        rtol=1e-3,
        atol=1e-3,
    )


@exercise("4.2")
def test_budgets_of_other_images(student):
    """Within 2 % of the budget, for images of any shape and any number of classes"""
    for shape, n, h, off in (
        ((20, 20, 1), 10, 75, 151),
        ((5, 3, 2), 4, 20, 0),
        ((3, 2, 1), 11, 40, 5),
        ((7, 5, 3), 2, 13, -20),
    ):
        net = within_budget(student, shape, n, one_layer(shape, n, h) + off)
        equal(net.trainable, net.parameters, "All parameters should be trainable:")


# 4.3 ---------------------------------------------------------------------------------------------


def bars(rng, labels, shape=(20, 15), noise=0.2):
    """Images that are easy to read: digit k is a bar two pixels high, in rows 2k and 2k + 1."""
    x = noise * rng.random((len(labels), *shape, 1))
    for image, k in zip(x, labels, strict=True):
        image[2 * k : 2 * k + 2, 1:-2] += 0.8
    return x.astype("float32")


def edge_of_the_field(rng):
    """320 bars to learn from and 100 to test on, of which LeNet can read 60 and its twin 80.

    Digits 0 to 4 are bars. A 5 is the bar of a 4 with a bright last column, number 14, and of
    that LeNet sees nothing: of 15 columns the first pooling makes 7, the second convolution 3, and
    the second pooling 1, from columns 0 to 13. It has one answer for both, and of both there are
    20. Digits 6 to 9 are in the test part only.
    """

    def part(labels):
        x = bars(rng, np.where(labels == 5, 4, labels), noise=0.05)
        x[labels == 5, :, -1] = 1
        return x, labels

    y_train = rng.permutation(np.repeat(np.arange(6), (60, 60, 60, 60, 50, 30)))
    y_test = np.repeat(np.arange(10), (10, 10, 10, 10, 20, 20, 5, 5, 5, 5))
    return part(y_train), part(y_test)


PREPARED = edge_of_the_field(np.random.default_rng(43))


def race(student, seed, parts):
    """What compare returns, checked to be four numbers by their names."""
    got = once(student, "compare", seed, parts)
    names = {"acc_dense", "acc_conv", "params_dense", "params_conv"}
    holds(
        isinstance(got, dict) and names <= set(got),
        f"compare should return a dict with the keys {', '.join(sorted(names))}.",
        got=got,
    )
    for name in names:
        holds(as_numbers(got[name]).shape == (), f"{name} should be one number.", got=got[name])
    return got


def shares(got, parts):
    """That both accuracies are shares of the test images."""
    count = len(parts[1][1])
    for name in ("acc_dense", "acc_conv"):
        value = float(got[name])
        holds(
            0 <= value <= 1 and abs(value * count - round(value * count)) < 1e-3,
            f"{name} is {value:.6g}: it should be how many of the {count} test images are read "
            f"right, divided by {count}.",
            got=value,
        )


@exercise("4.3", stage="contract")
def test_four_numbers_by_name(student):
    """compare returns two accuracies from 0 to 1 and two numbers of parameters"""
    equal(parameters(student, "compare")[:2], ("seed", "parts"), "The parameters:")
    shares(race(student, 7, PREPARED), PREPARED)


@exercise("4.3", stage="probe")
def test_both_have_the_same_size(student):
    """LeNet has its parameters, and the twin as many within 2 %"""
    got = race(student, 7, PREPARED)
    right = sum(int(np.prod(s)) for s in lenet_shapes((20, 15, 1), 10))
    equal(got["params_conv"], right, "For images (20, 15, 1), params_conv:")
    holds(
        abs(got["params_dense"] - right) <= 0.02 * right,
        f"params_dense is {got['params_dense']}; LeNet has {right}.",
        got=got["params_dense"],
        expected=right,
    )


@exercise("4.3", stage="probe")
def test_it_learns_from_one_part_and_is_tested_on_the_other(student):
    """Of 100 prepared test images LeNet can read 60, and its twin 80"""
    got = race(student, 7, PREPARED)
    for name, right, why in (
        (
            "acc_conv",
            0.6,
            "40 of the test images are easy, and 20 show digits that the training part does not "
            "have. The other 40, 4s and 5s in equal number, differ in their last column only, "
            "which LeNet's poolings leave out in images of this width.",
        ),
        (
            "acc_dense",
            0.8,
            "The twin can read 80 of the test images; 20 show digits that the training part does "
            "not have.",
        ),
    ):
        holds(
            abs(got[name] - right) <= 0.07,
            f"{name} is {got[name]:.3g}; {right} is right. {why} More means that a net was tested "
            "on what it has learned from, or that the two names have changed places; less, that "
            "it did not learn as the text says.",
            got=got[name],
            expected=right,
        )


# 4.4 ---------------------------------------------------------------------------------------------


def column_reader(student, H=3, W=5):
    """A model that says in which column the ink is, or W where there is none."""
    kernel = np.zeros((H, W, W + 1))
    kernel[:, np.arange(W), np.arange(W)] = 1
    bias = np.eye(W + 1)[W] / 4
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": W + 1}]
    weights = [kernel.reshape(H * W, W + 1), bias]
    return models.sequential(student, (H, W, 1), layers, weights).handle


def dots(H=3, W=5):
    """Fields with one dot each, in column c, and the label c + 1, or 0 after the last column."""
    x = np.zeros((W, H, W, 1), "float32")
    x[np.arange(W), np.arange(W) % H, np.arange(W)] = 1
    return x, (np.arange(W) + 1) % W


def random_reader(student, rng, shape, n_classes, count, shifts):
    """A linear model of random weights, images and labels, and its true curve. Drawn again until
    no answer hangs on a rounding."""
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": n_classes}]
    while True:
        W = rng.normal(size=(int(np.prod(shape)), n_classes))
        b, x = rng.normal(size=n_classes), rng.normal(size=(count, *shape)).astype("float32")
        logits = np.stack([moved(x, s).reshape(count, -1) @ W + b for s in shifts])
        top = np.sort(logits, axis=-1)
        if (top[..., -1] - top[..., -2]).min() > 1e-3:
            break
    y = (x.reshape(count, -1) @ W + b).argmax(axis=-1)
    y = np.where(rng.random(count) < 0.8, y, (y + 1) % n_classes)
    model = models.sequential(student, shape, layers, [W, b])
    return model.handle, x, y, (logits.argmax(axis=-1) == y).mean(axis=-1)


def moved(x, s):
    """Images moved to the right, the vacated columns filled with 0."""
    out = np.zeros_like(x)
    for c in range(x.shape[2]):
        if 0 <= c - s < x.shape[2]:
            out[:, :, c] = x[:, :, c - s]
    return out


@exercise("4.4", stage="contract")
def test_one_accuracy_for_each_shift(student):
    """shift_curve returns one accuracy for each shift"""
    x, y = dots()
    got = contract(student, "shift_curve", column_reader(student), x, y, (0, 1, -2, 3), shape=(4,))
    holds(
        (np.asarray(got) >= 0).all() and (np.asarray(got) <= 1).all(),
        "Accuracies lie between 0 and 1.",
        got=got,
    )


@exercise("4.4", stage="hand")
def test_five_dots_move_by_one(student):
    """Five dots, and labels that are right after a move by one: 4 of 5, the last has left"""
    x, y = dots()
    close(
        student.shift_curve(column_reader(student), x, y, [1, -4, 0]),
        [0.8, 0.2, 0],
        "The model says in which column the dot is. Moved by 1, four dots are where their labels "
        "say, and the fifth has left the field; moved by −4, only the dot of the last column is "
        "left, in the first; unmoved, no label is right.",
        atol=1e-3,
        given={"shifts": [1, -4, 0], "y": y},
    )


@exercise("4.4", stage="probe")
def test_far_shifts_leave_nothing(student):
    """Moved by the field's width or more, there is only background"""
    x, _ = dots()
    gone = np.full(5, 5)
    close(
        student.shift_curve(column_reader(student), x, gone, [5, -5, 11, 4]),
        [1, 1, 1, 0.8],
        "The labels say “no dot”, class 5. The shifts are 5, −5, 11 and 4.",
        atol=1e-3,
    )


@exercise("4.4")
def test_each_shift_begins_with_x_itself(student, rng):
    """Each shift is one of x itself, in whatever order they come"""
    shifts = [2, 1, -1, 2]
    model, x, y, right = random_reader(student, rng, (3, 7, 2), 4, 83, shifts)
    close(
        student.shift_curve(model, x, y, shifts),
        right,
        f"A random model on 83 random images, with the shifts {shifts}.",
        atol=1e-3,
    )


@exercise("4.4", stage="oracle")
def test_the_curve_of_a_random_model(student, rng):
    """The whole curve of a random model on random images"""
    shifts = [-6, -3, -1, 0, 2, 3, 6]
    model, x, y, right = random_reader(student, rng, (5, 7, 1), 3, 101, shifts)
    close(
        student.shift_curve(model, x, y, shifts),
        right,
        "A random model on 101 random images, with seven shifts.",
        atol=1e-3,
    )


# 4.5 ---------------------------------------------------------------------------------------------

POOLED = np.array([[1, 3, -4, -8, 9], [5, -1, -2, -2, 0], [6, 0, 7, 1, 3]])
KINDS = {
    "max": lambda x: maxpool_nd(x, (2, 2)),
    "avg": lambda x: averagepool_nd(x, (2, 2)),
    "global": global_average,
}


@exercise("4.5", stage="contract")
def test_the_shapes_after_pooling(student):
    """x (2, 7, 5, 3) becomes (2, 3, 2, 3), or (2, 3) by global pooling"""
    x = np.arange(210.0).reshape(2, 7, 5, 3) % 13 - 6
    for kind, shape in (("max", (2, 3, 2, 3)), ("avg", (2, 3, 2, 3)), ("global", (2, 3))):
        contract(student, "pool", x, kind, shape=shape)


@exercise("4.5", stage="hand")
def test_the_map_of_the_text(student):
    """The map of the text: max (5, −2), avg (2, −4), global 1.2"""
    x = POOLED[None, :, :, None]
    for kind, right in (
        ("max", np.reshape([5, -2], (1, 1, 2, 1))),
        ("avg", np.reshape([2, -4], (1, 1, 2, 1))),
        ("global", [[1.2]]),
    ):
        close(student.pool(x, kind), right, f'kind "{kind}".', given={"x": POOLED})


@exercise("4.5", stage="probe")
def test_every_place_of_a_window_counts(student):
    """The largest may stand anywhere in a window, and all four count in the mean"""
    for place in range(4):
        x = -np.arange(1.0, 25).reshape(1, 4, 6, 1)
        x[0, 2 + place // 2, 4 + place % 2] = 50
        for kind in ("max", "avg"):
            close(
                student.pool(x, kind),
                KINDS[kind](x),
                f'kind "{kind}", negative numbers and a single 50.',
                given={"x": x[0, :, :, 0]},
            )


@exercise("4.5", stage="probe")
def test_whole_numbers_and_bytes(student):
    """Means of whole numbers and of bytes have fractions and do not overflow"""
    x = (np.arange(90).reshape(2, 5, 3, 3) * 37 % 251).astype(np.uint8)
    for kind in KINDS:
        for typed in (x, x.astype(np.int64)):
            close(
                student.pool(typed, kind),
                KINDS[kind](typed),
                f'kind "{kind}", numbers of type {typed.dtype}.',
            )


@exercise("4.5", stage="probe")
def test_other_kinds_are_refused(student):
    """Any other kind raises ValueError"""
    for kind in ("mean", "Max", ""):
        refuses(student.pool, np.ones((1, 2, 2, 1)), kind, says=f'kind "{kind}".')


@exercise("4.5")
def test_a_mean_is_never_above_the_maximum(student, rng):
    """In every window the mean is at most the maximum, and they are equal on a flat map"""
    x = rng.normal(size=(3, 5, 7, 2))
    by_max, by_mean = (as_numbers(student.pool(x, kind)) for kind in ("max", "avg"))
    holds(
        by_max.shape == by_mean.shape and (by_mean <= by_max + 1e-6).all(),
        "Somewhere the mean of a window is above its maximum.",
        got=by_mean,
        expected=by_max,
    )
    flat = np.broadcast_to(rng.normal(size=(2, 1, 1, 3)) - 5, (2, 4, 6, 3)).copy()
    for kind in ("max", "avg"):
        close(student.pool(flat, kind), flat[:, :2, :3], f'kind "{kind}", a flat map.')


@exercise("4.5", stage="oracle")
def test_pooling_of_any_images(student, rng):
    """Images of any size, each channel by itself"""
    for shape in ((2, 5, 7, 3), (3, 2, 11, 1), (1, 8, 3, 5)):
        x = rng.normal(size=shape)
        for kind, right in KINDS.items():
            close(student.pool(x, kind), right(x), f'kind "{kind}", x {shape}.')


# 4.6 ---------------------------------------------------------------------------------------------


def dropped(student, x, rate, training, rng):
    """The student's y and mask, checked to be two arrays of the shape of x."""
    got = student.dropout(x, rate, training, rng)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "Return two arrays: `return y, mask`.",
        got=got,
    )
    for name, part in zip(("y", "mask"), got, strict=True):
        holds(
            part is not None,
            f"{name} is None. Both are arrays of the shape of x; at inference the mask is ones.",
        )
    y, mask = (as_numbers(part) for part in got)
    for name, part in (("y", y), ("mask", mask)):
        holds(
            part.shape == np.shape(x),
            f"{name} has the shape {part.shape}, expected that of x, {np.shape(x)}.",
            got=part,
        )
    return y, mask


def share(dropped_entries, rate, says):
    """That the share of dropped entries is the rate, up to five standard deviations."""
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


@exercise("4.6", stage="contract")
def test_two_arrays_of_the_shape_of_x(student):
    """dropout returns y and mask, dropout_bwd one array, all of the shape of x"""
    x = np.arange(30.0).reshape(5, 2, 3) - 11
    contract(student, "dropout", x, 0.25, True, generator(student, 0))
    for training in (True, False):
        dropped(student, x, 0.25, training, generator(student, 0))
    contract(student, "dropout_bwd", x, np.ones(x.shape), shape=x.shape)


@exercise("4.6", stage="hand")
def test_the_way_back_of_the_text(student):
    """The way back of the text gives (4, 0, 4, 8)"""
    dout, mask = np.array([3.0, 3, 3, 6]), np.array([4 / 3, 0, 4 / 3, 4 / 3])
    close(student.dropout_bwd(dout, mask), [4, 0, 4, 8], given={"dout": dout, "mask": mask})


@exercise("4.6", stage="hand")
def test_entries_are_dropped_or_scaled(student):
    """With rate ¼ the entries of (3, 6, −9, 12) become 0, or 4, 8, −12, 16"""
    x = np.array([3.0, 6, -9, 12])
    for seed in range(6):
        y, mask = dropped(student, x, 0.25, True, generator(student, seed))
        kept = np.abs(mask) > 1e-6
        close(
            mask,
            np.where(kept, 4 / 3, 0),
            "Each entry of the mask is 0 or 4/3.",
            constant=True,
            given={"mask": mask},
        )
        close(y, x * mask, "y is x times the mask.", constant=True, given={"x": x, "mask": mask})


@exercise("4.6", stage="probe")
def test_inference_changes_nothing(student):
    """At inference y is x, and the mask is 1 everywhere"""
    x = np.arange(21.0).reshape(7, 3) - 10
    y, mask = dropped(student, x, 0.6, False, generator(student, 1))
    close(y, x, "training is False, so y should be x.", given={"x": x})
    close(mask, np.ones((7, 3)), "training is False: the mask.", constant=True)


@exercise("4.6", stage="probe")
def test_rate_is_the_share_that_is_dropped(student):
    """rate is the probability to drop an entry, not to keep it"""
    x = np.ones((71, 53))
    for rate in (0.2, 0.9):
        y, mask = dropped(student, x, rate, True, generator(student, 2))
        for name, part in (("y", y), ("mask", mask)):
            share(part == 0, rate, f"rate {rate}, {name}:")


@exercise("4.6", stage="probe")
def test_every_entry_has_a_draw_of_its_own(student):
    """Every entry is drawn by itself: rows and columns differ, and so do two calls"""
    x, rng = np.ones((40, 37)), generator(student, 3)
    _, mask = dropped(student, x, 0.5, True, rng)
    kept = mask != 0
    for axis, what in ((0, "rows"), (1, "columns")):
        holds(
            not (kept == np.take(kept, [0], axis=axis)).all(),
            f"All {what} of the mask are alike. Draw a number for each entry.",
            got=mask,
        )
        holds(
            not (kept.all(axis=axis) | ~kept.any(axis=axis)).all(),
            "Whole rows or columns are dropped together. Draw a number for each entry.",
            got=mask,
        )
    _, again = dropped(student, x, 0.5, True, rng)
    holds(
        not np.array_equal(kept, again != 0),
        "Two calls with the same generator gave the same mask. Draw anew in each call, from the "
        "generator that is given.",
        got=again,
    )
    masks = [dropped(student, x, 0.5, True, rng)[1] for _ in range(8)]
    holds(
        len({int(np.sum(m == 0)) for m in masks}) > 1,
        "In eight calls exactly the same number of entries was dropped. If each is drawn by "
        "itself, the number varies.",
        got=masks[0],
    )


@exercise("4.6")
def test_the_generator_decides(student):
    """Two generators of the same seed give the same mask"""
    x = np.ones((13, 11))
    (_, a), (_, b) = (dropped(student, x, 0.4, True, generator(student, 8)) for _ in range(2))
    close(b, a, "Two fresh generators of seed 8: the second mask should equal the first.")


@exercise("4.6")
def test_the_mean_stays(student, rng):
    """On average over many masks y is x"""
    x = rng.uniform(1, 3, size=(5, 3))
    rate, calls = 0.4, 600
    source = generator(student, int(rng.integers(1000)))
    got = each(student, "dropout", [(x, rate, True, source)] * calls)
    mean = np.mean([np.asarray(y) for y, _ in got], axis=0)
    # five standard deviations, also for those who take the rate for the probability to keep
    slack = 5 * x * np.sqrt((1 - rate) / rate / calls)
    holds(
        (np.abs(mean - x) <= slack).all(),
        f"The mean of y over {calls} calls with rate {rate} should be x, up to chance.",
        got=mean,
        expected=x,
    )


# 4.7 ---------------------------------------------------------------------------------------------

DRAWS = 400
SLACK = 0.13  # of 400 draws: further off once in 400,000 (Dvoretzky, Kiefer, Wolfowitz; Massart)
OVERSHOOT = 0.25  # splines of orders 2 to 5, turned and moved one after the other: up to 0.2
DARK = 0.8  # in a disc of 1: a hole is 0, and the same splines go down to 0.94


def blob(shape, row, column):
    """A bright square of 3×3 pixels on a dark field."""
    x = np.zeros((*shape, 1))
    x[row - 1 : row + 2, column - 1 : column + 2] = 1
    return x


def changed(student, x, rng, max_shift, max_angle, flip, draws=DRAWS):
    """Many images that the student's function makes of one: (draws, H, W)."""
    images = each(student, "augment", [(x, rng, max_shift, max_angle, flip)] * draws)
    out = as_numbers(images)
    holds(
        out.shape == (draws, *x.shape),
        f"x has the shape {x.shape}; the results should have it too, and have "
        f"{np.shape(images[0])}.",
        got=images[0],
    )
    return out[..., 0]


def centroids(images, says):
    """Where the ink of each image is, on average: rows and columns."""
    ink = images.sum(axis=(1, 2))
    holds(
        (ink > 0.1).all(),
        f"{says} In one of the results the bright square is not there at all.",
        got=images[int(np.argmin(ink))],
    )
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    return [(images * where).sum(axis=(1, 2)) / ink for where in (rows, columns)]


def uniform(values, largest):
    """How far draws are from uniform ones between ±largest: the largest distance of distribution
    functions, to the nearest of three: whole, fractional, fractional and then rounded."""
    t = np.arange(-4 * largest - 4, 4 * largest + 5) / 4 + 0.01
    found = (values[:, None] <= t).mean(axis=0)
    smooth = (t + largest) / (2 * largest)
    whole = (np.floor(t) + largest + 1) / (2 * largest + 1)
    rounded = (np.floor(t) + 0.5 + largest) / (2 * largest)
    return min(np.abs(found - np.clip(f, 0, 1)).max() for f in (smooth, whole, rounded))


def moves(student, seed, largest, shape=(15, 17)):
    """By how much 400 images were moved: rows and columns."""
    middle = shape[0] // 2, shape[1] // 2
    out = changed(student, blob(shape, *middle), generator(student, seed), largest, 0, False)
    says = f"max_shift {largest}, no turn, no flip."
    return [found - at for found, at in zip(centroids(out, says), middle, strict=True)]


def uniform_moves(student, seed, largest):
    down, right = moves(student, seed, largest)
    for values, what in ((down, "down"), (right, "to the right")):
        distance = uniform(values, largest)
        holds(
            distance <= SLACK and np.abs(values).max() <= largest + 0.5,
            f"With max_shift {largest}, {DRAWS} moves {what} lie between {values.min():.3g} and "
            f"{values.max():.3g} with a mean of {values.mean():.2g}. They should be uniform from "
            f"{-largest} to {largest}, both ends included.",
            got=np.round(values[:12], 2),
        )
    together = abs(float(np.corrcoef(down, right)[0, 1]))
    holds(
        together < 0.3,
        f"Moves down and to the right go together (correlation {together:.2f}): draw each of them "
        "by itself.",
        got=np.round(np.stack([down, right])[:, :8], 2),
    )


def turns(student, seed, largest, shape=(33, 31), radius=11):
    """By how much 400 images were turned, in degrees, and how far the square is from the centre."""
    centre = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    x = blob(shape, int(centre[0]), int(centre[1]) + radius)
    out = changed(student, x, generator(student, seed), 0, largest, False)
    rows, columns = centroids(out, f"max_angle {largest}, no move, no flip.")
    v, u = rows - centre[0], columns - centre[1]
    return np.degrees(np.arctan2(v, u)), np.hypot(u, v)


def uniform_turns(student, seed, largest):
    angle, distance = turns(student, seed, largest)
    holds(
        (np.abs(distance - 11) < 1).all(),
        "A square 11 pixels from the centre should stay 11 pixels from it when the image is "
        f"turned; it is now between {distance.min():.3g} and {distance.max():.3g} away.",
        got=np.round(distance[:12], 2),
    )
    holds(
        uniform(angle / largest * 8, 8) <= SLACK + 0.04  # a pixel is 5°: rounding blurs a little
        and np.abs(angle).max() <= largest + 6,
        f"With max_angle {largest} the turns should be uniform from −{largest}° to {largest}°; "
        f"{DRAWS} of them lie between {angle.min():.3g}° and {angle.max():.3g}°, and half of them "
        f"within {np.median(np.abs(angle)):.3g}°.",
        got=np.round(angle[:12], 1),
    )


@exercise("4.7", stage="contract")
def test_an_image_of_the_same_shape(student):
    """augment returns an image (H, W, 1) of floats, about as bright as x"""
    x = blob((9, 7), 4, 3)
    got = contract(student, "augment", x, generator(student, 0), 2, 20, True, shape=(9, 7, 1))
    low, high = float(np.min(got)), float(np.max(got))
    holds(
        low >= -OVERSHOOT and high <= 1 + OVERSHOOT,
        f"x lies between 0 and 1, and the result between {low:.3g} and {high:.3g}: further outside "
        "than a smooth curve through the pixels overshoots.",
        got=got,
    )


@exercise("4.7", stage="hand")
def test_nothing_asked_nothing_changed(student):
    """With max_shift 0, max_angle 0 and no flip it is x"""
    x = (np.arange(35.0).reshape(7, 5, 1) * 3 % 11) / 11
    for seed in range(3):
        close(student.augment(x, generator(student, seed), 0, 0, False), x, given={"x": x[:, :, 0]})


@exercise("4.7", stage="hand")
def test_what_is_safe_for_digits(student):
    """LABEL_SAFE names the changes after which every digit is still the same digit"""
    got = student.LABEL_SAFE
    holds(
        isinstance(got, str) and got != "",
        'LABEL_SAFE should be a string of letters, such as "bd".',
        got=got,
    )
    holds(
        set(got) <= set("abcd"),
        'LABEL_SAFE should be letters from a to d and nothing else, such as "bd": no capitals, no '
        "commas, no spaces.",
        got=got,
    )
    for letter, safe, why in (
        ("a", True, "a digit that is moved inside its field is still that digit."),
        ("b", True, "people write that slantingly all the time."),
        ("c", False, "what does a 6 look like when it stands on its head?"),
        ("d", False, "is the mirror image of a 2 a digit? And of a 7?"),
    ):
        holds((letter in got) == safe, f"Think about {letter} again: {why}", got=got)
    equal(got, "ab", "The letters in the order of the alphabet:")


@exercise("4.7", stage="probe")
def test_a_flip_mirrors_left_and_right_half_the_time(student):
    """Flip alone gives x or its mirror image, left to right, each about half the time"""
    x = (np.arange(35.0).reshape(7, 5, 1) ** 2 % 13) / 13
    out = changed(student, x, generator(student, 4), 0, 0, True)
    same = np.abs(out - x[:, :, 0]).max(axis=(1, 2)) < 1e-3
    mirrored = np.abs(out - x[:, ::-1, 0]).max(axis=(1, 2)) < 1e-3
    odd = np.flatnonzero(~(same | mirrored))
    if odd.size:
        holds(
            False,
            "With flip alone the result should be x, or x with its columns reversed.",
            got=out[odd[0]],
            expected=x[:, ::-1, 0],
        )
    holds(
        abs(mirrored.mean() - 0.5) <= 0.125,
        f"Of {DRAWS} images {int(mirrored.sum())} are mirrored; it should be about half.",
        got=float(mirrored.mean()),
        expected=0.5,
    )


@exercise("4.7", stage="probe")
def test_what_comes_in_is_background(student):
    """What comes in at the edges is background, not the other side or a copy of the edge"""
    x = np.ones((6, 5, 1))
    x[:, :2] = 0.5
    out = changed(student, x, generator(student, 5), 2, 0, False, draws=60)
    lost = x.sum() - out.sum(axis=(1, 2))
    holds(
        (lost >= -1e-6).all() and lost.max() > 4,
        "A field full of ink was moved. What leaves it must be lost, and 0 come in.",
        got=out[int(np.argmin(lost))],
    )


@exercise("4.7", stage="probe")
def test_moves_are_uniform(student):
    """Moves are uniform from −max_shift to max_shift, down and to the right independently"""
    for largest in (1, 3):
        uniform_moves(student, 10 + largest, largest)


@exercise("4.7", stage="probe")
def test_turns_are_uniform_and_about_the_centre(student):
    """Turns are uniform from −max_angle to max_angle degrees, about the centre"""
    uniform_turns(student, 6, 40)


def in_the_middle(shape):
    """A bright square in the very middle: 3×3 pixels of an odd side, 4 of an even one."""
    x = np.zeros((*shape, 1))
    (top, left), (bottom, right) = ([(n - 3) // 2 for n in shape], [n // 2 + 2 for n in shape])
    x[top:bottom, left:right] = 1
    return x


def middle_stays(student, seed, shape, largest):
    """That a square in the middle stays there, on average, when the image is turned."""
    out = changed(student, in_the_middle(shape), generator(student, seed), 0, largest, False)
    rows, columns = centroids(out, f"max_angle {largest}, no move, no flip.")
    middle = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    off = float(rows.mean()) - middle[0], float(columns.mean()) - middle[1]
    holds(
        max(map(abs, off)) <= 0.2,
        f"In an image of {shape[0]}×{shape[1]} pixels the centre is at ({middle[0]:g}, "
        f"{middle[1]:g}). A square that lies there should stay when the image is turned by up to "
        f"{largest}°; {DRAWS} of them lie on average {off[0]:+.2f} rows and {off[1]:+.2f} columns "
        "away from it. The centre is at (H − 1)/2 and (W − 1)/2, and where a pixel comes from is "
        "rounded, not cut off.",
        got=np.round(np.stack([rows, columns])[:, :8], 2),
    )


@exercise("4.7", stage="probe")
def test_the_middle_stays_in_place(student):
    """A square in the middle stays there when the image is turned, by little or by any angle"""
    middle_stays(student, 12, (19, 17), 20)
    middle_stays(student, 13, (18, 22), 180)


@exercise("4.7")
def test_a_turned_disc_has_no_holes(student):
    """A turned disc is still a disc, without holes"""
    r, c = np.mgrid[:25, :27]
    x = (np.hypot(r - 12, c - 13) < 10)[:, :, None] * 1.0
    out = changed(student, x, generator(student, 7), 0, 45, False, draws=20)
    inside = np.hypot(r - 12, c - 13) < 8
    least = out[:, inside].min(axis=1)
    holds(
        (least > DARK).all(),
        "A bright disc was turned about its centre, and inside it a pixel of 1 is now "
        f"{least.min():.2g}: a hole. Go backward: ask of every pixel of the result where it comes "
        "from.",
        got=out[int(np.argmin(least))],
        expected=x[:, :, 0],
    )


@exercise("4.7")
def test_all_chance_comes_from_rng(student):
    """Generators of the same seed give the same image; one generator, another one each time"""
    x = blob((15, 13), 6, 5)
    settings = (3, 30, True)
    a, b = (changed(student, x, generator(student, 9), *settings, draws=8) for _ in range(2))
    close(b, a, "Eight images each, from two fresh generators of seed 9.")
    holds(
        any(not np.allclose(image, a[0]) for image in a[1:]),
        "Eight calls with the same generator gave the same image eight times.",
        got=a[0],
    )


# 4.8 ---------------------------------------------------------------------------------------------


def first_sixty(rng):
    """Bars of which only the first 60 labels are right, the first 8 of them digits 0 to 3; of the
    test labels, 6 in 10 are."""
    y = np.concatenate([np.arange(8) % 4, np.arange(52) % 10, np.arange(180) % 10])
    y_test = np.repeat(np.arange(10), 10)
    labels = np.where(np.arange(240) < 60, y, (y + 3) % 10)
    said = np.where(np.arange(100) % 10 < 6, y_test, (y_test + 5) % 10)
    return (bars(rng, y), labels), (bars(rng, y_test), said)


SAME = 20  # of each test image: a model that is only tested says the same of all of them


def by_heart(rng, n=300):
    """Fields of dots with labels that were drawn at random. The test part is half of them, each
    twenty times."""
    x = np.zeros((n, 20, 20, 1), "float32")
    places = rng.integers(2, 18, size=(n, 9, 2))
    for image, dots_of_it in zip(x, places, strict=True):
        image[tuple(dots_of_it.T)] = 1
    y = rng.integers(0, 10, size=n)
    return (x, y), (np.repeat(x[: n // 2], SAME, axis=0), np.repeat(y[: n // 2], SAME))


def ten_digits(rng, seed):
    """Ten digits in the middle of the field to learn from. To test, the same ten, each moved in
    twelve ways by up to 2 pixels, and each of these twenty times."""
    (x, y), _ = placed_digits(20, 200, 1, seed, centred=True)
    first = [int(np.flatnonzero(y == digit)[0]) for digit in range(10)]
    x, y = x[first], y[first]
    moved = [
        np.roll(image, rng.integers(-2, 3, size=2), axis=(0, 1))  # far from the edges: none wraps
        for image in np.repeat(x, 12, axis=0)
    ]
    return (x, y), (np.repeat(np.stack(moved), SAME, axis=0), np.repeat(y, 12 * SAME))


def only_tested(found, parts):
    """That every copy of a test image was answered alike."""
    right = float(found) * len(parts[1][1])
    holds(
        abs(right / SAME - round(right / SAME)) < 0.01,
        f"Each test image is there {SAME} times, so the number of right answers should be a "
        f"multiple of {SAME}; it is {right:.0f}. Are test images changed, or does the dropout "
        "drop units in the test too? Call the model as it is on the images as they are.",
        got=found,
    )


def corners(shape=(12, 12)):
    """Fields with a short bar in one corner: labels 0 and 1 at the top, left and right, 2 and 3 at
    the bottom. To test, each image twenty times: 40 like these, and nine with a bar at the top
    further and further right; the net sees a border between them, where an image that is moved is
    read otherwise."""
    H, W = shape
    left, right, top, bottom = 1, W - 3, 1, H - 4

    def drawn(places):
        x = np.full((len(places), H, W, 1), 0.05, "float32")
        for image, (row, column) in zip(x, places, strict=True):
            image[row : row + 3, column : column + 2] = 0.9
        return x

    four = [(top, left), (top, right), (bottom, left), (bottom, right)]
    along = [(top, column) for column in range(left, right + 1)]
    sides = [int(column > (left + right) / 2) for _, column in along]
    train = drawn(four * 2), np.array([0, 1, 2, 3] * 2)
    test = drawn(four * 10 + along), np.array([0, 1, 2, 3] * 10 + sides)
    return train, tuple(np.repeat(part, SAME, axis=0) for part in test)


SIXTY = first_sixty(np.random.default_rng(48))
HEART = by_heart(np.random.default_rng(4))
TEN = ten_digits(np.random.default_rng(5), 5)
CORNERS = corners()


def curve(student, n_list, with_aug, with_dropout, seed, parts=None):
    """The student's accuracies, checked to be one for each n."""
    args = (n_list, with_aug, with_dropout, seed)
    got = once(student, "learning_curve", *(args if parts is None else (*args, parts)))
    found = as_numbers(got)
    holds(
        found.shape == (len(n_list),),
        f"learning_curve should return one accuracy for each of {n_list}.",
        got=got,
    )
    holds(
        (found >= 0).all() and (found <= 1).all(),
        "Accuracies lie between 0 and 1.",
        got=got,
    )
    return found


@exercise("4.8", stage="contract")
def test_a_net_and_a_curve(student):
    """Both functions have their parameters, and dropout_lenet has the weights of LeNet"""
    wanted = ("n_list", "with_aug", "with_dropout", "seed", "parts")
    equal(parameters(student, "learning_curve")[:5], wanted, "The parameters of learning_curve:")
    wanted = ("input_shape", "n_classes", "rate")
    equal(parameters(student, "dropout_lenet")[:3], wanted, "The parameters of dropout_lenet:")
    net = lenet_of(student, (15, 18, 2), 7, "dropout_lenet", 0.5)
    trainable = [weight for weight in net.weights if weight.trainable]
    equal(len(trainable), 10, "Arrays of weights:")


def masks_of(student, rate, rows=150):
    """What becomes of ones on the way through the net in training: at the end of the net; after
    the last dropout only; through the whole net. Each (rows, 7)."""
    shape, n = (12, 12, 1), 7
    net = lenet_of(student, shape, n, "dropout_lenet", rate)
    order = lenet_shapes(shape, n)
    x = np.ones((rows, *shape), "float32")

    def through(K1, b1, K2, b2, W1, b3, W2, b4, W3, b5):
        values = (K1, b1, K2, b2, W1, b3, W2, b4, W3, b5)
        filled = []
        for s, value in zip(order, values, strict=True):
            filled.append(np.eye(*s) if value == "eye" else np.full(s, float(value)))
        spread = [filled[order.index(w.shape)] for w in net.weights if w.shape in order]
        holds(len(spread) == len(net.weights) == 10, "The weights should be LeNet's.")
        net.set_weights(spread)
        return as_numbers(net(x, training=True))

    end = through(0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    last = through(0, 0, 0, 0, 0, 0, 0, 1, "eye", 0)
    whole = through(0, 1, 0, 1, "eye", 0, "eye", 0, "eye", 0)
    return end, last, whole


@exercise("4.8", stage="probe")
def test_dropout_after_the_two_hidden_dense_layers(student):
    """Dropout stands after each of the two hidden dense layers and nowhere else"""
    rate = 0.25
    end, last, whole = masks_of(student, rate)
    close(end, np.ones(end.shape), "The logits themselves are not dropped.", constant=True)
    for found, count, where in (
        (last, 1, "after the layer of 84 units"),
        (whole, 2, "after both hidden dense layers, and nowhere before"),
    ):
        scale = 1 / (1 - rate) ** count
        holds(
            (np.isclose(found, 0, atol=1e-4) | np.isclose(found, scale, rtol=1e-3)).all(),
            f"There should be dropout {where}: in training, ones that pass it are 0 or {scale:.4g} "
            f"with rate {rate}.",
            got=found[:5],
        )
        share(np.abs(found) < 1e-3, 1 - (1 - rate) ** count, f"Dropout {where}:")


@exercise("4.8", stage="probe")
def test_without_training_it_is_lenet(student, rng):
    """Outside training, and with rate 0, it computes what LeNet computes"""
    shape, n = (13, 16, 1), 5
    weights, x = random_weights(shape, n, rng), rng.normal(size=(3, *shape)).astype("float32")
    for rate, training in ((0.5, False), (0.0, True)):
        net = lenet_of(student, shape, n, "dropout_lenet", rate)
        fill(net, shape, n, weights)
        close(
            net(x, training=training),
            lenet(x, weights),
            f"Rate {rate}, training={training}.",
            rtol=1e-3,
            atol=1e-3,
        )


@exercise("4.8", stage="probe")
def test_only_the_first_n_and_no_test_image(student):
    """Only the first n training images are learned from, and no test image"""
    sixty, _ = curve(student, [60, 8], False, False, 3, SIXTY)
    holds(
        abs(sixty - 0.6) <= 0.08,
        f"The accuracy for n = 60 is {sixty:.3g}, and 0.6 is right. The first 60 labels are right, "
        "all others of the training part are wrong; of the test labels 6 in 10 are right. A higher "
        "accuracy means that the net has learned test images; a lower one, that it has learned "
        "from others than the first 60, or not enough.",
        got=sixty,
        expected=0.6,
    )


@exercise("4.8", stage="probe")
def test_every_n_begins_with_a_new_net(student):
    """Every n begins with a new net: after 60 images, 8 with four digits teach four digits"""
    _, eight = curve(student, [60, 8], False, False, 3, SIXTY)
    holds(
        eight <= 0.4,
        f"The accuracy for n = 8 is {eight:.3g}. The first 8 images show only the digits 0 to 3, "
        "so most of the test digits cannot be known, unless the net has learned them before, for "
        "another n.",
        got=eight,
    )


@exercise("4.8")
def test_augmentation_here_is_without_flip(student):
    """With augmentation left stays left, and the test images stay as they are"""
    (found,) = curve(student, [8], True, False, 2, CORNERS)
    only_tested(found, CORNERS)
    holds(
        found >= 0.88,
        "Each image has a bar in one of four corners, and its label says which. After learning "
        f"from two of each, {found:.3g} of the test images are read right; it should be 0.88 at "
        "least. With mirrored copies nobody can tell left from right: "
        "`augment(image, rng, 2, 10, False)`.",
        got=found,
    )


@exercise("4.8")
def test_dropout_hinders_learning_by_heart(student):
    """With dropout most of 300 random labels are not learned by heart, without it most are"""
    (plain,) = curve(student, [300], False, False, 1, HEART)
    holds(
        plain >= 0.72,
        "The labels of 300 images were drawn at random. A plain LeNet learns more than 0.8 of "
        f"them; yours, with with_dropout=False, has learned {plain:.3g}. Does it drop units all "
        "the same, or see fewer than ⌊6000/300⌋ = 20 copies of each?",
        got=plain,
    )
    (found,) = curve(student, [300], False, True, 1, HEART)
    only_tested(found, HEART)
    holds(
        found <= 0.7,
        f"The labels of 300 images were drawn at random. With dropout the net has learned "
        f"{found:.3g} of them; it should be 0.7 at most. A plain LeNet learns more than 0.8.",
        got=found,
    )


@exercise("4.8")
def test_augmentation_teaches_moved_digits(student):
    """With augmentation ten digits in the middle teach to read the same ten where they moved"""
    (found,) = curve(student, [10], True, False, 1, TEN)
    only_tested(found, TEN)
    holds(
        found >= 0.55,
        "The net has learned from ten digits in the middle of the field, each copied 600 times, "
        "every copy through augment. Of the same ten, moved by up to 2 pixels, it reads "
        f"{found:.3g}; it should be 0.55 at least. Without augmentation it is about a third, and "
        "less if each image is changed once and copied after that.",
        got=found,
    )


# What wrong answers are told apart by ------------------------------------------------------------


def wave(shape, step=0.7):
    """Numbers that are drawn from nothing: the same for everybody."""
    k = np.arange(int(np.prod(shape)))
    return np.sin(step * k + 0.013 * k**2 + 0.3).reshape(shape)


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


def _dark(net):
    """What one hidden unit lets through of images that it would answer with a negative number."""
    shapes = [w.shape for w in net.weights]
    first = next(number for number, s in enumerate(shapes) if len(s) == 2)
    net.set_weights(
        [np.full(s, (-1.0 if k == first else 1.0) * (len(s) == 2)) for k, s in enumerate(shapes)]
    )
    return float(np.round(as_numbers(net(np.ones((1, 4, 3, 1), "float32")))[0, 0], 3))


def probe_twin(student):
    """How large the nets are, and what kind of function they compute."""
    sizes = []
    for shape, n, h in (((5, 3, 2), 4, 20), ((3, 2, 1), 11, 40), ((4, 3, 1), 2, 30)):
        sizes.append(
            models.model(student.build_dense_twin(shape, n, one_layer(shape, n, h))).parameters
        )
    net = models.model(student.build_dense_twin((4, 3, 1), 5, one_layer((4, 3, 1), 5, 30)))
    net.set_weights([wave(w.shape) * (len(w.shape) != 1) for w in net.weights])
    x = wave((31, 4, 3, 1), 0.37).astype("float32")
    out, twice, negative = (as_numbers(net(factor * x)) for factor in (1, 2, -1))
    return {
        "sizes": sizes,
        "below 0": bool((out < 0).any()),
        "twice": bool(np.allclose(twice, 2 * out, atol=1e-3)),
        "odd": bool(np.allclose(negative, -out, atol=1e-3)),
        "dark": _dark(net),
        "biases": [sum(len(w.shape) == rank for w in net.weights) for rank in (1, 2)],
        "convolution": any(len(w.shape) > 2 for w in net.weights),
    }


def probe_shifts(student):
    """Curves of the model that says where a dot is."""
    x, y = dots()
    x[:, 0, -1] += 0.3 * (np.arange(5) % 2)[:, None]
    reader = column_reader(student)
    return [
        student.shift_curve(reader, x, labels, [0, 1, -2, 5, 3, 3])
        for labels in (y, np.full(5, 5), np.zeros(5, int))
    ]


def probe_dropout(student):
    """What is true of the masks, whichever way they are drawn."""
    x, rng = 2 + wave((29, 31)), generator(student, 5)
    (y, mask), (_, again) = (dropped(student, x, 0.2, True, rng) for _ in range(2))
    _, same = dropped(student, x, 0.2, True, generator(student, 5))
    resting, ones = dropped(student, x, 0.2, False, rng)
    counts = [np.sum(dropped(student, np.ones(20), 0.3, True, rng)[1] == 0) for _ in range(20)]
    return {
        "mostly dropped": bool((y == 0).mean() > 0.5),
        "scales": sorted({float(np.round(v, 4)) for v in mask.ravel()}),
        "scaled": sorted({float(np.round(v, 4)) for v in (y / x).ravel()}),
        "rows alike": bool((mask == mask[:1]).all()),
        "again": bool(np.array_equal(mask, again)),
        "same": bool(np.array_equal(mask, same)),
        "resting": bool(np.allclose(resting, x)) or float(np.round((resting / x).max(), 4)),
        "ones": sorted({float(np.round(v, 4)) for v in ones.ravel()}),
        "one count": len(set(map(int, counts))) == 1,
        "back": student.dropout_bwd(np.array([3.0, -1, 4, 2]), np.array([1.25, 0, 1.25, 2])),
    }


def probe_augment(student):
    """What is true of many results, whichever way they are drawn."""

    def many(x, *settings, draws=200):
        images = each(student, "augment", [(x, generator(student, 3), *settings)] * draws)
        return as_numbers(images)[..., 0]

    def middle(images):
        ink = np.maximum(images.sum(axis=(1, 2)), 1e-9)
        r, c = np.mgrid[: images.shape[1], : images.shape[2]]
        return [(images * where).sum(axis=(1, 2)) / ink for where in (r, c)]

    source = generator(student, 3)
    one, two = (as_numbers(student.augment(blob((9, 9), 4, 4), source, 3, 0, False)) for _ in "ab")
    down, right = middle(
        as_numbers(each(student, "augment", [(blob((15, 17), 7, 8), source, 2, 0, False)] * 300))[
            ..., 0
        ]
    )
    turned = as_numbers(
        each(student, "augment", [(blob((33, 33), 16, 27), source, 0, 40, False)] * 200)
    )[..., 0]
    r, c = middle(turned)
    angle = np.degrees(np.arctan2(r - 16, c - 16))
    centre = middle(
        as_numbers(each(student, "augment", [(blob((33, 33), 16, 16), source, 0, 40, False)] * 20))[
            ..., 0
        ]
    )

    def off_the_middle(shape, largest):
        """By how many half pixels a square in the middle is moved when the image is turned."""
        found = middle(many(in_the_middle(shape), 0, largest, False))
        return [int(np.rint(2 * np.mean(f) - (n - 1))) for f, n in zip(found, shape, strict=True)]

    x = wave((7, 5, 1))
    flips = as_numbers(each(student, "augment", [(x, source, 0, 0, True)] * 60))
    plain = as_numbers(each(student, "augment", [(x, source, 0, 0, False)] * 60))
    full = as_numbers(each(student, "augment", [(np.ones((9, 9, 1)), source, 2, 0, False)] * 40))
    full[:, 4, 4] = 1
    ramp = np.arange(1.0, 82).reshape(9, 9, 1)
    ramps = as_numbers(each(student, "augment", [(ramp, source, 2, 0, False)] * 40))
    rr, cc = np.mgrid[:25, :25] - 12
    disc = (np.hypot(rr, cc) < 10)[:, :, None] * 1.0
    discs = as_numbers(each(student, "augment", [(disc, source, 0, 40, False)] * 20))[..., 0]
    return {
        "moves": sorted({int(np.rint(v)) for v in down - 7}),
        "alike": bool(np.allclose(down - 7, right - 8)),
        "another": bool(not np.allclose(one, two) or len(set(np.round(down, 3))) > 1),
        "turns": [
            bool((angle > 5).any()),
            bool((angle < -5).any()),
            bool(np.abs(angle).max() > 50),
            bool(np.abs(angle).max() > 100),
        ],
        "between": bool((np.abs(np.abs(angle) - 20) < 10).any()),
        "centre": bool(np.abs(np.array(centre) - 16).max() < 1),
        "spun": [off_the_middle(shape, 180) for shape in ((19, 17), (18, 22))],
        "leant": off_the_middle((18, 22), 20),
        "mirrored": [
            bool(any(np.allclose(f, seen) for f in flips)) for seen in (x, x[:, ::-1], x[::-1])
        ],
        "unasked": bool(not np.allclose(plain, x)),
        "empty": bool((full == 0).any()),
        "sum kept": bool(np.allclose(ramps.sum(axis=(1, 2)), ramp.sum())),
        "holes": bool((discs[:, np.hypot(rr, cc) < 8] < 0.9).any()),
        "label": student.LABEL_SAFE,
    }


PROBES = {
    "4.1": [probe_lenet],
    "4.2": [probe_twin],
    "4.4": [probe_shifts],
    "4.5": [
        ("pool", (POOLED[None, :, :, None], "max")),
        ("pool", (np.stack([POOLED, -POOLED], axis=-1)[None] * 3 - 1, "max")),
        ("pool", (np.stack([POOLED, 2 - POOLED], axis=-1)[None], "avg")),
        ("pool", (np.stack([POOLED, 2 - POOLED], axis=-1)[None], "global")),
        ("pool", (np.ones((1, 2, 2, 1)), "mean")),
    ],
    "4.6": [probe_dropout],
    "4.7": [probe_augment],
}
