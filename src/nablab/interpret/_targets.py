"""The inputs that methods read, and the scores that they explain: logits of classes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from nablab.interpret import _graph

OWN = -1  # stands for the class that the model itself says


def inputs(owner: str, model: Any, x: Any) -> np.ndarray:
    """A batch of real numbers (n, …) as float32."""
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{owner}: x holds {array.dtype}; expected numbers.")
    array = np.ascontiguousarray(array, dtype="float32")
    wanted = _input_shape(_graph.built(model, array.shape) if array.ndim > 1 else model)
    if wanted is not None and array.ndim == len(wanted) - 1:
        raise ValueError(
            f"{owner}: x has shape {array.shape}; expected a batch (n, …): pass x[None] for one "
            "input."
        )
    if array.ndim < 2 or len(array) == 0:
        raise ValueError(f"{owner}: x has shape {array.shape}; expected a batch (n, …) of inputs.")
    if wanted is not None and not _fits(array.shape, wanted):
        raise ValueError(f"{owner}: x has shape {array.shape}; the model reads {_told(wanted)}.")
    return array


def images(owner: str, x: Any) -> np.ndarray:
    """A batch (n, h, w, channels) as float32."""
    array = np.asarray(x)
    if array.ndim != 4 or 0 in array.shape or array.dtype.kind not in "biuf":
        raise ValueError(
            f"{owner}: x has shape {array.shape} of {array.dtype}; expected numbers of axes "
            "(n, h, w, channels)."
        )
    return np.ascontiguousarray(array, dtype="float32")


def classes(owner: str, model: Any, x: np.ndarray, chosen: Any) -> np.ndarray:
    """(n,) int32: one class for all inputs, one for each, or for None what the model says."""
    count = outputs(owner, model, x)
    if chosen is None:
        return np.full(len(x), OWN, "int32")
    array = np.asarray(chosen)
    if array.dtype.kind not in "iu" or array.shape not in ((), (len(x),)):
        raise ValueError(
            f"{owner}: classes is {chosen!r}; expected an integer, {len(x)} integers (one for each "
            "input), or None for the class that the model says."
        )
    if array.size and not (array.min() >= 0 and array.max() < count):
        raise ValueError(
            f"{owner}: classes is {chosen!r}; the model has the classes 0 to {count - 1}."
        )
    return np.broadcast_to(array, len(x)).astype("int32")


def outputs(owner: str, model: Any, x: np.ndarray) -> int:
    """How many classes a model tells apart."""
    if _graph.is_known(model):
        shape = tuple(model.outputs[0].shape)
    else:
        spec = model.compute_output_spec(keras.KerasTensor(x.shape, dtype="float32"))
        shape = tuple(keras.tree.flatten(spec)[0].shape)
    if len(shape) != 2 or shape[1] is None:
        raise ValueError(f"{owner}: the model returns axes {_told(shape)}; expected (n, classes).")
    return int(shape[1])


def logits(model: Any, x: Any) -> Any:
    """(n, classes), before a softmax or sigmoid at the end of the model. Of a subclassed model,
    whose last operation is not known, what it returns. `classes` has checked the axes."""
    is_known = _graph.is_known(model)
    found = _graph.Graph(model)(x) if is_known else model(x, training=False)
    return ops.cast(found, "float32")


def chosen(found: Any, of: Any) -> Any:
    """The logits (n,) of the classes; for OWN the largest."""
    own = ops.cast(ops.argmax(found, axis=-1), "int32")
    index = ops.where(of == OWN, own, of)
    return ops.sum(found * ops.one_hot(index, found.shape[-1], dtype=found.dtype), axis=-1)


def unit_scores(value: Any, of: Any) -> Any:
    """For every input a score (n,) of a unit: at (n, channels) its value; with places between, the
    largest value of its channel. For OWN, of the strongest unit."""
    axes = tuple(range(1, len(value.shape) - 1))
    strongest = ops.max(value, axis=axes) if axes else value
    return chosen(ops.cast(strongest, "float32"), of)


def _input_shape(model: Any) -> tuple[int | None, ...] | None:
    if _graph.is_known(model) and len(model.inputs) == 1:
        return tuple(model.inputs[0].shape)
    return None


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    pairs = zip(shape[1:], wanted[1:], strict=False)
    return len(shape) == len(wanted) and all(b is None or a == b for a, b in pairs)


def _told(shape: Any) -> str:
    return "(" + ", ".join(["n", *("any" if a is None else str(a) for a in shape[1:])]) + ")"
