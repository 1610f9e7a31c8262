"""The pictures of lab 11 that show maps over images. An object's outline, from its mask, is drawn
as a thin line, so that one sees where an honest map would lie.

@@TABLE@@
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab.data.shapes import SHAPES
from nablab.reference.attribution import energy_ratio, points_at
from nablab.show.canvas import INK, MARKS, PALE, Words, diverging, figure, finish, needs

STRIDE, SIZE = 2, 6  # of the occlusion maps in pictures
GREY = np.array([0.299, 0.587, 0.114])


def _photo(ax, image, title: str = "", mask=None) -> None:
    """An image in its colours, with the outline of its object."""
    ax.imshow(np.clip(np.asarray(image, dtype=float), 0, 1), interpolation="nearest")
    _bare(ax, title, mask)


def _heat(ax, heat, image=None, title: str = "", mask=None) -> None:
    """A map over a pale image: orange for positive numbers, blue for negative ones, each as strong
    as it is beside the largest. A fixed scale for all maps: from −1 to 1 of the map's own 99.5th
    percentile."""
    heat = np.asarray(heat, dtype=float)
    limit = np.quantile(np.abs(heat), 0.995)
    scaled = np.clip(heat / limit, -1, 1) if limit > 0 else 0 * heat
    colours = diverging()(0.5 + scaled / 2)[..., :3]
    if image is not None:
        pale = 0.62 + 0.38 * np.clip(np.asarray(image, dtype=float) @ GREY, 0, 1)
        colours = colours * pale[..., None]
    ax.imshow(colours, interpolation="nearest")
    _bare(ax, title, mask, "#30383f")


def _bare(ax, title: str, mask, line: str = "white") -> None:
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_color(PALE)
        side.set_linewidth(0.6)
    if mask is not None:
        ax.contour(np.asarray(mask, dtype=float), [0.5], colors=line, linewidths=0.9)
    if title:
        ax.set_title(title, fontsize=9, color=INK)


def _beside(ax, label: str) -> None:
    """A row's label, to the left of its first picture."""
    ax.set_ylabel(label, fontsize=9, color=INK)


def enlarge(heat, rows: int, columns: int | None = None) -> np.ndarray:
    """A small map (h, w) between its pixels' centres, to (rows, columns): bilinear."""
    heat = np.asarray(heat, dtype=float)

    def weights(n, side):
        at = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
        return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(n)))

    return weights(heat.shape[0], rows) @ heat @ weights(heat.shape[1], columns or rows).T


def spread(drops, size: int, stride: int, side: int) -> np.ndarray:
    """The mean drop of all windows over each pixel, (side, side); 0 where there is none."""
    total, times = np.zeros((side, side)), np.zeros((side, side))
    for (a, b), drop in np.ndenumerate(np.asarray(drops, dtype=float)):
        there = np.s_[a * stride : a * stride + size, b * stride : b * stride + size]
        total[there] += drop
        times[there] += 1
    return total / np.maximum(times, 1)


def sobel(image) -> np.ndarray:
    """The strength of the edges of an image (H, W, C), without any network: (H, W)."""
    grey = np.pad(np.asarray(image, dtype=float) @ GREY, 1, mode="edge")
    smooth, slope = (1, 2, 1), (-1, 0, 1)
    H, W = grey.shape[0] - 2, grey.shape[1] - 2
    found = np.zeros((2, H, W))
    for u, v in np.ndindex(3, 3):
        part = grey[u : u + H, v : v + W]
        found[0] += smooth[u] * slope[v] * part
        found[1] += slope[u] * smooth[v] * part
    return np.hypot(*found)


def _slope(model, image, cls: int) -> np.ndarray:
    """The largest absolute slope of each pixel, for the puzzle, which comes before the exercise."""
    from nablab.interpret.attribution import saliency

    return np.asarray(saliency(model, image[None], [cls]))[0]


def untrained():
    """The lab's net with random weights."""
    from nablab.data.shapes_net import build

    net, rng = build(), np.random.default_rng(8)
    for layer in net.layers:
        if layer.name.startswith(("conv", "logits")):
            weights = layer.get_weights()
            fan_in = np.prod(weights[0].shape[:-1])
            weights[0] = rng.normal(size=weights[0].shape) * np.sqrt(2 / fan_in)
            layer.set_weights(weights)
    return net


def puzzle(images, net: Callable) -> Words:
    """Three images, and for each three maps, of which only one comes from a trained net."""
    _fig, axes = figure(7.6, 5.6, nrows=3, ncols=4)
    trained, random = net(), untrained()
    for row, image in zip(axes, images, strict=True):
        cls = int(np.asarray(trained(image[None])).argmax())
        _photo(row[0], image)
        for ax, heat in zip(
            row[1:],
            (_slope(random, image, cls), _slope(trained, image, cls), sobel(image)),
            strict=True,
        ):
            _heat(ax, heat)
    for ax, title in zip(axes[0], ("image", "left", "middle", "right"), strict=True):
        ax.set_title(title, fontsize=10, color=INK)
    return finish(
        "Three images with one object each, and beside each three maps in orange on white. All "
        "three kinds are stronger at edges, and each could pass for an explanation. One kind "
        "comes from the trained net, one from a net with random weights, one from an edge filter."
    )


@needs("occlusion_map")
def occlusion(images, labels, masks, net: Callable, occlusion_map: Callable) -> Words:
    """The drop of the logit when windows are covered, with the mean and with black."""
    model, fills = net(), {"mean": "mean", "black": 0.0}
    _fig, axes = figure(8.6, 6.6, nrows=3, ncols=len(images))
    told: dict[str, list[float]] = {name: [] for name in fills}
    for column, image, cls, mask in zip(axes.T, images, labels, masks, strict=True):
        _photo(column[0], image, SHAPES[cls])
        for ax, (name, fill) in zip(column[1:], fills.items(), strict=True):
            drops = occlusion_map(model, image, int(cls), SIZE, STRIDE, fill)
            heat = spread(drops, SIZE, STRIDE, len(image))
            ratio = energy_ratio(heat, mask)
            told[name].append(ratio)
            _heat(ax, heat, image, f"energy ratio {ratio:.1f}", mask)
    for ax, label in zip(axes[:, 0], ("image", "filled with the mean", "black"), strict=True):
        _beside(ax, label)
    means = ", ".join(f"{name} {np.mean(found):.1f}" for name, found in told.items())
    return finish(
        "Four images, and over each how much the logit of its shape falls when a window of 6×6 "
        "pixels is covered: orange where it falls, blue where it rises. The object's outline is "
        f"drawn. The energy ratio on average: {means}."
    )


@needs("saliency", "gradient_times_input")
def gradients(
    images, labels, masks, net: Callable, saliency: Callable, gradient_times_input: Callable
) -> Words:
    """Saliency, gradient times input, and the edges that a Sobel filter finds."""
    model = net()
    ways = {
        "saliency": lambda image, cls: saliency(model, image, cls),
        "gradient × image": lambda image, cls: gradient_times_input(model, image, cls),
        "Sobel, no net": lambda image, cls: sobel(image),
    }
    _fig, axes = figure(8.6, 8.4, nrows=4, ncols=len(images))
    told: dict[str, list[float]] = {name: [] for name in ways}
    for column, image, cls, mask in zip(axes.T, images, labels, masks, strict=True):
        _photo(column[0], image, SHAPES[cls])
        for ax, (name, way) in zip(column[1:], ways.items(), strict=True):
            heat = np.asarray(way(image, int(cls)), dtype=float)
            ratio = energy_ratio(np.abs(heat), mask)
            told[name].append(ratio)
            _heat(ax, heat, None, f"energy ratio {ratio:.1f}", mask)
    for ax, label in zip(axes[:, 0], ("image", *ways), strict=True):
        _beside(ax, label)
    means = ", ".join(f"{name} {np.mean(found):.1f}" for name, found in told.items())
    return finish(
        "Four images; below each its saliency, its gradient times the image, and its edges by a "
        f"Sobel filter without any net. The energy ratio on average: {means}."
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _alike(a, b) -> float:
    return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])


@needs("relu_rules", "rule_map")
def rules(images, labels, masks, net: Callable, rule_map: Callable) -> Words:
    """One image by the three rules, for its own class and for another one."""
    model, which = net(), int(np.argmax(np.asarray(labels) == 3))
    image, own = images[which], int(labels[which])
    other = (own + 2) % 4
    _fig, axes = figure(8.6, 4.9, nrows=2, ncols=4)
    maps = {}
    for row, cls in zip(axes, (own, other), strict=True):
        _photo(row[0], image)
        _beside(row[0], f'asked for "{SHAPES[cls]}"')
        for ax, rule in zip(row[1:], ("grad", "deconv", "guided"), strict=True):
            maps[rule, cls] = np.asarray(rule_map(model, image, cls, rule), dtype=float)
            _heat(ax, np.abs(maps[rule, cls]).max(axis=-1), None, "", masks[which])
    told = []
    for ax, rule in zip(axes[0, 1:], ("grad", "deconv", "guided"), strict=True):
        alike = _alike(maps[rule, own], maps[rule, other])
        ax.set_title(f"{rule}: correlation {_signed(alike)}", fontsize=10, color=INK)
        told.append(f"{rule} {_signed(alike)}")
    return finish(
        f"A {SHAPES[own]}, and what arrives at its pixels by three rules, for the class "
        f'"{SHAPES[own]}" above and "{SHAPES[other]}" below. The correlation of the two maps: '
        f"{', '.join(told)}."
    )


@needs("gradcam")
def class_maps(images, labels, masks, net: Callable, gradcam: Callable) -> Words:
    """Grad-CAM for the shape of each image, and for another one."""
    model = net()
    _fig, axes = figure(8.6, 6.6, nrows=3, ncols=len(images))
    told: list[float] = []
    alike: list[float] = []
    for column, image, cls, mask in zip(axes.T, images, labels, masks, strict=True):
        _photo(column[0], image, SHAPES[cls])
        maps = []
        for ax, asked in zip(column[1:], (int(cls), (int(cls) + 1) % 4), strict=True):
            maps.append(enlarge(gradcam(model, "relu4", image, asked), len(image)))
            ratio = energy_ratio(maps[-1], mask)
            _heat(ax, maps[-1], image, f'"{SHAPES[asked]}": {ratio:.1f}', mask)
        told.append(energy_ratio(maps[0], mask))
        alike.append(_alike(*maps))
    for ax, label in zip(axes[:, 0], ("image", "its own class", "another class"), strict=True):
        _beside(ax, label)
    return finish(
        "Four images, Grad-CAM for the shape that each shows, and for another one, with energy "
        f"ratios. For the right class they are {', '.join(f'{ratio:.1f}' for ratio in told)}. The "
        f"correlation of the two maps of an image is {_signed(float(np.mean(alike)))} on average."
    )


STAGES = {
    "none": [],
    "logits": ["logits"],
    "conv4": ["logits", "norm4", "conv4"],
    "conv3": ["logits", "norm4", "conv4", "norm3", "conv3"],
    "conv2": ["logits", "norm4", "conv4", "norm3", "conv3", "norm2", "conv2"],
}


@needs("sanity_check")
def sanity(
    images,
    labels,
    net: Callable,
    saliency: Callable,
    rule_map: Callable,
    gradcam: Callable,
    sanity_check: Callable,
    count: int = 3,
) -> Words:
    """How much maps change as the net is shuffled, layer by layer, from the top."""
    model = net()
    found = survival(
        model, images[:count], labels[:count], saliency, rule_map, gradcam, sanity_check
    )
    _fig, ax = figure(7.2, 3.4)
    ends = []
    for (name, values), colour, style in zip(
        found.items(), (*MARKS, PALE), ("o-", "s-", "^-", "--"), strict=True
    ):
        ax.plot(list(STAGES), values, style, color=colour, linewidth=2, markersize=6, label=name)
        ends.append(f"{name} {_signed(values[3])}")
    ax.set_ylim(-0.35, 1.08)
    ax.axhline(0, color=PALE, linewidth=0.8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["bottom", "left"]].set_color(PALE)
    ax.tick_params(colors=PALE, labelcolor=INK, labelsize=9)
    ax.set_xlabel("shuffled from the top down to …", fontsize=9, color=INK)
    ax.set_ylabel("rank correlation", fontsize=9, color=INK)
    ax.legend(frameon=False, fontsize=9, loc="lower left")
    return finish(
        f"Curves of the rank correlation of the maps of {count} images before and after the layers "
        "are shuffled, from the logits down to conv2. After the upper layers down to conv3 are "
        f"shuffled: {', '.join(ends)}."
    )


def survival(
    model, images, labels, saliency, rule_map, gradcam, sanity_check, seed: int = 0, stages=None
) -> dict[str, list[float]]:
    """The mean rank correlation of each method's maps, stage by stage of the shuffling."""

    def methods(cls):
        return {
            "guided backprop": lambda m, x: np.abs(rule_map(m, x, cls, "guided")).max(axis=-1),
            "saliency": lambda m, x: saliency(m, x, cls),
            "Grad-CAM": lambda m, x: enlarge(gradcam(m, "relu4", x, cls), 32),
            "Sobel, no net": lambda m, x: sobel(x),
        }

    found = {name: [1.0] for name in methods(0)}
    for stage in stages or list(STAGES)[1:]:
        for name in found:
            values = [
                float(
                    sanity_check(
                        methods(int(cls))[name],
                        model,
                        image,
                        STAGES[stage],
                        np.random.default_rng([seed, number]),
                    )
                )
                for number, (image, cls) in enumerate(zip(images, labels, strict=True))
            ]
            found[name].append(float(np.mean(values)))
    return found


@needs("occlusion_map", "saliency", "rule_map", "gradcam")
def gallery(
    known,
    net: Callable,
    occlusion_map: Callable,
    saliency: Callable,
    gradient_times_input: Callable,
    rule_map: Callable,
    gradcam: Callable,
    shown: int = 6,
) -> Words:
    """All methods beside each other, and a table."""
    images, labels, masks = known
    model, side = net(), images.shape[1]
    ways = {
        "occlusion": lambda x, c: spread(
            occlusion_map(model, x, c, SIZE, STRIDE, "mean"), SIZE, STRIDE, side
        ),
        "saliency": lambda x, c: saliency(model, x, c),
        "gradient\n× image": lambda x, c: gradient_times_input(model, x, c),
        "deconvnet": lambda x, c: np.abs(rule_map(model, x, c, "deconv")).max(axis=-1),
        "guided\nbackprop": lambda x, c: np.abs(rule_map(model, x, c, "guided")).max(axis=-1),
        "Grad-CAM": lambda x, c: enlarge(gradcam(model, "relu4", x, c), side),
        "Sobel,\nno net": lambda x, c: sobel(x),
    }
    _fig, axes = figure(
        10.5,
        1.32 * shown + 1.5,
        nrows=shown + 1,
        ncols=len(ways) + 1,
        height_ratios=[1.0] * shown + [0.75],
    )
    ratios: dict[str, list[float]] = {name: [] for name in ways}
    hits: dict[str, list[float]] = {name: [] for name in ways}
    for number, (image, cls, mask) in enumerate(zip(images, labels, masks, strict=True)):
        row = axes[number] if number < shown else None
        if row is not None:
            _photo(row[0], image)
            _beside(row[0], SHAPES[cls])
        for place, (name, way) in enumerate(ways.items(), start=1):
            heat = np.asarray(way(image, int(cls)), dtype=float)
            strength = np.abs(heat) if name.startswith("gradient") else heat
            ratios[name].append(energy_ratio(strength, mask))
            hits[name].append(float(points_at(strength, mask)))
            if row is not None:
                _heat(row[place], heat, None, name if number == 0 else "", mask)
    axes[0, 0].set_title("image", fontsize=9, color=INK)
    axes[-1, 0].text(
        1, 0.5, "energy ratio\npointing game", ha="right", va="center", fontsize=9, color=INK
    )
    told = []
    for ax, name in zip(axes[-1, 1:], ways, strict=True):
        ratio, hit = np.mean(ratios[name]), np.mean(hits[name])
        ax.text(
            0.5, 0.5, f"{ratio:.1f}\n{hit:.2f}", ha="center", va="center", fontsize=10, color=INK
        )
        plain = name.replace("\n", " ")
        told.append(f"{plain} {ratio:.1f} and {hit:.2f}")
    for ax in axes[-1]:
        ax.axis("off")
    return finish(
        f"{shown} images, each by seven methods, with the outline of its object. Over "
        f"{len(images)} images, the energy ratio and the share of maps whose largest value lies on "
        f"the object: {'; '.join(told)}."
    )


@needs("saliency", "rule_map", "gradcam")
def flower(
    photo, net: Callable, saliency: Callable, rule_map: Callable, gradcam: Callable
) -> Words:
    """What the net of four flat shapes makes of a photograph."""
    import keras

    small = np.asarray(photo, dtype=float)[:210, :318].reshape(105, 2, 159, 2, 3).mean((1, 3)) / 255
    wide = keras.Sequential([keras.Input((105, 159, 3)), *net().layers])
    _fig, axes = figure(10.5, 4.6, nrows=2, ncols=3)
    _photo(axes[0, 0], small, "the photograph")
    _heat(axes[0, 1], saliency(wide, small, 0), None, 'saliency, "disc"')
    guided = np.abs(rule_map(wide, small, 0, "guided")).max(axis=-1)
    _heat(axes[0, 2], guided, None, 'guided backprop, "disc"')
    told = []
    for ax, cls in zip(axes[1], (0, 2, 3), strict=True):
        heat = np.asarray(gradcam(wide, "relu4", small, cls), dtype=float)
        large = enlarge(heat, 105, 159)
        _heat(ax, large, small, f'Grad-CAM, "{SHAPES[cls]}"')
        r, c = np.unravel_index(large.argmax(), large.shape)
        told.append(f"{SHAPES[cls]} {r / 105:.0%} down and {c / 159:.0%} to the right")
    return finish(
        "A photograph of a flower; its saliency and guided backprop for a disc, both of which draw "
        "edges; and Grad-CAM for three shapes, whose brightest places are: " + "; ".join(told) + "."
    )
