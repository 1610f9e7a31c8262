"""The patches of images that excite each unit most."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.interpret import _targets
from nablab.interpret._batches import in_batches
from nablab.interpret._graph import Graph
from nablab.interpret.features._reach import Reach
from nablab.interpret.features._units import chosen_units


def top_patches(model, layer, x, *, units=None, k=9, batch_size=64):
    """For every unit the parts of the data that it responds to most.

    It is the plainest way to ask what a unit looks for, and it cannot show more than the data hold:
    units for the corner of a red square and for red look alike among red squares.

    Maths:
        for unit u: the k images n with the largest max_ij A_n[i, j, u], one patch each
        the patch is the receptive field of the place (i, j) of that maximum

        A is what the layer computes. Of equal images the one that comes first is taken, likewise of
        equal places.

    Shapes:
        x (N, H, W, channels) -> (units, k, 5), int32: the image and r0, r1, c0, c1, the strongest
        first

        The patch is x[image, r0:r1, c0:c1].

    Args:
        model: a Sequential or functional Keras model of images.
        layer: a layer or its path.
        x: images to look through.
        units: which channels; by default all.
        k: how many patches for each unit.
        batch_size: how many images are computed at a time.

    Raises:
        ValueError: x are not images that the model reads, or fewer than k; there is no such layer
            or unit; or `receptive_field` cannot follow the layer.

    Example:
        >>> pool = keras.layers.MaxPooling2D(2, name="pool")
        >>> model = keras.Sequential([keras.Input((4, 4, 1)), pool])
        >>> x = np.zeros((3, 4, 4, 1))
        >>> x[1, 0, 3], x[2, 3, 0] = 5.0, 7.0
        >>> top_patches(model, "pool", x, k=2)
        array([[[2, 2, 4, 0, 2],
                [1, 0, 2, 2, 4]]], dtype=int32)

    Source: M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, 2014,
    https://arxiv.org/abs/1311.2901.
    """
    owner = "top_patches"
    x = _targets.images(owner, _targets.inputs(owner, model, x))
    k = arguments.positive_int(owner, k=k)
    if k > len(x):
        raise ValueError(f"{owner}: k is {k}; there are {len(x)} images.")
    graph = Graph(model, owner)
    place = graph.find(layer)
    reach = Reach(graph, model, x.shape[1:3])
    shape = reach.shapes[place]
    units = chosen_units(owner, units, shape[-1])
    values, places = in_batches(owner, model, _strongest, [x], batch_size, place=place)
    best = np.argsort(-values[:, units], axis=0, kind="stable")[:k].T  # (units, k)
    width = shape[2] if len(shape) == 4 else 1
    found = np.empty((len(units), k, 5), "int32")
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for i, j in np.ndindex(best.shape):
        image = best[i, j]
        row, column = divmod(int(places[image, units[i]]), width)
        box: list[int] = []
        for axis, position in ((1, row), (2, column)):
            if (axis, position) not in spans:
                spans[axis, position] = reach(place, axis, position)
            box += spans[axis, position]
        found[i, j] = image, *box
    return found


def _strongest(model: Any, x: Any, *, place: int) -> tuple[Any, Any]:
    graph = Graph(model)
    a = graph.run({graph.input: x}, place)[place]
    flat = ops.reshape(a, (ops.shape(a)[0], -1, a.shape[-1]))  # (n, places, channels)
    return ops.max(flat, axis=1), ops.cast(ops.argmax(flat, axis=1), "int32")
