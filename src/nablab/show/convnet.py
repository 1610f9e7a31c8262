"""The pictures of lab 4, A first ConvNet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    figure,
    finish,
    needs,
    sheet,
)

PAPER = "#eef1f4"


def _signed(shift: int) -> str:
    """A shift with its sign: +2, −2, 0."""
    return f"{shift:+d}".replace("-", "−") if shift else "0"


def _plain(ax, x: str, y: str) -> None:
    """Axes with two sides and pale ticks."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        ax.spines[side].set_color(PALE)
    ax.tick_params(color=PALE, labelcolor=INK, labelsize=9)
    ax.set_xlabel(x, fontsize=10, color=INK)
    ax.set_ylabel(y, fontsize=10, color=INK)


def _shares(ax, top: float = 1.0) -> None:
    """A scale for accuracies, with a line at pure chance for ten classes."""
    ax.set_ylim(0, top)
    ax.axhline(0.1, color=PALE, linewidth=1, linestyle=":")
    ax.annotate(
        "chance",
        (1, 0.1),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=PALE,
    )


def fields(x, y) -> Words:
    """Twelve fields (12, H, W, 1) with their labels."""
    x = np.asarray(x, dtype=float)[..., 0]
    _fig, axes = figure(9.4, 3.6, nrows=2, ncols=len(x) // 2)
    for ax, image, label in zip(axes.flat, x, y, strict=False):
        sheet(ax, image, grey=True, low=0, title=f"{label}")
        ax.grid(False)
        ax.set_xticks([])
        ax.set_yticks([])
    told = ", ".join(
        f"{label} at row {r}, column {c}"
        for image, label in zip(x, y, strict=True)
        for r, c in [(int(np.argmax(image.any(axis=1))), int(np.argmax(image.any(axis=0))))]
    )
    return finish(
        f"{len(x)} dark fields of {x.shape[1]}×{x.shape[2]} pixels, each with one small bright "
        f"digit at another place. The digits and where their ink begins: {told}."
    )


@needs("build_lenet")
def architecture(build_lenet: Callable, input_shape: tuple, n_classes: int) -> Words:
    """The layers of the student's network, their outputs, and where its parameters are."""
    net = build_lenet(input_shape, n_classes)
    steps = [("image", tuple(input_shape), 0)] + [
        (type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params())
        for layer in net.layers
        if type(layer).__name__ not in ("InputLayer", "Activation", "ReLU")
    ]
    total = max(sum(count for _, _, count in steps), 1)
    _fig, (top, bottom) = figure(11, 4.6, nrows=2, height_ratios=[1.2, 1])
    for place, (_, shape, _) in enumerate(steps):
        _stack(top, place, shape, input_shape[0])
        said = "×".join(str(side) for side in shape)
        top.text(place, -0.12, said, ha="center", va="top", fontsize=9, color=INK)
    top.set_xlim(-0.6, len(steps) - 0.4)
    top.set_ylim(-0.3, 0.95)
    top.axis("off")
    counts = [count for _, _, count in steps]
    bottom.bar(range(len(steps)), counts, color=NEGATIVE, width=0.6)
    for place, count in enumerate(counts):
        if count:
            said = f"{count:,}\n{100 * count / total:.1f} %"
            bottom.text(place, count, said, ha="center", va="bottom", fontsize=8, color=INK)
    bottom.set_xlim(-0.6, len(steps) - 0.4)
    bottom.set_ylim(0, 1.45 * max(counts, default=1))
    bottom.set_xticks(range(len(steps)), [_spaced(name) for name, _, _ in steps])
    _plain(bottom, "", "parameters")
    bottom.yaxis.set_major_formatter("{x:,.0f}")
    bottom.tick_params(length=0)
    told = "; ".join(
        f"{name} gives {'×'.join(map(str, shape))}" + (f", {count:,} parameters" if count else "")
        for name, shape, count in steps[1:]
    )
    return finish(
        f"Above, from left to right, the image and what each layer makes of it, as stacks of "
        f"sheets for maps and columns for plain numbers; below, bars for the parameters of each "
        f"layer, {total:,} in all. {told}."
    )


def _spaced(name: str) -> str:
    """A layer's name: Conv2D on one line, MaxPooling2D on two."""
    return name.replace("Pooling", "-\nPooling")


def _stack(ax, place: int, shape: tuple, largest: int) -> None:
    """Draw maps as a stack of sheets and numbers as a column, with heights in proportion."""
    from matplotlib.patches import Rectangle

    if len(shape) == 3:
        side = 0.72 * shape[0] / largest
        count = min(shape[2], 8)
        for sheet_number in reversed(range(count)):
            shift = 0.028 * sheet_number
            corner = (place - side / 2 + shift - 0.014 * (count - 1), 0.02 + 0.9 * shift)
            ax.add_patch(
                Rectangle(corner, side, 0.85 * side, facecolor=PAPER, edgecolor=INK, linewidth=0.8)
            )
    else:
        height = 0.05 + 0.25 * np.log10(shape[0])
        ax.add_patch(
            Rectangle(
                (place - 0.05, 0.02), 0.1, height, facecolor=PALE, edgecolor=INK, linewidth=0.8
            )
        )


@needs("compare")
def race(compare: Callable, dense_accuracy: Callable, budgets: Sequence[int]) -> Words:
    """Accuracy against the number of parameters: LeNet, its twin, and dense nets of other sizes."""
    got = compare(0)
    dense = sorted(
        [dense_accuracy(budget) for budget in budgets] + [(got["params_dense"], got["acc_dense"])]
    )
    _fig, ax = figure(7.4, 4.2)
    ax.plot(
        *zip(*dense, strict=True), color=NEGATIVE, marker="o", linewidth=1.5, label="dense nets"
    )
    ax.plot(
        [got["params_conv"]],
        [got["acc_conv"]],
        color=POSITIVE,
        marker="D",
        markersize=10,
        linestyle="",
        label="LeNet",
    )
    for count, share in [*dense, (got["params_conv"], got["acc_conv"])]:
        ax.annotate(
            f"{share:.2f}",
            (count, share),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=10,
            color=INK,
        )
    ax.set_xscale("log")
    ax.set_xlim(min(c for c, _ in dense) / 1.6, max(c for c, _ in dense) * 1.6)
    _plain(ax, "parameters", "accuracy on new fields")
    _shares(ax)
    ax.legend(frameon=False, fontsize=10, loc="upper right")
    told = ", ".join(f"{count:,} parameters: {share:.2f}" for count, share in dense)
    return finish(
        f"Accuracy on test fields against the number of parameters. LeNet, a diamond, has "
        f"{got['params_conv']:,} parameters: {got['acc_conv']:.2f}. Dense nets, dots on a line: "
        f"{told}."
    )


@needs("shift_curve")
def shifts(trained: Callable, shift_curve: Callable, by: Sequence[int]) -> Words:
    """The shift curves of LeNet and of its twin, both trained on centred digits."""
    lenet, twin, (x, y) = trained()
    by = list(by)
    curves = [np.asarray(shift_curve(model, x, y, by), dtype=float) for model in (lenet, twin)]
    _fig, ax = figure(7.4, 4)
    for curve, colour, marker, name in zip(
        curves, (POSITIVE, NEGATIVE), "Do", ("LeNet", "dense twin"), strict=True
    ):
        ax.plot(by, curve, color=colour, marker=marker, linewidth=1.8, label=name)
    ax.set_xticks(by)
    _plain(ax, "moved to the right by … pixels", "accuracy")
    _shares(ax, 1.03)
    ax.legend(frameon=False, fontsize=10)
    told = "; ".join(
        f"{name}, "
        + ", ".join(f"{_signed(s)}: {share:.2f}" for s, share in zip(by, curve, strict=True))
        for name, curve in zip(("LeNet", "the dense twin"), curves, strict=True)
    )
    return finish(
        "Two curves of the accuracy against the shift, highest in the middle and falling to both "
        f"sides, LeNet's (diamonds) wider than the twin's (dots). By pixels to the right: {told}."
    )


def _change(share: float) -> str:
    return f"difference: {100 * share:.0f} % of the upper"


@needs("pool")
def pools(image, pool: Callable) -> Words:
    """A digit (H, W, 1) and the same digit one pixel further right, each pooled in three ways."""
    image = np.asarray(image, dtype=float)
    two = np.stack([image, np.zeros_like(image)])
    two[1, :, 1:] = image[:, :-1]
    shown = {"pixels": two, "max": pool(two, "max"), "avg": pool(two, "avg")}
    whole = np.asarray(pool(two, "global"), dtype=float).reshape(2, -1)[:, 0]
    _fig, axes = figure(9.6, 4.9, nrows=2, ncols=4)
    told = []
    for column, (name, maps) in zip(axes.T, shown.items(), strict=False):
        maps = np.asarray(maps, dtype=float)[..., 0]
        change = float(np.linalg.norm(maps[1] - maps[0]) / np.linalg.norm(maps[0]))
        for ax, one in zip(column, maps, strict=True):
            sheet(ax, one, grey=True, low=0)
            ax.grid(False)  # it would hide a digit this small
            ax.set_xticks([])
            ax.set_yticks([])
        column[0].set_title(name, fontsize=11, color=INK)
        column[1].set_xlabel(_change(change), fontsize=10, color=INK)
        told.append(f"{name} {100 * change:.0f} %")
    change = abs(whole[1] - whole[0]) / max(abs(whole[0]), 1e-12)
    for ax, value in zip(axes[:, 3], whole, strict=True):
        between(ax, f"{value:.4f}", size=17)
    axes[0, 3].set_title("global", fontsize=11, color=INK)
    axes[1, 3].text(
        0.5,
        -0.02,
        _change(change),
        transform=axes[1, 3].transAxes,
        ha="center",
        va="top",
        fontsize=10,
        color=INK,
    )
    for ax, said in zip(axes[:, 0], ("as it is", "1 pixel right"), strict=True):
        ax.set_ylabel(said, fontsize=10, color=INK)
    return finish(
        "Above a digit, below the same one pixel further to the right; from left to right its "
        "pixels, max-pooled, average-pooled, and the global mean, a single number "
        f"({whole[0]:.4f} and {whole[1]:.4f}). Length of the difference, in per cent of the length "
        f"of what is above: "
        f"{', '.join(told)}, global {100 * change:.0f} %."
    )


def _losses(ax, losses, title: str, top: float) -> None:
    """Two loss curves and the gap between them."""
    seen = np.arange(len(losses))
    ax.fill_between(seen, losses[:, 0], losses[:, 1], color=PAPER)
    ax.plot(seen, losses[:, 1], color=POSITIVE, marker="D", markersize=4, label="new images")
    ax.plot(seen, losses[:, 0], color=NEGATIVE, marker="o", markersize=4, label="training images")
    ax.set_title(title, fontsize=10, color=INK)
    ax.set_ylim(0, top)
    ax.set_xlim(-0.4, len(losses) - 0.6)  # room for the markers at both ends
    _plain(ax, "thousands of images seen", "loss")


@needs("build_lenet")
def overfitting(run: Callable) -> Words:
    """The loss curves that `run()` returns (thousands of images, 2): on training images and on new
    ones."""
    losses = np.asarray(run(), dtype=float)
    _fig, ax = figure(7, 3.9)
    _losses(ax, losses, "", max(3.0, 1.05 * losses.max()))
    ax.legend(frameon=False, fontsize=10, loc="lower left")
    best = int(np.argmin(losses[:, 1]))
    ax.annotate(
        "lowest here",
        (best, losses[best, 1]),
        xytext=(0, -26),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        color=INK,
        arrowprops={"arrowstyle": "-", "color": PALE},
    )
    return finish(
        f"Two curves of the loss. On the training images it falls from {losses[0, 0]:.2f} to "
        f"{losses[-1, 0]:.2f}. On new images it begins at {losses[0, 1]:.2f}, is lowest after "
        f"{best} thousand images, {losses[best, 1]:.2f}, and ends at {losses[-1, 1]:.2f}. The gap "
        f"at the end is {losses[-1, 1] - losses[-1, 0]:.2f}."
    )


@needs("augment")
def gaps(run: Callable, strengths: Mapping[str, tuple]) -> Words:
    """One panel for each augmentation, with the losses that `run(*strength)` returns (thousands of
    images, 2)."""
    found = {name: np.asarray(run(*strength), dtype=float) for name, strength in strengths.items()}
    top = max(3.0, 1.05 * max(losses.max() for losses in found.values()))
    _fig, axes = figure(11, 3.5, ncols=len(found), sharey=True)
    for ax, (name, losses) in zip(axes, found.items(), strict=True):
        gap = losses[-1, 1] - losses[-1, 0]
        _losses(ax, losses, f"augmentation: {name} (gap at the end {gap:.1f})", top)
    for ax in axes[1:]:
        ax.set_ylabel("")
    axes[0].legend(frameon=False, fontsize=9, loc="lower left")
    told = "; ".join(
        f"{name}: {losses[-1, 0]:.2f} on training images, {losses[-1, 1]:.2f} on new ones, a gap "
        f"of {losses[-1, 1] - losses[-1, 0]:.2f}"
        for name, losses in found.items()
    )
    return finish(
        "Three panels, each with the losses on training images and on new ones. At the end, "
        f"{told}."
    )


@needs("dropout")
def dropped(dropout: Callable, rates: Sequence[float]) -> Words:
    """The output of a unit that averages 100 inputs of 1, under 2,000 masks of each rate."""
    x = np.ones((2000, 100))
    _fig, axes = figure(10, 3.2, ncols=len(rates), sharey=True)
    told = []
    for ax, rate in zip(axes, rates, strict=True):
        y, _ = dropout(x, rate, True, np.random.default_rng(0))
        means = np.asarray(y, dtype=float).mean(axis=1)
        edges = np.arange(-0.025, 2.1, 0.1)  # the same number of possible means in each bin
        ax.hist(np.clip(means, 0, 2), bins=edges, color=NEGATIVE)
        ax.axvline(1, color=PALE, linewidth=1, linestyle=":")
        ax.axvline(means.mean(), color=POSITIVE, linewidth=2)
        ax.set_title(
            f"rate {rate:g}: mean {means.mean():.2f}, spread {means.std():.2f}",
            fontsize=10,
            color=INK,
        )
        ax.set_xlim(0, 2)
        _plain(ax, "mean of 100 inputs", "")
        told.append(f"rate {rate:g}, mean {means.mean():.2f}, standard deviation {means.std():.2f}")
    axes[0].set_ylabel("masks", fontsize=10, color=INK)
    return finish(
        "Histograms of the mean of 100 inputs of 1 after dropout, for 2,000 masks each, with an "
        f"orange line at the mean of all: {'; '.join(told)}."
    )


@needs("augment")
def contact_sheet(image, augment: Callable, max_shift: int, max_angle: float) -> Words:
    """36 versions of one image (H, W, 1), the original first."""
    image = np.asarray(image, dtype=float)
    rng = np.random.default_rng(0)
    versions = [image] + [
        np.asarray(augment(image, rng, max_shift, max_angle, False), dtype=float) for _ in range(35)
    ]
    H, W, _ = image.shape
    page = np.full((6 * (H + 1) - 1, 6 * (W + 1) - 1), 0.35)
    for number, version in enumerate(versions):
        top, left = (H + 1) * (number // 6), (W + 1) * (number % 6)
        page[top : top + H, left : left + W] = version[:, :, 0]
    _fig, ax = figure(6.2, 6.2)
    ax.imshow(page, cmap="gray", vmin=0, vmax=1)
    box(ax, 0, 0, H, W, linewidth=3)
    ax.axis("off")
    ink = np.array([version.sum() for version in versions]) / max(image.sum(), 1e-12)
    return finish(
        f"A sheet of 6×6 fields with the same digit. The first, framed in orange, is the original; "
        f"the others are moved by up to {max_shift} pixels and turned by up to {max_angle:g}°. "
        f"They hold between {100 * ink.min():.0f} and {100 * ink.max():.0f} % of its ink, the sum "
        "of its pixels."
    )


@needs("learning_curve")
def learning_curves(
    learning_curve: Callable, n_list: Sequence[int], seed: int, moved: tuple
) -> Words:
    """Learning curves without and with augmentation and dropout; and a comparison on `moved`
    data."""
    ways = {"plain": (False, False), "augmentation": (True, False), "dropout": (False, True)}
    found = {
        name: np.asarray(learning_curve(list(n_list), *way, seed), dtype=float)
        for name, way in ways.items()
    }
    n = len(moved[0][0])
    pair = [float(np.ravel(learning_curve([n], aug, False, 0, moved))[0]) for aug in (False, True)]
    _fig, (ax, bars) = figure(10, 4, ncols=2, width_ratios=[2.4, 1])
    for (name, curve), colour, marker, line in zip(
        found.items(), (MARKS[1], MARKS[0], MARKS[2]), "oDs", ("-", "-", "--"), strict=True
    ):
        ax.plot(n_list, curve, color=colour, marker=marker, linestyle=line, label=name)
    ax.set_xscale("log")
    ax.set_xticks(n_list, [str(n) for n in n_list])
    ax.minorticks_off()
    ax.set_title("digits at random places", fontsize=10, color=INK)
    _plain(ax, "training images", "accuracy on new fields")
    _shares(ax)
    ax.legend(frameon=False, fontsize=10, loc="upper left")
    bars.bar((0, 1), pair, color=(MARKS[1], MARKS[0]), width=0.6)
    for place, share in enumerate(pair):
        bars.text(place, share + 0.02, f"{share:.2f}", ha="center", fontsize=10, color=INK)
    bars.set_xticks((0, 1), ["plain", "augmen-\ntation"])
    bars.set_title(f"{n} centred digits,\ntested up to 2 pixels away", fontsize=10, color=INK)
    _plain(bars, "", "")
    _shares(bars)
    told = "; ".join(
        f"{name}, "
        + ", ".join(
            f"{count} images: {share:.2f}" for count, share in zip(n_list, curve, strict=True)
        )
        for name, curve in found.items()
    )
    return finish(
        "Left, curves of the accuracy against the number of training images. "
        f"{told}. Right, two bars for nets that learned from {n} centred digits and are tested on "
        f"digits up to 2 pixels away from the middle: plain {pair[0]:.2f}, with augmentation "
        f"{pair[1]:.2f}."
    )
