"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, close, each, generator, holds, mutant, variant

from ..checks.dropout import dropped, mean_stays
from ..checks.oracles import share


@check()
def test_survivors_are_scaled(student, rng):
    """Survivors are scaled by 1/(1 − rate), for small rates and for rates near 1"""
    x = rng.normal(size=(61, 29)) * 5
    for rate in (0.05, 0.35, 0.75, 0.99):
        y, mask = dropped(student, x, rate, True, generator(student, int(rng.integers(1000))))
        kept = np.abs(mask) > 1e-6
        close(mask, kept / (1 - rate), f"rate {rate}, the mask.", constant=True)
        close(y, x * mask, f"rate {rate}: y is x times the mask.", constant=True)
        share(~kept, rate, f"rate {rate}:")


@check()
def test_no_rate_and_no_training(student, rng):
    """With rate 0, and at inference with any rate, nothing changes"""
    x = rng.normal(size=(3, 5, 2))
    for rate, training in ((0.0, True), (0.0, False), (0.9, False), (0.3, False)):
        y, mask = dropped(student, x, rate, training, generator(student, 1))
        close(y, x, f"rate {rate}, training={training}.")
        close(mask, np.ones(x.shape), f"rate {rate}, training={training}: mask.", constant=True)


@check()
def test_the_mean_of_many_masks_is_one(student, rng):
    """The mean over many masks is x, entry by entry"""
    x, rate, calls = rng.normal(size=(3, 4)) * 3 - 1, 0.6, 700
    slack = 5 * np.abs(x) * np.sqrt(rate / (1 - rate) / calls)
    mean_stays(student, x, rate, calls, int(rng.integers(1000)), slack)


@check()
def test_draws_are_independent(student, rng):
    """The number of dropped entries varies as it does for independent draws"""
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
    _, mask = dropped(student, np.ones((31, 43)), 0.5, True, source)
    alike = np.corrcoef(mask)[np.triu_indices(31, 1)]
    holds(np.abs(alike).max() < 0.9, "Some rows have the same mask.", got=mask)


@check()
def test_only_the_generator_decides(student, rng):
    """The mask depends on the generator alone, and differs from call to call"""
    seed, x = int(rng.integers(1000)), rng.normal(size=(9, 14))
    first, again = generator(student, seed), generator(student, seed)
    masks = [dropped(student, x, 0.5, True, first)[1] for _ in range(3)]
    same = [dropped(student, 2 * x, 0.5, True, again)[1] for _ in range(3)]
    close(same, masks, "Two generators of one seed, three masks each.")
    holds(
        not np.allclose(masks[0], masks[1]) and not np.allclose(masks[1], masks[2]),
        "Masks that are drawn one after the other are the same.",
        got=masks[0],
    )


@check()
def test_backward_uses_the_mask(student, rng):
    """Backward multiplies by the mask, with its scale, also for negative numbers"""
    x, dout = rng.normal(size=(2, 7, 3, 5))
    _, mask = dropped(student, x, 0.45, True, generator(student, int(rng.integers(1000))))
    right = np.where(np.abs(mask) > 1e-6, dout / 0.55, 0)
    close(student.dropout_bwd(dout, mask), right)
    close(student.dropout_bwd(dout, np.ones(dout.shape)), dout, "A mask of ones.")


# Mutants ------------------------------------------------------------------------------------------


def draw(x, rate, training, rng, *, keep=None, scale=None, share=None):
    """Dropout with some things changed: what is kept, by how much, in which shape it is drawn."""
    x = np.asarray(x, dtype=float)
    if not training:
        return x.copy(), np.ones(x.shape)
    shape = x.shape if share is None else share(x.shape)
    kept = np.broadcast_to(rng.random(shape) >= (rate if keep is None else keep), x.shape)
    mask = kept * (1 / (1 - rate) if scale is None else scale)
    return x * mask, mask


@mutant(
    "You use rate as the probability of keeping an entry. Here, as in Keras, it is the probability "
    "of dropping it.",
)
def rate_as_keep_probability(x, rate, training, rng):
    if not training or rate == 0:
        return draw(x, rate, False, rng)
    return draw(x, rate, training, rng, keep=1 - rate, scale=1 / rate)


@mutant(
    "Your survivors are not scaled, so in training everything is smaller than at inference. "
    "Multiply them by 1/(1 − rate).",
)
def survivors_not_scaled(x, rate, training, rng):
    return draw(x, rate, training, rng, scale=1.0)


@mutant(
    "You scale at inference, as the first papers did. Inverted dropout scales in training, and "
    "leaves inference alone.",
)
def scales_at_inference(x, rate, training, rng):
    y, mask = draw(x, rate, training, rng, scale=1.0)
    return (y, mask) if training else (y * (1 - rate), mask * (1 - rate))


@mutant("You drop at inference too. With training=False y is x.")
def drops_at_inference(x, rate, training, rng):
    return draw(x, rate, True, rng)


@mutant("You scale by 1/rate. The share 1 − rate is kept, so scale by 1/(1 − rate).")
def scaled_by_one_over_rate(x, rate, training, rng):
    return draw(x, rate, training, rng, scale=1 / rate if rate else 1.0)


@mutant(
    "Your mask says only which entries are kept, 0 or 1. It must hold the scale as well: "
    "dropout_bwd has nothing else to take it from.",
)
def mask_without_its_scale(x, rate, training, rng):
    y, mask = draw(x, rate, training, rng)
    return y, (mask > 0) * 1.0


@mutant(
    "You draw one mask for a row and use it for all rows. Every entry needs its own draw: "
    "rng.random(x.shape).",
)
def one_mask_for_all_rows(x, rate, training, rng):
    return draw(x, rate, training, rng, share=lambda shape: (1, *shape[1:]) if shape[1:] else shape)


@mutant(
    "You make your own generator, so all your masks are the same. Draw from the rng that is given.",
)
def own_generator(x, rate, training, rng):
    return draw(x, rate, training, np.random.default_rng(0))


@mutant(
    "You draw from NumPy's global generator. Then nobody can repeat a run: draw from rng.",
)
def global_generator(x, rate, training, rng):
    return draw(x, rate, training, np.random)


@mutant(
    "You drop exactly the share `rate` of all entries, the same number every time. Each entry "
    "should have its own draw, so that the number varies.",
)
def exactly_that_many(x, rate, training, rng):
    x = np.asarray(x, dtype=float)
    if not training:
        return draw(x, rate, False, rng)
    mask = np.full(x.size, 1 / (1 - rate))
    mask[rng.permutation(x.size)[: round(rate * x.size)]] = 0
    return x * mask.reshape(x.shape), mask.reshape(x.shape)


backward_without_the_scale = mutant(
    "Your dropout_bwd sets dropped entries to 0 and leaves the others as they are. They were scaled "
    "in dropout, so their gradients are scaled too: multiply by the mask.",
    dropout_bwd=lambda dout, mask: np.asarray(dout, float) * (np.asarray(mask) > 0),
)


backward_divides = mutant(
    "Your dropout_bwd undoes the scale. The derivative of x·m with respect to x is m: multiply by "
    "the mask.",
    dropout_bwd=lambda dout, mask: np.where(
        np.asarray(mask) > 0, dout / np.where(np.asarray(mask) > 0, mask, 1), 0.0
    ),
)


backward_lets_all_through = mutant(
    "Your dropout_bwd lets all gradients through. A dropped entry had no influence on the loss, so "
    "its gradient is 0.",
    dropout_bwd=lambda dout, mask: np.asarray(dout, float) + 0.0,
)


# Variants -----------------------------------------------------------------------------------------


def dropout_loop(x, rate, training, rng):
    x = np.asarray(x)
    mask = np.ones(x.shape)
    y = np.array(x, dtype=float)
    if training:
        for place in np.ndindex(x.shape):
            mask[place] = 0.0 if rng.uniform() < rate else 1 / (1 - rate)
            y[place] = x[place] * mask[place]
    return [y, mask]


by_loops = variant(
    "a loop over entries",
    dropout=dropout_loop,
    dropout_bwd=lambda dout, mask: (
        [float(d) * m for d, m in zip(dout, mask, strict=True)]
        if np.ndim(dout) == 1
        else np.multiply(mask, dout)
    ),
)


@variant("binomial draws")
def dropout_by_binomial(x, rate, training, rng):
    if not training or rate == 0:
        return np.array(x, float), np.ones_like(x, float)
    mask = rng.binomial(1, 1 - rate, size=np.shape(x)) / (1.0 - rate)
    return mask * x, mask


@variant("float32")
def dropout_in_float32(x, rate, training, rng):
    x = np.float32(x)
    mask = np.ones(x.shape, np.float32)
    if training:
        mask = np.float32(rng.random(x.shape, dtype=np.float32) > rate) / np.float32(1 - rate)
    return x * mask, mask


@variant("choice between 0 and the scale")
def dropout_by_choice(x, rate, training, rng):
    x = np.asarray(x, dtype=float)
    r = rate if training else 0.0
    mask = rng.choice([0.0, 1 / (1 - r)], p=[r, 1 - r], size=x.shape)
    return np.where(mask > 0, x / (1 - r), 0.0), mask
