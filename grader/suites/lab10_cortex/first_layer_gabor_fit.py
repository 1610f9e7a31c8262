"""Hidden checks of N.8."""

import numpy as np

from nablab.checking import check, close, holds, left_alone, mutant, variant
from nablab.reference.cortex import gabor, share_in_planes

from ..checks.first_layer_gabor_fit import fits, pairs_of


@check("oracle")
def test_other_sizes_and_many_filters(student, rng):
    """Filters of other sizes, odd and even, one and several; transposed views"""
    for size, F in ((6, 5), (9, 1)):
        filters = rng.normal(size=(size, size, F))
        filters[..., 0] += 4 * gabor(size, rng.uniform(0, 3), 5, 2, rng.uniform(0, 6))
        fits(student, np.asfortranarray(filters), f"{F} filters of {size}×{size}.")


@check()
def test_planted_directions(student, rng):
    """Planted patches of any direction are found within half a turn's 24th part, noise is not"""
    angles = rng.uniform(0, np.pi, size=4)
    patches = [gabor(9, a, 4.5, 1.8, rng.uniform(0, 6)) for a in angles]
    theta, _ = fits(student, np.stack(patches, axis=-1))
    off = np.abs((theta - angles + np.pi / 2) % np.pi - np.pi / 2)
    holds(off.max() < np.pi / 24, f"A direction is off by {np.degrees(off.max()):.1f}°.", got=theta)


@check()
def test_filters_stay_as_they_are(student, rng):
    """The filters stay as they are, and may be whole numbers"""
    for filters in (rng.normal(size=(7, 7, 3)), rng.integers(-4, 5, size=(7, 7, 2))):
        left_alone(student, "first_layer_gabor_fit", filters)
        fits(student, filters)


@check("probe")
def test_even_and_odd_share_a_part(student, rng):
    """Pairs cut at the border are not at right angles, and r2 never exceeds 1"""
    _, pairs = pairs_of(6)
    gram = np.einsum("pn,pn->p", pairs[:, 0], pairs[:, 1])
    gram /= np.linalg.norm(pairs[:, 0], axis=1) * np.linalg.norm(pairs[:, 1], axis=1)
    chosen = rng.choice(np.argsort(-np.abs(gram))[:40], size=3)
    a, b = rng.uniform(0.5, 2, size=(2, 3, 1))
    filters = (a * pairs[chosen, 0] + b * pairs[chosen, 1]).T.reshape(6, 6, 3)
    _, r2 = fits(student, filters)
    close(r2, np.ones(3), constant=True)


# Mutants ------------------------------------------------------------------------------------------


def planes(filters):
    size, _, F = np.shape(filters)
    thetas, pairs = pairs_of(size)
    return thetas, pairs, np.asarray(filters, float).reshape(-1, F)


def answer(thetas, shares):
    return thetas[shares.argmax(axis=0)], shares.max(axis=0)


def shares(filters, centred=False, transposed=False):
    filters = np.asarray(filters, float)
    filters = filters.swapaxes(0, 1) if transposed else filters
    thetas, pairs, f = planes(filters)
    f = f - f.mean(axis=0) if centred else f
    return thetas, np.array([share_in_planes(one, pairs) for one in f.T]).T


def unit(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


@mutant(
    "Even and odd patches share a part, which you count twice: make the odd one orthogonal first."
)
def not_orthogonal(filters):
    thetas, pairs, f = planes(filters)
    found = sum((unit(pairs[:, k]) @ f) ** 2 for k in (0, 1)) / np.sum(f**2, axis=0)
    return answer(thetas, found)


@mutant(
    "The odd patch is made orthogonal with an even one of length 1: divide e by its length first."
)
def with_a_long_even_patch(filters):
    thetas, pairs, f = planes(filters)
    even, odd = pairs[:, 0], pairs[:, 1]
    odd = odd - np.sum(odd * even, axis=1, keepdims=True) * even
    return answer(thetas, sum((unit(q) @ f) ** 2 for q in (even, odd)) / np.sum(f**2, axis=0))


@mutant(
    "What is left of the odd patch needs the length 1 again: divide by it after the subtraction."
)
def odd_not_of_length_one(filters):
    thetas, pairs, f = planes(filters)
    q1, odd = unit(pairs[:, 0]), unit(pairs[:, 1])
    odd = odd - np.sum(odd * q1, axis=1, keepdims=True) * q1
    return answer(thetas, sum((q @ f) ** 2 for q in (q1, odd)) / np.sum(f**2, axis=0))


@mutant("Both patches need the length 1: divide each by its length.")
def patches_of_any_length(filters):
    thetas, pairs, f = planes(filters)
    even, q1 = pairs[:, 0], unit(pairs[:, 0])
    odd = pairs[:, 1] - np.sum(pairs[:, 1] * q1, axis=1, keepdims=True) * q1
    return answer(thetas, ((even @ f) ** 2 + (odd @ f) ** 2) / np.sum(f**2, axis=0))


@mutant("Each filter is divided by its own sum of squares, not by that of all filters.")
def share_of_all_filters(filters):
    thetas, found = shares(filters)
    squares = np.sum(planes(filters)[2] ** 2, axis=0)
    return answer(thetas, found * squares / squares.sum())


@mutant("You add the two products, then square. The squares are added.")
def square_of_the_sum(filters):
    thetas, pairs, f = planes(filters)
    q1 = unit(pairs[:, 0])
    q2 = unit(pairs[:, 1] - np.sum(pairs[:, 1] * q1, axis=1, keepdims=True) * q1)
    return answer(thetas, ((q1 + q2) @ f) ** 2 / np.sum(f**2, axis=0))


@mutant("You use the even patch only. The odd one gives the phase.")
def even_only(filters):
    thetas, pairs, f = planes(filters)
    return answer(thetas, (unit(pairs[:, 0]) @ f) ** 2 / np.sum(f**2, axis=0))


@mutant("You choose the pair by its even patch alone. The pair with the largest R² is asked for.")
def chosen_by_the_even_patch(filters):
    thetas, found = shares(filters)
    _, pairs, f = planes(filters)
    best = ((unit(pairs[:, 0]) @ f) ** 2).argmax(axis=0)
    return thetas[best], found[best, range(f.shape[1])]


@mutant("You use the better of the two patches. A sum of both has any phase.")
def better_of_both(filters):
    thetas, pairs, f = planes(filters)
    found = [(unit(pairs[:, k]) @ f) ** 2 for k in (0, 1)]
    return answer(thetas, np.max(found, axis=0) / np.sum(f**2, axis=0))


@mutant("You return the root of R².")
def root_of_r2(filters):
    thetas, found = answer(*shares(filters))
    return thetas, np.sqrt(found)


@mutant("You return what is not explained, 1 − R².")
def unexplained(filters):
    thetas, found = answer(*shares(filters))
    return thetas, 1 - found


@mutant("You subtract the mean of the filter first. R² is a share of the filter as it is.")
def mean_subtracted(filters):
    return answer(*shares(filters, centred=True))


@mutant(
    "You divide by the filter's variance. R² is a share of its sum of squares; no mean is subtracted."
)
def share_of_the_variance(filters):
    thetas, found = shares(filters)
    f = planes(filters)[2]
    ratio = np.sum(f**2, axis=0) / np.sum((f - f.mean(axis=0)) ** 2, axis=0)
    return answer(thetas, 1 - (1 - found) * ratio)


@mutant("The filters lie along the last axis; you read them as if they lay along the first.")
def filters_first(filters):
    filters = np.asarray(filters, float)
    read = filters.reshape(filters.shape[2], *filters.shape[:2])
    return answer(*shares(np.moveaxis(read, 0, 2)))


@mutant("You choose one pair for all filters. Each has its own best pair.")
def one_pair_for_all(filters):
    thetas, found = shares(filters)
    best = found.mean(axis=1).argmax()
    return np.full(found.shape[1], thetas[best]), found[best]


@mutant("r2 comes first in your answer. Return theta, then r2.")
def r2_first(filters):
    return answer(*shares(filters))[::-1]


@mutant("Your answer is right only if the filters are stored row by row. A transposed view is not: use "
        "reshape or moveaxis, which do not depend on it.")  # fmt: skip
def as_they_are_stored(filters):
    filters = np.asarray(filters, float)
    return answer(*shares(filters.ravel(order="K").reshape(filters.shape)))


@mutant("Your filters are transposed: rows come first.")
def transposed(filters):
    return answer(*shares(filters, transposed=True))


@mutant("theta is in degrees. Radians are asked for.")
def degrees(filters):
    thetas, found = answer(*shares(filters))
    return np.degrees(thetas), found


@mutant("theta is off by a quarter of a turn: it is the direction of the wave, across the stripes.")
def along_the_stripes(filters):
    thetas, found = answer(*shares(filters))
    return (thetas + np.pi / 2) % np.pi, found


@mutant("You return the number of the pair, not its direction.")
def number_of_the_pair(filters):
    _, found = shares(filters)
    return found.argmax(axis=0), found.max(axis=0)


@mutant("You do not divide by the filter's own sum of squares: R² depends on its strength.")
def not_a_share(filters):
    thetas, found = shares(filters)
    return answer(thetas, found * np.sum(planes(filters)[2] ** 2, axis=0))


@mutant("Your answers are sorted by R². They come in the order of the filters.")
def sorted_answers(filters):
    thetas, found = answer(*shares(filters))
    order = np.argsort(-found)
    if np.array_equal(order, np.arange(len(found))):
        order = order[::-1]
    return thetas[order], found[order]


# Variants -----------------------------------------------------------------------------------------


@variant("least squares filter by filter, lists")
def fit_by_normal_equations(filters):
    thetas, pairs, f = planes(filters)
    e, o = pairs[:, 0], pairs[:, 1]
    ee, oo, eo = (e * e).sum(1), (o * o).sum(1), (e * o).sum(1)
    theta, r2 = [], []
    for k in range(f.shape[1]):
        one = f[:, k]
        a, b = e @ one, o @ one
        found = (oo * a * a - 2 * eo * a * b + ee * b * b) / (ee * oo - eo * eo) / (one @ one)
        theta.append(float(thetas[np.argmax(found)]))
        r2.append(float(np.max(found)))
    return theta, r2


@variant("QR decompositions")
def fit_by_qr(filters):
    thetas, pairs, f = planes(filters)
    q, _ = np.linalg.qr(pairs.swapaxes(1, 2))  # (P, n, 2)
    found = np.square(np.einsum("pnk,nf->pkf", q, f)).sum(axis=1) / np.square(f).sum(axis=0)
    return np.array(answer(thetas, found))


@variant("float32, the odd patch first")
def fit_in_float32(filters):
    thetas, pairs, f = planes(filters)
    e, o, f = (np.float32(a) for a in (pairs[:, 0], pairs[:, 1], f))
    q1 = unit(o)
    q2 = unit(e - (e * q1).sum(1, keepdims=True) * q1)
    f = f / np.linalg.norm(f, axis=0)
    found = (q1 @ f) ** 2 + (q2 @ f) ** 2
    best = found.argmax(0)
    return thetas[best].astype(np.float32), found[best, np.arange(f.shape[1])]
