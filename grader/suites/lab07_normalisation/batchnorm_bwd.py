"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference import normalization as oracle

from ..checks.batchnorm_bwd import backward, gradients_are, gradients_of_own_forward
from ..checks.oracles import features
from .building_blocks import forward_in_float32, forward_in_small_steps


def two_passes(student, dout, x, gamma, beta, eps):
    """The gradients of the student's two passes, from moving averages as they begin."""
    averages = np.zeros_like(gamma), np.ones_like(gamma)
    return backward(student, dout, x, gamma, beta, *averages, True, 0.9, eps)


@check("oracle")
def test_the_gradients_of_the_own_forward_pass(student, rng):
    """batchnorm_bwd returns the gradients of your own batchnorm_fwd, for batches of any size"""
    for n, d in ((5, 7), (11, 2), (3, 5)):
        x, gamma, beta = features(rng, n, d)
        eps, dout = rng.uniform(0.1, 1), rng.normal(size=(n, d)) + 0.5
        right = gradients_of_own_forward(student, dout, x, gamma, beta, eps)
        got = two_passes(student, dout, x, gamma, beta, eps)
        gradients_are(got, right, f"A batch {(n, d)}.")


@check()
def test_a_loss_that_shifting_and_stretching_would_lower(student, rng):
    """dx never shifts or stretches a whole feature, however strongly dout asks for it"""
    x, gamma, beta = features(rng, 7, 3)
    x_hat = oracle.normalize(x, 0, 1e-9)
    rest = rng.normal(size=x.shape)
    rest -= rest.mean(axis=0) + x_hat * (rest * x_hat).mean(axis=0)
    p, q = rng.uniform(2, 5, size=2)
    dx, dgamma, dbeta = two_passes(student, p + q * x_hat + rest, x, gamma, beta, 1e-9)
    close(dx, gamma / x.std(axis=0) * rest, "dx:", rtol=1e-3, atol=1e-3 * np.abs(dx).max())
    close(dgamma, [7 * q] * 3, "dgamma:", rtol=1e-3, constant=True)
    close(dbeta, [7 * p] * 3, "dbeta:", rtol=1e-3, constant=True)


@check()
def test_weights_before_the_norm(student, rng):
    """The gradient for the weights of a dense layer before the norm is at right angles to them"""
    z, w = rng.normal(size=(11, 5)), rng.normal(size=(5, 3))
    x = z @ w
    _, gamma, beta = features(rng, 11, 3)
    dout = rng.normal(size=x.shape) + x
    dx, *_ = two_passes(student, dout, x, gamma, beta, 1e-9)
    dw = z.T @ dx
    size = np.linalg.norm(dw, axis=0) * np.linalg.norm(w, axis=0)
    holds((size > 1e-3).all(), "Your dx is 0, but this loss does change with x.", got=dx)
    close((w * dw).sum(axis=0) / size, np.zeros(3), "The cosines.", atol=1e-3, constant=True)


@check()
def test_it_is_linear_in_dout(student, rng):
    """Twice the dout gives twice the gradients"""
    x, gamma, beta = features(rng, 5, 4)
    dout = rng.normal(size=x.shape)
    once = two_passes(student, dout, x, gamma, beta, 0.2)
    twice = two_passes(student, -2 * dout, x, gamma, beta, 0.2)
    gradients_are(twice, [-2 * part for part in once], "dout times −2.")
    holds(any(np.abs(part).max() > 1e-3 for part in once), "All gradients are 0.", got=once)


# Mutants ------------------------------------------------------------------------------------------


def mutant_backward(
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
    "Your dx treats mean and variance as constants. They depend on every x of the batch: two terms "
    "are missing.",
)
def both_statistics_constant(dout, cache):
    return mutant_backward(dout, cache, mean=False, variance=False)


@mutant(
    "The path through the mean is missing in your dx: subtract the mean of dout over the batch.",
)
def mean_constant(dout, cache):
    return mutant_backward(dout, cache, mean=False)


@mutant(
    "The path through the variance is missing in your dx: subtract x̂ times the mean of dout · x̂.",
)
def variance_constant(dout, cache):
    return mutant_backward(dout, cache, variance=False)


@mutant("γ is missing in your dx: on its way from y to x̂ the gradient is multiplied by γ.")
def forgets_gamma(dout, cache):
    return mutant_backward(dout, cache, scaled=False)


@mutant(
    "Your dγ and dβ are means over the batch. All examples share one γ and one β, so their gradients "
    "add up.",
)
def means_for_gamma_and_beta(dout, cache):
    return mutant_backward(dout, cache, total=np.mean)


@mutant("Your dγ is the sum of dout. y is γ · x̂ + β, so multiply each dout by its x̂.")
def gamma_without_x_hat(dout, cache):
    dx, _, dbeta = mutant_backward(dout, cache)
    return dx, dbeta.copy(), dbeta


@mutant(
    "The root is missing in your dx: divide by the square root of variance + ε.",
)
def forgets_the_root(dout, cache):
    dx, dgamma, dbeta = mutant_backward(dout, cache)
    return dx * np.asarray(cache[1]), dgamma, dbeta


@mutant(
    "In your dx you divide by variance + ε. Divide by its square root.",
)
def divides_by_the_variance(dout, cache):
    dx, dgamma, dbeta = mutant_backward(dout, cache)
    return dx / np.asarray(cache[1]), dgamma, dbeta


@mutant(
    "Your dx has sums over the batch instead of means: each of the two terms has a factor 1/N.",
)
def sums_for_means(dout, cache):
    x_hat, root, gamma = (np.asarray(a, dtype=float) for a in cache)
    dout = np.asarray(dout, dtype=float)
    dx = gamma / root * (dout - dout.sum(axis=0) - x_hat * (dout * x_hat).sum(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@mutant("dgamma and dbeta are swapped: return dx, then dgamma, then dbeta.")
def gamma_and_beta_swapped(dout, cache):
    dx, dgamma, dbeta = mutant_backward(dout, cache)
    return dx, dbeta, dgamma


# Variants -----------------------------------------------------------------------------------------


@variant("example by example, in loops")
def backward_by_loops(dout, cache):
    x_hat, root, gamma = cache
    N, D = np.shape(dout)
    dx = np.zeros((N, D))
    for d in range(D):
        for m in range(N):
            for n in range(N):
                slope = (n == m) - 1 / N - x_hat[n][d] * x_hat[m][d] / N
                dx[m, d] += gamma[d] * dout[n][d] * slope / root[d]
    dgamma = [sum(dout[n][d] * x_hat[n][d] for n in range(N)) for d in range(D)]
    return dx, dgamma, [sum(dout[n][d] for n in range(N)) for d in range(D)]


def small_steps_backward(dout, cache):
    hat, inverse, gamma = cache["hat"], cache["inverse"], cache["gamma"]
    N = len(dout)
    dhat = dout * gamma
    dvariance = -0.5 * np.sum(dhat * hat, axis=0) * inverse**2
    dmean = -np.sum(dhat, axis=0) * inverse
    dx = dhat * inverse + dvariance * 2 * (hat / inverse) / N + dmean / N
    return dx, np.sum(dout * hat, axis=0), np.sum(dout, axis=0)


in_small_steps = variant(
    "through variance and mean one after the other, with its own forward pass and cache",
    batchnorm_fwd=forward_in_small_steps,
    batchnorm_bwd=small_steps_backward,
)


def float32_backward(dout, cache):
    x, mean, var, gamma, eps = (np.asarray(a, dtype=np.float32) for a in cache)
    dout = np.asarray(dout, dtype=np.float32)
    x_hat = (x - mean) / np.sqrt(var + eps)
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    n = np.float32(len(x))
    return gamma / np.sqrt(var + eps) * (dout - dbeta / n - x_hat * dgamma / n), dgamma, dbeta


in_float32 = variant(
    "float32 forwards and backwards",
    batchnorm_fwd=forward_in_float32,
    batchnorm_bwd=float32_backward,
)


@variant("the whole Jacobian at once, by einsum, returned as a list")
def backward_by_jacobian(dout, cache):
    x_hat, root, gamma = cache
    N = len(dout)
    jacobian = np.eye(N)[:, :, None] - 1 / N - np.einsum("nd,md->nmd", x_hat, x_hat) / N
    dx = np.einsum("nd,nmd->md", dout, jacobian) * gamma / root
    return [dx, np.einsum("nd,nd->d", dout, x_hat), np.einsum("nd->d", dout)]
