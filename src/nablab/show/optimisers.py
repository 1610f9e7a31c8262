"""The pictures of lab 6, Optimisers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab.data import surfaces
from nablab.show.canvas import INK, MARKS, PALE, Words, figure, finish, needs

STYLES = (  # colour, line and marker of each path: it can be recognised without colour
    (MARKS[1], "-", "o"),
    (MARKS[0], "--", "s"),
    (MARKS[2], "-.", "^"),
    ("#7a3d8f", ":", "D"),
)


def three_rates() -> Words:
    """Three walks of 20 steps down one valley. Their rates are not shown."""
    bowl = surfaces.quadratic(10)
    limits = ((-5, 5), (-4.2, 4.2))
    _fig, axes = figure(11, 3.4, ncols=3)
    ends = []
    for ax, rate, name in zip(axes, (0.02, 0.18, 0.205), "ABC", strict=True):
        path = _walk(lambda w, g, state, lr=rate: (w - lr * g, None), bowl, bowl.start, 20)
        _terrain(ax, bowl, limits, name)
        ax.title.set_fontweight("bold")
        _draw(ax, path, 0)
        ends.append(bowl(path[-1])[0])
    return finish(
        "The same narrow valley three times, as ellipses of equal height around the minimum, and "
        "in each a walk of twenty steps from the same place, upper left. A's steps are short: it "
        "slides to the floor and has hardly begun to walk along it. B bounces from wall to wall, "
        "less and less, and reaches the minimum. C bounces from wall to wall too, every time a "
        "little higher, while it moves along the floor as B does. Loss at the end: A "
        f"{ends[0]:.2f}, B {ends[1]:.3f}, C {ends[2]:.0f}, from {bowl(bowl.start)[0]:.1f}."
    )


@needs("sgd")
def velocity(sgd: Callable) -> Words:
    """Gradient descent, momentum and Nesterov at one rate, in a valley of condition 30."""
    bowl, rate, steps = surfaces.quadratic(30), 0.03, 60
    walks = {
        "μ = 0": lambda w, g, state: sgd(w, g, state, rate),
        "μ = 0.8": lambda w, g, state: sgd(w, g, state, rate, 0.8),
        "μ = 0.8, Nesterov": lambda w, g, state: sgd(w, g, state, rate, 0.8, True),
    }
    _fig, axes = figure(11, 3.6, ncols=2, width_ratios=[1.5, 1])
    _terrain(axes[0], bowl, bowl.limits, f"{steps} steps at the rate {rate}")
    ends = {}
    for number, (name, opt) in enumerate(walks.items()):
        path = _walk(opt, bowl, bowl.start, steps)
        heights = [bowl(w)[0] for w in path]
        _draw(axes[0], path, number, name)
        _line(axes[1], range(steps + 1), heights, number, name)
        ends[name] = heights[-1]
    axes[1].set_yscale("log")
    axes[1].set_ylim(1e-8, 1e2)
    _label(axes[1], "step", "loss")
    axes[0].legend(fontsize=8, loc="lower right", framealpha=0.9)
    told = ", ".join(f"{name}: {height:.1g}" for name, height in ends.items())
    return finish(
        "Left three paths through a valley thirty times as steep across as along, all from the "
        "same start. Without momentum the path falls to the floor and creeps along it; with "
        "momentum it swings across the floor at first and then runs along it; Nesterov's swings "
        f"are smaller. Right the loss at every step, on a logarithmic scale. After {steps} steps "
        f"it is {told}."
    )


@needs("lr_step")
def schedules(lr_step: Callable, lr_cosine: Callable, lr_warmup: Callable) -> Words:
    """Four schedules, and the mean loss of 200 noisy walks with each."""
    steps, top = 300, 0.15
    rates = {
        "constant": lambda t: top,
        "stairs": lambda t: lr_step(t, top, 0.3, 75),
        "cosine": lambda t: lr_cosine(t, top, steps),
        "warm-up, cosine": lambda t: lr_warmup(t, top, 40, steps),
    }
    _fig, axes = figure(11, 3.5, ncols=2)
    floors = {}
    for number, (name, rate) in enumerate(rates.items()):
        curve = [float(rate(t)) for t in range(steps + 1)]
        _line(axes[0], range(steps + 1), curve, number, name, every=25)
        heights = _noisy_walks(curve[:-1])
        _line(axes[1], range(steps + 1), heights, number, name, every=25)
        floors[name] = np.mean(heights[-20:])
    axes[0].set_ylim(-0.005, 0.165)
    axes[1].set_yscale("log")
    axes[1].set_ylim(3e-3, 5e1)
    _label(axes[0], "step", "rate")
    _label(axes[1], "step", "mean loss of 200 noisy walks")
    axes[0].legend(fontsize=8, loc="upper right", bbox_to_anchor=(1, 0.86), framealpha=0.9)
    told = ", ".join(f"{name} {floor:.2g}" for name, floor in floors.items())
    return finish(
        "Left the rate at each of 300 steps: constant; in stairs down to less than a thirtieth; "
        "along half a cosine to 0; and rising for 40 steps, then along a cosine to 0. Right the "
        "mean loss of 200 walks with noisy gradients under each of them, on a logarithmic scale. "
        "All fall at first. Under the constant rate the loss then stays at one height; under the "
        f"others it goes on falling as the rate does. Mean over the last 20 steps: {told}."
    )


def _noisy_walks(rates, walks: int = 200) -> np.ndarray:
    """The mean height of walks down the bowl of condition 10 with normal noise on the gradients."""
    rng = np.random.default_rng(6)
    curvature = np.array([1.0, 10.0])
    w = np.tile([-4.5, 1.5], (walks, 1))
    heights = [np.mean(w**2 @ curvature) / 2]
    for rate in rates:
        w = w - rate * (curvature * w + rng.normal(scale=1.5, size=w.shape))
        heights.append(np.mean(w**2 @ curvature) / 2)
    return np.array(heights)


@needs("rmsprop")
def rescaling(sgd: Callable, rmsprop: Callable) -> Words:
    """Gradient descent and RMSprop on a bowl, and on the same bowl a hundred times as high."""
    bowl, steps = surfaces.quadratic(30), 50
    walks = {
        "gradient descent, lr = 0.02": lambda w, g, state: sgd(w, g, state, 0.02),
        "RMSprop, lr = 0.1": lambda w, g, state: rmsprop(w, g, state, 0.1, 0.9, 1e-12, True),
    }
    _fig, axes = figure(11, 3.5, ncols=2)
    paths = {}
    for ax, factor in zip(axes, (1, 100), strict=True):
        _terrain(ax, bowl, bowl.limits, "the loss" if factor == 1 else f"the loss, times {factor}")
        for number, (name, opt) in enumerate(walks.items()):
            with np.errstate(all="ignore"):
                path = _walk(opt, lambda w, k=factor: _times(k, bowl(w)), bowl.start, steps)
            paths[number, factor] = path
            _draw(ax, path, number, name)
    axes[0].legend(fontsize=8, loc="lower right", framealpha=0.9)
    apart = float(np.abs(paths[1, 1] - paths[1, 100]).max())
    left = int(np.argmax(np.abs(paths[0, 100][:, 1]) > 2.5))
    same = "is the same in both" if apart < 1e-3 else f"differs by up to {apart:.2g}"
    return finish(
        "A valley thirty times as steep across as along, twice: on the right its loss is "
        f"multiplied by a hundred. RMSprop's path {same}; it goes slantwise to the floor and along "
        "it to the minimum. "
        "Gradient descent falls to the floor and creeps along it on the left; on the right, with "
        f"the same rate, it has left the picture after step {left}."
    )


def _times(factor: float, found: tuple) -> tuple:
    return factor * found[0], factor * found[1]


@needs("adam")
def adam(adam: Callable) -> Words:
    """The length of Adam's steps: over time, with and without correction, and by gradient size."""
    steps, b1, b2 = 100, 0.9, 0.999
    places = _walk(
        lambda w, g, state: adam(w, g, state, 1.0, b1, b2, 1e-12, "keras"),
        lambda w: (0.0, np.ones(1)),
        np.zeros(1),
        steps,
    )
    corrected = -np.diff(places[:, 0])
    t = np.arange(1, steps + 1)
    plain = (1 - b1**t) / np.sqrt(1 - b2**t)  # m / √v, both without correction
    sizes = np.logspace(-11, 2, 53)
    first = {
        form: -np.asarray(adam(0 * sizes, sizes, None, 1.0, b1, b2, 1e-7, form)[0], dtype=float)
        for form in ("paper", "keras")
    }
    _fig, axes = figure(11, 3.4, ncols=2)
    _line(axes[0], t, corrected, 0, "your adam", every=10)
    _line(axes[0], t, plain, 1, "without corrections", every=10)
    axes[0].set_ylim(0, 7.4)
    _label(axes[0], "step", "length of the step, in lr")
    axes[0].legend(fontsize=8)
    for number, (form, lengths) in enumerate(first.items()):
        _line(axes[1], sizes, lengths, number, f'"{form}"', every=4)
    axes[1].set_xscale("log")
    axes[1].set_ylim(-0.05, 1.1)
    axes[1].axvline(1e-7, color=PALE, linewidth=0.8)
    axes[1].text(7e-8, 0.98, "ε", color=INK, fontsize=10, ha="right")
    _label(axes[1], "size of the gradient", "length of the first step, in lr")
    axes[1].legend(fontsize=8, loc="center left")
    low, high = f"{corrected.min():.3g}", f"{corrected.max():.3g}"
    told = f"all {low}" if low == high else f"between {low} and {high}"
    halves = {form: sizes[np.argmax(lengths >= 0.5)] for form, lengths in first.items()}
    return finish(
        f"Left the length of each of 100 steps while the gradient is always 1. Yours are {told} "
        "times lr; without the corrections the "
        f"first would be {plain[0]:.2f} lr long, the longest {plain.max():.2f}. Right the first "
        "step for gradients from 1e-11 to 100, with ε = 1e-7: nearly 0 for the smallest, one lr "
        f"for the large ones. It reaches half of lr at a gradient of {halves['paper']:.1g} in the "
        f"paper's form and of {halves['keras']:.1g} in Keras's."
    )


# Steps, and the rates of gradient descent, momentum, RMSprop and Adam, on each surface.
WALKS = (
    (surfaces.quadratic(30), 60, (0.03, 0.03, 0.1, 0.3)),
    (surfaces.rosenbrock(), 300, (0.001, 0.001, 0.01, 0.05)),
    (surfaces.saddle(), 100, (0.1, 0.1, 0.05, 0.1)),
)


@needs("run")
def paths(run: Callable, sgd: Callable, rmsprop: Callable, adam: Callable) -> Words:
    """Four optimisers on three surfaces."""
    fig, axes = figure(12, 4.2, ncols=3)
    told = []
    for ax, (surface, steps, rates) in zip(axes, WALKS, strict=True):
        _terrain(ax, surface, surface.limits, f"{surface.name}, {steps} steps")
        walks = {
            "SGD": lambda w, g, state, lr=rates[0]: sgd(w, g, state, lr),
            "momentum 0.9": lambda w, g, state, lr=rates[1]: sgd(w, g, state, lr, 0.9),
            "RMSprop": lambda w, g, state, lr=rates[2]: rmsprop(w, g, state, lr, 0.9, 1e-7, True),
            "Adam": lambda w, g, state, lr=rates[3]: adam(
                w, g, state, lr, 0.9, 0.999, 1e-7, "keras"
            ),
        }
        heights = []
        for number, (name, opt) in enumerate(walks.items()):
            path = np.asarray(run(opt, surface, surface.start, steps), dtype=float)
            _draw(ax, path, number, name, every=max(1, steps // 15))
            heights.append(f"{name} {surface(path[-1])[0]:.2g}")
        told.append(f"{surface.name}, after {steps} steps: {', '.join(heights)}.")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    return finish(
        "Contours of three surfaces, with the paths of four optimisers on each. In the narrow "
        "valley SGD falls to the floor and creeps, momentum swings, RMSprop and Adam go slantwise "
        "to the minimum. In Rosenbrock's bent valley all fall to the floor and then follow it. On "
        "the saddle RMSprop and Adam leave the ridge at once for the upper valley; momentum "
        "overshoots the saddle and turns later; SGD goes along the ridge to the saddle first. "
        f"Loss: {' '.join(told)}"
    )


@needs("max_stable_lr")
def stability(max_stable_lr: Callable) -> Words:
    """The factor of one step in each direction, and the loss after 50 steps, for many rates."""
    curvature, start, steps = np.array([1.0, 10.0]), np.array([-4.5, 1.5]), 50
    limit = float(max_stable_lr(np.diag(curvature)))
    rates = np.linspace(0.002, 0.24, 200)
    factors = 1 - rates[:, None] * curvature
    losses = (factors**steps * start) ** 2 @ curvature / 2
    _fig, axes = figure(11, 3.4, ncols=2)
    axes[0].axhspan(-1, 1, color="#eef1f4", zorder=0)
    for number, lam in enumerate(curvature):
        _line(axes[0], rates, factors[:, number], number, f"λ = {lam:g}", every=25)
    axes[0].set_ylim(-1.6, 1.2)
    _label(axes[0], "rate", "a step multiplies by")
    axes[1].plot(rates, losses, color=INK, linewidth=1.6)
    axes[1].set_yscale("log")
    axes[1].set_ylim(1e-9, 1e5)
    _label(axes[1], "rate", f"loss after {steps} steps")
    for ax in axes:
        ax.axvline(limit, color=INK, linewidth=1, linestyle=(0, (4, 2)))
        ax.text(limit - 0.003, 0.97, "your limit", transform=ax.get_xaxis_transform(), fontsize=9,
                ha="right", va="top", color=INK)  # fmt: skip
    axes[0].legend(fontsize=8, loc="lower left")
    best = rates[np.argmin(losses)]
    return finish(
        "Left the factor by which a step multiplies each direction: from 1 it falls with the "
        f"rate, to {factors[-1, 0]:.2f} along the floor and to {factors[-1, 1]:.2f} across; the "
        "latter leaves the band from −1 to 1 at the rate 0.2. Right the loss after 50 steps, on a "
        f"logarithmic scale: it falls up to a rate of {best:.3f} and then rises steeply: at 0.2 it "
        f"is {losses[np.argmin(np.abs(rates - 0.2))] / losses.min():.0e} times as large. Your "
        f"limit, a broken line in both, is {limit:.3g}."
    )


@needs("adamw")
def decay(adamw: Callable, adam_l2: Callable) -> Words:
    """What is left of a weight after 300 steps with gradients ±s, by s."""
    steps, lr, wd = 300, 0.01, 0.1
    sizes = np.logspace(-4, 1, 41)
    _fig, ax = figure(8.5, 3.4)
    left = []
    for number, (name, opt) in enumerate((("adamw", adamw), ("adam_l2", adam_l2))):
        w, state = np.ones_like(sizes), None
        for step in range(steps):
            w, state = opt(w, sizes * (-1.0) ** step, state, lr, 0.9, 0.999, 1e-7, wd)
        left.append(np.asarray(w, dtype=float))
        _line(ax, sizes, left[-1], number, name, every=4)
    ax.axhline((1 - lr * wd) ** steps, color=PALE, linewidth=0.8)
    ax.text(11, (1 - lr * wd) ** steps + 0.03, r"$(1 - \mathrm{lr}\cdot\mathrm{wd})^{300}$",
            fontsize=9, color=INK, ha="right")  # fmt: skip
    low, high = f"{left[0].min():.2f}", f"{left[0].max():.2f}"
    told = f"{low} for every s" if low == high else f"between {low} and {high}"
    ax.set_xscale("log")
    ax.set_ylim(-0.1, 1.1)
    _label(ax, "size s of the gradients", "what is left of a weight of 1")
    ax.legend(fontsize=9)
    return finish(
        "What is left of a weight of 1 after 300 steps with gradients +s and −s by turns, for s "
        f"from 0.0001 to 10. Under adamw it is {told}; the decay alone leaves "
        f"{(1 - lr * wd) ** steps:.2f}. Under adam_l2 it is {left[1][0]:.2f} for the smallest s, "
        f"{left[1][len(sizes) // 2]:.2f} for s = {sizes[len(sizes) // 2]:.2g} and "
        f"{left[1][-1]:.2f} for the largest."
    )


@needs("lr_range_test")
def range_test(lr_range_test: Callable, model_fn: Callable, x, y) -> Words:
    """A range test, and 60 steps of training at the suggested rate and at two others."""
    lrs, losses, suggested = lr_range_test(model_fn, x, y)
    lrs, losses = np.asarray(lrs, dtype=float), np.asarray(losses, dtype=float)
    suggested = float(suggested)
    _fig, axes = figure(11, 3.6, ncols=2)
    _line(axes[0], lrs, losses, 0, "", every=1)
    axes[0].axvline(suggested, color=INK, linewidth=1, linestyle=(0, (4, 2)))
    axes[0].text(suggested / 1.15, 0.06, f"suggested: {suggested:.2g}", fontsize=9, color=INK,
                 ha="right", transform=axes[0].get_xaxis_transform())  # fmt: skip
    axes[0].set_xscale("log")
    axes[0].set_xlim(0.8e-4, 12)
    axes[0].set_ylim(0, 10)
    _label(axes[0], "rate", "loss before the step")
    ends = []
    for number, (factor, name) in enumerate(
        ((1, "your suggestion"), (1 / 30, "a thirtieth of it"), (30, "thirty times it"))
    ):
        curve = _trained(model_fn, x, y, factor * suggested)
        _line(axes[1], range(len(curve)), np.clip(curve, 0, 10), number, name, every=6)
        ends.append(f"{name}, {factor * suggested:.2g}: {curve[-1]:.2f}")
    axes[1].set_ylim(0, 10)
    _label(axes[1], "step", "loss (at most 10 is drawn)")
    axes[1].legend(fontsize=8)
    lowest = int(np.argmin(losses))
    return finish(
        f"Left the loss before each step of the range test, at rates from {lrs[0]:.1g} to "
        f"{lrs[-1]:.2g}, on a logarithmic scale: it begins at {losses[0]:.2f}, is lowest, "
        f"{losses[lowest]:.2f}, at a rate of {lrs[lowest]:.2g}, and ends at {losses[-1]:.2f}; "
        f"after that it is out of bounds. Your suggestion is {suggested:.2g}. Right the loss in 60 "
        f"steps of training on all examples. At the end: {'; '.join(ends)}."
    )


def _trained(model_fn: Callable, x, y, rate: float, steps: int = 60) -> list[float]:
    model = model_fn()
    model.optimizer.learning_rate = rate
    losses = []
    for _ in range(steps):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
    return [loss if np.isfinite(loss) else np.inf for loss in losses]


# Shared by several pictures


def _walk(opt: Callable, f: Callable, start, steps: int) -> np.ndarray:
    path, state = [np.array(start, dtype=float)], None
    for _ in range(steps):
        w, state = opt(path[-1].copy(), f(path[-1])[1], state)
        path.append(np.array(w, dtype=float))
    return np.stack(path)


def _terrain(ax, surface, limits, title: str) -> None:
    """Draw lines of equal height, and a cross at the minimum."""
    (left, right), (low, high) = limits
    a, b = np.meshgrid(np.linspace(left, right, 161), np.linspace(low, high, 161))
    heights = surface.value(a, b)
    floor = heights.min()
    levels = floor + (heights.max() - floor) * np.linspace(0, 1, 13)[1:-1] ** 3
    ax.contour(a, b, heights, levels=levels, colors="#c3ccd5", linewidths=0.8)
    if surface.minimum is not None:
        ax.plot(*surface.minimum, marker="+", color=INK, markersize=11, markeredgewidth=1.6)
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    ax.set_title(title, fontsize=10, color=INK)
    _label(ax, "w₀", "w₁")


def _draw(ax, path, number: int, name: str = "", every: int = 1) -> None:
    """Draw a path that starts at an open ring and ends where it leaves the picture for good."""
    colour, line, mark = STYLES[number]
    outside = np.abs(path) > 3 * np.abs([ax.get_xlim(), ax.get_ylim()]).max(axis=1)
    if outside.any():
        path = path[: np.argmax(outside.any(axis=1)) + 1]
    ax.plot(path[:, 0], path[:, 1], color=colour, linestyle=line, marker=mark, markersize=3.5,
            linewidth=1.5, markevery=every, label=name)  # fmt: skip
    ax.plot(*path[0], marker="o", color=INK, fillstyle="none", markersize=9, markeredgewidth=1.4)


def _line(ax, x, y, number: int, name: str, every: int = 8) -> None:
    colour, line, mark = STYLES[number]
    ax.plot(x, y, color=colour, linestyle=line, marker=mark, markersize=3.5, markevery=every,
            linewidth=1.6, label=name)  # fmt: skip


def _label(ax, x: str, y: str) -> None:
    ax.set_xlabel(x, fontsize=9, color=INK)
    ax.set_ylabel(y, fontsize=9, color=INK)
    ax.tick_params(labelsize=8, color=PALE, labelcolor=INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(PALE)
