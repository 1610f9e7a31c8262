"""The pictures of lab 11, Seeing inside: filters, patches and codes. Its maps are in
`attribution_maps`, those that compare all methods in `attribution_gallery`.

Purity of the nine best patches, over all units of a layer, of 400 images on 20 draws, and the share
of 160 codes whose nearest neighbour on paper has the same shape, by `measure_thresholds.py` of the
lab's suite; the smallest, mean and largest:

    purity     relu1  .35 .42 .49   relu2  .48 .52 .54   relu3  .61 .65 .68   relu4  .90 .93 .94
    neighbour  principal components  .68 .80 .90   gaussian  .93 .98 1.0   student  .94 .97 1.0
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab.data.shapes import SHAPES, shapes
from nablab.show.attribution_gallery import flower, gallery, sanity
from nablab.show.attribution_maps import class_maps, gradients, occlusion, puzzle, rules
from nablab.show.canvas import INK, MARKS, PALE, Words, figure, finish, needs

__all__ = [
    "class_maps",
    "codes",
    "contact_sheet",
    "evolution",
    "flower",
    "gallery",
    "gradients",
    "occlusion",
    "puzzle",
    "rules",
    "sanity",
]

LAYERS = ("relu1", "relu2", "relu3", "relu4")
COLOURS = (*MARKS, "#8a3ea8")  # of the four shapes
TILE = 54  # pixels of a patch on the contact sheet


@needs("filter_grid")
def evolution(filters: dict, filter_grid: Callable) -> Words:
    """The filters of the first layer at six moments of the training."""
    fig, axes = figure(8.8, 6.1, nrows=2, ncols=3)
    fig.get_layout_engine().set(wspace=0.12, hspace=0.06)
    for ax, (step, kernel) in zip(axes.flat, filters.items(), strict=True):
        ax.imshow(np.clip(np.asarray(filter_grid(kernel), dtype=float), 0, 1))
        ax.set(xticks=[], yticks=[])
        for side in ax.spines.values():
            side.set_visible(False)
        ax.set_title(f"step {step:,}", fontsize=10, color=INK)
    first, *_, last = filters.values()
    moved = [
        float(np.corrcoef(first[..., f].ravel(), last[..., f].ravel())[0, 1])
        for f in range(first.shape[-1])
    ]
    return finish(
        f"The {first.shape[-1]} filters of the first layer, of 3×3 pixels and three colours, after "
        f"{', '.join(f'{step:,}' for step in filters)} steps of training. The correlation of a "
        f"filter with what it was at the start is between {min(moved):.2f} and {max(moved):.2f}."
    )


def purity(maps, labels, best: int = 9) -> float:
    """The share of the most frequent label among the images that a unit likes best, as the mean
    over all units of maps (N, h, w, units) that answer at all."""
    strongest = np.asarray(maps).max(axis=(1, 2))  # (N, units)
    found = []
    for answers in strongest.T:
        if answers.max() > 0:
            top = np.argsort(-answers, kind="stable")[:best]
            found.append(np.bincount(labels[top]).max() / best)
    return float(np.mean(found))


def _tile(patch) -> np.ndarray:
    """A patch enlarged in whole steps to TILE pixels at most, in the middle of a white tile."""
    times = max(TILE // max(patch.shape[:2]), 1)
    large = np.repeat(np.repeat(patch, times, axis=0), times, axis=1)[:TILE, :TILE]
    tile = np.ones((TILE, TILE, 3))
    top, left = (TILE - large.shape[0]) // 2, (TILE - large.shape[1]) // 2
    tile[top : top + large.shape[0], left : left + large.shape[1]] = large
    return np.pad(tile, ((2, 2), (2, 2), (0, 0)), constant_values=1)


@needs("top_patches")
def contact_sheet(
    net: Callable, until: Callable, top_patches: Callable, units: int = 4, best: int = 9
) -> Words:
    """The patches that units of four layers like best."""
    x, y, _ = shapes(400, seed=21)
    model = net()
    _fig, axes = figure(10.5, 5.4, nrows=2, ncols=2)
    pure = []
    for ax, layer in zip(axes.flat, LAYERS, strict=True):
        maps = until(model, layer, x)
        pure.append(purity(maps, y, best))
        active = np.flatnonzero(maps.max(axis=(0, 1, 2)) > 0)
        chosen = active[np.linspace(0, len(active) - 1, units).astype(int)]
        rows = []
        for unit in chosen:
            patches = top_patches(model, layer, int(unit), x, best)
            rows.append(
                np.concatenate([_tile(x[i, r0:r1, c0:c1]) for i, r0, r1, c0, c1 in patches], axis=1)
            )
        ax.imshow(np.concatenate(rows))
        ax.set_xticks([])
        side = TILE + 4
        ax.set_yticks([side * (n + 0.5) for n in range(units)], [f"unit {unit}" for unit in chosen])
        ax.tick_params(length=0, labelsize=8, labelcolor=INK)
        for edge in ax.spines.values():
            edge.set_visible(False)
        ax.set_title(f"{layer}: purity {pure[-1]:.2f}", fontsize=10, color=INK)
    told = ", ".join(f"{layer} {value:.2f}" for layer, value in zip(LAYERS, pure, strict=True))
    return finish(
        f"The {best} patches of 400 images that {units} units of each of four layers like "
        "best. Units of the first layers like edges and colours, those of the last like parts of "
        f"shapes and whole shapes. The purity of the {best} images, as a mean of all units: {told}."
    )


def principal(x, dims: int = 2) -> np.ndarray:
    """The first principal components of x (n, d): (n, dims)."""
    centred = np.asarray(x, dtype=float) - np.mean(x, axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:dims].T


def neighbours_agree(y, labels) -> float:
    """The share of points (n, 2) whose nearest other point has the same label."""
    y = np.asarray(y, dtype=float)
    apart = ((y[:, None] - y[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(apart, np.inf)
    return float(np.mean(labels[apart.argmin(axis=1)] == labels))


def descend(p, start, embed_step: Callable, kernel: str, steps: int = 300) -> np.ndarray:
    """Points that have gone `steps` steps of an embedding's descent, with momentum."""
    y = start / start.std() * 1e-2
    before, rate = y, {"student": 60.0, "gaussian": 12.0}[kernel]
    for step in range(steps):
        pull = 4.0 if step < steps // 4 and kernel == "student" else 1.0  # begin with wide gaps
        new = np.asarray(embed_step(pull * p, y, rate, kernel)) + (0.5 if step < 50 else 0.8) * (
            y - before
        )
        before, y = y, new - new.mean(axis=0)
    return y


def embeddings(code, affinities: Callable, embed_step: Callable) -> dict[str, np.ndarray]:
    """Three maps of codes (n, d), each (n, 2)."""
    p = np.asarray(affinities(code, 20), dtype=float)
    p = (p + p.T) / (2 * len(p))
    start = principal(code)
    return {
        "principal components": start,
        'your step, kernel "gaussian"': descend(p, start, embed_step, "gaussian"),
        'your step, kernel "student"': descend(p, start, embed_step, "student"),
    }


@needs("affinities", "embed_step")
def codes(net: Callable, until: Callable, affinities: Callable, embed_step: Callable) -> Words:
    """The codes of images on paper, by three methods."""
    x, labels, _ = shapes(160, seed=31)
    code = until(net(), "features", x)
    maps = embeddings(code, affinities, embed_step)
    _fig, axes = figure(10.5, 3.7, ncols=3)
    told = []
    for ax, (name, y) in zip(axes, maps.items(), strict=True):
        for shape, (label, colour, mark) in enumerate(zip(SHAPES, COLOURS, "os^P", strict=True)):
            there = y[labels == shape]
            ax.scatter(
                *there.T,
                s=30,
                marker=mark,
                color=colour,
                edgecolor="white",
                linewidth=0.5,
                label=label,
            )
        agree = neighbours_agree(y, labels)
        told.append(f"{name} {agree:.2f}")
        ax.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
        for side in ax.spines.values():
            side.set_color(PALE)
        ax.set_title(f"{name}: {agree:.2f}", fontsize=10, color=INK)
    axes[0].legend(frameon=False, fontsize=8, loc="best", handletextpad=0.1)
    return finish(
        "The codes of 160 images as points, coloured by shape, in three maps. The share of points "
        f"whose nearest neighbour on paper has the same shape: {', '.join(told)}."
    )
