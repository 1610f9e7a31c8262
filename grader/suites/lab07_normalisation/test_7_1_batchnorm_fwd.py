"""Hidden checks of 7.1."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference import normalization as oracle
from nablab.sandbox.student import arguments_after_call

NAMES = ("x", "gamma", "beta", "mm", "mv")


def forward(student, *args):
    got = student.batchnorm_fwd(*args)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 4,
        "batchnorm_fwd should return four things: `return y, mm, mv, cache`.",
        got=got,
    )
    return [as_numbers(part) for part in got[:3]]


def features(rng, n, d):
    x = rng.normal(size=(n, d)) * rng.uniform(0.5, 3, size=d) + rng.normal(size=d)
    gamma, beta, mm = rng.normal(size=(3, d)) + np.array([[1.5], [0.5], [0]])
    return x, gamma, beta, mm, rng.uniform(0.5, 3, size=d)


@exercise("7.1", stage="oracle")
def test_training_on_fresh_batches(student, rng):
    """In training, batches of any size, any momentum and ε"""
    for n, d in ((5, 11), (17, 2), (2, 7)):
        x, gamma, beta, mm, mv = features(rng, n, d)
        momentum, eps = rng.uniform(0.2, 0.95), rng.uniform(0.1, 1)
        y, new_mm, new_mv = forward(student, x, gamma, beta, mm, mv, True, momentum, eps)
        given = {"x": x, "gamma": gamma, "beta": beta}
        right = oracle.batch_norm_training(x, gamma, beta, eps)
        close(y, right, f"y of a batch {(n, d)}.", given=given, atol=1e-5)
        mean, var = x.mean(axis=0), x.var(axis=0)
        close(new_mm, oracle.running_average(mm, mean, momentum), "mm:", given=given, atol=1e-5)
        close(new_mv, oracle.running_average(mv, var, momentum), "mv:", given=given, atol=1e-5)


@exercise("7.1", stage="oracle")
def test_inference_on_fresh_batches(student, rng):
    """At inference, batches of any size, one example among them"""
    for n, d in ((1, 5), (3, 7), (13, 2)):
        x, gamma, beta, mm, mv = features(rng, n, d)
        eps = rng.uniform(0.1, 1)
        y, new_mm, new_mv = forward(student, x, gamma, beta, mm, mv, False, 0.9, eps)
        right = oracle.batch_norm(x, gamma, beta, mm, mv, eps)
        close(y, right, f"y of a batch {(n, d)}.", given={"x": x, "mm": mm, "mv": mv}, atol=1e-5)
        close(new_mm, mm, "mm comes back as it was.")
        close(new_mv, mv, "mv comes back as it was.")


@exercise("7.1")
def test_many_batches_one_after_the_other(student, rng):
    """Over many batches the moving averages approach the mean and the variance of the data"""
    d = 3
    _, gamma, beta, mm, mv = features(rng, 1, d)
    kept_mm, kept_mv = mm, mv
    centre, spread = rng.normal(size=d) * 3, rng.uniform(1, 4, size=d)
    for _ in range(12):
        x = centre + spread * rng.normal(size=(4, d))
        kept_mm = oracle.running_average(kept_mm, x.mean(axis=0), 0.6)
        kept_mv = oracle.running_average(kept_mv, x.var(axis=0), 0.6)
        _, mm, mv = forward(student, x, gamma, beta, mm, mv, True, 0.6, 1e-3)
    close(mm, kept_mm, "The moving mean after 12 batches.", rtol=1e-3, atol=1e-4)
    close(mv, kept_mv, "The moving variance after 12 batches.", rtol=1e-3, atol=1e-4)


@exercise("7.1")
def test_a_feature_that_is_the_same_in_the_whole_batch(student, rng):
    """A feature that is the same in the whole batch becomes β; so does a batch of one"""
    x, gamma, beta, mm, mv = features(rng, 7, 4)
    x[:, 2] = -3
    y, *_ = forward(student, x, gamma, beta, mm, mv, True)
    right = oracle.batch_norm_training(x, gamma, beta)
    close(y, right, "The third feature is −3 everywhere.", atol=1e-4)
    y, *_ = forward(student, x[:1], gamma, beta, mm, mv, True)
    close(y, beta[None], "A batch of one, in training.", atol=1e-4)


@exercise("7.1")
def test_whole_numbers_and_negative_ones(student, rng):
    """Batches of whole numbers with ties, and of negative numbers"""
    _, gamma, beta, mm, mv = features(rng, 7, 5)
    whole = rng.integers(-2, 3, size=(7, 5))
    whole[:2] = [[-1] * 5, [2] * 5]
    for x in (whole, -1 - rng.random((7, 5))):
        for training in (True, False):
            y, *_ = forward(student, x, gamma, beta, mm, mv, training, 0.9, 0.1)
            if training:
                right = oracle.batch_norm_training(x, gamma, beta, 0.1)
            else:
                right = oracle.batch_norm(x, gamma, beta, mm, mv, 0.1)
            close(y, right, f"A batch of {x.dtype} numbers.", given={"x": x}, atol=1e-5)


@exercise("7.1")
def test_inputs_stay_as_they_were(student, rng):
    """Its inputs stay as they were, mm and mv too"""
    given = features(rng, 5, 3)
    for training in (True, False):
        args = (*given, training, 0.7, 1e-3)
        _, after = arguments_after_call(student, "batchnorm_fwd", *args)
        for name, before, now in zip(NAMES, given, after, strict=False):
            holds(np.array_equal(before, now), f"{name} was changed.", got=now, expected=before)
