"""The pictures of Lab 13, Circuits.

The nets, and what was measured of them on 20 seeds, are in `circuits_nets.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.data.colshapes import COLOURS, SHAPES
from nablab.interpret.circuits.equivariant_circuit import equivariant_circuit
from nablab.reference.cortex import gabor
from nablab.show.canvas import (
    INK,
    MARKS,
    PALE,
    POSITIVE,
    Words,
    box,
    cut,
    figure,
    finish,
    needs,
    scale,
    sheet,
)

RADIUS, SIZE, WIDTH = 6, 15, 1.0
STEPS = 24  # turns of the curve that units are asked about
GREY = "#b9c3cd"


def line_filters(directions) -> np.ndarray:
    """A filter of 7×7 pixels for bright lines of each direction, (7, 7, 1, M)."""
    found = [gabor(7, phi + np.pi / 2, 6, 1.5, 0, 0.6) for phi in directions]
    return np.stack(found, axis=-1)[:, :, None]


def layer(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Convolution and ReLU, pixel of the kernel by pixel: x (H, W, C), w (kh, kw, C, F)."""
    h, width = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    out = np.zeros((h, width, w.shape[3]))
    for u, v in np.ndindex(*w.shape[:2]):
        out += x[u : u + h, v : v + width] @ w[u, v]
    return np.maximum(out, 0)


def circuit_of(curve_from_lines: Callable, lines, count: int, inhibit: float = 0.75) -> np.ndarray:
    """The student's curve detectors of evenly spread directions, (9, 9, M, count)."""
    turns = 2 * np.pi * np.arange(count) / count
    found = [np.asarray(curve_from_lines(lines, turn, inhibit), dtype=float) for turn in turns]
    return np.stack(found, axis=-1)


def puzzle() -> Words:
    """The weights of one unit, channel by channel, without a word."""
    _fig, axes = figure(10, 1.8, ncols=8)
    w = equivariant_circuit(inhibit=0.5)[..., 0]
    for m, ax in enumerate(axes):
        _weights(ax, w[:, :, m], title=f"channel {m}")
    return finish(
        "Eight grids of 9×9 weights, orange above 0 and blue below. In some the colours stand "
        "above and below the middle, in others in the middle, and where one channel is orange, the "
        "channel four further on is blue."
    )


@needs("arc_template")
def arcs(arc_template: Callable, radius, size, width) -> Words:
    """The curve in four directions, then of other radii."""
    _fig, axes = figure(9, 4.9, nrows=2, ncols=4)
    middle, step = (size - 1) / 2, 4.2
    for k, ax in enumerate(axes[0]):
        theta = k * np.pi / 2 if k < 3 else np.pi / 4
        name = ("0", "π/2", "π", "π/4")[k]
        sheet(ax, arc_template(theta, radius, size, width), grey=True, low=0, title=f"θ = {name}")
        ax.grid(visible=False)
        ax.annotate(
            "",
            (middle + step * np.cos(theta), middle + step * np.sin(theta)),
            (middle + 0.9 * np.cos(theta), middle + 0.9 * np.sin(theta)),
            arrowprops={"arrowstyle": "->", "color": POSITIVE, "linewidth": 1.8},
        )
    for ax, other in zip(axes[1], (2, 4, 12, 60), strict=True):
        sheet(ax, arc_template(0, other, size, width), grey=True, low=0, title=f"R = {other}")
        ax.grid(visible=False)
    for ax in axes.flat:
        ax.set_xticks([])
        ax.set_yticks([])
    return finish(
        "Eight patches with a white arc through the middle. Above, an arrow points from it to the "
        "right (a C), downwards (an arch), to the left, and to the lower right. Below, circles of "
        "growing radius: a tight bend, a wider one, a slight one, and nearly a straight line."
    )


@needs("arc_template", "curve_detector")
def tuning(arc_template: Callable, curve_detector: Callable, radius, size, width) -> Words:
    """Two detectors, and the answers of three to the curve turned all the way round."""
    fig, axes = figure(10, 3.9, ncols=3, width_ratios=[1, 1, 1.35])
    turns = np.linspace(0, 2 * np.pi, 145)
    shown = [np.asarray(arc_template(turn, radius, size, width), dtype=float) for turn in turns]
    line = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / (2 * width**2))[None].repeat(size, 0)
    for ax, inhibit in zip(axes, (0.0, 0.75), strict=False):
        sheet(ax, curve_detector(0.0, inhibit), limit=0.09, title=f"inhibit = {inhibit:g}")
        ax.grid(visible=False)
        ax.set_xticks([])
        ax.set_yticks([])
    polar = fig.add_subplot(axes[2].get_subplotspec(), projection="polar")
    axes[2].remove()
    told = []
    drawn = ((0.0, MARKS[0], "--"), (0.5, MARKS[2], ":"), (0.75, MARKS[1], "-"))
    for inhibit, colour, style in drawn:
        f = np.asarray(curve_detector(0.0, inhibit), dtype=float)
        answers = np.array([np.sum(f * one) for one in shown])
        polar.plot(turns, np.maximum(answers, 0), style, color=colour, label=f"{inhibit:g}")
        told.append(
            f"inhibit {inhibit:g}: opposite curve {answers[72]:.2f}, straight line "
            f"{np.sum(f * line):.2f}"
        )
    polar.set_theta_direction(-1)
    polar.set_rticks([0.5, 1], ["½", "1"])
    polar.set_rlabel_position(-60)
    polar.set_xticks(np.arange(8) * np.pi / 4, [f"{45 * k}°" for k in range(8)])
    polar.tick_params(labelsize=8, colors=INK)
    polar.legend(frameon=False, fontsize=9, title="inhibit", loc=(0.98, 0))
    return finish(
        "Left two filters with an orange C; without inhibition the rest is pale blue, with it the "
        "mirrored C is blue. Right a polar plot of the answers by the direction of the curve: a "
        "narrow lobe that reaches 1 at 0°, and side lobes near 125° and 235°, which without "
        f"inhibition run together across 180°. {'; '.join(told)}."
    )


@needs("curve_from_lines")
def circuit(curve_from_lines: Callable, lines) -> Words:
    """Weights from lines to two curves, a quarter turn apart."""
    fig, axes = figure(10.5, 4.1, nrows=3, ncols=8, height_ratios=[0.45, 1, 1])
    for ax, phi in zip(axes[0], lines, strict=True):
        along = np.array([-1, 1])
        ax.plot(along * np.cos(phi), along * np.sin(phi), color=INK, linewidth=2.5)
        ax.set_xlim(-1.6, 1.6)
        ax.set_ylim(1.6, -1.6)
        ax.set_aspect("equal")
        ax.axis("off")
    for row, theta, name in ((axes[1], 0.0, "θ = 0"), (axes[2], np.pi / 2, "θ = 90°")):
        w = np.asarray(curve_from_lines(lines, theta, 0.5), dtype=float)
        for m, ax in enumerate(row):
            drawn = _weights(ax, w[:, :, m])
        row[0].set_ylabel(name, fontsize=10, color=INK)
    scale(fig, drawn, axes[1:], "weight")
    return finish(
        "Eight channels of lines, from level over falling and upright to rising ones; below each, "
        "its weights for the C and for the arch. Where the curve has the line's direction the "
        "weights are orange, where it crosses it blue; the opposite curve has the opposite "
        "colours. The lower row is the upper one with every grid turned by 90° clockwise and moved "
        "on by four channels."
    )


@needs("curve_from_lines", "top_connections")
def connections(
    curve_from_lines: Callable, excitation_inhibition: Callable, top_connections: Callable, lines
) -> Words:
    """Excitation and inhibition between all lines and all curves."""
    w = circuit_of(curve_from_lines, lines, 8, inhibit=0.0)
    exc, inh = (np.asarray(one, dtype=float) for one in excitation_inhibition(w))
    strongest = [(int(c), int(f)) for c, f in top_connections(w, 8)]
    fig, axes = figure(9.5, 4.3, ncols=2)
    limit = float(max(exc.max(), inh.max()))
    for ax, values, title in ((axes[0], exc, "excitation"), (axes[1], -inh, "inhibition")):
        drawn = sheet(ax, values, limit=limit, title=title)
        for c, f in strongest:
            box(ax, c, f, 1, 1, INK, linewidth=1.8)
        ax.set_xticks(range(8), [f"{45 * f}°" for f in range(8)])
        ax.set_yticks(range(8), [f"{22.5 * c:g}°" for c in range(8)])
        ax.grid(visible=False)
        ax.tick_params(labelbottom=True, labelleft=True, labelsize=8, colors=INK)
        ax.set_xlabel("direction to which the curve bends", fontsize=9, color=INK)
    axes[0].set_ylabel("direction of the line", fontsize=9, color=INK)
    scale(fig, drawn, axes, "sum of weights")
    listed = ", ".join(f"{22.5 * c:g}° and {45 * f}°" for c, f in strongest)
    return finish(
        "Two matrices, eight lines by eight curves. A curve is excited most by the line that is "
        "its tangent in the middle, and inhibited most by the line at right angles to it. Both "
        "matrices repeat after two curves and four lines, and after half a turn of the curve. "
        f"Framed, the strongest, as line and curve: {listed}."
    )


@needs("curve_from_lines", "expanded_weights")
def expanded(curve_from_lines: Callable, expanded_weights: Callable, lines) -> Words:
    """Line filters, and what curve detectors read of the image through them."""
    first, second = line_filters(lines), circuit_of(curve_from_lines, lines, 8, inhibit=0.5)
    whole = np.asarray(expanded_weights(first, second), dtype=float)
    _fig, axes = figure(10.5, 3.6, nrows=2, ncols=8, height_ratios=[0.75, 1])
    limit = float(np.abs(whole).max())
    for m, ax in enumerate(axes[0]):
        _weights(ax, first[:, :, 0, m], limit=0.5, title=f"line {22.5 * m:g}°")
    for f, ax in enumerate(axes[1]):
        _weights(ax, whole[:, :, 0, f], limit=limit, title=f"curve {45 * f}°")
    return finish(
        "Above eight filters of 7×7 pixels, an orange stripe between blue ones in eight "
        f"directions. Below eight kernels of {whole.shape[0]}×{whole.shape[1]} pixels: orange arcs "
        "that bend to the right, the lower right, down and so on, with dark blue on their inner "
        "side, and some ripples beside them."
    )


@needs("curve_from_lines", "tuning_compare")
def comparison(
    arc_template: Callable,
    curve_detector: Callable,
    curve_from_lines: Callable,
    tuning_compare: Callable,
    lines,
) -> Words:
    """How like a curve detector the units of five layers are, and the best of each."""
    from nablab.show.circuits_nets import asked_in_the_middle

    turns = 2 * np.pi * np.arange(STEPS) / STEPS
    stimuli = np.stack([arc_template(turn, RADIUS, SIZE, WIDTH) for turn in turns])
    detector = np.asarray(curve_detector(0.0, 0.75), dtype=float)
    template = np.maximum(np.sum(stimuli * detector, axis=(1, 2)), 0)
    first, second = line_filters(lines), circuit_of(curve_from_lines, lines, 8)

    def of_lines(images):
        return np.stack([layer(one[..., None], first)[4, 4] for one in np.asarray(images)])

    def of_circuit(images):
        return np.stack(
            [layer(layer(one[..., None], first), second)[0, 0] for one in np.asarray(images)]
        )

    asked = [
        ("your circuit", of_circuit),
        ("lines", of_lines),
        ("trained, layer 2", asked_in_the_middle("relu2")),
        ("trained, layer 3", asked_in_the_middle("relu3")),
        ("untrained, layer 3", asked_in_the_middle("relu3", trained=False)),
    ]
    fig, axes = figure(12, 5.2, nrows=2, ncols=5, height_ratios=[1, 1.25])
    told = []
    for (name, respond), ax, below in zip(asked, axes[0], axes[1], strict=True):
        r, turn = (np.asarray(one) for one in tuning_compare(respond, detector, stimuli))
        ax.bar(np.arange(len(r)), np.sort(r)[::-1], color=MARKS[1], width=0.9)
        ax.axhline(1, color=PALE, linewidth=0.8)
        ax.set_ylim(0, 1.08)
        ax.set_title(f"{name}\n{len(r)} units", fontsize=10, color=INK)
        ax.set_xticks([])
        _plain(ax)
        polar = fig.add_subplot(below.get_subplotspec(), projection="polar")
        below.remove()
        best = int(r.argmax())
        curve = np.asarray(respond(stimuli), dtype=float)[:, best]
        closed = np.append(turns, 2 * np.pi)
        for values, colour, style in (
            (np.roll(template, int(turn[best])), MARKS[0], "--"),
            (curve, MARKS[1], "-"),
        ):
            values = values / max(values.max(), 1e-9)
            polar.plot(closed, np.append(values, values[0]), style, color=colour)
        polar.set_theta_direction(-1)
        polar.set_rticks([1], [""])
        polar.set_xticks(np.arange(4) * np.pi / 2, [f"{90 * k}°" for k in range(4)])
        polar.tick_params(labelsize=7, colors=INK, pad=0)
        polar.set_title(f"best: r = {r[best]:.2f}", fontsize=9, color=INK)
        told.append(f"{name}: best {r.max():.2f}, median {np.median(r):.2f}")
    axes[0, 0].set_ylabel("best correlation", fontsize=9, color=INK)
    return finish(
        "Above, for five layers, bars of the best correlation of each unit, sorted. Below, the "
        "radial tuning curve of each layer's best unit (blue) and that of the detector, turned as "
        f"it fits best (orange, dashed), each scaled to 1. {'; '.join(told)}."
    )


@needs("branch_svd")
def branches(branch_svd: Callable) -> Words:
    """Planted branches and trained ones: spectra, shares, and a random deal of the units."""
    from nablab.show import circuits_nets as nets

    net, shape_right, colour_right = nets.two_branches()
    rows = (("planted", nets.planted_branches()), ("trained", nets.branch_weights(net)))
    _fig, axes = figure(11, 5.6, nrows=2, ncols=3, width_ratios=[1, 1.25, 1.25])
    told = []
    for row, (name, weights) in zip(axes, rows, strict=True):
        s_a, s_b, share = (np.asarray(one, dtype=float) for one in branch_svd(*weights))
        for s, colour, mark, branch in ((s_a, MARKS[0], "o--", "a"), (s_b, MARKS[1], "s-", "b")):
            row[0].plot(np.arange(1, len(s) + 1), s, mark, color=colour, label=f"branch {branch}")
        row[0].set_ylim(0)
        row[0].set_title(f"{name}: singular values", fontsize=10, color=INK)
        row[0].legend(frameon=False, fontsize=9)
        names = [*SHAPES, *COLOURS]
        row[1].bar(names, share, color=MARKS[0], width=0.7)
        row[1].bar(names, 1 - share, bottom=share, color=MARKS[1], width=0.7)
        row[1].set_ylim(0, 1)
        row[1].set_title("shares of a (orange) and b", fontsize=10, color=INK)
        dealt, found = nets.deals(branch_svd, *weights), nets.apart(share)
        row[2].hist(dealt, np.linspace(0, 1, 41), color=GREY)
        row[2].axvline(found, color=POSITIVE, linewidth=2)
        row[2].set_title("colour shares and shape shares apart", fontsize=10, color=INK)
        row[2].set_yticks([])
        more = float(np.mean(dealt >= found))
        told.append(
            f"{name}: {found:.2f} apart; of {len(dealt)} random deals {100 * more:.0f} % are as "
            "far apart or further"
        )
        for ax in row:
            _plain(ax)
    return finish(
        "Two rows, planted branches above and trained ones below: singular values of both "
        "branches, the share of branch a in three shapes and three colours, and a histogram of how "
        "far apart the two kinds of shares lie if the units are dealt out at random, with the net "
        f"itself as an orange line. {'; '.join(told)}. The trained net names "
        f"{100 * shape_right:.0f} % of the shapes and {100 * colour_right:.0f} % of the colours of "
        "new images."
    )


@needs("cka")
def similarity(cka: Callable) -> Words:
    """Layer by layer: two trained nets, a trained and a new one, two new ones; then noise."""
    from nablab.show.circuits_nets import layer_answers

    pairs = [
        ("trained", ("trained", 0), "trained again", ("trained", 1)),
        ("trained", ("trained", 0), "untrained", ("new", 2)),
        ("untrained", ("new", 2), "untrained", ("new", 3)),
    ]
    fig, axes = figure(12, 3.6, ncols=4, width_ratios=[1, 1, 1, 0.9])
    told = []
    for ax, (left, first, below, second) in zip(axes, pairs, strict=False):
        X, Y = layer_answers(*first), layer_answers(*second)
        found = np.array([[float(cka(x, y)) for y in Y] for x in X])
        drawn = sheet(ax, found, numbers=True)
        ax.grid(visible=False)
        ax.set_xticks(range(4), ["1", "2", "3", "4"])
        ax.set_yticks(range(4), ["1", "2", "3", "4"])
        ax.tick_params(labelbottom=True, labelleft=True, labelsize=9, colors=INK)
        ax.set_ylabel(f"layer, {left}", fontsize=9, color=INK)
        ax.set_xlabel(f"layer, {below}", fontsize=9, color=INK)
        diagonal = ", ".join(cut(value) for value in np.diag(found))
        told.append(f"{left} and {below}, the same layers: {diagonal}")
    units, rng = (3, 30, 100, 300, 1000), np.random.default_rng(0)
    noise = [float(cka(rng.normal(size=(300, p)), rng.normal(size=(300, p)))) for p in units]
    axes[3].bar([str(p) for p in units], noise, color=GREY, width=0.7)
    axes[3].set_ylim(0, 1)
    axes[3].set_title("pure noise, 300 images", fontsize=10, color=INK)
    axes[3].set_xlabel("units", fontsize=9, color=INK)
    _plain(axes[3])
    bar = fig.colorbar(drawn, ax=axes[:3], shrink=0.8, aspect=22, pad=0.02)
    bar.ax.set_ylim(0, 1)
    bar.ax.tick_params(labelsize=8, color=PALE, labelcolor=INK)
    heard = ", ".join(f"{p}: {cut(value)}" for p, value in zip(units, noise, strict=True))
    return finish(
        f"Three matrices of similarities, four layers by four. {'; '.join(told)}. Right a bar "
        f"chart of the similarity of two sets of noise by the number of units: {heard}."
    )


@needs("curve_from_lines")
def gallery(photo, curve_from_lines: Callable, lines) -> Words:
    """The flower, and where curve detectors answer, in the colour of their direction."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import hsv_to_rgb

    count = 16
    shown = np.asarray(photo, dtype=float)[18:210, 62:254]  # the flower
    w = circuit_of(curve_from_lines, lines, count, inhibit=0.5)
    answers = layer(layer(shown[..., None], line_filters(lines)), w)
    margin = (len(shown) - len(answers)) // 2
    shown = shown[margin:-margin, margin:-margin]
    found = _peaks(answers.max(axis=-1))
    which = answers.argmax(axis=-1)
    _fig, axes = figure(10.5, 5.2, ncols=2)
    axes[0].imshow(shown, cmap="gray", vmin=0, vmax=1)
    axes[1].imshow(0.5 * shown, cmap="gray", vmin=0, vmax=1)
    strokes, colours, along = [], [], np.linspace(-0.75, 0.75, 13)
    for r, c, strength in found:
        theta = 2 * np.pi * which[r, c] / count
        x = c + RADIUS * (np.cos(theta) + np.cos(theta + np.pi + along))
        y = r + RADIUS * (np.sin(theta) + np.sin(theta + np.pi + along))
        strokes.append(np.stack([x, y], axis=1))
        colours.append((*hsv_to_rgb((which[r, c] / count, 0.8, 1)), strength))
    axes[1].add_collection(LineCollection(strokes, colors=colours, linewidths=1.8))
    for ax in axes:
        ax.axis("off")
        ax.set_xlim(-0.5, shown.shape[1] - 0.5)
        ax.set_ylim(shown.shape[0] - 0.5, -0.5)
    wheel = axes[1].inset_axes([0.84, 0.01, 0.15, 0.15], projection="polar")
    step = 2 * np.pi / count
    hues = [hsv_to_rgb((k / count, 0.8, 1)) for k in range(count)]
    wheel.bar(step * np.arange(count), np.ones(count), step, 0.5, color=hues)
    wheel.set_theta_direction(-1)
    wheel.axis("off")
    return finish(
        "Left the photo of the flower. Right the same, dark, with coloured arcs along the edges of "
        f"its petals: the {len(found)} places where a detector answers most strongly in its "
        "neighbourhood. The hue says to which side the curve bends, as the small wheel shows."
    )


def _peaks(strongest: np.ndarray) -> list[tuple[int, int, float]]:
    """Places with the largest answer of 5×5 around them, and how strong it is, from .2 to 1."""
    around = sliding_window_view(np.pad(strongest, 2), (5, 5)).max(axis=(2, 3))
    relative = strongest / np.percentile(strongest, 99.5)
    return [
        (int(r), int(c), float(min(relative[r, c], 1)))
        for r, c in np.argwhere((strongest == around) & (relative > 0.2))
    ]


def _weights(ax, values, limit: float = 1.0, title: str = ""):
    """Weights as pixels, without a grid."""
    drawn = sheet(ax, values, limit=limit, title=title)
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    return drawn


def _plain(ax) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelsize=8, color=PALE, labelcolor=INK)
