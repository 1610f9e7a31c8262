"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, holds, mutant, rounding, variant

from ..checks.antialias_pool import blurred
from ..checks.oracles import relative_gap


@check("oracle")
def test_any_shapes_and_weights(student, rng):
    """Images and filters of any shape, even filters and odd sides among them"""
    for shape, k in (
        ((11, 8, 3), 3),
        ((5, 7, 2), 4),
        ((9, 6, 1), 5),
        ((2, 3, 4), 2),
        ((1, 4, 2), 1),
    ):
        x, filt = rng.normal(size=shape[::-1]).T, rng.random(k) + 0.1  # a view
        close(
            student.antialias_pool(x, filt),
            blurred(x, filt),
            f"An image {shape} and {k} weights.",
            atol=rounding(blurred, x, filt),
        )


@check()
def test_only_the_proportions_of_the_weights_count(student, rng):
    """Weights 7 times as large, or a tenth, give the same"""
    x, filt = rng.normal(size=(6, 7, 2)) + 1, rng.random(4) + 0.2
    for factor in (7, 0.1):
        close(
            student.antialias_pool(x, factor * filt),
            blurred(x, filt),
            f"{factor} times the weights.",
            atol=rounding(blurred, x, filt),
        )


@check("probe")
def test_whole_numbers_in_image_and_filter(student, rng):
    """Whole numbers and bytes in the image, whole numbers in the filter"""
    filt = rng.integers(1, 6, size=3)
    for kind in (np.uint8, np.int64):
        x = rng.integers(0, 256, size=(5, 6, 2)).astype(kind)
        close(student.antialias_pool(x, filt), blurred(x, filt), f"An image of {np.dtype(kind)}.")


@check("probe")
def test_channels_stay_apart(student, rng):
    """Every channel is blurred by itself"""
    x = np.zeros((6, 4, 3))
    c = int(rng.integers(3))
    x[:, :, c] = rng.normal(size=(6, 4))
    filt = np.array([1.0, 2, 1])
    close(student.antialias_pool(x, filt), blurred(x, filt), atol=rounding(blurred, x, filt))


@check("probe")
def test_a_bright_pixel_anywhere(student, rng):
    """One bright pixel, in the corner too, reaches the pixels that the formula says"""
    filt = np.array([1.0, 3, 2, 5, 4])
    for place in ((0, 0), (5, 6), tuple(rng.integers(1, 5, size=2))):
        x = np.zeros((6, 7, 1))
        x[place] = 225
        close(
            student.antialias_pool(x, filt),
            blurred(x, filt),
            f"The pixel {tuple(map(int, place))}.",
        )


@check()
def test_stripes_become_grey(student, rng):
    """With 1 2 1 the finest stripes become a uniform grey, and shifts matter less than without"""
    filt, level = np.array([1.0, 2, 1]), float(rng.uniform(1, 3))
    stripes = np.zeros((8, 6, 1))
    stripes[:, ::2] = 2 * level
    close(
        student.antialias_pool(stripes, filt), np.full((4, 3, 1), level), "Stripes.", constant=True
    )
    x = rng.normal(size=(12, 10, 50))
    first = np.asarray(student.antialias_pool(x, filt), dtype=float)
    second = np.asarray(student.antialias_pool(np.roll(x, 1, axis=1), filt), dtype=float)
    holds(
        first.shape == second.shape == (6, 5, 50)
        and relative_gap(second, first) < relative_gap(np.roll(x, 1, 1)[::2, ::2], x[::2, ::2]),
        "A shift by one pixel should change the result less than plain skipping lets it change.",
    )


# Mutants ------------------------------------------------------------------------------------------


def pooled(x, filt, p=None, start=0, axes=(0, 1), total=None, order=1, fill="wrap"):
    x, a = np.asarray(x, dtype=float), np.asarray(filt, dtype=float)[::order]
    a = a / (np.sum(a) if total is None else total)
    p = (len(a) - 1) // 2 if p is None else p
    for axis in axes:
        pads = [(0, 0)] * 3
        pads[axis] = (p, len(a) - 1 - p)
        padded = np.pad(x, pads, mode=fill)
        n = x.shape[axis]
        x = sum(w * np.take(padded, range(u, u + n), axis=axis) for u, w in enumerate(a))
    return x[start::2, start::2]


@mutant("Your weights are not divided by their sum, so the image gets brighter.")
def not_normalised(x, filt):
    return pooled(x, filt, total=1)


@mutant("You divide by the number of weights. Divide by their sum.")
def divided_by_their_number(x, filt):
    return pooled(x, filt, total=len(filt))


@mutant("You skip first and blur what is left. By then the stripes have done their harm.")
def skips_first(x, filt):
    x, a = np.asarray(x, dtype=float)[::2, ::2], np.asarray(filt, dtype=float)
    p = (len(a) - 1) // 2
    for axis in (0, 1):
        x = sum(w / a.sum() * np.roll(x, p - u, axis=axis) for u, w in enumerate(a))
    return x


@mutant("You only skip: nothing is blurred.")
def only_skips(x, filt):
    return np.asarray(x, dtype=float)[::2, ::2]


@mutant("Your filter begins at the pixel. Its entry p = (k − 1) // 2 lies there.")
def not_centred(x, filt):
    return pooled(x, filt, p=0)


@mutant("For an even number of weights p is (k − 1) // 2; yours is k // 2.")
def centred_one_too_far(x, filt):
    return pooled(x, filt, p=len(filt) // 2)


@mutant("Your weights are reversed: entry u belongs to pixel 2i + u − p.")
def weights_reversed(x, filt):
    k = len(filt)
    return pooled(x, filt, order=-1, p=k - 1 - (k - 1) // 2)


@mutant("You blur along the rows only. The columns want it too.")
def blurs_one_axis(x, filt):
    return pooled(x, filt, axes=(1,))


@mutant("You blur along the columns only. The rows want it too.")
def blurs_the_other_axis(x, filt):
    return pooled(x, filt, axes=(0,))


@mutant("You add up a blur along the rows and one along the columns. Blur the blurred image again.")
def two_blurs_added(x, filt):
    return (pooled(x, filt, axes=(0,)) + pooled(x, filt, axes=(1,))) / 2


@mutant("The square filter of all products aᵤaᵥ sums to the square of the sum: divide by that.")
def divided_once(x, filt):
    return pooled(x, filt) * np.sum(filt)


@mutant("Your channels are blurred into each other. Rows and columns are the first two axes.")
def blurs_the_channels(x, filt):
    x = np.asarray(x, dtype=float)
    a, p = np.asarray(filt, dtype=float) / np.sum(filt), (len(filt) - 1) // 2
    return sum(w * np.roll(pooled(x, filt), p - u, axis=2) for u, w in enumerate(a))


@mutant("Your result has the type of the image, so of whole numbers it loses the fractions.")
def in_the_images_type(x, filt):
    return pooled(x, filt).astype(np.asarray(x).dtype)


@mutant("You keep pixels 1, 3, 5 … Keep 0, 2, 4 …")
def keeps_the_odd_pixels(x, filt):
    return pooled(x, filt, start=1)


@mutant("Beyond the border you find zeros. On a circle the image begins again there.")
def zeros_at_the_border(x, filt):
    return pooled(x, filt, fill="constant")


@mutant("Beyond the border you mirror the image. On a circle it begins again there.")
def mirrored_border(x, filt):
    return (
        pooled(x, filt, fill="reflect")
        if min(np.shape(x)[:2]) > len(filt)
        else pooled(x, filt, fill="symmetric")
    )


@mutant("Of an image with an odd side you lose the last pixel: there are ⌈H/2⌉ rows, not ⌊H/2⌋.")
def rounds_down(x, filt):
    H, W, _ = np.shape(x)
    return pooled(x, filt)[: H // 2, : W // 2]


# Variants -----------------------------------------------------------------------------------------


@variant("loops over all pixels, plain lists")
def by_loops(x, filt):
    H, W, C = x.shape
    a = [float(w) for w in filt]
    a, p = [w / sum(a) for w in a], (len(a) - 1) // 2
    out = []
    for i in range(0, H, 2):
        row = []
        for j in range(0, W, 2):
            pixel = []
            for c in range(C):
                total = 0.0
                for u, au in enumerate(a):
                    for v, av in enumerate(a):
                        total += au * av * float(x[(i + u - p) % H, (j + v - p) % W, c])
                pixel.append(total)
            row.append(pixel)
        out.append(row)
    return out


@variant("one square filter over windows, float32")
def by_windows(x, filt):
    x, a = np.asarray(x, dtype=np.float32), np.asarray(filt, dtype=np.float32)
    k, p = len(a), (len(a) - 1) // 2
    square = np.outer(a, a) / a.sum() ** 2
    x = np.pad(x, ((p, k - 1 - p), (p, k - 1 - p), (0, 0)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(0, 1))[::2, ::2]
    return np.einsum("ijcuv,uv->ijc", windows, square)


@variant("two products with matrices")
def by_matrices(x, filt):
    return blurred(x, filt)


@variant("indices taken modulo the sides, only where a pixel is kept")
def by_indices(x, filt):
    H, W, C = np.shape(x)
    p = (len(filt) - 1) // 2
    rows, columns = np.arange(0, H, 2), np.arange(0, W, 2)
    out = np.zeros((len(rows), len(columns), C))
    for u in range(len(filt)):
        for v in range(len(filt)):
            patch = x[(rows + u - p) % H][:, (columns + v - p) % W]
            out += (filt[u] / np.sum(filt)) * (filt[v] / np.sum(filt)) * patch
    return out
