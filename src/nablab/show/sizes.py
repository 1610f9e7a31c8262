"""The pictures of lab 2, Sizes, padding, Toeplitz, receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod

import numpy as np

from nablab.show.canvas import (
    INK,
    MARKS,
    NEGATIVE,
    PALE,
    Words,
    between,
    box,
    cut,
    figure,
    finish,
    needs,
    sheet,
)

GREY = "#dfe4ea"


def reads(n: int, k: int) -> Words:
    """How often k × k windows read each pixel of an n × n image, for three kinds of sliding."""
    kinds = (("valid, stride 1", 1, 0), ("valid, stride 2", 2, 0), ("same, stride 1", 1, k // 2))
    _fig, axes = figure(10.5, 3.7, ncols=3)
    told = []
    for ax, (title, s, pad) in zip(axes, kinds, strict=True):
        line = np.zeros(n)
        for start in range(-pad, n + pad - k + 1, s):
            line[max(start, 0) : start + k] += 1
        counts = np.outer(line, line)
        limit = 1.4 * k * k
        sheet(ax, counts, limit=limit, title=title)
        _entries(ax, counts, limit, size=11)
        _cross_out(ax, np.argwhere(counts == 0))
        never = int(np.sum(counts == 0))
        told.append(
            f"{title}: a corner {_times(counts[0, 0])}, the middle "
            f"{_times(counts[n // 2, n // 2])}, {never or 'no'} pixels left out"
        )
    return finish(
        f"Three sheets of {n}×{n} pixels, each with the number of {k}×{k} windows that read it; "
        f"the more, the darker. {'; '.join(told)}. Pixels that are never read are crossed out: "
        "with stride 2 they are the last row and the last column."
    )


def _times(count: float) -> str:
    return "once" if count == 1 else f"{count:.0f} times"


def _cross_out(ax, pixels) -> None:
    for r, c in pixels:
        for way in (1, -1):
            ax.plot([c - 0.4, c + 0.4], [r - 0.4 * way, r + 0.4 * way], color=NEGATIVE, alpha=0.6)


@needs("out_size")
def ruler(cases: Sequence[Mapping[str, int]], out_size: Callable) -> Words:
    """An even number of rows of pixels, and below each as many windows as the student's function
    returns."""
    counted = [int(out_size(**case)) for case in cases]
    drawn = [min(count, 14) for count in counted]  # a wrong answer can be any number
    highs = [max(pair) for pair in zip(drawn[::2], drawn[1::2], strict=True)]  # two per row
    _fig, axes = figure(
        11,
        0.27 * sum(highs) + 0.9 * len(highs),
        nrows=len(highs),
        ncols=2,
        height_ratios=[high + 2.3 for high in highs],
    )
    widest = max(case["n"] + 2 * case.get("pad", 0) for case in cases)
    told = []
    for place, (ax, case, count) in enumerate(zip(axes.flat, cases, counted, strict=True)):
        n, k, pad = case["n"], case["k"], case.get("pad", 0)
        s, d = case.get("s", 1), case.get("dilation", 1)
        read = set()
        for pixel in range(-pad, n + pad):
            _pixel(ax, pixel, "0" if not 0 <= pixel < n else str(pixel), not 0 <= pixel < n)
        for i in range(drawn[place]):
            start = i * s - pad
            seen = [start + u * d for u in range(k)]
            read.update(seen)
            colour = MARKS[i % 2]
            ax.plot(
                [seen[0] - 0.42, seen[-1] + 0.42],
                [i + 1.35] * 2,
                color=colour,
                linewidth=9,
                solid_capstyle="butt",
                alpha=0.35,
            )
            ax.plot(seen, [i + 1.35] * k, "o", color=colour, markersize=5)
        left = [pixel for pixel in range(n) if pixel not in read]
        _cross_out(ax, [(0, pixel) for pixel in left])
        ax.set_xlim(-pad - 0.7, widest - pad - 0.3)
        ax.set_ylim(highs[place // 2] + 1.5, -0.8)
        ax.axis("off")
        words = {"n": "n", "k": "k", "s": "stride", "pad": "padding", "dilation": "dilation"}
        what = ", ".join(f"{words[name]} = {value}" for name, value in case.items())
        ax.set_title(f"{what}: {count} places", fontsize=10, color=INK, loc="left")
        missed = f"in none: {', '.join(map(str, left))}" if left else "all pixels are read"
        told.append(f"{what}: {count} windows, {missed}")
    return finish(
        f"{len(cases)} rows of numbered pixels, padding in grey, with the windows below each, one "
        f"a line, as many as your function says. {'; '.join(told)}."
    )


def _pixel(ax, place: int, text: str, pale: bool) -> None:
    from matplotlib.patches import Rectangle

    colour = GREY if pale else "white"
    ax.add_patch(Rectangle((place - 0.5, -0.5), 1, 1, facecolor=colour, edgecolor=PALE))
    ax.text(place, 0, text, ha="center", va="center", fontsize=9, color=PALE if pale else INK)


@needs("same_pads")
def pads(cases: Sequence[tuple[int, int]], rows: Iterable[int], same_pads: Callable) -> Words:
    """Zeros before and after rows of several lengths, as bars to the left and to the right."""
    rows = list(rows)
    found = {
        (k, s): [tuple(int(pad) for pad in same_pads(n, k, s)) for n in rows] for k, s in cases
    }
    top = max(3, max(max(pair) for pairs in found.values() for pair in pairs))
    _fig, axes = figure(10.5, 3.1, ncols=len(cases), sharey=True)
    for ax, ((k, s), pairs) in zip(axes, found.items(), strict=True):
        for n, (before, after) in zip(rows, pairs, strict=True):
            ax.barh(n, -before, color=MARKS[1], height=0.62)
            ax.barh(n, after, color=MARKS[0], height=0.62)
            for place, value in ((-before - 0.3, before), (after + 0.3, after)):
                ax.text(place, n, value, ha="center", va="center", fontsize=9, color=INK)
        ax.axvline(0, color=INK, linewidth=1)
        ax.set_xlim(-top - 0.8, top + 0.8)
        ax.set_ylim(rows[-1] + 0.7, rows[0] - 0.7)
        ax.set_xticks([-top / 2, top / 2], ["before", "after"], fontsize=9, color=INK)
        ax.set_yticks(rows, [f"n = {n}" for n in rows], fontsize=9, color=INK)
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set_visible(False)
        ax.set_title(f"window {k}, stride {s}", fontsize=10, color=INK)
    told = "; ".join(
        f"window {k}, stride {s}: {', '.join(f'({a}, {b})' for a, b in pairs)}"
        for (k, s), pairs in found.items()
    )
    return finish(
        f"Four charts with a line for each row of {rows[0]} to {rows[-1]} pixels: zeros before it "
        f"as a blue bar to the left, zeros after it as an orange bar to the right. {told}."
    )


@needs("conv_matrix_1d")
def bands(w: Sequence[float], n: int, conv_matrix_1d: Callable) -> Words:
    """The matrix of a filter: stride 1, stride 1 with one zero on each side, stride 2."""
    matrices = {
        "stride 1, no padding": np.asarray(conv_matrix_1d(w, n), float),
        "stride 1, one zero on each side": np.asarray(conv_matrix_1d(w, n + 2), float)[:, 1:-1],
        "stride 2, no padding": np.asarray(conv_matrix_1d(w, n, 2), float),
    }
    _fig, axes = figure(11, 3.9, ncols=3)
    limit = 1.4 * float(np.abs(w).max())
    for ax, (title, M) in zip(axes, matrices.items(), strict=True):
        sheet(ax, M, limit=limit, title=title)
        _entries(ax, M, limit)
        ax.set_xlabel(f"{M.shape[1]} pixels", fontsize=9, color=INK)
        ax.set_ylabel(f"{M.shape[0]} outputs", fontsize=9, color=INK)
    told = "; ".join(
        f"{title}: {M.shape[0]} rows and {M.shape[1]} columns, {np.count_nonzero(M)} of "
        f"{M.size} entries are not 0, last row {' '.join(cut(x) for x in M[-1])}"
        for title, M in matrices.items()
    )
    return finish(
        f"Three matrices of the filter {' '.join(cut(x) for x in w)}, a row for each output and a "
        f"column for each of {n} pixels, as bands from top left to bottom right. {told}."
    )


def _entries(ax, array, limit: float, size: float = 9) -> None:
    """Draw the entries that are not 0, so that the band is easy to see."""
    for (r, c), value in np.ndenumerate(array):
        if value:
            dark = value > 0.55 * limit or value < -0.45 * limit  # blue is darker than orange
            colour = "white" if dark else INK
            ax.text(c, r, cut(value), ha="center", va="center", fontsize=size, color=colour)


@needs("conv_matrix_2d")
def blocks(w, shape: tuple[int, int], row: int, conv_matrix_2d: Callable) -> Words:
    """The matrix of an image filter with its blocks, and one row in the image's shape."""
    w, (H, W) = np.asarray(w, float), shape
    oh, ow = H - w.shape[0] + 1, W - w.shape[1] + 1
    M = np.asarray(conv_matrix_2d(w, shape), float)
    limit = 1.4 * float(np.abs(w).max())
    _fig, axes = figure(11.5, 4.5, ncols=3, width_ratios=[6, 0.5, 2.1])
    axes[0].imshow(M, cmap=_colours(), vmin=-limit, vmax=limit, aspect="equal")
    _grid(axes[0], M.shape, ow, W)
    _entries(axes[0], M, limit)
    box(axes[0], row, 0, 1, M.shape[1], MARKS[2], linewidth=2.8, clip_on=False, zorder=3)
    for side in axes[0].spines.values():
        side.set_color(PALE)
    axes[0].set_title(f"{oh}·{ow} outputs, {H}·{W} pixels", fontsize=10, color=INK)
    axes[0].set_xlabel(f"blocks: the image's rows of {W} pixels", fontsize=9, color=INK)
    axes[0].set_ylabel(f"blocks: the map's rows of {ow}", fontsize=9, color=INK)
    between(axes[1], "→")
    i, j = divmod(row, ow)
    folded = M[row].reshape(H, W)
    sheet(axes[2], folded, limit=limit, title=f"row {row}, folded: output [{i}, {j}]")
    _entries(axes[2], folded, limit)
    for side in axes[2].spines.values():
        side.set_color(MARKS[2])
        side.set_linewidth(2.8)
    seen = int(np.count_nonzero(M))
    parts = M.reshape(oh, ow, H, W).swapaxes(1, 2)  # [map row, image row] is a block
    along = np.array_equal(parts[1:, 1:], parts[:-1, :-1])
    right = np.zeros((H, W))
    right[i : i + w.shape[0], j : j + w.shape[1]] = w
    fits = np.allclose(folded, right, atol=1e-5)
    return finish(
        f"A matrix of {M.shape[0]} rows and {M.shape[1]} columns, lines around its blocks of "
        f"{ow}×{W}; {seen} of {M.size} entries are not 0. Along the diagonals of blocks all blocks "
        f"are {'the same' if along else 'not the same'}. Row {row} is framed; folded into {H}×{W} "
        f"pixels it is {'' if fits else 'not '}the filter with its corner on pixel [{i}, {j}]: "
        f"{'; '.join(' '.join(cut(x) for x in line) for line in folded)}."
    )


def _colours():
    from nablab.show.canvas import diverging

    return diverging()


def _grid(ax, shape, high: int, wide: int) -> None:
    """Draw lines around blocks only: thin lines between entries would hide the blocks."""
    for y in range(0, shape[0] + 1, high):
        ax.axhline(y - 0.5, color=PALE, linewidth=1)
    for x in range(0, shape[1] + 1, wide):
        ax.axvline(x - 0.5, color=PALE, linewidth=1)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlim(-0.5, shape[1] - 0.5)
    ax.set_ylim(shape[0] - 0.5, -0.5)


@needs("im2col")
def patches(img, kh: int, kw: int, im2col: Callable, im2col_bytes: Callable) -> Words:
    """A small grey image with three windows, and its patch matrix with their rows."""
    img = np.asarray(img, float)
    H, W = img.shape
    P = np.asarray(im2col(img[:, :, None], kh, kw, 1), float)
    oh, ow = H - kh + 1, W - kw + 1
    places = [(0, 0), (0, 1), (oh - 1, ow // 2)]
    _fig, axes = figure(9.5, 5.4, ncols=3, width_ratios=[W, 1, 0.62 * W])
    sheet(axes[0], img, grey=True, low=0, title=f"{H}×{W} pixels, and three windows")
    between(axes[1], "→")
    sheet(axes[2], P, grey=True, low=0, title=f"{P.shape[0]} patches of {P.shape[1]}")
    styles = ("-", (0, (4, 2)), "-")
    for (i, j), name, colour, style in zip(places, "ABC", MARKS, styles, strict=True):
        box(
            axes[0],
            i + 0.06,
            j + 0.06,
            kh - 0.12,
            kw - 0.12,
            colour,
            linewidth=3,
            linestyle=style,
            zorder=3,
        )
        axes[0].text(
            j + kw - 0.8 if name == "B" else j - 0.2,
            i + (kh - 0.9 if name == "A" else 0.05),
            name,
            color="white",
            fontsize=11,
            fontweight="bold",
            ha="center",
            va="center",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 2},
        )
        row = i * ow + j
        box(axes[2], row + 0.06, 0, 0.88, kh * kw, colour, linewidth=2.6, zorder=3)
        axes[2].text(
            -0.9, row, name, color=colour, fontsize=11, fontweight="bold", ha="right", va="center"
        )
    small, large = img.size * 8, int(im2col_bytes(H, W, 1, kh, kw, 1, 8))
    rows = ", ".join(
        f"{name} at [{i}, {j}] is row {i * ow + j}"
        for (i, j), name in zip(places, "ABC", strict=True)
    )
    return finish(
        f"Left {H}×{W} grey pixels of the photograph with three windows of {kh}×{kw} framed, right "
        f"the patch matrix, {P.shape[0]} rows of {P.shape[1]} pixels, with their rows framed: "
        f"{rows}. At 8 bytes a number the image takes {small} bytes and the patches {large}."
    )


@needs("param_count")
def numbers(
    layers: Sequence[Mapping],
    input_shape: tuple[int, ...],
    output_shape: Callable,
    param_count: Callable,
) -> Words:
    """The parameters of each layer, and those of dense layers instead of convolutions."""
    counts = [int(count) for count in param_count(layers, input_shape)]
    bars, shape = [], tuple(input_shape)
    for layer, count in zip(layers, counts, strict=True):
        out = tuple(int(side) for side in output_shape(layer, shape))
        if layer["kind"] == "conv2d":
            kernel = "×".join(map(str, layer["kernel_size"]))
            bars.append((f"{layer['filters']} filters {kernel}", count, "conv"))
            whole = prod(shape) * prod(out) + prod(out)
            bars.append((f"dense, {_sides(shape)} to {_sides(out)}", whole, "instead"))
        elif layer["kind"] == "dense":
            bars.append((f"dense, {layer['units']} units", count, "dense"))
        shape = out
    _fig, ax = figure(9.5, 3.9)
    styles = {
        "conv": {"color": MARKS[1]},
        "instead": {"color": "white", "edgecolor": MARKS[0], "hatch": "////"},
        "dense": {"color": MARKS[0]},
    }
    for place, (_, count, kind) in enumerate(bars):
        ax.barh(place, count, height=0.66, left=1, **styles[kind])
        ax.text(1.15 * max(count, 1), place, f"{count:,}", va="center", fontsize=9, color=INK)
    ax.set_xscale("log")
    ax.set_xlim(1, 1e8)
    ax.set_yticks(range(len(bars)), [name for name, _, _ in bars], fontsize=9, color=INK)
    ax.set_ylim(len(bars) - 0.4, -0.6)
    ax.set_xlabel("parameters (each step is ten times as many)", fontsize=9, color=INK)
    ax.tick_params(length=0, labelsize=9)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.set_title(
        "blue: convolutions; hatched: dense layers in their place; orange: LENET's dense layers",
        fontsize=10,
        color=INK,
    )
    told = "; ".join(f"{name}: {count:,}" for name, count, _ in bars)
    return finish(
        f"Bars on an axis that grows tenfold with every step, parameters by layer. {told}."
    )


def _sides(shape) -> str:
    return "×".join(map(str, shape))


@needs("receptive_field")
def footprints(stacks: Mapping[str, Sequence], receptive_field: Callable) -> Words:
    """How much each pixel contributes to the first unit of some stacks, with the student's
    receptive field framed."""
    from nablab.reference.receptive import reached  # here: else a notebook has `show.reached`

    fields = {name: tuple(map(float, receptive_field(list(s)))) for name, s in stacks.items()}
    lines = {}
    for name, layers in stacks.items():
        n = 1
        for k, s, d in reversed(layers):
            n = (n - 1) * s + d * (k - 1) + 1
        lines[name] = reached(layers, [np.ones(k) for k, _, _ in layers], n)[:, 0]
    side = max(len(line) for line in lines.values()) + 2
    _fig, axes = figure(2.6 * len(stacks), 3.0, ncols=len(stacks))
    told = []
    for ax, (name, line) in zip(axes, lines.items(), strict=True):
        whole = np.zeros(side)
        whole[: len(line)] = line / line.max()
        sheet(ax, np.sqrt(np.outer(whole, whole)), limit=1.25)
        size, jump, start = fields[name]
        first = start - (size - 1) / 2
        frame = {"linewidth": 2.6, "zorder": 3, "clip_on": first < -0.5}  # whole if it fits
        box(ax, first, first, size, size, NEGATIVE, **frame)
        ax.plot(start, start, "+", color=NEGATIVE, markersize=9, markeredgewidth=2)
        ax.set_title(name, fontsize=10, color=INK)
        numbers = f"size {size:g}, jump {jump:g}, start {start:g}"
        ax.set_xlabel(numbers, fontsize=9, color=INK)
        seen = np.flatnonzero(line)
        fits = first == seen[0] and first + size - 1 == seen[-1]
        told.append(
            f"{name}: pixels {seen[0]} to {seen[-1]} count, your {numbers}, so the frame "
            f"{'fits' if fits else 'does not fit'}"
        )
    return finish(
        f"{len(stacks)} sheets of pixels, the more orange the more a pixel gives to the first "
        f"unit, with your receptive field as a blue frame and its centre as a cross. "
        f"{'; '.join(told)}."
    )


@needs("macs")
def work(
    layers: Sequence[Mapping], input_shape: tuple[int, ...], param_count: Callable, macs: Callable
) -> Words:
    """Each layer's share of the parameters and of the multiplications."""
    counts = np.array([int(count) for count in param_count(layers, input_shape)])
    upto = [int(macs(list(layers[:end]), input_shape)) for end in range(len(layers) + 1)]
    steps = np.diff(upto)
    shown = [i for i in range(len(layers)) if counts[i] or steps[i]]
    names = []
    for i in shown:
        layer = layers[i]
        what = f"{layer['filters']} filters" if "filters" in layer else layer["kind"]
        names.append(f"{i}: {what}" + (f" {layer['units']}" if "units" in layer else ""))
    shares = [100 * counts / max(counts.sum(), 1), 100 * steps / max(upto[-1], 1)]
    _fig, ax = figure(9, 3.5)
    looks = ({"color": MARKS[1]}, {"color": "white", "edgecolor": MARKS[0], "hatch": "////"})
    for share, values, look, label, shift in zip(
        shares, (counts, steps), looks, ("parameters", "MACs"), (-0.19, 0.19), strict=True
    ):
        for place, i in enumerate(shown):
            ax.barh(place + shift, share[i], height=0.36, label=label if not place else "", **look)
            text = f"{values[i]:,}  ({_percent(share[i])} %)"
            ax.text(share[i] + 0.8, place + shift, text, va="center", fontsize=8.5, color=INK)
    ax.set_yticks(range(len(shown)), names, fontsize=9, color=INK)
    ax.set_ylim(len(shown) - 0.45, -0.55)
    ax.set_xlim(0, 100)
    ax.set_xlabel("share of the whole network, in %", fontsize=9, color=INK)
    ax.legend(frameon=False, fontsize=9, loc="lower right")
    ax.tick_params(length=0, labelsize=9)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    told = "; ".join(
        f"layer {name}, {_percent(shares[0][i])} % of the parameters and "
        f"{_percent(shares[1][i])} % of the MACs"
        for i, name in zip(shown, names, strict=True)
    )
    return finish(
        f"Two bars for each layer that has weights: its share of {counts.sum():,} parameters and "
        f"of {upto[-1]:,} MACs. {told}."
    )


def _percent(share: float) -> str:
    """A share as a whole number, or with one decimal if that would be 0."""
    return f"{share:.1f}" if 0 < share < 0.5 else f"{share:.0f}"
