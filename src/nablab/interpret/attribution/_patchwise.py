"""Many copies of one image that differ from it in a square each: only what the squares change is
computed anew.

A square reaches a window of each map. The window is computed from the window before it, with what
is around taken from the unchanged image. When windows are no longer small, or an operation is none
of those below, they are put into copies of the unchanged map, and the rest of the model runs as
usual.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from nablab.interpret._graph import Graph, Step

SMALL = 0.5  # a window is worth its effort below this part of the map
BY_ELEMENT = {
    *("Activation", "ReLU", "LeakyReLU", "ELU", "GELU", "Dropout", "SpatialDropout2D", "Identity"),
    *("Relu", "Relu6", "LeakyRelu", "Elu", "Gelu", "Silu", "Sigmoid", "Tanh", "Softplus"),
    *("Rescaling",),
}
JOINS = {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"}
WINDOWS = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D"}
Sizes = tuple[int, ...]  # rows and columns


class Part(NamedTuple):
    """One step of the plan: the size of the window that it makes."""

    step: int
    size: Sizes


def plan(
    graph: Graph, shape: tuple[int, ...], corners: np.ndarray, size: Sizes
) -> tuple[Part, ...]:
    """Which steps can be done on windows, and how large these become for squares at any corner."""
    shapes = graph.shapes((1, *shape[1:]))
    places = {graph.input: corners.astype("int64")}
    sizes = {graph.input: size}
    parts: list[Part] = []
    for index, step in enumerate(graph.steps):
        numbers = list(dict.fromkeys(step.inputs.values()))
        if not all(n in sizes for n in numbers) or not _is_known(step, shapes, numbers):
            continue
        out = shapes[step.outputs[0]][1:3]
        kind = type(step.operation).__name__
        if kind in WINDOWS:
            (n,) = numbers
            made = _after_window(step.operation, sizes[n], shapes[n][1:3], out)
        elif kind == "ZeroPadding2D":
            made = sizes[numbers[0]]
        else:
            starts = np.min([places[n] for n in numbers], axis=0)
            ends = np.max([places[n] + sizes[n] for n in numbers], axis=0)
            down, across = (ends - starts).max(axis=0)
            made = int(down), int(across)
        if made[0] * made[1] > SMALL * out[0] * out[1]:
            continue
        sizes[step.outputs[0]] = made
        places[step.outputs[0]] = _start(step, [places[n] for n in numbers], made, shapes, np)
        parts.append(Part(index, made))
    return tuple(parts)


def logits(graph: Graph, image: Any, filled: Any, corners: Any, size: Sizes, parts: Any) -> Any:
    """(n, classes) of an image (1, H, W, c) with a square at each corner taken from another."""
    shapes = graph.shapes((1, *image.shape[1:]))
    steps = [graph.steps[part.step] for part in parts]
    done = {number for step in steps for number in step.outputs}
    base = graph.run({graph.input: image}, *done)
    windows = {graph.input: (_cut(filled, corners, size), corners, size)}
    for step, part in zip(steps, parts, strict=True):
        number = step.outputs[0]
        inputs = list(dict.fromkeys(step.inputs.values()))
        place = _start(step, [windows[n][1] for n in inputs], part.size, shapes, ops)
        if type(step.operation).__name__ in WINDOWS:
            n = inputs[0]
            value = _through(step, base[n], windows[n], place, part.size, shapes)
        elif type(step.operation).__name__ == "ZeroPadding2D":
            value = windows[inputs[0]][0]
        else:
            read = {n: _paste(base[n], windows[n], place, part.size) for n in inputs}
            (value,) = step(read)
        windows[number] = value, place, part.size
    needed = {
        n
        for index, step in enumerate(graph.steps)
        if index not in {part.step for part in parts}
        for n in step.inputs.values()
        if n in windows
    }
    if graph.logits in windows:
        needed.add(graph.logits)
    zero = ops.zeros_like(corners)
    full = {n: _paste(base[n], windows[n], zero, shapes[n][1:3]) for n in needed}
    return graph.run(full, graph.logits)[graph.logits]


# Steps


def _is_known(step: Step, shapes: dict[int, tuple[int, ...]], numbers: list[int]) -> bool:
    kind, layer = type(step.operation).__name__, step.operation
    after = shapes[step.outputs[0]]
    before = [shapes[n] for n in numbers]
    if len(after) != 4 or any(len(shape) != 4 for shape in before) or step.is_linear:
        return False
    if not type(layer).__module__.startswith("keras."):
        return False
    if kind in WINDOWS:
        dilation = np.ravel(getattr(layer, "dilation_rate", 1))
        return layer.data_format == "channels_last" and bool((dilation == 1).all())
    if kind == "ZeroPadding2D":
        return bool(layer.data_format == "channels_last")
    if any(shape[1:3] != after[1:3] for shape in before):
        return False
    if kind in ("BatchNormalization", "Normalization", "Concatenate"):
        axis = layer.axis
        return axis in (-1, 3, (-1,), (3,), [3])
    others = (*step.node.arguments.args, *step.node.arguments.kwargs.values())
    plain = all(np.ndim(a) == 0 for a in others if isinstance(a, int | float | np.ndarray))
    return kind in BY_ELEMENT or (kind in JOINS and plain)


def _sides(layer: Any) -> tuple[Sizes, Sizes]:
    """The size of a layer's window, and its strides."""
    window = layer.kernel_size if hasattr(layer, "kernel_size") else layer.pool_size
    strides = layer.strides or window
    both = [v if isinstance(v, list | tuple) else (v, v) for v in (window, strides)]
    return tuple(map(int, both[0])), tuple(map(int, both[1]))


def _before(layer: Any, size: Sizes, out: Sizes) -> Sizes:
    """The rows and columns of padding before the first."""
    if layer.padding != "same":
        return 0, 0
    k, s = _sides(layer)
    missing = [max((out[i] - 1) * s[i] + k[i] - size[i], 0) // 2 for i in (0, 1)]
    return missing[0], missing[1]


def _after_window(layer: Any, size: Sizes, before: Sizes, out: Sizes) -> Sizes:
    k, s = _sides(layer)
    made = [min((size[i] + k[i] - 2) // s[i] + 1, out[i]) for i in (0, 1)]
    return made[0], made[1]


def _start(step: Step, places: list[Any], size: Sizes, shapes: Any, lib: Any) -> Any:
    """Where the window of a step's output begins, (n, 2), for those of its inputs."""
    (n, *_), layer = list(dict.fromkeys(step.inputs.values())), step.operation
    out, kind = shapes[step.outputs[0]][1:3], type(step.operation).__name__
    place = places[0]
    for other in places[1:]:
        place = lib.minimum(place, other)
    if kind in WINDOWS:
        k, s = _sides(layer)
        p = _before(layer, shapes[n][1:3], out)
        first = place - _pair(lib, [k[i] - 1 - p[i] for i in (0, 1)], place)
        stride = _pair(lib, s, place)
        place = -((-first) // stride)
    elif kind == "ZeroPadding2D":
        place = place + _pair(lib, [layer.padding[i][0] for i in (0, 1)], place)
    last = _pair(lib, [out[i] - size[i] for i in (0, 1)], place)
    return lib.maximum(lib.minimum(place, last), lib.zeros_like(place))


def _pair(lib: Any, values: Any, like: Any) -> Any:
    return np.array(values, "int64") if lib is np else ops.convert_to_tensor(values, dtype="int32")


def _through(step: Step, base: Any, window: Any, place: Any, size: Sizes, shapes: Any) -> Any:
    """A convolution or pool of windows, without padding: what it reads around them is cut out of
    the unchanged map, which is padded first."""
    layer = step.operation
    k, s = _sides(layer)
    p = _before(layer, base.shape[1:3], shapes[step.outputs[0]][1:3])
    reads = (size[0] - 1) * s[0] + k[0], (size[1] - 1) * s[1] + k[1]
    fill = -np.inf if type(layer).__name__ == "MaxPooling2D" else 0.0
    around = [(0, 0), (p[0], reads[0]), (p[1], reads[1]), (0, 0)]
    padded = ops.pad(base, around, constant_values=fill)
    value, at, sides = window
    moved = at + _pair(ops, p, at)
    begins = place * _pair(ops, s, place)
    read = _paste(padded, (value, moved, sides), begins, reads)
    with _without_padding(layer):
        return layer(read)


@contextmanager
def _without_padding(layer: Any) -> Iterator[None]:
    padding = layer.padding
    layer.padding = "valid"
    try:
        yield
    finally:
        layer.padding = padding


# Windows


def _paste(base: Any, window: Any, place: Any, size: Sizes) -> Any:
    """Cuts of a size out of a map (1, h, w, c) at places (n, 2), with windows put over it."""
    value, at, sides = window
    cut = _cut(base, place, size)
    row = ops.arange(size[0], dtype="int32") + (place - at)[:, :1]  # (n, rows): in the window
    column = ops.arange(size[1], dtype="int32") + (place - at)[:, 1:]
    inside = ops.logical_and(
        ops.logical_and(row >= 0, row < sides[0])[:, :, None],
        ops.logical_and(column >= 0, column < sides[1])[:, None, :],
    )
    row, column = ops.clip(row, 0, sides[0] - 1), ops.clip(column, 0, sides[1] - 1)
    first = ops.arange(ops.shape(value)[0], dtype="int32")[:, None, None] * (sides[0] * sides[1])
    index = first + row[:, :, None] * sides[1] + column[:, None, :]  # (n, rows, columns)
    flat = ops.reshape(value, (-1, value.shape[-1]))
    return ops.where(inside[..., None], ops.take(flat, index, axis=0), cut)


def _cut(base: Any, place: Any, size: Sizes) -> Any:
    """(n, *size, c): parts of a map (1, h, w, c) that begin at places (n, 2)."""
    row = place[:, :1] + ops.arange(size[0], dtype="int32")
    column = place[:, 1:] + ops.arange(size[1], dtype="int32")
    index = row[:, :, None] * base.shape[2] + column[:, None, :]
    return ops.take(ops.reshape(base, (-1, base.shape[-1])), index, axis=0)
