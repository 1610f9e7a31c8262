"""The last pictures of lab 11: the sanity check, the gallery of all methods, and a photograph.

What the lab's text says of maps holds on 20 draws of the images or of the shuffles. The table gives
the smallest, mean and largest of each number, from `measure_thresholds.py` of the lab's suite.

    energy ratio, 24 images       saliency  1.76 1.86 1.93    times the image  2.17 2.29 2.38
                                  Sobel     1.67 1.73 1.77
    pointing game, 24 images      saliency   .33  .57  .75    times the image   .54  .82  .96
                                  Sobel      .25  .42  .54
    correlation of the maps of    grad      −.51 −.37 −.26    guided            .82  .85  .89
    two classes, 6 images         deconv     .36  .39  .43    Grad-CAM         −.24 −.19 −.08
    rank correlation, layers      guided     .61  .69  .74    saliency          .22  .30  .39
    shuffled down to conv3        Grad-CAM  −.31  .03  .28    guided − saliency .30  .39  .48
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab.data.shapes import SHAPES
from nablab.reference.attribution import energy_ratio, points_at
from nablab.show.attribution_maps import (
    SIZE,
    STRIDE,
    draw_heat,
    draw_image,
    enlarge,
    label_row,
    signed,
    sobel,
    spread,
)
from nablab.show.canvas import INK, MARKS, PALE, Words, figure, finish, needs

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
        ends.append(f"{name} {signed(values[3])}")
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
            draw_image(row[0], image)
            label_row(row[0], SHAPES[cls])
        for place, (name, way) in enumerate(ways.items(), start=1):
            heat = np.asarray(way(image, int(cls)), dtype=float)
            strength = np.abs(heat) if name.startswith("gradient") else heat
            ratios[name].append(energy_ratio(strength, mask))
            hits[name].append(float(points_at(strength, mask)))
            if row is not None:
                draw_heat(row[place], heat, None, name if number == 0 else "", mask)
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
    draw_image(axes[0, 0], small, "the photograph")
    draw_heat(axes[0, 1], saliency(wide, small, 0), None, 'saliency, "disc"')
    guided = np.abs(rule_map(wide, small, 0, "guided")).max(axis=-1)
    draw_heat(axes[0, 2], guided, None, 'guided backprop, "disc"')
    told = []
    for ax, cls in zip(axes[1], (0, 2, 3), strict=True):
        heat = np.asarray(gradcam(wide, "relu4", small, cls), dtype=float)
        large = enlarge(heat, 105, 159)
        draw_heat(ax, large, small, f'Grad-CAM, "{SHAPES[cls]}"')
        r, c = np.unravel_index(large.argmax(), large.shape)
        told.append(f"{SHAPES[cls]} {r / 105:.0%} down and {c / 159:.0%} to the right")
    return finish(
        "A photograph of a flower; its saliency and guided backprop for a disc, both of which draw "
        "edges; and Grad-CAM for three shapes, whose brightest places are: " + "; ".join(told) + "."
    )
