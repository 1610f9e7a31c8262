"""Hidden checks of N.5."""

from itertools import count, permutations, product

import numpy as np
from keras import layers

from nablab.checking import check, close, equal, holds, mutant, variant
from nablab.reference.blocks import residual_block
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.normalization import batch_norm, layer_norm

from ..checks.oracles import block, named
from ..checks.residual_block import zero_gamma
from . import building_blocks
from .oracles import drawn


def by_layer(net):
    """The weights of a model layer by layer, each as {kernel, gamma, …: index}."""
    layers = {}
    for i, weight in enumerate(net.weights):
        layer, _, name = weight.path.rpartition("/")
        layers.setdefault(layer, {})[name] = i
    return list(layers.values())


def outputs_of_the_equation(net, values, x, stride, norm):
    """What the equation gives for x, for each way to take the model's layers as W₁, W₂, W_s and N₁,
    N₂, N_s."""
    layers = by_layer(net)
    convs = [{k: values[i] for k, i in layer.items()} for layer in layers if "kernel" in layer]
    norms = [{k: values[i] for k, i in layer.items()} for layer in layers if "gamma" in layer]
    thick = [conv for conv in convs if conv["kernel"].shape[:2] == (3, 3)]
    thin = [conv for conv in convs if conv["kernel"].shape[:2] == (1, 1)]
    wanted = (len(thin) + 2) if norm else 0
    holds(
        len(thick) == 2 and len(thin) <= 1 and len(norms) == wanted,
        f"norm={norm!r}: the block has {len(thick)} 3×3 and {len(thin)} 1×1 convolutions and "
        f"{len(norms)} norms.",
    )
    pairs = [(a, b) for a, b in permutations(thick) if a["kernel"].shape[2] == x.shape[-1]]
    pairs = [(a, b) for a, b in pairs if b["kernel"].shape[2] == b["kernel"].shape[3]]
    for (first, second), order in product(pairs, permutations(norms)):

        def after(conv, number, order=order):
            def normalise(h):
                h = h + conv.get("bias", 0)
                if norm is None:
                    return h
                kept = order[number]
                if norm == "ln":
                    return layer_norm(h, kept["gamma"], kept["beta"])
                moving = kept["moving_mean"], kept["moving_variance"]
                return batch_norm(h, kept["gamma"], kept["beta"], *moving)

            return normalise

        def shortcut(x, after=after):
            return after(thin[0], 2)(conv_nd(x, thin[0]["kernel"], strides=stride, padding="same"))

        try:
            yield residual_block(
                x,
                first["kernel"],
                second["kernel"],
                after(first, 0),
                after(second, 1),
                shortcut if thin else None,
                stride,
            )
        except ValueError:  # taken in this way, the layers do not fit together
            continue


@check()
def test_sizes_and_parameters(student):
    """Output size ⌈size / stride⌉ and parameters are right, for odd sizes, any stride and norm"""
    for shape, filters, stride, norm, right in (
        ((7, 5, 3), 3, 1, "bn", (None, 7, 5, 3)),
        ((7, 5, 3), 2, 2, "ln", (None, 4, 3, 2)),
        ((8, 11, 3), 3, 3, "bn", (None, 3, 4, 3)),
        ((5, 6, 3), 4, 2, None, (None, 3, 3, 4)),
    ):
        channels = shape[2]
        projects = stride != 1 or channels != filters
        kernels = 9 * channels * filters + 9 * filters**2 + projects * channels * filters
        others = (2 + projects) * filters * (2 if norm else 1)
        net = block(student, shape, filters, stride, norm)
        says = f"From {shape} to {filters} channels, stride {stride}, norm={norm!r}:"
        equal(tuple(net.output_shape), right, says)
        equal(net.trainable, kernels + others, f"{says} the number of trained parameters.")


@check()
def test_one_gamma_starts_at_zero(student, rng):
    """The γ of one norm starts at 0 and that of all others at 1; all β start at 0"""
    for shape, filters, stride, norm in (
        ((7, 5, 3), 3, 1, "bn"),
        ((7, 6, 3), 5, 2, "bn"),
        ((7, 5, 3), 2, 2, "ln"),
    ):
        net = block(student, shape, filters, stride, norm)
        values = net.get_weights()
        gammas = [values[i] for i in named(net, "gamma")]
        zeros = [not gamma.any() for gamma in gammas]
        ones = [bool((gamma == 1).all()) for gamma in gammas]
        says = f"From {shape} to {filters} channels, stride {stride}, norm={norm!r}:"
        holds(
            sum(zeros) == 1 and sum(ones) == len(ones) - 1,
            f"{says} {sum(zeros)} γ start at 0 and {sum(ones)} at 1, of {len(ones)}.",
        )
        holds(
            not any(values[i].any() for i in named(net, "beta")),
            f"{says} a β does not start at 0.",
        )
        # Nothing of F comes through a fresh block, even with random kernels.
        kernels = [i for i, weight in enumerate(net.weights) if weight.shape[:2] == (3, 3)]
        x = rng.normal(size=(2, *shape))
        before = net(x)
        for i in kernels:
            values[i] = rng.normal(size=values[i].shape)
        net.set_weights(values)
        close(
            net(x),
            before,
            f"{says} F should be 0, whatever W₁ and W₂ are.",
            atol=1e-5,
            constant=True,
        )


@check()
def test_the_last_norm_is_the_one_that_starts_at_zero(student, rng):
    """The γ that starts at 0 is that of the norm before the sum: its β is added to x directly"""
    for norm in ("bn", "ln"):
        net = block(student, (7, 5, 3), 3, 1, norm)
        values, shift = net.get_weights(), rng.normal(size=3) - 0.5
        _, beta = zero_gamma(net)
        values[beta] = shift
        net.set_weights(values)
        x = rng.normal(size=(2, 7, 5, 3)) + 0.5
        close(net(x), np.maximum(x + shift, 0), f"norm={norm!r}.", rtol=1e-3, atol=1e-5)


@check()
def test_a_change_arrives_whole_behind_five_blocks(student, rng):
    """A small change of the input passes through five fresh blocks unchanged"""
    for norm in ("bn", "ln"):
        net = block(student, (7, 5, 3), 3, 1, norm)
        x = rng.uniform(1, 2, size=(2, 7, 5, 3))
        both = np.concatenate([x, x + rng.uniform(-0.5, 0.5, size=x.shape)])
        after = both
        for _ in range(5):
            after = net(after)
        close(after, both, f"norm={norm!r}.", atol=1e-4)


@check("oracle")
def test_it_computes_the_equation(student, rng):
    """With any weights a block computes relu(F(x) + s(x))"""
    for shape, filters, stride, norm in (
        ((7, 5, 3), 3, 1, "bn"),
        ((7, 6, 3), 5, 2, "bn"),
        ((7, 5, 3), 3, 1, "ln"),
        ((7, 5, 3), 2, 2, "ln"),
        ((8, 11, 3), 3, 3, "bn"),
        ((5, 6, 3), 4, 2, None),
        ((6, 7, 3), 3, 1, None),
    ):
        net = block(student, shape, filters, stride, norm)
        values = drawn(rng, net)
        net.set_weights(values)
        x = rng.normal(size=(2, *shape))
        got = np.asarray(net(x), dtype=float)
        says = f"From {shape} to {filters} channels, stride {stride}, norm={norm!r}:"
        best = None
        for right in outputs_of_the_equation(net, values, x, stride, norm):
            equal(got.shape, right.shape, says)
            if best is None or np.abs(got - right).max() < np.abs(got - best).max():
                best = right
        holds(best is not None, f"{says} its layers do not fit together as in the equation.")
        close(got, best, says, rtol=1e-3, atol=1e-4 * np.abs(best).max())


# Mutants ------------------------------------------------------------------------------------------


def block_mutant(says, **changes):
    def residual_block(x, filters, stride=1, norm="bn"):
        return building_blocks.changed_block(x, filters, stride, norm, **changes)

    return mutant(says, residual_block=residual_block)


always_projects = block_mutant(
    "Your shortcut always has a convolution. If the shape stays, the shortcut is x itself, with nothing "
    "to learn and nothing in the way of the gradient.",
    project=lambda strided, widened: True,
)


projects_for_channels_only = block_mutant(
    "Your shortcut has no projection if only the stride changes the shape. It needs one if the channels "
    "change or the stride is not 1.",
    project=lambda strided, widened: widened,
)


no_last_relu = block_mutant(
    "The ReLU after the sum is missing: a block returns max(F(x) + s(x), 0).", relu_after=False
)


relu_before_the_sum = block_mutant(
    "Your F ends with a ReLU right before the sum, so F is never negative. The last ReLU comes after "
    "the sum only.",
    relu_before=True,
)


relu_before_the_sum_only = block_mutant(
    "Your last ReLU comes before the sum, in F, and there is none after it. A block returns "
    "max(F(x) + s(x), 0): first the sum, then the ReLU.",
    relu_before=True,
    relu_after=False,
)


gamma_starts_at_one = block_mutant(
    "The γ of the norm before the sum starts at 1. Let it start at 0 "
    '(gamma_initializer="zeros"), so that a fresh block passes on its input.',
    zeros=(False, False),
)


first_gamma_zero = block_mutant(
    "The γ of your first norm starts at 0. It should be the γ of the norm before the sum.",
    zeros=(True, False),
)


bias_before_a_norm = block_mutant(
    "Your convolutions have a bias, and the norm after them subtracts it again: use use_bias=False if "
    "a norm follows.",
    biased=True,
)


never_a_bias = block_mutant(
    "With norm=None your convolutions have no bias. There is no norm to add one, so they need their "
    "own.",
    biased=False,
)


projection_without_norm = block_mutant(
    "The norm after your projection is missing: the convolution on the shortcut needs one like the "
    "others.",
    norm_of_projection=False,
)


no_relu_between = block_mutant(
    "There is no ReLU between your two convolutions, so together they are just one linear map.",
    relu_between=False,
)


@mutant(
    "Your second convolution has the stride. Give it to the first, so that the second works on the "
    "smaller maps.",
)
def stride_at_the_second(x, filters, stride=1, norm="bn"):
    return building_blocks.changed_block(x, filters, stride, norm, strides=(1, stride))


@mutant(
    'Your block always has batch norm. norm="ln" asks for LayerNormalization, norm=None for no norm.',
)
def always_batch_norm(x, filters, stride=1, norm="bn"):
    return building_blocks.changed_block(x, filters, stride, "bn")


no_shortcut = block_mutant(
    "Your block has no shortcut: add s(x) to F(x).",
    join="none",
    project=lambda strided, widened: False,
)


concatenates = block_mutant(
    "You put F(x) and the shortcut side by side (Concatenate). Add them: the block has `filters` "
    "channels, not more.",
    join="concatenate",
)


# Variants -----------------------------------------------------------------------------------------

block_with_ops = variant(
    "keras.ops for ReLU and the sum, arguments given in other ways",
    residual_block=building_blocks.block_with_ops,
)
block_shortcut_first = variant(
    "the shortcut first, Activation layers, layers.add, he_normal",
    residual_block=building_blocks.block_shortcut_first,
)


NUMBERS = count()


@variant("explicit float32, named layers, relu as an argument if there is no norm")
def block_of_named_layers(x, filters, stride=1, norm="bn"):
    def stage(h, name, size, strides, relu, gamma="ones"):
        conv = layers.Conv2D(
            filters,
            size,
            strides,
            "same",
            use_bias=not norm,
            dtype="float32",
            activation="relu" if relu and not norm else None,
            name=f"{name}_{next(NUMBERS)}",
        )
        h = conv(h)
        if norm == "bn":
            h = layers.BatchNormalization(gamma_initializer=gamma, dtype="float32")(h)
        elif norm == "ln":
            h = layers.LayerNormalization(gamma_initializer=gamma, dtype="float32")(h)
        return layers.ReLU()(h) if relu and norm else h

    h = stage(x, "first", 3, stride, True)
    h = stage(h, "second", 3, 1, False, gamma="zeros")
    same = stride == 1 and filters == x.shape[-1]
    s = x if same else stage(x, "shortcut", 1, stride, False)
    return layers.ReLU()(layers.Add()([s, h]))
