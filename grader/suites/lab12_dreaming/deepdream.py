"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, holds, left_alone, mutant, variant
from nablab.checking.expect import as_numbers

from ..checks.deepdream import right, sizes
from ..checks.oracles import bent, flat, normalised, resize


@check("oracle")
def test_drawn_photos_and_sizes(student, rng):
    """Drawn photos and lists of sizes"""
    for shapes in ([(2, 3), (4, 4), (5, 8), (9, 8)], [(8, 5), (3, 7)], [(1, 1), (6, 5)]):
        img = rng.random(size=(6, 5, 2))
        right(student, bent, img, shapes, 3, rng.uniform(0.05, 0.2))


@check()
def test_drawn_octaves(student, rng):
    """Drawn sizes of photos, one to five octaves"""
    for _ in range(4):
        H, W, n = (int(v) for v in rng.integers((40, 40, 1), (200, 200, 6)))
        while True:
            factor = float(np.round(rng.uniform(1.2, 2.1), 3))
            exact = [(H / factor**k, W / factor**k) for k in reversed(range(n))]
            if all(abs(v % 1 - 0.5) > 0.01 for pair in exact for v in pair):
                break
        sizes(student, H, W, n, factor, [(round(h), round(w)) for h, w in exact])


@check("probe")
def test_the_detail_goes_on(student, rng):
    """What was dreamt is kept through an octave in which nothing is dreamt"""
    img = rng.random(size=(6, 8, 1))

    def small_only(x):
        return bent(x) if np.shape(x)[0] < 6 else flat(x)

    right(student, small_only, img, [(3, 4), (6, 8)], 3, 0.2)


@check("probe")
def test_clipped_after_each_step(student, rng):
    """Large steps, clipped one by one"""
    right(student, bent, rng.random(size=(4, 7, 3)), [(4, 7)], 4, 1.2)
    right(student, bent, rng.random(size=(4, 7, 3)), [(2, 3), (4, 7)], 2, 1.2)


@check()
def test_photos_stay_as_they_are(student, rng):
    """The photo stays as it is, in any order in memory, and may be of whole numbers"""
    shapes = [(2, 3), (4, 5)]
    for img in (rng.random(size=(2, 5, 4)).T, rng.integers(0, 2, size=(4, 5, 2))):
        left_alone(student, "deepdream", bent, img, shapes, 2, 0.1)
        right(student, bent, img, shapes, 2, 0.1)
    left_alone(student, "deepdream", bent, rng.random(size=(4, 5, 2)), [(4, 5)], 0, 0.1)


@check()
def test_a_dream_of_another_layer(student, rng):
    """A dream of the third layer excites it more than the photo does"""
    img = resize(0.5 + 0.15 * rng.normal(size=(8, 12, 3)), (32, 48)).clip(0, 1)
    score = student.layer_score("relu3")
    dream = as_numbers(student.deepdream(score, img, [(32, 48)], 4, 0.05))
    holds(dream.shape == img.shape, f"The dream has the shape {dream.shape}.")
    before, after = float(score(img)[0]), float(score(dream)[0])
    holds(after > 1.5 * before, f"Its score goes from {before:.3f} to {after:.3f} only.")


# Mutants ------------------------------------------------------------------------------------------


def engine(start=None, step=None, carry=None, extra=0):
    """Dreaming with something changed.

    start(img, shape, detail, dream): the base and the first dream of an octave.
    step(dream, g, lr, base): one step. carry(dream, base): what goes on to the next octave.
    """

    def usual_start(img, shape, detail, _):
        base = resize(img, shape)
        return base, base if detail is None else base + resize(detail, shape)

    def usual_step(dream, g, lr, base):
        return np.clip(dream + lr * normalised(g), 0, 1)

    begin, move = start or usual_start, step or usual_step

    def dreaming(score, img, shapes, steps, lr):
        detail = dream = None
        for shape in shapes:
            base, dream = begin(img, shape, detail, dream)
            for _ in range(max(steps + extra, 0)):
                dream = move(dream, score(dream)[1], lr, base)
            detail = carry(dream, base) if carry else dream - base
        return dream

    return dreaming


def of(says, **changed):
    return mutant(says, deepdream=engine(**changed))


def whole_dream(img, shape, detail, dream):
    base = resize(img if dream is None else dream, shape)
    return base, base


def photo_again(img, shape, detail, dream):
    base = resize(img, shape)
    return base, base


def nearest(x, shape):
    rows = np.arange(shape[0]) * x.shape[0] // shape[0]
    columns = np.arange(shape[1]) * x.shape[1] // shape[1]
    return np.asarray(x, dtype=float)[rows][:, columns]


def nearest_start(img, shape, detail, dream):
    base = nearest(img, shape)
    return base, base if detail is None else base + nearest(detail, shape)


the_whole_dream = of(
    "You enlarge the whole dream, so the photo gets blurred. Only the detail goes on.",
    start=whole_dream,
)
nothing_goes_on = of(
    "Every octave begins with the photo alone: what was dreamt before is lost.", start=photo_again
)
pixels_picked = of(
    "You pick pixels. Use `resize`, which takes means of those around.", start=nearest_start
)
detail_of_the_photo = of(
    "Your detail has the wrong sign: it is the dream minus the base.",
    carry=lambda dream, base: base - dream,
)
dream_as_detail = of(
    "You carry the whole dream on and add it to the base. Carry what was dreamt, the difference.",
    carry=lambda dream, base: dream,
)
downhill = of(
    "You go downhill: add the step.",
    step=lambda dream, g, lr, base: np.clip(dream - lr * normalised(g), 0, 1),
)
not_normalised = of(
    "The gradient is not normalised.",
    step=lambda dream, g, lr, base: np.clip(dream + lr * np.asarray(g), 0, 1),
)
sign_only = of(
    "You step by the sign of the gradient.",
    step=lambda dream, g, lr, base: np.clip(dream + lr * np.sign(g), 0, 1),
)
no_clipping = of(
    "You do not clip the dream to 0 and 1.",
    step=lambda dream, g, lr, base: dream + lr * normalised(g),
)
clipped_at_zero_only = of(
    "You clip at 0 only. The dream may not exceed 1 either.",
    step=lambda dream, g, lr, base: np.maximum(dream + lr * normalised(g), 0),
)
from_the_base = of(
    "Every step begins at the base. It begins where the last one ended.",
    step=lambda dream, g, lr, base: np.clip(base + lr * normalised(g), 0, 1),
)
by_the_largest = of(
    "You divide by the largest entry of the gradient, not by its root mean square.",
    step=lambda dream, g, lr, base: np.clip(dream + lr * g / (np.abs(g).max() + 1e-8), 0, 1),
)
by_the_mean = of(
    "You divide by the mean of |g|, not by its root mean square.",
    step=lambda dream, g, lr, base: np.clip(dream + lr * g / (np.abs(g).mean() + 1e-8), 0, 1),
)
one_step_more = of("You take one step too many in each octave.", extra=1)
one_step_less = of("You take one step too few in each octave.", extra=-1)


@mutant("You clip once, at the end. Each step is clipped.")
def clipped_at_the_end(score, img, shapes, steps, lr):
    return np.clip(
        engine(step=lambda dream, g, lr, base: dream + lr * normalised(g))(
            score, img, shapes, steps, lr
        ), 0, 1,
    )  # fmt: skip


@mutant("You return the detail. The dream is asked for.")
def the_detail(score, img, shapes, steps, lr):
    return engine()(score, img, shapes, steps, lr) - resize(img, shapes[-1])


@mutant("You go through the octaves from the last to the first.")
def backwards(score, img, shapes, steps, lr):
    return engine()(score, img, list(shapes)[::-1], steps, lr)


@mutant("You sort the octaves by size. Take them in the order of the list.")
def sorted_by_size(score, img, shapes, steps, lr):
    return engine()(score, img, sorted(tuple(s) for s in shapes), steps, lr)


@mutant("Your result has the photo's size. It has the last size of the list.")
def size_of_the_photo(score, img, shapes, steps, lr):
    return resize(engine()(score, img, shapes, steps, lr), np.shape(img)[:2])


@mutant("You take the gradient once an octave. It has to be taken anew at each step.")
def gradient_once(score, img, shapes, steps, lr):
    detail = None
    for shape in shapes:
        base = resize(img, shape)
        dream = base if detail is None else base + resize(detail, shape)
        g = normalised(score(dream)[1])
        for _ in range(steps):
            dream = np.clip(dream + lr * g, 0, 1)
        detail = dream - base
    return dream


@mutant("You change the photo that you were given. Work on a copy.")
def changed_in_place(score, img, shapes, steps, lr):
    made = engine()(score, img, shapes, steps, lr)
    if img.dtype.kind == "f" and made.shape == img.shape:
        img[...] = made
    return made


def octaves(says, function):
    return mutant(
        says,
        octave_shapes=lambda H, W, n, factor: [function(H, W, n, factor, k) for k in range(n)],
    )


largest_first = octaves(
    "Your octaves begin with the largest. The smallest comes first.",
    lambda H, W, n, r, k: (round(H / r**k), round(W / r**k)),
)
cut_off = octaves(
    "You cut the fractions off. Round to the nearest whole number.",
    lambda H, W, n, r, k: (int(H / r ** (n - 1 - k)), int(W / r ** (n - 1 - k))),
)
rounded_up = octaves(
    "You round up. Round to the nearest whole number.",
    lambda H, W, n, r, k: (int(np.ceil(H / r ** (n - 1 - k))), int(np.ceil(W / r ** (n - 1 - k)))),
)
one_octave_too_small = octaves(
    "Your last octave is smaller than the photo: the exponents run from n − 1 down to 0.",
    lambda H, W, n, r, k: (round(H / r ** (n - k)), round(W / r ** (n - k))),
)
evenly_spaced = octaves(
    "Your sizes grow by equal steps. Each is the factor times the one before.",
    lambda H, W, n, r, k: (
        round(H / (1 + (r - 1) * (n - 1 - k))), round(W / (1 + (r - 1) * (n - 1 - k)))
    ),
)  # fmt: skip
columns_first = octaves(
    "Rows come first in a size, then columns.",
    lambda H, W, n, r, k: (round(W / r ** (n - 1 - k)), round(H / r ** (n - 1 - k))),
)
larger_than_the_photo = octaves(
    "Your octaves grow beyond the photo: divide by the power of the factor.",
    lambda H, W, n, r, k: (round(H * r**k), round(W * r**k)),
)
one_more = mutant(
    "You have one octave too many.",
    octave_shapes=lambda H, W, n, r: [
        (round(H / r**k), round(W / r**k)) for k in reversed(range(n + 1))
    ],
)


def step_by_step(H, W, n, factor):
    found = [(H, W)]
    for _ in range(n - 1):
        found.append((round(found[-1][0] / factor), round(found[-1][1] / factor)))
    return found[::-1]


rounded_again_and_again = mutant(
    "You round at every octave and go on from there. Divide the full size each time.",
    octave_shapes=step_by_step,
)


# Variants -----------------------------------------------------------------------------------------


@variant("the detail as an image of zeros, sizes as an array")
def from_zeros(score, img, shapes, steps, lr):
    detail = np.zeros((1, 1, np.shape(img)[2]))
    for h, w in np.array(shapes):
        base = resize(img, (h, w))
        detail = resize(detail, (h, w))
        for _ in range(steps):
            g = score(base + detail)[1]
            detail = np.minimum(np.maximum(base + detail + lr * normalised(g), 0), 1) - base
    return base + detail


@variant("float32")
def in_float32(score, img, shapes, steps, lr):
    img, detail = np.float32(img), 0
    for n, (h, w) in enumerate(shapes):
        base = resize(img, (h, w)).astype(np.float32)
        dream = base + resize(detail, (h, w)).astype(np.float32) if n else base
        for _ in range(steps):
            g = np.asarray(score(dream)[1], dtype=np.float32)
            size = np.float32(np.sqrt(np.mean(g.astype(float) ** 2)) + 1e-8)
            dream = (dream + np.float32(lr) * g / size).clip(0, 1)
        detail = dream - base
    return dream


@variant("the photo's loss by shrinking kept with each octave, by recursion")
def by_recursion(score, img, shapes, steps, lr):
    *before, last = shapes
    base = resize(img, last)
    dream = np.array(base)
    if before:
        earlier = by_recursion_of(score, img, before, steps, lr)
        dream = base + resize(earlier - resize(img, before[-1]), last)
    for _ in range(steps):
        dream = np.clip(dream + lr * normalised(score(dream)[1]), 0, 1)
    return dream


def by_recursion_of(score, img, shapes, steps, lr):
    return engine()(score, img, shapes, steps, lr)


def octaves_by_powers(H, W, n, factor):
    scale = float(factor) ** np.arange(1 - n, 1)
    return np.rint(np.outer(scale, [H, W])).astype(int)


def octaves_by_loop(H, W, n, factor):
    found = []
    for k in range(n):
        power = factor ** (n - 1 - k)
        found.append([int(H / power + 0.5), int(np.floor(W / power + 0.5))])
    return tuple(found)


powers_as_an_array = variant("powers, an array", octave_shapes=octaves_by_powers)
lists_by_a_loop = variant("a tuple of lists, rounded by hand", octave_shapes=octaves_by_loop)
