"""The pictures of the lab on adversarial examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nablab.show.canvas import (
    INK,
    MARKS,
    PALE,
    Words,
    figure,
    finish,
    needs,
    sheet,
)

RIGHT, WRONG = MARKS[2], MARKS[0]


def answers(model: Any, x: Any) -> np.ndarray:
    """What a model reads, image by image."""
    import keras

    logits = model(np.asarray(x, dtype="float32"), training=False)
    read: np.ndarray = keras.ops.convert_to_numpy(logits).argmax(axis=1)
    return read


def mean_loss(model: Any, x: Any, y: Any) -> float:
    import keras

    logits = model(np.asarray(x, dtype="float32"), training=False)
    each = keras.losses.sparse_categorical_crossentropy(np.asarray(y), logits, from_logits=True)
    return float(np.mean(keras.ops.convert_to_numpy(each)))


def _quiet(ax, title: str = "", below: str = "", beside: str = "") -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["bottom", "left"]].set_color(PALE)
    ax.tick_params(colors=PALE, labelcolor=INK, labelsize=8)
    ax.set_title(title, fontsize=10, color=INK)
    ax.set_xlabel(below, fontsize=9, color=INK)
    ax.set_ylabel(beside, fontsize=9, color=INK)


def _ink(ax, image, title: str = "", colour: str = INK) -> None:
    """A digit, 0 white and 1 black."""
    sheet(ax, -np.asarray(image, dtype=float)[..., 0], grey=True, low=-1, limit=0)
    ax.grid(False)
    ax.set_title(title, fontsize=10, color=colour)


def _change(ax, change, title: str = "") -> None:
    """A change of a digit, ten times as strong: blue paler, orange darker."""
    sheet(ax, 10 * np.asarray(change, dtype=float)[..., 0], limit=1.5, title=title)
    ax.grid(False)


def _rows(axes, names) -> None:
    for ax, name in zip(axes, names, strict=True):
        ax.set_ylabel(name, fontsize=9, color=INK)


def deceived(model: Any, x, y, made, count: int) -> np.ndarray:
    """The first images that were read right and are not any more, of many classes."""
    found = np.flatnonzero((answers(model, x) == y) & (answers(model, made) != y))
    _, first = np.unique(np.asarray(y)[found], return_index=True)
    order = [*sorted(first), *(k for k in range(len(found)) if k not in set(first))]
    chosen: np.ndarray = found[order[:count]]
    return chosen


def puzzle(model: Any, x, y) -> Words:
    """Digits, faint patterns, and their sums, with what the net reads."""
    from nablab.interpret import adversarial

    made = adversarial.fgsm(model, x, y, 0.1)
    which = deceived(model, x, y, made, 4)
    before, after = answers(model, x[which]), answers(model, made[which])
    _fig, axes = figure(7.2, 5.6, nrows=3, ncols=4)
    for column, n, was, now in zip(axes.T, which, before, after, strict=True):
        _ink(column[0], x[n], f"read as {was}", RIGHT)
        _change(column[1], made[n] - x[n])
        _ink(column[2], made[n], f"read as {now}", WRONG)
    _rows(axes[:, 0], ("digit", "pattern × 10", "sum"))
    told = "; ".join(f"{a} becomes {b}" for a, b in zip(before, after, strict=True))
    return finish(
        "Four digits, below each a pattern of blue and orange pixels, ten times as strong as it "
        f"is, and the sum of both, which still looks like the digit. What the net reads: {told}."
    )


@needs("fgsm")
def one_step(nets: Mapping[str, Any], x, y, fgsm: Callable, eps: float = 0.1) -> Words:
    """Six digits before and after the student's step, and what two nets still read."""
    import matplotlib.pyplot as plt

    model = next(iter(nets.values()))
    made = np.asarray(fgsm(model, x, y, eps))
    which = deceived(model, x, y, made, 6)
    if len(which) < 6:  # the step of an unfinished function
        which = np.arange(6)
    fig = plt.figure(figsize=(10.5, 3.9), layout="constrained")
    left, right = fig.subfigures(1, 2, width_ratios=(2, 1))
    axes = left.subplots(3, 6)
    told = []
    for column, n in zip(axes.T, which, strict=True):
        was, now = answers(model, x[[n]])[0], answers(model, made[[n]])[0]
        _ink(column[0], x[n], f"{was}", RIGHT if was == y[n] else WRONG)
        _change(column[1], made[n] - x[n])
        _ink(column[2], made[n], f"{now}", RIGHT if now == y[n] else WRONG)
        told.append(f"{was} becomes {now}")
    _rows(axes[:, 0], ("digit", "change × 10", "changed"))
    ax = right.subplots()
    signs = np.random.default_rng(0).choice([-1, 1], np.shape(x))
    noisy = np.clip(x + eps * signs, 0, 1)
    shares = {
        name: [
            float(np.mean(answers(net, images) == y))
            for images in (x, np.asarray(fgsm(net, x, y, eps)), noisy)
        ]
        for name, net in nets.items()
    }
    for k, (name, each) in enumerate(shares.items()):
        places = np.arange(3) + 4 * k
        ax.bar(places, each, color=(PALE, MARKS[0], MARKS[1]), width=0.85)
        for place, value in zip(places, each, strict=True):
            ax.text(place, value + 0.015, f"{value:.2f}", ha="center", fontsize=9, color=INK)
        ax.text(4 * k + 1, -0.08, name, ha="center", fontsize=9, color=INK)
    _quiet(ax, "share of the test digits read right")
    ax.set_xticks([])
    ax.set_ylim(0, 1.2)
    for colour, label in zip((PALE, MARKS[0], MARKS[1]), ("clean", "fgsm", "noise"), strict=True):
        ax.bar(0, 0, color=colour, label=label)
    ax.legend(frameon=False, fontsize=9, labelcolor=INK, loc="upper center", ncols=3)
    bars = "; ".join(
        f"{name}: clean {each[0]:.2f}, after your step {each[1]:.2f}, with noise {each[2]:.2f}"
        for name, each in shares.items()
    )
    return finish(
        f"Six digits, their changes times ten, and the changed digits. The net's answers: "
        f"{'; '.join(told)}. Share read right, {bars}."
    )


def linear_classifier(x, y, yes: int, no: int, steps: int = 300) -> tuple[np.ndarray, float]:
    """Weights and bias that tell one digit from another, by gradient descent."""
    chosen = np.isin(y, (yes, no))
    images, signs = x[chosen].reshape(chosen.sum(), -1), np.where(y[chosen] == yes, 1.0, -1.0)
    w, b = np.zeros(images.shape[1]), 0.0
    for _ in range(steps):
        slope = -signs / (1 + np.exp(signs * (images @ w + b))) / len(signs)
        w, b = w - images.T @ slope, b - slope.sum()
    return w, float(b)


def _tried(w, b, x, most: float = 1.0, steps: int = 400) -> np.ndarray:
    """The first eps of a fine scale at which the worst change turns the answer."""
    scale = np.linspace(0, most, steps + 1)
    margins = np.stack([(x - eps * np.sign(w)) @ w + b for eps in scale])
    found: np.ndarray = scale[np.argmax(margins <= 0, axis=0)]
    return found


@needs("worst_case_linear", "smallest_eps")
def straight_lines(
    x_train, y_train, x, y, worst_case_linear: Callable, smallest_eps: Callable
) -> Words:
    """A linear classifier of 3s and 8s: the smallest eps of each 3, and a margin as eps grows."""
    w, b = linear_classifier(x_train, y_train, 3, 8)
    images = x[y == 3].reshape(np.sum(y == 3), -1).astype(float)
    by_formula = np.asarray(smallest_eps(w, b, images), dtype=float)
    by_trying = _tried(w, b, images)
    _fig, (pattern, left, right) = figure(11, 3.5, ncols=3, width_ratios=(1, 1.3, 1.5))
    sheet(pattern, w.reshape(8, 8), limit=float(np.abs(w).max()), title="w: 3 (orange), 8 (blue)")
    pattern.grid(False)
    left.plot([0, 0.4], [0, 0.4], color=PALE, linewidth=1)
    left.plot(by_trying, by_formula, "o", color=MARKS[0], markersize=4, alpha=0.7)
    _quiet(left, "smallest ε of each 3", "found by trying", "your formula")
    middle = int(np.argsort(by_formula)[len(by_formula) // 2])
    scale = np.linspace(0, 2 * by_formula[middle] + 0.01, 25)
    line = [float(worst_case_linear(w, b, images[[middle]], eps)[0]) for eps in scale]
    rng = np.random.default_rng(0)
    signs = rng.choice([-1, 1], (200, 64))
    for eps in scale[2::3]:
        chance = (images[middle] + eps * signs) @ w + b
        right.plot(np.full(200, eps), chance, ".", color=MARKS[1], markersize=2, alpha=0.4)
    right.plot(scale, line, color=MARKS[0], linewidth=2)
    right.axhline(0, color=INK, linewidth=0.8)
    _quiet(right, "one 3: margins after a change of size ε", "ε", "margin")
    right.text(
        scale[16], line[16] - 0.6, "worst ", fontsize=9, color=MARKS[0], ha="right", va="top"
    )
    right.text(0, chance.max(), "200 random changes", fontsize=9, color=MARKS[1])
    lowest = ((images[middle] + scale[-1] * signs) @ w + b).min()
    return finish(
        "The weights of a linear classifier as 8 by 8 pixels. Then the smallest eps of "
        f"{len(images)} digits, your formula against trying: all points near the diagonal, the "
        f"median at {np.median(by_formula):.3f}. Then the margin of one 3: your line falls from "
        f"{line[0]:.2f} through 0 at {by_formula[middle]:.3f} to {line[-1]:.2f}, while of 200 "
        f"random changes as large as the last none gets below {lowest:.2f}."
    )


@needs("fgsm", "pgd")
def climb(
    model: Any, x, y, fgsm: Callable, pgd: Callable, gradient: Callable, eps: float = 0.2
) -> Words:
    """The mean loss along PGD's steps, and one image's loss along FGSM's line."""
    x, y = x[:200], y[:200]
    alpha, steps = eps / 4, (0, 1, 2, 3, 4, 6, 8, 12)
    fast = mean_loss(model, fgsm(model, x, y, eps), y)
    still = [mean_loss(model, pgd(model, x, y, eps, alpha, n, None), y) for n in steps]
    drawn = [
        mean_loss(model, pgd(model, x, y, eps, alpha, n, np.random.default_rng(1)), y)
        for n in steps
    ]
    _fig, (left, right) = figure(10, 3.8, ncols=2)
    left.plot(steps, still, "o-", color=MARKS[0], markersize=4, label="PGD from the digit")
    left.plot(steps, drawn, "o-", color=MARKS[1], markersize=4, label="PGD from a random start")
    left.axhline(fast, color=INK, linestyle="--", linewidth=1, label="FGSM")
    left.legend(frameon=False, fontsize=9, labelcolor=INK, loc="lower right")
    _quiet(left, f"mean loss of 200 digits, ε = {eps}", "steps of PGD")
    far = np.linspace(0, 0.6, 49)
    slopes = np.asarray(gradient(model, x, y))
    losses = np.array([_each_loss(model, x + reach * np.sign(slopes), y) for reach in far])
    falls = losses.max(axis=0) - losses[-1]
    n = int(np.argmax(np.where(answers(model, x) == y, falls, -1)))
    right.plot(far, losses[:, n], color=MARKS[0], linewidth=2)
    _quiet(right, f"loss of one {y[n]} along the line of FGSM, not clipped", "ε")
    top = int(np.argmax(losses[:, n]))
    return finish(
        f"Left: the mean loss rises from {still[0]:.2f} with the steps of PGD to {still[-1]:.2f}, "
        f"from random starts to {drawn[-1]:.2f}; FGSM reaches {fast:.2f}. Right: the loss of one "
        f"digit along the line of FGSM: it rises to {losses[top, n]:.2f} at {far[top]:.2f} and "
        f"ends at {losses[-1, n]:.2f}."
    )


def _each_loss(model: Any, x, y) -> np.ndarray:
    import keras

    logits = model(np.asarray(x, dtype="float32"), training=False)
    each: np.ndarray = keras.ops.convert_to_numpy(
        keras.losses.sparse_categorical_crossentropy(np.asarray(y), logits, from_logits=True)
    )
    return each


@needs("targeted")
def every_target(model: Any, x, y, targeted: Callable, eps: float = 0.2) -> Words:
    """Every digit made into every other one."""
    right = np.flatnonzero(answers(model, x) == y)
    rows = np.array([right[np.argmax(y[right] == digit)] for digit in range(10)])
    many, target = np.repeat(x[rows], 10, axis=0), np.tile(np.arange(10), 10)
    made = np.asarray(targeted(model, many, target, eps, eps / 10, 30))
    made[::11] = many[::11]  # the diagonal
    said = answers(model, made)
    _fig, axes = figure(7.6, 7.9, nrows=10, ncols=10)
    for k, ax in enumerate(axes.ravel()):
        _ink(ax, made[k])
        hit, own = said[k] == target[k], k % 11 == 0
        for side in ax.spines.values():
            side.set_color(PALE if own else RIGHT if hit else WRONG)
            side.set_linewidth(1 if own else 2.5)
        if k < 10:
            ax.set_title(f"→ {k}", fontsize=10, color=INK)
        if k % 10 == 0:
            ax.set_ylabel(f"{k // 10}", fontsize=10, color=INK, rotation=0, labelpad=10)
    others = np.arange(100) % 11 != 0
    share = int(np.sum((said == target) & others))
    return finish(
        "A table of ten by ten digits: in row i an image of the digit i, in column j made so that "
        f"the net reads j, with eps {eps}. A green frame marks those that it does read as j, an "
        f"orange one the others: {share} of 90 are green. On the diagonal stand the clean digits."
    )


@needs("acc_vs_eps")
def curves(nets: Mapping[str, Any], x, y, acc_vs_eps: Callable) -> Words:
    """Accuracy against eps for several nets, under both attacks."""
    scale = [0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
    _fig, ax = figure(7.5, 4.0)
    told = []
    for (name, net), colour in zip(nets.items(), MARKS, strict=False):
        for attack, style in (("pgd", "o-"), ("fgsm", "o--")):
            found = np.asarray(acc_vs_eps(net, x, y, scale, attack), dtype=float)
            ax.plot(
                scale, found, style, color=colour, markersize=4, label=f"{name}, {attack.upper()}"
            )
            told.append(
                f"{name} under {attack.upper()}: {found[0]:.2f} clean, {found[3]:.2f} at 0.1, "
                f"{found[-1]:.2f} at 0.3"
            )
    _quiet(ax, "share of the test digits read right", "ε")
    ax.set_ylim(0, 1.02)
    ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    return finish(f"Accuracy against eps, falling. {'; '.join(told)}.")


@needs("adversarial_train", "acc_vs_eps")
def hardened(
    plain: Any,
    robust: Callable,
    x,
    y,
    acc_vs_eps: Callable,
    gradient: Callable,
    adversarial_train: Callable,
) -> Words:
    """The curves of a plain net and of one that was trained on attacks, and their slopes."""
    import matplotlib.pyplot as plt

    nets = {"learned clean digits": plain, "learned attacked digits": robust()}
    scale = [0, 0.05, 0.1, 0.15, 0.2, 0.3]
    fig = plt.figure(figsize=(10.5, 4.0), layout="constrained")
    left, right = fig.subfigures(1, 2, width_ratios=(1, 1.15))
    ax = left.subplots()
    told = []
    for (name, net), colour in zip(nets.items(), (MARKS[1], MARKS[0]), strict=True):
        found = np.asarray(acc_vs_eps(net, x, y, scale), dtype=float)
        ax.plot(scale, found, "o-", color=colour, markersize=4, label=name)
        told.append(f"{name}: {found[0]:.3f} clean, {found[2]:.2f} at 0.1")
    ax.axvline(0.1, color=PALE, linewidth=0.8, linestyle=":")
    ax.set_ylim(0, 1.02)
    ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    clean = " and ".join(f"{np.mean(answers(net, x) == y):.3f}" for net in nets.values())
    _quiet(ax, f"read right under PGD; on clean digits {clean}", "ε")
    which = [int(np.argmax(y == digit)) for digit in (0, 3, 4, 6)]
    axes = right.subplots(3, 4)
    for column, n in zip(axes.T, which, strict=True):
        _ink(column[0], x[n])
        for cell, net in zip(column[1:], nets.values(), strict=True):
            slope = np.asarray(gradient(net, x[[n]], y[[n]]))[0, ..., 0]
            sheet(cell, slope / max(float(np.abs(slope).max()), 1e-12), limit=1)
            cell.grid(False)
    _rows(axes[:, 0], ("digit", "slopes, clean", "slopes, attacked"))
    return finish(
        f"Accuracy under PGD against eps. {'; '.join(told)}. Beside it the slopes of the loss at "
        "four digits, for both nets, each scaled to its largest."
    )


@needs("zero_gradient_share", "gradient_masking_check")
def unmasked(
    nets: Mapping[str, Any],
    substitute: Any,
    x,
    y,
    fgsm: Callable,
    zero_gradient_share: Callable,
    gradient_masking_check: Callable,
    accuracy: Callable,
    eps: float = 0.1,
) -> Words:
    """Three nets under three attacks, and the verdicts of the student's functions."""
    import keras

    _fig, ax = figure(9, 4.2)
    told = []
    borrowed = np.asarray(fgsm(substitute, x, y, eps))
    names = ("its own slopes", "a substitute's", "slopes of logits ÷ 500")
    for k, (name, net) in enumerate(nets.items()):
        net = net() if not hasattr(net, "layers") else net
        softened = keras.Sequential([net, keras.layers.Rescaling(1 / 500)])
        made = (np.asarray(fgsm(net, x, y, eps)), borrowed, np.asarray(fgsm(softened, x, y, eps)))
        found = [float(accuracy(net, images, y)) for images in made]
        places = np.arange(3) + 4 * k
        ax.bar(places, found, color=MARKS, width=0.85)
        for place, value in zip(places, found, strict=True):
            ax.text(place, value + 0.015, f"{value:.2f}", ha="center", fontsize=9, color=INK)
        share = float(zero_gradient_share(net, x, y))
        masked = bool(gradient_masking_check(net, substitute, x, y, eps))
        says = "masked" if masked else "not masked"
        ax.text(
            4 * k + 1, 1.12, f"{name}\nno slopes: {share:.2f}, {says}", ha="center", fontsize=10,
            color=WRONG if masked else INK,
        )  # fmt: skip
        told.append(
            f"{name}: {found[0]:.2f} with its own slopes, {found[1]:.2f} with a substitute's, "
            f"{found[2]:.2f} with logits divided by 500; {share:.2f} of the images have no slopes; "
            f"you say {says}"
        )
    for colour, label in zip(MARKS, names, strict=True):
        ax.bar(0, 0, color=colour, label=label)
    ax.legend(
        frameon=False, fontsize=9, labelcolor=INK, loc="upper center", ncols=3,
        bbox_to_anchor=(0.5, -0.02),
    )  # fmt: skip
    _quiet(ax, "", "", "read right")
    ax.set_xticks([])
    ax.set_ylim(0, 1.32)
    return finish(f"Accuracy under FGSM with eps {eps}. {'; '.join(told)}.")


@needs("transfer_matrix")
def table(nets: Mapping[str, Any], x, y, transfer_matrix: Callable, eps: float = 0.1) -> Words:
    """The transfer matrix of several nets, and what they read of clean digits."""
    models = [net if hasattr(net, "layers") else net() for net in nets.values()]
    found = np.asarray(transfer_matrix(models, x, y, eps), dtype=float)
    clean = np.array([[float(np.mean(answers(net, x) == y)) for net in models]])
    names = list(nets)
    _fig, (above, ax) = figure(7.4, 5.6, nrows=2, height_ratios=(1, len(names)))
    for axes, numbers, rows in ((above, clean, ["clean"]), (ax, found, names)):
        axes.imshow(numbers, cmap="Blues", vmin=0, vmax=1.4, aspect="auto")
        for (i, j), value in np.ndenumerate(numbers):
            heavy = "bold" if axes is ax and i == j else "normal"
            axes.text(
                j, i, f"{value:.2f}", ha="center", va="center", fontsize=10, color=INK,
                fontweight=heavy,
            )  # fmt: skip
        axes.set_yticks(range(len(rows)), rows, fontsize=9, color=INK)
        axes.set_xticks([])
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    above.set_title("read by", fontsize=10, color=INK, pad=22)
    for j, name in enumerate(names):
        above.text(j, -0.62, name, ha="center", fontsize=9, color=INK)
    ax.set_ylabel("made against", fontsize=10, color=INK)
    told = "; ".join(
        f"made against {name}: {', '.join(f'{value:.2f}' for value in row)}"
        for name, row in zip(names, found, strict=True)
    )
    return finish(
        f"A table of accuracies at eps {eps}, with the readers {', '.join(names)} in the columns. "
        f"Clean: {', '.join(f'{value:.2f}' for value in clean[0])}; {told}."
    )


SHAPES = ("disc", "square", "triangle", "cross")


def _photo(ax, image, title: str = "", colour: str = INK) -> None:
    ax.imshow(np.clip(image, 0, 1))
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_visible(False)
    ax.set_title(title, fontsize=9, color=colour)


@needs("targeted")
def gallery(model: Any, x, y, targeted: Callable, eps: float = 0.06) -> Words:
    """One image of each shape, made into every other one, with the differences times ten."""
    right = np.flatnonzero(answers(model, x) == y)
    rows = np.array([right[np.argmax(y[right] == shape)] for shape in range(4)])
    many, target = np.repeat(x[rows], 4, axis=0), np.tile(np.arange(4), 4)
    made = np.asarray(targeted(model, many, target, eps, eps / 8, 30))
    made[::5] = many[::5]  # the diagonal
    said = answers(model, made)
    _fig, axes = figure(11, 6.4, nrows=4, ncols=9, width_ratios=[1] * 4 + [0.15] + [1] * 4)
    for ax in axes[:, 4]:
        ax.axis("off")
    for k, (image, clean) in enumerate(zip(made, many, strict=True)):
        i, j = divmod(k, 4)
        hit = said[k] == target[k]
        colour = INK if i == j else RIGHT if hit else WRONG
        _photo(axes[i, j], image, f"reads: {SHAPES[said[k]]}", colour)
        _photo(axes[i, j + 5], 0.5 + 10 * (image - clean), "" if i else f"→ {SHAPES[j]}, × 10")
    for i, ax in enumerate(axes[:, 0]):
        ax.set_ylabel(SHAPES[i], fontsize=10, color=INK)
    count = int(np.sum((said == target) & (np.arange(16) % 5 != 0)))
    return finish(
        f"Left: four images of shapes, each made into the other three with eps {eps}; the net "
        f"reads the target in {count} of 12, and to the eye nothing has changed. Right: the "
        "differences, ten times as strong, around grey: specks of all colours, in which the eye "
        "finds no shape."
    )


@needs("pgd")
def views(model: Any, x, y, pgd: Callable, eps: float = 0.03) -> Words:
    """Three kinds of changes, and what is left of them on other images and under other views."""
    from nablab.interpret import adversarial

    half = len(x) // 2
    shared = adversarial.universal_perturbation(model, x[:half], y[:half], 2 * eps)
    x, y = x[half:], y[half:]
    noise = 2 * eps * np.random.default_rng(0).choice([-1, 1], shared.shape)
    plain = np.asarray(pgd(model, x, y, eps, eps / 4, 10, None))
    lasting = adversarial.expectation_over_transformation(model, x, y, eps, _moved, samples=6)
    one_for_all = {
        "clean": x,
        "noise": np.clip(x + noise, 0, 1),
        "one change for all": np.clip(x + shared, 0, 1),
    }
    seen = {name: float(np.mean(answers(model, z) == y)) for name, z in one_for_all.items()}
    kept = {
        name: (float(np.mean(answers(model, z) == y)), _under_views(model, z, y))
        for name, z in (("PGD", plain), ("over views", lasting))
    }
    _fig, (first, second, third) = figure(11, 3.4, ncols=3, width_ratios=(0.9, 1, 1.2))
    _photo(first, 0.5 + shared / (4 * eps), "one change for all images")
    second.bar(list(seen), list(seen.values()), color=(PALE, MARKS[1], MARKS[0]))
    _quiet(second, f"ε = {2 * eps:g}: read right of new images")
    for k, (still, moving) in enumerate(kept.values()):
        third.bar(
            [3 * k, 3 * k + 1], [still, moving], color=(MARKS[0], MARKS[2]),
            label=None if k else ["as made", "moved a little"],
        )  # fmt: skip
    third.set_xticks([0.5, 3.5], list(kept))
    third.legend(frameon=False, fontsize=9, labelcolor=INK)
    _quiet(third, f"ε = {eps:g}: read right as made, and moved")
    for ax in (second, third):
        ax.set_ylim(0, 1.15)
        for bar in ax.patches:
            ax.text(
                bar.get_x() + bar.get_width() / 2, bar.get_height() + 0.02,
                f"{bar.get_height():.2f}", ha="center", fontsize=9, color=INK,
            )  # fmt: skip
    return finish(
        f"Read right of {len(x)} images that were not used to find the one change: "
        + ", ".join(f"{name} {value:.2f}" for name, value in seen.items())
        + ". Then two attacks of one image each: "
        + "; ".join(
            f"{name}, {still:.2f} as made and {moving:.2f} moved by up to two pixels"
            for name, (still, moving) in kept.items()
        )
        + "."
    )


def _moved(x: Any, rng: np.random.Generator) -> Any:
    """The images moved by up to two pixels in a circle, and a little brighter or darker."""
    from keras import ops

    x = ops.roll(x, tuple(int(n) for n in rng.integers(-2, 3, 2)), axis=(1, 2))
    return ops.clip(x + float(rng.uniform(-0.1, 0.1)), 0.0, 1.0)


def _under_views(model: Any, x, y, views: int = 8) -> float:
    from keras import ops

    rng = np.random.default_rng(9)
    tensor = ops.convert_to_tensor(np.asarray(x, "float32"))
    found = [
        np.mean(answers(model, ops.convert_to_numpy(_moved(tensor, rng))) == y)
        for _ in range(views)
    ]
    return float(np.mean(found))
