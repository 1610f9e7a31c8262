"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.excitation_inhibition import apart, both_are_right, list_is_right
from ..checks.oracles import several


@check("oracle")
def test_fresh_kernels(student, rng):
    """Fresh kernels, of one pixel and of many, stored in any order"""
    for shape in ((1, 1, 6, 4), (5, 2, 3, 7)):
        w = apart(rng, shape)
        both_are_right(student, w)
        list_is_right(student, w, int(rng.integers(2, 9)))
        both_are_right(student, np.asfortranarray(w), "Stored by columns.")


@check()
def test_strong_pairs_whose_sum_is_0(student, rng):
    """A connection whose weights cancel is as strong as its sizes say, and inhibition counts too"""
    w = 0.01 * apart(rng, (2, 2, 4, 3))
    c, f = int(rng.integers(4)), int(rng.integers(3))
    w[:, :, c, f] = [[8, -8], [-8, 8]]
    w[:, :, (c + 1) % 4, f] = -5
    list_is_right(student, w, 2)
    both_are_right(student, w)


@check()
def test_sums_of_both(student, rng):
    """The difference of both is the plain sum, for floats and whole numbers"""
    for w in (rng.normal(size=(3, 4, 2, 5)), rng.integers(-20, 20, size=(4, 3, 5, 2))):
        exc, inh = several(student.excitation_inhibition(w), 2, "exc and inh")
        close(np.subtract(exc, inh), w.sum(axis=(0, 1)), atol=1e-5 * np.abs(w).max())
        close(exc, np.where(w > 0, w, 0).sum(axis=(0, 1)), constant=True)


@check("probe")
def test_ties_everywhere(student, rng):
    """Kernels of ones and minus ones: all pairs are equally strong, and come in order"""
    w = rng.choice([-1, 1], size=(2, 3, 3, 4))
    list_is_right(student, w, 12, "All pairs are equally strong.")
    list_is_right(student, w, 5, "All pairs are equally strong, k = 5.")


# Mutants ------------------------------------------------------------------------------------------


def right(w):
    w = np.asarray(w, dtype=float)
    return np.maximum(w, 0).sum(axis=(0, 1)), np.maximum(-w, 0).sum(axis=(0, 1))


def ranked(strength, k):
    order = np.argsort(-strength.ravel(), kind="stable")[:k]
    return np.stack(np.unravel_index(order, strength.shape), axis=1)


def ranking(w, k):
    exc, inh = right(w)
    return ranked(exc + inh, k)


def wrong_sums(says, sums):
    return mutant(says, excitation_inhibition=sums, top_connections=ranking)


def wrong_list(says, connections):
    return mutant(says, excitation_inhibition=right, top_connections=connections)


inhibition_below_zero = wrong_sums(
    "Inhibition is a size, 0 or more: sum max(−w, 0), not the negative weights themselves.",
    lambda w: (right(w)[0], -right(w)[1]),
)
exchanged_sums = wrong_sums(
    "exc comes first, then inh; yours are exchanged.", lambda w: right(w)[::-1]
)
sign_of_the_sum = wrong_sums(
    "You take the positive part of the sum over pixels. Cut each weight first, then sum.",
    lambda w: tuple(np.maximum(s * np.asarray(w, float).sum(axis=(0, 1)), 0) for s in (1, -1)),
)
absolute_for_excitation = wrong_sums(
    "exc counts only positive weights; yours counts the sizes of all.",
    lambda w: (sum(right(w)), right(w)[1]),
)
means_for_sums = wrong_sums(
    "You take means over the pixels. Sums are asked for.",
    lambda w: tuple(one / (np.shape(w)[0] * np.shape(w)[1]) for one in right(w)),
)
squares_for_sizes = wrong_sums(
    "You sum squares. The weights themselves are summed.",
    lambda w: tuple(
        (np.maximum(s * np.asarray(w, float), 0) ** 2).sum(axis=(0, 1)) for s in (1, -1)
    ),
)
one_row_only = wrong_sums(
    "Your sum is over the columns of one row only. Rows and columns are both summed.",
    lambda w: right(np.asarray(w)[:1]),
)
largest_for_sums = wrong_sums(
    "You take the largest weight of the pixels. The sum is asked for.",
    lambda w: tuple(np.maximum(s * np.asarray(w, float), 0).max(axis=(0, 1)) for s in (1, -1)),
)
units_before_channels = wrong_sums(
    "Your arrays are (F, C): the channel comes first, then the unit.",
    lambda w: tuple(one.T for one in right(w)),
)


def cut_in_place(w):
    cut = w if isinstance(w, np.ndarray) else np.array(w)
    cut[cut < 0] = 0
    return right(cut)


cut_in_the_callers_kernel = wrong_sums(
    "You set the negative weights to 0 in the caller's kernel: nothing is left to inhibit. Work on a "
    "copy.",
    cut_in_place,
)
by_excitation_alone = wrong_list(
    "You rank by excitation alone. The strength is exc + inh.", lambda w, k: ranked(right(w)[0], k)
)
by_inhibition_alone = wrong_list(
    "You rank by inhibition alone. The strength is exc + inh.", lambda w, k: ranked(right(w)[1], k)
)
by_the_sum = wrong_list(
    "You rank by the sum of the weights, exc − inh. A strong connection may have a sum of 0.",
    lambda w, k: ranked(right(w)[0] - right(w)[1], k),
)
by_the_size_of_the_sum = wrong_list(
    "You rank by the size of the sum, |exc − inh|. The strength is exc + inh.",
    lambda w, k: ranked(np.abs(right(w)[0] - right(w)[1]), k),
)
by_squares = wrong_list(
    "You rank by sums of squares. The strength is the sum of the sizes, exc + inh.",
    lambda w, k: ranked((np.asarray(w, float) ** 2).sum(axis=(0, 1)), k),
)
weakest_first = wrong_list(
    "Your list begins with the weakest. The strongest comes first.",
    lambda w, k: ranked(-sum(right(w)), k),
)
strongest_last = wrong_list(
    "These are the right pairs, backwards: the strongest comes first.",
    lambda w, k: ranking(w, k)[::-1],
)
unit_before_channel = wrong_list(
    "A pair is (c, f), the channel first; yours are exchanged.",
    lambda w, k: ranking(w, k)[:, ::-1],
)
ties_backwards = wrong_list(
    "Of equally strong ones the smaller c comes first. An argsort that is reversed turns ties round.",
    lambda w, k: np.stack(
        np.unravel_index(
            np.argsort(sum(right(w)).ravel(), kind="stable")[::-1][:k], np.shape(w)[2:]
        ),
        axis=1,
    ),
)
ties_by_unit = wrong_list(
    "Of equally strong ones the smaller c comes first, and f only decides between equal c.",
    lambda w, k: ranked(sum(right(w)).T, k)[:, ::-1],
)
always_one_less = wrong_list(
    "Your list is one too short.", lambda w, k: ranking(w, k)[: max(len(ranking(w, k)) - 1, 1)]
)
best_of_each_unit = wrong_list(
    "You list the strongest channel of each unit. The strongest of all pairs are asked for.",
    lambda w, k: ranked(
        np.where(sum(right(w)) == sum(right(w)).max(axis=0), sum(right(w)), -1.0), k
    ),
)


# Variants -----------------------------------------------------------------------------------------


def loops(w):
    kh, kw, C, F = np.shape(w)
    exc, inh = [[0.0] * F for _ in range(C)], [[0.0] * F for _ in range(C)]
    for u in range(kh):
        for v in range(kw):
            for c in range(C):
                for f in range(F):
                    exc[c][f] += max(w[u, v, c, f], 0)
                    inh[c][f] -= min(w[u, v, c, f], 0)
    return np.array(exc), np.array(inh)


def sorted_pairs(w, k):
    exc, inh = loops(w)
    pairs = [(c, f) for c in range(exc.shape[0]) for f in range(exc.shape[1])]
    return sorted(pairs, key=lambda pair: (-(exc[pair] + inh[pair]), *pair))[:k]


in_loops = variant(
    "loops, and sorted pairs", excitation_inhibition=loops, top_connections=sorted_pairs
)


def of_sizes(w):
    w = np.asarray(w, dtype=np.float32)
    size, whole = np.abs(w).sum((0, 1)), w.sum((0, 1))
    return (size + whole) / 2, (size - whole) / 2


in_float32 = variant(
    "float32: half of sizes plus and minus sums",
    excitation_inhibition=of_sizes,
    top_connections=lambda w, k: ranking(np.asarray(w, dtype=np.float32), k),
)

by_where = variant(
    "np.where and einsum; tuples, lexsort",
    excitation_inhibition=lambda w: [
        np.einsum("uvcf->cf", np.where(np.asarray(w) > 0, w, 0).astype(float)),
        np.einsum("uvcf->cf", np.where(np.asarray(w) < 0, np.negative(w), 0).astype(float)),
    ],
    top_connections=lambda w, k: tuple(
        (int(i // np.shape(w)[3]), int(i % np.shape(w)[3]))
        for i in np.lexsort((np.arange(np.size(sum(loops(w)))), -sum(loops(w)).ravel()))[:k]
    ),
)
