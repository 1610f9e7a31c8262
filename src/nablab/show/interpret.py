"""Pictures of `nablab.interpret`: maps beside their images, patches of units, galleries.

The numbers of a map have no unit, and methods differ in size by orders of magnitude. So each map is
drawn on a scale of its own, from 0, or where it has both signs symmetrically about 0, to SHOWN of
its absolute values.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nablab.show.canvas import INK, PALE, Words, diverging, figure, finish

SHOWN = 99.5  # per cent of a map's absolute values that are within its colours


def maps(images, found: Mapping[str, np.ndarray], *, low=0.0, high=1.0, names=None) -> Words:
    """Images, one a row, and beside each its map by several methods.

    Args:
        images: (n, h, w, c) from low to high.
        found: for each method its maps, (n, h, w) or with channels, (n, h, w, c): then their sum
            over channels is drawn.
        names: of the rows.
    """
    images = _pictures(images, low, high)
    n, h, w = images.shape[:3]
    columns = 1 + len(found)
    _fig, axes = figure(
        1.5 * columns, 1.5 * n * h / w + 0.35, nrows=n, ncols=columns, squeeze=False
    )
    for row, image in enumerate(images):
        _image(axes[row, 0], image)
        if names is not None:
            axes[row, 0].set_ylabel(str(names[row]), fontsize=9, color=INK)
        for column, each in enumerate(found.values(), 1):
            _map(axes[row, column], np.asarray(each[row], float))
    for ax, title in zip(axes[0], ["image", *found], strict=True):
        ax.set_title(title, fontsize=9, color=INK)
    most = {name: _where(each) for name, each in found.items()}
    told = ", ".join(f"{name} {value}" for name, value in most.items())
    return finish(
        f"{_many(n, 'image')}, each with its maps by {_many(len(found), 'method')}: orange for "
        "what speaks for the class, blue for what speaks against it, each map on its own scale. "
        f"The part of the image in which half of a map's energy lies, on average: {told}."
    )


def patches(images, boxes, *, names=None, low=0.0, high=1.0) -> Words:
    """A contact sheet: for every unit, one a row, its patches, the strongest first.

    Args:
        images: (N, h, w, c) from low to high.
        boxes: of `top_patches`, (units, k, 5).
        names: of the units; by default their numbers.
    """
    images, boxes = _pictures(images, low, high), np.asarray(boxes)
    units, k = boxes.shape[:2]
    _fig, axes = figure(0.75 * k + 0.6, 0.75 * units, nrows=units, ncols=k, squeeze=False)
    sides = np.stack([boxes[..., 2] - boxes[..., 1], boxes[..., 4] - boxes[..., 3]], axis=-1)
    largest = sides.max(axis=(0, 1))
    for i, j in np.ndindex(units, k):
        image, r0, r1, c0, c1 = boxes[i, j]
        patch = images[image, r0:r1, c0:c1]
        _image(axes[i, j], _filled(patch, largest, (r0 == 0, c0 == 0)))
    for i, ax in enumerate(axes[:, 0]):
        name = str(i if names is None else names[i])
        ax.set_ylabel(name, fontsize=9, color=INK, rotation=0, ha="right", va="center")
    size = f"{largest[0]} × {largest[1]}"
    different = len(np.unique(boxes[..., 0]))
    return finish(
        f"The {k} patches that excite each of {_many(units, 'unit')} most, the strongest at the "
        f"left, of {size} pixels; what the border has cut off is white. They come from "
        f"{_many(different, 'image')}."
    )


def gallery(images, *, names=None, columns=8, low=0.0, high=1.0, title="") -> Words:
    """Images side by side, such as those of `visualize_units` or `class_images`.

    Args:
        images: (n, h, w, c) from low to high.
        names: one for each; by default their numbers.
    """
    images = _pictures(images, low, high)
    n = len(images)
    across = min(columns, n)
    down = -(-n // across)
    size = 1.15 if n > 6 else 1.8
    height = size * images.shape[1] / images.shape[2] + 0.25
    fig, axes = figure(
        size * across,
        height * down + (0.3 if title else 0),
        nrows=down,
        ncols=across,
        squeeze=False,
    )
    for i, ax in enumerate(axes.flat):
        if i < n:
            _image(ax, images[i])
            ax.set_title(str(i if names is None else names[i]), fontsize=8, color=INK, pad=3)
        else:
            ax.axis("off")
    if title:
        fig.suptitle(title, fontsize=10, color=INK)
    spread = images.std(axis=(1, 2)).mean(axis=-1)
    named = [str(i if names is None else names[i]) for i in range(n)]
    return finish(
        f"{_many(n, 'image')}{f', {title}' if title else ''}: {', '.join(named)}. The most "
        f"contrast has {named[int(spread.argmax())]}, the least {named[int(spread.argmin())]}."
    )


def _pictures(images, low, high) -> np.ndarray:
    """(n, h, w, c) from 0 to 1."""
    return np.clip((np.asarray(images, float) - low) / (high - low), 0, 1)


def _filled(patch, largest, at_start):
    """A patch that the border has cut, with white in place of what is missing."""
    missing = largest - patch.shape[:2]
    pads = [(m, 0) if first else (0, m) for m, first in zip(missing, at_start, strict=True)]
    return np.pad(patch, [*pads, (0, 0)], constant_values=1)


def _image(ax, image) -> None:
    if image.shape[-1] == 3:
        ax.imshow(image, interpolation="nearest")
    else:
        ax.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    _bare(ax)


def _map(ax, found) -> None:
    found = found.sum(axis=-1) if found.ndim == 3 else found
    limit = np.percentile(np.abs(found), SHOWN) or 1.0
    ax.imshow(found, cmap=diverging(), vmin=-limit, vmax=limit, interpolation="nearest")
    _bare(ax)


def _bare(ax) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_color(PALE)
        side.set_linewidth(0.6)


def _where(found) -> str:
    """The smallest part of the pixels that holds half of a map's energy, over the maps."""
    parts = []
    for one in np.asarray(found, float):
        energy = np.abs(one.sum(axis=-1) if one.ndim == 3 else one).ravel()
        total = np.cumsum(np.sort(energy)[::-1])
        enough = np.searchsorted(total, total[-1] / 2) + 1
        parts.append(enough / len(energy) if total[-1] else 1.0)
    return f"{np.mean(parts):.2f}"


def _many(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"
