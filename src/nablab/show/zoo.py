"""The pictures of the lab on the zoo of convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nablab.show.canvas import INK, MARKS, PALE, Words, figure, finish, needs, sheet


@needs("causal_conv1d")
def who_reads_what(dilated: Callable, causal: Callable) -> Words:
    """For three convolutions along time, the moments that each output reads, found by impulses."""
    T, w = 16, np.ones((3, 1, 1))
    kinds: tuple[tuple[str, Callable], ...] = (
        ("same padding, d = 1", lambda x: dilated(np.pad(x, ((1, 1), (0, 0))), w, 1)),
        ("causal, d = 1", lambda x: causal(x, w, 1)),
        ("causal, d = 4", lambda x: causal(x, w, 4)),
    )
    _fig, axes = figure(10.5, 4.0, ncols=3)
    told = []
    for ax, (title, conv) in zip(axes, kinds, strict=True):
        reads = np.hstack([np.asarray(conv(np.eye(T)[:, [t]]), float) for t in range(T)])
        sheet(ax, reads, limit=1.6, title=title)
        ax.plot([-0.5, T - 0.5], [-0.5, T - 0.5], color=INK, linewidth=0.8, linestyle=":")
        ax.set_xlabel("moment that is read", fontsize=9, color=INK)
        ax.set_ylabel("output", fontsize=9, color=INK)
        ahead = int(np.count_nonzero(np.triu(reads, 1)))
        told.append(f"{title}: {ahead or 'no'} entries right of the diagonal, in the future")
    return finish(
        f"Three tables of {T} outputs by {T} moments; where an output reads a moment there is a "
        f"mark, and a dotted diagonal stands for the present. {'; '.join(told)}."
    )


@needs("wavenet_rf")
def fan_and_second(
    wavenet_rf: Callable, dilations: Sequence[int], k: int = 2, rate: int = 16_000
) -> Words:
    """The paths to one output through a few layers, and one second of sound with what WaveNet's
    series of dilations, gone through several times, covers of it."""
    _fig, (left, right) = figure(11, 4.4, ncols=2, width_ratios=(1, 1.25))
    field = int(wavenet_rf(list(dilations), k))
    level = {0}
    for height in range(len(dilations), 0, -1):
        d = dilations[height - 1]
        below = {t - u * d for t in level for u in range(k)}
        for t in level:
            for u in range(k):
                left.plot([t, t - u * d], [height, height - 1], color=MARKS[1], linewidth=1)
        level = below
    for height in range(len(dilations) + 1):
        left.plot(range(-field + 1, 1), [height] * field, "o", color=PALE, markersize=3.5)
    left.plot(sorted(level), [0] * len(level), "o", color=MARKS[0], markersize=5)
    names = ["x", *(f"d = {d}" for d in dilations)]
    left.set_yticks(range(len(names)), names, fontsize=9, color=INK)
    left.set_xticks([])
    left.set_title(f"{len(dilations)} layers, {field} moments", fontsize=10, color=INK)
    series = [2**i for i in range(10)]
    time = np.arange(rate) / rate
    beats = np.exp(-(((time * 5) % 1 - 0.3) ** 2) / 0.04)
    sound = beats * np.sin(2 * np.pi * (180 * time + 40 * time**2))
    right.plot(1 - time, sound * 1.1, color=PALE, linewidth=0.4)
    told = []
    for row, times in enumerate((1, 3, 8, 16)):
        reach = int(wavenet_rf(series * times, k)) / rate
        y = -2 - row
        right.barh(y, -min(reach, 1), left=1, height=0.55, color=MARKS[0], alpha=0.75)
        many = "once" if times == 1 else f"{times} times"
        x, colour = (0.0, INK) if reach < 0.6 else (0.01, "white")
        right.text(x, y, f"{many}, {10 * times} layers", fontsize=9, color=colour, va="center")
        told.append(f"{many}, {10 * times} layers: {1000 * reach:.0f} thousandths")
    right.set_xlim(0, 1)
    right.set_yticks([])
    right.set_xticks([0, 0.5, 1], ["1 s ago", "½ s ago", "now"], fontsize=9, color=INK)
    right.set_title("one second, dilations 1, 2, 4, …, 512", fontsize=10, color=INK)
    for ax in (left, right):
        for side in ax.spines.values():
            side.set_visible(False)
        ax.tick_params(length=0)
    return finish(
        f"Left: dots for {field} moments in {len(dilations) + 1} rows, the input at the bottom, "
        f"with lines to one output at the top; it hears {len(level)} moments. Right: a second of "
        f"sound, and bars that end now, one for each number of times that the series 1 to 512 is "
        f"gone through. {'; '.join(told)} of a second."
    )


@needs("conv_transpose2d")
def stamps(conv_transpose2d: Callable, checkerboard: Callable) -> Words:
    """The stamps of a row and their sum; below, how many stamps reach each pixel."""
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(10.5, 5.4), layout="constrained")
    (top,), (bottom,) = fig.subfigures(2, 1, squeeze=False, height_ratios=(1, 1.6))
    row, w = np.array([1.0, 3, 2]), np.array([1.0, 2, 1]).reshape(1, 3, 1, 1)
    parts = [np.asarray(conv_transpose2d((row * one)[None, :, None], w, (1, 2)))[0, :, 0]
             for one in np.eye(3)]  # fmt: skip
    whole = np.asarray(conv_transpose2d(row[None, :, None], w, (1, 2)))[0, :, 0]
    ax = top.subplots()
    sheet(ax, np.vstack([*parts, whole]), limit=7, numbers=True)
    names = [*(f"stamp of {value:.0f}" for value in row), "sum"]
    ax.set_yticks(range(4), names, fontsize=9, color=INK)
    ax.tick_params(labelleft=True)
    ax.axhline(2.5, color=INK, linewidth=1.5)
    told = []
    cases = ((3, 2), (4, 2), (5, 2), (3, 3))
    for ax, (k, s) in zip(bottom.subplots(1, 4), cases, strict=True):
        counts = np.asarray(conv_transpose2d(np.ones((6, 6, 1)), np.ones((k, k, 1, 1)), (s, s)))
        side = min(2 * k + 6, len(counts) - 2 * k + 2)
        inner = counts[k - 1 : k - 1 + side, k - 1 : k - 1 + side, 0]
        sheet(ax, inner, limit=1.6 * max(float(inner.max()), 1), numbers=True, size=6)
        says = "checkerboard" if checkerboard(k, s) else "even"
        ax.set_title(f"{k}×{k}, stride {s}: {says}", fontsize=10, color=INK)
        told.append(
            f"{k}×{k} with stride {s}: from {inner.min():.0f} to {inner.max():.0f} stamps, "
            f"predicted {says}"
        )
    return finish(
        "Above, three stamps of 1, 2, 1 two pixels apart, times "
        f"{', '.join(f'{value:g}' for value in row)}, and their sum "
        f"{', '.join(f'{value:g}' for value in whole)}. Below, how many stamps reach "
        f"each pixel far from the border. {'; '.join(told)}."
    )


@needs("tiled")
def sharing(tiled: Callable, locally_connected: Callable) -> Words:
    """What layers that share less and less make of an image of one grey."""
    x, rng = np.ones((14, 14, 1)), np.random.default_rng(4)
    kinds = [("shared", 1, tiled), ("tiled, t = 2", 2, tiled), ("tiled, t = 3", 3, tiled)]
    kinds.append(("locally connected", 12, locally_connected))
    _fig, axes = figure(10.5, 3.1, ncols=4)
    for ax, (title, t, layer) in zip(axes, kinds, strict=True):
        w = rng.normal(size=(t, t, 3, 3, 1, 1)) / 3
        count = f"{w.size:,} weights"
        sheet(ax, np.asarray(layer(x, w))[..., 0], limit=2.5, title=f"{title}\n{count}")
    return finish(
        "Four answers of 12 by 12 places to an image of one grey. Shared, 9 weights: one colour. "
        "Tiled with t = 2, 36 weights, and t = 3, 81 weights: a pattern that "
        "repeats every two and every three places. Locally connected, 1,296 weights: no pattern."
    )


@needs("maxout")
def cheaper_and_bent(maxout: Callable) -> Words:
    """The weights of plain and separable convolutions, and maxout units of one number."""
    _fig, (left, right) = figure(10.5, 3.6, ncols=2)
    channels = 2 ** np.arange(2, 10)
    plain, separable = 9 * channels**2, 9 * channels + channels**2
    for counts, colour, name in (
        (plain, MARKS[1], "convolution"),
        (separable, MARKS[0], "separable"),
    ):
        left.loglog(channels, counts, "o-", color=colour, markersize=4)
        left.text(channels[-1] * 1.15, counts[-1], name, color=colour, fontsize=9, va="center")
    left.set_xlim(right=channels[-1] * 8)
    left.set_xlabel("channels, in and out", fontsize=9, color=INK)
    left.set_title("weights of a 3×3 layer", fontsize=10, color=INK)
    a = np.linspace(-2, 2, 201)
    for k, colour in ((2, MARKS[1]), (3, MARKS[2]), (5, MARKS[0])):
        touch = np.linspace(-1.5, 1.5, k)  # the tangents of a²/2 at these points
        pieces = a[:, None] * touch - touch**2 / 2
        bowl = np.asarray(maxout(pieces, k))[:, 0]
        right.plot(a, bowl, color=colour, linewidth=2, label=f"{k} pieces")
        if k == 3:
            right.plot(a, pieces, color=colour, linewidth=0.7, linestyle=":")
    right.plot(a, a**2 / 2, color=PALE, linewidth=1, linestyle="--")
    right.set_ylim(-1.3, 2.4)
    right.legend(frameon=False, fontsize=9, labelcolor=INK, loc="upper center")
    right.set_title("maxout units of one number a", fontsize=10, color=INK)
    for ax in (left, right):
        ax.tick_params(labelsize=8, colors=INK)
        ax.spines[["top", "right"]].set_visible(False)
    return finish(
        f"Left: weights against channels on logarithmic axes, a convolution of 3 by 3 above a "
        f"separable one; with 4 channels {plain[0]} against {separable[0]}, with 512 "
        f"{plain[-1]:,} against {separable[-1]:,}. Right: three maxout units of 2, 3 and 5 "
        "straight pieces, each a bowl that touches a dashed parabola from below, the more "
        "pieces the closer."
    )


@needs("build_motion_net")
def films(
    build_motion_net: Callable, build_frame_net: Callable, fit: Callable, train: Any, test: Any
) -> Words:
    """One row of a film and of its reverse over time; what two nets get right."""
    x, y = test
    _fig, (forth, back, bars) = figure(10.5, 3.2, ncols=3, width_ratios=(1, 1, 1.3))
    film = np.asarray(x)[int(np.argmax(np.asarray(y) == 0))]
    for ax, rows, title in ((forth, film, "forwards"), (back, film[::-1], "backwards")):
        sheet(ax, rows[:, 5, :, 0], limit=3, title=f"row 5 of a film, {title}")
        ax.set_ylabel("frame", fontsize=9, color=INK)
    scores = []
    for build in (build_motion_net, build_frame_net):
        net = fit(build(), *train, epochs=5, batch_size=20)
        scores.append(float(np.mean(np.asarray(net(x)).argmax(axis=1) == y)))
    bars.barh((1, 0), scores, color=(MARKS[0], MARKS[1]), height=0.5)
    bars.axvline(0.5, color=INK, linewidth=0.8, linestyle=":")
    for place, score in zip((1, 0), scores, strict=True):
        bars.text(0.02, place, f"{score:.3g}", color="white", va="center", fontsize=10)
    bars.set_yticks((1, 0), ["your net", "frame by frame"], fontsize=9, color=INK)
    bars.set_xlim(0, 1)
    bars.set_title("share of new films read right", fontsize=10, color=INK)
    bars.tick_params(labelsize=9, colors=INK)
    bars.spines[["top", "right"]].set_visible(False)
    return finish(
        "Two tables of a row of pixels over six frames: forwards the stripes slant to the right, "
        f"backwards to the left. Your net reads {scores[0]:.3g} of the new films right, a net that "
        f"sees one frame at a time {scores[1]:.3g}."
    )


@needs("build_segmenter")
def painted(trained: Callable, iou: Callable, examples: Sequence[tuple[Any, Any]]) -> Words:
    """Images of several sizes, their masks, and what the net that `trained` makes finds in them."""
    model = trained()
    _fig, axes = figure(8.5, 7.5, nrows=3, ncols=len(examples))
    told = []
    for column, (x, mask) in zip(axes.T, examples, strict=True):
        found = np.asarray(model(np.asarray(x)))
        score = float(iou(mask, found))
        size = f"{x.shape[1]}×{x.shape[2]}"
        column[0].imshow(x[0])
        column[0].set_title(size, fontsize=10, color=INK)
        column[1].imshow(mask[0, ..., 0], cmap="gray", vmin=0, vmax=1)
        column[2].imshow(found[0, ..., 0], cmap="gray", vmin=0, vmax=1)
        column[2].set_title(f"IoU {score:.2f}", fontsize=10, color=INK)
        told.append(f"{size}: {score:.2f}")
        for ax in column:
            ax.set_xticks([])
            ax.set_yticks([])
    for ax, name in zip(axes[:, 0], ("image", "mask", "your net"), strict=True):
        ax.set_ylabel(name, fontsize=10, color=INK)
    return finish(
        "Three images with discs among bars, the masks of the discs, and the probabilities that "
        f"the net gives, white for 1. The intersection over union by size: {'; '.join(told)}."
    )


@needs("build_listener")
def listeners(
    nearest_neighbour: Callable,
    build_listener: Callable,
    build_dense: Callable,
    fit: Callable,
    train: Any,
    test: Any,
) -> Words:
    """A chirp of each kind, and the share of new ones that three rivals name right."""
    (x, y), names = test, ("up", "down", "up and down", "down and up")
    _fig, axes = figure(10.5, 4.2, nrows=4, ncols=2, width_ratios=(1, 1.1))
    for ax, kind in zip(axes[:, 0], range(4), strict=True):
        ax.plot(np.asarray(x)[int(np.argmax(y == kind)), :, 0], color=MARKS[1], linewidth=0.9)
        ax.set_title(names[kind], fontsize=9, color=INK)
        ax.axis("off")
    grid = axes[0, 1].get_gridspec()
    for ax in axes[:, 1]:
        ax.remove()
    bars = _fig.add_subplot(grid[:, 1])
    scores = {}
    for name, build in (("dense net", build_dense), ("your listener", build_listener)):
        net = fit(build(), *train, epochs=10, batch_size=32)
        scores[name] = float(np.mean(np.asarray(net(x)).argmax(axis=1) == y))
    found = np.asarray(nearest_neighbour(*train, x))
    scores["nearest neighbour"] = float(np.mean(found == y))
    order = ("dense net", "nearest neighbour", "your listener")
    bars.barh(range(3), [scores[name] for name in order], height=0.55, color=MARKS[0])
    for place, name in enumerate(order):
        bars.text(0.02, place, f"{scores[name]:.2f}", color="white", va="center", fontsize=10)
    bars.axvline(0.25, color=INK, linestyle="--", linewidth=0.8)
    bars.set_yticks(range(3), order, fontsize=9, color=INK)
    bars.set_xlim(0, 1)
    bars.set_title("share of new chirps named right", fontsize=10, color=INK)
    bars.tick_params(labelsize=9, colors=INK)
    bars.spines[["top", "right"]].set_visible(False)
    told = ", ".join(f"{name} {scores[name]:.2f}" for name in order)
    return finish(
        "Left: four noisy signals, each with a tone that glides up, down, up and down, or down and "
        f"up. Right: bars for the share of new ones named right: {told}; guessing gives .25."
    )
