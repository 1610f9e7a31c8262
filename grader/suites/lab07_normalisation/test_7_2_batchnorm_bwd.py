"""Hidden checks of 7.2."""

import numpy as np

from nablab.checking import close, each, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference import normalization as oracle


def features(rng, n, d):
    x = rng.normal(size=(n, d)) * rng.uniform(0.5, 3, size=d) + rng.normal(size=d)
    gamma, beta = rng.normal(size=(2, d)) + np.array([[1.5], [0.5]])
    return x, gamma, beta


def forward(student, x, gamma, beta, eps):
    d = len(gamma)
    got = student.batchnorm_fwd(x, gamma, beta, np.zeros(d), np.ones(d), True, 0.9, eps)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 4,
        "batchnorm_fwd should return four things: `return y, mm, mv, cache`.",
        got=got,
    )
    return as_numbers(got[0]), got[3]


def backward(student, dout, x, gamma, beta, eps):
    got = student.batchnorm_bwd(dout, forward(student, x, gamma, beta, eps)[1])
    holds(
        isinstance(got, (tuple, list)) and len(got) == 3,
        "batchnorm_bwd should return three arrays: `return dx, dgamma, dbeta`.",
        got=got,
    )
    arrays = [as_numbers(part) for part in got]
    for name, array, shape in zip(
        ("dx", "dgamma", "dbeta"), arrays, (x.shape, gamma.shape, gamma.shape), strict=True
    ):
        holds(
            array.shape == shape, f"{name} has the shape {array.shape}, expected {shape}.", got=got
        )
    return arrays


def own_gradients(student, dout, x, gamma, beta, eps):
    """The equation where the student's forward pass is right; else its central differences."""
    y, _ = forward(student, x, gamma, beta, eps)
    right = oracle.batch_norm_training(x, gamma, beta, eps)
    if y.shape == right.shape and np.allclose(y, right, rtol=1e-3, atol=1e-4):
        return oracle.batch_norm_gradients(x, gamma, dout, eps)
    inputs, slopes, d = [x, gamma, beta], [], len(gamma)
    for which, array in enumerate(inputs):
        calls = []
        for index in np.ndindex(array.shape):
            for step in (1e-5, -1e-5):
                moved = array.copy()
                moved[index] += step
                args = [*inputs[:which], moved, *inputs[which + 1 :]]
                calls.append((*args, np.zeros(d), np.ones(d), True, 0.9, eps))
        losses = [np.sum(dout * as_numbers(y[0])) for y in each(student, "batchnorm_fwd", calls)]
        slopes.append(np.reshape(np.subtract(losses[::2], losses[1::2]) / 2e-5, array.shape))
    return slopes


def same(got, right, says):
    for name, mine, theirs in zip(("dx", "dgamma", "dbeta"), got, right, strict=True):
        close(mine, theirs, f"{says} {name}:", rtol=1e-3, atol=1e-4 * np.abs(theirs).max())


@exercise("7.2", stage="oracle")
def test_the_gradients_of_the_own_forward_pass(student, rng):
    """They are the gradients of the own forward pass, for batches of any size"""
    for n, d in ((5, 7), (11, 2), (3, 5)):
        x, gamma, beta = features(rng, n, d)
        eps, dout = rng.uniform(0.1, 1), rng.normal(size=(n, d)) + 0.5
        right = own_gradients(student, dout, x, gamma, beta, eps)
        got = backward(student, dout, x, gamma, beta, eps)
        same(got, right, f"A batch {(n, d)}.")


@exercise("7.2")
def test_a_loss_that_shifting_and_stretching_would_lower(student, rng):
    """dx has no part along 1 and none along x̂, however strongly dout asks for it"""
    x, gamma, beta = features(rng, 7, 3)
    x_hat = oracle.normalize(x, 0, 1e-9)
    rest = rng.normal(size=x.shape)
    rest -= rest.mean(axis=0) + x_hat * (rest * x_hat).mean(axis=0)
    p, q = rng.uniform(2, 5, size=2)
    dx, dgamma, dbeta = backward(student, p + q * x_hat + rest, x, gamma, beta, 1e-9)
    close(dx, gamma / x.std(axis=0) * rest, "dx:", rtol=1e-3, atol=1e-3 * np.abs(dx).max())
    close(dgamma, [7 * q] * 3, "dgamma:", rtol=1e-3, constant=True)
    close(dbeta, [7 * p] * 3, "dbeta:", rtol=1e-3, constant=True)


@exercise("7.2")
def test_weights_before_the_norm(student, rng):
    """The gradient by the weights of a dense layer before the norm is at right angles to them"""
    z, w = rng.normal(size=(11, 5)), rng.normal(size=(5, 3))
    x = z @ w
    _, gamma, beta = features(rng, 11, 3)
    dout = rng.normal(size=x.shape) + x
    dx, *_ = backward(student, dout, x, gamma, beta, 1e-9)
    dw = z.T @ dx
    size = np.linalg.norm(dw, axis=0) * np.linalg.norm(w, axis=0)
    holds((size > 1e-3).all(), "dx is 0, and this loss does change with x.", got=dx)
    close((w * dw).sum(axis=0) / size, np.zeros(3), "The cosines.", atol=1e-3, constant=True)


@exercise("7.2")
def test_it_is_linear_in_dout(student, rng):
    """Twice the dout gives twice the gradients"""
    x, gamma, beta = features(rng, 5, 4)
    dout = rng.normal(size=x.shape)
    once = backward(student, dout, x, gamma, beta, 0.2)
    twice = backward(student, -2 * dout, x, gamma, beta, 0.2)
    same(twice, [-2 * part for part in once], "dout times −2.")
    holds(any(np.abs(part).max() > 1e-3 for part in once), "All gradients are 0.", got=once)
