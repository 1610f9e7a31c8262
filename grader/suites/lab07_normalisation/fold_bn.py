"""Hidden checks of N.8."""

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.normalization import batch_norm

from ..checks.fold_bn import convolution_with_norm, folded, right_fold


@check("oracle")
def test_the_same_answers_on_fresh_images(student, rng):
    """The folded convolution gives the same output as the convolution and the norm"""
    for shape, strides, padding in (
        ((3, 2, 5, 4), 1, "same"),
        ((2, 3, 3, 3), 2, "valid"),
        ((1, 1, 2, 7), 1, "valid"),
    ):
        w, b, *norm = convolution_with_norm(rng, *shape)
        eps = rng.uniform(0.05, 1)
        x = rng.normal(size=(2, 7, 5, shape[2]))
        right = batch_norm(conv_nd(x, w, b, strides, padding), *norm, eps)
        new_w, new_b = folded(student, w, b, *norm, eps)
        got = conv_nd(x, new_w, new_b, strides, padding)
        close(got, right, f"Filters {shape}.", rtol=1e-3, atol=1e-5 * np.abs(right).max())


@check("probe")
def test_an_image_of_zeros(student, rng):
    """For an image of zeros only the bias is left"""
    w, b, gamma, beta, mm, mv = convolution_with_norm(rng, 2, 3, 4, 5)
    _, new_b = folded(student, w, b, gamma, beta, mm, mv, 0.3)
    close(new_b, batch_norm(b[None], gamma, beta, mm, mv, 0.3)[0], "The bias:", atol=1e-5)


@check()
def test_a_norm_that_does_nothing(student, rng):
    """A norm with γ = √(v + ε) and β = m leaves the convolution as it is"""
    w, b, _, _, mm, mv = convolution_with_norm(rng, 3, 2, 4, 5)
    new_w, new_b = folded(student, w, b, np.sqrt(mv + 0.7), mm, mm, mv, 0.7)
    close(new_w, w, "The weights:")
    close(new_b, b, "The bias:", atol=1e-5)


@check()
def test_as_many_filters_as_channels(student, rng):
    """There may be as many filters as channels, and filters that only pass on a channel"""
    w = rng.integers(-3, 4, size=(1, 3, 4, 4)).astype(float)
    w[0, 0] = np.eye(4)
    b, gamma, beta, mm = rng.integers(1, 5, size=(4, 4)).astype(float)
    mv = np.array([1.0, 2, 5, 7])
    new_w, new_b = folded(student, w, b, gamma, beta, mm, mv, 0.5)
    right_w, right_b = right_fold(w, b, gamma, beta, mm, mv, 0.5)
    close(new_w, right_w, "The weights:")
    close(new_b, right_b, "The bias:", atol=1e-5)


# Mutants ------------------------------------------------------------------------------------------


def fold(conv_w, conv_b, gamma, beta, mm, mv, eps, *, spread=None):
    arrays = (conv_w, conv_b, gamma, beta, mm, mv)
    conv_w, conv_b, gamma, beta, mm, mv = (np.asarray(a, dtype=float) for a in arrays)
    factor = gamma / (np.sqrt(mv + eps) if spread is None else spread(mv, eps))
    return conv_w, conv_b, beta, mm, factor


@mutant("You add ε to the root of the variance. It belongs under the root.")
def epsilon_after_the_root(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(
        conv_w, conv_b, gamma, beta, mm, mv, eps, spread=lambda mv, eps: np.sqrt(mv) + eps
    )
    return w * factor, (b - mm) * factor + beta


@mutant("You divide by the variance. Divide by its root, the standard deviation.")
def variance_for_deviation(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(
        conv_w, conv_b, gamma, beta, mm, mv, eps, spread=lambda mv, eps: mv + eps
    )
    return w * factor, (b - mm) * factor + beta


@mutant("The moving mean is missing in your bias: the norm subtracts it from w · x + b.")
def forgets_the_mean(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, _, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, b * factor + beta


@mutant("You do not scale the old bias. It goes through the norm too: multiply it by γ / √(v + ε).")
def bias_not_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, b - mm * factor + beta


@mutant("You do not scale the moving mean. Multiply it by γ / √(v + ε), like everything before it.")
def mean_not_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, b * factor - mm + beta


@mutant("The old bias is missing: the new one is (b − m) times the factor, plus β.")
def forgets_the_old_bias(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, _, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, beta - mm * factor


@mutant("You multiply the weights by γ only. Divide them by the spread, √(v + ε), too.")
def weights_by_gamma_only(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * np.asarray(gamma, dtype=float), (b - mm) * factor + beta


@mutant(
    "You scale the input channels, axis 2 of the weights. The norm comes after the convolution: "
    "each factor belongs to an output channel, the last axis.",
)
def input_channels_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor[:, None], (b - mm) * factor + beta


@mutant("You multiply β by the factor as well. It is added last, after the scaling.")
def beta_scaled(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, beta, mm, factor = fold(conv_w, conv_b, gamma, beta, mm, mv, eps)
    return w * factor, (b - mm + beta) * factor


# Variants -----------------------------------------------------------------------------------------


@variant("filter by filter")
def fold_by_loops(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b = np.zeros(np.shape(conv_w)), []
    for f in range(np.shape(conv_w)[3]):
        scale = float(gamma[f]) / (float(mv[f]) + eps) ** 0.5
        w[:, :, :, f] = np.asarray(conv_w)[:, :, :, f] * scale
        b.append(scale * float(conv_b[f]) + (float(beta[f]) - scale * float(mm[f])))
    return [w, b]


@variant("float32")
def fold_in_float32(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, gamma, beta, mm, mv = (np.float32(a) for a in (conv_w, conv_b, gamma, beta, mm, mv))
    inverse = np.float32(1) / np.sqrt(mv + np.float32(eps))
    return w * (gamma * inverse), gamma * (b - mm) * inverse + beta


@variant("a matrix product with a diagonal matrix")
def fold_by_matrix(conv_w, conv_b, gamma, beta, mm, mv, eps):
    scale = np.diag(np.asarray(gamma) * (np.asarray(mv) + eps) ** -0.5)
    return np.tensordot(conv_w, scale, axes=1), (np.asarray(conv_b) - mm) @ scale + beta
