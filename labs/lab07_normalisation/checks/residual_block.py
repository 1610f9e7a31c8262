"""The visible checks of 7.5."""

import numpy as np

from nablab.checking import check, close, equal, holds, models
from nablab.checking.expect import declared_parameters
from nablab.sandbox.student import parameters

from .oracles import block, convolutions, named, rounded, written


def zero_gamma(net):
    """The indices among the weights of the γ that starts at 0, and of its β."""
    values = net.get_weights()
    zeros = [i for i in named(net, "gamma") if not values[i].any()]
    holds(
        len(zeros) == 1,
        f"In a block {len(zeros)} γ start at 0. Only one should, that of the norm before the sum.",
    )
    prefix = net.weights[zeros[0]].path.rpartition("/")[0]
    paths = [weight.path for weight in net.weights]
    return zeros[0], paths.index(f"{prefix}/beta")


@check("contract")
def test_a_tensor_of_the_right_shape(student):
    """residual_block(x, filters, stride, norm) returns a Keras tensor of the right shape"""
    wanted = declared_parameters(student, "residual_block")
    found = parameters(student, "residual_block")
    holds(
        wanted is None or found[:4] == tuple(wanted),
        f"residual_block takes ({', '.join(found)}); the exercise asks for (x, filters, stride, "
        "norm), in this order.",
        got=", ".join(found),
    )
    block(student, (7, 5, 4), 4, 1, "ln")
    block(student, (7, 5, 4), 6, 2, None)
    block(student, (7, 5, 4), 6)  # with stride=1 and norm="bn" left out


@check("hand")
def test_the_parameters_of_the_text(student):
    """The two blocks of the text have 3680 and 4672 trainable parameters"""
    for shape, filters, stride, right, says in (
        ((20, 20, 8), 16, 2, 3680, "From 8 to 16 channels with stride 2."),
        ((10, 10, 16), 16, 1, 4672, "From 16 to 16 channels with stride 1."),
    ):
        net = block(student, shape, filters, stride, "bn")
        equal(net.trainable, right, says)


@check("probe")
def test_a_fresh_block_passes_on_what_it_gets(student, rng):
    """If the shape stays, a fresh block returns relu(x), in training and at inference"""
    x = rng.normal(size=(3, 7, 5, 4))
    for norm in ("bn", "ln"):
        net = block(student, (7, 5, 4), 4, 1, norm)
        for training in (False, True):
            close(
                net(x, training=training),
                np.maximum(x, 0),
                f"norm={norm!r}, {'in training' if training else 'at inference'}.",
                given={"x": x[0, :, :, 0]},
                atol=1e-5,
            )


@check("probe")
def test_a_projection_only_where_the_shape_changes(student):
    """There is a 1×1 projection if channels or stride change, and only then"""
    for filters, args, count in (
        (4, (1, "bn"), 0),
        (6, (), 1),
        (4, (2, "bn"), 1),
        (6, (2, "bn"), 1),
    ):
        net, stride = block(student, (7, 5, 4), filters, *args), args[0] if args else 1
        found = convolutions(net)
        says = f"From 4 to {filters} channels, stride {stride}:"
        projections = [conv for conv in found if conv[0] == (1, 1)]
        equal(len(projections), count, f"{says} the number of 1×1 convolutions.")
        thick = [conv[1:3] for conv in found if conv[0] == (3, 3)]
        right = [(filters, (stride, stride)), (filters, (1, 1))]
        holds(
            thick == right,
            f"{says} the 3×3 convolutions have (filters, strides) {thick}, expected {right}.",
            got=thick,
            expected=right,
        )
        norms = net.kinds.count("BatchNormalization")
        equal(norms, 2 + count, f"{says} the number of BatchNormalization layers.")


@check("probe")
def test_a_bias_only_without_a_norm(student):
    """Convolutions have a bias without a norm, and no bias before a norm"""
    kinds = {"bn": "BatchNormalization", "ln": "LayerNormalization"}
    for norm in ("bn", "ln", None):
        net = block(student, (7, 5, 4), 6, 2, norm)
        biased = [conv[3] for conv in convolutions(net)]
        wanted = norm is None
        holds(
            len(biased) == 3 and all(bias == wanted for bias in biased),
            f"norm={norm!r}: {sum(biased)} of {len(biased)} convolutions have a bias; "
            f"{'all three' if wanted else 'none'} should.",
        )
        norms = [kind for kind in net.kinds if kind.endswith("Normalization")]
        right = [kinds[norm]] * 3 if norm else []
        holds(norms == right, f"norm={norm!r}: the norms are {norms}, expected {right}.", got=norms)


@check()
def test_what_is_added_may_be_negative(student, rng):
    """F may be negative: with β = −1 in its last norm a fresh block returns relu(x − 1)"""
    x = rng.normal(size=(2, 7, 5, 4)) + 1
    for norm in ("bn", "ln"):
        net = block(student, (7, 5, 4), 4, 1, norm)
        weights, (_, beta) = net.get_weights(), zero_gamma(net)
        weights[beta] = -np.ones_like(weights[beta])
        net.set_weights(weights)
        close(
            net(x),
            np.maximum(x - 1, 0),
            f"norm={norm!r}: is there a ReLU in F before the sum?",
            given={"x": x[0, :, :, 0]},
            atol=1e-5,
        )


@check()
def test_a_relu_between_the_convolutions(student, rng):
    """F has a ReLU in its middle: with −1 in the middle of both kernels it gives relu(x)"""
    x = rng.normal(size=(2, 7, 5, 4))
    net = block(student, (7, 5, 4), 4, 1, "bn")
    weights, (gamma, _) = net.get_weights(), zero_gamma(net)
    weights[gamma] = np.ones_like(weights[gamma])
    for i, weight in enumerate(net.weights):
        if weight.shape[:2] == (3, 3):
            weights[i] = np.zeros(weight.shape)
            weights[i][1, 1] = -np.eye(4)
    net.set_weights(weights)
    close(
        net(x),
        np.maximum(x, 0),
        "The first convolution flips the sign, the ReLU removes what was positive, and the second "
        "flips the sign back: F(x) = min(x, 0), so y = relu(x + min(x, 0)) = relu(x).",
        given={"x": x[0, :, :, 0]},
        atol=1e-5,
    )


def probe_blocks(student):
    """What fresh blocks are made of and what they compute, without anything random."""
    told = []
    x = np.linspace(-2, 2, 1 * 6 * 4 * 2).reshape(1, 6, 4, 2)
    for norm, filters, stride in (
        ("bn", 2, 1),
        ("bn", 2, 2),
        ("bn", 5, 1),
        ("bn", 5, 2),
        ("ln", 2, 1),
        ("ln", 5, 2),
        (None, 5, 2),
    ):
        try:
            net = models.functional(student, "residual_block", (6, 4, 2), filters, stride, norm)
        except Exception as error:
            told.append(type(error).__name__)
            continue
        told.append([tuple(net.output_shape), net.trainable, convolutions(net), net.kinds])
        if (filters, stride) != (2, 1):
            continue
        fresh = list(zip(net.weights, net.get_weights(), strict=True))
        told.append([float(v[0]) for weight, v in fresh if weight.path.endswith("gamma")])
        betas = [i for i, (weight, _) in enumerate(fresh) if weight.path.endswith("beta")]
        weights = [written(w) if w.path.rpartition("/")[2] == "kernel" else v for w, v in fresh]
        for shift in (0, 1):
            for i in betas[1:2]:
                weights[i] = weights[i] - shift
            net.set_weights(weights)
            told.append(rounded(net(x)))
    return told


PROBES = [probe_blocks]
