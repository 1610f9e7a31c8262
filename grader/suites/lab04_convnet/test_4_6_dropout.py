"""Hidden checks of 4.6."""

import numpy as np

from nablab.checking import close, each, exercise, generator, holds
from nablab.checking.expect import as_numbers


def parts(student, x, rate, training, rng):
    got = student.dropout(x, rate, training, rng)
    holds(isinstance(got, (tuple, list)) and len(got) == 2, "Return y and mask.", got=got)
    return [as_numbers(part) for part in got]


@exercise("4.6")
def test_survivors_are_scaled(student, rng):
    """Survivors are scaled by 1/(1 − rate), for small rates and for rates near 1"""
    x = rng.normal(size=(61, 29)) * 5
    for rate in (0.05, 0.35, 0.75, 0.99):
        y, mask = parts(student, x, rate, True, generator(student, int(rng.integers(1000))))
        kept = np.abs(mask) > 1e-6
        close(mask, kept / (1 - rate), f"rate {rate}, the mask.", constant=True)
        close(y, x * mask, f"rate {rate}: y is x times the mask.", constant=True)
        share = 1 - kept.mean()
        holds(
            abs(share - rate) <= 5 * np.sqrt(rate * (1 - rate) / kept.size),
            f"With rate {rate} the share {share:.3f} was dropped.",
            got=share,
            expected=rate,
        )


@exercise("4.6")
def test_no_rate_and_no_training(student, rng):
    """With rate 0, and at inference with any rate, nothing changes"""
    x = rng.normal(size=(3, 5, 2))
    for rate, training in ((0.0, True), (0.0, False), (0.9, False), (0.3, False)):
        y, mask = parts(student, x, rate, training, generator(student, 1))
        close(y, x, f"rate {rate}, training={training}.")
        close(mask, np.ones(x.shape), f"rate {rate}, training={training}: mask.", constant=True)


@exercise("4.6")
def test_the_mean_of_many_masks_is_one(student, rng):
    """The mean over many masks is x, entry by entry"""
    x, rate, calls = rng.normal(size=(3, 4)) * 3 - 1, 0.6, 700
    source = generator(student, int(rng.integers(1000)))
    got = each(student, "dropout", [(x, rate, True, source)] * calls)
    mean = np.mean([np.asarray(y) for y, _ in got], axis=0)
    slack = 5 * np.abs(x) * np.sqrt(rate / (1 - rate) / calls)
    holds((np.abs(mean - x) <= slack).all(), "The mean of y is not x.", got=mean, expected=x)


@exercise("4.6")
def test_draws_are_independent(student, rng):
    """How many entries are dropped varies as it does for independent draws"""
    rate, size, calls = 0.4, 23, 500
    source = generator(student, int(rng.integers(1000)))
    got = each(student, "dropout", [(np.ones(size), rate, True, source)] * calls)
    counts = np.array([np.sum(np.asarray(mask) == 0) for _, mask in got])
    right = size * rate * (1 - rate)
    holds(
        0.6 * right <= counts.var() <= 1.5 * right,
        f"Of {size} entries {counts.mean():.1f} are dropped on average, with a variance of "
        f"{counts.var():.2f}; for independent draws it is about {right:.2f}.",
        got=counts[:12],
    )
    _, mask = parts(student, np.ones((31, 43)), 0.5, True, source)
    alike = np.corrcoef(mask)[np.triu_indices(31, 1)]
    holds(np.abs(alike).max() < 0.9, "Some rows have the same mask.", got=mask)


@exercise("4.6")
def test_only_the_generator_decides(student, rng):
    """The mask depends on the generator alone, and moves on with it"""
    seed, x = int(rng.integers(1000)), rng.normal(size=(9, 14))
    first, again = generator(student, seed), generator(student, seed)
    masks = [parts(student, x, 0.5, True, first)[1] for _ in range(3)]
    same = [parts(student, 2 * x, 0.5, True, again)[1] for _ in range(3)]
    close(same, masks, "Two generators of one seed, three masks each.")
    holds(
        not np.allclose(masks[0], masks[1]) and not np.allclose(masks[1], masks[2]),
        "Masks that are drawn one after the other are the same.",
        got=masks[0],
    )


@exercise("4.6")
def test_backward_uses_the_mask(student, rng):
    """The way back is the gradient: the same mask, with its scale, negative numbers too"""
    x, dout = rng.normal(size=(2, 7, 3, 5))
    _, mask = parts(student, x, 0.45, True, generator(student, int(rng.integers(1000))))
    right = np.where(np.abs(mask) > 1e-6, dout / 0.55, 0)
    close(student.dropout_bwd(dout, mask), right)
    close(student.dropout_bwd(dout, np.ones(dout.shape)), dout, "A mask of ones.")
