"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd

from ..checks.oracles import of_every_kind, same
from ..checks.transpose import predicts, transposed
from .building_blocks import floats


@check("oracle")
def test_fresh_maps_filters_and_strides(student, rng):
    """Maps, filters and strides whose sides are all different"""
    for size, kernel, channels, filters, s in (
        ((5, 3), (4, 2), 2, 3, (2, 1)),
        ((2, 7), (3, 5), 3, 4, (1, 3)),
        ((3, 2), (1, 2), 4, 5, (2, 7)),
        ((1, 1), (5, 3), 2, 2, (4, 2)),
        ((4, 3), (2, 2), 1, 1, (2, 2)),
    ):
        y, w = rng.normal(size=(*size, filters)), rng.normal(size=(*kernel, channels, filters))
        got = student.conv_transpose2d(y, w, s)
        same(got, lambda y, w, s=s: transposed(y, w, s), y, w, says=f"filter {kernel}, s = {s}:")


@check()
def test_the_adjoint_law_on_fresh_numbers(student, rng):
    """The sums of conv(x)·y and x·convT(y) agree for every stride"""
    for s in ((1, 1), (2, 3), (4, 1), (3, 5)):
        w, y = rng.normal(size=(3, 4, 3, 2)), rng.normal(size=(3, 2, 2))
        x = rng.normal(size=(2 * s[0] + 3, s[1] + 4, 3))
        got = as_numbers(student.conv_transpose2d(y, w, s))
        close(np.float64(got.size), float(x.size), f"s = {s}, how many numbers come:")
        forth = conv_nd(x[None], w, strides=s)[0]
        scale = float(np.linalg.norm(forth) * np.linalg.norm(y))
        total = np.sum(x * got.reshape(x.shape))
        close(total, np.sum(forth * y), f"s = {s}, sum of x·convT(y):", atol=1e-5 * scale)


@check()
def test_overlaps_add_up(student, rng):
    """Ones stamped with ones give the number of stamps at each pixel"""
    for kernel, s in (((3, 5), (2, 2)), ((4, 2), (1, 3))):
        y, w = np.ones((4, 3, 1)), np.ones((*kernel, 1, 1))
        got = student.conv_transpose2d(y, w, s)
        same(got, lambda y, w, s=s: transposed(y, w, s), y, w, says=f"filter {kernel}, s = {s}:")


@check("probe")
def test_every_filter_reaches_every_channel(student, rng):
    """All filters are summed, each into all channels"""
    for f in range(3):
        y, w = np.zeros((2, 3, 3)), rng.normal(size=(2, 3, 4, 3))
        y[..., f] = rng.normal(size=(2, 3))
        got = student.conv_transpose2d(y, w, (2, 1))
        same(got, lambda y, w: transposed(y, w, (2, 1)), y, w, says=f"Only filter {f} of y counts:")


@check("probe")
def test_inputs_stay_whatever_they_hold(student, rng):
    """Whole numbers, bytes and transposed views are welcome, the stride as a list, and all stay"""
    y, w = rng.normal(size=(2, 4, 3)), rng.normal(size=(3, 2, 5, 3))
    for says, a, b in of_every_kind(rng, y, w):
        got = left_alone(student, "conv_transpose2d", a, b, [1, 2])
        same(got, lambda y, w: transposed(y, w, (1, 2)), a, b, says=says)


@check("oracle")
def test_larger_filters_and_strides(student):
    """checkerboard agrees with counting for larger filters and strides"""
    predicts(student, [(k, s) for k in (1, 2, 7, 8, 9, 10, 12, 15) for s in (2, 3, 4, 5, 7, 8, 16)])


# Mutants ------------------------------------------------------------------------------------------


def stamped(y, w, s, set_it=False, size=None):
    y, w = floats(y, w)
    (h, b, _), (kh, kw, c, _) = y.shape, w.shape
    out = np.zeros((*((h - 1) * s[0] + kh, (b - 1) * s[1] + kw), c))
    for i in range(h):
        for j in range(b):
            at = (slice(i * s[0], i * s[0] + kh), slice(j * s[1], j * s[1] + kw))
            out[at] = w @ y[i, j] + (0 if set_it else out[at])
    return out


@mutant("Your stamps are turned by 180°. Each number stamps the filter as it is.")
def turned(y, w, s):
    return stamped(y, np.asarray(w)[::-1, ::-1], s)


@mutant("The filter's last two axes have changed places: y has F numbers, the result has C.")
def channels_exchanged(y, w, s):
    return stamped(y, np.asarray(w).swapaxes(2, 3), s)


@mutant("You overwrite the window instead of adding to it: where stamps overlap, they add up.")
def overwrites(y, w, s):
    return stamped(y, w, s, set_it=True)


@mutant("The strides of rows and columns have changed places.")
def strides_exchanged(y, w, s):
    return stamped(y, w, (s[1], s[0]))


@mutant("Your stamps stand side by side whatever the stride is. They begin s pixels apart.")
def ignores_the_stride(y, w, s):
    return stamped(y, w, (1, 1))


@mutant("Your result is h·s large: the last stamps are cut off, or there are rows too many.")
def size_h_times_s(y, w, s):
    whole, (h, b, _) = stamped(y, w, s), np.shape(y)
    out = np.zeros((h * s[0], b * s[1], whole.shape[2]))
    cut = whole[: out.shape[0], : out.shape[1]]
    out[: cut.shape[0], : cut.shape[1]] = cut
    return out


@mutant(
    "With a stride larger than the filter your result has rows of zeros after the last stamp, as "
    "Keras's has. The text asks for (h − 1)·s + k.",
)
def keras_size(y, w, s):
    whole, (kh, kw) = stamped(y, w, s), np.shape(w)[:2]
    more = [(0, max(0, t - k)) for t, k in zip(s, (kh, kw), strict=True)]
    return np.pad(whole, (*more, (0, 0)))


@mutant("This is a convolution of y once more. Each number of y should stamp its filter.")
def convolves_again(y, w, s):
    w = np.asarray(w, float)
    padded = np.pad(np.asarray(y, float), [(k - 1,) * 2 for k in w.shape[:2]] + [(0, 0)])
    return conv_nd(padded[None], w.swapaxes(2, 3))[0]


@mutant(
    'You cut (k − s)/2 off at both ends, as Keras does with padding="same". The text cuts nothing off.'
)
def cropped_at_both_ends(y, w, s):
    whole = stamped(y, w, s)
    cut = [slice((k - t) // 2, (k - t) // 2 + n * t) if k > t else slice(None)
           for k, t, n in zip(np.shape(w), s, np.shape(y), strict=False)]  # fmt: skip
    return whole[tuple(cut)]


@mutant("Only the first filter counts. Sum over all of them.")
def first_filter_only(y, w, s):
    return stamped(np.asarray(y)[..., :1], np.asarray(w)[..., :1], s)


@mutant("You take the mean of overlapping stamps. They add up.")
def mean_of_overlaps(y, w, s):
    counts = stamped(np.ones((*np.shape(y)[:2], 1)), np.ones((*np.shape(w)[:2], 1, 1)), s)
    return stamped(y, w, s) / np.maximum(counts, 1)


@mutant("Your result has the type of y: with whole numbers in y the fractions are cut off.")
def in_the_type_of_y(y, w, s):
    return stamped(y, w, s).astype(np.asarray(y).dtype)


exactly_reversed = mutant(
    "You have it the wrong way round: if s divides k, all pixels get equally many stamps.",
    checkerboard=lambda k, s: k % s == 0,
)
overlap_is_enough = mutant(
    "That stamps overlap does not make a checkerboard: with k = 4 and s = 2 all pixels get two.",
    checkerboard=lambda k, s: k > s,
)
odd_filters = mutant(
    "Odd or even is not what decides: with k = 3 and s = 3 the stamps just touch.",
    checkerboard=lambda k, s: k % 2 == 1 and s > 1,
)
never_with_gaps = mutant(
    "With gaps between the stamps the counts are 1 and 0: they differ too.",
    checkerboard=lambda k, s: k % s != 0 and k > s,
)
stride_by_filter = mutant(
    "You ask whether k divides s. Ask whether s divides k.", checkerboard=lambda k, s: s % k != 0
)


# Variants -----------------------------------------------------------------------------------------


@variant("zeros between, then a correlation with the turned filter")
def spread_and_correlate(y, w, s):
    y, w = floats(y, w)
    (h, b, f), (kh, kw) = y.shape, w.shape[:2]
    spread = np.zeros(((h - 1) * s[0] + 1, (b - 1) * s[1] + 1, f))
    spread[:: s[0], :: s[1]] = y
    padded = np.pad(spread, ((kh - 1, kh - 1), (kw - 1, kw - 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(0, 1))
    return np.einsum("ijfuv,uvcf->ijc", windows, w[::-1, ::-1])


@variant("number by number, as nested lists")
def lists(y, w, s):
    (h, b, filters), (kh, kw, channels, _) = np.shape(y), np.shape(w)
    size = (h - 1) * s[0] + kh, (b - 1) * s[1] + kw
    out = [[[0.0] * channels for _ in range(size[1])] for _ in range(size[0])]
    for i, j, u, v in np.ndindex(h, b, kh, kw):
        for c in range(channels):
            out[i * s[0] + u][j * s[1] + v][c] += sum(
                float(y[i][j][f]) * float(w[u][v][c][f]) for f in range(filters)
            )
    return out


def counted(k, s):
    counts = np.zeros(9 * k * s + k)
    for i in range(9 * k):
        counts[i * s : i * s + k] += 1
    middle = counts[3 * k * s : 6 * k * s]
    return middle.max() != middle.min()


def in_float32(y, w, s):
    y, w = np.asarray(y, np.float32), np.asarray(w, np.float32)
    out = np.zeros(
        ((len(y) - 1) * s[0] + len(w), (y.shape[1] - 1) * s[1] + w.shape[1], w.shape[2]),
        np.float32,
    )
    for u, v in np.ndindex(w.shape[:2]):
        out[u : u + (len(y) - 1) * s[0] + 1 : s[0], v : v + (y.shape[1] - 1) * s[1] + 1 : s[1]] += (
            y @ w[u, v].T
        )
    return out


by_entries = variant(
    "an entry of the filter at a time, in float32; counts the stamps",
    conv_transpose2d=in_float32,
    checkerboard=counted,
)
