"""The visible checks of N.1."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference import normalization as oracle

from .oracles import (
    BETA,
    FORWARD,
    GAMMA,
    MM,
    MV,
    NUMBERS,
    SCALES,
    STATE,
    X,
    features_and_averages,
    forward,
)


@check("contract")
def test_four_results_and_nothing_changed(student):
    """batchnorm_fwd returns y, mm, mv and a cache, and changes none of its inputs"""
    floats = tuple(np.asarray(a, float) for a in FORWARD)
    for training in (True, False):
        contract(student, "batchnorm_fwd", *floats, training, 0.75, 1.0)
        forward(student, *floats, training, 0.75, 1.0)


@check("hand")
def test_the_batch_of_the_text(student):
    """In training the batch of the text gives the y of the text"""
    y, *_ = forward(student, *FORWARD, True, 0.75, 1.0)
    close(
        y,
        [[7, -5], [11, -1], [11, -1], [11, 3]],
        "With ε = 1, so that its place matters.",
        given={"x": X, "gamma": GAMMA, "beta": BETA},
    )


@check("hand")
def test_the_moving_averages_of_the_text(student):
    """The moving averages of the text go to (1, 4) and (3/2, 5)"""
    _, mm, mv, _ = forward(student, *FORWARD, True, 0.75, 1.0)
    close(mm, [1, 4], "The moving mean, with momentum 3/4.", given={"x": X, "mm": MM})
    close(mv, [1.5, 5], "The moving variance, with momentum 3/4.", given={"x": X, "mv": MV})


@check("probe")
def test_inference_reads_what_was_remembered(student):
    """At inference y comes from mm and mv, and both come back as they were"""
    y, mm, mv, _ = forward(student, *FORWARD, False, 0.75, 5.0)
    right = oracle.batch_norm(X, GAMMA, BETA, MM, MV, 5.0)
    close(y, right, "With ε = 5.", given={"x": X, "mm": MM, "mv": MV})
    close(mm, MM, "The moving mean at inference.")
    close(mv, MV, "The moving variance at inference.")
    y, *_ = forward(student, X[:1], GAMMA, BETA, MM, MV, False, 0.75, 5.0)
    close(y, right[:1], "A single example at inference.", given={"x": X[:1], "mm": MM, "mv": MV})


@check("probe")
def test_training_does_not_look_at_what_was_remembered(student):
    """In training y does not depend on mm and mv"""
    y, *_ = forward(student, X, GAMMA, BETA, MM, MV, True, 0.75, 1.0)
    other, *_ = forward(student, X, GAMMA, BETA, MM - 7, 9 * MV, True, 0.75, 1.0)
    close(other, y, "With other moving averages.", atol=1e-5)


@check()
def test_mean_and_spread_are_beta_and_gamma(student, rng):
    """In training every feature of y has the mean β and the standard deviation |γ|"""
    x, gamma, beta, mm, mv = features_and_averages(rng, 31, 5)
    y, *_ = forward(student, x, gamma, beta, mm, mv, True, 0.9, 1e-8)
    close(y.mean(axis=0), beta, "The means over the batch.", rtol=1e-3, atol=1e-5)
    close(y.std(axis=0), np.abs(gamma), "The standard deviations, with a tiny ε.", rtol=1e-3)


@check("oracle")
def test_any_batch_with_keras_defaults(student, rng):
    """Any batch is right, with the defaults momentum .99 and ε .001"""
    for n, d in ((7, 5), (2, 3), (13, 1)):
        given = features_and_averages(rng, n, d)
        x, gamma, beta, mm, mv = given
        y, new_mm, new_mv, _ = forward(student, *given, True)
        says = f"A batch {(n, d)}, in training: "
        inputs = {"x": x, "gamma": gamma, "beta": beta, "mm": mm, "mv": mv}
        right = oracle.batch_norm_training(x, gamma, beta)
        close(y, right, says + "y.", given=inputs, atol=1e-5)
        close(
            new_mm,
            oracle.running_average(mm, x.mean(axis=0)),
            says + "mm.",
            given=inputs,
            atol=1e-6,
        )
        close(
            new_mv, oracle.running_average(mv, x.var(axis=0)), says + "mv.", given=inputs, atol=1e-6
        )


def probe_forward(student):
    """y, mm and mv in training and at inference, and the inputs afterwards."""
    from nablab.sandbox.student import arguments_after_call

    told = []
    for training in (True, False):
        args = (NUMBERS, *SCALES, *STATE, training, 0.8, 0.6)
        got, after = arguments_after_call(student, "batchnorm_fwd", *args)
        told.append([list(got)[:3], [np.asarray(a) for a in after[:5]]])
    return told


PROBES = [probe_forward]
