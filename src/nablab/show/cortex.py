"""The pictures of Lab 10, From cortex to convnets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab import data
from nablab.show.canvas import (
    INK,
    MARKS,
    PALE,
    POSITIVE,
    Words,
    figure,
    finish,
    needs,
    scale,
    sheet,
)

DIRECTIONS = ("0", "π/4", "π/2", "3π/4")


@needs("gabor")
def gabors(gabor: Callable) -> Words:
    """Patches of four directions, and of four phases."""
    _fig, axes = figure(9, 4.8, nrows=2, ncols=4)
    quarter = np.pi / 4
    for k, ax in enumerate(axes[0]):
        sheet(ax, gabor(25, k * quarter, 8, 4, 0), limit=0.2, title=f"θ = {DIRECTIONS[k]}")
    for k, (ax, name) in enumerate(zip(axes[1], ("0", "π/2", "π", "3π/2"), strict=True)):
        sheet(ax, gabor(25, 0, 8, 4, 2 * k * quarter), limit=0.2, title=f"φ = {name}")
    return finish(
        "Eight patches of stripes that fade away from the middle, orange where light excites and "
        "blue where it inhibits. Above, with phase 0: upright stripes, stripes rising to the right,"
        " level ones, stripes falling to the right. Below, upright stripes in four phases: "
        "orange in the middle; orange left and blue right of it; blue in the middle; blue left and "
        "orange right of it."
    )


@needs("simple_cell")
def simple_cells(photo, gabor: Callable, simple_cell: Callable) -> Words:
    """The photo as simple cells of two directions and two phases see it."""
    _fig, axes = figure(10, 6.2, nrows=2, ncols=2)
    shares = []
    for row, (theta, name) in zip(axes, ((0, "upright"), (np.pi / 2, "level")), strict=True):
        for ax, (phase, sign) in zip(row, ((0, "bright"), (np.pi, "dark")), strict=True):
            g = np.asarray(gabor(11, theta, 6, 2.2, phase))
            found = np.asarray(simple_cell(photo, g), dtype=float)
            sheet(ax, found, limit=0.8, title=f"{name}, {sign}", grey=True, low=0)
            inset = ax.inset_axes([0.012, 0.72, 0.17, 0.26])
            sheet(inset, g, limit=0.4)
            inset.grid(visible=False)
            inset.set_xticks([])
            inset.set_yticks([])
            shares.append(100 * float(np.mean(found > 0.2)))
    return finish(
        "Four maps of the photo of a pavilion, white where cells answer and black where they are "
        "silent. Above, cells for upright lines: pillars and trees show; below, cells for level "
        "lines: ridges of roofs and rails. Left bright lines and right dark ones, at "
        f"different places. Cells that answer clearly: {', '.join(f'{s:.0f} %' for s in shares)}."
    )


@needs("tuning_curve")
def tuning(gabor: Callable, simple_cell: Callable, tuning_curve: Callable) -> Words:
    """Tuning curves for direction and for spatial frequency of two cells."""
    thetas = np.linspace(0, 2 * np.pi, 97)
    frequencies = np.linspace(0.02, 0.3, 29)
    fig, axes = figure(9.5, 4.2, ncols=2)
    polar = fig.add_subplot(axes[0].get_subplotspec(), projection="polar")
    axes[0].remove()
    widths = []
    for sigma, colour, style in ((2.5, MARKS[0], "--"), (6, MARKS[1], "-")):
        g = np.asarray(gabor(33, 0, 8, sigma, 0))

        def cell(img, g=g):
            return np.asarray(simple_cell(img, g)).ravel()[0]

        curve = np.asarray(tuning_curve(cell, "orientation", thetas), dtype=float)
        polar.plot(thetas, curve / curve.max(), style, color=colour, label=f"σ = {sigma:g}")
        above = thetas[(thetas <= np.pi / 2) & (curve >= curve.max() / 2)]
        widths.append(np.degrees(above.max()))
        bands = np.asarray(tuning_curve(cell, "sf", frequencies), dtype=float)
        axes[1].plot(frequencies, bands / bands.max(), style, color=colour, label=f"σ = {sigma:g}")
    polar.set_theta_direction(-1)
    polar.set_rticks([0.5, 1])
    polar.tick_params(labelsize=8, colors=INK)
    polar.set_title("direction of the wave", fontsize=10, color=INK)
    axes[1].axvline(1 / 8, color=PALE, linewidth=0.8)
    axes[1].set_xlabel("waves in one pixel (the line: 1/8)", fontsize=9, color=INK)
    axes[1].set_ylabel("answer, largest = 1", fontsize=9, color=INK)
    axes[1].set_title("spatial frequency", fontsize=10, color=INK)
    axes[1].legend(frameon=False, fontsize=9)
    _plain(axes[1])
    return finish(
        "Left a polar plot with the direction of a grating as angle and the answer as distance: "
        "two lobes, at 0 and at π, for each of two cells. Half of the largest answer is left up to "
        f"{widths[0]:.0f}° for the small patch (σ = 2.5, dashed) and up to {widths[1]:.0f}° for "
        "the large one (σ = 6). Right the answers by spatial frequency: both curves peak near 1/8 "
        "wave in a pixel, and that of the small patch is wider."
    )


@needs("complex_cell")
def phases(
    gabor: Callable, simple_cell: Callable, complex_cell: Callable, modulation: Callable
) -> Words:
    """Answers of a simple and of a complex cell to a grating in every phase."""
    angles = 2 * np.pi * np.arange(32) / 32
    even, odd = (np.asarray(gabor(33, 0, 8, 5, phase)) for phase in (0, np.pi / 2))
    images = [data.gratings.grating(33, 0, 8, angle) for angle in angles]
    simple = np.array([np.ravel(simple_cell(img, even))[0] for img in images], dtype=float)
    energy = np.array([np.ravel(complex_cell(img, even, odd))[0] for img in images], dtype=float)
    _fig, ax = figure(7.5, 3.4)
    told = []
    for curve, name, colour, style in (
        (simple, "simple", MARKS[0], "--"),
        (energy, "complex", MARKS[1], "-"),
    ):
        ratio = float(modulation(curve))
        ax.plot(
            angles, curve / curve.max(), style, color=colour, label=f"{name}: F1/F0 {ratio:.2f}"
        )
        told.append(f"{name} {ratio:.2f}")
    ax.set_xticks(np.arange(5) * np.pi / 2, ["0", "π/2", "π", "3π/2", "2π"])
    ax.set_ylim(-0.05, 1.3)
    ax.set_xlabel("phase of the grating", fontsize=9, color=INK)
    ax.set_ylabel("answer, largest = 1", fontsize=9, color=INK)
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="upper center")
    _plain(ax)
    return finish(
        "Answers by the phase of a grating. The simple cell's curve falls from 1 at phase 0 to "
        "0 at a quarter of the period, stays at 0 for half of it, and rises again. The complex "
        f"cell's line is level. F1/F0: {', '.join(told)}."
    )


@needs("complex_by_pooling")
def pooling(gabor: Callable, simple_cell: Callable, complex_by_pooling: Callable) -> Words:
    """Answers to a line that moves away, upright and level, of both kinds of cells."""
    g, size = np.asarray(gabor(11, 0, 6, 2.2, 0)), 7
    shifts = np.arange(-8, 9)
    curves = {}
    for name, level in (("upright", False), ("level", True)):
        simple, pooled = [], []
        for shift in shifts:
            img = np.zeros((17, 17))
            img[:, np.clip(8 + shift, 0, 16)] = 1
            img = img.T if level else img
            simple.append(np.asarray(simple_cell(img, g))[3, 3])
            pooled.append(np.asarray(complex_by_pooling(img, g, size))[0, 0])
        curves[name] = np.array(simple, dtype=float), np.array(pooled, dtype=float)
    top = curves["upright"][1].max()
    _fig, axes = figure(9.5, 3.3, ncols=2, sharey=True)
    for ax, (name, (narrow, wide)) in zip(axes, curves.items(), strict=True):
        ax.plot(shifts, narrow / top, "--o", color=MARKS[0], markersize=4, label="simple")
        ax.plot(shifts, wide / top, "-s", color=MARKS[1], markersize=4, label="complex")
        ax.set_title(f"{name} line", fontsize=10, color=INK)
        ax.set_xlabel("shift in pixels", fontsize=9, color=INK)
        _plain(ax)
    axes[0].set_ylabel("answer, largest = 1", fontsize=9, color=INK)
    axes[1].legend(frameon=False, fontsize=9)
    places = int(np.sum(curves["upright"][1] > 0.99 * top))
    return finish(
        "Answers by how far a bright line has moved. Left, an upright line: the simple cell "
        "answers in a narrow peak at 0, with small side peaks; the complex cell answers fully at "
        f"{places} neighbouring places. Right, a level line: at most "
        f"{curves['level'][1].max() / top:.2f} of that, for both."
    )


@needs("s_layer", "c_layer")
def planes(neocognitron: Callable) -> Words:
    """A shifted T on its way through the layers, and what the last cells say of five pictures."""
    letters = data.letters
    img = letters.draw("T", (2, -1))
    _, c1, s2, _ = (np.asarray(one, dtype=float) for one in neocognitron(img))
    fig, axes = figure(10.5, 6.6, nrows=3, ncols=5)
    sheet(axes[0, 0], img, grey=True, low=0, title="image")
    for k, name in enumerate(("level", "upright", "falling", "rising")):
        drawn = sheet(axes[0, k + 1], c1[..., k], title=f"C1, {name}")
    for k, letter in enumerate(letters.LETTERS):
        sheet(axes[1, k], s2[..., k], title=f"S2, {letter}")
        axes[1, k].plot(5, 5, "+", color=PALE)
    for ax in axes[1, 3:]:
        ax.axis("off")
    tried = [
        ("L, moved", letters.draw("L", (-3, 2))),
        ("T, moved", img),
        ("X, moved", letters.draw("X", (1, 3))),
        ("T, moved by 4", letters.draw("T", (0, 4))),
        ("T in pieces", letters.shuffled("T")),
    ]
    told = []
    for ax, (name, one) in zip(axes[2], tried, strict=True):
        answer = np.asarray(neocognitron(one)[3], dtype=float)[5, 5]
        said = ", ".join(f"{a} {v:.1f}" for a, v in zip(letters.LETTERS, answer, strict=True))
        sheet(ax, one, grey=True, low=0, title=name)
        ax.set_xlabel(said, fontsize=9, color=INK)
        told.append(f"{name}: {said}")
    scale(fig, drawn, axes[:2], "answer")
    return finish(
        "Above, a T that has moved by 2 rows and −1 column, and the four maps of the first C-layer:"
        " its level and its upright stroke, broadened. In the middle the three S-maps of the "
        "second stage: only that of the T answers, a little off the middle, which a cross marks. "
        f"Below, five pictures with the answers of the last cells in the middle. {'; '.join(told)}."
    )


@needs("s_layer", "c_layer")
def tolerance(neocognitron: Callable) -> Words:
    """How far a letter may move, and how many letters in pieces pass for one, as r1 grows."""
    letters, radii = data.letters, (0, 1, 2, 3, 4)
    reach, fooled = [], []
    for r1 in radii:
        far = 0
        for shift in range(1, 7):
            answer = np.asarray(neocognitron(letters.draw("T", (0, shift)), r1=r1)[3])[5, 5, 1]
            far = shift if answer > 0.99 and far == shift - 1 else far
        reach.append(far)
        pieces = [letters.shuffled(a, n) for a in letters.LETTERS for n in (1, 2, 3, 4)]
        answers = [np.asarray(neocognitron(one, r1=r1)[3])[5, 5] for one in pieces]
        fooled.append(sum(bool((answer > 0).any()) for answer in answers))
    _fig, axes = figure(8.5, 3, ncols=2)
    for ax, values, title in (
        (axes[0], reach, "pixels that a T may move"),
        (axes[1], fooled, f"of {len(pieces)} letters in pieces, taken for a letter"),
    ):
        ax.bar(radii, values, color=[MARKS[1] if r == 1 else "#b9c3cd" for r in radii], width=0.6)
        for r, value in zip(radii, values, strict=True):
            ax.text(r, value + 0.1, str(value), ha="center", fontsize=9, color=INK)
        ax.set_ylim(0, max([*values, 1]) * 1.15)
        ax.set_title(title, fontsize=10, color=INK)
        ax.set_xlabel("r1, in pixels", fontsize=9, color=INK)
        ax.set_yticks([])
        _plain(ax)
    listed = "; ".join(
        f"r1 = {r}: {a} pixels, {b} in pieces" for r, a, b in zip(radii, reach, fooled, strict=True)
    )
    return finish(
        "Two bar charts by r1, the pixels that the first stage forgives: how far a T may move, and "
        f"how many of {len(pieces)} letters in pieces are taken for a letter. Both grow. {listed}."
    )


@needs("tdnn")
def hearing(tdnn: Callable) -> Words:
    """Three syllables, and the accuracy of both nets by the time at which a syllable begins."""
    from nablab.show.cortex_nets import dense_scores, train_dense, train_time_delay

    syllables, rng = data.syllables, np.random.default_rng(0)
    x, y = syllables.sample(120, rng, onset=4)
    w1, w2 = train_time_delay(x, y, 0)
    dense = train_dense(x, y, 0)
    onsets = list(range(0, syllables.LAST_ONSET + 1, 2)) + [syllables.LAST_ONSET]
    heard, flat = [], []
    for onset in onsets:
        new, right = syllables.sample(90, np.random.default_rng(onset + 1), onset=onset)
        scores = np.array([np.asarray(tdnn(one, w1, w2), dtype=float) for one in new])
        heard.append(float(np.mean(scores.argmax(axis=1) == right)))
        flat.append(float(np.mean(dense_scores(new, *dense).argmax(axis=1) == right)))
    _fig, axes = figure(11, 3.2, ncols=4, width_ratios=[1, 1, 1, 1.7])
    for ax, name in zip(axes, syllables.SYLLABLES, strict=False):
        sound = syllables.draw(name, 8, noise=syllables.NOISE, rng=rng)
        ax.imshow(sound.T, origin="lower", cmap="gray", vmin=-0.3, vmax=1.1, aspect="auto")
        ax.set_title(name, fontsize=10, color=INK)
        ax.set_xlabel("time step", fontsize=9, color=INK)
        ax.tick_params(labelsize=8)
    axes[0].set_ylabel("frequency band", fontsize=9, color=INK)
    axes[3].plot(onsets, heard, "-s", color=MARKS[1], markersize=4, label="time-delay network")
    axes[3].plot(onsets, flat, "--o", color=MARKS[0], markersize=4, label="dense net")
    axes[3].axhline(1 / 3, color=PALE, linewidth=0.8)
    axes[3].axvline(4, color=PALE, linewidth=0.8, linestyle=":")
    axes[3].set_ylim(0, 1.28)
    axes[3].set_xlabel("step at which it begins (learned at 4)", fontsize=9, color=INK)
    axes[3].set_ylabel("accuracy", fontsize=9, color=INK)
    axes[3].legend(frameon=False, fontsize=9, loc="upper center", ncols=2, columnspacing=1)
    _plain(axes[3])
    listed = ", ".join(
        f"{onset}: {100 * a:.0f} and {100 * b:.0f} %"
        for onset, a, b in zip(onsets, heard, flat, strict=True)
    )
    return finish(
        "Left three noisy spectrograms with a steady low tone and a high one that rises, falls, or "
        "rises and falls. Right the accuracy of the time-delay network and of the dense net by the "
        f"step at which a syllable begins: {listed}. Both learned at step 4; guessing gives 33 %."
    )


@needs("first_layer_gabor_fit")
def learned(first_layer_gabor_fit: Callable) -> Words:
    """Filters of a layer that has learned from photographs, and unlearned ones, with their fits."""
    from nablab.show.cortex_nets import learn_sparse_filters

    photos = [data.sample_photo(name, grey=True) for name in ("china", "flower")]
    sets = learn_sparse_filters(photos, 0)
    fits = [[np.asarray(a, dtype=float) for a in first_layer_gabor_fit(one)] for one in sets]
    show, medians = 8, []
    _fig, axes = figure(10.5, 5, nrows=4, ncols=show)
    for part, (filters, (theta, r2)) in enumerate(zip(sets, fits, strict=True)):
        medians.append(float(np.median(r2)))
        order = np.argsort(-r2)[: 2 * show]  # the best of both, so that the rows can be compared
        for ax, k in zip(axes[2 * part : 2 * part + 2].flat, order, strict=True):
            sheet(ax, filters[..., k], limit=np.abs(filters[..., k]).max())
            ax.grid(visible=False)
            ax.set_xticks([])
            ax.set_yticks([])
            along = np.array([-4, 4])
            ax.plot(
                5 - along * np.sin(theta[k]), 5 + along * np.cos(theta[k]), color=INK, linewidth=0.9
            )
            ax.set_xlabel(f"{r2[k]:.2f}", fontsize=9, color=POSITIVE if part else INK, labelpad=1)
    axes[0, 0].set_ylabel("learned", fontsize=9, color=INK)
    axes[2, 0].set_ylabel("not learned", fontsize=9, color=INK)
    return finish(
        "Above sixteen of 24 filters that have learned from patches of photographs, those with the "
        "best fits first; below the best sixteen that have not learned. A thin line shows the "
        "direction of the stripes of the best Gabor pair, and the number is its R². Median R² of "
        "all 24: "
        f"{medians[0]:.2f} learned, {medians[1]:.2f} not learned."
    )


def _plain(ax) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelsize=8, color=PALE, labelcolor=INK)
