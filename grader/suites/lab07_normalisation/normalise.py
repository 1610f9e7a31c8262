"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, equal, holds, mutant, variant
from nablab.checking.expect import as_numbers

from ..checks.normalise import axes_of
from ..checks.oracles import AXES, GROUP_AXES, images, normalised


@check("oracle")
def test_fresh_images(student, rng):
    """Every kind is right for images of any shape"""
    for shape, groups in (((3, 5, 2, 6), (2, 3)), ((2, 7, 3, 4), (4, 2)), ((5, 2, 3, 10), (5, 1))):
        x = images(rng, shape)
        for kind in (*AXES, *(("gn", g) for g in groups)):
            close(
                student.normalise(x, kind), normalised(x, kind), f"{kind!r} of {shape}.", atol=1e-5
            )


@check()
def test_axes_of_every_kind(student):
    """The axes of every kind are right, whatever the number of groups"""
    for kind, axes in (*AXES.items(), *((("gn", g), GROUP_AXES) for g in (1, 2, 5, 8))):
        equal(axes_of(student, kind), axes, f"norm_axes({kind!r}), counted from the front:")


@check()
def test_relatives(student, rng):
    """Groups of one channel give instance norm, a single group gives layer norm over H, W, C"""
    x = images(rng, (3, 5, 2, 7))
    found = {}
    for kind in ("in", ("gn", 7), "ln_chw", ("gn", 1), "ln_keras"):
        found[kind] = as_numbers(student.normalise(x, kind))
        holds(found[kind].shape == x.shape, f"{kind!r} changes the shape.", got=found[kind])
    close(found[("gn", 7)], normalised(x, "in"), "('gn', 7) of 7 channels.", atol=1e-5)
    close(found["in"], normalised(x, "in"), "'in'.", atol=1e-5)
    close(found[("gn", 1)], normalised(x, "ln_chw"), "('gn', 1).", atol=1e-5)
    close(found["ln_chw"], normalised(x, "ln_chw"), "'ln_chw'.", atol=1e-5)
    holds(
        not np.allclose(found["ln_keras"], found["ln_chw"], atol=1e-2),
        "'ln_keras' and 'ln_chw' give the same result; Keras's default averages over channels only.",
    )


@check()
def test_who_knows_of_whom(student, rng):
    """If one image changes, only batch norm changes the others"""
    x = images(rng, (4, 3, 2, 6))
    changed = x.copy()
    changed[1] = rng.normal(size=x.shape[1:]) * 5 + 4
    for kind in (*AXES, ("gn", 2), ("gn", 3)):
        others = normalised(changed, kind)[[0, 2, 3]]
        got = as_numbers(student.normalise(changed, kind))
        holds(got.shape == x.shape, f"{kind!r} changes the shape.", got=got)
        close(got[[0, 2, 3]], others, f"{kind!r}, the images that were not changed.", atol=1e-5)
        before = as_numbers(student.normalise(x, kind))
        same = np.allclose(before[[0, 2, 3]], got[[0, 2, 3]], rtol=1e-3, atol=1e-4)
        holds(same == (kind != "bn"), f"{kind!r}: the other images {'stay' if same else 'change'}.")


@check()
def test_light_and_contrast(student, rng):
    """ "in" removes an image's light and contrast, "ln_keras" the brightness of each pixel"""
    x = rng.normal(size=(2, 5, 3, 4)) * 100
    dimmed = x * rng.uniform(0.4, 3, size=(2, 1, 1, 4)) + rng.normal(size=(2, 1, 1, 4)) * 50
    close(student.normalise(dimmed, "in"), normalised(x, "in"), "'in'.", rtol=1e-3, atol=1e-4)
    lit = x * rng.uniform(0.4, 3, size=(2, 5, 3, 1)) + rng.normal(size=(2, 5, 3, 1)) * 50
    close(
        student.normalise(lit, "ln_keras"),
        normalised(x, "ln_keras"),
        "'ln_keras'.",
        rtol=2e-3,
        atol=2e-3,
    )


@check()
def test_whole_numbers_bytes_and_what_is_constant(student, rng):
    """Images may hold whole numbers, bytes or negative numbers, and constant channels"""
    whole = rng.integers(-2, 3, size=(2, 3, 5, 4))
    flat = -1 - rng.random((2, 3, 5, 4))
    flat[..., 1] = -2
    for x in (whole, rng.integers(100, 256, size=(2, 3, 5, 4)).astype(np.uint8), flat):
        for kind in (*AXES, ("gn", 2)):
            close(
                student.normalise(x, kind),
                normalised(x, kind),
                f"{kind!r} of {x.dtype} numbers.",
                rtol=1e-3,
                atol=1e-4,
            )


# Mutants ------------------------------------------------------------------------------------------


RIGHT_AXES = {
    "bn": (0, 1, 2),
    "ln_keras": (3,),
    "ln_chw": (1, 2, 3),
    "in": (1, 2),
    "gn": (1, 2, 4),
}


def normalisation(says, *, ddof=0, outside=False, interleaved=False, of_size=False, **axes):
    """A mutant of N.3 with other axes, or another formula."""
    table = RIGHT_AXES | axes

    def norm_axes(kind):
        return table["gn" if isinstance(kind, (tuple, list)) else kind]

    def normalise(x, kind):
        x = np.asarray(x, dtype=float)
        shape = x.shape
        grouped = isinstance(kind, (tuple, list))
        if grouped:
            g = kind[1]
            sizes = (shape[3] // g, g) if interleaved or of_size else (g, shape[3] // g)
            x = x.reshape(*shape[:3], *sizes)
            if interleaved:
                x = x.swapaxes(3, 4)
        mean = x.mean(axis=norm_axes(kind), keepdims=True)
        with np.errstate(all="ignore"):
            var = x.var(axis=norm_axes(kind), ddof=ddof, keepdims=True)
            x = (x - mean) / (np.sqrt(var) + 1e-3 if outside else np.sqrt(var + 1e-3))
        if grouped and interleaved:
            x = x.swapaxes(3, 4)
        return x.reshape(shape)

    return mutant(says, norm_axes=norm_axes, normalise=normalise)


layer_norm_over_the_image = normalisation(
    'Your "ln_keras" averages over H, W and C. That is the papers\' layer norm on images. By default '
    "Keras's layer averages over the last axis only.",
    ln_keras=(1, 2, 3),
)


layer_norm_over_channels_only = normalisation(
    'Your "ln_chw" averages over channels only, as Keras\'s layer does. It should have one mean for '
    "each image.",
    ln_chw=(3,),
)


batch_norm_for_each_pixel = normalisation(
    'Your "bn" averages over the images only, so each pixel has its own statistics. A channel is the '
    "same feature at every pixel: average over H and W too.",
    bn=(0,),
)


instance_norm_over_the_batch = normalisation(
    'Your "in" averages over the images too, which is batch norm. Instance norm treats each image by '
    "itself.",
    **{"in": (0, 1, 2)},
)


groups_without_space = normalisation(
    "You average each group pixel by pixel. Group norm averages over H and W too: three axes of the "
    "reshaped array.",
    gn=(4,),
)


groups_over_the_groups = normalisation(
    "You average over the axis of the groups and not over the channels in a group. It is the other way "
    "round: in (N, H, W, g, C/g) average over axis 4 and keep axis 3 apart.",
    gn=(1, 2, 3),
)


groups_over_the_batch = normalisation(
    "Your group norm averages over the images too. Like layer and instance norm it treats each image "
    "by itself.",
    gn=(0, 1, 2, 4),
)


interleaved_groups = normalisation(
    "Your groups take every g-th channel. A group is made of neighbours: of six channels in two "
    "groups, the first group is 0, 1, 2.",
    interleaved=True,
)


number_of_groups_as_their_size = normalisation(
    "You use g as the number of channels in a group. It is the number of groups: reshape to "
    "(N, H, W, g, C // g).",
    of_size=True,
)


unbiased = normalisation(
    "Your variance is divided by one less than the number of values. Normalisation layers use the "
    "biased one.",
    ddof=1,
)


epsilon_beside_the_root = normalisation(
    "You add ε to the standard deviation. It belongs under the root, added to the variance.",
    outside=True,
)


# Variants -----------------------------------------------------------------------------------------


def axes_from_the_back(kind):
    if kind == "bn":
        return [-2, -4, -3]
    if kind == "ln_keras":
        return -1
    if kind == "ln_chw":
        return (-1, -2, -3)
    return (-3, -2) if kind == "in" else (-1, -4, -3)


def normalise_slice_by_slice(x, kind):
    x = np.array(x, dtype=float)
    N, H, W, C = x.shape
    places = {
        "bn": [(slice(None), slice(None), slice(None), c) for c in range(C)],
        "ln_keras": list(np.ndindex(N, H, W)),
        "ln_chw": [(n,) for n in range(N)],
        "in": [(n, slice(None), slice(None), c) for n in range(N) for c in range(C)],
    }
    if not isinstance(kind, str):
        size = C // kind[1]
        places[kind] = [
            (n, slice(None), slice(None), slice(c, c + size))
            for n in range(N)
            for c in range(0, C, size)
        ]
    for place in places[kind]:
        part = x[place]
        x[place] = (part - part.mean()) / np.sqrt(part.var() + 0.001)
    return x


slice_by_slice = variant(
    "slice by slice; axes counted from the back, in another order, as a list or a number",
    norm_axes=axes_from_the_back,
    normalise=normalise_slice_by_slice,
)


def normalise_in_float32(x, kind):
    x = np.asarray(x, dtype=np.float32)
    N, H, W, C = x.shape
    groups = {"bn": C, "ln_keras": 1, "ln_chw": 1, "in": C}.get(kind) or kind[1]
    split = x.reshape(N, H, W, groups, C // groups)
    axes = {"bn": (0, 1, 2, 4), "ln_keras": (3, 4)}.get(kind, (1, 2, 4))
    mean = split.mean(axis=axes, keepdims=True, dtype=np.float32)
    var = np.square(split - mean).mean(axis=axes, keepdims=True)
    return ((split - mean) / np.sqrt(var + np.float32(1e-3))).reshape(x.shape)


all_as_groups = variant(
    "float32, every kind as a reshaped group norm",
    norm_axes=lambda kind: {
        "bn": (0, 1, 2),
        "ln_keras": (3,),
        "ln_chw": (1, 2, 3),
        "in": (1, 2),
    }.get(kind, (1, 2, 4)),
    normalise=normalise_in_float32,
)


def normalise_by_einsum(x, kind):
    x = np.asarray(x, dtype=float)
    letters = {"bn": "c", "ln_keras": "nhw", "ln_chw": "n", "in": "nc"}.get(kind, "ng")
    five = x.reshape(*x.shape[:3], *((1, -1) if isinstance(kind, str) else (kind[1], -1)))
    if letters == "ng" or isinstance(kind, str):
        count = five.size / np.einsum(f"nhwgc->{letters}", np.ones_like(five)).size
    mean = np.einsum(f"nhwgc->{letters}", five) / count
    shape = [
        size if letter in letters else 1 for letter, size in zip("nhwgc", five.shape, strict=True)
    ]
    centred = five - mean.reshape(shape)
    var = np.einsum(f"nhwgc,nhwgc->{letters}", centred, centred) / count
    return (centred / np.sqrt(var.reshape(shape) + 1e-3)).reshape(x.shape)


by_einsum = variant(
    "einsum over named axes",
    norm_axes=lambda kind: np.array(
        {"bn": [0, 1, 2], "ln_keras": [3], "ln_chw": [1, 2, 3], "in": [1, 2]}.get(kind, [1, 2, 4])
    ),
    normalise=normalise_by_einsum,
)
