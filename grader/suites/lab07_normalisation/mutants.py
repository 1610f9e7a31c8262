"""Plausible wrong answers to lab 7. Each loses points on the hidden checks and on the visible
ones; the sentence is what a teacher would say to its author."""

import functools

import keras
import numpy as np

from nablab.autodiff import value_and_gradients
from nablab.checking import mutant

# 7.1 ---------------------------------------------------------------------------------------------


def forward(
    x,
    gamma,
    beta,
    mm,
    mv,
    training,
    momentum=0.99,
    eps=1e-3,
    *,
    axis=0,
    ddof=0,
    memory_ddof=None,
    new=None,
    outside=False,
    read_memory=False,
    read_new_memory=False,
    read_batch=False,
    always_remember=False,
    memory=lambda variance: variance,
    output=lambda gamma, x_hat, beta: gamma * x_hat + beta,
):
    """batchnorm_fwd with one thing changed."""
    x, gamma, beta, mm, mv = (np.asarray(a, dtype=float) for a in (x, gamma, beta, mm, mv))
    with np.errstate(all="ignore"):
        mean = x.mean(axis=axis, keepdims=axis == 1)
        var = variance(x, axis, ddof, keepdims=axis == 1)
        kept = variance(x, 0, ddof if memory_ddof is None else memory_ddof)
        if (not training and not read_batch) or read_memory:
            mean, var = mm, mv
        if training or always_remember:
            new = 1 - momentum if new is None else new(momentum)
            mm = (1 - new) * mm + new * x.mean(axis=0)
            mv = (1 - new) * mv + new * memory(kept)
        if training and read_new_memory:
            mean, var = mm, mv
        root = np.sqrt(var) + eps if outside else np.sqrt(var + eps)
        x_hat = (x - mean) / root
    return output(gamma, x_hat, beta), mm, mv, (x_hat, root, gamma)


def variance(x, axis, ddof, keepdims=False):
    """NumPy's var, without its warning where nothing is left to divide by."""
    squares = ((x - x.mean(axis=axis, keepdims=True)) ** 2).sum(axis=axis, keepdims=keepdims)
    return squares / np.float64(x.shape[axis] - ddof)


def forward_mutant(says, **changes):
    return mutant("7.1", says, batchnorm_fwd=with_signature(forward, **changes))


def with_signature(function, **changes):
    """The function with some of its keywords fixed, and the parameters of the exercise."""

    def batchnorm_fwd(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
        return function(x, gamma, beta, mm, mv, training, momentum, eps, **changes)

    return batchnorm_fwd


unbiased_variance = forward_mutant(
    "Your variance is divided by N − 1. Here, as in Keras, it is the biased one: divided by N.",
    ddof=1,
)
unbiased_in_the_memory = forward_mutant(
    "y is right, but you remember the unbiased variance, divided by N − 1, as PyTorch does. Here, as "
    "in Keras, the memory takes the same variance as y.",
    memory_ddof=1,
)
momentum_of_the_new = forward_mutant(
    "Your momentum is the share of the new value. In Keras's meaning, which is used here, it is the "
    "share of the old one that is kept: .99 changes slowly.",
    new=lambda momentum: momentum,
)
epsilon_outside_the_root = forward_mutant(
    "You add ε to the standard deviation. It stands under the root, beside the variance.",
    outside=True,
)
statistics_of_each_example = forward_mutant(
    "You average over the features of each example; that is layer norm. Batch norm averages over "
    "the batch, axis 0, for each feature.",
    axis=1,
)
batch_statistics_at_inference = forward_mutant(
    "At inference you still use the batch's own mean and variance. There it should be mm and mv: an "
    "example's answer must not depend on what else is asked.",
    read_batch=True,
)
remembers_at_inference = forward_mutant(
    "You change mm and mv at inference too. They are written in training only.",
    always_remember=True,
)
moving_averages_in_training = forward_mutant(
    "In training you normalise by the moving averages. They are only written there: y comes from "
    "the batch's own mean and variance.",
    read_memory=True,
)
new_moving_averages_in_training = forward_mutant(
    "In training you mix the batch into mm and mv first and then normalise by these. y comes from "
    "the batch's own mean and variance.",
    read_new_memory=True,
)
never_remembers = forward_mutant(
    "mm and mv come back from training as they were: mix the batch's mean and variance into them.",
    new=lambda momentum: 0.0,
)
remembers_the_deviation = forward_mutant(
    "You remember the standard deviation. The moving variance is of variances.", memory=np.sqrt
)
gamma_times_the_shift = forward_mutant(
    "Your γ multiplies β too. First scale, then shift: γ · x̂ + β.",
    output=lambda gamma, x_hat, beta: gamma * (x_hat + beta),
)


@mutant(
    "7.1",
    "You update mm and mv in place (+=, *= or [:] =), which changes the arrays of whoever called "
    "you. Make new arrays.",
)
def updates_in_place(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    y, new_mm, new_mv, cache = forward(x, gamma, beta, mm, mv, training, momentum, eps)
    if training:
        mm[:], mv[:] = new_mm, new_mv
        return y, mm, mv, cache
    return y, new_mm, new_mv, cache


# 7.2 ---------------------------------------------------------------------------------------------


def backward(
    dout, cache, *, mean=True, variance=True, scaled=True, total=np.sum, shifted=True, axis=0
):
    """batchnorm_bwd with one thing changed."""
    x_hat, root, gamma = (np.asarray(a, dtype=float) for a in cache)
    dout = np.asarray(dout, dtype=float)
    dx = dout.copy()
    if mean:
        dx -= dout.mean(axis=axis, keepdims=True)
    if variance:
        dx -= x_hat * (dout * x_hat).mean(axis=axis, keepdims=True)
    dx *= (gamma if scaled else 1) / root
    return dx, total(dout * x_hat, axis=0), total(dout, axis=0)


@mutant(
    "7.2",
    "Your dx treats mean and variance as constants. They depend on every x of the batch: two terms "
    "are missing.",
)
def both_statistics_constant(dout, cache):
    return backward(dout, cache, mean=False, variance=False)


@mutant(
    "7.2",
    "The way through the mean is missing in your dx: the mean of dout over the batch is subtracted.",
)
def mean_constant(dout, cache):
    return backward(dout, cache, mean=False)


@mutant(
    "7.2",
    "The way through the variance is missing in your dx: x̂ times the mean of dout · x̂ is "
    "subtracted.",
)
def variance_constant(dout, cache):
    return backward(dout, cache, variance=False)


@mutant("7.2", "γ is missing in your dx: between y and x̂ the gradient is multiplied by it.")
def forgets_gamma(dout, cache):
    return backward(dout, cache, scaled=False)


@mutant(
    "7.2",
    "Your dγ and dβ are means over the batch. One γ serves all examples, so what they say adds up.",
)
def means_for_gamma_and_beta(dout, cache):
    return backward(dout, cache, total=np.mean)


@mutant("7.2", "Your dγ is the sum of dout. y is γ · x̂ + β, so each dout is weighted by its x̂.")
def gamma_without_x_hat(dout, cache):
    dx, _, dbeta = backward(dout, cache)
    return dx, dbeta.copy(), dbeta


@mutant(
    "7.2",
    "The root is missing in your dx: divide by the square root of variance + ε.",
)
def forgets_the_root(dout, cache):
    dx, dgamma, dbeta = backward(dout, cache)
    return dx * np.asarray(cache[1]), dgamma, dbeta


@mutant(
    "7.2",
    "You divide by the variance + ε, and not by its root.",
)
def divides_by_the_variance(dout, cache):
    dx, dgamma, dbeta = backward(dout, cache)
    return dx / np.asarray(cache[1]), dgamma, dbeta


@mutant(
    "7.2",
    "In your dx sums over the batch stand where its means should: each of the two terms has 1/N.",
)
def sums_in_place_of_means(dout, cache):
    x_hat, root, gamma = (np.asarray(a, dtype=float) for a in cache)
    dout = np.asarray(dout, dtype=float)
    dx = gamma / root * (dout - dout.sum(axis=0) - x_hat * (dout * x_hat).sum(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@mutant("7.2", "dgamma and dbeta have changed places: first dx, then dgamma, then dbeta.")
def gamma_and_beta_swapped(dout, cache):
    dx, dgamma, dbeta = backward(dout, cache)
    return dx, dbeta, dgamma


# 7.3 ---------------------------------------------------------------------------------------------

AXES = {"bn": (0, 1, 2), "ln_keras": (3,), "ln_chw": (1, 2, 3), "in": (1, 2), "gn": (1, 2, 4)}


def normalisation(says, *, ddof=0, outside=False, interleaved=False, of_size=False, **axes):
    """A mutant of 7.3 with other axes, or another formula."""
    table = AXES | axes

    def norm_axes(kind):
        return table["gn" if isinstance(kind, (tuple, list)) else kind]

    def normalise(x, kind):
        x = np.asarray(x, dtype=float)
        shape = x.shape
        grouped = isinstance(kind, (tuple, list))
        if grouped:
            g = kind[1]
            sizes = (shape[3] // g, g) if interleaved or of_size else (g, shape[3] // g)
            x = x.reshape(*shape[:3], *sizes)
            if interleaved:
                x = x.swapaxes(3, 4)
        mean = x.mean(axis=norm_axes(kind), keepdims=True)
        with np.errstate(all="ignore"):
            var = x.var(axis=norm_axes(kind), ddof=ddof, keepdims=True)
            x = (x - mean) / (np.sqrt(var) + 1e-3 if outside else np.sqrt(var + 1e-3))
        if grouped and interleaved:
            x = x.swapaxes(3, 4)
        return x.reshape(shape)

    return mutant("7.3", says, norm_axes=norm_axes, normalise=normalise)


layer_norm_over_the_image = normalisation(
    "Your \"ln_keras\" averages over H, W and C. That is the papers' layer norm on images; Keras's "
    "layer averages over the last axis only, unless it is told otherwise.",
    ln_keras=(1, 2, 3),
)
layer_norm_over_channels_only = normalisation(
    'Your "ln_chw" averages over channels only, as Keras\'s layer does. It should have one mean for '
    "each image.",
    ln_chw=(3,),
)
batch_norm_for_each_pixel = normalisation(
    'Your "bn" averages over the images only, so each pixel has statistics of its own. A channel is '
    "one feature wherever it is seen: average over H and W too.",
    bn=(0,),
)
instance_norm_over_the_batch = normalisation(
    'Your "in" averages over the images too, which is batch norm. Instance norm takes each image by '
    "itself.",
    **{"in": (0, 1, 2)},
)
groups_without_space = normalisation(
    "Your groups are averaged for each pixel by itself. Group norm averages over H and W too: three "
    "axes of the reshaped array.",
    gn=(4,),
)
groups_over_the_groups = normalisation(
    "You average over the axis of groups and keep that of the channels in a group. It is the other "
    "way round: of (N, H, W, g, C/g) axis 3 stays apart, and axis 4 is averaged over.",
    gn=(1, 2, 3),
)
groups_over_the_batch = normalisation(
    "Your group norm averages over the images too. Like layer and instance norm it takes each image "
    "by itself.",
    gn=(0, 1, 2, 4),
)
interleaved_groups = normalisation(
    "Your groups take every g-th channel. A group is made of neighbours: of six channels in two "
    "groups the first is 0, 1, 2.",
    interleaved=True,
)
number_of_groups_as_their_size = normalisation(
    "You take g for the number of channels in a group. It is the number of groups: reshape to "
    "(N, H, W, g, C // g).",
    of_size=True,
)
unbiased = normalisation(
    "Your variance is divided by one less than the number of values. Normalisation layers use the "
    "biased one.",
    ddof=1,
)
epsilon_beside_the_root = normalisation(
    "You add ε to the standard deviation. It stands under the root, beside the variance.",
    outside=True,
)


# 7.4 ---------------------------------------------------------------------------------------------


def look(x, kind):
    axes = {"bn": (0, 1, 2), "ln": (3,)}[kind]
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-3)


def batches_of(x, size):
    starts = range(1, len(x) - size + 2, size - 1)
    return [np.concatenate([x[:1], x[i : i + size - 1]]) for i in starts]


def effect(x, sizes, batches=batches_of, deviation=lambda became: became.std(axis=0).mean()):
    x = np.asarray(x, dtype=float)
    return {
        kind: [
            float(deviation(np.stack([look(batch, kind)[0] for batch in batches(x, size)])))
            for size in sizes
        ]
        for kind in ("bn", "ln")
    }


@mutant(
    "7.4",
    "You cut x into batches, and look at the first image of each: always another one. Put x[0] into "
    "every batch, and change its company only.",
)
def another_image_in_every_batch(x, sizes):
    def cut(x, size):
        return [x[i : i + size] for i in range(0, len(x) - size + 1, size)]

    return effect(x, sizes, cut)


@mutant(
    "7.4",
    "Your batches have b companions and x[0] besides. A batch of b has b − 1 companions.",
)
def one_image_too_many(x, sizes):
    return effect(x, [size + 1 for size in sizes])


@mutant(
    "7.4",
    "You make len(x) // b batches. Each has b − 1 companions, and there are len(x) − 1 of them: that "
    "makes (len(x) − 1) // (b − 1).",
)
def too_few_batches(x, sizes):
    return effect(x, sizes, lambda x, size: batches_of(x, size)[: max(len(x) // size, 1)])


@mutant(
    "7.4",
    "You take the spread of the numbers within one normalised image. It is the spread of each number "
    "over the batches that is asked for: axis 0 of the stack.",
)
def spread_within_the_image(x, sizes):
    return effect(
        x, sizes, deviation=lambda became: became.reshape(len(became), -1).std(axis=1).mean()
    )


@mutant(
    "7.4",
    "This is the variance over the batches. Take its root, the standard deviation, of each number "
    "before you take the mean.",
)
def variance_in_place_of_deviation(x, sizes):
    return effect(x, sizes, deviation=lambda became: became.var(axis=0).mean())


@mutant(
    "7.4",
    "Your last batch is smaller than the others. A rest that fills no batch is left out.",
)
def takes_the_rest_too(x, sizes):
    def with_rest(x, size):
        return [np.concatenate([x[:1], x[i : i + size - 1]]) for i in range(1, len(x), size - 1)]

    return effect(x, sizes, with_rest)


@mutant(
    "7.4",
    "You average the numbers of the image first and take the deviation of the averages. First the "
    "deviation of each number over the batches, then the mean.",
)
def deviation_of_the_mean(x, sizes):
    return effect(
        x, sizes, deviation=lambda became: became.reshape(len(became), -1).mean(axis=1).std()
    )


@mutant("7.4", '"bn" and "ln" have changed places in your dict.')
def names_swapped(x, sizes):
    found = effect(x, sizes)
    return {"bn": found["ln"], "ln": found["bn"]}


@mutant(
    "7.4",
    "Your batches overlap: each begins one image later. The second takes the next b − 1 companions.",
)
def overlapping_batches(x, sizes):
    def overlapping(x, size):
        return [np.concatenate([x[:1], x[i : i + size - 1]]) for i in range(1, len(x) - size + 2)]

    return effect(x, sizes, overlapping)


# 7.5 ---------------------------------------------------------------------------------------------


def block(
    x,
    filters,
    stride=1,
    norm="bn",
    *,
    strides=None,
    zeros=(False, True),
    biased=None,
    project=None,
    norm_of_projection=True,
    relu_before=False,
    relu_after=True,
    relu_between=True,
    relu_of_shortcut=False,
    join="add",
):
    """residual_block with one thing changed."""
    layers = keras.layers

    def conv_norm(h, size, stride, zero=False, normed=True):
        bias = (norm is None) if biased is None else biased
        h = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=bias)(h)
        if norm is None or not normed:
            return h
        kind = layers.BatchNormalization if norm == "bn" else layers.LayerNormalization
        return kind(gamma_initializer="zeros" if zero else "ones")(h)

    first, second = strides or (stride, 1)
    h = conv_norm(x, 3, first, zeros[0])
    if relu_between:
        h = layers.ReLU()(h)
    h = conv_norm(h, 3, second, zeros[1])
    if relu_before:
        h = layers.ReLU()(h)
    changes = stride != 1 or x.shape[-1] != filters
    shortcut = x
    if changes if project is None else project(stride != 1, x.shape[-1] != filters):
        shortcut = conv_norm(x, 1, stride, normed=norm_of_projection)
    elif stride != 1:
        shortcut = layers.AveragePooling2D(1, strides=stride)(x)
    if relu_of_shortcut:
        shortcut = layers.ReLU()(shortcut)
    if join == "add":
        h = layers.Add()([h, shortcut])
    elif join == "concatenate":
        h = layers.Concatenate()([h, shortcut])
    return layers.ReLU()(h) if relu_after else h


def block_mutant(says, **changes):
    def residual_block(x, filters, stride=1, norm="bn"):
        return block(x, filters, stride, norm, **changes)

    return mutant("7.5", says, residual_block=residual_block)


always_projects = block_mutant(
    "Your shortcut always has a convolution. Where the shape stays, the shortcut is x itself: "
    "nothing to learn, and nothing in the way of the gradient.",
    project=lambda strided, widened: True,
)
projects_for_channels_only = block_mutant(
    "Where only the stride changes the shape, your shortcut has no projection. It needs one where "
    "the channels change or the stride is not 1.",
    project=lambda strided, widened: widened,
)
no_last_relu = block_mutant(
    "The ReLU after the sum is missing: a block gives max(F(x) + s(x), 0).", relu_after=False
)
relu_before_the_sum = block_mutant(
    "There is a ReLU on the way of F right before the sum, so the block can only ever add. The last "
    "ReLU comes after the sum, and only there.",
    relu_before=True,
)
relu_before_the_sum_only = block_mutant(
    "The ReLU stands on the way of F, before the sum, and none behind it. A block gives "
    "max(F(x) + s(x), 0): first the sum, then the ReLU.",
    relu_before=True,
    relu_after=False,
)
gamma_starts_at_one = block_mutant(
    "The γ of the norm before the sum starts at 1. Let it start at 0 "
    '(gamma_initializer="zeros"), so that a fresh block passes on what it gets.',
    zeros=(False, False),
)
first_gamma_zero = block_mutant(
    "It is the γ of your first norm that starts at 0. It should be the one of the norm before the "
    "sum.",
    zeros=(True, False),
)
bias_before_a_norm = block_mutant(
    "Your convolutions have a bias, and the norm behind them subtracts it again: use_bias=False "
    "where a norm follows.",
    biased=True,
)
never_a_bias = block_mutant(
    "With norm=None your convolutions have no bias. There is no norm to add one, so they need "
    "their own.",
    biased=False,
)
projection_without_norm = block_mutant(
    "The projection lacks its norm: a convolution on the shortcut is followed by one like the "
    "others.",
    norm_of_projection=False,
)
no_relu_between = block_mutant(
    "There is no ReLU between the two convolutions, so that together they are only one linear map.",
    relu_between=False,
)


@mutant(
    "7.5",
    "The stride is at your second convolution. The first one has it, so that the second works on the "
    "smaller maps.",
)
def stride_at_the_second(x, filters, stride=1, norm="bn"):
    return block(x, filters, stride, norm, strides=(1, stride))


@mutant(
    "7.5",
    'Your block always has batch norm. norm="ln" asks for LayerNormalization, and None for none.',
)
def always_batch_norm(x, filters, stride=1, norm="bn"):
    return block(x, filters, stride, "bn")


no_shortcut = block_mutant(
    "There is no shortcut: what is added to F(x) is missing.",
    join="none",
    project=lambda strided, widened: False,
)
concatenates = block_mutant(
    "You put F(x) and the shortcut side by side (Concatenate). They are added: the block has "
    "`filters` channels, not more.",
    join="concatenate",
)


# 7.6 ---------------------------------------------------------------------------------------------


def plain_block(x, filters, stride, zero=False, bias=False, depth=2):
    for number in range(depth):
        last = zero and number == depth - 1
        x = conv_norm_relu(x, filters, stride if number == 0 else 1, last, bias)
    return x


def conv_norm_relu(x, filters, stride=1, zero=False, bias=False):
    layers = keras.layers
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=bias)(x)
    x = layers.BatchNormalization(gamma_initializer="zeros" if zero else "ones")(x)
    return layers.ReLU()(x)


def network(
    n,
    base,
    block,
    *,
    stem=True,
    stages=3,
    widths=(1, 2, 4),
    strides=(1, 2, 2),
    every_block_strides=False,
    pool="mean",
    activation=None,
):
    """One of the two networks with one thing changed."""
    layers = keras.layers
    inputs = keras.Input((20, 20, 1))
    x = conv_norm_relu(inputs, base) if stem else inputs
    for stage in range(stages):
        for number in range(n):
            stride = strides[stage] if every_block_strides or number == 0 else 1
            x = block(x, base * widths[stage], stride)
    pools = {
        "mean": layers.GlobalAveragePooling2D,
        "max": layers.GlobalMaxPooling2D,
        "flat": layers.Flatten,
    }
    x = pools[pool]()(x)
    return keras.Model(inputs, layers.Dense(10, activation=activation)(x))


def network_mutant(says, plain=plain_block, residual=block, blocks=lambda n: n, **changes):
    def build_resnet(n, base):
        return network(blocks(n), base, residual, **changes)

    def build_plain(n, base):
        return network(blocks(n), base, plain, **changes)

    return mutant("7.6", says, build_resnet=build_resnet, build_plain=build_plain)


ends_in_a_softmax = network_mutant(
    "Your networks end in a softmax. They should return logits: leave the activation of the last "
    "layer out.",
    activation="softmax",
)
stride_in_the_first_stage = network_mutant(
    "Your first stage has stride 2 as well. Only the second and the third make the maps smaller.",
    strides=(2, 2, 2),
)
stride_in_every_block = network_mutant(
    "Every block of your later stages has stride 2. Only the first of a stage has.",
    every_block_strides=True,
)
one_width_for_all = network_mutant(
    "All of your stages have `base` channels. The second has twice, the third four times as many.",
    widths=(1, 1, 1),
)
width_grows_evenly = network_mutant(
    "Your third stage has 3 · base channels. The number doubles from stage to stage: 1, 2, 4.",
    widths=(1, 2, 3),
)
two_stages = network_mutant("There are only two stages in your networks.", stages=2)
one_block_too_few = network_mutant(
    "Each of your stages has n + 1 blocks. The text counts n in each.", blocks=lambda n: n + 1
)
flattens = network_mutant(
    "You flatten the last maps. Take the mean of each channel (GlobalAveragePooling2D): 25 times "
    "fewer weights in the dense layer.",
    pool="flat",
)
takes_the_maximum = network_mutant(
    "You take the maximum of each channel at the end. The text asks for its mean, "
    "GlobalAveragePooling2D.",
    pool="max",
)
no_first_convolution = network_mutant(
    "The 3×3 convolution before the first stage is missing.", stem=False
)
plain_with_gamma_zero = network_mutant(
    "In your plain network the second γ of each block starts at 0. Without a shortcut nothing comes "
    "through then: there every γ starts at 1.",
    plain=functools.partial(plain_block, zero=True),
)
plain_with_biases = network_mutant(
    "The convolutions of your plain network have a bias, which the norm behind them subtracts.",
    plain=functools.partial(plain_block, bias=True),
)
plain_with_half_the_layers = network_mutant(
    "Your plain network has one convolution for each block. It needs two, so that both networks are "
    "equally deep.",
    plain=functools.partial(plain_block, depth=1),
)
shortcuts_in_both = network_mutant(
    "Your plain network has shortcuts too. It should be the residual one without them.",
    plain=block,
)
shortcuts_in_neither = network_mutant(
    "Your residual network has no shortcuts: build it from residual_block.", residual=plain_block
)


# 7.7 ---------------------------------------------------------------------------------------------


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
    "7.7",
    "You call the model as at inference, so batch norm uses its moving averages. Ask for "
    "training=True.",
)
def as_at_inference(model, x, y):
    return norms(model, x, y, training=False)


@mutant(
    "7.7",
    "Your loss is the sum over the batch. Take the mean, or the gradients grow with the batch.",
)
def sum_of_the_losses(model, x, y):
    return norms(model, x, y, reduce=keras.ops.sum)


@mutant(
    "7.7",
    "You give the logits to a cross-entropy that takes them for probabilities: from_logits=True is "
    "missing.",
)
def logits_as_probabilities(model, x, y):
    return norms(model, x, y, from_logits=False)


@mutant(
    "7.7",
    "Only the kernels count in your numbers. A layer's biases, γ and β are weights as well.",
)
def kernels_only(model, x, y):
    return norms(model, x, y, only=2)


@mutant("7.7", "Your list goes from the output to the input. Turn it round.")
def from_the_output_to_the_input(model, x, y):
    return norms(model, x, y, order=-1)


@mutant("7.7", "Your numbers are squares of what they should be: the root is missing.")
def root_missing(model, x, y):
    return norms(model, x, y, each=lambda squares, sizes: sum(squares))


@mutant(
    "7.7",
    "You divide by the number of weights (the root of a mean square). The L2 norm is the root of the "
    "sum.",
)
def root_of_the_mean_square(model, x, y):
    return norms(model, x, y, each=lambda squares, sizes: (sum(squares) / sum(sizes)) ** 0.5)


@mutant(
    "7.7",
    "You add up the norms of a layer's kernel and bias. Take one norm of all their numbers together: "
    "the root of the sum of all squares.",
)
def sum_of_the_norms(model, x, y):
    return norms(model, x, y, each=lambda squares, sizes: sum(s**0.5 for s in squares))


@mutant(
    "7.7",
    "Your list has a number for each weight array. Kernel and bias of one layer belong together.",
)
def a_number_for_each_weight(model, x, y):
    return norms(model, x, y, by="weight")


@mutant(
    "7.7",
    "Your list has a 0 for every layer without weights. Leave those layers out.",
)
def zeros_for_layers_without_weights(model, x, y):
    return norms(model, x, y, by="every layer")


# 7.8 ---------------------------------------------------------------------------------------------


def fold(conv_w, conv_b, gamma, beta, mm, mv, eps, *, spread=None):
    arrays = (conv_w, conv_b, gamma, beta, mm, mv)
    conv_w, conv_b, gamma, beta, mm, mv = (np.asarray(a, dtype=float) for a in arrays)
    factor = gamma / (np.sqrt(mv + eps) if spread is None else spread(mv, eps))
    return conv_w, conv_b, beta, mm, factor


@mutant("7.8", "You add ε to the root of the variance. It stands under the root.")
def epsilon_after_the_root(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(
        conv_w, conv_b, gamma, beta, mm, mv, eps, spread=lambda mv, eps: np.sqrt(mv) + eps
    )
    return w * factor, (b - mm) * factor + beta


@mutant("7.8", "You divide by the variance. It is its root, the standard deviation.")
def variance_for_deviation(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(
        conv_w, conv_b, gamma, beta, mm, mv, eps, spread=lambda mv, eps: mv + eps
    )
    return w * factor, (b - mm) * factor + beta


@mutant("7.8", "The moving mean is missing in your bias: the norm subtracts it from w·x + b.")
def forgets_the_mean(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, _, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, b * factor + beta


@mutant("7.8", "The old bias goes through the norm too: it is multiplied by γ / √(v + ε).")
def bias_not_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, b - mm * factor + beta


@mutant("7.8", "The moving mean is multiplied by γ / √(v + ε) too, like all that comes before it.")
def mean_not_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, b * factor - mm + beta


@mutant("7.8", "The old bias is lost: (b − m) times the factor, plus β.")
def forgets_the_old_bias(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, _, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, beta - mm * factor


@mutant("7.8", "You multiply the weights by γ only, and forget the spread.")
def weights_by_gamma_only(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * np.asarray(gamma, dtype=float), (b - mm) * factor + beta


@mutant(
    "7.8",
    "You scale the input channels, axis 2 of the weights. The norm comes after the convolution: "
    "each factor belongs to an output channel, the last axis.",
)
def input_channels_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor[:, None], (b - mm) * factor + beta


@mutant("7.8", "You multiply β by the factor as well. It is added last, after the scaling.")
def beta_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, (b - mm + beta) * factor
