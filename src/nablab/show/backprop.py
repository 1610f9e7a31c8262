"""The pictures of lab 3, Backprop by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from nablab.show.canvas import (
    INK,
    MARKS,
    NEGATIVE,
    PALE,
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

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def network(x, target: float, net: Mapping, backward: bool = False) -> Words:
    """A network of two inputs, two sigmoid units and one output, with all its numbers. If
    `backward`, the gradient of the loss with respect to each number is below it."""
    x, w, b, v, c = (np.asarray(a, dtype=float) for a in (x, *(net[k] for k in "wbvc")))
    h = 1 / (1 + np.exp(-(x @ w + b)))
    answer = float(h @ v + c)
    loss = (answer - target) ** 2 / 2
    error = answer - target
    dz = error * v * h * (1 - h)
    knobs: dict[str, tuple[float, float]] = {}
    for i, j in np.ndindex(2, 2):
        knobs[f"w{i + 1}{j + 1}"] = (float(w[i, j]), float(x[i] * dz[j]))
    knobs |= {f"b{j + 1}": (float(b[j]), float(dz[j])) for j in range(2)}
    knobs |= {f"v{j + 1}": (float(v[j]), float(error * h[j])) for j in range(2)}
    knobs["c"] = (float(c), error)

    _fig, ax = figure(10.5, 4.3)
    ax.set_xlim(-0.7, 10.1)
    ax.set_ylim(-2.1, 2.1)
    ax.axis("off")
    inputs, hidden, out, end = [(0, 1), (0, -1)], [(4, 1), (4, -1)], (7.2, 0), (9.4, 0)
    for i, j in np.ndindex(2, 2):
        _edge(ax, inputs[i], hidden[j])
        _knob(
            ax, inputs[i], hidden[j], 0.5 if i == j else 0.27, f"w{i + 1}{j + 1}", knobs, backward
        )
    for j in range(2):
        _edge(ax, hidden[j], out)
        _knob(ax, hidden[j], out, 0.5, f"v{j + 1}", knobs, backward)
        top = hidden[j][1] > 0
        place = (4, 1.72 if top else -1.74)
        _knob(ax, place, place, 0, f"b{j + 1}", knobs, backward)
    _knob(ax, (7.2, 0.8), (7.2, 0.8), 0, "c", knobs, backward)
    _edge(ax, out, end)
    dx = w @ dz
    for i, place in enumerate(inputs):
        _node(ax, place, f"x{i + 1}", x[i], dx[i] if backward else None)
    for j, place in enumerate(hidden):
        _node(ax, place, f"h{j + 1}", h[j], error * v[j] if backward else None)
    _node(ax, out, "ŷ", answer, error if backward else None)
    _node(ax, end, "loss", loss, 1.0 if backward else None)
    ax.text(7.2, -1.0, f"target {_short(target)}", ha="center", fontsize=10, color=INK)
    told = "; ".join(
        f"{name} is {_short(value)}" + (f", gradient {_short(slope)}" if backward else "")
        for name, (value, slope) in knobs.items()
    )
    more = (
        " Below every value, in orange, is the gradient of the loss by it. The steepest knob is "
        f"{max(knobs, key=lambda name: abs(knobs[name][1]))}."
        if backward
        else ""
    )
    return finish(
        f"A network drawn as a graph: inputs {_short(x[0])} and {_short(x[1])}, two hidden sigmoid "
        f"units with the outputs {_short(h[0])} and {_short(h[1])}, the answer {_short(answer)}, "
        f"the target {_short(target)}, and the loss {_short(loss)}. Its nine knobs: {told}.{more}"
    )


def _short(value: float) -> str:
    """A number in at most four characters, not counting its sign: 2, 1.10, −0.35."""
    value = float(value)
    text = f"{abs(value):.2f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:.0f}"
    return f"−{text}" if value < 0 and text.strip("0.") else text


def _node(ax, place, name: str, value: float, slope: float | None, size: float = 0.43) -> None:
    from matplotlib.patches import Ellipse

    x, y = place
    ax.add_patch(Ellipse(place, 2 * size * 1.25, 2 * size, facecolor="#eef2f6", edgecolor=INK))
    name = name.translate(SUBSCRIPTS)
    lines = [(f"{name} = {_short(value)}", INK)]
    if slope is not None:
        lines.append((_short(slope), POSITIVE))
    for (text, colour), shift in zip(lines, (0.15, -0.17) if len(lines) > 1 else (0,), strict=True):
        ax.text(
            x,
            y + shift,
            text,
            ha="center",
            va="center",
            fontsize=10,
            color=colour,
            fontweight="bold" if colour == POSITIVE else "normal",
        )


def _edge(ax, start, end, shrink: float = 39, bend: float = 0.0) -> None:
    ax.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": PALE,
            "shrinkA": shrink,
            "shrinkB": shrink,
            "connectionstyle": f"arc3,rad={bend}",
        },
    )


def _knob(ax, start, end, share: float, name: str, knobs: Mapping, backward: bool) -> None:
    """A knob's name and value on an edge, and its gradient below."""
    x, y = (a + share * (b - a) for a, b in zip(start, end, strict=True))
    value, slope = knobs[name]
    frame = {
        "facecolor": "white",
        "edgecolor": PALE,
        "boxstyle": "round,pad=0.28",
        "linewidth": 0.8,
    }
    text = f"{name.translate(SUBSCRIPTS)} = {_short(value)}"
    ax.text(
        x,
        y,
        text + ("\n " if backward else ""),
        ha="center",
        va="center",
        fontsize=10,
        color=INK,
        bbox=frame,
        linespacing=1.25,
    )
    if backward:
        ax.text(
            x,
            y - 0.035,
            _short(slope),
            ha="center",
            va="top",
            fontsize=10,
            color=POSITIVE,
            fontweight="bold",
        )


@needs("num_grad")
def steps(num_grad: Callable) -> Words:
    """The error of the slope of the sine at 1 against the step, for central and forward
    differences."""
    sizes = 10.0 ** -np.arange(1, 13.26, 0.25)
    place, slope = np.array([1.0]), np.cos(1.0)
    yours = [
        abs(float(np.asarray(num_grad(lambda x: np.sin(x[0]), place.copy(), eps)).item()) - slope)
        for eps in sizes
    ]
    forward = [abs((np.sin(1 + eps) - np.sin(1)) / eps - slope) for eps in sizes]
    _fig, ax = figure(8.6, 4.2)
    ax.loglog(
        sizes, forward, color=NEGATIVE, linestyle="--", marker=".", label="forward difference"
    )
    floor = 1e-16  # a logarithmic axis cannot show an error of exactly 0
    ax.loglog(
        sizes, np.maximum(yours, floor), color=POSITIVE, marker="o", markersize=4, label="num_grad"
    )
    ax.set_xlim(2e-1, 3e-14)
    ax.set_ylim(1e-13, 1)
    ax.set_xlabel("eps (smaller to the right)", color=INK)
    ax.set_ylabel("error of the slope", color=INK)
    ax.grid(color="#e3e8ed", linewidth=0.6)
    ax.legend(frameon=False, loc="upper center")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    best = int(np.argmin(yours))
    return finish(
        "Two lines on logarithmic axes, the error of a slope against the step eps, which gets "
        f"smaller to the right. At eps 0.1 num_grad errs by {yours[0]:.1e} and the forward "
        f"difference by {forward[0]:.1e}; at 0.01 by {yours[4]:.1e} and {forward[4]:.1e}. Both "
        "lines fall at first and rise again where rounding takes over, so that each is a V. "
        f"num_grad's least error is {yours[best]:.0e}, at eps {sizes[best]:.0e}."
    )


@needs("dense_fwd")
def tables(x, w, b, dout, dense_fwd: Callable, dense_bwd: Callable) -> Words:
    """dw as the sum of one table of products for each example."""
    x, dout = np.asarray(x, dtype=float), np.asarray(dout, dtype=float)
    _, cache = dense_fwd(x, w, b)
    dw = np.asarray(dense_bwd(dout, cache)[1], dtype=float)
    parts = [np.outer(a, d) for a, d in zip(x, dout, strict=True)]
    fig, axes = figure(9.6, 2.9, ncols=2 * len(parts) + 1, width_ratios=[3, 0.5] * len(parts) + [3])
    for ax, sign in zip(axes[1::2], "+" * (len(parts) - 1) + "=", strict=True):
        between(ax, sign)
    for n, (ax, part) in enumerate(zip(axes[::2], parts, strict=False)):
        sheet(ax, part, limit=15, numbers=True, size=13, title=f"example {n + 1}\n")
        ax.set_yticks(range(x.shape[1]))
        ax.set_xticks(range(dout.shape[1]))
        ax.set_yticklabels([f"x = {_short(value)}" for value in x[n]])
        ax.set_xticklabels([f"dout {_short(value)}" for value in dout[n]])
        ax.tick_params(labelleft=True, labeltop=True, labelsize=8, labelcolor=INK)
        ax.grid(False)
    drawn = sheet(axes[-1], dw, limit=15, numbers=True, size=13, title="your dw\n")
    scale(fig, drawn, axes)
    told = ["; ".join(" ".join(_short(v) for v in row) for row in part) for part in (*parts, dw)]
    return finish(
        f"Tables of {dw.shape[0]} rows, one for each input, and {dw.shape[1]} columns, one for "
        "each unit. "
        + " ".join(f"Example {n}: {text}." for n, text in enumerate(told[:-1], 1))
        + f" Your dw: {told[-1]}. It is "
        + ("the sum of the tables." if np.allclose(dw, sum(parts)) else "not their sum.")
    )


@needs("relu_bwd")
def bends(curves: Mapping[str, tuple[Callable, Callable]]) -> Words:
    """Activation functions, and below them the results of their backward functions on ones."""
    x = np.linspace(-6, 6, 241)
    _fig, axes = figure(10.2, 4.6, nrows=2, ncols=len(curves), sharex=True)
    told = []
    for column, (name, (forward, backward)) in zip(axes.T, curves.items(), strict=True):
        y, cache = forward(x)
        slope = np.asarray(backward(np.ones_like(x), cache), dtype=float)
        for ax, values, colour, limits in (
            (column[0], y, INK, (-1.3, 2.3)),
            (column[1], slope, POSITIVE, (-0.15, 1.3)),
        ):
            ax.axhline(0, color="#c9d1d9", linewidth=0.8)
            ax.axvline(0, color="#c9d1d9", linewidth=0.8)
            ax.plot(x, values, color=colour, linewidth=2.2)
            ax.set_ylim(*limits)
            ax.tick_params(labelsize=8, color=PALE, labelcolor=INK)
            for side in ("top", "right"):
                ax.spines[side].set_visible(False)
        column[0].set_title(name, fontsize=11, color=INK)
        at = [slope[int(np.argmin(np.abs(x - place)))] for place in (-5, 0, 5)]
        told.append(f"{name}: {_short(at[0])} at −5, {_short(at[1])} at 0, {_short(at[2])} at 5")
    axes[0, 0].set_ylabel("y", color=INK)
    axes[1, 0].set_ylabel("your slope", color=INK)
    for ax in axes[1]:
        ax.set_xlabel("x", color=INK)
    return finish(
        f"Above the curves of {', '.join(curves)} from −6 to 6, below the slopes that your "
        f"functions give. {'; '.join(told)}. The sigmoid's slope is a low bump, that of tanh a "
        "bump four times as high, and ReLU's a step from 0 to 1."
    )


@needs("softmax_xent")
def pushes(logits, right: int, softmax_xent: Callable) -> Words:
    """Probabilities of some examples as bars, and the step against the gradient as arrows."""
    logits = np.asarray(logits, dtype=float)
    _fig, axes = figure(10, 3.6, ncols=len(logits), sharey=True)
    told = []
    for ax, z in zip(axes, logits, strict=True):
        loss, dz = softmax_xent(z[None], np.array([right]))
        loss, push = float(loss), -np.asarray(dz, dtype=float)[0]
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        colours = [MARKS[2] if k == right else "#b9c3cd" for k in range(len(z))]
        ax.bar(range(len(z)), p, width=0.5, color=colours)
        for k, size in enumerate(push):
            if abs(size) > 0.03:
                ax.annotate(
                    "",
                    xy=(k + 0.38, p[k] + size),
                    xytext=(k + 0.38, p[k]),
                    arrowprops={"arrowstyle": "-|>", "color": POSITIVE, "linewidth": 2.4},
                )
        ax.axhline(0, color=PALE, linewidth=0.8)
        ax.set_title(f"loss {loss:.2f}", fontsize=11, color=INK)
        names = [f"class {k}" + ("\n(right)" if k == right else "") for k in range(len(z))]
        ax.set_xticks(range(len(z)), names, fontsize=9, color=INK)
        ax.set_ylim(-0.05, 1.1)
        ax.set_xlim(-0.5, len(z) - 0.3)
        ax.tick_params(length=0)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        told.append(
            f"probabilities {', '.join(map(_short, p))}, loss {loss:.2f}, pushes "
            f"{', '.join(map(_short, push))}"
        )
    axes[0].set_ylabel("probability", color=INK)
    return finish(
        f"{len(logits)} examples whose right class is {right}, each with one bar a class for its "
        "probability and an orange arrow for the push on its logit, up for the right class, down "
        "for the others. " + " ".join(f"Example {n}: {text}." for n, text in enumerate(told, 1))
    )


@needs("conv_bwd")
def footprints(w, stride, pad, shape, conv_bwd: Callable) -> Words:
    """The parts of dx that come from three lit pixels of dout, for one channel and one filter."""
    w = np.asarray(w, dtype=float)
    (kh, kw), (sh, sw), (ph, pw), (H, W) = w.shape[:2], stride, pad, shape
    oh, ow = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    lit = [(0, 0), (oh // 2, ow // 2 - 1), (oh // 2, ow // 2)]
    dout = np.zeros((1, oh, ow, 1))
    for i, j in lit:
        dout[0, i, j, 0] = 1
    dx = conv_bwd(dout, np.zeros((1, H, W, 1)), w, stride, pad)[0]
    dx = np.asarray(dx, dtype=float)[0, :, :, 0]
    fig, axes = figure(10.5, 3.7, ncols=3, width_ratios=[ow, kw, 1.5 * W])
    sheet(axes[0], dout[0, :, :, 0], limit=2.6, title="dout", numbers=False)
    sheet(axes[1], w[:, :, 0, 0], limit=5, title="filter", numbers=True, size=11)
    drawn = sheet(axes[2], dx, limit=5, title="dx, and the footprints of A, B, C", numbers=True)
    for (i, j), colour, name in zip(lit, MARKS, "ABC", strict=True):
        axes[0].text(
            j, i, name, ha="center", va="center", fontsize=12, fontweight="bold", color=INK
        )
        top, left = i * sh - ph, j * sw - pw
        bottom, right = min(top + kh, H), min(left + kw, W)
        top, left = max(top, 0), max(left, 0)
        inset = {"A": 0.0, "B": 0.0, "C": 0.1}[name]  # keeps frames side by side apart
        box(
            axes[2],
            top + inset,
            left + inset,
            bottom - top - 2 * inset,
            right - left - 2 * inset,
            colour,
            linewidth=3,
            linestyle="--" if name == "C" else "-",
        )
        axes[2].text(
            left - 0.42,
            top - 0.4,
            name,
            color="white",
            fontsize=8,
            fontweight="bold",
            ha="left",
            va="top",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.2},
        )
    scale(fig, drawn, axes[2], "gradient")
    rows = "; ".join(" ".join(_short(value) for value in row) for row in dx)
    return finish(
        f"Left dout, {oh}×{ow}, with three pixels lit: A in the corner, B and C side by side in "
        f"the middle. Then the filter, and right dx, {H}×{W}, with the footprint of each framed. "
        f"A's is cut off by the border, those of B and C overlap in one column. dx row by row: "
        f"{rows}."
    )


@needs("maxpool_bwd")
def switches(x, size, stride, maxpool_bwd: Callable) -> Words:
    """A map with the winners of its windows circled, and how many windows each of them wins."""
    from matplotlib.patches import Circle

    x = np.asarray(x, dtype=float)
    (ph, pw), (sh, sw) = size, stride
    oh, ow = (x.shape[0] - ph) // sh + 1, (x.shape[1] - pw) // sw + 1
    dx = maxpool_bwd(np.ones((1, oh, ow, 1)), x[None, :, :, None], size, stride)
    dx = np.asarray(dx, dtype=float)[0, :, :, 0]
    _fig, axes = figure(10.2, 3.9, ncols=3, width_ratios=[7, 0.7, 7])
    sheet(axes[0], x, limit=30, title="the map", numbers=True, size=11)
    box(axes[0], 0, 0, ph, pw, INK, linewidth=2.4, linestyle="--")
    between(axes[1], "→")
    sheet(axes[2], dx, limit=14, title=f"dx, for a dout of {oh}×{ow} ones", numbers=True, size=11)
    for r, c in np.argwhere(dx != 0):
        for ax in (axes[0], axes[2]):
            ax.add_patch(Circle((c, r), 0.42, fill=False, edgecolor=MARKS[2], linewidth=2.2))
    winners = "; ".join(
        f"the {_short(x[r, c])} at [{r}, {c}] gets {_short(dx[r, c])}"
        for r, c in np.argwhere(dx != 0)
    )
    return finish(
        f"Left a map of {x.shape[0]}×{x.shape[1]} numbers with its first window of {ph}×{pw} "
        f"framed and the winners circled, right your dx. {winners}; all else gets 0. The sum is "
        f"{_short(dx.sum())}, and there are {oh * ow} windows."
    )


@needs("Value")
def graph(program: str, inputs: Mapping[str, float], work_out: Callable) -> Words:
    """The graph of a small program, with the value and the gradient of every number."""
    found = work_out(program, dict(inputs))
    lines = [line.split() for line in program.replace(";", "\n").splitlines() if line.strip()]
    depth = dict.fromkeys(inputs, 0)
    for name, _, *rest in lines:
        depth[name] = 1 + max(depth.get(word, 0) for word in rest)
    rows: dict[int, int] = {}
    places = {}
    for name, column in depth.items():
        rows[column] = rows.get(column, -1) + 1
        places[name] = (2.3 * column, -1.5 * rows[column])
    for column, last in rows.items():  # each column is centred
        for name in depth:
            if depth[name] == column:
                x, y = places[name]
                places[name] = (x, y + 0.75 * last)
    height = max(rows.values())
    _fig, ax = figure(2.2 * max(rows) + 2.4, 1.3 * height + 1.9)
    ax.set_xlim(-0.8, 2.3 * max(rows) + 0.8)
    ax.set_ylim(-0.75 * height - 0.75, 0.75 * height + 0.85)
    ax.axis("off")
    for name, _, *rest in lines:
        operands = [word for word in rest if word in depth]
        for number, word in enumerate(operands):
            twin = operands.count(word) > 1
            far = depth[name] - depth[word] > 1
            bend = 0.35 * (-1) ** number if twin else -0.25 if far else 0.0
            _edge(ax, places[word], places[name], bend=bend)
        op = next(word for word in rest if word in ("+", "*", "relu"))
        x, y = places[name]
        ax.text(x, y + 0.52, op.replace("*", "×"), ha="center", fontsize=11, color=INK)
    for name, (value, slope) in found.items():
        _node(ax, places[name], name, float(value), float(slope))
    told = "; ".join(
        f"{name} is {_short(value)}, gradient {_short(slope)}"
        for name, (value, slope) in found.items()
    )
    return finish(
        f"A graph of {len(found)} nodes for the program {program.strip()}, inputs on the left. "
        "Arrows lead from each node to those that use it. Above each node is its operation; in it "
        f"are its value and, in orange, its gradient. {told}."
    )


@needs("train_two_layer")
def training(
    x,
    y,
    train_two_layer: Callable,
    num_grad: Callable,
    dense_fwd: Callable,
    softmax_xent: Callable,
) -> Words:
    """The loss during training on a few examples, and a gradient check of the first step."""
    setting = {"hidden": 32, "lr": 0.2, "seed": 0}
    _, history = train_two_layer(x, y, steps=200, **setting)
    before, after = (
        {
            key: np.asarray(array)
            for key, array in train_two_layer(x, y, steps=steps, **setting)[0].items()
        }
        for steps in (0, 1)
    )

    def loss_with(name, index, value):
        params = {key: np.array(array, dtype=float) for key, array in before.items()}
        params[name][index] = value
        a, _ = dense_fwd(x, params["w1"], params["b1"])
        z, _ = dense_fwd(np.maximum(a, 0), params["w2"], params["b2"])
        return float(softmax_xent(z, y)[0])

    rows = []
    for name, index in (
        *(("w1", place) for place in ((20, 3), (36, 17))),
        ("b1", (5,)),
        *(("w2", place) for place in ((3, 0), (17, 7))),
        ("b2", (7,)),
    ):
        used = (before[name][index] - after[name][index]) / setting["lr"]
        rows.append(
            (name + str(list(index)), float(used), _tried(num_grad, loss_with, before, name, index))
        )
    _fig, axes = figure(11, 3.7, ncols=2, width_ratios=[1, 1.25])
    axes[0].plot(history, color=POSITIVE, linewidth=2.2)
    axes[0].axhline(np.log(np.max(y) + 1), color=PALE, linestyle="--", linewidth=1)
    axes[0].text(198, np.log(np.max(y) + 1) + 0.05, "log K", ha="right", fontsize=9, color=INK)
    axes[0].set_ylim(0, 2.7)
    axes[0].set_xlabel("step", color=INK)
    axes[0].set_ylabel("loss", color=INK)
    for side in ("top", "right"):
        axes[0].spines[side].set_visible(False)
    _table(axes[1], rows)
    told = "; ".join(
        f"{name}: {used:.6g} and {'no num_grad yet' if tried is None else f'{tried:.6g}'}"
        for name, used, tried in rows
    )
    return finish(
        f"Left the loss over {len(history)} steps on {len(x)} digits: it falls from "
        f"{history[0]:.3f} to {history[-1]:.3f}. Right a table of gradients of the first step, by "
        f"your training and by num_grad: {told}."
    )


def _tried(num_grad: Callable, loss_with: Callable, params, name: str, index) -> float | None:
    """One gradient by differences; None if num_grad is not written yet."""
    place = np.array([params[name][index]], dtype=float)
    try:
        found = num_grad(lambda value: loss_with(name, index, value[0]), place)
    except NotImplementedError:
        return None
    return float(np.asarray(found).item())


def _table(ax, rows) -> None:
    """A table of names, each with two numbers and their relative difference."""
    ax.axis("off")
    ax.set_xlim(-0.06, 1)
    ax.set_ylim(len(rows) + 0.3, -0.9)
    places = (0.0, 0.5, 0.8, 1.0)
    for x, text in zip(places, ("gradient by", "backprop", "num_grad", "differ by"), strict=True):
        side = "left" if x == 0 else "right"
        ax.text(x, -0.4, text, ha=side, fontsize=10, color=INK, fontweight="bold")
    for k, (name, used, tried) in enumerate(rows):
        words = [name, f"{used:#.7g}", "write num_grad", ""]
        if tried is not None:
            off = abs(used - tried) / max(abs(used), abs(tried), 1e-30)
            words[2:] = [f"{tried:#.7g}", "0" if off == 0 else f"{off:.0e}"]
        for x, text in zip(places, words, strict=True):
            side = "left" if x == 0 else "right"
            ax.text(
                x,
                k + 0.55,
                text.replace("-", "−"),
                ha=side,
                fontsize=10,
                color=INK,
                family="monospace",
            )


@needs("train_two_layer")
def digits(x_train, y_train, x_test, y_test, train_two_layer: Callable) -> Words:
    """A page of digits that a trained network has not seen before, with its answers."""
    params, history = train_two_layer(x_train, y_train, hidden=32, lr=0.5, steps=300, seed=0)
    w1, b1, w2, b2 = (np.asarray(params[k], dtype=float) for k in ("w1", "b1", "w2", "b2"))
    answers = np.argmax(np.maximum(x_test @ w1 + b1, 0) @ w2 + b2, axis=1)
    share = float(np.mean(answers == y_test))
    columns = 16
    missed = np.flatnonzero(answers != y_test)
    shown = [*range(2 * columns), *missed[:columns]]
    fig, axes = figure(10.5, 3.2, nrows=3, ncols=columns)
    for ax in axes.flat:
        ax.axis("off")
    for ax, k in zip(axes.flat, shown, strict=False):
        right = answers[k] == y_test[k]
        ax.axis("on")
        ax.imshow(1 - x_test[k].reshape(8, 8), cmap="gray", vmin=0, vmax=1)
        ax.set_xticks([])
        ax.set_yticks([])
        for side in ax.spines.values():
            side.set_color(PALE if right else POSITIVE)
            side.set_linewidth(0.6 if right else 2.5)
        ax.set_xlabel(
            f"{answers[k]}" if right else f"{answers[k]}, not {y_test[k]}",
            fontsize=10 if right else 8,
            color=INK if right else POSITIVE,
            labelpad=2,
        )
    fig.get_layout_engine().set(hspace=0.3, rect=(0, 0, 1, 0.94))  # room for the first title
    # As titles of the axes they would widen the first column. Notebooks crop a picture to its
    # layout, so the upper one is the figure's title.
    fig.text(0.007, 0.955, f"the first {2 * columns}", fontsize=10, color=INK)
    title = f"{len(missed[:columns])} of the {len(missed)} read wrong"
    text = axes[2, 0].text(0, 1.15, title, fontsize=10, color=INK, transform=axes[2, 0].transAxes)
    text.set_in_layout(False)
    wrong = [f"{y_test[k]} as {answers[k]}" for k in missed[:columns]]
    return finish(
        f"Handwritten digits that the network has not seen, with its answer below each: the first "
        f"{2 * columns} of {len(y_test)}, and some that it reads wrong: "
        f"{', '.join(wrong) or 'none'}. Of all {len(y_test)} it reads {cut(100 * share)} % right. "
        f"Its loss fell from {history[0]:.2f} to {history[-1]:.2f} in {len(history)} steps."
    )
