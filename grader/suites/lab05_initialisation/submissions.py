"""A small class that hands in this lab, and which checks each of them must fail."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

OTHER_STYLE = {
    "N.1": """\
def fans(shape, kind="conv"):
    sides = [int(n) for n in shape]
    if (kind, len(sides)) != ("dense", 2) and not (
        (kind == "conv" and len(sides) > 1) or (kind == "depthwise" and len(sides) > 2)
    ):
        raise ValueError(f"no {kind} kernel has the shape {shape}")
    window = np.prod(sides[:-2])
    return np.array([window * (1 if kind == "depthwise" else sides[-2]), window * sides[-1]])
""",
    "N.2": """\
def he_normal(shape, rng):
    drawn = rng.standard_normal(shape, dtype=np.float32)
    return drawn * np.float32(np.sqrt(2 / fans(shape)[0]))


def glorot_uniform(shape, rng):
    return (rng.random(shape) - 0.5) * np.sqrt(24 / sum(fans(shape)))


KERAS_HE_NORMAL = "truncated"
""",
    "N.4": """\
def back_step(dy, z, w, act):
    return np.einsum("nm,im->ni", dy * slope(z, act), w)


def grad_propagate(depth, width, act, scale, rng):
    n = np.broadcast_to(width, depth + 1) if np.isscalar(width) else width
    x, there = rng.standard_normal((100, n[0])), []
    for a, b in zip(n, n[1:]):
        there.append([x, np.sqrt(scale / b) * rng.standard_normal((a, b))])
        there[-1][0] = x @ there[-1][1]
        x = activate(there[-1][0], act)
    g = rng.standard_normal(x.shape)
    return [np.std(g := back_step(g, z, w, act)) for z, w in there[::-1]]
""",
    "N.6": """\
def dead_fraction(model, x):
    fractions, out = [], keras.ops.convert_to_tensor(x, dtype="float32")
    for layer in model.layers:
        out = layer(out)
        function = getattr(layer, "activation", None)
        if isinstance(layer, keras.layers.ReLU) or function is keras.activations.relu:
            alive = (keras.ops.convert_to_numpy(out) > 0).reshape(-1, out.shape[-1]).any(axis=0)
            fractions.append(1 - alive.mean())
    return fractions
""",
}

FAN_OUT = """\
def he_normal(shape, rng):
    return rng.normal(0, np.sqrt(2 / fans(shape)[1]), shape)


def glorot_uniform(shape, rng):
    a = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-a, a, shape)


KERAS_HE_NORMAL = "truncated"
"""

BEFORE_ACTIVATION = """\
def propagate(depth, width, act, scale, rng):
    x, stds = rng.normal(size=(100, width)), []
    for _ in range(depth):
        z = x @ rng.normal(0, np.sqrt(scale / width), (width, width))
        stds.append(z.std())
        x = activate(z, act)
    return np.array(stds)
"""

TANH_ONLY = """\
def gelu_tanh(x):
    x = np.asarray(x, float)
    return x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2


def gelu(x):
    return gelu_tanh(x)


def gelu_grad(x):
    x = np.asarray(x, float)
    phi = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    return (1 + np.vectorize(math.erf, otypes=[float])(x / np.sqrt(2))) / 2 + x * phi
"""

SHARE_OF_ZEROS = """\
def dead_fraction(model, x):
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.ReLU) or (
            getattr(layer, "activation", None) is keras.activations.relu
        ):
            out = keras.ops.convert_to_numpy(keras.Model(model.inputs[0], layer.output)(x))
            found.append(float((out == 0).mean()))
    return found
"""

AFTER_ACTIVATION = """\
def lsuv(model, x):
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            reads = keras.Model(model.inputs[0], layer.input)(x)
            for _ in range(20):
                s = float(keras.ops.std(layer(reads)))
                if abs(s - 1) < 0.01:
                    break
                layer.kernel.assign(layer.kernel / s)
    return model
"""

NO_WINDOW = """\
def fans(shape, kind="conv"):
    if kind not in ("conv", "dense", "depthwise") or len(shape) < 2:
        raise ValueError(kind)
    if (kind == "dense" and len(shape) > 2) or (kind == "depthwise" and len(shape) < 3):
        raise ValueError(shape)
    return (1 if kind == "depthwise" else shape[-2]), shape[-1]
"""

BROKEN_SYNTAX = """\
def gelu(x:
    return x
"""

BY_KERAS = """\
def gelu(x):
    return keras.activations.gelu(np.asarray(x, dtype=float)).numpy()


def gelu_tanh(x):
    return keras.activations.gelu(np.asarray(x, dtype=float), approximate=True).numpy()


def gelu_grad(x):
    return (gelu(x + 1e-4) - gelu(x - 1e-4)) / 2e-4
"""


SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in another style and partly in float32", OTHER_STYLE),
    Sample(
        "student03",
        "divides by fan_out in he_normal, and N.3 measures before the activation",
        {"N.2": FAN_OUT, "N.3": BEFORE_ACTIVATION},
        fails={
            "N.2": AllBut(
                "test_two_arrays_and_a_word",
                "test_what_keras_draws",
                "test_the_bounds_of_the_uniform_draws",
                "test_the_generator_decides",
                "test_the_mean_of_both_recipes",
                "test_glorot_draws_a_uniform_distribution",
                "test_draws_come_from_the_generator",
                "test_what_is_said_of_keras",
            ),
            "N.3": AllBut(
                "test_one_number_for_each_layer",
                "test_linear_layers",
                "test_the_factor_of_a_relu_layer",
                "test_the_slope_of_the_fan",
                "test_width_does_not_matter",
                "test_new_weights_in_every_layer",
                "test_no_two_layers_share_their_weights",
            ),
        },
    ),
    Sample(
        "student04",
        "uses the form with tanh for the exact one",
        {"N.5": TANH_ONLY},
        fails={
            "N.5": AllBut(
                "test_the_shape_of_what_goes_in",
                "test_far_out",
                "test_whole_numbers",
                "test_a_number_is_its_gelu_less_its_mirror_images",
                "test_the_form_with_tanh",
                "test_the_slope_equals_central_differences",
                "test_the_slope_where_it_is_negative",
                "test_mirror_images",
            )
        },
    ),
    Sample(
        "student05",
        "counts zeros instead of dead units",
        {"N.6": SHARE_OF_ZEROS},
        fails={
            "N.6": AllBut(
                "test_one_number_for_each_relu_layer",
                "test_both_ways_to_write_a_relu",
                "test_planted_deaths",
                "test_three_layers_of_planted_deaths",
                "test_layers_with_and_without_a_relu",
                "test_all_dead_and_none_dead",
            )
        },
    ),
    Sample(
        "student06",
        "measures after the activation in N.8",
        {"N.8": AFTER_ACTIVATION},
        fails={
            "N.8": AllBut(
                "test_lsuv_returns_the_model",
                "test_kernels_are_only_scaled",
                "test_one_factor_for_each_kernel",
                "test_the_model_computes_with_its_activations",
                "test_layers_without_a_kernel_are_left_alone",
            )
        },
    ),
    Sample(
        "student07",
        "the stub, unchanged",
        stub=True,
    ),
    Sample(
        "student08",
        "forgets the window in N.1 and gets the rest right: follow-through",
        {"N.1": NO_WINDOW},
        fails={
            "N.1": AllBut(
                "test_fans_returns_two_numbers",
                "test_a_dense_kernel",
                "test_what_is_no_kernel",
                "test_dense_kernels",
                "test_other_kinds_and_too_few_axes",
            )
        },
    ),
    Sample("student09", "a syntax error in N.5", {"N.5": BROKEN_SYNTAX}, fails={"N.5": ALL}),
    Sample("student10", "the cell of N.3 is there twice", damage=doubled("N.3", BEFORE_ACTIVATION)),
    Sample("student11", "a file that breaks off", damage=cut_off, state=UNREADABLE),
    Sample("student12", "calls Keras's own GELU", {"N.5": BY_KERAS}, fails={"N.5": ALL}),
]
