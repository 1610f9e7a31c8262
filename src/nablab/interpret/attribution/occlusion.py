"""Occlusion: how much a logit falls when a part of the image is covered."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.interpret import _maps, _targets
from nablab.interpret._batches import in_batches
from nablab.interpret._graph import Graph, is_known
from nablab.interpret.attribution._own_classes import logits_of, own_classes
from nablab.interpret.attribution._patchwise import logits, plan

FILLS = ("mean", "black", "blur")


def occlusion(
    model,
    x,
    classes=None,
    *,
    size=8,
    strides=4,
    fill="mean",
    positions=False,
    batch_size=64,
):
    """How much of a logit is lost when a square of the image is covered.

    It asks for the effect of a large change, needs no gradient, and so reads any model. What covers
    the square matters: a black one is an object of its own to a net that has seen light
    backgrounds.

    Maths:
        D_n[u, v] = S(x_n) - S(x_n with rows u·s to u·s + size and columns v·s to v·s + size filled)
        M_n[i, j] = the mean of D_n over the squares that hold pixel (i, j); 0 without any

        S is the logit of a class, as in `input_gradient`, s the stride. The squares lie inside the
        image: ⌊(H - size) / s⌋ + 1 of them down, likewise across.

    Shapes:
        x (n, H, W, channels) -> M (n, H, W), float32; with positions=True D (n, rows, columns)

    Args:
        model, x, classes: as in `input_gradient`; images.
        size, strides: of the square, in pixels: an integer, or (down, across).
        fill: "mean", the mean colour of the image; "black", 0; "blur", the image under a Gaussian
            whose standard deviation is half the square; or a number, or a colour.
        positions: whether to return the loss of each square in place of a map of pixels.
        batch_size: how many covered images are computed at a time: the memory does not depend on
            the number of squares. Of the first layers only what a square changes is computed.

    Raises:
        ValueError: as in `input_gradient`; x are not images, the square is larger than they are, or
            `fill` is none of these.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), dense])
        >>> x = np.array([1.0, 2, 3, 4]).reshape(1, 2, 2, 1)
        >>> occlusion(model, x, 0, size=1, strides=1, fill="black")
        array([[[1., 2.],
                [3., 4.]]], dtype=float32)

    Source: M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, 2014,
    https://arxiv.org/abs/1311.2901.
    """
    owner = "occlusion"
    x = _targets.images(owner, _targets.inputs(owner, model, x))
    size = arguments.per_axis(owner, 2, size=size)
    strides = arguments.per_axis(owner, 2, strides=strides)
    n, (H, W) = len(x), x.shape[1:3]
    if size[0] > H or size[1] > W:
        raise ValueError(f"{owner}: size is {size}; the images are {H} × {W}.")
    chosen = own_classes(owner, model, x, classes, batch_size)
    base = logits_of(owner, model, x, batch_size)[np.arange(n), chosen]
    rows = np.arange(0, H - size[0] + 1, strides[0], dtype="int32")
    columns = np.arange(0, W - size[1] + 1, strides[1], dtype="int32")
    corners = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    squares = len(corners)
    filled = _fill(x, fill, size)
    graph = Graph(model, owner) if is_known(model) else None
    parts = plan(graph, x.shape, corners, size) if graph else ()
    lost = np.empty((n, squares), "float32")
    for i in range(n):
        covered = in_batches(
            owner,
            model,
            _covered,
            [corners, np.broadcast_to(chosen[i], squares)],
            batch_size,
            whole=[x[i : i + 1], filled[i : i + 1]],
            size=size,
            parts=parts,
        )
        lost[i] = base[i] - covered
    grid = lost.reshape(n, len(rows), len(columns))
    return grid if positions else _on_pixels(grid, rows, columns, size, (H, W))


def _covered(model: Any, corners: Any, of: Any, image: Any, filled: Any, *, size: Any, parts: Any):
    """The logits (n,) of an image (1, H, W, channels) with a square at each corner filled."""
    if parts:
        found = logits(Graph(model), image, filled, corners, size, parts)
        return _targets.chosen(ops.cast(found, "float32"), of)
    H, W = image.shape[1:3]
    row, column = ops.arange(H, dtype="int32"), ops.arange(W, dtype="int32")
    top, left = corners[:, :1], corners[:, 1:]
    down = ops.logical_and(row >= top, row < top + size[0])  # (n, H)
    across = ops.logical_and(column >= left, column < left + size[1])  # (n, W)
    inside = ops.logical_and(down[:, :, None], across[:, None, :])  # (n, H, W)
    images = ops.where(inside[..., None], filled, image)
    return _targets.chosen(_targets.logits(model, images), of)


def _fill(x: np.ndarray, fill: Any, size: tuple[int, ...]) -> np.ndarray:
    """What covers each image: (n, H, W, channels)."""
    if isinstance(fill, str):
        fill = arguments.one_of("occlusion", FILLS, fill=fill)
        if fill == "blur":
            return _maps.blurred(x, max(size) / 2)
        colour = x.mean(axis=(1, 2), keepdims=True) if fill == "mean" else np.zeros(1, "float32")
    else:
        colour = np.asarray(fill)
        if colour.dtype.kind not in "biuf" or colour.shape not in ((), (1,), x.shape[-1:]):
            raise ValueError(
                f"occlusion: fill is {fill!r}; expected {', '.join(map(repr, FILLS))}, a number "
                f"or a colour of {x.shape[-1]} numbers."
            )
    return np.ascontiguousarray(np.broadcast_to(colour.astype("float32"), x.shape))


def _on_pixels(lost: np.ndarray, rows: Any, columns: Any, size: Any, shape: Any) -> np.ndarray:
    """For each pixel the mean loss of the squares that hold it."""
    down = _inside(rows, size[0], shape[0])  # (H, rows)
    across = _inside(columns, size[1], shape[1])
    total = np.einsum("Hr,nrc,Wc->nHW", down, lost, across, optimize=True)
    count = down.sum(axis=1)[:, None] * across.sum(axis=1)
    return (total / np.maximum(count, 1)).astype("float32")


def _inside(starts: np.ndarray, size: int, length: int) -> np.ndarray:
    place = np.arange(length)[:, None]
    return ((place >= starts) & (place < starts + size)).astype("float32")
