"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant
from nablab.data import letters
from nablab.reference.cortex import c_layer as c_right
from nablab.reference.cortex import s_layer as s_right

from ..checks.oracles import floats
from ..checks.s_c_layers import last_cells, reads


@check("oracle")
def test_fresh_s_layers(student, rng):
    """Fresh maps, templates and thresholds for the S-layer; transposed views"""
    for shape, sides, F in (
        ((7, 11, 3), (2, 4), 5),
        ((9, 5, 1), (4, 3), 2),
        ((4, 6, 2), (4, 6), 3),
    ):
        x, theta = np.asfortranarray(rng.uniform(0, 2, size=shape)), rng.uniform(0, 0.6)
        w = np.abs(rng.normal(size=(*sides, shape[2], F)))
        w *= rng.choice([1, 1, 1, -0.4], size=w.shape)
        close(
            floats(left_alone(student, "s_layer", x, w, theta)),
            s_right(x, w, theta),
            f"Maps {shape}, templates {w.shape}.",
            atol=1e-5,
            constant=True,
        )


@check("oracle")
def test_fresh_c_layers(student, rng):
    """Fresh maps and radii for the C-layer, larger than the map among them; transposed views"""
    for shape, r in (((7, 11, 3), 1), ((8, 5, 2), 2), ((4, 3, 5), 6), ((3, 9, 1), 0)):
        s = np.asfortranarray(rng.uniform(0, 1, size=shape))
        got = floats(left_alone(student, "c_layer", s, r))
        close(got, c_right(s, r), f"Maps {shape}, r = {r}.")


@check()
def test_negative_and_whole_maps(student, rng):
    """Maps with negative and with whole numbers in front of the S-layer"""
    w = rng.normal(size=(2, 3, 2, 3))
    w[0, 1, 0] = 1  # each template has a positive weight, whatever is drawn
    for x, theta in ((rng.normal(size=(6, 7, 2)), 0.0), (rng.integers(0, 4, size=(5, 6, 2)), 0.1)):
        close(student.s_layer(x, w, theta), s_right(x, w, theta), atol=1e-5, constant=True)
    w = rng.integers(-1, 4, size=(2, 3, 2, 3))
    w[0, 1, 0] = 1
    close(student.s_layer(x, w, 0.1), s_right(x, w, 0.1), "Whole numbers in both.", atol=1e-5)


@check()
def test_the_tolerance_is_the_sum(student, rng):
    """A letter may move by r1 + r2 pixels and no further, for other radii too"""
    for r1, r2 in ((1, 1), (0, 2)):
        letter = str(rng.choice(list(letters.LETTERS)))
        for far in (r1 + r2, r1 + r2 + 1):
            shift = [far, int(rng.integers(-1, 2))]
            shift[0] *= int(rng.choice([-1, 1]))
            reads(student, letter, tuple(shift[:: int(rng.choice([-1, 1]))]), r1, r2)


@check()
def test_other_pieces_are_no_letter(student, rng):
    """Strokes that lie further apart than r1 allows are no letter"""
    for letter in letters.LETTERS:
        apart, shift = int(rng.integers(3, 6)), (0, int(rng.integers(-1, 2)))
        got = last_cells(student, letters.shuffled(letter, apart, shift), 1, 2)
        close(got, np.zeros(3), f"{letter}, {2 * apart} rows apart.", atol=1e-5, constant=True)


# Mutants ------------------------------------------------------------------------------------------


def sums(x, w):
    x, w = np.asarray(x, float), np.asarray(w, float)
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(0, 1))
    return np.einsum("ijcuv,uvcf->ijf", windows, w)


def positive(w, axis=(0, 1, 2), **kwargs):
    return np.maximum(np.asarray(w, float), 0).sum(axis=axis, **kwargs)


def cut(q, theta):
    return np.maximum((q - theta) / (1 - theta), 0)


@mutant("You divide by the sum of all weights. Only the positive ones count.")
def all_weights(x, w, theta):
    total = np.asarray(w, float).sum(axis=(0, 1, 2))
    return cut(sums(x, w) / np.where(np.abs(total) < 1e-9, 1, total), theta)


@mutant("You divide by the sum of the weights' sizes. Only the positive ones count.")
def sizes_of_weights(x, w, theta):
    return cut(sums(x, w) / np.abs(w).sum(axis=(0, 1, 2)), theta)


@mutant("You divide all maps by one sum. Each template has its own.")
def one_sum_for_all(x, w, theta):
    return cut(sums(x, w) / (positive(w, None) / np.shape(w)[3]), theta)


@mutant("You do not divide by the positive weights.")
def not_divided(x, w, theta):
    return cut(sums(x, w), theta)


@mutant("Above the threshold your answers begin at theta; S begins at 0: subtract theta, then divide "
        "by 1 − theta.")  # fmt: skip
def threshold_only(x, w, theta):
    q = sums(x, w) / positive(w)
    return np.where(q > theta, q, 0)


@mutant("The division by 1 − theta is missing: a perfect match should give 1.")
def not_stretched(x, w, theta):
    return np.maximum(sums(x, w) / positive(w) - theta, 0)


@mutant("S is never negative: what is below the threshold is 0.")
def not_cut(x, w, theta):
    return (sums(x, w) / positive(w) - theta) / (1 - theta)


@mutant("Your templates are turned: this is a true convolution.")
def templates_turned(x, w, theta):
    return s_right(x, np.asarray(w)[::-1, ::-1], theta)


@mutant("Your answers are cut off at 1.")
def cut_at_one(x, w, theta):
    return np.minimum(s_right(x, w, theta), 1)


@mutant("You take the maximum over the channels. A template reads all channels and adds them up.")
def largest_channel(x, w, theta):
    x, w = np.asarray(x, float), np.asarray(w, float)
    q = [sums(x[..., c : c + 1], w[:, :, c : c + 1]) for c in range(w.shape[2])]
    return cut(np.max(q, axis=0) * w.shape[2] / positive(w), theta)


@mutant("You divide by the number of positive weights. Divide by their sum.")
def number_of_weights(x, w, theta):
    return cut(sums(x, w) / (np.asarray(w) > 0).sum(axis=(0, 1, 2)), theta)


@mutant("You divide by the length of the template. Divide by the sum of its positive weights.")
def length_of_the_template(x, w, theta):
    return cut(sums(x, w) / np.sqrt(np.sum(np.square(w, dtype=float), axis=(0, 1, 2))), theta)


@mutant("theta belongs to q: divide by the positive weights first, then subtract theta.")
def threshold_on_the_sums(x, w, theta):
    return cut(sums(x, w), theta) / positive(w)


@mutant("Your cells fire fully or not at all. S grows from 0 at theta to 1 at a perfect match.")
def all_or_nothing(x, w, theta):
    return 1.0 * (sums(x, w) / positive(w) > theta)


@mutant("Negative weights are left out above. Only the sum below is over the positive ones.")
def negative_weights_left_out(x, w, theta):
    w = np.maximum(w, 0)
    return cut(sums(x, w) / positive(w), theta)


@mutant("You rectify the maps before the sum. Negative numbers in them count as they are.")
def maps_rectified(x, w, theta):
    return s_right(np.maximum(x, 0), w, theta)


@mutant("With theta = 0 the ReLU remains: S is never negative.")
def not_cut_at_theta_zero(x, w, theta):
    return s_right(x, w, theta) if theta else sums(x, w) / positive(w)


@mutant("Only the first channel is read. A template reads all of them and adds up.")
def first_channel(x, w, theta):
    return cut(sums(np.asarray(x)[..., :1], np.asarray(w)[:, :, :1]) / positive(w), theta)


@mutant("You have added a border of zeros: take only places where the whole template fits.")
def border_of_zeros(x, w, theta):
    kh, kw = np.shape(w)[:2]
    pads = (((kh - 1) // 2, kh // 2), ((kw - 1) // 2, kw // 2), (0, 0))
    return s_right(np.pad(np.asarray(x, float), pads), w, theta)


@mutant("You round down: the maps of an image of whole numbers are no whole numbers. Make an array of "
        "floats for them.")  # fmt: skip
def as_whole_as_the_image(x, w, theta):
    return s_right(x, w, theta).astype(np.asarray(x).dtype)


@mutant("Your answer is right only if x is stored row by row. A transposed view is not: take the "
        "strides from the array, or use sliding_window_view.")  # fmt: skip
def as_it_is_stored(x, w, theta):
    x = np.asarray(x)
    return s_right(x.ravel(order="K").reshape(x.shape), w, theta)


def near(s, r, of=np.max, before=None, fill=-np.inf):
    s, before = np.asarray(s, float), r if before is None else before
    pads = ((before, r), (before, r), (0, 0))
    padded = np.pad(s, pads, constant_values=fill)
    size = before + r + 1
    return of(np.lib.stride_tricks.sliding_window_view(padded, (size, size), (0, 1)), axis=(3, 4))


def _c(says, function):
    return mutant(says, c_layer=function)


looks_ahead = _c(
    "Your windows begin at the cell. They reach r rows and columns to both sides.",
    lambda s, r: near(s, r, before=0),
)
looks_back = _c(
    "Your windows end at the cell. They reach r rows and columns to both sides.",
    lambda s, r: near(np.asarray(s)[::-1, ::-1], r, before=0)[::-1, ::-1],
)
mean_of_the_window = _c(
    "You take the mean. A C-cell fires if any of its S-cells does.",
    lambda s, r: near(s, r, np.mean, fill=0),
)
size_r = _c(
    "Your windows have r rows. They have 2r + 1, r to each side.",
    lambda s, r: near(s, r // 2) if r % 2 == 0 else near(s, r // 2, before=r // 2),
)
diamond = _c(
    "Your window is a diamond. |i' − i| and |j' − j| are each at most r.",
    lambda s, r: np.max(
        [
            np.roll(np.pad(np.asarray(s, float), ((r, r), (r, r), (0, 0))), (a, b), (0, 1))[
                r : r + np.shape(s)[0], r : r + np.shape(s)[1]
            ]
            for a in range(-r, r + 1)
            for b in range(-r, r + 1)
            if abs(a) + abs(b) <= r
        ],
        axis=0,
    ),
)
one_short = _c(
    "Your windows end one row and one column too early: they reach r to each side, and the end of a "
    "slice does not count.",
    lambda s, r: near(s, max(r - 1, 0), before=r),
)
whole_windows = _c(
    "Your maps are smaller than s. Windows at the border are clipped, not left out.",
    lambda s, r: np.lib.stride_tricks.sliding_window_view(
        np.asarray(s, float), (2 * r + 1, 2 * r + 1), (0, 1)
    ).max(axis=(3, 4)),
)


def _border_left_alone(s, r):
    out, found = np.array(s, float), near(s, r)
    inner = np.s_[r : len(out) - r, r : out.shape[1] - r]
    out[inner] = found[inner]
    return out


def _begins_below_zero(s, r):
    s = np.asarray(s, float)
    out = np.empty_like(s)
    for i in range(s.shape[0]):
        for j in range(s.shape[1]):
            out[i, j] = s[i - r : i + r + 1, j - r : j + r + 1].max(axis=(0, 1))
    return out


def _reads_what_it_wrote(s, r):
    out = np.array(s, float)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = out[max(i - r, 0) : i + r + 1, max(j - r, 0) : j + r + 1].max(axis=(0, 1))
    return out


def _clipped_by_the_height(s, r):
    s = np.asarray(s, float)
    out, H = np.zeros_like(s), len(s)
    for i in range(H):
        for j in range(s.shape[1]):
            near_by = s[max(i - r, 0) : min(i + r + 1, H), max(j - r, 0) : min(j + r + 1, H)]
            out[i, j] = near_by.max(axis=(0, 1)) if near_by.size else 0
    return out


def _clipped_by_the_width(s, r):
    return _clipped_by_the_height(np.asarray(s).swapaxes(0, 1), r).swapaxes(0, 1)


clipped_by_the_height = _c(
    "You clip the columns by the number of rows. A map has as many columns as s.shape[1] says.",
    _clipped_by_the_height,
)
clipped_by_the_width = _c(
    "You clip the rows by the number of columns. A map has as many rows as s.shape[0] says.",
    _clipped_by_the_width,
)
border_left_alone = _c(
    "At the border your map is as it was. Windows are clipped there, not left out.",
    _border_left_alone,
)
begins_below_zero = _c(
    "A slice that begins at a negative index begins near the end: use max(i − r, 0).",
    _begins_below_zero,
)
reads_what_it_wrote = _c(
    "You write into the map that you still read: later windows see what earlier ones wrote.",
    _reads_what_it_wrote,
)
over_all_maps = _c(
    "You mix the maps. Each keeps to itself.",
    lambda s, r: np.repeat(near(s, r).max(axis=2, keepdims=True), np.shape(s)[2], axis=2),
)
wraps_round = _c(
    "Your windows go round the border, as with np.roll. What is outside the map does not count.",
    lambda s, r: np.max(
        [
            np.roll(np.asarray(s, float), (a, b), (0, 1))
            for a in range(-r, r + 1)
            for b in range(-r, r + 1)
        ],
        axis=0,
    ),
)
columns_only = _c(
    "Your windows have one row only.",
    lambda s, r: np.max(
        [
            np.pad(np.asarray(s, float), ((0, 0), (r, r), (0, 0)))[:, a : a + np.shape(s)[1]]
            for a in range(2 * r + 1)
        ],
        axis=0,
    ),
)
rows_only = _c(
    "Your windows have one column only.",
    lambda s, r: np.max(
        [
            np.pad(np.asarray(s, float), ((r, r), (0, 0), (0, 0)))[a : a + len(s)]
            for a in range(2 * r + 1)
        ],
        axis=0,
    ),
)


# Variants -----------------------------------------------------------------------------------------


def s_by_loops(x, w, theta):
    (H, W, _), (kh, kw, _, F) = np.shape(x), np.shape(w)
    out = np.zeros((H - kh + 1, W - kw + 1, F))
    for f in range(F):
        top = sum(max(float(value), 0.0) for value in np.ravel(np.asarray(w)[..., f]))
        for i in range(H - kh + 1):
            for j in range(W - kw + 1):
                q = float(np.sum(x[i : i + kh, j : j + kw] * w[..., f])) / top
                out[i, j, f] = max((q - theta) / (1 - theta), 0.0)
    return out


def c_by_shifts(s, r):
    out = np.array(s, dtype=float)
    H, W, _ = out.shape
    for i in range(H):
        for j in range(W):
            rows, columns = (
                range(max(0, i - r), min(H, i + r + 1)),
                range(max(0, j - r), min(W, j + r + 1)),
            )
            for f in range(out.shape[2]):
                out[i, j, f] = max(s[a, b, f] for a in rows for b in columns)
    return out


def s_in_float32(x, w, theta):
    x, w = np.float32(x), np.float32(w)
    kh, kw = w.shape[:2]
    q = np.zeros((x.shape[0] - kh + 1, x.shape[1] - kw + 1, w.shape[3]), np.float32)
    for u in range(kh):
        for v in range(kw):
            q += x[u : u + len(q), v : v + q.shape[1]] @ w[u, v]
    q /= w.clip(min=0).sum((0, 1, 2))
    return np.where(q > theta, (q - np.float32(theta)) / np.float32(1 - theta), np.float32(0))


def c_by_padding(s, r):
    return near(np.float32(s), r, fill=0)


def s_by_matrix(x, w, theta):
    kh, kw, C, F = np.shape(w)
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(x, float), (kh, kw, C))[:, :, 0]
    flat = windows.reshape(*windows.shape[:2], -1) @ np.reshape(w, (-1, F))
    return np.maximum(flat / positive(w) - theta, 0) / (1 - theta)


def c_rows_then_columns(s, r):
    def along_rows(s):
        return np.stack([s[max(i - r, 0) : i + r + 1].max(axis=0) for i in range(len(s))])

    return along_rows(along_rows(np.asarray(s, float)).swapaxes(0, 1)).swapaxes(0, 1)


loops = variant("loops", s_layer=s_by_loops, c_layer=c_by_shifts)
float32 = variant("float32, zeros around", s_layer=s_in_float32, c_layer=c_by_padding)
matrices = variant("a product of matrices; rows, then columns", s_layer=s_by_matrix,
                   c_layer=c_rows_then_columns)  # fmt: skip
