"""Many examples in batches of a size that the caller chooses, so that memory has a bound."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import keras
import numpy as np

from nablab._components import arguments
from nablab.interpret._gradients import arrays_of, compiled

PATIENCE_S = 3.0  # work that is done sooner needs no progress bar
Item = TypeVar("Item")


def in_batches(
    owner: str,
    model: Any,
    function: Callable[..., Any],
    arrays: Sequence[np.ndarray],
    batch_size: int,
    *,
    whole: Sequence[np.ndarray] = (),
    **static: Hashable,
) -> Any:
    """function(model, *arrays, *whole), compiled, for parts of the arrays along their first axis;
    its results, joined along their first axis, as NumPy arrays. Each part gets all of `whole`."""
    batch_size = arguments.positive_int(owner, batch_size=batch_size)
    n = len(arrays[0])
    starts = range(0, n, batch_size)
    parts = []
    for start in progress(starts, owner):
        batch = [a[start : start + batch_size] for a in arrays]
        size = len(batch[0])
        if len(starts) > 1 and keras.backend.backend() == "jax":  # it compiles each size anew
            batch = [filled(a, batch_size) for a in batch]
        got = arrays_of(compiled(model, function, *batch, *whole, **static))
        parts.append(keras.tree.map_structure(lambda a, size=size: a[:size], got))
    return keras.tree.map_structure(lambda *a: np.concatenate(a), *parts)


def filled(array: np.ndarray, size: int) -> np.ndarray:
    """An array with its last entry repeated until it has so many."""
    return np.concatenate([array, np.repeat(array[-1:], size - len(array), axis=0)])


def progress(items: Sequence[Item] | range, what: str) -> Iterator[Any]:
    """The items; after some seconds with a progress bar that estimates the rest, if standard error
    is a terminal."""
    if len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    yield from _with_bar(items, len(items), what)


def _with_bar(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import Progress

    start, bar, task = time.monotonic(), None, None
    try:
        for done, item in enumerate(items):
            if bar is None and time.monotonic() - start > PATIENCE_S:
                bar = Progress(console=Console(stderr=True), transient=True)
                bar.start()
                task = bar.add_task(what, total=total)
            if bar is not None and task is not None:
                bar.update(task, completed=done)
            yield item
    finally:
        if bar is not None:
            bar.stop()
