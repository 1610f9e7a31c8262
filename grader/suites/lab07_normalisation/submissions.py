"""A small class that hands in this lab, and which checks each of them must fail. The demo and the
tests use it: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

MOMENTUM_REVERSED = """\
def batchnorm_fwd(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    mean, var = mm, mv
    if training:
        mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        mm = (1 - momentum) * mm + momentum * mean
        mv = (1 - momentum) * mv + momentum * var
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, mm, mv, (x_hat, np.sqrt(var + eps), gamma)
"""

VARIANCE_CONSTANT = """\
def batchnorm_bwd(dout, cache):
    x_hat, root, gamma = cache
    dx = gamma / root * (dout - dout.mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
"""

LAYER_NORM_OF_THE_PAPERS = """\
AXES = {"bn": (0, 1, 2), "ln_keras": (1, 2, 3), "ln_chw": (1, 2, 3), "in": (1, 2)}


def norm_axes(kind):
    return AXES[kind] if isinstance(kind, str) else (1, 2, 4)


def normalise(x, kind):
    x = np.asarray(x, float)
    parts = x if isinstance(kind, str) else x.reshape(*x.shape[:3], kind[1], -1)
    mean = parts.mean(norm_axes(kind), keepdims=True)
    var = parts.var(norm_axes(kind), keepdims=True)
    return ((parts - mean) / np.sqrt(var + 1e-3)).reshape(x.shape)
"""

UNBIASED = """\
def norm_axes(kind):
    if kind in ("bn", "ln_keras", "ln_chw", "in"):
        return {"bn": (0, 1, 2), "ln_keras": (3,), "ln_chw": (1, 2, 3), "in": (1, 2)}[kind]
    return (1, 2, 4)


def normalise(x, kind):
    x = np.asarray(x, float)
    parts = x if isinstance(kind, str) else x.reshape(*x.shape[:3], kind[1], -1)
    axes = norm_axes(kind)
    deviations = parts - parts.mean(axes, keepdims=True)
    count = deviations.size / deviations.sum(axes).size
    var = (deviations**2).sum(axes, keepdims=True) / max(count - 1, 1)
    return (deviations / np.sqrt(var + 1e-3)).reshape(x.shape)
"""

GAMMA_STARTS_AT_ONE = """\
def residual_block(x, filters, stride=1, norm="bn"):
    norms = {"bn": keras.layers.BatchNormalization, "ln": keras.layers.LayerNormalization}

    def conv_norm(h, size, step):
        h = keras.layers.Conv2D(filters, size, step, "same", use_bias=norm is None)(h)
        return norms[norm]()(h) if norm else h

    h = conv_norm(keras.layers.ReLU()(conv_norm(x, 3, stride)), 3, 1)
    if stride > 1 or x.shape[-1] != filters:
        x = conv_norm(x, 1, stride)
    return keras.layers.ReLU()(keras.layers.Add()([x, h]))
"""

FORGETS_THE_MEAN = """\
def fold_bn(conv_w, conv_b, gamma, beta, mm, mv, eps):
    factor = gamma / np.sqrt(mv + eps)
    return conv_w * factor, conv_b * factor + beta
"""

AT_INFERENCE = """\
def grad_norm_by_depth(model, x, y):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    variables = model.trainable_variables
    _, gradients = value_and_gradients(lambda: loss(y, model(x)), variables)
    gradients, norms = [np.asarray(g) for g in gradients], []
    for layer in model.layers:
        mine = [gradients.pop(0) for _ in layer.trainable_variables]
        if mine:
            norms.append(np.sqrt(sum((g**2).sum() for g in mine)))
    return norms
"""

OTHER_STYLE = {
    "N.1": """\
def batchnorm_fwd(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    if not training:
        scale = gamma / np.sqrt(mv + eps)
        return x * scale + (beta - mm * scale), mm, mv, None
    x = np.asarray(x, float)
    mean = np.einsum("nd->d", x) / len(x)
    var = np.einsum("nd,nd->d", x - mean, x - mean) / len(x)
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    mixed = [momentum * old + (1 - momentum) * new for old, new in ((mm, mean), (mv, var))]
    return [y, *mixed, {"x": x, "mean": mean, "var": var + eps, "gamma": gamma}]
""",
    "N.2": """\
def batchnorm_bwd(dout, cache):
    n, centred, var = len(dout), cache["x"] - cache["mean"], cache["var"]
    dhat = dout * cache["gamma"]
    dvar = (dhat * centred).sum(0) * -0.5 * var**-1.5
    dmean = -dhat.sum(0) / np.sqrt(var) - 2 * dvar * centred.mean(0)
    dx = dhat / np.sqrt(var) + 2 * dvar * centred / n + dmean / n
    return [dx, (dout * centred / np.sqrt(var)).sum(0), dout.sum(0)]
""",
    "N.3": """\
def norm_axes(kind):
    return {"bn": [0, 1, 2], "ln_keras": -1, "ln_chw": [-1, -2, -3], "in": [1, 2]}.get(
        kind, [1, 2, -1]
    )


def normalise(x, kind):
    x = np.asarray(x, np.float32)
    groups = kind[1] if isinstance(kind, tuple) else 1
    letters = "g" if isinstance(kind, tuple) else ""
    out = x.reshape(*x.shape[:3], groups, -1) if letters else x.copy()
    axes = norm_axes(kind)
    axes = tuple(axes) if isinstance(axes, list) else axes
    out = out - np.mean(out, axis=axes, keepdims=True)
    return (out / np.sqrt(np.mean(out**2, axis=axes, keepdims=True) + 0.001)).reshape(x.shape)
""",
    "N.5": """\
def residual_block(x, filters, stride=1, norm="bn"):
    def normed(h, **start):
        if norm == "bn":
            return keras.layers.BatchNormalization(**start)(h)
        return keras.layers.LayerNormalization(**start)(h) if norm == "ln" else h

    options = dict(padding="same", use_bias=norm is None)
    h = keras.ops.relu(normed(keras.layers.Conv2D(filters, 3, stride, **options)(x)))
    h = normed(keras.layers.Conv2D(filters, 3, **options)(h), gamma_initializer="zeros")
    if (x.shape[-1], stride) != (filters, 1):
        x = normed(keras.layers.Conv2D(filters, 1, stride, **options)(x))
    return keras.ops.relu(x + h)
""",
    "N.8": """\
def fold_bn(conv_w, conv_b, gamma, beta, mm, mv, eps):
    factor = np.float32(gamma / (mv + eps) ** 0.5)
    return np.einsum("uvcf,f->uvcf", np.float32(conv_w), factor), beta + factor * (conv_b - mm)
""",
}

BROKEN_SYNTAX = """\
def grad_norm_by_depth(model, x, y:
    return []
"""


TOGETHER = [("N.1", "N.2")]  # N.2 reads the cache that N.1 makes, whatever its form

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in other styles, partly in float32", OTHER_STYLE),
    Sample(
        "student03",
        "uses momentum as the share of the new value",
        {"N.1": MOMENTUM_REVERSED},
        fails={
            "N.1": AllBut(
                "test_four_results_and_nothing_changed",
                "test_the_batch_of_the_text",
                "test_inference_reads_what_was_remembered",
                "test_training_does_not_look_at_what_was_remembered",
                "test_mean_and_spread_are_beta_and_gamma",
                "test_inference_on_fresh_batches",
                "test_a_feature_that_is_the_same_in_the_whole_batch",
                "test_whole_numbers_and_negative_ones",
                "test_inputs_stay_as_they_were",
            )
        },
    ),
    Sample(
        "student04",
        "forgets the path through the variance in N.2, and the mean in N.8",
        {"N.2": VARIANCE_CONSTANT, "N.8": FORGETS_THE_MEAN},
        fails={
            "N.2": AllBut(
                "test_three_gradients",
                "test_raising_a_whole_feature_gains_nothing",
                "test_it_is_linear_in_dout",
            ),
            "N.8": AllBut("test_weights_and_bias_of_the_same_shapes"),
        },
    ),
    Sample(
        "student05",
        "the last γ of a block starts at 1",
        {"N.5": GAMMA_STARTS_AT_ONE},
        fails={
            "N.5": AllBut(
                "test_a_tensor_of_the_right_shape",
                "test_the_parameters_of_the_text",
                "test_a_projection_only_where_the_shape_changes",
                "test_a_bias_only_without_a_norm",
                "test_it_computes_the_equation",
                "test_sizes_and_parameters",
            )
        },
    ),
    Sample(
        "student06",
        "calls the model as at inference in N.7",
        {"N.7": AT_INFERENCE},
        fails={
            "N.7": AllBut(
                "test_one_number_for_each_layer_with_weights",
                "test_the_single_layer_of_the_text",
                "test_a_batch_twice_over",
                "test_from_the_input_to_the_output",
                "test_dense_layers_and_a_layer_norm",
                "test_a_network_that_is_very_sure",
                "test_the_order_of_the_examples_does_not_matter",
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
        "takes the unbiased variance in N.3, and N.4 is right by follow-through",
        {"N.3": UNBIASED},
        fails={
            "N.3": AllBut(
                "test_axes_and_an_array_of_the_same_shape",
                "test_the_axes_of_the_table",
                "test_groups_are_neighbours",
                "test_who_looks_at_other_images",
                "test_axes_of_every_kind",
            )
        },
    ),
    Sample(
        "student09",
        "uses the papers' layer norm as Keras's in N.3; N.4 does not suffer",
        {"N.3": LAYER_NORM_OF_THE_PAPERS},
        fails={
            "N.3": AllBut(
                "test_axes_and_an_array_of_the_same_shape",
                "test_groups_are_neighbours",
                "test_who_looks_at_other_images",
            )
        },
    ),
    Sample("student10", "a syntax error in N.7", {"N.7": BROKEN_SYNTAX}, fails={"N.7": ALL}),
    Sample("student11", "the cell of N.1 is there twice", damage=doubled("N.1", MOMENTUM_REVERSED)),
    Sample("student12", "a file that breaks off", damage=cut_off, state=UNREADABLE),
]
