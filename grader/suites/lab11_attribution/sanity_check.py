"""Hidden checks of N.8."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference.attribution import rank_correlation, ranks
from nablab.sandbox.student import generator

from ..checks.sanity_check import (
    apart_net,
    bent_net,
    correlation,
    dense,
    one_pixel,
    order_net,
    sum_net,
)


@check("oracle")
def test_correlations_of_any_arrays(student, rng):
    """Large maps, whole numbers, booleans as numbers, constant ones"""
    for a, b in (
        (rng.normal(size=(17, 13)), np.maximum(rng.normal(size=(17, 13)), 0)),
        (rng.integers(-3, 4, size=(6, 5)), rng.integers(0, 256, size=(6, 5)).astype(np.uint8)),
        (np.arange(8)[::-1], np.arange(8) ** 2),
        (np.full((2, 3), 7), rng.normal(size=(2, 3))),
    ):
        close(student.rank_correlation(a, b), rank_correlation(a, b), atol=1e-6)


@check()
def test_both_arrays_are_treated_alike(student, rng):
    """Exchanging the arrays changes nothing, nor does reordering both alike"""
    a, b = rng.integers(0, 5, size=23), rng.normal(size=23)
    expected, order = rank_correlation(a, b), rng.permutation(23)
    close(student.rank_correlation(b, a), expected)
    close(student.rank_correlation(a[order], b[order]), expected)
    close(student.rank_correlation(np.exp(a), b), expected, "exp(a) has the ranks of a.")


@check("probe")
def test_every_array_of_a_layer(student, rng):
    """Kernel and bias are shuffled, each by itself"""
    n = 12
    net = dense(np.zeros((3, n)), biases=[np.arange(n)])
    found = [
        correlation(student, net, one_pixel(1, 2, 3), ["a"], int(s))
        for s in rng.integers(1000, size=3)
    ]
    holds(max(found) < 0.999, "The biases are not shuffled.", got=found)
    close(
        correlation(student, apart_net(n + 2), one_pixel(3, -1), ["a"], 1),
        1.0,
        "All weights of a are 1 and all biases 0: each array is shuffled by itself, not both together.",
    )


@check("probe")
def test_only_ranks_count(student, rng):
    """Maps in the same order have the correlation 1, also if they are not in proportion"""
    for n in (7, 12):
        net, img = bent_net(n)
        for seed in rng.integers(1000, size=3):
            close(correlation(student, net, img, ["a"], int(seed)), 1.0)


@check("probe")
def test_no_new_numbers(student, rng):
    """The entries of a kernel only change places"""
    for seed in rng.integers(1000, size=3):
        net, img = sum_net(int(seed))
        close(correlation(student, net, img, ["a"], int(seed)), 1.0)


@check("probe")
def test_rows_and_columns_change_places(student, rng):
    """All entries change places, also in nets of other sizes"""
    for n in (10, 15):
        net, img = order_net(n)
        for which in (net, dense(net.weights[0].T.copy().T)):
            found = [
                correlation(student, which, img, ["a"], int(s)) for s in rng.integers(1000, size=4)
            ]
            holds(max(found) < 0.999 and np.ptp(found) > 0.01, "Shuffle all entries.", got=found)


@check()
def test_layers_that_are_not_named_stay(student, rng):
    """A layer that is not named keeps its weights"""
    first, second = np.ones((3, 7)), rng.normal(size=(7, 11))
    close(correlation(student, dense(first, second), one_pixel(2, 1, 4), ["a"], 3), 1.0)
    net, img = order_net(8)
    model = net.on(student)
    before = model.get_weights()
    for seed in (1, 2):
        student.sanity_check(student.logits_of, model.handle, img, ["a"], generator(student, seed))
    for mine, right in zip(model.get_weights(), before, strict=True):
        close(mine, right, "The model's weights after two calls.", constant=True)


# Mutants ------------------------------------------------------------------------------------------


def pearson(a, b):
    a, b = (np.ravel(np.asarray(v, dtype=float)) for v in (a, b))
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def by_order(a):
    return np.argsort(np.argsort(np.ravel(a), kind="stable"), kind="stable").astype(float)


def lowest(a):
    a = np.ravel(np.asarray(a, dtype=float))
    return (a[None] < a[:, None]).sum(axis=1).astype(float)


def highest(a):
    a = np.ravel(np.asarray(a, dtype=float))
    return (a[None] <= a[:, None]).sum(axis=1).astype(float)


def distinct(a):
    return np.unique(np.ravel(a), return_inverse=True)[1].ravel().astype(float)


def ranked(says, of, end=lambda r: r):
    return mutant(says, rank_correlation=lambda a, b: end(pearson(of(a), of(b))))


plain_correlation = mutant(
    "You correlate the numbers themselves. Replace them by their ranks first.",
    rank_correlation=pearson,
)
ties_in_reading_order = ranked(
    "Equal numbers get different ranks, in reading order. All get the mean of their ranks.",
    by_order,
)
lowest_rank = ranked("Equal numbers get the lowest of their ranks. They get the mean.", lowest)
highest_rank = ranked("Equal numbers get the highest of their ranks. They get the mean.", highest)
dense_ranks = ranked(
    "You number the distinct values, so five equal numbers take one rank. They occupy five.",
    distinct,
)
argsort_once = ranked(
    "np.argsort gives the order, not the ranks: the place of the smallest number comes first.",
    lambda a: np.argsort(np.ravel(a), kind="stable").astype(float),
)
absolute_correlation = ranked(
    "You take the absolute value. An opposite order gives −1.", ranks, abs
)
squared = ranked("You square the correlation.", ranks, lambda r: r**2)
ranks_of_sizes = ranked(
    "You rank absolute values. −8 is smaller than 2.", lambda a: ranks(np.abs(np.asarray(a, float)))
)


def not_centred(a, b):
    r, s = ranks(a), ranks(b)
    scale = np.sqrt((r**2).sum() * (s**2).sum())
    return float((r * s).sum() / scale) if scale > 0 else 0.0


mean_not_subtracted = mutant(
    "You do not subtract the mean rank, so unrelated maps correlate too.",
    rank_correlation=not_centred,
)


def by_differences(a, b):
    d, n = ranks(a) - ranks(b), np.size(a)
    return float(1 - 6 * (d**2).sum() / (n * (n**2 - 1)))


formula_without_ties = mutant(
    "1 − 6Σd²/n(n² − 1) is right only if no numbers are equal.", rank_correlation=by_differences
)
equal_numbers_give_one = mutant(
    "If all numbers of one array are equal, the correlation is 0.",
    rank_correlation=lambda a, b: (
        1.0 if np.ptp(a) == 0 or np.ptp(b) == 0 else float(rank_correlation(a, b))
    ),
)


def checked(method, model, img, layers, rng, **changes):
    import keras

    o = {
        "shuffle": lambda w: rng.permutation(w.ravel()).reshape(w.shape),
        "named": lambda twin: list(layers),
        "compare": rank_correlation,
        "copy": True,
        "whole": None,
    } | changes
    before = method(model, img)
    twin = model
    if o["copy"]:
        twin = keras.models.clone_model(model)
        twin.set_weights(model.get_weights())
    for name in o["named"](twin):
        layer = twin.get_layer(name)
        weights = layer.get_weights()
        layer.set_weights(o["whole"](weights) if o["whole"] else [o["shuffle"](w) for w in weights])
    return float(o["compare"](before, method(twin, img)))


def slip(says, **changes):
    return mutant(says, sanity_check=lambda *given: checked(*given, **changes))


def rows_only(method, model, img, layers, rng):
    return checked(method, model, img, layers, rng, shuffle=lambda w: rng.permutation(w))


def drawn_anew(method, model, img, layers, rng):
    return checked(
        method, model, img, layers, rng, shuffle=lambda w: w.std() * rng.normal(size=w.shape)
    )


def new_initial_weights(method, model, img, layers, rng):
    def shuffle(w):
        return rng.uniform(-1, 1, size=w.shape)

    return checked(method, model, img, layers, rng, shuffle=shuffle)


def own_generator(method, model, img, layers, rng):
    own = np.random.default_rng(0)
    return checked(
        method,
        model,
        img,
        layers,
        rng,
        shuffle=lambda w: own.permutation(w.ravel()).reshape(w.shape),
    )


def with_replacement(method, model, img, layers, rng):
    return checked(
        method, model, img, layers, rng, shuffle=lambda w: rng.choice(w.ravel(), size=w.shape)
    )


def all_layers(twin):
    return [layer.name for layer in twin.layers]


def first_array(method, model, img, layers, rng):
    def whole(weights):
        return [rng.permutation(weights[0].ravel()).reshape(weights[0].shape), *weights[1:]]

    return checked(method, model, img, layers, rng, whole=whole)


def together(method, model, img, layers, rng):
    def whole(weights):
        drawn = rng.permutation(np.concatenate([w.ravel() for w in weights]))
        ends = np.cumsum([w.size for w in weights])
        return [drawn[e - w.size : e].reshape(w.shape) for e, w in zip(ends, weights, strict=True)]

    return checked(method, model, img, layers, rng, whole=whole)


rows_only_shuffled = mutant(
    "rng.permutation(w) exchanges the first axis only. Flatten the array first.",
    sanity_check=rows_only,
)
new_numbers = mutant(
    "You draw new numbers. A shuffle keeps the numbers and changes their places.",
    sanity_check=drawn_anew,
)
uniform_numbers = mutant(
    "You draw new weights between −1 and 1. A shuffle keeps the numbers.",
    sanity_check=new_initial_weights,
)
generator_ignored = mutant(
    "You use a generator of your own, so every shuffle is the same. Use rng.",
    sanity_check=own_generator,
)
drawn_with_replacement = mutant(
    "You draw entries with replacement: some appear twice. In a shuffle each appears once.",
    sanity_check=with_replacement,
)
model_changed = slip(
    "You shuffled the model that you were given. Shuffle a copy: copy_of(model).", copy=False
)
everything_shuffled = slip("You shuffle all layers, whatever is named.", named=all_layers)
nothing_shuffled = slip("Nothing is shuffled: set_weights is missing.", named=lambda twin: [])
kernel_only = mutant(
    "Only the first array of a layer is shuffled. The biases belong to it too.",
    sanity_check=first_array,
)
arrays_together = mutant(
    "You shuffle kernel and bias together. Each array is shuffled by itself.", sanity_check=together
)
reversed_weights = slip(
    "You reverse the order of the entries. Let chance decide.",
    shuffle=lambda w: w.ravel()[::-1].reshape(w.shape),
)
zeros_for_weights = slip(
    "You set the weights to 0. Shuffle them.", shuffle=lambda w: np.zeros_like(w)
)
plain_correlation_of_maps = slip(
    "You compare the maps by the ordinary correlation. Use rank_correlation.", compare=pearson
)


# Variants -----------------------------------------------------------------------------------------


@variant("ranks in plain loops")
def loops(a, b):
    def of(values):
        values = [float(v) for v in np.ravel(values)]
        return [sum(v < u for v in values) + (sum(v == u for v in values) - 1) / 2 for u in values]

    r, s = of(a), of(b)
    n = len(r)
    p, q = sum(r) / n, sum(s) / n
    above = sum((u - p) * (v - q) for u, v in zip(r, s, strict=True))
    below = sum((u - p) ** 2 for u in r) * sum((v - q) ** 2 for v in s)
    return above / below**0.5 if below else 0


@variant("the mean of lowest and highest rank, np.corrcoef, a NumPy number")
def from_both_ends(a, b):
    found = []
    for values in (a, b):
        flat = np.ravel(values).astype(np.float64)
        there = np.sort(flat)
        found.append(
            (np.searchsorted(there, flat, "left") + np.searchsorted(there, flat, "right")) / 2
        )
    if np.ptp(found[0]) == 0 or np.ptp(found[1]) == 0:
        return np.float64(0)
    return np.corrcoef(found[0], found[1])[0, 1]


@variant("groups of equal numbers, in float32")
def by_groups(a, b):
    found = []
    for values in (a, b):
        flat = np.asarray(values).astype(np.float32).ravel()
        rank = np.empty(flat.size, dtype=np.float32)
        order = np.argsort(flat, kind="stable")
        start = 0
        while start < flat.size:
            stop = start
            while stop < flat.size and flat[order[stop]] == flat[order[start]]:
                stop += 1
            rank[order[start:stop]] = (start + stop - 1) / 2
            start = stop
        found.append(rank - rank.mean())
    scale = np.linalg.norm(found[0]) * np.linalg.norm(found[1])
    return np.float32(found[0] @ found[1] / scale) if scale else np.float32(0)


def by_index(method, model, img, layers, rng):
    import keras

    twin = keras.models.model_from_json(model.to_json())
    twin.set_weights(model.get_weights())
    for layer in twin.layers:
        if layer.name in layers:
            mixed = []
            for w in layer.get_weights():
                flat = w.flatten()
                rng.shuffle(flat)
                mixed.append(flat.reshape(w.shape))
            layer.set_weights(mixed)
    return rank_correlation(method(model, img), method(twin, img))


def by_assignment(method, model, img, layers, rng):
    import keras

    first = np.array(method(model, img))
    twin = keras.models.clone_model(model)
    for mine, theirs in zip(twin.weights, model.weights, strict=True):
        mine.assign(theirs)
    for name in layers:
        for w in twin.get_layer(name).weights:
            flat = keras.ops.convert_to_numpy(w).reshape(-1)
            w.assign(flat[rng.permutation(flat.size)].reshape(w.shape))
    return np.float32(rank_correlation(first, method(twin, img)))


shuffled_in_place = variant("a copy from the configuration, rng.shuffle", sanity_check=by_index)
assigned = variant("variables assigned one by one", sanity_check=by_assignment)
