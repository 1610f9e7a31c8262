"""The visible checks of N.2."""

import numpy as np

from nablab.checking import check, close, contract, each, holds
from nablab.checking.expect import as_numbers
from nablab.reference import normalization as oracle

from .oracles import FORWARD, NUMBERS, SCALES, STATE, X, features_and_averages, forward

DOUT = np.array([[4.0, 0], [0, 3], [0, 0], [0, 9]])


def backward(student, dout, *args):
    """dx, dgamma and dbeta of the student's two passes, as arrays of the right shapes."""
    cache = forward(student, *args)[3]
    return three(student.batchnorm_bwd(dout, cache), np.shape(dout))


def three(got, shape):
    holds(
        isinstance(got, (tuple, list)) and len(got) == 3,
        "batchnorm_bwd should return three arrays: `return dx, dgamma, dbeta`.",
        got=got,
    )
    arrays = []
    for name, part, wanted in zip(
        ("dx", "dgamma", "dbeta"), got, (shape, shape[1:], shape[1:]), strict=True
    ):
        array = as_numbers(part, says=f"{name}:")
        holds(
            array.shape == wanted,
            f"{name} has the shape {array.shape}, expected {wanted}.",
            got=part,
        )
        holds(np.isfinite(array).all(), f"{name} holds numbers that are not finite.", got=part)
        arrays.append(array)
    return arrays


def gradients_are(got, right, says, given=None):
    for name, mine, theirs in zip(("dx", "dgamma", "dbeta"), got, right, strict=True):
        atol = 1e-4 * np.abs(theirs).max()
        close(mine, theirs, f"{says} {name}:", given=given, rtol=1e-3, atol=atol)


def gradients_of_own_forward(student, dout, x, gamma, beta, eps):
    """What batchnorm_bwd should return for the student's own forward pass: the equation if that
    pass is right, and central differences if it computes something else."""
    state = np.zeros_like(gamma), np.ones_like(gamma)
    y, *_ = forward(student, x, gamma, beta, *state, True, 0.9, eps)
    if np.allclose(y, oracle.batch_norm_training(x, gamma, beta, eps), rtol=1e-3, atol=1e-4):
        return oracle.batch_norm_gradients(x, gamma, dout, eps)
    inputs, slopes = [x, gamma, beta], []
    for which, array in enumerate(inputs):
        step, calls = 1e-5, []
        for index in np.ndindex(array.shape):
            for sign in (1, -1):
                moved = array.copy()
                moved[index] += sign * step
                args = [*inputs[:which], moved, *inputs[which + 1 :]]
                calls.append((*args, *state, True, 0.9, eps))
        losses = [np.sum(dout * as_numbers(y[0])) for y in each(student, "batchnorm_fwd", calls)]
        slope = (np.array(losses[::2]) - np.array(losses[1::2])) / (2 * step)
        slopes.append(slope.reshape(array.shape))
    return slopes


@check("contract")
def test_three_gradients(student):
    """batchnorm_bwd returns dx, dgamma and dbeta, and changes none of its inputs"""
    cache = forward(student, *FORWARD, True, 0.75, 1.0)[3]
    three(contract(student, "batchnorm_bwd", DOUT, cache), DOUT.shape)


@check("hand")
def test_the_gradients_of_the_text(student):
    """The batch of the text gives the dγ, dβ and dx of the text"""
    dx, dgamma, dbeta = backward(student, DOUT, *FORWARD, True, 0.75, 1.0)
    close(dbeta, [4, 12], "dbeta:", given={"dout": DOUT})
    close(dgamma, [-6, 12], "dgamma:", given={"dout": DOUT})
    right = [[0.75, 1], [-0.25, 0], [-0.25, -3], [-0.25, 2]]
    close(dx, right, "dx:", given={"dout": DOUT, "x": X}, atol=1e-5)


@check("probe")
def test_raising_a_whole_feature_gains_nothing(student, rng):
    """If dout is the same for the whole batch, dx and dγ are 0 and dβ is its sum"""
    x, gamma, beta, mm, mv = features_and_averages(rng, 7, 3)
    dout = np.tile([2.0, -1.0, 5.0], (7, 1))
    dx, dgamma, dbeta = backward(student, dout, x, gamma, beta, mm, mv, True)
    close(dbeta, [14, -7, 35], "dbeta:", given={"dout": dout})
    close(dgamma, np.zeros(3), "dgamma:", given={"dout": dout}, atol=1e-4, constant=True)
    close(dx, np.zeros((7, 3)), "dx:", given={"dout": dout}, atol=1e-4, constant=True)


@check()
def test_neither_shifting_nor_stretching(student, rng):
    """dx sums to 0 over the batch, and with a tiny ε so do its products with x̂"""
    x, gamma, beta, mm, mv = features_and_averages(rng, 11, 5)
    dout = rng.normal(size=x.shape) + 1
    dx, *_ = backward(student, dout, x, gamma, beta, mm, mv, True, 0.9, 1e-9)
    holds(
        np.abs(dx).max() > 1e-3,
        "Your dx is 0, but this loss does change with x.",
        got=dx,
        given={"dout": dout},
    )
    scale = np.abs(dx).max()
    close(dx.sum(axis=0) / scale, np.zeros(5), "The sums over the batch.", atol=1e-4, constant=True)
    x_hat = oracle.normalize(x, 0, 0)
    close(
        (dx * x_hat).sum(axis=0) / scale,
        np.zeros(5),
        "The sums of products with x̂.",
        atol=2e-4,
        constant=True,
    )


@check("oracle")
def test_the_gradients_of_your_own_forward_pass(student, rng):
    """batchnorm_bwd returns the gradients of your own batchnorm_fwd"""
    for n, d, eps in ((7, 3, 0.5), (5, 2, 1e-3)):
        x, gamma, beta, mm, mv = features_and_averages(rng, n, d)
        dout = rng.normal(size=(n, d)) + 0.5
        right = gradients_of_own_forward(student, dout, x, gamma, beta, eps)
        got = backward(student, dout, x, gamma, beta, mm, mv, True, 0.9, eps)
        given = {"x": x, "gamma": gamma, "dout": dout}
        gradients_are(got, right, f"A batch {(n, d)} and ε = {eps}.", given)


def probe_backward(student):
    dout = NUMBERS[::-1] ** 2 - 1
    return [list(backward(student, dout, NUMBERS, *SCALES, *STATE, True, 0.9, 0.6))]


PROBES = [probe_backward]
