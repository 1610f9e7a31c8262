"""The pictures of lab 7, Normalisation and residual networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nablab.show.canvas import (
    INK,
    MARKS,
    NEGATIVE,
    PALE,
    POSITIVE,
    Words,
    box,
    figure,
    finish,
    needs,
)


def _quiet(ax, title: str = "", below: str = "", beside: str = "") -> None:
    """Axes with two thin lines and small numbers, a title and labels."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["bottom", "left"]].set_color(PALE)
    ax.tick_params(colors=PALE, labelcolor=INK, labelsize=8)
    _names(ax, title, below, beside)


def _names(ax, title: str, below: str, beside: str) -> None:
    ax.set_title(title, fontsize=10, color=INK)
    ax.set_xlabel(below, fontsize=9, color=INK)
    ax.set_ylabel(beside, fontsize=9, color=INK)


def _photo(ax, image, title: str = "", below: str = "", beside: str = "") -> None:
    ax.imshow(np.clip(image, 0, 1))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    _names(ax, title, below, beside)


def _short(value: float) -> str:
    """A number to one decimal, with a real minus sign, and without a sign for 0.0."""
    return f"{value:.1f}".replace("-0.0", "0.0").replace("-", "−")


def _all_short(values) -> str:
    return ", ".join(map(_short, values))


def lights(photo) -> Words:
    """A photo (H, W, 3) from 0 to 1: as it is, underexposed and in fog, with mean and spread."""
    photo = np.asarray(photo, dtype=float)
    looks = {"as taken": photo, "underexposed": 0.25 * photo, "in fog": 0.25 * photo + 0.65}
    _fig, axes = figure(10, 2.9, ncols=3)
    told = []
    for ax, (name, image) in zip(axes, looks.items(), strict=True):
        below = f"mean {image.mean():.2f}, standard deviation {image.std():.2f}"
        _photo(ax, image, name, below)
        told.append(f"{name}: {below}")
    return finish(
        f"The photograph of a flower three times. {'; '.join(told)}. In the second every pixel is "
        "a quarter of what it was, in the third a quarter plus .65."
    )


@needs("batchnorm_fwd")
def train_and_remember(batchnorm_fwd: Callable) -> Words:
    """Three features before and after the student's layer, and the layer's moving mean over 40
    batches."""
    rng = np.random.default_rng(2)
    centre, spread = np.array([-4.0, 1.0, 6.0]), np.array([0.4, 3.0, 1.5])
    x = centre + spread * rng.normal(size=(64, 3))
    ones, zeros = np.ones(3), np.zeros(3)
    y = np.asarray(batchnorm_fwd(x, ones, zeros, zeros, ones, True)[0], dtype=float)
    paths = {}
    for momentum in (0.9, 0.99):
        mm, mv, draws = zeros, ones, np.random.default_rng(3)
        paths[momentum] = [0.0]
        for _ in range(40):
            batch = centre + spread * draws.normal(size=(16, 3))
            _, mm, mv, _ = batchnorm_fwd(batch, ones, zeros, mm, mv, True, momentum)
            paths[momentum].append(float(np.asarray(mm)[2]))
    _fig, axes = figure(10.5, 3.2, ncols=3, width_ratios=[1, 1, 1.5])
    for ax, values, title in ((axes[0], x, "x: as it comes"), (axes[1], y, "y: in training")):
        for d in range(3):
            across = d + 0.18 * rng.uniform(-1, 1, size=len(values))
            ax.plot(across, values[:, d], "o", color=MARKS[d], markersize=3, alpha=0.6)
            ax.plot([d - 0.3, d + 0.3], [values[:, d].mean()] * 2, color=INK, linewidth=2)
        ax.set_xticks(range(3), [f"feature {d}" for d in range(3)])
        ax.set_ylim(-9, 12)
        _quiet(ax, title)
    for (momentum, path), colour, style in zip(
        paths.items(), (POSITIVE, NEGATIVE), ("-", "--"), strict=True
    ):
        axes[2].plot(path, style, color=colour, linewidth=2)
        label = f"momentum {momentum}".replace("0.", ".")
        axes[2].text(22, path[22] - 0.8, label, color=colour, fontsize=9)
    axes[2].axhline(centre[2], color=PALE, linewidth=1, linestyle=":")
    axes[2].text(0, centre[2] + 0.15, "mean of the data", fontsize=8, color=INK)
    axes[2].set_ylim(-0.3, 7.2)
    _quiet(axes[2], "the moving mean of feature 2", "batches seen")
    before, after, deviations = map(_all_short, (x.mean(axis=0), y.mean(axis=0), y.std(axis=0)))
    return finish(
        f"Three features of 64 examples. Their means are {before} before and {after} after your "
        f"layer, with standard deviations {deviations}. Right the moving mean of the last feature "
        f"over 40 batches, from 0: with momentum .9 it ends at {paths[0.9][-1]:.1f}, with .99 at "
        f"{paths[0.99][-1]:.1f}; the mean of the data is 6."
    )


@needs("batchnorm_bwd")
def what_remains(batchnorm_fwd: Callable, batchnorm_bwd: Callable) -> Words:
    """The incoming gradient of one feature, the two parts of it that are lost, and the rest."""
    rng = np.random.default_rng(6)
    x = np.sort(rng.normal(size=12))[:, None]
    x = (x - x.mean()) / x.std()
    dout = 1 + 0.8 * x + 0.7 * rng.normal(size=x.shape)
    one, zero = np.ones(1), np.zeros(1)
    cache = batchnorm_fwd(x, one, zero, zero, one, True, 0.9, 1e-6)[3]
    dx = np.asarray(batchnorm_bwd(dout, cache)[0], dtype=float)[:, 0]
    shift = np.full(12, dout.mean())
    stretch = (x * (dout * x).mean())[:, 0]
    rows = (
        ("dout", dout[:, 0], NEGATIVE),
        ("in vain: shifting all", shift, PALE),
        ("in vain: stretching", stretch, PALE),
        ("your dx", dx, POSITIVE),
    )
    _fig, axes = figure(8.5, 5, nrows=4)
    for ax, (name, values, colour) in zip(axes, rows, strict=True):
        ax.bar(range(12), values, color=colour, width=0.62)
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.set_ylim(-2.6, 4.2)
        ax.set_yticks([-2, 0, 2, 4])
        ax.set_xticks([])
        ax.text(-0.5, 3.0, name, fontsize=10, color=INK)
        ax.text(11.5, 3.0, f"sum {_short(values.sum())}", fontsize=9, color=INK, ha="right")
        _quiet(ax)
    _quiet(axes[-1], "", "the twelve examples, from the smallest x̂ to the largest")
    return finish(
        f"Four rows of twelve bars. dout is mostly positive and sums to {_short(dout.sum())}. The "
        f"part that would shift the whole feature is {_short(shift[0])} everywhere, the part that "
        f"would stretch it rises from {_short(stretch[0])} to {_short(stretch[-1])}. Your dx sums "
        f"to {_short(dx.sum())}, and its products with x̂ sum to {_short(dx @ x[:, 0])}."
    )


KINDS = ("bn", "ln_keras", "ln_chw", "in", ("gn", 2))


@needs("norm_axes")
def cubes(norm_axes: Callable) -> Words:
    """For five kinds of norm, the numbers in a block that share mean and variance with the nearest
    one."""
    images, pixels, channels = 3, (2, 2), 6
    _fig, axes = figure(11, 2.7, ncols=5)
    told = []
    for ax, kind in zip(axes, KINDS, strict=True):
        grouped = isinstance(kind, tuple)
        rank = 5 if grouped else 4
        axes_of = {int(axis) % rank for axis in np.atleast_1d(norm_axes(kind))}
        shape = (images, *pixels, 2, channels // 2) if grouped else (images, *pixels, channels)
        shares = np.ones(shape, dtype=bool)
        for axis in set(range(rank)) - axes_of:
            others = [slice(None)] * rank
            others[axis] = slice(1, None)
            shares[tuple(others)] = False
        shares = shares.reshape(images, -1, channels)
        _block(ax, shares)
        ax.set_title(repr(kind).replace("'", '"'), fontsize=10, color=INK)
        told.append(f"{kind!r} {int(shares.sum())}")
    for x, y, name, turn in (
        (3, -4.35, "channels →", 0),
        (-0.35, -2, "pixels ↓", 90),
        (0.1, 1.0, "images ↗", 38),
    ):
        middle = {"ha": "center", "va": "center"}
        axes[0].text(x, y, name, fontsize=8, color=INK, rotation=turn, **middle)
    return finish(
        "Five blocks of 3 images, 4 pixels and 6 channels, 72 numbers. Orange are those that share "
        "mean and variance with the one at the near upper left corner. How many: "
        f"{', '.join(told)}. With batch norm it is the first channel of all images; with Keras's "
        "layer norm all channels of one pixel; with layer norm over H, W and C the whole first "
        "image; with instance norm the first channel of the first image; with group norm its first "
        "three channels."
    )


def _block(ax, shares) -> None:
    """Draw a block [image, pixel, channel] as seen from the front, the top and the right."""
    from matplotlib.patches import Polygon

    images, pixels, channels = shares.shape
    back = np.array([0.55, 0.42])  # the offset of each further image

    right, down = np.array([1, 0]), np.array([0, -1])

    def face(corner, one, other, inside, shade):
        points = [corner, corner + one, corner + one + other, corner + other]
        colour = POSITIVE if inside else "#ffffff"
        ax.add_patch(Polygon(points, facecolor=colour, edgecolor=PALE, linewidth=0.8, alpha=shade))

    for (n, p, c), inside in np.ndenumerate(shares):
        if n == 0:
            face(c * right + p * down, right, down, inside, 1)
        if p == 0:
            face(c * right + n * back, right, back, inside, 0.75)
        if c == channels - 1:
            face(channels * right + p * down + n * back, down, back, inside, 0.55)
    ax.plot(0.5, -0.5, "o", color=INK, markersize=5)
    ax.set_xlim(-0.7, channels + images * back[0] + 0.2)
    ax.set_ylim(-pixels - 0.8, images * back[1] + 0.2)
    ax.set_aspect("equal")
    ax.axis("off")


@needs("norm_axes")
def looks(x, normalise: Callable) -> Words:
    """A batch of two photos (2, H, W, 3), and the results of four kinds of norm."""
    x = np.asarray(x, dtype=float)
    kinds = KINDS[:4]
    made = [np.asarray(normalise(x, kind), dtype=float) for kind in kinds]
    _fig, axes = figure(11.5, 3.4, nrows=2, ncols=5)
    for n in range(2):
        _photo(axes[n, 0], x[n], "the batch" if n == 0 else "")
        for ax, kind, one in zip(axes[n, 1:], kinds, made, strict=True):
            _photo(ax, 0.5 + one[n] / 5, f'"{kind}"' if n == 0 else "")
    told = ", ".join(
        f"{kind} {_short(one[0].mean())} and {_short(one[1].mean())}"
        for kind, one in zip(kinds, made, strict=True)
    )
    return finish(
        "Two photographs, one in fog and one at dusk, and what each kind makes of the two (−2.5 is "
        f"black, 2.5 is full light). Means of the two images after each: {told}. After bn one is "
        "light and the other dark; after ln_chw and in both have the same light and full contrast, "
        "after in without a tint; after ln_keras only each pixel's colour is left."
    )


@needs("batch_size_effect")
def company(x, batch_size_effect: Callable) -> Words:
    """How much the rest of the batch matters, by batch size, on two logarithmic axes."""
    sizes = [2, 4, 8, 16, 32, 64, 128]
    found = batch_size_effect(x, sizes)
    bn, ln = (np.asarray(found[name], dtype=float) for name in ("bn", "ln"))
    _fig, ax = figure(7, 3.6)
    floor = 0.01
    ax.plot(sizes, np.maximum(bn, floor), "o-", color=POSITIVE, linewidth=2, label='"bn"')
    ax.plot(sizes, np.maximum(ln, floor), "s--", color=NEGATIVE, linewidth=2, label='"ln" (0)')
    halved = bn[2] * np.sqrt(sizes[2] / np.array(sizes))
    ax.plot(sizes, halved, ":", color=INK, linewidth=1, label="slope −½")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(sizes, sizes)
    ax.set_ylim(floor * 0.8, 2)
    ax.legend(frameon=False, fontsize=9)
    _quiet(ax, "", "size of the batch", "standard deviation")
    told = ", ".join(f"{size}: {value:.3f}" for size, value in zip(sizes, bn, strict=True))
    return finish(
        f"How much the result for one image depends on its company, by the size of the batch. "
        f"Batch norm: {told}. Layer norm: {ln.max():.3f} for every size."
    )


@needs("residual_block")
def passing_on(photo, residual_block: Callable) -> Words:
    """A photo after 1, 4 and 16 untrained residual blocks, and after as many plain layers."""
    import keras

    photo = np.asarray(photo, dtype="float32")[None, ::2, ::2]
    depths = (1, 4, 16)

    def plain(h, number):
        start = keras.initializers.HeNormal(seed=number)
        h = keras.layers.Conv2D(3, 3, padding="same", use_bias=False, kernel_initializer=start)(h)
        return keras.layers.ReLU()(keras.layers.BatchNormalization()(h))

    rows = []
    for layer in (lambda h, number: residual_block(h, 3, 1, "bn"), plain):
        inputs = h = keras.Input(photo.shape[1:])
        seen = []
        for number in range(max(depths)):
            h = layer(h, number)
            if number + 1 in depths:
                seen.append(h)
        model = keras.Model(inputs, seen)
        outputs = model(keras.ops.convert_to_tensor(photo), training=True)
        rows.append([keras.ops.convert_to_numpy(one)[0] for one in outputs])
    _fig, axes = figure(10.5, 4, nrows=2, ncols=4)
    names = ("residual blocks", "plain layers")
    for top, (row, name, images) in enumerate(zip(axes, names, rows, strict=True)):
        _photo(row[0], photo[0], "" if top else "the photo", beside=name)
        for ax, depth, image in zip(row[1:], depths, images, strict=True):
            _photo(ax, image / (1 + top), "" if top else f"behind {depth}")
    kept = [
        ", ".join(f"{100 * _likeness(photo[0], one):.0f} %" for one in images) for images in rows
    ]
    return finish(
        "A photograph behind 1, 4 and 16 layers that have learned nothing yet. How much of its "
        "variation a linear map of the three channels can still recover: residual blocks "
        f"{kept[0]}; plain layers {kept[1]}."
    )


def _likeness(photo, made) -> float:
    """The share of a photo's variance explained by a linear map of another image's channels."""
    target = photo.reshape(-1, 3).astype(float)
    known = np.column_stack([made.reshape(-1, made.shape[-1]).astype(float), np.ones(len(target))])
    fitted = known @ np.linalg.lstsq(known, target, rcond=None)[0]
    rest = ((target - fitted) ** 2).sum() / ((target - target.mean(axis=0)) ** 2).sum()
    return max(0.0, 1 - float(rest))


def _convolutions(model, size: int) -> list[Any]:
    """A model's convolutions with filters of a given size, in order."""
    return [
        layer
        for layer in model.layers
        if type(layer).__name__ == "Conv2D" and tuple(layer.kernel_size) == (size, size)
    ]


@needs("build_resnet")
def two_networks(build_resnet: Callable, build_plain: Callable) -> Words:
    """The convolutions of the student's two networks for n = 2 and base 8."""
    _fig, axes = figure(11, 4.6, nrows=2)
    told = []
    for ax, name, build in (
        (axes[0], "build_resnet", build_resnet),
        (axes[1], "build_plain", build_plain),
    ):
        model = build(2, 8)
        shapes = [tuple(layer.output.shape) for layer in _convolutions(model, 3)]
        projections = [tuple(layer.output.shape) for layer in _convolutions(model, 1)]
        steps = getattr(model, "operations", model.layers)  # includes sums written as a + b
        joins = sum(type(step).__name__ == "Add" for step in steps)
        ends, x = [], 0.0
        for _, height, _, filters in shapes:
            width = filters / 16
            style = {"fill": True, "facecolor": "#cfdcea", "linewidth": 1}
            box(ax, 0.5 - height / 2, x + 0.5, height, width, NEGATIVE, **style)
            middle = {"ha": "center", "va": "center"}
            ax.text(x + width / 2, -13.2, str(filters), fontsize=8, color=INK, **middle)
            ends.append(x + width)
            x += width + 0.9
        for first in range(1, len(shapes) - 1, 2) if joins else ():
            after = shapes[first + 1]
            projected = shapes[first - 1] != after and after in projections
            _arc(ax, ends[first - 1] + 0.45, ends[first + 1] + 0.35, projected)
        ax.set_xlim(-0.5, x)
        ax.set_ylim(-15, 17)
        ax.axis("off")
        trained = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
        title = f"{len(shapes)} convolutions and a dense layer, {trained:,} parameters"
        ax.set_title(f"{name}(2, 8): {title}", fontsize=10, color=INK, loc="left")
        told.append(
            f"{name}: {len(shapes)} 3×3 convolutions, {len(projections)} projections, {joins} "
            f"sums, {trained} trained parameters"
        )
    return finish(
        f"Two rows of boxes, one box a convolution. {'; '.join(told)}. The maps have 20, 10 and 5 "
        "pixels a side, with 8, 16 and 32 channels."
    )


def _arc(ax, begin: float, end: float, dotted: bool) -> None:
    """A shortcut from begin to end above the boxes, with a dot for a projection."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    middle, low, high = (begin + end) / 2, 10.8, 18.8
    path = Path([(begin, low), (middle, high), (end, low)], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    style: dict[str, Any] = {
        "arrowstyle": "-|>",
        "mutation_scale": 11,
        "color": POSITIVE,
        "linewidth": 1.8,
    }
    ax.add_patch(FancyArrowPatch(path=path, **(style | {"fill": False})))
    if dotted:
        ax.plot(middle, (low + high) / 2, "o", color=POSITIVE, markersize=8)


@needs("grad_norm_by_depth")
def who_hears(
    x, y, build_plain: Callable, build_resnet: Callable, grad_norm_by_depth: Callable
) -> Words:
    """The gradient norm of every 3×3 convolution in untrained networks of three depths."""
    import keras

    _fig, axes = figure(10.5, 3.8, ncols=2, sharey=True)
    told = []
    for ax, title, build in (
        (axes[0], "without shortcuts", build_plain),
        (axes[1], "with shortcuts", build_resnet),
    ):
        for n, colour, style in ((1, MARKS[2], ":"), (3, NEGATIVE, "--"), (9, POSITIVE, "-")):
            model = build(n, 8)
            _draw_again(model, seed=n)
            norms = [float(value) for value in grad_norm_by_depth(model, x, y)]
            heard = [layer for layer in model.layers if layer.trainable_variables]
            thick = _convolutions(model, 3)
            hearing = [g for layer, g in zip(heard, norms, strict=True) if layer in thick]
            curve = np.maximum(hearing, 1e-3)
            along, label = np.linspace(0, 1, len(curve)), f"{6 * n + 2} layers"
            ax.plot(along, curve, style, color=colour, linewidth=2, label=label)
            first, last = (f"{float(f'{curve[place]:.2g}'):g}" for place in (1, -1))
            told.append(f"{title}, {label}: {first} near the input, {last} near the output")
        ax.set_yscale("log")
        ax.set_ylim(0.05, 3000)
        ax.set_xticks([0, 1], ["input", "output"])
        _quiet(ax, title, beside="" if ax is axes[1] else "norm of the gradient")
    axes[1].legend(frameon=False, fontsize=9)
    keras.backend.clear_session()
    return finish(
        "The norm of the gradient of every 3×3 convolution, from input to output, in fresh "
        f"networks with batch norm. {'; '.join(told)}."
    )


def _draw_again(model, seed: int) -> None:
    """Reset every kernel by He's initialisation, from a seed, and every γ to 1."""
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        name, shape = variable.path.rpartition("/")[2], tuple(variable.shape)
        if name == "kernel":
            variable.assign(rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[:-1])))
        elif name == "gamma":
            variable.assign(np.ones(shape))


@needs("fold_bn")
def trained_and_folded(
    x, y, fresh, fresh_labels, build_resnet: Callable, fold_bn: Callable
) -> Words:
    """A small network's accuracy at inference and by the batch's own statistics, over four epochs
    of training and one without; and its first convolution and norm against the folded one."""
    import keras

    fresh, fresh_labels = fresh[:500], fresh_labels[:500]
    keras.utils.set_random_seed(1)
    model = build_resnet(1, 8)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    curves: dict[bool, list[float]] = {False: [], True: []}
    norms = [layer for layer in model.layers if type(layer).__name__ == "BatchNormalization"]
    epochs, size = 4, 50
    for epoch in range(epochs + 1):
        if epoch < epochs:
            model.fit(x, y, batch_size=size, epochs=1, verbose=0)
        else:  # only the moving averages change: no weight is trained
            for norm in norms:
                norm.momentum = 0.9
            for start in range(0, len(x), size):
                model(x[start : start + size], training=True)
        kept = model.get_weights()
        for training, curve in curves.items():
            logits = keras.ops.convert_to_numpy(model(fresh, training=training))
            curve.append(float(np.mean(logits.argmax(axis=1) == fresh_labels)))
        model.set_weights(kept)
    before, after = _folded(model, fresh[:20], fold_bn)
    gap = float(np.abs(after - before).max())
    _fig, axes = figure(10, 3.6, ncols=2, width_ratios=[1.5, 1])
    for training, colour, style, label in (
        (True, POSITIVE, "s--", "by the batch's own statistics"),
        (False, NEGATIVE, "o-", "at inference"),
    ):
        places = range(1, epochs + 2)
        axes[0].plot(places, curves[training], style, color=colour, linewidth=2, label=label)
    axes[0].axvline(epochs + 0.5, color=PALE, linewidth=1)
    axes[0].text(epochs + 0.4, 0.03, "trains", fontsize=9, color=INK, ha="right")
    axes[0].text(epochs + 0.6, 0.03, "looks", fontsize=9, color=INK)
    axes[0].set_xticks(places)
    axes[0].set_xlim(0.8, epochs + 1.4)
    axes[0].set_ylim(0, 1.02)
    axes[0].legend(frameon=False, fontsize=9, loc="upper left")
    _quiet(axes[0], "accuracy on fresh images", f"epochs of {len(x) // size} batches")
    some = slice(None, None, 37)
    axes[1].plot(before.ravel()[some], after.ravel()[some], "o", color=NEGATIVE, markersize=3)
    ends = [float(before.min()), float(before.max())]
    axes[1].plot(ends, ends, color=POSITIVE, linewidth=1)
    _quiet(axes[1], "the same numbers", "convolution, then norm", "folded")
    told = [", ".join(f"{100 * value:.0f} %" for value in curves[key]) for key in (False, True)]
    return finish(
        f"Accuracy on fresh images after each of {epochs} epochs of training and one in which the "
        f"network only looks: at inference {told[0]}; by the batch's own statistics {told[1]}. "
        "The folded convolution's outputs differ from those of the convolution and the norm by "
        f"{gap:.1e} at most."
    )


def _folded(model, x, fold_bn: Callable) -> tuple[np.ndarray, np.ndarray]:
    """The output on x of the first convolution and its norm at inference, and of the folded one."""
    import keras

    array = keras.ops.convert_to_numpy
    conv = _convolutions(model, 3)[0]
    norm = next(layer for layer in model.layers if type(layer).__name__ == "BatchNormalization")
    kernel, *biases = (array(weight) for weight in conv.weights)
    moments = (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)
    bias = biases[0] if biases else np.zeros(conv.filters)
    w, b = fold_bn(kernel, bias, *(array(one) for one in moments), norm.epsilon)
    w, b = np.asarray(w, dtype="float32"), np.asarray(b, dtype="float32")
    folded = array(keras.ops.conv(x, w, padding="same")) + b
    return array(norm(conv(x), training=False)), folded
