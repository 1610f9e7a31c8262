"""The pictures of lab 9, Symmetry.

What the nets of N.6 read right of 397 test digits: the smallest, mean and largest share on 20
seeds, by `measure_thresholds.py` of the lab's suite. The plain net reads upright digits better on
19 of them.

    learned    read                 four directions      plain
    turned     turned, 24 angles    .731 .790 .847       .475 .537 .583
    upright    upright              .861 .889 .937       .899 .927 .952
               turned by 90° …      .861 .889 .937       .165 .226 .281
               turned by 45° …      .131 .249 .330       .176 .214 .264
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab.data.turned import turn
from nablab.show.canvas import (
    INK,
    MARKS,
    NEGATIVE,
    PALE,
    POSITIVE,
    Words,
    figure,
    finish,
    needs,
    sheet,
)


def _quiet(ax, title: str = "", below: str = "", beside: str = "") -> None:
    """Axes with two thin lines and small numbers, a title and labels."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["bottom", "left"]].set_color(PALE)
    ax.tick_params(colors=PALE, labelcolor=INK, labelsize=8)
    ax.set_title(title, fontsize=10, color=INK)
    ax.set_xlabel(below, fontsize=9, color=INK)
    ax.set_ylabel(beside, fontsize=9, color=INK)


def _ink(ax, image, title: str = "") -> None:
    """An image, 0 white and 1 black."""
    sheet(ax, -np.asarray(image, dtype=float), grey=True, low=-1, limit=0, title=title)


def puzzle(image, filt, conv_valid: Callable) -> Words:
    """A digit, shifted and turned, each above the answer of one filter."""
    looks = {
        "a 6": image,
        "shifted": np.roll(image, (1, -2), axis=(0, 1)),
        "turned": np.rot90(image),
    }
    _fig, axes = figure(7.5, 5.2, nrows=2, ncols=3)
    answers = {}
    for (name, look), (above, below) in zip(looks.items(), axes.T, strict=True):
        answers[name] = conv_valid(look[None, :, :, None], filt[:, :, None, None])[0, :, :, 0]
        _ink(above, look, name)
        sheet(below, answers[name], limit=3, title="horizontal strokes")
    same = np.abs(np.rot90(answers["a 6"]) - answers["turned"]).max()
    return finish(
        "A 6, the same 6 one row lower and two columns further left, and the 6 turned by a quarter "
        "turn counterclockwise. Below each is the answer of a filter for horizontal strokes: "
        "orange on such a stroke, blue beside it. The second answer is the first one, shifted. The "
        f"third is not the first one turned: the two differ by up to {same:.1f}."
    )


THINGS = {
    "shift by (1, 2)": lambda x: np.roll(x, (1, 2), axis=(0, 1)),
    "shift by (3, −5)": lambda x: np.roll(x, (3, -5), axis=(0, 1)),
    "mirror": lambda x: x[:, ::-1],
    "quarter turn": np.rot90,
    "negative: 1 − x": lambda x: 1 - x,
    "square: x²": np.square,
}


@needs("equivariance_error")
def errors(image, equivariance_error: Callable) -> Words:
    """The error of a circular convolution for several things that can be done to an image."""
    filt = np.random.default_rng(4).normal(size=(3, 3))

    def conv(x):
        return sum(
            filt[u, v] * np.roll(np.asarray(x, float), (-u, -v), axis=(0, 1))
            for u, v in np.ndindex(3, 3)
        )

    found = {name: float(equivariance_error(conv, T, T, image)) for name, T in THINGS.items()}
    _fig, ax = figure(7.5, 2.9)
    _bars(ax, found)
    _quiet(ax, "a convolution on a circle, with T on both sides", "equivariance error")
    told = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
    return finish(f"The equivariance error of a convolution that wraps around: {told}.")


def _bars(ax, found: dict, words: dict | None = None) -> None:
    names = list(found)[::-1]
    values = [found[name] for name in names]
    ax.barh(names, values, color=[PALE if value > 1e-6 else POSITIVE for value in values])
    top = max([*values, 0.1])
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        text = f"{value:.2f}" if value > 1e-6 else "0"
        if words:
            text += f"   {words.get(name, '')}"
        ax.text(value + 0.015 * top, place, text, va="center", fontsize=9, color=INK)
    ax.set_xlim(0, (1.5 if words else 1.12) * top)


@needs("shift_report")
def layers(
    image, conv_circular: Callable, shift_report: Callable, equivariance_error: Callable
) -> Words:
    """Six layers: the student's words, and the error for one step to the right."""
    rng = np.random.default_rng(6)
    filt, weights = rng.normal(size=(3, 3)), rng.normal(size=(10, image.size))

    def same(x):
        padded = np.pad(np.asarray(x, float), 1)
        H, W = np.shape(x)
        return sum(filt[u, v] * padded[u : u + H, v : v + W] for u, v in np.ndindex(3, 3))

    def pool(x):
        H, W = np.shape(x)
        return np.reshape(x, (H // 2, 2, W // 2, 2)).max(axis=(1, 3))

    made = {
        "convolution on a circle": lambda x: conv_circular(x, filt),
        "convolution, zeros around": same,
        "convolution, steps of 2": lambda x: np.asarray(conv_circular(x, filt))[::2, ::2],
        "max-pooling, 2×2": pool,
        "global mean": lambda x: float(np.mean(x)),
        "dense": lambda x: weights @ np.ravel(x),
    }

    def right(x):
        return np.roll(x, 1, axis=1)

    def half(y):  # a half step: the mean of the map and the map one column further
        return (y + np.roll(y, 1, axis=1)) / 2

    follows = {"convolution, steps of 2": half, "max-pooling, 2×2": half}
    report = shift_report(made, image)
    found = {}
    for name, f in made.items():
        stays = name in ("global mean", "dense")
        T_out = (lambda y: y) if stays else follows.get(name, right)
        found[name] = float(equivariance_error(f, right, T_out, image))
    _fig, ax = figure(8.5, 3)
    _bars(ax, found, report)
    _quiet(ax, "one step to the right", "equivariance error (last two: invariance error)")
    told = "; ".join(f"{name} {value:.2f}, {report[name]}" for name, value in found.items())
    return finish(f"How far six layers are from following one step to the right: {told}.")


def untrained(image, conv_circular: Callable, pool: Callable, rng) -> float:
    """The score of a small untrained net for one image (H, W): two rounds of convolution, ReLU and
    pooling, the mean over all places, and a weighted sum of the channels."""
    x = np.asarray(image, float)[:, :, None]  # (H, W, C)
    for channels in (4, 6):
        filters = rng.normal(size=(channels, x.shape[2], 3, 3)) * np.sqrt(2 / (9 * x.shape[2]))
        maps = [
            sum(np.asarray(conv_circular(x[:, :, c], w[c])) for c in range(x.shape[2]))
            for w in filters
        ]
        x = np.asarray(pool(np.maximum(np.stack(maps, axis=-1), 0)))
    return float(x.mean(axis=(0, 1)) @ rng.normal(size=x.shape[2]))


def max_pool(x):
    H, W, C = x.shape
    return x.reshape(H // 2, 2, W // 2, 2, C).max(axis=(1, 3))


def scores(images, conv_circular: Callable, pool: Callable, seed: int):
    """The untrained scores of images (N, H, W) at every step to the right: (N, W)."""
    return np.array(
        [
            [
                untrained(np.roll(x, s, axis=1), conv_circular, pool, np.random.default_rng(seed))
                for s in range(x.shape[1])
            ]
            for x in images
        ]
    )


def unrest(of_shifts) -> float:
    """How much scores (N, shifts) vary over the shifts, relative to how they vary altogether."""
    return float(np.sqrt(of_shifts.var(axis=1).mean() / of_shifts.var()))


@needs("antialias_pool")
def wobble(images, conv_circular: Callable, antialias_pool: Callable) -> Words:
    """The scores of an untrained net as digits move around, for two kinds of pooling."""
    images = np.pad(images, ((0, 0), (4, 4), (4, 4)))
    pools = {
        "2×2 maxima": max_pool,
        "blur, then skip": lambda x: antialias_pool(x, np.array([1.0, 2, 1])),
    }
    _fig, axes = figure(9, 3.2, ncols=2, sharey=True)
    told = []
    for ax, (name, pool) in zip(axes, pools.items(), strict=True):
        found = scores(images, conv_circular, pool, 8)
        found = (found - found.mean()) / found.std()
        for values, colour in zip(found, (*MARKS, PALE), strict=False):
            ax.plot(values, "o-", color=colour, markersize=3, linewidth=1.4)
        _quiet(ax, name, "steps to the right", "score, scaled")
        told.append(f"with {name} {unrest(found):.2f}")
    return finish(
        "The scores of four digits at 16 places, from an untrained net. The lines would be "
        "horizontal if the net did not mind the place. The wobble of a digit, relative to all "
        "variation: "
        f"{', '.join(told)}."
    )


@needs("p4_lift")
def lifted(image, p4_lift: Callable) -> Words:
    """A digit and its four maps, and the same for the digit turned."""
    filt = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1.0]])
    filt[0, 0], filt[2, 0] = 0, -2  # so that half a turn makes a difference
    _fig, axes = figure(10, 4.4, nrows=2, ncols=5)
    maps = []
    for row, look in zip(axes, (image, np.rot90(image)), strict=True):
        found = np.asarray(p4_lift(look[None, :, :, None], filt[:, :, None, None]))[0, ..., 0]
        maps.append(found)
        _ink(row[0], look, "x" if look is image else "x, turned")
        for r, ax in enumerate(row[1:]):
            sheet(ax, found[:, :, r], limit=3, title=f"r = {r}")
    moved = np.roll(np.rot90(maps[0]), 1, axis=2)
    return finish(
        "Above, a 6 and its four maps under a filter for horizontal strokes, turned by 0 to 3 "
        "quarter turns. Below, the same for the 6 turned by a quarter turn. Each map of the lower "
        "row is the map one place further left in the upper row, turned, and the first is the last "
        f"one, turned. The largest difference from that is {np.abs(moved - maps[1]).max():.2g}."
    )


@needs("p4_conv")
def features(
    image, conv_valid: Callable, p4_lift: Callable, p4_conv: Callable, p4_features: Callable
) -> Words:
    """Eight features of a digit in four directions, by the group's layers and by ordinary ones."""
    rng = np.random.default_rng(3)
    w1, w2 = rng.normal(size=(3, 3, 1, 4)), rng.normal(size=(3, 3, 4, 4, 8)) / 4
    v1, v2 = rng.normal(size=(3, 3, 1, 16)), rng.normal(size=(3, 3, 16, 8)) / 4
    mine, plain = [], []
    for r in range(4):
        x = np.rot90(image, r)[None, :, :, None]
        mine.append(np.asarray(p4_features(p4_conv(np.maximum(p4_lift(x, w1), 0), w2)))[0])
        plain.append(conv_valid(np.maximum(conv_valid(x, v1), 0), v2).mean(axis=(1, 2))[0])
    _fig, axes = figure(9, 2.8, ncols=2)
    spread = []
    for ax, name, table in (
        (axes[0], "your features", np.array(mine)),
        (axes[1], "ordinary convolutions", np.array(plain)),
    ):
        sheet(ax, table / np.abs(table).max(), title=name)
        ax.set_yticks(range(4), [f"{90 * r}°" for r in range(4)])
        ax.tick_params(labelleft=True, labelsize=9, labelcolor=INK)
        ax.grid(False)
        ax.set_xlabel("eight features", fontsize=9, color=INK)
        spread.append(np.ptp(table, axis=0).max() / np.abs(table).max())
    return finish(
        "Two tables of four rows, for a 6 turned by 0°, 90°, 180° and 270°, and eight columns of "
        f"features. Within a column your features differ by at most {spread[0]:.1g} of the largest "
        f"one, those of ordinary convolutions by up to {spread[1]:.2f}."
    )


ANGLES = range(0, 360, 15)


@needs("build_p4_cnn")
def polar(read: Callable, accuracy_by_turn: Callable, turned: bool) -> Words:
    """The accuracy of two trained nets around the circle of angles."""
    import matplotlib.pyplot as plt

    nets, (x, y) = read(turned)
    fig = plt.figure(figsize=(5.2, 4.6), layout="constrained")
    ax = fig.add_subplot(projection="polar")
    told = []
    for (name, net), colour, style in zip(
        nets.items(), (POSITIVE, NEGATIVE), ("o-", "s--"), strict=True
    ):
        found = np.zeros(len(ANGLES))
        for start in range(6):  # each call takes an image through four quarter turns
            images = turn(x[..., 0], 15 * start)[..., None].astype("float32")
            found[start::6] = accuracy_by_turn(net, images, y)
        around = np.deg2rad([*ANGLES, 360])
        ax.plot(around, [*found, found[0]], style, color=colour, markersize=4, label=name)
        told.append(
            f"{name}: upright {found[0]:.2f}, at quarter turns {found[[6, 12, 18]].mean():.2f}, "
            f"at 45° and its like {found[3::6].mean():.2f}"
        )
    ax.set_ylim(0, 1)
    ax.set_yticks([0.25, 0.5, 0.75, 1], [".25", ".5", ".75", "1"])
    ax.tick_params(labelsize=8, labelcolor=INK)
    ax.grid(color="#c9d1d9", linewidth=0.6)
    ax.legend(loc="lower left", bbox_to_anchor=(0.88, 0.95), frameon=False, fontsize=9)
    learned = "turned by any angle" if turned else "upright"
    ax.set_title(f"learned from digits that were {learned}", fontsize=10, color=INK)
    return finish(
        f"Two nets that learned from digits {learned}; their shares read right. {'; '.join(told)}."
    )


MAPS = {
    "identity": [[1, 0, 0], [0, 1, 0]],
    "x + .4": [[1, 0, 0.4], [0, 1, 0]],
    "y + .4": [[1, 0, 0], [0, 1, 0.4]],
    "turn by 30°": [
        [np.cos(np.pi / 6), -np.sin(np.pi / 6), 0],
        [np.sin(np.pi / 6), np.cos(np.pi / 6), 0],
    ],
    "zoom, .6": [[0.6, 0, 0], [0, 0.6, 0]],
}


@needs("bilinear_sample")
def warps(image, affine_grid: Callable, bilinear_sample: Callable) -> Words:
    """Five affine maps: where the output looks, and what it sees."""
    H, W = image.shape
    _fig, axes = figure(11, 4.6, nrows=2, ncols=5)
    for (name, theta), (above, below) in zip(MAPS.items(), axes.T, strict=True):
        grid = np.asarray(affine_grid(np.array([theta], dtype=float), H, W))
        seen = np.asarray(bilinear_sample(image[None, :, :, None], grid))[0, :, :, 0]
        _ink(above, image, name)
        columns, rows = (grid[0, ..., 0] + 1) * (W - 1) / 2, (grid[0, ..., 1] + 1) * (H - 1) / 2
        above.plot(columns, rows, ".", color=POSITIVE, markersize=2.2)
        corners = [(0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0)]
        above.plot(
            [columns[c] for c in corners], [rows[c] for c in corners], color=POSITIVE, linewidth=2
        )
        above.set_xlim(-4, W + 3)
        above.set_ylim(H + 3, -4)
        _ink(below, seen)
    return finish(
        "Above a 6 five times, with the points where the output looks, framed in orange: as they "
        "are, further right, further down, turned by 30° clockwise, and drawn together. Below "
        "it is what the output sees: the 6 itself, moved left, moved up, turned counterclockwise, "
        "and enlarged."
    )


@needs("sample_bwd")
def descent(
    image,
    affine_grid: Callable,
    bilinear_sample: Callable,
    bilinear_sample_bwd: Callable,
    affine_grid_bwd: Callable,
) -> Words:
    """Gradient descent on theta, which undoes what was done to an image."""
    H, W = image.shape
    target = image[None, :, :, None]
    planted = np.array([[[1.0, 0.25, 0.2], [-0.25, 1.1, -0.15]]])
    moved = np.asarray(bilinear_sample(target, affine_grid(planted, H, W)))
    theta, losses, shown = np.array([[[1.0, 0, 0], [0, 1, 0]]]), [], {}
    for step in range(151):
        grid = np.asarray(affine_grid(theta, H, W))
        seen = np.asarray(bilinear_sample(moved, grid))
        losses.append(float(np.mean((seen - target) ** 2)))
        if step in (0, 10, 40, 150):
            shown[step] = seen[0, :, :, 0]
        dgrid = bilinear_sample_bwd(2 * (seen - target) / target.size, moved, grid)
        theta = theta - 0.4 * np.asarray(affine_grid_bwd(dgrid))
    _fig, axes = figure(11, 2.6, ncols=6, width_ratios=[1, 1, 1, 1, 1, 1.5])
    _ink(axes[0], image, "the aim")
    for ax, (step, seen) in zip(axes[1:5], shown.items(), strict=True):
        _ink(ax, seen, f"step {step}")
    axes[5].plot(losses, color=POSITIVE, linewidth=2)
    axes[5].set_ylim(0, None)
    _quiet(axes[5], "loss", "steps")
    return finish(
        "A 6, and four times what θ shows of a distorted copy, after 0, 10, 40 and 150 steps. The "
        f"mean squared difference falls from {losses[0]:.3f} to {losses[-1]:.3f}."
    )


def where(theta, size: int):
    """The centres of windows, (N, 2) as column and row, from θ (N, 6) and the side of a field."""
    theta = np.asarray(theta, dtype=float)
    return (theta[:, [2, 5]] + 1) * (size - 1) / 2


def centres(x):
    """The centres of the ink of fields (N, H, W, 1): (N, 2) as column and row."""
    ink = np.asarray(x, dtype=float)[..., 0]
    rows, columns = ink.sum(axis=2), ink.sum(axis=1)
    places = np.arange(ink.shape[1])
    return np.stack([columns @ places, rows @ places], axis=1) / ink.sum(axis=(1, 2))[:, None]


@needs("build_stn")
def windows(find_digits: Callable, build_stn: Callable) -> Words:
    """Where the trained locator looks, and how well the classifier reads."""
    from nablab.layers.spatial_transformer import SpatialTransformer

    classifier, locator, plain, (x, y) = find_digits()
    size = x.shape[1]
    theta = locator.predict(x, verbose=0)
    looked, lies = where(theta, size), centres(x)
    read = [float(np.mean(net.predict(x, verbose=0).argmax(1) == y)) for net in (classifier, plain)]
    (transformer,) = [a for a in classifier.layers if isinstance(a, SpatialTransformer)]
    seen = np.asarray(transformer(x[:8]))
    half = (theta[0, 0] * (size - 1) + 1) / 2
    fig, axes = figure(11, 5.2, nrows=3, ncols=8, height_ratios=[1, 1, 1.6])
    for above, below, field, window, (column, row) in zip(
        axes[0], axes[1], x, seen, looked, strict=False
    ):
        _ink(above, field[..., 0])
        above.grid(False)
        left, top = column - half, row - half
        above.plot(
            [left, left + 2 * half, left + 2 * half, left, left],
            [top, top, top + 2 * half, top + 2 * half, top],
            color=POSITIVE,
            linewidth=1.8,
        )
        above.set_xlim(-4, size + 3)
        above.set_ylim(size + 3, -4)
        _ink(below, window[..., 0])
        below.grid(False)
    for ax in axes[2]:
        ax.remove()
    grid = axes[2, 0].get_gridspec()
    found = []
    for half_grid, name, k in ((grid[2, :4], "column", 0), (grid[2, 4:], "row", 1)):
        ax = fig.add_subplot(half_grid)
        ax.plot(lies[:, k], looked[:, k], ".", color=NEGATIVE, markersize=3, alpha=0.6)
        ax.plot([3, size - 4], [3, size - 4], color=PALE, linewidth=1)
        found.append(float(np.corrcoef(lies[:, k], looked[:, k])[0, 1]))
        _quiet(ax, "", f"{name} of the digit", f"{name} of the window")
    fig.suptitle(
        f"read right: {read[0]:.2f} with the locator, {read[1]:.2f} without", fontsize=10, color=INK
    )
    return finish(
        "Eight fields with a frame where the trained locator looks, and what the window shows. "
        "Below, for all test fields, the window's place against the digit's: their correlation is "
        f"{found[0]:.2f} along the columns and {found[1]:.2f} along the rows. The net with the "
        f"locator reads {read[0]:.2f} of the digits right, the plain one {read[1]:.2f}."
    )
