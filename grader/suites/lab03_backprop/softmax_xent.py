"""Hidden checks of N.4."""

from functools import partial

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.loss import softmax_cross_entropy, softmax_cross_entropy_gradient

from ..checks.softmax_xent import same_loss, true_xent
from .building_blocks import one_hot

same = partial(same_loss, shown=False)


@check("oracle")
def test_batches_of_any_size(student, rng):
    """Batches of any size, with any number of classes"""
    for n, k in ((7, 3), (1, 5), (2, 11), (13, 2)):
        z, y = 3 * rng.normal(size=(n, k)), rng.integers(0, k, size=n)
        same(student, z, y, f"{n} examples, {k} classes.")


@check()
def test_one_batch_twice(student, rng):
    """The same batch twice over has the same loss, and half of dz for each example"""
    z, y = 2 * rng.normal(size=(5, 3)), rng.integers(0, 3, size=5)
    same(student, np.concatenate([z, z]), np.concatenate([y, y]))


@check()
def test_rows_may_be_shifted(student, rng):
    """A number added to each row of logits changes neither loss nor dz"""
    z, y = rng.normal(size=(5, 4)), rng.integers(0, 4, size=5)
    same(student, z + rng.uniform(-200, 200, size=(5, 1)), y, rtol=1e-3)


@check("probe")
def test_stable_at_any_size(student, rng):
    """Huge logits, and rows of very different sizes: everything finite, and right"""
    order = rng.permutation(4)
    for row in (
        [1e4, 0, -1e4, 5e3],
        [1e4, 1e4 - 1, 1e4 - 3, 1e4 - 2],
        [-9e3, -9e3 + 2, -1e5, -9e3],
    ):
        z = np.array([row, [0.5, -0.5, 1, 0]])[:, order]
        for label in range(4):
            same(student, z, np.array([label, 2]), f"Logits {row}.", rtol=1e-3)
    z = np.array([[800.0, 799, 798], [-800, -799, -801], [0, 1, 2]])
    same(student, z, np.array([2, 0, 1]), "Rows that lie far apart.")


@check("probe")
def test_sure_and_wrong(student, rng):
    """If the wrong class is ahead by a large margin, the loss is that margin"""
    margin = rng.uniform(50, 500)
    z = np.array([[0.0, margin, 0.0], [margin, 0.0, -margin]])
    same(student, z, np.array([0, 2]))


@check()
def test_a_small_step_against_dz(student, rng):
    """A small step against dz lowers the loss by the squared length of dz times the step"""
    z, y = rng.normal(size=(3, 5)), rng.integers(0, 5, size=3)
    dz = same(student, z, y)
    step = 1e-3
    gain = true_xent(z, y)[0] - true_xent(z - step * dz, y)[0]
    close(gain, step * float(np.sum(dz**2)), "The gain of one small step.", rtol=1e-2)
    same(student, rng.integers(-4, 5, size=(6, 3)), rng.integers(0, 3, size=6).astype(np.uint8))


# Mutants ------------------------------------------------------------------------------------------


def xent(z, y):
    loss = softmax_cross_entropy(z, one_hot(z, y)).mean()
    return loss, softmax_cross_entropy_gradient(z, one_hot(z, y)) / len(z)


@mutant(
    "Your loss overflows for large logits: exp(800) is more than a float can hold. Subtract each row's "
    "largest logit first.",
)
def unstable_exponentials(z, y):
    z = np.asarray(z, dtype=float)
    with np.errstate(all="ignore"):
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(z)), np.asarray(y, dtype=int)]).mean()
    return loss, (p - one_hot(z, y)) / len(z)


@mutant(
    "Your exponentials are stable, but you take the logarithm of a probability that has become 0. Work "
    "out log p itself: shifted logit minus log of the sum.",
)
def logarithm_of_a_rounded_probability(z, y):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        loss = -np.log(p[np.arange(len(z)), np.asarray(y, dtype=int)]).mean()
    return loss, (p - one_hot(z, y)) / len(z)


@mutant(
    "You add a tiny number inside the logarithm, so that no loss can be larger than about 27.6. Work "
    "out log p itself, and nothing needs to be added.",
)
def a_tiny_number_in_the_logarithm(z, y):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(z)), np.asarray(y, dtype=int)] + 1e-12).mean()
    return loss, (p - one_hot(z, y)) / len(z)


@mutant(
    "You subtract the largest logit of the whole batch. The exponentials of a row far below it are "
    "then all 0: subtract each row's own.",
)
def one_maximum_for_all_rows(z, y):
    z = np.asarray(z, dtype=float)
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        total = e.sum(axis=1, keepdims=True)
        log_p = z - z.max() - np.log(total)
        dz = (e / total - one_hot(z, y)) / len(z)
    return -log_p[np.arange(len(z)), np.asarray(y, dtype=int)].mean(), dz


@mutant("Your loss is the sum over the batch, and dz belongs to it. Here both are of the mean.")
def sum_over_the_batch(z, y):
    loss, dz = xent(z, y)
    return loss * len(z), dz * len(z)


@mutant("Your dz has the 1/N, but your loss is a sum: it is the mean over the batch.")
def loss_without_the_mean(z, y):
    loss, dz = xent(z, y)
    return loss * len(z), dz


@mutant(
    "Your loss is a mean, but dz is that of the sum: the 1/N is missing in dz.",
)
def dz_without_the_mean(z, y):
    loss, dz = xent(z, y)
    return loss, dz * len(z)


@mutant("Your dz has the wrong sign. It is what you said minus what is right, p minus one-hot.")
def right_minus_said(z, y):
    loss, dz = xent(z, y)
    return loss, -dz


@mutant(
    "Your dz is p/N: the 1 has not been subtracted at the right class.",
)
def nothing_taken_off(z, y):
    loss, dz = xent(z, y)
    return loss, dz + one_hot(z, y) / len(z)


@mutant("Your loss is in bits. Take the natural logarithm, and ten equal classes give 2.303.")
def in_bits(z, y):
    loss, dz = xent(z, y)
    return loss / np.log(2), dz


@mutant(
    "Your softmax runs over the batch (axis 0). The probabilities of one example, along axis 1, should "
    "sum to 1.",
)
def softmax_over_the_batch(z, y):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=0)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0))
    loss = -log_p[np.arange(len(z)), np.asarray(y, dtype=int)].mean()
    return loss, (np.exp(log_p) - one_hot(z, y)) / len(z)


# Variants -----------------------------------------------------------------------------------------


@variant("logaddexp, one-hot rows")
def xent_by_logaddexp(z, y):
    z = np.asarray(z, dtype=float)
    right = np.eye(z.shape[1])[np.asarray(y, dtype=int)]
    log_p = z - np.logaddexp.reduce(z, axis=1)[:, None]
    return -np.sum(right * log_p) / len(z), (np.exp(log_p) - right) / len(z)


@variant("row by row, in lists until the end")
def xent_by_rows(z, y):
    loss, dz = 0.0, []
    for row, label in zip(z, y, strict=True):
        row = np.array(row, dtype=float)
        e = np.exp(row - max(row))
        loss += np.log(sum(e)) - (row[label] - max(row))
        d = e / sum(e)
        d[label] -= 1
        dz.append((d / len(z)).tolist())
    return [loss / len(z), np.array(dz)]


@variant("float32")
def xent_in_float32(z, y):
    z = np.asarray(z, dtype=np.float32)
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    at = (np.arange(len(z)), np.asarray(y, dtype=int))
    dz = np.exp(log_p)
    dz[at] -= 1
    return -np.mean(log_p[at]), dz / np.float32(len(z))


@variant("float32, minus the logarithm of the summed exponentials")
def xent_by_log_sum_exp_in_float32(z, y):
    z = np.asarray(z, dtype=np.float32)
    largest = z.max(axis=1, keepdims=True)
    log_sum = largest + np.log(np.exp(z - largest).sum(axis=1, keepdims=True))
    right = np.eye(z.shape[1], dtype=np.float32)[np.asarray(y, dtype=int)]
    log_p, count = z - log_sum, np.float32(len(z))
    return -(right * log_p).sum() / count, (np.exp(log_p) - right) / count
