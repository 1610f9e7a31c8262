"""The part of the input that a unit sees."""

from __future__ import annotations

import numpy as np

from nablab.interpret import _graph
from nablab.interpret._graph import Graph
from nablab.interpret.features._reach import Reach


def receptive_field(model, layer, position=None, *, size=None):
    """The pixels that a unit can depend on, exactly, out of the model's graph.

    A patch shows what a unit responds to only if it is cut where the unit looks. Formulas for
    chains of layers give the size, not the place, and none of it at branches.

    Maths:
        A window of size k, stride s and dilation d with p rows of padding before the first one:
        row i reads the rows i·s - p + u·d,   u = 0 … k - 1

        p is 0 for "valid" and ⌊max((h' - 1)·s + (k - 1)·d + 1 - h, 0) / 2⌋ for "same", from h rows
        to h'. The field is the smallest box around all pixels on any way to the unit. Padding is no
        pixel. A global mean, and so a squeeze-and-excitation, sees everything. Dilation leaves
        holes in the box.

    Shapes:
        -> (4,), int32: r0, r1, c0, c1: the rows r0 ≤ r < r1 and the columns c0 ≤ c < c1

    Args:
        model: a Sequential or functional Keras model of images.
        layer: a layer or its path.
        position: (row, column) of the unit; by default the one in the middle. Of a layer without
            places, such as a dense one, leave it out.
        size: (height, width) of the input, if the model leaves it open.

    Raises:
        ValueError: there is no such layer or unit; or it cannot be followed, because an operation
            is none of Keras's convolutions, pools and operations by element.

    Example:
        >>> conv = keras.layers.Conv2D(1, 3, padding="same", name="conv")
        >>> pool = keras.layers.MaxPooling2D(2, name="pool")
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), conv, pool])
        >>> receptive_field(model, "conv", (0, 4)), receptive_field(model, "pool", (2, 2))
        (array([0, 2, 3, 6], dtype=int32), array([3, 7, 3, 7], dtype=int32))

    Source: A. Araujo, W. Norris, J. Sim, Computing Receptive Fields of Convolutional Neural
    Networks, 2019, https://doi.org/10.23915/distill.00021.
    """
    owner = "receptive_field"
    if size is not None:
        model = _graph.built(model, (1, *size))
    graph = Graph(model, owner)
    place = graph.find(layer)
    reach = Reach(graph, model, size)
    shape = reach.shapes[place]
    if len(shape) != 4:
        if position is not None:
            raise ValueError(f"{owner}: layer {layer!r} has no places; leave out position.")
        position = (0, 0)
        shape = (1, 1, 1, 1)
    elif position is None:
        position = shape[1] // 2, shape[2] // 2
    where = np.asarray(position)
    fits = where.shape == (2,) and where.dtype.kind in "iu"
    if not fits or not all(0 <= p < length for p, length in zip(where, shape[1:3], strict=True)):
        raise ValueError(
            f"{owner}: position is {position!r}; the layer has {shape[1]} × {shape[2]} places."
        )
    spans = [reach(place, axis, int(p)) for axis, p in zip((1, 2), where, strict=True)]
    return np.array(spans, "int32").ravel()
