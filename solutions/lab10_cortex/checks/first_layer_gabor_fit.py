"""The visible checks of N.8."""

import functools

import numpy as np

from nablab.checking import Mismatch, check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.reference.cortex import gabor, share_in_planes

from .oracles import floats


@functools.cache
def pairs_of(size):
    """The pairs of the text: thetas (P,), pairs (P, 2, size·size)."""
    places = np.linspace(-size / 4, size / 4, 5)
    grids = np.meshgrid(
        np.pi * np.arange(24) / 24, (3.0, 4.5, 6.5, 9.5), (1.2, 1.8, 2.7), places, places
    )
    theta, lam, sigma, down, right = (grid.reshape(-1, 1, 1) for grid in grids)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    along = (x - right) * np.cos(theta) + (y - down) * np.sin(theta)
    envelope = np.exp(-((x - right) ** 2 + (y - down) ** 2) / (2 * sigma**2))
    waves = np.cos(2 * np.pi * along / lam), np.sin(-2 * np.pi * along / lam)
    pairs = np.stack([envelope * wave for wave in waves], axis=1)
    return theta.ravel(), pairs.reshape(len(pairs), 2, -1)


@functools.cache
def overlapping(size):
    """The number of a pair whose even and odd patch have the cosine 0.6, or nearly so."""
    _, pairs = pairs_of(size)
    even, odd = pairs[:, 0], pairs[:, 1]
    lengths = np.linalg.norm(even, axis=1) * np.linalg.norm(odd, axis=1)
    return int(np.abs(np.abs(np.sum(even * odd, axis=1)) / lengths - 0.6).argmin())


def both(student, filters):
    got = student.first_layer_gabor_fit(filters)
    holds(
        isinstance(got, (tuple, list, np.ndarray)) and len(got) == 2,
        "Return two arrays, theta and r2.",
        got=got,
    )
    theta, r2 = (
        floats(as_numbers(one, says=says)) for one, says in zip(got, ("theta:", "r2:"), strict=True)
    )
    F = np.shape(filters)[2]
    for name, one in (("theta", theta), ("r2", r2)):
        holds(one.shape == (F,), f"{name} has the shape {one.shape}, expected ({F},).", got=one)
    return theta, r2


def fits(student, filters, says=""):
    """r2 is the largest of all pairs, and theta that of a pair that reaches it."""
    size = np.shape(filters)[0]
    theta, r2 = both(student, filters)
    thetas, pairs = pairs_of(size)
    flat = np.asarray(filters, dtype=float).reshape(size * size, -1).T
    shares = np.array([share_in_planes(f, pairs) for f in flat])  # (F, P)
    close(r2, shares.max(axis=1), f"{says} r2:".strip(), constant=True)
    for k, (angle, share) in enumerate(zip(theta, shares, strict=True)):
        good = thetas[share > share.max() * (1 - 2e-4)]
        if not np.isclose(angle, good, atol=1e-4).any():
            raise Mismatch(
                f"{says} theta of filter {k}: got {angle:.4f}, expected {good[0]:.4f}.".strip(),
                got=theta,
                expected=thetas[shares.argmax(axis=1)],
            )
    return theta, r2


_rng = np.random.default_rng(8)
FILTERS = np.stack(
    [gabor(7, 1.1, 5, 1.6, 0.4), gabor(7, 2.7, 4, 2, 1.9), _rng.normal(size=(7, 7))], axis=-1
)

STORED = np.asfortranarray(FILTERS[..., :2])


@check("contract")
def test_two_arrays_of_a_number_for_each_filter(student):
    """first_layer_gabor_fit(filters) returns theta and r2, a number for each filter"""
    contract(student, "first_layer_gabor_fit", FILTERS[..., :2])
    both(student, FILTERS[..., :2])


@check("hand")
def test_a_sum_of_one_pair_is_explained_fully(student):
    """A sum of an even and an odd patch of one pair has r2 = 1 and the pair's direction"""
    _, pairs = pairs_of(7)
    chosen = [1234, 5000, overlapping(7)]
    filters = np.stack(
        [(a * pairs[p, 0] + b * pairs[p, 1]).reshape(7, 7) for p, a, b in zip(
            chosen, (1, -2, 0.5), (0.5, 1, 2), strict=True)],
        axis=-1,
    )  # fmt: skip
    _, r2 = fits(student, filters)
    close(r2, np.ones(3), constant=True)


@check("probe")
def test_the_strength_does_not_matter(student):
    """A filter and −3 times that filter have the same theta and r2"""
    fits(student, np.stack([FILTERS[..., 0], -3 * FILTERS[..., 0]], axis=-1))


@check()
def test_no_mean_is_subtracted(student, rng):
    """No mean is subtracted from a filter"""
    fits(student, FILTERS + 0.3)


@check("oracle")
def test_fresh_filters(student, rng):
    """Gabor patches, noise and both together, in their order; also a transposed view"""
    patch = gabor(8, rng.uniform(0, 3), rng.uniform(3, 7), 1.8, rng.uniform(0, 6))
    noise = rng.normal(size=(8, 8))
    filters = np.stack([noise, patch, patch + 0.1 * noise, -noise.T], axis=-1)
    fits(student, filters)
    fits(student, np.asfortranarray(filters[..., :2]), "A transposed view.")


def probe_fits(student):
    """What some sets of filters give, as numbers."""
    even, odd = pairs_of(7)[1][overlapping(7)].reshape(2, 7, 7)
    shared = np.stack([even + odd, even - 2 * odd], axis=-1)
    sets = (FILTERS, FILTERS[::-1] + 0.2, STORED, shared)
    return [np.array(both(student, one)) for one in sets]


PROBES = [probe_fits]
