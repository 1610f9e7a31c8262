"""The checks that students see: `check("5.2")` runs those of an exercise, in the order of their
stages, and explains the first that fails."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import (
    close,
    contract,
    each,
    equal,
    exercise,
    generator,
    holds,
    models,
    refuses,
)
from nablab.checking.expect import as_numbers
from nablab.reference.activation import gelu
from nablab.reference.initialization import (
    activate,
    backward_deviations,
    dense_step_back,
    fans,
    forward_deviations,
    gelu_gradient,
    tanh_net_descent,
)
from nablab.sandbox.student import StudentError, arguments_after_call

# 5.1 ---------------------------------------------------------------------------------------------


@exercise("5.1", stage="contract")
def test_fans_returns_two_numbers(student):
    """fans takes a shape and a kind and returns two numbers"""
    contract(student, "fans", (3, 5, 7, 11), shape=(2,))


@exercise("5.1", stage="hand")
def test_the_kernels_of_the_text(student):
    """The kernels of the text have the fans 105 and 165, and 15 and 30"""
    equal(student.fans((3, 5, 7, 11), "conv"), (105, 165), "The convolution (3, 5, 7, 11).")
    equal(student.fans((3, 5, 7, 2), "depthwise"), (15, 30), "The depthwise (3, 5, 7, 2).")


@exercise("5.1", stage="hand")
def test_a_dense_kernel(student):
    """A dense kernel (10, 4) has the fans 10 and 4, and "conv" may be said of it too"""
    equal(student.fans((10, 4), "dense"), (10, 4), 'The dense kernel (10, 4), said to be "dense".')
    equal(student.fans((10, 4), "conv"), (10, 4), "The dense kernel (10, 4), as a convolution's.")
    equal(student.fans((10, 4)), (10, 4), 'No kind is given, so it is "conv".')


@exercise("5.1", stage="probe")
def test_windows_of_one_and_three_sides(student):
    """A window may have one side or three"""
    for shape, kind, right in (
        ((3, 5, 7), "conv", (15, 21)),
        ((2, 3, 5, 7, 11), "conv", (210, 330)),
        ((5, 7, 3), "depthwise", (5, 15)),
        ((2, 3, 5, 7, 11), "depthwise", (30, 330)),
    ):
        equal(student.fans(shape, kind), right, f"The {kind} kernel {shape}.")


@exercise("5.1", stage="probe")
def test_what_is_no_kernel(student):
    """An unknown kind and a shape of too few axes raise ValueError"""
    refuses(student.fans, (3, 5), "pooling", says='There is no kind "pooling".')
    refuses(student.fans, (7,), "conv", says="The shape (7,) has one axis.")
    refuses(student.fans, (3, 5, 7), "dense", says="A dense kernel has two axes, not three.")
    refuses(student.fans, (5, 7), "depthwise", says="A depthwise kernel has a window.")


@exercise("5.1")
def test_both_fans_count_the_same_products(student, rng):
    """fan_in times the outputs and fan_out times the inputs both count all weights"""
    for _ in range(5):
        shape = tuple(int(n) for n in rng.integers(2, 13, size=rng.integers(2, 6)))
        got = as_numbers(student.fans(shape, "conv"))
        close(
            got * shape[:-3:-1],
            [np.prod(shape)] * 2,
            f"fan_in · {shape[-1]} and fan_out · {shape[-2]} for the kernel {shape}.",
            constant=True,
        )


# 5.2 ---------------------------------------------------------------------------------------------

DENSE, CONV = (211, 307), (3, 5, 37, 101)
DRAWS = ("he_normal", "glorot_uniform")


def deviation(name, shape):
    """The standard deviation that a recipe asks for."""
    fan_in, fan_out = fans(shape)
    return float(np.sqrt(2 / fan_in if name == "he_normal" else 2 / (fan_in + fan_out)))


def drawn(student, name, shape, seed):
    """What a student's recipe draws, checked to be an array of that shape."""
    return weights_of(getattr(student, name)(shape, generator(student, seed)), name, shape)


def weights_of(got, name, shape):
    got = as_numbers(got, says=f"{name}:")
    holds(got.shape == tuple(shape), f"{name}{shape} returned the shape {got.shape}.", got=got)
    holds(np.isfinite(got).all(), f"{name} drew numbers that are not finite.", got=got)
    return got.astype(float)


def spread_is_right(weights, name, shape, within=0.02):
    """Mean 0 and the recipe's standard deviation, up to what so many draws allow."""
    wanted = deviation(name, shape)
    formula = "√(2 / fan_in)" if name == "he_normal" else "√(2 / (fan_in + fan_out))"
    holds(
        abs(weights.std() / wanted - 1) < within,
        f"{name} of {shape}: the standard deviation of {weights.size:,} weights is "
        f"{weights.std():.4g}, and should be {formula} = {wanted:.4g}.",
        got=weights.std(),
        expected=wanted,
    )
    holds(
        abs(weights.mean()) < 6 * wanted / np.sqrt(weights.size),
        f"{name} of {shape}: the mean of {weights.size:,} weights is {weights.mean():.3g}, and "
        "should be 0 but for chance.",
        got=weights.mean(),
        expected=0.0,
    )


@exercise("5.2", stage="contract")
def test_two_arrays_and_a_word(student):
    """Both recipes return arrays of the shape asked for, and the constant is one of the words"""
    for name in DRAWS:
        contract(student, name, (7, 5), generator(student, 1), shape=(7, 5))
        contract(student, name, (3, 2, 7, 5), generator(student, 1), shape=(3, 2, 7, 5))
    word = student.KERAS_HE_NORMAL
    holds(
        isinstance(word, str) and word in ("normal", "truncated"),
        'Set KERAS_HE_NORMAL to "normal" or "truncated".',
        got=word,
    )


@exercise("5.2", stage="hand")
def test_the_kernel_of_the_text(student):
    """The dense kernel (8, 4) has the deviations 0.5 and 0.408"""
    for name in DRAWS:
        rng = generator(student, 2)
        kernels = each(student, name, [((8, 4), rng)] * 800)
        weights = np.stack([weights_of(kernel, name, (8, 4)) for kernel in kernels])
        spread_is_right(weights, name, (8, 4), within=0.03)


@exercise("5.2", stage="hand")
def test_what_keras_draws(student):
    """What you say of Keras's HeNormal is what the picture shows"""
    word = student.KERAS_HE_NORMAL
    holds(
        isinstance(word, str) and word == "truncated",
        "Look at the orange histogram again: of 160,000 normal numbers about 3,700 lie further out "
        "than 2.27 standard deviations. How many do you see there?",
        got=word,
    )


@exercise("5.2", stage="probe")
def test_a_dense_kernel_and_a_convolutions(student):
    """A wide dense kernel and a convolution's have the right standard deviations"""
    for shape in (DENSE, CONV):
        for name in DRAWS:
            spread_is_right(drawn(student, name, shape, 3), name, shape)


@exercise("5.2", stage="probe")
def test_the_bounds_of_the_uniform_draws(student):
    """glorot_uniform fills the space between its bounds evenly, and goes nowhere beyond"""
    for shape in (DENSE, CONV):
        bound = np.sqrt(3) * deviation("glorot_uniform", shape)
        weights = drawn(student, "glorot_uniform", shape, 4) / bound
        for edge, what in ((weights.max(), "largest"), (-weights.min(), "smallest")):
            holds(
                0.99 < edge < 1.00001,
                f"glorot_uniform of {shape}: the {what} weight is at {edge:.3f} of the bound "
                "√(6 / (fan_in + fan_out)); of so many draws it should come close to it and stay "
                "within.",
                got=edge,
                expected=1.0,
            )
        share = np.mean(np.abs(weights) < 0.5)
        holds(
            abs(share - 0.5) < 0.015,
            f"glorot_uniform of {shape}: {100 * share:.0f} % of the weights lie in the middle half "
            "between the bounds, and 50 % should.",
            got=share,
            expected=0.5,
        )


@exercise("5.2", stage="probe")
def test_the_normal_draws_form_a_bell(student):
    """he_normal draws a bell: many small weights, few large ones"""
    weights = np.abs(drawn(student, "he_normal", DENSE, 5)) / deviation("he_normal", DENSE)
    near, far = np.mean(weights < 0.5), np.mean(weights > 1.8)
    # 38.3 % and 7.2 % of a normal distribution, 35.6 % and 7.1 % of one cut off at ±2, each ±0.2 %
    # by chance; the bounds are eight times that away. A uniform one has 29 % and none.
    holds(
        0.34 < near < 0.42 and 0.045 < far < 0.1,
        f"{100 * near:.1f} % of the weights are within half a standard deviation and "
        f"{100 * far:.1f} % beyond 1.8 of them; for a normal distribution, truncated or not, it is "
        "about 37 % and 6 %.",
    )


@exercise("5.2")
def test_the_generator_decides(student):
    """Equal seeds give equal weights, other seeds others, and so does a second draw"""
    for name in DRAWS:
        rng = generator(student, 6)
        first, second = (
            weights_of(student_draw, name, (7, 5))
            for student_draw in each(student, name, [((7, 5), rng)] * 2)
        )
        again, other = (drawn(student, name, (7, 5), seed) for seed in (6, 7))
        holds(
            np.array_equal(first, again),
            f"{name}: two generators of the same seed gave different weights. Draw from rng only.",
        )
        holds(
            not np.allclose(first, other) and not np.allclose(first, second),
            f"{name}: two draws that should differ are equal. Draw from the generator that is "
            "given, and make no new one.",
        )


# 5.3 ---------------------------------------------------------------------------------------------


def logs_of(student, name, calls):
    """Logarithms of what propagate or grad_propagate returns for each (depth, width, act, scale,
    seed), as an array (calls, depth)."""
    asked = [(*call, generator(student, seed)) for *call, seed in calls]
    found = []
    for got, (depth, width, act, scale, _) in zip(each(student, name, asked), asked, strict=True):
        what = f"{name}({depth}, {width}, {act!r}, {scale:g}, rng)"
        got = as_numbers(got, says=f"{what}:")
        holds(
            got.shape == (depth,),
            f"{what} has the shape {got.shape}, expected ({depth},).",
            got=got,
        )
        holds(
            np.isfinite(got).all() and (got > 0).all(),
            f"{what} holds standard deviations that are 0, negative or not finite.",
            got=got,
        )
        found.append(np.log(got.astype(float)))
    return np.array(found)


def sizes_are(logs, expected, within, says):
    """The geometric mean over the runs is `expected`, layer by layer, up to chance."""
    got = np.exp(logs.mean(axis=0))
    expected = np.broadcast_to(expected, got.shape)
    off = np.abs(np.log(got / expected))
    layer = int(np.argmax(off - within))
    holds(
        (off < within).all(),
        f"{says} Entry {layer} is {got[layer]:.3g}, expected about {expected[layer]:.3g}.",
        got=got,
        expected=np.array(expected),
    )


# Many layers of five units, linear and of scale 1: chance makes the size fall by this much a layer
# (half of digamma(5/2) + log(2/5)), with a spread of 0.025 over 200 layers. A single matrix for all
# layers grows or falls by its largest eigenvalue, with a spread of 0.25. Of 16 networks with new
# weights the spread is above 0.06, or the mean off by 0.045, with a chance below 1 in 10 million;
# with a single matrix for all layers both are below that with the same chance.
DEEP, PACE_OF_FIVE, NETWORKS = 200, -0.107, 16


def change_is(logs, scale, within, says):
    """From the first entry to the last the size changes by √(scale/2) an entry, up to chance."""
    steps = logs.shape[1] - 1
    factor = float(np.exp(np.mean(logs[:, -1] - logs[:, 0]) / steps))
    wanted = float(np.sqrt(scale / 2))
    holds(
        abs(np.log(factor / wanted)) < within,
        f"{says} From entry to entry the size is multiplied by {factor:.3f} on average, and should "
        f"be by √({scale:g}/2) = {wanted:.3f}.",
        got=factor,
        expected=wanted,
    )


@exercise("5.3", stage="contract")
def test_one_number_for_each_layer(student):
    """propagate returns one number for each layer"""
    contract(student, "propagate", 5, 13, "relu", 2.0, generator(student, 1), shape=(5,))


@exercise("5.3", stage="hand")
def test_the_first_layer_of_the_text(student):
    """The first ReLU layer at scale 2 has the deviation 0.826, as in the text"""
    logs = logs_of(student, "propagate", [(1, 200, "relu", 2.0, seed) for seed in (1, 2, 3)])
    sizes_are(logs, 0.8256, 0.05, "relu, scale 2, a single layer.")


@exercise("5.3", stage="probe")
def test_linear_layers(student):
    """A linear layer multiplies the size by the root of the scale"""
    for scale in (1.0, 4.0):
        logs = logs_of(
            student, "propagate", [(3, 200, "linear", scale, seed) for seed in (4, 5, 6)]
        )
        sizes_are(logs, np.sqrt(scale) ** np.arange(1, 4), 0.1, f"linear, scale {scale:g}.")


@exercise("5.3", stage="probe")
def test_the_whole_layer_counts(student):
    """All numbers of a layer count together, not unit by unit"""
    logs = logs_of(student, "propagate", [(3, 150, "relu", 2.0, seed) for seed in range(6, 12)])
    sizes_are(
        logs,
        0.8256,
        0.2,
        "relu, scale 2. Units of a layer differ in their means, and that is part of the spread.",
    )


@exercise("5.3")
def test_the_factor_of_a_relu_layer(student):
    """ReLU layers change the size by √(scale/2) each: level at 2, falling at 1"""
    for scale in (2.0, 1.0):
        calls = [(8, 100, "relu", scale, seed) for seed in range(6)]
        change_is(logs_of(student, "propagate", calls), scale, 0.1, f"relu, scale {scale:g}.")


@exercise("5.3")
def test_new_weights_in_every_layer(student):
    """Every layer has new weights: deep, narrow linear networks all change at the same pace"""
    calls = [(DEEP, 5, "linear", 1.0, seed) for seed in range(14, 14 + NETWORKS)]
    logs = logs_of(student, "propagate", calls)
    paces = (logs[:, -1] - logs[:, 0]) / (DEEP - 1)
    holds(
        paces.std() < 0.06 and abs(paces.mean() - PACE_OF_FIVE) < 0.045,
        f"linear, scale 1, width 5, {DEEP} layers, {NETWORKS} networks: the logarithm of the size "
        f"changes by {', '.join(f'{pace:.2f}' for pace in paces)} a layer. With new weights in "
        f"every layer it is about {PACE_OF_FIVE:.2f} in all of them.",
        got=paces,
        expected=np.full(len(paces), PACE_OF_FIVE),
    )


@exercise("5.3", stage="oracle")
def test_tanh_and_gelu(student):
    """tanh and gelu have the sizes that theory gives for very wide layers"""
    for act, scale, within in (("tanh", 2.0, 0.1), ("gelu", 3.0, 0.25)):
        calls = [(4, 150, act, scale, seed) for seed in range(11, 16)]
        sizes_are(
            logs_of(student, "propagate", calls),
            forward_deviations(4, act, scale),
            within,
            f"{act}, scale {scale:g}.",
        )


# 5.4 ---------------------------------------------------------------------------------------------

STEP = {
    "dy": np.array([[1.0, 2.0]]),
    "z": np.array([[3.0, -1.0]]),
    "w": np.array([[2.0, 5.0], [-1.0, 4.0], [3.0, 6.0]]),
}


@exercise("5.4", stage="contract")
def test_a_step_and_a_number_for_each_layer(student):
    """back_step returns one gradient for each input, grad_propagate one number for each layer"""
    contract(student, "back_step", STEP["dy"], STEP["z"], STEP["w"], "relu", shape=(1, 3))
    contract(student, "grad_propagate", 5, 13, "relu", 2.0, generator(student, 1), shape=(5,))
    widths = [11, 13, 17]
    contract(student, "grad_propagate", 2, widths, "relu", 2.0, generator(student, 1), shape=(2,))


@exercise("5.4", stage="hand")
def test_the_step_of_the_text(student):
    """The step of the text gives (2, −1, 3)"""
    close(student.back_step(*STEP.values(), "relu"), [[2, -1, 3]], given=STEP)


@exercise("5.4", stage="probe")
def test_one_unit_at_a_time(student):
    """Each unit sends back its weights, times its slope"""
    w = np.array([[1.0, 2, 3], [4, 5, 6]])
    z = np.array([[0.5, -0.5, 2.0]] * 3)
    for act in ("linear", "relu", "tanh"):
        dy = np.eye(3)
        close(
            student.back_step(dy, z, w, act),
            dense_step_back(dy, z, w, act),
            f"{act}: in row i the gradient by the output is 1 for unit i and 0 for the others.",
            given={"dy": dy, "z": z, "w": w},
        )


@exercise("5.4", stage="probe")
def test_unequal_layers(student):
    """With variance 2/fan_out the gradient keeps its size, whatever the widths"""
    widths = [70, 280, 70, 280, 70]
    calls = [(4, widths, "relu", 2.0, seed) for seed in range(5)]
    logs = logs_of(student, "grad_propagate", calls)
    sizes_are(logs, 1.0, 0.25, f"relu, scale 2, widths {widths}.")


@exercise("5.4")
def test_a_step_is_the_slope_of_the_loss(student, rng):
    """A step agrees with central differences"""
    x, w, dy = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    for act in ("tanh", "linear"):
        expected = np.zeros_like(x)
        for where in np.ndindex(x.shape):
            nudge = np.zeros_like(x)
            nudge[where] = 1e-5
            up, down = (np.sum(dy * activate((x + s * nudge) @ w, act)) for s in (1, -1))
            expected[where] = (up - down) / 2e-5
        close(
            student.back_step(dy, x @ w, w, act),
            expected,
            f"{act}: the loss is Σ dy · φ(x w), and dx its change with x.",
            atol=1e-5 * float(np.abs(expected).max()),  # of float32, where products cancel out
            given={"dy": dy, "z": x @ w, "w": w},
        )


@exercise("5.4")
def test_the_factor_on_the_way_back(student):
    """ReLU layers change the gradient by √(scale/2) each, nearest to the output first"""
    for scale in (2.0, 1.0):
        calls = [(8, 100, "relu", scale, seed) for seed in range(5)]
        logs = logs_of(student, "grad_propagate", calls)
        change_is(logs, scale, 0.08, f"relu, scale {scale:g}.")
        sizes_are(logs[:, :1], np.sqrt(scale / 2), 0.15, f"relu, scale {scale:g}, one layer back.")


@exercise("5.4", stage="oracle")
def test_tanh_on_the_way_back(student):
    """tanh layers have the sizes that theory gives for very wide layers"""
    calls = [(4, 150, "tanh", 2.0, seed) for seed in (11, 12, 13)]
    sizes_are(
        logs_of(student, "grad_propagate", calls),
        backward_deviations([150] * 5, "tanh", 2.0),
        0.1,
        "tanh, scale 2.",
    )


# 5.5 ---------------------------------------------------------------------------------------------

POINTS = np.array([-4.0, -2.2, -0.75, -0.3, 0.0, 0.4, 1.5, 3.1])
FORMS = ("gelu", "gelu_tanh", "gelu_grad")


@exercise("5.5", stage="contract")
def test_the_shape_of_what_goes_in(student):
    """All three keep the shape of what goes in, be it an array or a number"""
    x = POINTS.reshape(2, 4)
    for name in FORMS:
        contract(student, name, x, shape=(2, 4))
        contract(student, name, 0.5, shape=())


@exercise("5.5", stage="hand")
def test_the_values_of_the_text(student):
    """At 1 and −1 they have the values of the text"""
    x = np.array([1.0, -1.0])
    close(student.gelu(x), [0.841345, -0.158655], "gelu.", given={"x": x})
    close(student.gelu_tanh(x), [0.841192, -0.158808], "gelu_tanh.", given={"x": x})
    close(student.gelu_grad(x), [1.083316, -0.083316], "gelu_grad.", given={"x": x})


@exercise("5.5", stage="probe")
def test_far_out(student):
    """Far to the right it is x with slope 1, far to the left 0 with slope 0"""
    x = np.array([-30.0, 30.0])
    for name, right in (("gelu", [0, 30]), ("gelu_tanh", [0, 30]), ("gelu_grad", [0, 1])):
        close(getattr(student, name)(x), right, f"{name}.", atol=1e-6, given={"x": x})


@exercise("5.5", stage="probe")
def test_whole_numbers(student):
    """Whole numbers go in as well, and fractions come out"""
    x = np.array([-2, -1, 1, 3])
    for name in FORMS:
        close(
            getattr(student, name)(x),
            getattr(student, name)(x.astype(float)),
            f"{name} of whole numbers.",
            given={"x": x},
        )


@exercise("5.5")
def test_a_number_is_its_gelu_less_its_mirror_images(student, rng):
    """gelu(x) − gelu(−x) is x, for both forms"""
    x = rng.uniform(-4, 4, size=(3, 5))
    for name in ("gelu", "gelu_tanh"):
        there, back = (as_numbers(getattr(student, name)(s * x)) for s in (1, -1))
        close(there - back, x, f"{name}.", atol=2e-5, given={"x": x})


@exercise("5.5")
def test_the_two_forms_are_close_and_not_equal(student):
    """The two forms differ by at most 0.0005, and somewhere by more than 0.0004"""
    x = np.linspace(-4, 4, 161)
    gap = np.abs(as_numbers(student.gelu(x)) - as_numbers(student.gelu_tanh(x)))
    holds(
        gap.shape == x.shape and 4e-4 < gap.max() < 5e-4,
        f"Between −4 and 4 the largest difference is {gap.max():.2g}.",
        got=gap,
    )


@exercise("5.5", stage="oracle")
def test_values_and_slopes(student):
    """Values and slopes at several points"""
    for name, right in (
        ("gelu", gelu(POINTS)),
        ("gelu_tanh", gelu(POINTS, approximate=True)),
        ("gelu_grad", gelu_gradient(POINTS)),
    ):
        # far to the left 1 + erf is next to nothing, and its rounding is not
        close(getattr(student, name)(POINTS), right, f"{name}.", atol=2e-6, given={"x": POINTS})


# 5.6 ---------------------------------------------------------------------------------------------

TABLE = np.array([[0.2, -1.0, -2.0, 1.5], [-0.3, -0.5, 3.0, 0.1], [-1.0, -2.0, -1.0, 0.7]])


def dense_layer(units, activation="relu"):
    return {"kind": "Dense", "units": units, "activation": activation}


def fractions_are(student, net, x, expected, says=""):
    """The student's fractions of dead units of a model are these."""
    got = as_numbers(student.dead_fraction(net.handle, x), says=says)
    expected = np.array(expected, dtype=float)
    holds(
        got.shape == expected.shape,
        f"{says} {len(expected)} layers put out what a ReLU does, and the result has "
        f"{got.size} entries.".strip(),
        got=got,
        expected=expected,
    )
    close(got, expected, says, atol=1e-6, constant=True)


def planted(rng, inputs, units, dead):
    """A dense kernel and bias of which the first `dead` units never fire for inputs in 0..1, and
    the others always do."""
    kernel = rng.uniform(0.1, 1.0, size=(inputs, units))
    bias = np.full(units, 0.5)
    kernel[:, :dead] *= -1
    bias[:dead] = -0.5
    order = rng.permutation(units)
    return kernel[:, order], bias[order]


@exercise("5.6", stage="contract")
def test_one_number_for_each_relu_layer(student):
    """dead_fraction returns one number for each ReLU layer"""
    layers = [dense_layer(7), dense_layer(5), dense_layer(3, None)]
    net = models.sequential(student, (4,), layers)
    x = np.linspace(-1, 1, 24).reshape(6, 4)
    got = contract(student, "dead_fraction", net.handle, x)
    got = as_numbers(got)
    holds(got.shape == (2,), "Of three layers two have a ReLU: return a list of 2.", got=got)
    holds(((got >= 0) & (got <= 1)).all(), "A fraction lies between 0 and 1.", got=got)


@exercise("5.6", stage="hand")
def test_the_units_of_the_text(student):
    """Of the four units of the text one is dead: 1/4"""
    net = models.sequential(student, (4,), [dense_layer(4)], [np.eye(4), np.zeros(4)])
    fractions_are(student, net, TABLE, [0.25], "The layer puts out the table of the text.")


@exercise("5.6", stage="probe")
def test_a_single_example_is_enough(student):
    """A unit that fires for one example of forty lives"""
    x = np.full((40, 2), 0.5)
    x[37, 1] = 3.0
    kernel = np.array([[0.0, -1, 0], [1, 0, -1]])
    net = models.sequential(student, (2,), [dense_layer(3)], [kernel, np.array([-2.0, 0.1, 0])])
    fractions_are(
        student,
        net,
        x,
        [2 / 3],
        "Unit 0 fires for example 37 only; units 1 and 2 for none.",
    )


@exercise("5.6", stage="probe")
def test_both_ways_to_write_a_relu(student):
    """A ReLU counts as an argument, as an Activation and as a layer; tanh and logits do not"""
    rng = np.random.default_rng(1)
    layers = [
        dense_layer(5),
        dense_layer(4, None),
        {"kind": "ReLU"},
        dense_layer(3, "tanh"),
        dense_layer(8, None),
        {"kind": "Activation", "activation": "relu"},
        dense_layer(7, None),
    ]
    weights = [*planted(rng, 3, 5, 2), *planted(rng, 5, 4, 1)]
    weights += [rng.uniform(0.1, 0.3, (4, 3)), np.zeros(3), *planted(rng, 3, 8, 6)]
    weights += [rng.normal(size=(8, 7)), np.zeros(7)]
    net = models.sequential(student, (3,), layers, weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (9, 3)), [2 / 5, 1 / 4, 6 / 8])


def spotted(rng, dead):
    """Images, and the weights of a convolution whose first `dead` of 6 channels are dead and whose
    others fire at a single place of one image."""
    x = rng.uniform(0.1, 0.5, size=(5, 7, 6, 2))
    x[3, 2, 4] = 3.0
    kernel = np.zeros((3, 2, 2, 6))
    kernel[1, 1, :, dead:] = 1.0
    kernel[1, 1, :, :dead] = -1.0
    bias = np.where(np.arange(6) < dead, 0.0, -2.0)
    return x, [kernel, bias]


@exercise("5.6", stage="probe")
def test_a_unit_of_a_convolution_is_a_channel(student):
    """A channel that fires at one place of one image lives"""
    x, weights = spotted(np.random.default_rng(2), dead=2)
    layer = {"kind": "Conv2D", "filters": 6, "kernel_size": (3, 2), "activation": "relu"}
    net = models.sequential(student, (7, 6, 2), [layer], weights)
    fractions_are(student, net, x, [2 / 6], "Of 6 channels 2 are 0 at all places of all images.")


@exercise("5.6")
def test_planted_deaths(student, rng):
    """Planted dead units are counted exactly"""
    dead = rng.integers(1, 5, size=2)
    weights = [*planted(rng, 4, 11, dead[0]), *planted(rng, 11, 6, dead[1])]
    net = models.sequential(student, (4,), [dense_layer(11), dense_layer(6)], weights)
    fractions_are(student, net, rng.uniform(0.1, 1, (13, 4)), [dead[0] / 11, dead[1] / 6])


# 5.7 ---------------------------------------------------------------------------------------------

ONE_STEP = {
    "x": np.array([[1.0]]),
    "y": np.array([1.0]),
    "w1": np.array([[0.0, 0.0]]),
    "w2": np.array([1.0, 2.0]),
}


def descent_is(student, x, y, w1, w2, lr, steps, says=""):
    """The student's training leads to the reference's weights."""
    got = student.train_net(x, y, w1, w2, lr, steps)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "train_net should return two arrays: `return w1, w2`.",
        got=got,
    )
    given = {"x": x, "y": y, "w1": w1, "w2": w2}
    for name, mine, right in zip(
        ("w1", "w2"), got, tanh_net_descent(x, y, w1, w2, lr, steps), strict=True
    ):
        close(
            mine, right, f"{says} {name} after {steps} steps:".strip(), constant=True, given=given
        )


@exercise("5.7", stage="contract")
def test_two_counts_and_two_arrays(student):
    """break_symmetry and distinct_units return whole numbers, train_net two arrays"""
    contract(student, "distinct_units", np.eye(3), np.ones(3), shape=(), kind="int")
    x, y = np.array([[1.0, 2.0], [0.5, 1.0], [2.0, 0.0]]), np.array([1.0, 0.0, -1.0])
    w1, w2 = np.array([[0.1, 0.2, 0.3, 0.4]] * 2), np.array([1.0, -1.0, 0.5, 0.2])
    contract(student, "train_net", x, y, w1, w2, 0.1, 2)
    descent_is(student, x, y, w1, w2, 0.1, 0)
    contract(student, "break_symmetry", "random", 5, 1, shape=(), kind="int")


@exercise("5.7", stage="hand")
def test_the_step_of_the_text_for_two_units(student):
    """One step of the text leads to (0.1, 0.2) and leaves w2"""
    descent_is(student, **ONE_STEP, lr=0.1, steps=1, says="The example of the text:")


@exercise("5.7", stage="probe")
def test_which_units_are_the_same(student):
    """Units are the same if no weight, coming in or going out, differs by more than 1e-6"""
    mixed = np.array([[1.0, 1, 1, 2], [5, 5, 6, 5]])
    for w1, w2, right, says in (
        (np.full((2, 4), 0.5), np.full(4, 0.5), 1, "All four are alike."),
        (mixed, np.full(4, 3.0), 3, "Only the first two are alike."),
        (np.full((2, 4), 0.5), np.array([3.0, 3, 4, -3]), 3, "Their outgoing weights differ."),
        (mixed * (1 + 1e-9 * np.arange(4)), np.full(4, 3.0), 3, "The first two differ by 5e-9."),
        (mixed + 1e-3 * np.arange(4), np.full(4, 3.0), 4, "The first two differ by 0.001."),
        (np.array([[1.0, -1, 1]]), np.array([2.0, -2, 2]), 2, "A unit and its negative."),
    ):
        given = {"w1": w1, "w2": w2}
        equal(student.distinct_units(w1, w2), right, says, given=given)


@exercise("5.7", stage="probe")
def test_the_three_starts(student):
    """Zeros and constants leave one unit, random draws as many as there are"""
    for init, width, right in (
        ("zeros", 5, 1),
        ("constant", 5, 1),
        ("random", 5, 5),
        ("random", 11, 11),
    ):
        equal(student.break_symmetry(init, width, 3), right, f"{init}, {width} units.")


@exercise("5.7", stage="oracle")
def test_training_step_by_step(student, rng):
    """One step and thirty lead to the right weights"""
    x, y = rng.normal(size=(7, 3)), rng.normal(size=7)
    w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=5)
    for lr, steps in ((0.2, 1), (0.05, 30)):
        descent_is(student, x, y, w1, w2, lr, steps, f"Rate {lr}.")


# 5.8 ---------------------------------------------------------------------------------------------

ACTS = {
    None: lambda z: z,
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
}
MLP = [dense_layer(23), dense_layer(17, "tanh"), dense_layer(5, None)]
CONVNET = [
    {"kind": "Conv2D", "filters": 7, "kernel_size": (3, 2), "activation": "relu"},
    {"kind": "Conv2D", "filters": 5, "kernel_size": 3, "activation": "tanh"},
    {"kind": "Flatten"},
    dense_layer(11),
    dense_layer(3, None),
]


def sums_of(layers, weights, x):
    """What each layer with weights makes of x before its activation, and what the last puts out."""
    weights, sums = list(weights), []
    for layer in layers:
        if layer["kind"] == "Flatten":
            x = x.reshape(len(x), -1)
            continue
        kernel, bias = weights.pop(0).astype(float), weights.pop(0).astype(float)
        if layer["kind"] == "Conv2D":
            windows = sliding_window_view(x, kernel.shape[:2], (1, 2))  # (N, oh, ow, C, kh, kw)
            z = np.einsum("nijcuv,uvcf->nijf", windows, kernel) + bias
        else:
            z = x @ kernel + bias
        sums.append(z)
        x = ACTS[layer["activation"]](z)
    return sums, x


def start(student, layers, shape, seed, size, bias):
    """A model with normal weights times `size` and biases of that deviation; and its weights."""
    rng = np.random.default_rng(seed)
    net = models.sequential(student, shape, layers, seed=1)
    weights = [
        rng.normal(0, bias if len(w.shape) == 1 else size / np.sqrt(np.prod(w.shape[:-1])), w.shape)
        for w in net.weights
    ]
    net.set_weights(weights)
    return net, net.get_weights()


def tuned(student, net, x):
    """The model that lsuv returns, and its weights."""
    after = models.model(student.lsuv(net.handle, x))
    return after, after.get_weights()


def deviations_are_one(layers, weights, x, within=0.05, says=""):
    sums, _ = sums_of(layers, weights, x)
    got = np.array([z.std() for z in sums])
    holds(
        np.isfinite(got).all() and (np.abs(got - 1) < within).all(),
        f"{says} The sums of the layers, before the activation, have the standard deviations "
        f"{', '.join(f'{s:.3g}' for s in got)}; each should be 1.".strip(),
        got=got,
        expected=np.ones(len(got)),
    )


@exercise("5.8", stage="contract")
def test_lsuv_returns_the_model(student):
    """lsuv returns the model that it was given, changed in place"""
    net, before = start(student, MLP, (13,), 1, 0.3, 0.0)
    x = np.random.default_rng(2).normal(size=(50, 13))
    after = models.model(contract(student, "lsuv", net.handle, x))
    holds(
        [w.shape for w in after.weights] == [w.shape for w in net.weights],
        "The model that it returns has other weights than the one that it was given.",
    )
    now = net.get_weights()
    holds(
        all(np.array_equal(a, b) for a, b in zip(now, after.get_weights(), strict=True)),
        "The model that it returns and the one that it was given have different weights: change "
        "the given one and return it.",
    )
    holds(
        not all(np.array_equal(a, b) for a, b in zip(now, before, strict=True)),
        "The weights are what they were before.",
    )


@exercise("5.8", stage="hand")
def test_the_unit_of_the_text(student):
    """The weight 4 of the text becomes 1"""
    x = np.array([[-1.0], [1.0]])
    for bias in (0.0, 10.0):
        weights = [np.array([[4.0]]), np.array([bias])]
        net = models.sequential(student, (1,), [dense_layer(1)], weights)
        _, (kernel, after) = tuned(student, net, x)
        close(kernel, [[1.0]], f"The kernel, with a bias of {bias:g}:", rtol=0.05)
        close(after, [bias], "The bias:", atol=1e-6)


@exercise("5.8", stage="probe")
def test_a_dense_network(student):
    """Every layer's sums have deviation 1, from weights too small and from weights too large"""
    x = np.random.default_rng(3).normal(size=(200, 13)) + 0.5
    for size, says in (
        (0.05, "From weights 20 times too small."),
        (6.0, "From weights 6 times too large."),
    ):
        net, _ = start(student, MLP, (13,), 4, size, 0.0)
        _, weights = tuned(student, net, x)
        deviations_are_one(MLP, weights, x, says=says)


@exercise("5.8", stage="probe")
def test_biases_stay(student):
    """With biases the sums have deviation 1 too, and the biases are untouched"""
    x = np.random.default_rng(5).normal(size=(200, 13))
    net, before = start(student, MLP, (13,), 6, 0.5, 0.4)
    _, weights = tuned(student, net, x)
    for b, a in zip(before[1::2], weights[1::2], strict=True):
        close(a, b, "A layer's biases after lsuv and before:", rtol=1e-6)
    deviations_are_one(MLP, weights, x)


@exercise("5.8")
def test_kernels_are_only_scaled(student):
    """A kernel is multiplied by one number, and the activations are back in place"""
    x = np.random.default_rng(7).normal(size=(200, 13)) * np.arange(1, 14)
    net, before = start(student, MLP, (13,), 8, 3.0, 0.1)
    after, weights = tuned(student, net, x)
    for number, (b, a) in enumerate(zip(before[::2], weights[::2], strict=True)):
        factor = float(np.sum(a * b) / np.sum(b * b))
        holds(factor > 0, f"Kernel {number} was turned into its negative or to 0.", got=a)
        close(a, factor * b, f"Kernel {number} and the old one times {factor:.3g}:", rtol=1e-3)
    _, expected = sums_of(MLP, weights, x)
    close(
        after(x.astype(np.float32)),
        expected,
        "The model computes other outputs than its weights and activations say: is each "
        "activation back in place?",
        rtol=1e-3,
        atol=1e-3,
    )


@exercise("5.8")
def test_a_convolutional_network(student):
    """Convolutions are scaled as well, over all places together"""
    x = np.random.default_rng(9).uniform(0, 1, size=(60, 8, 9, 2))
    net, _ = start(student, CONVNET, (8, 9, 2), 10, 0.2, 0.05)
    _, weights = tuned(student, net, x)
    deviations_are_one(CONVNET, weights, x)


# What wrong answers are told apart by ------------------------------------------------------------


def tenths(values):
    """Logarithms in coarse steps: what chance changes little and a mistake much."""
    return [round(4 * float(np.log(max(abs(value), 1e-9)))) for value in np.ravel(values)]


def probe_refusals(student):
    """Which calls fans refuses."""
    return [
        refused(student, *call) for call in (((3, 5), "pooling"), ((7,),), ((5, 7), "depthwise"))
    ]


def refused(student, *call):
    try:
        student.fans(*call)
    except StudentError:
        return True
    return False


def probe_draws(student):
    """How the draws of both recipes are spread, whatever the order in which they are drawn."""
    found = []
    for name in DRAWS:
        for shape in (DENSE, CONV):
            weights = drawn(student, name, shape, 1) / deviation(name, shape)
            found += [
                round(10 * float(np.log(weights.std()))),
                round(2 * float(weights.mean())),
                round(8 * float(np.mean(np.abs(weights) > 1.74))),
                round(10 * float(np.mean(np.abs(weights) > 1.65))),
            ]
        found.append(bool(np.array_equal(*(drawn(student, name, (7, 5), seed) for seed in (1, 2)))))
    return found


def probe_sizes(student):
    """Sizes at a few layers of a few networks."""
    calls = [(4, 200, act, scale, 1) for act, scale in SIZES]
    found = [tenths(np.exp(logs)) for logs in logs_of(student, "propagate", calls)]
    deep = [
        as_numbers(student.propagate(DEEP, 5, "linear", 1.0, generator(student, seed)))
        for seed in range(20, 32)
    ]
    paces = [np.log(np.maximum(got, 1e-300))[[0, -1]] @ [-1, 1] / (DEEP - 1) for got in deep]
    return [*found, bool(np.std(paces) > 0.1)]


SIZES = (("relu", 2.0), ("relu", 1.0), ("linear", 1.0), ("tanh", 8.0))


def probe_gradients(student):
    """Sizes of gradients in a few networks."""
    calls = [(3, widths, act, scale, 1) for widths, act, scale in GRADIENTS]
    return [tenths(np.exp(logs)) for logs in logs_of(student, "grad_propagate", calls)]


GRADIENTS = ((200, "relu", 0.5), ([70, 280, 70, 280], "relu", 2.0), (200, "tanh", 8.0))


def probe_steps(student):
    """A few steps back, rounded."""
    w, dy = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[1.0, -2, 0.5]])
    z = np.array([[0.5, -0.5, 2.0]])
    return [np.round(student.back_step(dy, z, w, act), 5) for act in ("relu", "tanh", "linear")]


def probe_gelus(student):
    """All three at a few points, rounded."""
    x = np.array([-2.2, -0.75, 0.4, 1.5])
    found = [np.round(as_numbers(getattr(student, name)(x)), 5) for name in FORMS]
    return [*found, np.round(as_numbers(student.gelu(np.array([1, 2]))), 3)]


def probe_deaths(student):
    """Fractions of dead units of three small networks."""
    found = []
    net = models.sequential(student, (4,), [dense_layer(4)], [np.eye(4), np.zeros(4)])
    found.append(as_numbers(student.dead_fraction(net.handle, TABLE)).round(4))
    faint = np.array([[0.05, -1.0, 1, 2], [0.05, -1, 3, -1]])  # unit 0 fires, and weakly
    found.append(as_numbers(student.dead_fraction(net.handle, faint)).round(4))
    rng = np.random.default_rng(3)
    layers = [dense_layer(5), dense_layer(4, None), {"kind": "ReLU"}, dense_layer(3, None)]
    weights = [*planted(rng, 3, 5, 2), *planted(rng, 5, 4, 1), *planted(rng, 4, 3, 1)]
    net = models.sequential(student, (3,), layers, weights)
    found.append(as_numbers(student.dead_fraction(net.handle, np.full((7, 3), 0.5))).round(4))
    x, weights = spotted(rng, dead=2)
    layer = {"kind": "Conv2D", "filters": 6, "kernel_size": (3, 2), "activation": "relu"}
    net = models.sequential(student, (7, 6, 2), [layer], weights)
    found.append(as_numbers(student.dead_fraction(net.handle, x)).round(4))
    return found


def probe_units(student):
    """Counts of units, a training and whether it changed what it was given, the three starts."""
    w1 = np.array([[1.0, 1, 1, 2, 2], [5, 5, 6, 5, 5]])
    w2 = np.array([3.0, 3, 3, 3, 4])
    x, y = np.array([[1.0, 2.0], [0.5, 1.0], [2.0, 0.0]]), np.array([1.0, 0.0, -1.0])
    counts = [
        student.distinct_units(*units) for units in ((w1, w2), (w1 + 1e-9 * np.arange(5), w2))
    ]
    given = x, y, 0.1 * w1[:, :3], w2[:3] + [0, 1, 2], 0.1, 2
    trained, after = arguments_after_call(student, "train_net", *given)
    kept = all(np.array_equal(now, then) for now, then in zip(after, given, strict=True))
    starts = [student.break_symmetry(init, 4, 1) for init in ("zeros", "constant", "random")]
    return [*counts, *(np.round(part, 4) for part in trained), kept, *starts]


def probe_scaling(student):
    """What lsuv does to three networks: sizes of the sums, whether anything else changed."""
    found = []
    for layers, shape, bias in ((MLP, (13,), 0.0), (MLP, (13,), 0.4), (CONVNET, (8, 9, 2), 0.1)):
        rng = np.random.default_rng(11)
        x = rng.normal(size=(80, *shape)) + 0.7
        net, before = start(student, layers, shape, 12, 0.3, bias)
        after, weights = tuned(student, net, x)
        sums, output = sums_of(layers, weights, x)
        found += [round(8 * float(np.log(z.std() + 1e-9))) for z in sums]
        found += [bool(np.allclose(a, b)) for a, b in zip(weights[1::2], before[1::2], strict=True)]
        found.append(bool(np.allclose(after(x.astype(np.float32)), output, atol=1e-2)))
        found.append(bool(np.allclose(net.get_weights()[0], weights[0])))
        factors = weights[0] / before[0]
        found.append(bool(factors.std() < 1e-3 * abs(factors.mean())))
    return found


PROBES = {
    "5.1": [
        ("fans", ((3, 5, 7, 11), "conv")),
        ("fans", ((10, 4), "dense")),
        ("fans", ((3, 5, 7, 2), "depthwise")),
        ("fans", ((3, 5, 7), "conv")),
        probe_refusals,
    ],
    "5.2": [probe_draws, "KERAS_HE_NORMAL"],
    "5.3": [probe_sizes],
    "5.4": [probe_steps, probe_gradients],
    "5.5": [probe_gelus],
    "5.6": [probe_deaths],
    "5.7": [probe_units],
    "5.8": [probe_scaling],
}
