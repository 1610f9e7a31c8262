"""The pictures of lab 1, Filters that look for patterns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nablab.show.canvas import (
    INK,
    MARKS,
    POSITIVE,
    Words,
    between,
    box,
    cut,
    figure,
    finish,
    needs,
    scale,
    sheet,
)

BANK_NAMES = ("main diagonal", "cross", "anti-diagonal")


def pixel_puzzle(first, second, third) -> Words:
    """Three letters (H, W) of ±1, and how many pixels of B and C equal those of A."""
    _fig, axes = figure(8.4, 3.1, ncols=3)
    same = [int(np.sum(np.asarray(other) == np.asarray(first))) for other in (second, third)]
    total = np.size(first)
    for ax, letter, title in zip(axes, (first, second, third), "ABC", strict=True):
        sheet(ax, letter, title=title, grey=True)
        ax.title.set_fontweight("bold")
    for ax, other, count in zip(axes[1:], (second, third), same, strict=True):
        for r, c in np.argwhere(np.asarray(other) != np.asarray(first)):
            ax.plot(c, r, marker="x", color=POSITIVE, markersize=8, markeredgewidth=2)
        ax.set_xlabel(f"{count} of {total} pixels as in A", fontsize=11, color=INK)
    axes[0].set_xlabel("the pattern", fontsize=11, color=INK)
    return finish(
        "Three pictures of white strokes on black. A is an X in the middle. B is the same X one "
        f"pixel further to the right; {same[0]} of its {total} pixels equal those of A. C is an "
        f"O; {same[1]} of its pixels equal those of A. Pixels that differ from A have a "
        f"cross: there are {'more' if same[0] < same[1] else 'fewer'} of them in B than in C."
    )


def bank(filters, names: Sequence[str] = BANK_NAMES) -> Words:
    """A bank of small filters [filter, row, column] with their entries."""
    filters = np.asarray(filters, dtype=float)
    _fig, axes = figure(2.6 * len(filters), 2.7, ncols=len(filters))
    for ax, filt, name in zip(axes, filters, names, strict=True):
        sheet(ax, filt, limit=1.6, title=name, numbers=True, size=13)
    rows = "; ".join(f"{name}: {_rows(filt)}" for filt, name in zip(filters, names, strict=True))
    return finish(f"{len(filters)} filters of 3×3 entries, orange for +1 and blue for −1. {rows}.")


def _rows(filt) -> str:
    return ", then ".join(" ".join("+" if x > 0 else "−" for x in row) for row in filt)


@needs("match_score")
def match(patch, filt, match_score: Callable) -> Words:
    """Patch, filter, their products, and the student's score."""
    patch, filt = np.asarray(patch, dtype=float), np.asarray(filt, dtype=float)
    score = float(match_score(patch, filt))
    _fig, axes = figure(9.2, 2.5, ncols=7, width_ratios=[3, 0.5, 3, 0.5, 3, 0.5, 2])
    for ax, sign in zip(axes[1::2], "×=→", strict=True):
        between(ax, sign)
    for ax, array, title in zip(
        axes[:6:2], (patch, filt, patch * filt), ("patch", "filter", "products"), strict=True
    ):
        sheet(ax, array, limit=1.6, title=title, numbers=True, size=13)
    axes[6].axis("off")
    axes[6].text(
        0.5,
        0.5,
        cut(score),
        ha="center",
        va="center",
        fontsize=30,
        color=INK,
        transform=axes[6].transAxes,
    )
    axes[6].set_title("match_score", fontsize=10, color=INK)
    agree = int(np.sum(patch * filt > 0))
    return finish(
        f"A patch of {patch.shape[0]}×{patch.shape[1]} pixels, a filter of the same size, and the "
        f"products of what lies on top of each other: {agree} of {patch.size} are positive, where "
        f"patch and filter agree. Your score is {cut(score)}."
    )


@needs("correlate_valid")
def sliding(img, filt, correlate_valid: Callable) -> Words:
    """Three positions of a filter on an image, and the map of scores at all positions."""
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    scores = np.asarray(correlate_valid(img, filt), dtype=float) / filt.size
    kh, kw = filt.shape
    best_i, best_j = np.unravel_index(np.argmax(scores), scores.shape)
    places = [(0, 0), (int(best_i), int(best_j)), (3, 2)]
    fig, axes = figure(10, 4.6, ncols=2, width_ratios=[1, 1])
    sheet(axes[0], img, title="the image, and three places of the filter", grey=True)
    drawn = sheet(axes[1], scores, title="the map: a score for every place", numbers=True, size=10)
    for (i, j), colour, name in zip(places, MARKS, "ABC", strict=True):
        box(axes[0], i, j, kh, kw, colour, linewidth=3.2)
        axes[0].text(
            j - 0.35,
            i - 0.3,
            name,
            color="white",
            fontsize=10,
            fontweight="bold",
            ha="left",
            va="top",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
        )
        box(axes[1], i + 0.04, j + 0.04, 0.92, 0.92, colour, linewidth=3)
        axes[1].text(
            j - 0.4,
            i - 0.42,
            name,
            color=colour if abs(scores[i, j]) < 0.6 else "white",
            fontsize=8,
            fontweight="bold",
            ha="left",
            va="top",
        )
    scale(fig, drawn, axes[1], "score")
    told = ", ".join(
        f"{name} at [{i}, {j}] scores {cut(scores[i, j])}"
        for (i, j), name in zip(places, "ABC", strict=True)
    )
    best = int(np.sum(scores > 0.999))
    return finish(
        "Left the image with three places of the filter framed, right the map of its scores, "
        f"{scores.shape[0]}×{scores.shape[1]}, orange for a match and blue for the opposite. "
        f"{told}. The highest score is {cut(scores.max())}, and {best} places score 1. First row: "
        f"{' '.join(cut(x) for x in scores[0])}."
    )


@needs("correlate_valid")
def line_filters(photo, filters: Mapping[str, Sequence], correlate_valid: Callable) -> Words:
    """A photo (H, W) from 0 to 1 and the maps of four line filters."""
    maps = {
        name: np.asarray(correlate_valid(photo, np.asarray(filt)), dtype=float)
        for name, filt in filters.items()
    }
    fig, axes = figure(10, 6.5, nrows=2, ncols=2)
    limit = 1.5
    for ax, (name, one) in zip(axes.flat, maps.items(), strict=True):
        drawn = sheet(ax, one, limit=limit, title=name)
        inset = ax.inset_axes([0.012, 0.72, 0.17, 0.26])
        sheet(inset, filters[name], limit=2.6, numbers=True, size=8)
    scale(fig, drawn, axes, "response")
    told = ", ".join(
        f"{name} {100 * np.mean(np.abs(one) > limit / 3):.0f} %" for name, one in maps.items()
    )
    return finish(
        "Four maps of the photograph of a pavilion, one for each line filter, orange along "
        "bright lines and blue along dark ones of the filter's direction, white elsewhere. Share "
        f"of the pixels that respond clearly: {told}. The horizontal filter draws the ridges of "
        "the roofs and the rails, the vertical one the pillars; the slanting ones follow the "
        "roofs' edges."
    )


@needs("convolve_valid")
def flip(img, filt, correlate_valid: Callable, convolve_valid: Callable) -> Words:
    """An image of dots, a filter, and both maps side by side."""
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    correlation = np.asarray(correlate_valid(img, filt), dtype=float)
    convolution = np.asarray(convolve_valid(img, filt), dtype=float)
    limit = 1.3 * np.abs(filt).max()
    _fig, axes = figure(10.5, 2.9, ncols=4, width_ratios=[17, 4, 15, 15])
    sheet(axes[0], img, title="image", grey=True, low=0)
    sheet(axes[1], filt, title="filter", limit=limit, numbers=True, size=10)
    sheet(axes[2], correlation, limit=limit, title="correlation: turned")
    sheet(axes[3], convolution, limit=limit, title="convolution: as it is")
    return finish(
        f"An image of black pixels with {int(np.count_nonzero(img))} bright ones, a filter in the "
        "shape of an L whose foot is twice as strong as its stem, and two maps. In the map of "
        "the correlation every bright pixel has become an L turned by 180°, with its foot on "
        "top; in the map of the convolution, an upright L."
        + (
            ""
            if not np.allclose(correlation, convolution)
            else " As yet, both of your maps are the same."
        )
    )


@needs("edge_filters")
def edges(photo, edge_filters: Callable, correlate_valid: Callable) -> Words:
    """A photo (H, W) from 0 to 1 under the four classic filters."""
    filters = edge_filters()
    limits = {"sobel_x": 2.0, "sobel_y": 2.0, "laplacian": 1.0, "box": 1.0}
    maps = {
        name: np.asarray(correlate_valid(photo, np.asarray(filters[name])), dtype=float)
        for name in limits
    }
    fig, axes = figure(10, 6.2, nrows=2, ncols=2)
    for ax, (name, one) in zip(axes.flat, maps.items(), strict=True):
        is_box = name == "box"
        drawn = sheet(
            ax, one, limit=limits[name], title=name, grey=is_box, low=0 if is_box else None
        )
        scale(fig, drawn, ax)
    flat = {name: float(np.median(np.abs(one))) for name, one in maps.items() if name != "box"}
    told = ", ".join(f"{name} {value:.2f}" for name, value in flat.items())
    return finish(
        "Four maps of the photograph. sobel_x shows upright edges, orange where it gets brighter "
        "to the right and blue where it gets darker; sobel_y shows level edges, orange where it "
        "gets brighter downwards; the Laplacian shows thin double lines, blue on bright details "
        "and orange beside them; the box gives the photo back, a little blurred. The sky is "
        f"white, no response, in the first three. Median size of a response: {told}."
    )


@needs("gradient_polar")
def gradient(photo, gradient_polar: Callable) -> Words:
    """The gradient of a soft disc and of a photo: hue is the angle, brightness the magnitude."""
    r, c = np.mgrid[:81, :81] - 40
    disc = 1 / (1 + np.exp((np.hypot(r, c) - 24) / 1.5))
    found = [gradient_polar(disc), gradient_polar(photo)]
    _fig, axes = figure(11, 4, ncols=3, width_ratios=[1, 1.52, 0.42])
    for ax, (mag, ang), title, limit, step, longest, width in (
        (axes[0], found[0], "a bright disc", 1.2, 8, 8, 0.008),
        (axes[1], found[1], "the photo", 1.5, 20, 14, 0.0032),
    ):
        mag, ang = np.asarray(mag, dtype=float), np.asarray(ang, dtype=float)
        ax.imshow(_hues(ang, mag / limit))
        ax.set_title(title, fontsize=10, color=INK)
        ax.axis("off")
        rows, columns = _strongest(mag, step, 0.35 * limit)
        turned = ang[rows, columns]
        if len(rows):
            ax.quiver(
                columns,
                rows,
                np.cos(turned),
                np.sin(turned),
                angles="xy",
                scale_units="xy",
                scale=1 / longest,
                color="white",
                width=width,
                headwidth=4.5,
                headlength=4.5,
                headaxislength=4,
                pivot="mid",
            )
    _wheel(axes[2])
    mag, ang = (np.asarray(part, dtype=float) for part in found[0])
    inward = np.cos(ang - np.arctan2(-r[1:-1, 1:-1], -c[1:-1, 1:-1]))
    share = float(np.mean(inward[mag > 0.3] > 0.9)) if (mag > 0.3).any() else 0.0
    return finish(
        "Left the gradient of a bright disc on black: a coloured ring that runs through all "
        f"hues, with small arrows; {100 * share:.0f} % of them point to the middle, from dark to "
        "bright. In the middle the gradient of the photo: lines of colour along every edge, "
        "black where it is flat; the two sides of a pillar or a roof have opposite colours. "
        "Right a wheel that gives the colour of every direction."
    )


def _hues(angle, strength):
    """Colours (…, 3): the hue from the angle, the brightness from the strength (0 to 1)."""
    from matplotlib.colors import hsv_to_rgb

    hue = np.mod(angle / (2 * np.pi), 1)
    strength = np.sqrt(np.clip(strength, 0, 1))  # makes faint edges visible
    return hsv_to_rgb(np.stack([hue, np.full_like(hue, 0.85), strength], axis=-1))


def _strongest(mag, step, least):
    """The strongest pixel of each square of `step` pixels, if it is at least `least`."""
    rows, columns = [], []
    for top in range(0, mag.shape[0] - step + 1, step):
        for left in range(0, mag.shape[1] - step + 1, step):
            square = mag[top : top + step, left : left + step]
            r, c = np.unravel_index(np.argmax(square), square.shape)
            if square[r, c] >= least:
                rows.append(top + r)
                columns.append(left + c)
    return np.array(rows, dtype=int), np.array(columns, dtype=int)


def _wheel(ax) -> None:
    r, c = np.mgrid[-60:61, -60:61] / 60
    distance = np.hypot(r, c)
    colours = _hues(np.arctan2(r, c), (distance > 0.45) * 1.0)
    ring = np.dstack([colours, ((distance < 1) & (distance > 0.45)) * 1.0])
    ax.imshow(ring, extent=(-1, 1, 1, -1))
    for x, y, text in ((1.32, 0, "0"), (0, 1.3, "π/2"), (-1.36, 0, "±π"), (0, -1.3, "−π/2")):
        ax.text(x, y, text, ha="center", va="center", fontsize=10, color=INK)
    ax.text(0, 0, "brighter\ntowards", ha="center", va="center", fontsize=6.5, color=INK)
    ax.set_xlim(-1.6, 1.6)
    ax.set_ylim(1.6, -1.6)
    ax.axis("off")


@needs("correlate_multi")
def channels(x, w, b, correlate_multi: Callable) -> Words:
    """The channels of a colour image, their contributions to the first map, and the sum."""
    x, w, b = (np.asarray(a, dtype=float) for a in (x, w, b))
    alone = []
    for c in range(x.shape[2]):
        only = np.zeros_like(x)
        only[:, :, c] = x[:, :, c]
        alone.append(np.asarray(correlate_multi(only, w, 0 * b), dtype=float)[:, :, 0])
    total = np.asarray(correlate_multi(x, w, b), dtype=float)[:, :, 0]
    names = (
        ("red", "green", "blue") if x.shape[2] == 3 else [f"channel {c}" for c in range(x.shape[2])]
    )
    fig, axes = figure(11, 4.2, nrows=2, ncols=x.shape[2] + 1)
    for c, name in enumerate(names):
        sheet(axes[0, c], x[:, :, c], title=name, grey=True, low=0)
        drawn = sheet(axes[1, c], alone[c], limit=1.5, title=f"what {name} contributes")
    axes[0, -1].imshow(np.clip(x[:, :, :3], 0, 1) if x.shape[2] == 3 else x[:, :, 0])
    axes[0, -1].set_title("the image", fontsize=10, color=INK)
    axes[0, -1].axis("off")
    sheet(axes[1, -1], total, limit=1.5, title="the sum: one map")
    scale(fig, drawn, axes, "response")
    told = ", ".join(
        f"{name} {np.abs(one).mean():.2f}" for name, one in zip(names, alone, strict=True)
    )
    return finish(
        f"Above the channels {', '.join(names)} of the photo and the photo itself, below what "
        "each channel contributes to the map, and on the right their sum. Mean size of the "
        f"contributions: {told}; of the sum: {np.abs(total).mean():.2f}. What is grey in the "
        "photo has cancelled out; red things keep their edges."
    )


@needs("relu_maxpool")
def pooling(img, filt, correlate_valid: Callable, relu_maxpool: Callable) -> Words:
    """A map of scores, the pixel that each 2×2 window keeps, and the pooled map."""
    scores = np.asarray(correlate_valid(img, filt), dtype=float) / np.size(filt)
    size = stride = (2, 2)
    pooled = np.asarray(relu_maxpool(scores[:, :, None], size, stride), dtype=float)[:, :, 0]
    fig, axes = figure(10, 4.6, ncols=3, width_ratios=[7, 0.8, 4.4])
    sheet(axes[0], scores, title="scores, in windows of 2×2", numbers=True)
    between(axes[1], "→")
    drawn = sheet(axes[2], pooled, title="ReLU and maximum", numbers=True, size=12)
    for (i, j), value in np.ndenumerate(pooled):
        top, left = i * stride[0], j * stride[1]
        box(axes[0], top, left, *size, INK, linewidth=3)
        window = np.maximum(scores[top : top + size[0], left : left + size[1]], 0)
        for r, c in np.argwhere(np.isclose(window, value))[:1]:
            axes[0].add_patch(_circle(left + c, top + r))
    scale(fig, drawn, axes[2], "score")
    told = "; ".join(" ".join(cut(value) for value in row) for row in pooled)
    return finish(
        f"Left the map of scores, {scores.shape[0]}×{scores.shape[1]}, with its whole 2×2 windows "
        "framed and the pixel that each keeps circled; the last row and column are in no window. "
        f"Right the pooled map, {pooled.shape[0]}×{pooled.shape[1]}, row by row: {told}."
    )


def _circle(x: float, y: float):
    from matplotlib.patches import Circle

    return Circle((x, y), 0.42, fill=False, edgecolor=MARKS[2], linewidth=2.2)


@needs("xo_vote")
def vote(
    images, filters, correlate_valid: Callable, relu_maxpool: Callable, xo_vote: Callable
) -> Words:
    """How some letters go from pixels to an answer, one strip per letter."""
    filters = np.asarray(filters, dtype=float)
    strips = []
    for img in images:
        maps = np.stack(
            [np.asarray(correlate_valid(img, filt), dtype=float) for filt in filters], axis=-1
        )
        peaks = np.asarray(relu_maxpool(maps, maps.shape[:2], (1, 1)), dtype=float).reshape(-1)
        strips.append(
            (img, maps / filters[0].size, peaks / filters[0].size, str(xo_vote(img, filters)))
        )
    _fig, axes = figure(
        11,
        2.35 * len(strips),
        nrows=len(strips),
        ncols=6,
        squeeze=False,
        width_ratios=[1.2, 1, 1, 1, 1.15, 0.7],
    )
    for number, (row, (img, maps, peaks, letter)) in enumerate(zip(axes, strips, strict=True)):
        top = number == 0
        sheet(row[0], img, grey=True, limit=1.5, title="image" if top else "")
        for k, ax in enumerate(row[1:4]):
            sheet(ax, np.maximum(maps[:, :, k], 0), title=f"{BANK_NAMES[k]}" if top else "")
            i, j = np.unravel_index(np.argmax(maps[:, :, k]), maps.shape[:2])
            ax.add_patch(_circle(float(j), float(i)))
        _bars(row[4], peaks, "peaks" if top else "")
        between(row[5], letter, size=44)
        if top:
            row[5].set_title("your answer", fontsize=10, color=INK)
    told = " ".join(
        f"Letter {n}: peaks {', '.join(cut(peak) for peak in peaks)}, read as {letter}."
        for n, (_, _, peaks, letter) in enumerate(strips, 1)
    )
    return finish(
        "One strip for each letter: the noisy picture, its three maps of scores after ReLU with "
        "the best place of each circled, the three peaks as bars (main diagonal, cross, "
        f"anti-diagonal), and your answer. Noise can lift a score above 1. {told}"
    )


def _bars(ax, peaks, title: str) -> None:
    weakest = int(np.argmin(peaks))
    colours = [MARKS[1] if k == weakest else "#b9c3cd" for k in range(len(peaks))]
    ax.barh(range(len(peaks)), peaks, color=colours, height=0.62)
    for k, peak in enumerate(peaks):
        ax.text(peak + 0.04, k, cut(peak), va="center", fontsize=9, color=INK)
    ax.set_yticks(range(len(peaks)), ["╲", "╳", "╱"][: len(peaks)], fontsize=12, color=INK)
    ax.set_ylim(len(peaks) - 0.5, -0.5)
    ax.set_xlim(0, 1.45)
    ax.set_xticks([])
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    if title:
        ax.set_title(title, fontsize=10, color=INK)


@needs("xo_vote")
def verdicts(images, letters: Sequence[str], filters, xo_vote: Callable) -> Words:
    """A page of letters with the student's answers."""
    answers = [str(xo_vote(img, filters)) for img in images]
    columns, wide, high = 12, 11, 13  # letters per row; pixels from one to the next
    rows = -(-len(answers) // columns)
    page = np.full((rows * high, columns * wide), np.nan)
    _fig, ax = figure(10.5, 1.02 * rows + 0.3)
    for k, (img, letter, answer) in enumerate(zip(images, letters, answers, strict=True)):
        top, left = high * (k // columns), wide * (k % columns)
        H, W = np.shape(img)
        page[top : top + H, left : left + W] = img
        right = answer == letter
        if not right:
            box(ax, top, left, H, W, linewidth=3)
        ax.text(
            left + (W - 1) / 2,
            top + H + 1,
            answer if right else f"{answer} ✗",
            ha="center",
            va="center",
            fontsize=10,
            color=INK if right else POSITIVE,
            fontweight="normal" if right else "bold",
        )
    ax.imshow(page, cmap="gray", vmin=-1.5, vmax=1.5)
    ax.axis("off")
    wrong = [
        (letter, answer)
        for letter, answer in zip(letters, answers, strict=True)
        if letter != answer
    ]
    told = (
        "none is wrong"
        if not wrong
        else "wrong are " + ", ".join(f"an {a} read as {b}" for a, b in wrong)
    )
    ax.set_title(f"{len(letters) - len(wrong)} of {len(letters)} right", fontsize=12, color=INK)
    return finish(
        f"{len(letters)} noisy letters with your answer below each: {len(letters) - len(wrong)} "
        f"are right; {told}."
    )
