"""Which rows or columns of the input a unit can see, followed back through a graph."""

from __future__ import annotations

from typing import Any

import keras

from nablab.interpret._graph import Graph, Step

Lines = frozenset[int]  # rows or columns

BY_ELEMENT = {
    *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "GELU", "Dense", "Rescaling"),
    *("BatchNormalization", "Dropout", "SpatialDropout2D", "SpatialDropout", "Identity"),
    *("GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization"),
    *("Normalization", "Maxout", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"),
    *("Divide", "TrueDivide", "Negative", "Absolute", "Square", "Sqrt", "Power", "Exp", "Log"),
    *("Clip", "Cast", "Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Gelu", "Silu", "Sigmoid"),
    *("Tanh", "Softplus", "Softsign", "HardSigmoid", "HardSilu", "Swish"),
}
CONVOLUTIONS = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "LocallyConnected2D"}
POOLS = {"MaxPooling2D", "AveragePooling2D", "MaxPool2D", "AveragePool2D"}
WHOLE = {
    "GroupNormalization",
    "InstanceNormalization",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
}
RESHAPED = {"Concatenate", "Reshape"}


class Reach:
    """The reach of units along each axis.

    Args:
        size: the height and width of the input, where the model leaves them open.
    """

    def __init__(self, graph: Graph, model: Any, size: tuple[int, int] | None) -> None:
        self.graph = graph
        entry = model.inputs[0]
        shape = tuple(entry.shape)
        if len(shape) != 4:
            raise ValueError(
                f"{graph.owner}: the model reads axes {shape}; expected (n, h, w, channels)."
            )
        if size is not None:
            shape = (shape[0], *size, shape[3])
        if None in shape[1:3]:
            raise ValueError(
                f"{graph.owner}: the model reads images of any size; pass size=(height, width)."
            )
        self.shapes = graph.shapes((1, *shape[1:]))

    def __call__(self, place: int, axis: int, position: int) -> tuple[int, int]:
        """Of the unit at a position of a value: the rows (axis 1) or columns (axis 2) from the
        first to before the last."""
        seen: dict[int, Lines] = {place: frozenset([position])}
        for step in reversed(self.graph.steps):
            read = frozenset().union(*(seen[n] for n in step.outputs if n in seen))
            if read:
                for number in set(step.inputs.values()):
                    found = self._back(step, number, axis, read)
                    seen[number] = found | seen.get(number, frozenset())
        lines = seen.get(self.graph.input, frozenset())
        return (min(lines), max(lines) + 1) if lines else (0, 0)

    def _back(self, step: Step, number: int, axis: int, lines: Lines) -> Lines:
        """The lines of one of a step's inputs that lines of its output depend on."""
        before, after = self.shapes[number], self.shapes[step.outputs[0]]
        if len(before) != 4:
            return frozenset([0])  # no such axis: all of it
        kind, layer, size = type(step.operation).__name__, step.operation, before[axis]
        whole = frozenset(range(size))
        if len(after) != 4 or kind in WHOLE:
            return whole
        if kind == "LayerNormalization":
            axes = [a % 4 for a in keras.tree.flatten(layer.axis)]
            return whole if axis in axes or 3 - axis in axes else lines
        if kind in CONVOLUTIONS | POOLS:
            found = _through_windows(layer, axis - 1, lines, size, after[axis])
        elif kind == "ZeroPadding2D":
            found = {line - layer.padding[axis - 1][0] for line in lines}
        elif kind == "Cropping2D":
            found = {line + layer.cropping[axis - 1][0] for line in lines}
        elif kind == "UpSampling2D" and layer.interpolation == "nearest":
            found = {line // layer.size[axis - 1] for line in lines}
        elif kind in BY_ELEMENT or (kind in RESHAPED and before[1:3] == after[1:3]):
            return lines if size == after[axis] else whole
        else:
            raise ValueError(
                f"{self.graph.owner}: what layer {step.path!r}, a {kind}, reads is not known."
            )
        return frozenset(line for line in found if 0 <= line < size)


def _through_windows(layer: Any, axis: int, lines: Lines, size: int, out: int) -> set[int]:
    window = layer.kernel_size if hasattr(layer, "kernel_size") else layer.pool_size
    dilation = getattr(layer, "dilation_rate", 1)
    k, s, d = (_along(v, axis) for v in (window, layer.strides or window, dilation))
    missing = max((out - 1) * s + (k - 1) * d + 1 - size, 0)
    before = missing // 2 if getattr(layer, "padding", "valid") == "same" else 0
    return {line * s - before + u * d for line in lines for u in range(k)}


def _along(value: Any, axis: int) -> int:
    return int(value[axis]) if isinstance(value, list | tuple) else int(value)
