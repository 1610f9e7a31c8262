"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference import normalization as oracle

AXES = {"bn": (0, 1, 2), "ln_keras": (3,), "ln_chw": (1, 2, 3), "in": (1, 2)}


def right(x, kind):
    if isinstance(kind, tuple):
        return oracle.group_norm(x, np.ones(x.shape[3]), np.zeros(x.shape[3]), kind[1])
    return oracle.normalize(x, AXES[kind], 1e-3)


def images(rng, shape):
    n, _, _, c = shape
    spread = rng.uniform(0.5, 3, size=(n, 1, 1, c))
    return rng.normal(size=shape) * spread + 2 * rng.normal(size=(n, 1, 1, c))


@check("oracle")
def test_fresh_images(student, rng):
    """Images of any shape, any kind"""
    for shape, groups in (((3, 5, 2, 6), (2, 3)), ((2, 7, 3, 4), (4, 2)), ((5, 2, 3, 10), (5, 1))):
        x = images(rng, shape)
        for kind in (*AXES, *(("gn", g) for g in groups)):
            close(student.normalise(x, kind), right(x, kind), f"{kind!r} of {shape}.", atol=1e-5)


@check()
def test_axes_of_every_kind(student):
    """The axes of every kind, whatever the number of groups"""
    for kind, axes in (*AXES.items(), *((("gn", g), (1, 2, 4)) for g in (1, 2, 5, 8))):
        got = np.atleast_1d(as_numbers(student.norm_axes(kind)))
        rank = 5 if isinstance(kind, tuple) else 4
        holds(
            got.ndim == 1 and sorted(int(axis) % rank for axis in got) == list(axes),
            f"norm_axes({kind!r}) returned {got.tolist()}.",
            got=got,
            expected=axes,
        )


@check()
def test_relatives(student, rng):
    """Groups of one channel are instance norm, one group of all is layer norm over H, W and C"""
    x = images(rng, (3, 5, 2, 7))
    found = {}
    for kind in ("in", ("gn", 7), "ln_chw", ("gn", 1), "ln_keras"):
        found[kind] = as_numbers(student.normalise(x, kind))
        holds(found[kind].shape == x.shape, f"{kind!r} changes the shape.", got=found[kind])
    close(found[("gn", 7)], right(x, "in"), "('gn', 7) of 7 channels.", atol=1e-5)
    close(found["in"], right(x, "in"), "'in'.", atol=1e-5)
    close(found[("gn", 1)], right(x, "ln_chw"), "('gn', 1).", atol=1e-5)
    close(found["ln_chw"], right(x, "ln_chw"), "'ln_chw'.", atol=1e-5)
    holds(
        not np.allclose(found["ln_keras"], found["ln_chw"], atol=1e-2),
        "'ln_keras' and 'ln_chw' give the same; Keras's default averages over channels only.",
    )


@check()
def test_who_knows_of_whom(student, rng):
    """Change one image: only batch norm changes another one"""
    x = images(rng, (4, 3, 2, 6))
    changed = x.copy()
    changed[1] = rng.normal(size=x.shape[1:]) * 5 + 4
    for kind in (*AXES, ("gn", 2), ("gn", 3)):
        others = right(changed, kind)[[0, 2, 3]]
        got = as_numbers(student.normalise(changed, kind))
        holds(got.shape == x.shape, f"{kind!r} changes the shape.", got=got)
        close(got[[0, 2, 3]], others, f"{kind!r}, the images that were not changed.", atol=1e-5)
        before = as_numbers(student.normalise(x, kind))
        same = np.allclose(before[[0, 2, 3]], got[[0, 2, 3]], rtol=1e-3, atol=1e-4)
        holds(same == (kind != "bn"), f"{kind!r}: the other images {'stay' if same else 'change'}.")


@check()
def test_light_and_contrast(student, rng):
    """Light and contrast of an image are gone after in, and a pixel's brightness after ln_keras"""
    x = rng.normal(size=(2, 5, 3, 4)) * 100
    dimmed = x * rng.uniform(0.4, 3, size=(2, 1, 1, 4)) + rng.normal(size=(2, 1, 1, 4)) * 50
    close(student.normalise(dimmed, "in"), right(x, "in"), "'in'.", rtol=1e-3, atol=1e-4)
    lit = x * rng.uniform(0.4, 3, size=(2, 5, 3, 1)) + rng.normal(size=(2, 5, 3, 1)) * 50
    close(
        student.normalise(lit, "ln_keras"),
        right(x, "ln_keras"),
        "'ln_keras'.",
        rtol=2e-3,
        atol=2e-3,
    )


@check()
def test_whole_numbers_bytes_and_what_is_constant(student, rng):
    """Whole numbers with ties, bytes, negative numbers, and channels that are constant"""
    whole = rng.integers(-2, 3, size=(2, 3, 5, 4))
    flat = -1 - rng.random((2, 3, 5, 4))
    flat[..., 1] = -2
    for x in (whole, rng.integers(100, 256, size=(2, 3, 5, 4)).astype(np.uint8), flat):
        for kind in (*AXES, ("gn", 2)):
            close(
                student.normalise(x, kind),
                right(x, kind),
                f"{kind!r} of {x.dtype} numbers.",
                rtol=1e-3,
                atol=1e-4,
            )


# Mutants ------------------------------------------------------------------------------------------


mutant_AXES = {
    "bn": (0, 1, 2),
    "ln_keras": (3,),
    "ln_chw": (1, 2, 3),
    "in": (1, 2),
    "gn": (1, 2, 4),
}


def normalisation(says, *, ddof=0, outside=False, interleaved=False, of_size=False, **axes):
    """A mutant of N.3 with other axes, or another formula."""
    table = mutant_AXES | axes

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
    "Your \"ln_keras\" averages over H, W and C. That is the papers' layer norm on images; Keras's "
    "layer averages over the last axis only, unless it is told otherwise.",
    ln_keras=(1, 2, 3),
)


layer_norm_over_channels_only = normalisation(
    'Your "ln_chw" averages over channels only, as Keras\'s layer does. It should have one mean for '
    "each image.",
    ln_chw=(3,),
)


batch_norm_for_each_pixel = normalisation(
    'Your "bn" averages over the images only, so each pixel has statistics of its own. A channel is '
    "one feature wherever it is seen: average over H and W too.",
    bn=(0,),
)


instance_norm_over_the_batch = normalisation(
    'Your "in" averages over the images too, which is batch norm. Instance norm takes each image by '
    "itself.",
    **{"in": (0, 1, 2)},
)


groups_without_space = normalisation(
    "Your groups are averaged for each pixel by itself. Group norm averages over H and W too: three "
    "axes of the reshaped array.",
    gn=(4,),
)


groups_over_the_groups = normalisation(
    "You average over the axis of groups and keep that of the channels in a group. It is the other "
    "way round: of (N, H, W, g, C/g) axis 3 stays apart, and axis 4 is averaged over.",
    gn=(1, 2, 3),
)


groups_over_the_batch = normalisation(
    "Your group norm averages over the images too. Like layer and instance norm it takes each image "
    "by itself.",
    gn=(0, 1, 2, 4),
)


interleaved_groups = normalisation(
    "Your groups take every g-th channel. A group is made of neighbours: of six channels in two "
    "groups the first is 0, 1, 2.",
    interleaved=True,
)


number_of_groups_as_their_size = normalisation(
    "You take g for the number of channels in a group. It is the number of groups: reshape to "
    "(N, H, W, g, C // g).",
    of_size=True,
)


unbiased = normalisation(
    "Your variance is divided by one less than the number of values. Normalisation layers use the "
    "biased one.",
    ddof=1,
)


epsilon_beside_the_root = normalisation(
    "You add ε to the standard deviation. It stands under the root, beside the variance.",
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
    "slice by slice, axes from the back, in another order, as a list or a number",
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
