"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.filter_grid import grid_of


@check("oracle")
def test_filters_of_many_shapes(student, rng):
    """Many shapes, with channels and without"""
    for shape in ((4, 3, 3, 16), (3, 5, 1, 7), (2, 2, 5, 2), (1, 4, 2, 10)):
        w = rng.normal(size=shape[::-1]).T  # a view
        close(student.filter_grid(w), grid_of(w), f"Filters {shape}.")


@check("probe")
def test_one_filter_among_zeros(student, rng):
    """Filters of zeros are mid-grey, and the one that is not lies at its place"""
    for F in (5, 6, 9):
        w = np.zeros((2, 3, 2, F))
        w[..., int(rng.integers(F))] = rng.normal(size=(2, 3, 2))
        close(student.filter_grid(w), grid_of(w), f"{F} filters, one of them not zero.")


@check("probe")
def test_only_positive_and_only_negative_filters(student, rng):
    """Filters with one sign only use half of the greys"""
    w = rng.random(size=(3, 2, 1, 3)) + 0.3
    close(student.filter_grid(w), grid_of(w), "All weights are positive.")
    close(student.filter_grid(-w), grid_of(-w), "All weights are negative.")


@check()
def test_the_sign_turns_the_picture_into_its_negative(student, rng):
    """−w gives the negative of the picture of w"""
    w = rng.normal(size=(2, 3, 3, 4))
    inside = np.ones((5, 7, 3), bool)
    inside[2], inside[:, 3] = False, False
    got = np.asarray(student.filter_grid(-w))
    close(got, np.where(inside, 1 - grid_of(w), 1.0))


# Mutants ------------------------------------------------------------------------------------------


def drawn(w, **changes):
    w = np.asarray(w, dtype=float)
    kh, kw, C, F = w.shape
    q = int(np.ceil(np.sqrt(F)))
    o = {
        "grey": lambda one: 0.5 + one / (2 * np.abs(one).max() or 1),
        "columns": q,
        "gap": 1,
        "white": 1.0,
        "down": False,
        "around": 0,
    } | changes
    columns, gap = o["columns"], o["gap"]
    rows = -(-F // columns)
    H, W = rows * (kh + gap) - gap, columns * (kw + gap) - gap
    sheet = np.full((H, W, C), o["white"])
    for f in range(F):
        r, c = (f % rows, f // rows) if o["down"] else divmod(f, columns)
        top, left = r * (kh + gap), c * (kw + gap)
        sheet[top : top + kh, left : left + kw] = o["grey"](w[..., f])
    edge = o["around"]
    return np.pad(sheet, ((edge, edge), (edge, edge), (0, 0)), constant_values=o["white"])


def over(a, b, empty=0.5):
    return a / b if np.all(b) else np.full(np.shape(a), empty)


@mutant(
    "You stretch all filters with one scale. Each is divided by its own largest absolute weight, so "
    "that weak ones can be seen too."
)
def one_scale_for_all(w):
    largest = np.abs(w).max() or 1
    return drawn(w, grey=lambda one: 0.5 + one / (2 * largest))


@mutant(
    "You stretch each filter from its smallest to its largest weight. Zero is then another grey in "
    "every filter: stretch symmetrically around ½."
)
def smallest_to_largest(w):
    return drawn(w, grey=lambda one: over(one - one.min(), one.max() - one.min()))


@mutant("You stretch from the smallest to the largest weight of all filters, so zero is not ½.")
def smallest_to_largest_of_all(w):
    low, high = np.min(w), np.max(w)
    return drawn(w, grey=lambda one: over(one - low, high - low))


@mutant("Each channel is stretched by itself, which changes the colours. A filter has one scale.")
def each_channel_by_itself(w):
    return drawn(w, grey=lambda one: 0.5 + one / np.maximum(2 * np.abs(one).max((0, 1)), 1e-300))


@mutant("You divide by the largest weight, not by the largest absolute weight.")
def largest_with_its_sign(w):
    return drawn(w, grey=lambda one: 0.5 + over(one, 2 * one.max(), 0))


@mutant("The signs are exchanged: positive weights are brighter than ½.")
def signs_exchanged(w):
    return drawn(w, grey=lambda one: 0.5 - one / (2 * np.abs(one).max() or 1))


@mutant("You show absolute weights, so signs are lost.")
def absolute_weights(w):
    return drawn(w, grey=lambda one: np.abs(one) / (np.abs(one).max() or 1))


@mutant("Negative weights are cut off. They are darker than mid-grey.")
def negative_cut_off(w):
    return drawn(w, grey=lambda one: 0.5 + np.maximum(one, 0) / (2 * np.abs(one).max() or 1))


@mutant("You divide by m where the formula divides by 2m, and cut off what leaves 0 to 1.")
def without_the_two(w):
    return drawn(w, grey=lambda one: np.clip(0.5 + one / (np.abs(one).max() or 1), 0, 1))


@mutant("You add no ½, so the numbers go from −½ to ½.")
def without_the_half(w):
    return drawn(w, grey=lambda one: one / (2 * np.abs(one).max() or 1))


@mutant("Your numbers go from −1 to 1. Zero should be ½.")
def minus_one_to_one(w):
    return drawn(w, grey=lambda one: one / (np.abs(one).max() or 1))


@mutant("A filter of zeros is black in your picture. 0 is mid-grey, in every filter.")
def zeros_are_black(w):
    return drawn(
        w, grey=lambda one: 0.5 + one / (2 * np.abs(one).max()) if np.any(one) else 0 * one
    )


@mutant("You divide by the norm of the filter instead of twice its largest absolute weight.")
def by_the_norm(w):
    return drawn(w, grey=lambda one: 0.5 + one / (2 * np.sqrt((one**2).sum()) or 1))


@mutant("You subtract the filter's mean first, so zero is no longer mid-grey.")
def mean_subtracted(w):
    def grey(one):
        one = one - one.mean()
        return 0.5 + one / (2 * np.abs(one).max() or 1)

    return drawn(w, grey=grey)


@mutant("The filters run down the columns. They go row by row.")
def column_by_column(w):
    return drawn(w, down=True)


@mutant("There is no gap between the filters.")
def no_gap(w):
    return drawn(w, gap=0)


@mutant("The gap is two pixels wide. One is enough.")
def two_pixels_apart(w):
    return drawn(w, gap=2)


@mutant("There is a border around the picture. Gaps are only between filters.")
def border_around(w):
    return drawn(w, around=1)


@mutant("The gaps are mid-grey, like zeros. They are white: 1.")
def grey_gaps(w):
    return drawn(w, white=0.5)


@mutant("The gaps are black. They are white: 1.")
def black_gaps(w):
    return drawn(w, white=0.0)


@mutant("All filters stand in one row. The grid has ⌈√F⌉ columns.")
def one_row(w):
    return drawn(w, columns=np.shape(w)[3])


@mutant("The number of columns is rounded down. It is ⌈√F⌉, the root rounded up.")
def root_rounded_down(w):
    return drawn(w, columns=int(np.sqrt(np.shape(w)[3])))


@mutant("Rows and columns of each filter are exchanged.")
def filters_transposed(w):
    return drawn(np.swapaxes(w, 0, 1))


@mutant("Each filter is upside down.")
def upside_down(w):
    return drawn(np.asarray(w)[::-1])


@mutant("You return bytes from 0 to 255. The picture has numbers from 0 to 1.")
def bytes_of_it(w):
    return np.round(255 * drawn(w))


# Variants -----------------------------------------------------------------------------------------


@variant("pixel by pixel, a list")
def loops(w):
    kh, kw, C, F = w.shape
    q = 1
    while q * q < F:
        q += 1
    p = (F + q - 1) // q
    sheet = [[[1.0] * C for _ in range(q * (kw + 1) - 1)] for _ in range(p * (kh + 1) - 1)]
    for f in range(F):
        m = max(abs(float(v)) for v in w[:, :, :, f].ravel())
        for u in range(kh):
            for v in range(kw):
                for c in range(C):
                    value = float(w[u, v, c, f])
                    grey = 0.5 if m == 0 else (value / m + 1) / 2
                    sheet[f // q * (kh + 1) + u][f % q * (kw + 1) + v][c] = grey
    return sheet


@variant("padded and reshaped, in float32")
def reshaped(w):
    w = np.asarray(w, dtype=np.float32)
    kh, kw, C, F = w.shape
    q = int(np.ceil(F**0.5))
    p = int(np.ceil(F / q))
    m = np.abs(w).max(axis=(0, 1, 2))
    g = w / np.where(m == 0, 1, 2 * m) + np.float32(0.5)
    g = np.pad(g, ((0, 1), (0, 1), (0, 0), (0, p * q - F)), constant_values=1)
    g = g.reshape(kh + 1, kw + 1, C, p, q).transpose(3, 0, 4, 1, 2)
    return g.reshape(p * (kh + 1), q * (kw + 1), C)[:-1, :-1]


@variant("blocks put together")
def blocks(w):
    w = np.array(w, dtype=np.float64)
    kh, kw, C, F = w.shape
    q = int(np.ceil(np.sqrt(F)))
    tiles = []
    for f in range(q * -(-F // q)):
        tile = np.ones((kh + 1, kw + 1, C))
        if f < F:
            one = w[..., f]
            top = max(one.max(), -one.min())
            tile[:kh, :kw] = 0.5 if top == 0 else np.interp(one, [-top, top], [0, 1])
        tiles.append(tile)
    rows = [np.concatenate(tiles[i : i + q], axis=1) for i in range(0, len(tiles), q)]
    return np.concatenate(rows)[:-1, :-1]
