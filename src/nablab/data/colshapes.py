"""Small images of one shape in one colour: two things to know that have nothing to do with each
other."""

from __future__ import annotations

import numpy as np

SIDE = 16
SHAPES = ("disc", "ring", "cross")
COLOURS = ("orange", "blue", "green")
RGB = np.array([[0.82, 0.40, 0.10], [0.15, 0.40, 0.80], [0.10, 0.62, 0.42]])
AREA = (36.0, 60.0)  # pixels that a shape covers; the same for all three
HOLE = 0.55  # the radius of a ring's hole, of its own
TURN = 0.3  # radians by which a cross is turned, at most
NOISE = 0.05


def colshapes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`n` images with a disc, a ring or a cross, in orange, blue or green, somewhere.

    All nine combinations are equally frequent. The three shapes cover equally many pixels on
    average, so a mean over the image does not say which it is.

    Args:
        n: number of images.
        seed: determines everything that is drawn.

    Returns:
        x (n, 16, 16, 3) float32 from 0 to 1; shapes (n,) and colours (n,) int64, numbers into
        `nablab.data.colshapes.SHAPES` and `COLOURS`.

    Licence: made by this function; CC0, no rights reserved.
    """
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.arange(n) % 9)
    shapes, colours = kinds // 3, kinds % 3
    rows, columns = np.mgrid[:SIDE, :SIDE]
    x = np.empty((n, SIDE, SIDE, 3))
    for image, shape, colour in zip(x, shapes, colours, strict=True):
        image[:] = rng.uniform(0.25, 0.6)
        area, angle = rng.uniform(*AREA), rng.uniform(-TURN, TURN)
        middle = rng.uniform(5, SIDE - 6, size=2)
        down, right = rows - middle[0], columns - middle[1]
        image[_inside(SHAPES[shape], down, right, area, angle)] = RGB[colour] + rng.uniform(
            -0.1, 0.1, 3
        )
    x += NOISE * rng.standard_normal(x.shape)
    return np.clip(x, 0, 1).astype("float32"), shapes, colours


def _inside(
    shape: str, down: np.ndarray, right: np.ndarray, area: float, angle: float
) -> np.ndarray:
    distance = np.hypot(down, right)
    if shape == "disc":
        inside = distance <= np.sqrt(area / np.pi)
    elif shape == "ring":
        outer = np.sqrt(area / np.pi / (1 - HOLE**2))
        inside = (distance <= outer) & (distance >= HOLE * outer)
    else:
        arm = np.sqrt(9 * area / 5) / 2  # two bars, three times as long as they are wide
        along = np.abs(right * np.cos(angle) + down * np.sin(angle))
        across = np.abs(down * np.cos(angle) - right * np.sin(angle))
        inside = (np.maximum(along, across) <= arm) & (np.minimum(along, across) <= arm / 3)
    return np.asarray(inside)
