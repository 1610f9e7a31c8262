"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference import normalization as oracle
from nablab.sandbox.student import arguments_after_call

from ..checks.oracles import features_and_averages, forward
from . import building_blocks

NAMES = ("x", "gamma", "beta", "mm", "mv")


@check("oracle")
def test_training_on_fresh_batches(student, rng):
    """In training y, mm and mv are right for any batch, momentum and ε"""
    for n, d in ((5, 11), (17, 2), (2, 7)):
        x, gamma, beta, mm, mv = features_and_averages(rng, n, d)
        momentum, eps = rng.uniform(0.2, 0.95), rng.uniform(0.1, 1)
        y, new_mm, new_mv, _ = forward(student, x, gamma, beta, mm, mv, True, momentum, eps)
        given = {"x": x, "gamma": gamma, "beta": beta}
        right = oracle.batch_norm_training(x, gamma, beta, eps)
        close(y, right, f"y of a batch {(n, d)}.", given=given, atol=1e-5)
        mean, var = x.mean(axis=0), x.var(axis=0)
        close(new_mm, oracle.running_average(mm, mean, momentum), "mm:", given=given, atol=1e-5)
        close(new_mv, oracle.running_average(mv, var, momentum), "mv:", given=given, atol=1e-5)


@check("oracle")
def test_inference_on_fresh_batches(student, rng):
    """At inference y is right for batches of any size, also for a single example"""
    for n, d in ((1, 5), (3, 7), (13, 2)):
        x, gamma, beta, mm, mv = features_and_averages(rng, n, d)
        eps = rng.uniform(0.1, 1)
        y, new_mm, new_mv, _ = forward(student, x, gamma, beta, mm, mv, False, 0.9, eps)
        right = oracle.batch_norm(x, gamma, beta, mm, mv, eps)
        close(y, right, f"y of a batch {(n, d)}.", given={"x": x, "mm": mm, "mv": mv}, atol=1e-5)
        close(new_mm, mm, "mm after inference.")
        close(new_mv, mv, "mv after inference.")


@check()
def test_many_batches_one_after_the_other(student, rng):
    """Over many batches the moving averages approach the mean and the variance of the data"""
    d = 3
    _, gamma, beta, mm, mv = features_and_averages(rng, 1, d)
    kept_mm, kept_mv = mm, mv
    centre, spread = rng.normal(size=d) * 3, rng.uniform(1, 4, size=d)
    for _ in range(12):
        x = centre + spread * rng.normal(size=(4, d))
        kept_mm = oracle.running_average(kept_mm, x.mean(axis=0), 0.6)
        kept_mv = oracle.running_average(kept_mv, x.var(axis=0), 0.6)
        _, mm, mv, _ = forward(student, x, gamma, beta, mm, mv, True, 0.6, 1e-3)
    close(mm, kept_mm, "The moving mean after 12 batches.", rtol=1e-3, atol=1e-4)
    close(mv, kept_mv, "The moving variance after 12 batches.", rtol=1e-3, atol=1e-4)


@check()
def test_a_feature_that_is_the_same_in_the_whole_batch(student, rng):
    """A feature that is constant over the batch becomes β, and so does a batch of one"""
    x, gamma, beta, mm, mv = features_and_averages(rng, 7, 4)
    x[:, 2] = -3
    y, *_ = forward(student, x, gamma, beta, mm, mv, True)
    right = oracle.batch_norm_training(x, gamma, beta)
    close(y, right, "The third feature is −3 everywhere.", atol=1e-4)
    y, *_ = forward(student, x[:1], gamma, beta, mm, mv, True)
    close(y, beta[None], "A batch of one, in training.", atol=1e-4)


@check()
def test_whole_numbers_and_negative_ones(student, rng):
    """Batches may hold whole numbers with ties, or negative numbers"""
    _, gamma, beta, mm, mv = features_and_averages(rng, 7, 5)
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


@check()
def test_inputs_stay_as_they_were(student, rng):
    """The inputs stay as they were, also mm and mv"""
    given = features_and_averages(rng, 5, 3)
    for training in (True, False):
        args = (*given, training, 0.7, 1e-3)
        _, after = arguments_after_call(student, "batchnorm_fwd", *args)
        for name, before, now in zip(NAMES, given, after, strict=False):
            holds(np.array_equal(before, now), f"{name} was changed.", got=now, expected=before)


# Mutants ------------------------------------------------------------------------------------------


def mutant_forward(
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
    return mutant(says, batchnorm_fwd=with_signature(mutant_forward, **changes))


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
    "y is right, but your mv takes the unbiased variance, divided by N − 1, as PyTorch does. Here, as "
    "in Keras, mv takes the same variance as y.",
    memory_ddof=1,
)


momentum_of_the_new = forward_mutant(
    "You use momentum as the share of the new value. Here, as in Keras, it is the share of the old "
    "value: with .99 the averages change slowly.",
    new=lambda momentum: momentum,
)


epsilon_outside_the_root = forward_mutant(
    "You add ε to the standard deviation. It belongs under the root, added to the variance.",
    outside=True,
)


statistics_of_each_example = forward_mutant(
    "You average over the features of each example; that is layer norm. Batch norm averages over "
    "the batch, axis 0, for each feature.",
    axis=1,
)


batch_statistics_at_inference = forward_mutant(
    "At inference you still use the batch's own mean and variance. Use mm and mv there: the output for "
    "an example must not depend on the others in its batch.",
    read_batch=True,
)


remembers_at_inference = forward_mutant(
    "You change mm and mv at inference too. Update them only in training.",
    always_remember=True,
)


moving_averages_in_training = forward_mutant(
    "In training you normalise by the moving averages. In training they are only updated: y comes from "
    "the batch's own mean and variance.",
    read_memory=True,
)


new_moving_averages_in_training = forward_mutant(
    "In training you update mm and mv and then normalise by them. y comes from the batch's own mean "
    "and variance.",
    read_new_memory=True,
)


never_remembers = forward_mutant(
    "Your mm and mv come back from training as they were: mix the batch's mean and variance into them.",
    new=lambda momentum: 0.0,
)


remembers_the_deviation = forward_mutant(
    "Your mv takes the batch's standard deviation. The moving variance averages variances.",
    memory=np.sqrt,
)


gamma_times_the_shift = forward_mutant(
    "You multiply β by γ too. First scale, then shift: γ · x̂ + β.",
    output=lambda gamma, x_hat, beta: gamma * (x_hat + beta),
)


@mutant(
    "You update mm and mv in place (+=, *= or [:] =), which changes the caller's arrays. Make new "
    "arrays.",
)
def updates_in_place(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    y, new_mm, new_mv, cache = mutant_forward(x, gamma, beta, mm, mv, training, momentum, eps)
    if training:
        mm[:], mv[:] = new_mm, new_mv
        return y, mm, mv, cache
    return y, new_mm, new_mv, cache


# Variants -----------------------------------------------------------------------------------------

forward_in_float32 = variant(
    "float32 throughout, the variance as a mean of squares minus a square",
    batchnorm_fwd=building_blocks.forward_in_float32,
)
forward_in_small_steps = variant(
    "the steps of a graph, with everything in the cache",
    batchnorm_fwd=building_blocks.forward_in_small_steps,
)


@variant("feature by feature, in loops over plain lists")
def forward_by_loops(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    N, D = np.shape(x)
    y = [[0.0] * D for _ in range(N)]
    new_mm, new_mv, cache = [], [], []
    for d in range(D):
        column = [float(row[d]) for row in x]
        mean, var = float(mm[d]), float(mv[d])
        if training:
            mean = sum(column) / N
            var = sum((value - mean) ** 2 for value in column) / N
        kept = momentum if training else 1.0
        new_mm.append(kept * float(mm[d]) + (1 - kept) * mean)
        new_mv.append(kept * float(mv[d]) + (1 - kept) * var)
        for n in range(N):
            y[n][d] = float(gamma[d]) * (column[n] - mean) / (var + eps) ** 0.5 + float(beta[d])
        cache.append([mean, var])
    return y, new_mm, new_mv, {"moments": cache}


@variant("one product and one sum, as a list, einsum for the variance")
def forward_as_a_line(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    x, mm, mv = np.array(x, dtype=float), np.array(mm, dtype=float), np.array(mv, dtype=float)
    if not training:
        a = gamma / np.sqrt(mv + eps)
        return [x * a + (beta - mm * a), mm, mv, None]
    mean = np.einsum("nd->d", x) / len(x)
    var = np.einsum("nd,nd->d", x - mean, x - mean) / len(x)
    a = gamma / np.sqrt(var + eps)
    mm -= (1 - momentum) * (mm - mean)
    mv -= (1 - momentum) * (mv - var)
    return [x * a + (beta - mean * a), mm, mv, [x, mean, var]]
