"""Short films of a drifting texture, forwards and backwards."""

from __future__ import annotations

import numpy as np

FRAMES, SIDE, NOISE = 6, 12, 0.2
WAYS = ("forwards", "backwards")


def motion(pairs: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """`pairs` films of a texture that drifts to the right, one pixel a frame, and each of them
    backwards.

    A film and the same film backwards have the same frames, so a net that sees one frame at a time
    and forgets their order cannot tell them apart.

    Args:
        pairs: number of films; each is there twice.
        seed: determines textures, noise and the order of the films.

    Returns:
        x (2·pairs, 6, 12, 12, 1) float32: film, frame, row, column, channel; y (2·pairs,) int64,
        0 forwards (to the right), 1 backwards.

    Licence: made by this function; CC0, no rights reserved.
    """
    rng = np.random.default_rng(seed)
    wide = rng.standard_normal((pairs, SIDE, SIDE + FRAMES - 1))
    start = FRAMES - 1 - np.arange(FRAMES)  # the window goes left, so the texture goes right
    films = np.stack([wide[:, :, s : s + SIDE] for s in start], axis=1)
    films = films + NOISE * rng.standard_normal(films.shape)
    x = np.concatenate([films, films[:, ::-1]])[..., None].astype("float32")
    y = np.repeat([0, 1], pairs)
    order = rng.permutation(2 * pairs)
    return x[order], y[order]
