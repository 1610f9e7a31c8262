"""The visible checks of 4.6."""

import numpy as np

from nablab.checking import check, close, contract, each, generator, holds
from nablab.checking.expect import as_numbers

from .oracles import share, wave


def dropped(student, x, rate, training, rng):
    """The student's y and mask, checked to be two arrays of the shape of x."""
    got = student.dropout(x, rate, training, rng)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "Return two arrays: `return y, mask`.",
        got=got,
    )
    for name, part in zip(("y", "mask"), got, strict=True):
        holds(
            part is not None,
            f"{name} is None. Both are arrays of the shape of x; at inference the mask is ones.",
        )
    y, mask = (as_numbers(part) for part in got)
    for name, part in (("y", y), ("mask", mask)):
        holds(
            part.shape == np.shape(x),
            f"{name} has the shape {part.shape}, expected that of x, {np.shape(x)}.",
            got=part,
        )
    return y, mask


@check("contract")
def test_two_arrays_of_the_shape_of_x(student):
    """dropout returns y and mask, dropout_bwd one array, all of the shape of x"""
    x = np.arange(30.0).reshape(5, 2, 3) - 11
    contract(student, "dropout", x, 0.25, True, generator(student, 0))
    for training in (True, False):
        dropped(student, x, 0.25, training, generator(student, 0))
    contract(student, "dropout_bwd", x, np.ones(x.shape), shape=x.shape)


@check("hand")
def test_the_way_back_of_the_text(student):
    """The gradient of the text is (4, 0, 4, 8)"""
    dout, mask = np.array([3.0, 3, 3, 6]), np.array([4 / 3, 0, 4 / 3, 4 / 3])
    close(student.dropout_bwd(dout, mask), [4, 0, 4, 8], given={"dout": dout, "mask": mask})


@check("hand")
def test_entries_are_dropped_or_scaled(student):
    """With rate ¼ the entries of (3, 6, −9, 12) become 0, or 4, 8, −12, 16"""
    x = np.array([3.0, 6, -9, 12])
    for seed in range(6):
        y, mask = dropped(student, x, 0.25, True, generator(student, seed))
        kept = np.abs(mask) > 1e-6
        close(
            mask,
            np.where(kept, 4 / 3, 0),
            "Each entry of the mask is 0 or 4/3.",
            constant=True,
            given={"mask": mask},
        )
        close(y, x * mask, "y is x times the mask.", constant=True, given={"x": x, "mask": mask})


@check("probe")
def test_inference_changes_nothing(student):
    """At inference y is x, and the mask is 1 everywhere"""
    x = np.arange(21.0).reshape(7, 3) - 10
    y, mask = dropped(student, x, 0.6, False, generator(student, 1))
    close(y, x, "training is False, so y should be x.", given={"x": x})
    close(mask, np.ones((7, 3)), "training is False: the mask.", constant=True)


@check("probe")
def test_rate_is_the_share_that_is_dropped(student):
    """rate is the probability of dropping an entry, not of keeping it"""
    x = np.ones((71, 53))
    for rate in (0.2, 0.9):
        y, mask = dropped(student, x, rate, True, generator(student, 2))
        for name, part in (("y", y), ("mask", mask)):
            share(part == 0, rate, f"rate {rate}, {name}:")


@check("probe")
def test_every_entry_has_a_draw_of_its_own(student):
    """Every entry has its own draw: rows and columns differ, and so do two calls"""
    x, rng = np.ones((40, 37)), generator(student, 3)
    _, mask = dropped(student, x, 0.5, True, rng)
    kept = mask != 0
    for axis, what in ((0, "rows"), (1, "columns")):
        holds(
            not (kept == np.take(kept, [0], axis=axis)).all(),
            f"All {what} of the mask are alike. Draw a number for each entry.",
            got=mask,
        )
        holds(
            not (kept.all(axis=axis) | ~kept.any(axis=axis)).all(),
            "Whole rows or columns are dropped together. Draw a number for each entry.",
            got=mask,
        )
    _, again = dropped(student, x, 0.5, True, rng)
    holds(
        not np.array_equal(kept, again != 0),
        "Two calls with the same generator gave the same mask. Draw anew in each call, from the "
        "generator that is given.",
        got=again,
    )
    masks = [dropped(student, x, 0.5, True, rng)[1] for _ in range(8)]
    holds(
        len({int(np.sum(m == 0)) for m in masks}) > 1,
        "In eight calls exactly the same number of entries was dropped. If each has its own draw, "
        "the number varies.",
        got=masks[0],
    )


@check()
def test_the_generator_decides(student):
    """Two generators of the same seed give the same mask"""
    x = np.ones((13, 11))
    (_, a), (_, b) = (dropped(student, x, 0.4, True, generator(student, 8)) for _ in range(2))
    close(b, a, "Two fresh generators of seed 8: the second mask should equal the first.")


def mean_stays(student, x, rate, calls, seed, slack):
    """The mean of y over many calls is x, up to `slack`."""
    source = generator(student, seed)
    got = each(student, "dropout", [(x, rate, True, source)] * calls)
    mean = np.mean([np.asarray(y) for y, _ in got], axis=0)
    holds(
        (np.abs(mean - x) <= slack).all(),
        f"The mean of y over {calls} calls with rate {rate} should be x, up to chance.",
        got=mean,
        expected=x,
    )


@check()
def test_the_mean_stays(student, rng):
    """On average over many masks y is x"""
    x = rng.uniform(1, 3, size=(5, 3))
    rate, calls = 0.4, 600
    # five standard deviations, also if the rate is used as the probability of keeping an entry
    slack = 5 * x * np.sqrt((1 - rate) / rate / calls)
    mean_stays(student, x, rate, calls, int(rng.integers(1000)), slack)


def probe_dropout(student):
    """What is true of the masks, whichever way they are drawn."""
    x, rng = 2 + wave((29, 31)), generator(student, 5)
    (y, mask), (_, again) = (dropped(student, x, 0.2, True, rng) for _ in range(2))
    _, same = dropped(student, x, 0.2, True, generator(student, 5))
    resting, ones = dropped(student, x, 0.2, False, rng)
    counts = [np.sum(dropped(student, np.ones(20), 0.3, True, rng)[1] == 0) for _ in range(20)]
    return {
        "mostly dropped": bool((y == 0).mean() > 0.5),
        "scales": sorted({float(np.round(v, 4)) for v in mask.ravel()}),
        "scaled": sorted({float(np.round(v, 4)) for v in (y / x).ravel()}),
        "rows alike": bool((mask == mask[:1]).all()),
        "again": bool(np.array_equal(mask, again)),
        "same": bool(np.array_equal(mask, same)),
        "resting": bool(np.allclose(resting, x)) or float(np.round((resting / x).max(), 4)),
        "ones": sorted({float(np.round(v, 4)) for v in ones.ravel()}),
        "one count": len(set(map(int, counts))) == 1,
        "back": student.dropout_bwd(np.array([3.0, -1, 4, 2]), np.array([1.25, 0, 1.25, 2])),
    }


PROBES = [probe_dropout]
