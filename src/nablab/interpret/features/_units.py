"""The units of a layer that a caller chose."""

from __future__ import annotations

from typing import Any

import numpy as np


def chosen_units(owner: str, units: Any, count: int) -> np.ndarray:
    """Numbers of channels, all of them for None."""
    array = np.arange(count) if units is None else np.atleast_1d(np.asarray(units))
    if array.ndim != 1 or array.dtype.kind not in "iu" or len(array) == 0:
        raise ValueError(f"{owner}: units is {units!r}; expected integers, or None for all.")
    if array.min() < 0 or array.max() >= count:
        raise ValueError(f"{owner}: units is {units!r}; the layer has the units 0 to {count - 1}.")
    return array
