"""The pictures of lab 5, Initialisation and activation statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from nablab.reference.activation import relu
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

DEPTH, WIDTH = 20, 200
SHADES = ("#0b3157", "#5b8fc4", POSITIVE, "#7a3600")  # blue below, orange at scale 2, brown above
STYLES = ("-", "--", "-.", ":")


def _bare(ax, x: str = "", y: str = "", title: str = "") -> None:
    """Axes without the upper and right frame, with dark labels."""
    for name, side in ax.spines.items():
        side.set_visible(name in ("left", "bottom"))
        side.set_color(PALE)
    ax.tick_params(labelsize=8.5, color=PALE, labelcolor=INK)
    ax.set_xlabel(x, fontsize=9.5, color=INK)
    ax.set_ylabel(y, fontsize=9.5, color=INK)
    ax.set_title(title, fontsize=10.5, color=INK)


def _say(ax, x: float, y: float, text: str, colour: str = INK, **more: Any) -> None:
    ax.text(x, y, text, fontsize=9, color=colour, **({"va": "center"} | more))


def _short(value: float) -> str:
    """Two significant digits, without an exponent for large numbers."""
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 100 else f"{value:.2g}"


def three_starts() -> Words:
    """How 200 random numbers pass through three networks of twenty ReLU layers, with small, medium
    and large weights."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=WIDTH)
    draws = rng.normal(size=(DEPTH, WIDTH, WIDTH))
    shown, deviations = (1, 5, 10, 20), (0.05, 0.1, 0.2)
    _fig, axes = figure(11, 3.7, nrows=3, ncols=5)
    last = []
    for number, (row, deviation) in enumerate(zip(axes, deviations, strict=True)):
        signal = x
        sheet(row[0], x.reshape(10, 20), limit=3, title="" if number else "the input")
        row[0].set_ylabel(f"weights\n{deviation:g}", fontsize=10, color=INK)
        for layer in range(1, DEPTH + 1):
            signal = relu(signal @ (deviation * draws[layer - 1]))
            if layer in shown:
                ax = row[1 + shown.index(layer)]
                title = "" if number else f"after layer {layer}"
                sheet(ax, signal.reshape(10, 20), limit=3, title=title)
                ax.set_xlabel(
                    f"largest {_short(signal.max())}", fontsize=8.5, color=INK, labelpad=2
                )
        last.append(signal.max())
    for ax in axes.flat:
        ax.grid(False)
    told = ", ".join(
        f"{_short(largest)} with weights of {deviation:g}"
        for deviation, largest in zip(deviations, last, strict=True)
    )
    return finish(
        "Three rows, one for each network, each with its 200 units as a sheet of 10 by 20, white "
        "for 0 and orange up to 3: the input, and after layers 1, 5, 10 and 20. In the first row "
        "the sheets turn white, in the second they keep their pattern of orange, in the third all "
        f"units that fire are dark at once. The largest number after layer 20 is {told}."
    )


@needs("fans")
def fan_lines(fans: Callable) -> Words:
    """A convolution along a line: the inputs that one output reads, and the outputs that read one
    input."""
    sides, inputs, outputs, places = 3, 2, 3, 5
    found = tuple(int(n) for n in fans((sides, inputs, outputs), "conv"))
    _fig, axes = figure(10.5, 3.1, ncols=2)
    counts = []
    for number, ax in enumerate(axes):
        count = 0
        below = {(p, c): (4 * p + 1.2 * c - 0.6, 0) for p in range(places) for c in range(inputs)}
        above = {(p, f): (4 * p + 1.2 * f - 1.2, 3) for p in range(places) for f in range(outputs)}
        chosen = (2, 1) if number == 0 else (2, 0)
        for (p, c), start in below.items():
            for (q, f), end in above.items():
                here = (q, f) == chosen if number == 0 else (p, c) == chosen
                if abs(p - q) <= sides // 2:
                    count += here
                    colour, width = (POSITIVE, 1.8) if here else ("#e3e8ed", 0.6)
                    ax.plot(*zip(start, end, strict=True), color=colour, lw=width, zorder=1 + here)
        counts.append(count)
        for dots, colour, mark in ((below, NEGATIVE, "o"), (above, INK, "s")):
            ax.scatter(*zip(*dots.values(), strict=True), s=58, color=colour, marker=mark, zorder=3)
        centre = (above if number == 0 else below)[chosen]
        ax.scatter(*centre, s=190, facecolor="none", edgecolor=POSITIVE, linewidth=2.4, zorder=4)
        _say(ax, -2.2, 0, "inputs", NEGATIVE, ha="right")
        _say(ax, -2.2, 3, "outputs", INK, ha="right")
        name = (
            "one output reads fan_in numbers" if number == 0 else "one input is read fan_out times"
        )
        ax.set_title(f"{name}; your fans says {found[number]}", fontsize=10.5, color=INK)
        ax.set_xlim(-4.6, 18.4)
        ax.set_ylim(-0.6, 3.6)
        ax.axis("off")
    return finish(
        "Twice a convolution over five places with a window of 3: below, two inputs (round) for "
        "each place, above, three outputs (square), grey lines for the weights between them. Left "
        f"one output in the middle is circled, and {counts[0]} orange lines end in it; right one "
        f"input is circled, and {counts[1]} orange lines start from it. Your fans says {found[0]} "
        f"and {found[1]}."
    )


def _histogram(ax, values, colour: str, title: str, x: str) -> None:
    ax.hist(values, bins=np.linspace(-3.6, 3.6, 145), density=True, color=colour, alpha=0.85)
    _bare(ax, x, title=title)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlim(-3.6, 3.6)
    ax.set_ylim(0, 0.5)


def _bell(ax) -> None:
    u = np.linspace(-3.6, 3.6, 300)
    ax.plot(u, np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi), color=INK, lw=1.3, label="a normal curve")


def keras_draws() -> Words:
    """Histograms of draws from Keras's HeNormal and GlorotUniform, in standard deviations."""
    import keras

    shape = (400, 400)
    drawn = [
        np.asarray(keras.ops.convert_to_numpy(make(seed=1)(shape))).ravel() / deviation
        for make, deviation in (
            (keras.initializers.HeNormal, np.sqrt(2 / 400)),
            (keras.initializers.GlorotUniform, np.sqrt(2 / 800)),
        )
    ]
    _fig, axes = figure(10.5, 2.9, ncols=2)
    unit = "in standard deviations"
    _histogram(axes[0], drawn[0], POSITIVE, "keras.initializers.HeNormal", unit)
    _histogram(axes[1], drawn[1], NEGATIVE, "keras.initializers.GlorotUniform", unit)
    for ax in axes:
        _bell(ax)
    axes[0].legend(frameon=False, fontsize=9, loc="upper left")
    return finish(
        "Two histograms of 160,000 numbers each, with a normal curve of the same deviation. Left, "
        f"HeNormal: a bell, a little broader than the curve, from {drawn[0].min():.2f} to "
        f"{drawn[0].max():.2f} standard deviations and nothing beyond. Right, GlorotUniform: a box "
        f"from {drawn[1].min():.2f} to {drawn[1].max():.2f}."
    )


@needs("he_normal")
def draws(he_normal: Callable, glorot_uniform: Callable) -> Words:
    """Histograms of the student's draws for a dense kernel (400, 300)."""
    shape, rng = (400, 300), np.random.default_rng(2)
    he, glorot = (np.asarray(f(shape, rng), float).ravel() for f in (he_normal, glorot_uniform))
    _fig, axes = figure(10.5, 2.9, ncols=2)
    for ax, values, wanted, title, colour in (
        (axes[0], he, np.sqrt(2 / 400), "your he_normal", POSITIVE),
        (axes[1], glorot, np.sqrt(6 / 700), "your glorot_uniform", NEGATIVE),
    ):
        ax.hist(values, bins=np.linspace(-0.25, 0.25, 101), color=colour, alpha=0.85)
        for sign in (-1, 1):
            ax.axvline(sign * wanted, color=INK, ls="--", lw=1.2)
        _bare(ax, "weight", title=f"{title}: deviation {values.std():.4f}")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.set_xlim(-0.25, 0.25)
    return finish(
        f"Histograms of your weights for a dense kernel (400, 300). he_normal: deviation "
        f"{he.std():.4f}, from {he.min():.3f} to {he.max():.3f}, with dashed lines at a deviation, "
        f"±{np.sqrt(2 / 400):.4f}. glorot_uniform: deviation {glorot.std():.4f}, from "
        f"{glorot.min():.3f} to {glorot.max():.3f}, with dashed lines at the bounds, "
        f"±{np.sqrt(6 / 700):.4f}."
    )


def _fan(ax, measure: Callable, x: str, title: str) -> dict[float, float]:
    """Draw five networks for each of four scales. Returns the geometric mean of the last sizes by
    scale."""
    last = {}
    layers = np.arange(1, DEPTH + 1)
    for scale, colour, style in zip((0.5, 1.0, 2.0, 4.0), SHADES, STYLES, strict=True):
        runs = [
            np.asarray(measure(DEPTH, WIDTH, "relu", scale, np.random.default_rng(seed)), float)
            for seed in range(5)
        ]
        for run in runs:
            ax.plot(layers, run, color=colour, lw=1.1, ls=style, alpha=0.8)
        last[scale] = float(np.exp(np.mean([np.log(run[-1]) for run in runs])))
        _say(ax, DEPTH + 0.4, last[scale], f"scale {scale:g}", colour)
    ax.set_yscale("log")
    ax.set_ylim(1e-7, 1e4)
    ax.set_xlim(0.5, DEPTH + 5)
    ax.set_xticks([1, 5, 10, 15, 20])
    _bare(ax, x, "standard deviation", title)
    return last


@needs("propagate")
def forward(propagate: Callable) -> Words:
    """The size of the outputs of twenty layers, by scale and by activation."""
    _fig, axes = figure(11, 3.9, ncols=2)
    last = _fan(axes[0], propagate, "layer", "ReLU, four scales")
    layers, told, ends = np.arange(1, DEPTH + 1), [], []
    for act, colour in zip(("linear", "tanh", "gelu"), MARKS, strict=True):
        for scale, style in ((1.0, "--"), (2.0, "-")):
            run = np.asarray(
                propagate(DEPTH, WIDTH, act, scale, np.random.default_rng(1)), dtype=float
            )
            axes[1].plot(layers, run, color=colour, ls=style, lw=1.8)
            ends.append((run[-1], f"{act}, {scale:g}", colour))
            told.append(f"{act} at scale {scale:g} ends at {_short(run[-1])}")
    lowest = 0.0
    for end, name, colour in sorted(ends):  # names that would overlap are moved up
        lowest = max(end, 3.4 * lowest)
        _say(axes[1], DEPTH + 0.4, lowest, name, colour)
    axes[1].set_yscale("log")
    axes[1].set_ylim(1e-7, 1e4)
    axes[1].set_xlim(0.5, DEPTH + 5)
    axes[1].set_xticks([1, 5, 10, 15, 20])
    _bare(axes[1], "layer", "standard deviation", "other activations, scale 1 (dashed) and 2")
    fan = ", ".join(f"{_short(size)} at scale {scale:g}" for scale, size in last.items())
    return finish(
        "Two charts of the standard deviation of a layer's output, on a logarithmic axis, against "
        f"the layer, 1 to 20. Left five ReLU networks for each of four scales, nearly straight "
        f"lines that fan out: after layer 20 {fan}. Right: {', '.join(told)}."
    )


def _zigzag(back_step: Callable, widths: Sequence[int], divide_by: int) -> np.ndarray:
    """The gradient's size per layer, for ReLU and scale 2, with the variance set by fan_in (0) or
    fan_out (1)."""
    rng = np.random.default_rng(3)
    x, passed = rng.normal(size=(200, widths[0])), []
    for pair in pairwise(widths):
        W = rng.normal(0, np.sqrt(2 / pair[divide_by]), pair)
        passed.append((x @ W, W))
        x = relu(x @ W)
    g, sizes = rng.normal(size=x.shape), []
    for z, W in reversed(passed):
        g = np.asarray(back_step(g, z, W, "relu"), dtype=float)
        sizes.append(g.std())
    return np.array(sizes)


@needs("grad_propagate")
def backward(grad_propagate: Callable, back_step: Callable) -> Words:
    """The size of the gradient on its way back: by scale, and through layers of unequal width."""
    _fig, axes = figure(11, 3.9, ncols=2)
    last = _fan(axes[0], grad_propagate, "layers back from the output", "ReLU, four scales")
    widths = [100, 400] * (DEPTH // 2) + [100]
    layers = np.arange(1, DEPTH + 1)
    told = []
    for name, divide_by, colour, style in (
        ("2/fan_in", 0, NEGATIVE, "--"),
        ("2/fan_out", 1, POSITIVE, "-"),
    ):
        sizes = _zigzag(back_step, widths, divide_by)
        axes[1].plot(layers, sizes, style, color=colour, marker="o", ms=4, lw=1.5, label=name)
        told.append(f"with {name} it runs from {sizes.min():.2f} to {sizes.max():.2f}")
    axes[1].set_ylim(0, 1.6)
    axes[1].set_xlim(0.5, DEPTH + 0.5)
    axes[1].set_xticks([1, 5, 10, 15, 20])
    axes[1].legend(frameon=False, fontsize=9.5, loc="upper right", ncols=2)
    title = "ReLU, widths 100, 400, 100, 400 …"
    _bare(axes[1], "layers back from the output", "standard deviation", title)
    ends = ", ".join(f"{_short(size)} at scale {scale:g}" for scale, size in last.items())
    return finish(
        "Two charts of the standard deviation of the gradient against how many layers it has come "
        "back. Left, on a logarithmic axis, five ReLU networks for each of four scales, a fan as "
        f"on the way forward: after twenty layers {ends}. Right a network whose widths alternate "
        f"between 100 and 400: {' and '.join(told)}, up and down in turn without drifting away."
    )


@needs("gelu")
def gelus(gelu: Callable, gelu_tanh: Callable, gelu_grad: Callable) -> Words:
    """GELU beside ReLU, their slopes, and the difference between GELU's two forms."""
    x = np.linspace(-4, 4, 321)
    exact, form, rise = (np.asarray(f(x), dtype=float) for f in (gelu, gelu_tanh, gelu_grad))
    _fig, axes = figure(11, 3.1, ncols=3)
    axes[0].plot(x, np.maximum(x, 0), "--", color=NEGATIVE, lw=1.5, label="ReLU")
    axes[0].plot(x, exact, color=POSITIVE, lw=2.2, label="GELU")
    axes[0].set_ylim(-0.5, 3)
    axes[1].plot(x, (x > 0) * 1.0, "--", color=NEGATIVE, lw=1.5, label="ReLU")
    axes[1].plot(x, rise, color=POSITIVE, lw=2.2, label="GELU")
    axes[1].set_ylim(-0.3, 1.3)
    axes[2].axhline(0, color=PALE, lw=0.8)
    axes[2].plot(x, 1e4 * (form - exact), color=MARKS[2], lw=2.2)
    axes[2].set_ylim(-6, 6)
    for ax, title in zip(axes, ("value", "slope", "gelu_tanh − gelu, in 1/10,000"), strict=True):
        _bare(ax, "x", title=title)
        ax.set_xlim(-4, 4)
    for ax in axes[:2]:
        ax.axhline(0, color=PALE, lw=0.8, zorder=0)
        ax.legend(frameon=False, fontsize=9.5, loc="upper left")
    gap = np.abs(form - exact)
    return finish(
        "Three charts over x from −4 to 4. Left GELU and ReLU: they agree far out, and GELU dips "
        f"to {exact.min():.2f} at x = {x[exact.argmin()]:.2f}. In the middle their slopes: ReLU's "
        f"jumps from 0 to 1, GELU's rises smoothly, from {rise.min():.2f} at its lowest to "
        f"{rise.max():.2f} at its highest. Right the difference of the two forms: at most "
        f"{gap.max():.1e}, at x = {x[gap.argmax()]:.1f}."
    )


def dense_net(depth: int, width: int, init: str, inputs: int = 64) -> Any:
    """Dense ReLU layers and ten logits."""
    import keras

    hidden = [
        keras.layers.Dense(width, activation="relu", kernel_initializer=init) for _ in range(depth)
    ]
    return keras.Sequential([keras.Input((inputs,)), *hidden, keras.layers.Dense(10)])


def trained(model: Any, x, labels, rate: float, epochs: int) -> list[float]:
    """Train by plain gradient descent; returns the mean loss of each epoch."""
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(rate), loss=loss)
    past = model.fit(x, labels, batch_size=64, epochs=epochs, verbose=0)
    return [float(value) for value in past.history["loss"]]


@needs("dead_fraction")
def dead_units(x, labels, dead_fraction: Callable) -> Words:
    """The fraction of dead units in three layers, before training and after it at three rates."""
    import keras

    rates = (0.05, 0.7, 1.0)
    rows, losses = [], []
    for rate in (None, *rates):
        keras.utils.set_random_seed(0)
        model = dense_net(3, 64, "he_normal")
        if rate is not None:
            losses.append(trained(model, x, labels, rate, 5)[-1])
        rows.append([float(f) for f in dead_fraction(model, x)])
    _fig, ax = figure(10.5, 3.2)
    names = ["before training", *(f"rate {rate:g}" for rate in rates)]
    colours = ("#b9c3cd", "#5b8fc4", NEGATIVE, POSITIVE)
    for number, (row, name, colour) in enumerate(zip(rows, names, colours, strict=True)):
        for layer, share in enumerate(row):
            place = layer + 0.2 * (number - 1.5)
            ax.bar(place, share, 0.18, color=colour, label=name if layer == 0 else None)
            _say(ax, place, share + 0.03, f"{100 * share:.0f} %", ha="center", va="bottom")
    ax.set_xticks(range(3), [f"hidden layer {k}" for k in (1, 2, 3)])
    ax.set_ylim(0, 1.15)
    ax.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    ax.legend(frameon=False, fontsize=9.5, loc="upper left", ncols=4, bbox_to_anchor=(0, 1.14))
    _bare(ax, y="dead units")
    told = "; ".join(
        f"{name}: {', '.join(f'{100 * share:.0f} %' for share in row)}"
        for name, row in zip(names, rows, strict=True)
    )
    ends = ", ".join(
        f"{loss:.2f} at rate {rate:g}" for rate, loss in zip(rates, losses, strict=True)
    )
    return finish(
        f"Bars for the share of dead units in each of three hidden layers. {told}. The loss of the "
        f"fifth epoch is {ends}."
    )


@needs("break_symmetry")
def symmetry(x, y, train_net: Callable, distinct_units: Callable) -> Words:
    """What a small network learns from zero, constant and random weights, and the paths of its
    units."""
    width, rng = 8, np.random.default_rng(0)
    D = np.shape(x)[1]
    starts = {
        "zeros": (np.zeros((D, width)), np.zeros(width)),
        "constant": (np.full((D, width), 0.5), np.full(width, 0.5)),
        "random": (rng.normal(0, 0.5, (D, width)), rng.normal(0, 0.5, width)),
    }
    _fig, axes = figure(10.5, 5.6, nrows=2, ncols=3)
    told = []
    for (above, below), (name, (w1, w2)) in zip(axes.T, starts.items(), strict=True):
        way = [np.asarray(w1, dtype=float)]
        for _ in range(50):
            w1, w2 = (np.asarray(part, dtype=float) for part in train_net(x, y, w1, w2, 0.1, 10))
            way.append(w1)
        guess = np.tanh(x @ w1) @ w2
        loss = float(np.mean((guess - y) ** 2) / 2)
        count = int(distinct_units(w1, w2))
        above.plot(x[:, 0], y, "--", color=INK, lw=1.4, label="the curve")
        above.plot(x[:, 0], guess, color=POSITIVE, lw=2.2, label="learned")
        above.set_ylim(-2.6, 2.6)
        _bare(above, "place", title=f"{name}: loss {loss:.3f}")
        steps = np.stack(way)  # (51, D, width)
        for unit in range(width):
            colour = MARKS[unit % 3]
            below.plot(steps[:, 0, unit], steps[:, 1, unit], color=colour, lw=1.4, alpha=0.9)
            below.plot(*steps[0, :2, unit], "o", color=colour, ms=4)
            below.plot(*steps[-1, :2, unit], "o", color=colour, ms=9)
        below.set_xlim(-2.6, 2.6)
        below.set_ylim(-1.8, 1.8)
        units = "1 unit" if count == 1 else f"{count} units"
        _bare(below, "weight for the place", "weight for the 1", f"{units} of {width}")
        told.append(f"From {name} the loss ends at {loss:.3f}, with {count} distinct of {width}")
    axes[0, 0].legend(frameon=False, fontsize=9, loc="upper left")
    return finish(
        "Three columns, for a start from zeros, constants and random numbers. Above the curve, "
        "dashed, and what the network has learned after 500 steps; below the paths of the eight "
        f"units' incoming weights from a small to a large dot. {'. '.join(told)}. Where units are "
        "not distinct their paths lie on top of each other."
    )


def _sums(model: Any, x) -> list[tuple[str, np.ndarray]]:
    """The output before the activation of each layer with a kernel, on x, by name."""
    import keras

    found: list[tuple[str, np.ndarray]] = []
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            seen = keras.Model(model.inputs[0], layer.input)(x)
            activation, layer.activation = layer.activation, keras.activations.linear
            try:
                z = keras.ops.convert_to_numpy(layer(seen)).ravel()
            finally:
                layer.activation = activation
            kind = {"Conv2D": "convolution", "Dense": "dense"}.get(type(layer).__name__, "layer")
            found.append((f"{len(found) + 1}: {kind}", z))
    return found


@needs("lsuv")
def before_and_after(model, x, lsuv: Callable) -> Words:
    """Histograms of each layer's sums on x, before and after the student's lsuv."""
    before = _sums(model, x)
    after = _sums(lsuv(model, x), x)
    _fig, axes = figure(11, 3.9, nrows=2, ncols=len(before))
    told = []
    for row, sums, colour, when in (
        (axes[0], before, NEGATIVE, "before"),
        (axes[1], after, POSITIVE, "after"),
    ):
        for ax, (name, z) in zip(row, sums, strict=True):
            edges = np.linspace(-4, 4, 81)
            ax.hist(np.clip(z, -4, 4), edges, weights=np.full(z.size, 1 / z.size), color=colour)
            _bare(ax, title=name if when == "before" else "")
            ax.set_yticks([])
            ax.set_xticks([-4, 0, 4])
            ax.set_ylim(0, 0.1)
            ax.set_xlim(-4, 4)
            _say(ax, 4, 0.094, f"{z.std():.2g}", ha="right")
        row[0].set_ylabel(when, fontsize=10.5, color=INK)
        told.append(f"{when}: {', '.join(f'{z.std():.2g}' for _, z in sums)}")
    return finish(
        "Histograms of the sums of each layer with a kernel, from −4 to 4, with their standard "
        f"deviation in the corner, before lsuv above and after it below. Deviations {told[0]}; "
        f"{told[1]}."
    )


@needs("lsuv")
def three_trainings(x, labels, lsuv: Callable) -> Words:
    """The loss of a deep ReLU network from three starts, over twelve epochs."""
    import keras

    losses = {}
    for name, init in (
        ("Keras's default", "glorot_uniform"),
        ("he_normal", "he_normal"),
        ("default, then lsuv", "glorot_uniform"),
    ):
        keras.utils.set_random_seed(2)
        model = dense_net(DEPTH, 64, init)
        if "lsuv" in name:
            model = lsuv(model, x[:500])
        losses[name] = trained(model, x, labels, 0.02, 12)
    _fig, ax = figure(10.5, 3.6)
    ax.axhline(np.log(10), color=INK, ls="--", lw=1)
    for (name, loss), colour, mark in zip(
        losses.items(), (NEGATIVE, POSITIVE, MARKS[2]), "osD", strict=True
    ):
        ax.plot(range(1, 13), loss, color=colour, marker=mark, ms=5, lw=1.8, label=name)
    ax.set_ylim(0, 2.6)
    ax.set_xticks([1, 3, 6, 9, 12])
    ax.legend(frameon=False, fontsize=10, loc="lower left")
    _bare(ax, "epoch", "training loss", "twenty hidden ReLU layers, plain gradient descent")
    told = "; ".join(f"{name}: {loss[0]:.2f}, {loss[-1]:.2f}" for name, loss in losses.items())
    return finish(
        "The training loss of a network of twenty hidden layers over twelve epochs, from three "
        f"starts, with a dashed line at ln 10, the loss of guessing. First and last epoch: {told}."
    )
