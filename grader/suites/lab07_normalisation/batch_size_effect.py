"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant

from ..checks.batch_size_effect import effect, effect_of


def images(rng, shape):
    """As in the visible checks, but drawn in another order and with smaller means."""
    n, _, _, c = shape
    return rng.normal(size=shape) * rng.uniform(0.5, 3, size=(n, 1, 1, c)) + rng.normal(
        size=(n, 1, 1, c)
    )


@check("oracle")
def test_fresh_images(student, rng):
    """Images may have any shape and sizes any order, with images left over or without"""
    for shape, sizes in (
        ((23, 2, 1, 3), (5, 2, 7)),
        ((16, 1, 3, 2), (4, 6)),
        ((11, 3, 2, 4), (2, 3, 4)),
    ):
        x = images(rng, shape)
        bn, ln = effect_of(student, x, sizes)
        close(bn, effect(x, sizes), f"Images {shape}, sizes {sizes}.")
        close(ln, np.zeros(len(sizes)), "Layer norm.", atol=1e-4, constant=True)


@check()
def test_more_company_less_noise(student, rng):
    """In four times as large a batch the company matters about half as much"""
    x = rng.normal(size=(513, 1, 1, 23))  # in 1000 draws the ratios were from 1.5 to 2.7
    bn, ln = effect_of(student, x, (4, 16, 64))
    holds(bn[0] > bn[1] > bn[2] > 0, "For batch norm the numbers should fall.", got=bn)
    holds(
        1.2 < bn[0] / bn[1] < 3.6 and 1.2 < bn[1] / bn[2] < 3.6,
        "Four times the batch should about halve the effect.",
        got=bn,
    )
    holds(np.abs(ln).max() < 1e-4, "For layer norm the numbers should be 0.", got=ln)


@check()
def test_it_is_x0_that_is_asked_for(student, rng):
    """Only x[0] is measured: the order of the others matters only for who shares a batch"""
    x = images(rng, (13, 1, 2, 3))
    turned = x.copy()
    turned[1:] = x[:0:-1]  # 12 companions in batches of 3 and 4: the same ones meet
    other = x[[5, *range(1, 5), 0, *range(6, 13)]]
    for said, one in (("as they are", x), ("the others reversed", turned), ("x[5] first", other)):
        bn, _ = effect_of(student, one, (3, 4))
        close(bn, effect(one, (3, 4)), f"The images {said}.")


@check()
def test_companions_that_are_all_alike(student, rng):
    """If all companions are alike the company does not matter, not even for batch norm"""
    x = np.repeat(rng.normal(size=(2, 2, 3, 4)), (1, 12), axis=0)
    bn, ln = effect_of(student, x, (2, 3, 5))
    close(bn, np.zeros(3), "Batch norm.", atol=1e-4, constant=True)
    close(ln, np.zeros(3), "Layer norm.", atol=1e-4, constant=True)


# Mutants ------------------------------------------------------------------------------------------


def look(x, kind):
    axes = {"bn": (0, 1, 2), "ln": (3,)}[kind]
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-3)


def batches_of(x, size):
    starts = range(1, len(x) - size + 2, size - 1)
    return [np.concatenate([x[:1], x[i : i + size - 1]]) for i in starts]


def mutant_effect(x, sizes, batches=batches_of, deviation=lambda became: became.std(axis=0).mean()):
    x = np.asarray(x, dtype=float)
    return {
        kind: [
            float(deviation(np.stack([look(batch, kind)[0] for batch in batches(x, size)])))
            for size in sizes
        ]
        for kind in ("bn", "ln")
    }


@mutant(
    "You cut x into batches and look at the first image of each, which is always another one. Put x[0] "
    "into every batch and change only its company.",
)
def another_image_in_every_batch(x, sizes):
    def cut(x, size):
        return [x[i : i + size] for i in range(0, len(x) - size + 1, size)]

    return mutant_effect(x, sizes, cut)


@mutant(
    "Your batches have b companions in addition to x[0]. A batch of b has b − 1 companions.",
)
def one_image_too_many(x, sizes):
    return mutant_effect(x, [size + 1 for size in sizes])


@mutant(
    "You make len(x) // b batches. Each needs b − 1 of the len(x) − 1 companions, so there are "
    "(len(x) − 1) // (b − 1).",
)
def too_few_batches(x, sizes):
    return mutant_effect(x, sizes, lambda x, size: batches_of(x, size)[: max(len(x) // size, 1)])


@mutant(
    "You take the spread of the numbers within one normalised image. Take the spread of each number "
    "over the batches: axis 0 of the stack.",
)
def spread_within_the_image(x, sizes):
    return mutant_effect(
        x, sizes, deviation=lambda became: became.reshape(len(became), -1).std(axis=1).mean()
    )


@mutant(
    "This is the variance over the batches. Take its root, the standard deviation, of each number "
    "before you take the mean.",
)
def variance_for_deviation(x, sizes):
    return mutant_effect(x, sizes, deviation=lambda became: became.var(axis=0).mean())


@mutant(
    "Your last batch is smaller than the others. Leave out images that do not fill a batch.",
)
def takes_the_rest_too(x, sizes):
    def with_rest(x, size):
        return [np.concatenate([x[:1], x[i : i + size - 1]]) for i in range(1, len(x), size - 1)]

    return mutant_effect(x, sizes, with_rest)


@mutant(
    "You average the numbers of the image first and take the deviation of the averages. First take the "
    "deviation of each number over the batches, then the mean.",
)
def deviation_of_the_mean(x, sizes):
    return mutant_effect(
        x, sizes, deviation=lambda became: became.reshape(len(became), -1).mean(axis=1).std()
    )


@mutant('"bn" and "ln" are swapped in your dict.')
def names_swapped(x, sizes):
    found = mutant_effect(x, sizes)
    return {"bn": found["ln"], "ln": found["bn"]}


@mutant(
    "Your batches overlap: each begins one image later. The second takes the next b − 1 companions.",
)
def overlapping_batches(x, sizes):
    def overlapping(x, size):
        return [np.concatenate([x[:1], x[i : i + size - 1]]) for i in range(1, len(x) - size + 2)]

    return mutant_effect(x, sizes, overlapping)


# Variants -----------------------------------------------------------------------------------------


@variant("without normalise: all batches of a size at once")
def effect_at_once(x, sizes):
    x = np.asarray(x, dtype=float)
    bn, ln = [], []
    for b in sizes:
        count = (len(x) - 1) // (b - 1)
        others = x[1 : 1 + count * (b - 1)].reshape(count, b - 1, *x.shape[1:])
        batches = np.concatenate([np.broadcast_to(x[0], (count, 1, *x.shape[1:])), others], axis=1)
        mean = batches.mean(axis=(1, 2, 3), keepdims=True)
        var = batches.var(axis=(1, 2, 3), keepdims=True)
        became = ((batches - mean) / np.sqrt(var + 1e-3))[:, 0]
        bn.append(np.std(became, axis=0).mean())
        ln.append(0)
    return {"bn": np.array(bn), "ln": np.array(ln)}


@variant("float32, number by number")
def effect_in_float32(x, sizes):
    effect = {"ln": [], "bn": [], "sizes": list(sizes)}
    x = np.float32(x)
    for b in sizes:
        became = {"bn": [], "ln": []}
        start = 1
        while start + b - 1 <= len(x):
            batch = np.stack([x[0], *x[start : start + b - 1]])
            for name, axes in (("bn", (0, 1, 2)), ("ln", -1)):
                mean, var = batch.mean(axes, keepdims=True), batch.var(axes, keepdims=True)
                became[name].append(((batch - mean) / np.sqrt(var + np.float32(1e-3)))[0].ravel())
            start += b - 1
        for name, rows in became.items():
            columns = list(zip(*rows, strict=True))
            effect[name].append(sum(np.std(column) for column in columns) / len(columns))
    return effect


@variant("a root of a mean of squares minus a square, as tuples")
def effect_by_moments(x, sizes):
    def spread(size, axes):
        total, squares, count = 0.0, 0.0, 0
        for k in range((len(x) - 1) // (size - 1)):
            rows = [0, *range(1 + k * (size - 1), 1 + (k + 1) * (size - 1))]
            batch = np.asarray(x, dtype=float)[rows]
            hat = batch - batch.mean(axis=axes, keepdims=True)
            hat = hat[0] / np.sqrt(np.mean(hat**2, axis=axes, keepdims=True) + 1e-3)[0]
            total, squares, count = total + hat, squares + hat**2, count + 1
        return float(np.mean(np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0))))

    return {
        "bn": tuple(spread(size, (0, 1, 2)) for size in sizes),
        "ln": tuple(0.0 * spread(size, (0, 1, 2)) for size in sizes),
    }
