"""Hidden checks of 7.4."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.normalization import normalize


def effect_of(student, x, sizes):
    got = student.batch_size_effect(x, list(sizes))
    holds(
        isinstance(got, dict) and {"bn", "ln"} <= set(got),
        'Return a dict with the keys "bn" and "ln".',
        got=got,
    )
    bn, ln = as_numbers(got["bn"]), as_numbers(got["ln"])
    holds(
        bn.shape == ln.shape == (len(sizes),),
        f"There should be one number for each of {len(sizes)} sizes.",
        got=got,
    )
    return bn, ln


def effect(x, sizes):
    found = []
    for size in sizes:
        starts = range(1, len(x) - size + 2, size - 1)
        batches = [np.concatenate([x[:1], x[i : i + size - 1]]) for i in starts]
        became = [normalize(batch, (0, 1, 2), 1e-3)[0] for batch in batches]
        found.append(np.std(became, axis=0).mean())
    return np.array(found)


def images(rng, shape):
    n, _, _, c = shape
    return rng.normal(size=shape) * rng.uniform(0.5, 3, size=(n, 1, 1, c)) + rng.normal(
        size=(n, 1, 1, c)
    )


@exercise("7.4", stage="oracle")
def test_fresh_images(student, rng):
    """Images of any shape, sizes in any order, with and without a rest"""
    for shape, sizes in (
        ((23, 2, 1, 3), (5, 2, 7)),
        ((16, 1, 3, 2), (4, 6)),
        ((11, 3, 2, 4), (2, 3, 4)),
    ):
        x = images(rng, shape)
        bn, ln = effect_of(student, x, sizes)
        close(bn, effect(x, sizes), f"Images {shape}, sizes {sizes}.")
        close(ln, np.zeros(len(sizes)), "Layer norm.", atol=1e-4, constant=True)


@exercise("7.4")
def test_more_company_less_noise(student, rng):
    """The larger the batch the less its company matters, about as one over the root of its size"""
    x = rng.normal(size=(513, 1, 1, 23))  # in 1000 draws the ratios were from 1.5 to 2.7
    bn, ln = effect_of(student, x, (4, 16, 64))
    holds(bn[0] > bn[1] > bn[2] > 0, "For batch norm the numbers should fall.", got=bn)
    holds(
        1.2 < bn[0] / bn[1] < 3.6 and 1.2 < bn[1] / bn[2] < 3.6,
        "Four times the batch should about halve the effect.",
        got=bn,
    )
    holds(np.abs(ln).max() < 1e-4, "For layer norm the numbers should be 0.", got=ln)


@exercise("7.4")
def test_it_is_x0_that_is_asked_for(student, rng):
    """It is x[0] whose changes count: the order of the others matters only by who meets whom"""
    x = images(rng, (13, 1, 2, 3))
    turned = x.copy()
    turned[1:] = x[:0:-1]  # of 12 others in batches of 3 and 4 the same meet
    other = x[[5, *range(1, 5), 0, *range(6, 13)]]
    for said, one in (("as they are", x), ("the others reversed", turned), ("x[5] first", other)):
        bn, _ = effect_of(student, one, (3, 4))
        close(bn, effect(one, (3, 4)), f"The images {said}.")


@exercise("7.4")
def test_companions_that_are_all_alike(student, rng):
    """Where all companions are alike the company does not matter, for batch norm either"""
    x = np.repeat(rng.normal(size=(2, 2, 3, 4)), (1, 12), axis=0)
    bn, ln = effect_of(student, x, (2, 3, 5))
    close(bn, np.zeros(3), "Batch norm.", atol=1e-4, constant=True)
    close(ln, np.zeros(3), "Layer norm.", atol=1e-4, constant=True)
