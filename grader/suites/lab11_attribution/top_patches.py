"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, mutant, variant

from ..checks.oracles import Planted
from ..checks.top_patches import compare, detector, drawn
from .building_blocks import receptive_field, until


@check("oracle")
def test_each_layer_of_other_nets(student, rng):
    """Each layer of nets without a pool and of other sizes"""
    for name, unit in (("one", 2), ("two", 0), ("five", 1)):
        net, x = drawn(rng, name, unit, shape=(8, 6, 1), pool=name == "five", filters=(3, 2))
        compare(student, net, name, unit, x, 6, f"Layer {name!r}, unit {unit}.")


@check("probe")
def test_steps_and_padding_of_rows_and_columns(student, rng):
    """Layers with other steps along rows than along columns, with padding"""
    for strides, size, shape in (((2, 1), (3, 2), (7, 8, 2)), ((1, 3), (2, 5), (5, 10, 2))):
        layers, weights = detector(rng.normal(size=(*size, 2)), strides, "same")
        net = Planted(shape, layers, weights)
        x = rng.normal(size=(6, *shape))
        compare(student, net, "seeks", 1, x, 5, f"Steps {strides}, filter {size}, padded.")


@check("probe")
def test_the_patch_is_cut_off_at_every_border(student, rng):
    """Patterns in all four corners"""
    template = np.zeros((3, 3, 1))
    template[1, 1] = 1
    layers, weights = detector(template, 1, "same")
    net = Planted((6, 9, 1), layers, weights)
    x = np.zeros((4, 6, 9, 1))
    for i, (r, c) in enumerate(((0, 0), (0, 8), (5, 0), (5, 8))):
        x[i, r, c] = 1 + i / 10 + rng.random() / 20
    compare(student, net, "seeks", 1, x, 4, "One bright pixel in a corner of each image.")


@check("probe")
def test_one_image_and_all_images(student, rng):
    """k may be 1, and as large as the number of images"""
    net, x = drawn(rng, "four", 1, n=5)
    for k in (1, 5):
        compare(student, net, "four", 1, x, k, f"k = {k} of 5 images.")


@check()
def test_equal_images_keep_their_order(student, rng):
    """Copies of an image are equal, and the first one comes first"""
    net, x = drawn(rng, "one", 0, n=3)
    compare(student, net, "one", 0, x[[2, 0, 2, 1, 0, 2]], 6, "Some of the images are copies.")


@check("probe")
def test_equal_places_and_no_positive_answer(student, rng):
    """Of equal places the first in reading order, also if no answer is positive"""
    layers, weights = detector(-np.ones((1, 1, 1)))
    net = Planted((5, 7, 1), layers, weights)
    x = np.full((4, 5, 7, 1), 9.0)
    for i in range(4):
        x[i, 3, int(rng.integers(3)), 0] = x[i, 1, int(rng.integers(4, 7)), 0] = 2 + i
    compare(student, net, "seeks", 1, x, 4, "All answers are negative, two of each image equal.")


@check()
def test_whole_numbers_as_images(student, rng):
    """Images of bytes"""
    layers, weights = detector(rng.normal(size=(2, 3, 2)))
    net = Planted((5, 7, 2), layers, weights)
    x = rng.integers(0, 256, size=(5, 5, 7, 2)).astype(np.uint8)
    compare(student, net, "seeks", 1, x, 4, "The images are bytes.")


# Mutants ------------------------------------------------------------------------------------------


def patches(model, layer, unit, x, k, **changes):
    o = {
        "maps": lambda a: a[..., unit],
        "score": lambda flat: flat.max(axis=1),
        "order": lambda s: np.argsort(-s, kind="stable"),
        "place": lambda flat: int(flat.argmax()),
        "fields": lambda f: f,
        "cut": lambda start, size, n: (max(start, 0), min(start + size, n)),
        "tell": lambda i, rows, columns: (i, *rows, *columns),
    } | changes
    maps = o["maps"](until(model, layer, x))
    flat = maps.reshape(len(maps), -1)
    found = []
    for i in o["order"](o["score"](flat))[:k]:
        place = np.unravel_index(o["place"](flat[i]), maps.shape[1:])
        sides = []
        for at, (size, step, first), n in zip(
            place, o["fields"](receptive_field(model, layer)), np.shape(x)[1:3], strict=True
        ):
            start = first + int(at) * step
            sides.append(tuple(int(v) for v in o["cut"](start, size, n)))
        found.append(tuple(o["tell"](int(i), *sides)))
    return found


@mutant("The patches go beyond the image. Cut them off: from 0 to H, from 0 to W.")
def not_cut_off(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, cut=lambda start, size, n: (start, start + size))


@mutant("You cut off at the far border only. A field may begin before row 0 too.")
def cut_off_below_only(model, layer, unit, x, k):
    return patches(
        model, layer, unit, x, k, cut=lambda start, size, n: (start, min(start + size, n))
    )


@mutant("You cut off at the near border only. A field may reach beyond the last row too.")
def cut_off_above_only(model, layer, unit, x, k):
    return patches(
        model, layer, unit, x, k, cut=lambda start, size, n: (max(start, 0), start + size)
    )


@mutant(
    "At the border you move the whole patch into the image, so that it keeps its size. The unit does "
    "not see what you show: cut the patch off."
)
def moved_inside(model, layer, unit, x, k):
    def cut(start, size, n):
        start = max(min(start, n - size), 0)
        return start, min(start + size, n)

    return patches(model, layer, unit, x, k, cut=cut)


@mutant("If a field begins before the image, your patch begins at 0 and keeps its full size.")
def shifted_at_the_start(model, layer, unit, x, k):
    return patches(
        model,
        layer,
        unit,
        x,
        k,
        cut=lambda start, size, n: (max(start, 0), min(max(start, 0) + size, n)),
    )


@mutant("r1 and c1 are the last row and column. They are the first ones after the patch.")
def last_one_included(model, layer, unit, x, k):
    return patches(
        model,
        layer,
        unit,
        x,
        k,
        cut=lambda start, size, n: (max(start, 0), min(start + size, n) - 1),
    )


@mutant("The order is r0, c0, r1, c1. It is r0, r1, c0, c1: first the rows.")
def corners(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, tell=lambda i, r, c: (i, r[0], c[0], r[1], c[1]))


@mutant("Rows and columns are exchanged.")
def columns_first(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, tell=lambda i, r, c: (i, *c, *r))


@mutant("You use the numbers of the rows for the columns too. receptive_field gives both.")
def rows_twice(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, fields=lambda f: (f[0], f[0]))


@mutant("You do not multiply the unit's place by the step, so deep units seem to look at a corner.")
def without_the_step(model, layer, unit, x, k):
    return patches(
        model, layer, unit, x, k, fields=lambda f: [(size, 1, first) for size, _, first in f]
    )


@mutant("You leave out first: with padding the field of unit 0 begins before the image.")
def without_first(model, layer, unit, x, k):
    return patches(
        model, layer, unit, x, k, fields=lambda f: [(size, step, 0) for size, step, _ in f]
    )


@mutant("You centre the patch at the place times the step. first is where the field begins.")
def centred(model, layer, unit, x, k):
    return patches(
        model,
        layer,
        unit,
        x,
        k,
        fields=lambda f: [(size, step, -(size // 2)) for size, step, _ in f],
    )


@mutant("The weakest images come first. The strongest should.")
def weakest_first(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, order=lambda s: np.argsort(s, kind="stable"))


@mutant("You take the right images, but in the order of the data set. The best comes first.")
def in_the_order_of_the_data(model, layer, unit, x, k):
    return patches(
        model, layer, unit, x, k, order=lambda s: np.sort(np.argsort(-s, kind="stable")[:k])
    )


@mutant("You do not rank at all: these are the first k images.")
def first_images(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, order=lambda s: np.arange(len(s)))


@mutant("The best k images come in the opposite order: the weakest of them first.")
def best_ones_backwards(model, layer, unit, x, k):
    return patches(
        model, layer, unit, x, k, order=lambda s: np.argsort(-s, kind="stable")[:k][::-1]
    )


@mutant("Of equal images the one of larger index comes first. Sort the negative numbers, stably.")
def equal_images_backwards(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, order=lambda s: np.argsort(s, kind="stable")[::-1])


@mutant("Of equal places you take the last. The first in reading order counts.")
def last_of_equal_places(model, layer, unit, x, k):
    return patches(
        model, layer, unit, x, k, place=lambda one: len(one) - 1 - int(one[::-1].argmax())
    )


@mutant("You read the places column by column. Reading order is row by row.")
def places_column_by_column(model, layer, unit, x, k):
    def place(one):
        h, w = until(model, layer, x).shape[1:3]
        down = int(one.reshape(h, w).T.ravel().argmax())
        return (down % h) * w + down // h

    return patches(model, layer, unit, x, k, place=place)


@mutant("You rank by the mean of the map. A unit's best place counts, not all places together.")
def ranked_by_mean(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, score=lambda flat: flat.mean(axis=1))


@mutant("You rank by absolute answers. A strongly negative answer is no liking.")
def ranked_by_size(model, layer, unit, x, k):
    return patches(
        model,
        layer,
        unit,
        x,
        k,
        score=lambda flat: np.abs(flat).max(axis=1),
        place=lambda one: int(np.abs(one).argmax()),
    )


@mutant("Negative answers count as 0 in your ranking. The layer need not be a ReLU.")
def negative_is_nothing(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, maps=lambda a: np.maximum(a[..., unit], 0))


@mutant("You look at all channels together. The unit is one channel.")
def all_channels(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, maps=lambda a: a.max(axis=-1))


@mutant("You take the channel before the unit's: channels are counted from 0.")
def channel_before(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, maps=lambda a: a[..., unit - 1])


@mutant("An image can appear more than once. Each gives one patch, that of its best place.")
def several_of_an_image(model, layer, unit, x, k):
    maps = until(model, layer, x)[..., unit]
    found = []
    for flat in np.argsort(-maps.ravel(), kind="stable")[:k]:
        i, *place = np.unravel_index(flat, maps.shape)
        patch = [int(i)]
        for at, (size, step, first), n in zip(
            place, receptive_field(model, layer), np.shape(x)[1:3], strict=True
        ):
            start = first + int(at) * step
            patch += [max(start, 0), min(start + size, n)]
        found.append(tuple(patch))
    return found


@mutant("You look for the smallest answer in each image. A unit likes what makes it large.")
def smallest_answer(model, layer, unit, x, k):
    return patches(model, layer, unit, x, k, place=lambda one: int(one.argmin()))


# Variants -----------------------------------------------------------------------------------------


@variant("in plain loops, lists of NumPy integers")
def loops(model, layer, unit, x, k):
    maps = until(model, layer, x)
    (rows, columns), (H, W) = receptive_field(model, layer), np.shape(x)[1:3]
    best = []
    for i, one in enumerate(maps):
        top = None
        for r in range(one.shape[0]):
            for c in range(one.shape[1]):
                if top is None or one[r, c, unit] > top[0]:
                    top = (one[r, c, unit], r, c)
        best.append((-top[0], i, top[1], top[2]))
    best.sort()
    found = []
    for _, i, r, c in best[:k]:
        r0, c0 = rows[2] + r * rows[1], columns[2] + c * columns[1]
        patch = [i, max(r0, 0), min(r0 + rows[0], H), max(c0, 0), min(c0 + columns[0], W)]
        found.append([np.int64(v) for v in patch])
    return found


@variant("image by image, with a submodel of Keras")
def submodel(model, layer, unit, x, k):
    import keras

    inner = keras.Model(model.inputs, model.get_layer(layer).output)
    rows, columns = receptive_field(model, layer)
    scores, places = [], []
    for one in np.asarray(x, dtype="float32"):
        a = keras.ops.convert_to_numpy(inner(one[None]))[0, :, :, unit]
        scores.append(a.max())
        places.append(np.argwhere(a == a.max())[0])
    found = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i])[:k]:
        r, c = (int(v) for v in places[i])
        r0, c0 = rows[2] + r * rows[1], columns[2] + c * columns[1]
        r1, c1 = r0 + rows[0], c0 + columns[0]
        H, W = np.shape(x)[1:3]
        found.append((i, max(0, r0), min(H, r1), max(0, c0), min(W, c1)))
    return found


@variant("all at once, an array of integers")
def vectorised(model, layer, unit, x, k):
    maps = until(model, layer, x)[..., unit]
    flat = maps.reshape(len(maps), -1)
    best = np.lexsort((np.arange(len(flat)), -flat.max(axis=1)))[:k]
    at = np.stack(np.unravel_index(flat[best].argmax(axis=1), maps.shape[1:]), axis=1)
    size, step, first = np.array(receptive_field(model, layer)).T
    start = first + at * step
    stop = np.clip(start + size, 0, np.shape(x)[1:3])
    start = np.clip(start, 0, None)
    return np.stack([best, start[:, 0], stop[:, 0], start[:, 1], stop[:, 1]], axis=1)
