"""`from __future__ import annotations` in one cell holds for those below it."""


def change(nb):
    nb.first("from __future__ import annotations")
    nb.swap("ex-1-1", "(patch, filt):", "(patch: NDArray, filt: NDArray) -> float:")
