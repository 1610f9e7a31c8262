"""The classes to explain, where a method must know them before it changes the input."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret import _targets
from nablab.interpret._batches import in_batches


def own_classes(owner: str, model: Any, x: np.ndarray, classes: Any, batch_size: int) -> np.ndarray:
    """(n,) int32: the given classes, and for None those that the model says."""
    chosen = _targets.classes(owner, model, x, classes)
    if classes is not None:
        return chosen
    return logits_of(owner, model, x, batch_size).argmax(axis=-1).astype("int32")


def logits_of(owner: str, model: Any, x: np.ndarray, batch_size: int) -> np.ndarray:
    """(n, classes) float32."""
    return in_batches(owner, model, _logits, [x], batch_size)


def _logits(model: Any, x: Any) -> Any:
    return _targets.logits(model, x)
