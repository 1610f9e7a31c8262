"""The visible checks of N.4."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers

from .oracles import IMAGES, images, normalised

COMPANY = np.array([0.0, 2, -2, 2, 4]).reshape(5, 1, 1, 1)


def effect_of(student, x, sizes):
    """The student's numbers for batch norm and for layer norm, one for each size."""
    got = student.batch_size_effect(x, list(sizes))
    holds(
        isinstance(got, dict) and {"bn", "ln"} <= set(got),
        'Return a dict with the keys "bn" and "ln".',
        got=got,
    )
    for name in ("bn", "ln"):
        numbers = as_numbers(got[name], says=f'"{name}":')
        holds(
            numbers.shape == (len(sizes),),
            f'"{name}" has the shape {numbers.shape}. There should be one number for each of the '
            f"{len(sizes)} sizes.",
            got=got[name],
        )
        holds(
            np.isfinite(numbers).all(),
            f'"{name}" holds numbers that are not finite.',
            got=got[name],
        )
    return np.asarray(got["bn"], float), np.asarray(got["ln"], float)


def effect(x, sizes):
    """What batch_size_effect should find for batch norm."""
    found = []
    for size in sizes:
        starts = range(1, len(x) - size + 2, size - 1)
        batches = [np.concatenate([x[:1], x[i : i + size - 1]]) for i in starts]
        found.append(np.std([normalised(batch, "bn")[0] for batch in batches], axis=0).mean())
    return np.array(found)


@check("contract")
def test_a_dict_with_a_number_for_each_size(student):
    """batch_size_effect returns a dict of "bn" and "ln", with one number for each size"""
    x = np.arange(11 * 1 * 2 * 3.0).reshape(11, 1, 2, 3) % 5
    contract(student, "batch_size_effect", x, [2, 3, 5], kind="dict")
    effect_of(student, x, [2, 3, 5])


@check("hand")
def test_the_five_images_of_the_text(student):
    """The five images of the text give .866 for b = 2 and .612 for b = 3"""
    bn, _ = effect_of(student, COMPANY, [2, 3])
    close(bn, effect(COMPANY, [2, 3]), '"bn":', given={"x": COMPANY.ravel()})


@check("probe")
def test_layer_norm_does_not_mind(student, rng):
    """For layer norm all numbers are 0: x[0] does not depend on its company"""
    x = images(rng, (13, 2, 3, 5))
    bn, ln = effect_of(student, x, [2, 3, 5])
    close(ln, np.zeros(3), '"ln":', atol=1e-4, constant=True)
    holds((bn > 1e-2).all(), '"bn" should not be 0.', got=bn)


@check("oracle")
def test_any_images(student, rng):
    """Images may have any shape, and images that do not fill a batch are left out"""
    for shape, sizes in (((17, 1, 2, 3), (2, 3, 4, 7)), ((12, 3, 1, 2), (5, 3))):
        x = images(rng, shape)
        bn, _ = effect_of(student, x, sizes)
        close(bn, effect(x, sizes), f"Images {shape}, sizes {sizes}.", given={"x": x})


PROBES = [
    ("batch_size_effect", (IMAGES.reshape(24, 1, 1, 2)[:12] % 3, [2, 3, 5])),
    ("batch_size_effect", (IMAGES.reshape(12, 2, 1, 2), [4, 3])),
]
