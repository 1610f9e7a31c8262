"""The pictures of lab 11 that show maps over images. An object's outline, from its mask, is drawn
as a thin line, so that one sees where an honest map would lie.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab.data.shapes import SHAPES
from nablab.reference.attribution import energy_ratio
from nablab.show.canvas import INK, PALE, Words, diverging, figure, finish, needs

STRIDE, SIZE = 2, 6  # of the occlusion maps in pictures
GREY = np.array([0.299, 0.587, 0.114])


def draw_image(ax, image, title: str = "", mask=None) -> None:
    """An image in its colours, with the outline of its object."""
    ax.imshow(np.clip(np.asarray(image, dtype=float), 0, 1), interpolation="nearest")
    _bare(ax, title, mask)


def draw_heat(ax, heat, image=None, title: str = "", mask=None) -> None:
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


def label_row(ax, label: str) -> None:
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
    from nablab.interpret.attribution.saliency import saliency

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
        draw_image(row[0], image)
        for ax, heat in zip(
            row[1:],
            (_slope(random, image, cls), _slope(trained, image, cls), sobel(image)),
            strict=True,
        ):
            draw_heat(ax, heat)
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
        draw_image(column[0], image, SHAPES[cls])
        for ax, (name, fill) in zip(column[1:], fills.items(), strict=True):
            drops = occlusion_map(model, image, int(cls), SIZE, STRIDE, fill)
            heat = spread(drops, SIZE, STRIDE, len(image))
            ratio = energy_ratio(heat, mask)
            told[name].append(ratio)
            draw_heat(ax, heat, image, f"energy ratio {ratio:.1f}", mask)
    for ax, label in zip(axes[:, 0], ("image", "filled with the mean", "black"), strict=True):
        label_row(ax, label)
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
        draw_image(column[0], image, SHAPES[cls])
        for ax, (name, way) in zip(column[1:], ways.items(), strict=True):
            heat = np.asarray(way(image, int(cls)), dtype=float)
            ratio = energy_ratio(np.abs(heat), mask)
            told[name].append(ratio)
            draw_heat(ax, heat, None, f"energy ratio {ratio:.1f}", mask)
    for ax, label in zip(axes[:, 0], ("image", *ways), strict=True):
        label_row(ax, label)
    means = ", ".join(f"{name} {np.mean(found):.1f}" for name, found in told.items())
    return finish(
        "Four images; below each its saliency, its gradient times the image, and its edges by a "
        f"Sobel filter without any net. The energy ratio on average: {means}."
    )


def signed(value: float) -> str:
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
        draw_image(row[0], image)
        label_row(row[0], f'asked for "{SHAPES[cls]}"')
        for ax, rule in zip(row[1:], ("grad", "deconv", "guided"), strict=True):
            maps[rule, cls] = np.asarray(rule_map(model, image, cls, rule), dtype=float)
            draw_heat(ax, np.abs(maps[rule, cls]).max(axis=-1), None, "", masks[which])
    told = []
    for ax, rule in zip(axes[0, 1:], ("grad", "deconv", "guided"), strict=True):
        alike = _alike(maps[rule, own], maps[rule, other])
        ax.set_title(f"{rule}: correlation {signed(alike)}", fontsize=10, color=INK)
        told.append(f"{rule} {signed(alike)}")
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
        draw_image(column[0], image, SHAPES[cls])
        maps = []
        for ax, asked in zip(column[1:], (int(cls), (int(cls) + 1) % 4), strict=True):
            maps.append(enlarge(gradcam(model, "relu4", image, asked), len(image)))
            ratio = energy_ratio(maps[-1], mask)
            draw_heat(ax, maps[-1], image, f'"{SHAPES[asked]}": {ratio:.1f}', mask)
        told.append(energy_ratio(maps[0], mask))
        alike.append(_alike(*maps))
    for ax, label in zip(axes[:, 0], ("image", "its own class", "another class"), strict=True):
        label_row(ax, label)
    return finish(
        "Four images, Grad-CAM for the shape that each shows, and for another one, with energy "
        f"ratios. For the right class they are {', '.join(f'{ratio:.1f}' for ratio in told)}. The "
        f"correlation of the two maps of an image is {signed(float(np.mean(alike)))} on average."
    )
