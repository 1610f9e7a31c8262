"""Shapes on a noisy background: four shapes, four colours, three textures, with the objects' masks.

What a net should call them is the shape alone. Colour and texture are drawn apart from it, and the
background has bars of the same four colours, so a net has to look at the outline. The masks say
where an honest explanation of its answer has to point.
"""

from __future__ import annotations

import numpy as np

SHAPES = ("disc", "square", "triangle", "cross")
COLOURS = ("red", "green", "blue", "yellow")
TEXTURES = ("plain", "stripes", "dots")

SIDE = 32  # pixels of an image's height and width
AREA = (0.11, 0.19)  # of the image that an object covers, before it is cut into pixels
BARS = 5
NOISE = 0.05

_RGB = np.array(
    [[0.84, 0.22, 0.20], [0.18, 0.62, 0.34], [0.20, 0.40, 0.82], [0.93, 0.75, 0.20]], "float32"
)
_COARSE = 5  # the background is drawn at 5×5 pixels and enlarged
_ARM = 0.36  # half the width of the cross's arms, in halves of its length


def shapes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`n` images of one object each, which shape it is, and where it is.

    Every shape occurs equally often, up to one. The object has a random place, colour, texture and
    size, and is turned by up to 15°. It covers about 15 % of the image, alike for all shapes.

    Args:
        n: number of images.
        seed: determines everything that is drawn.

    Returns:
        x (n, 32, 32, 3) float32 from 0 to 1; y (n,) int64, an index into `SHAPES`; masks
        (n, 32, 32) bool, True on the object.

    Licence: made by this function; CC0, no rights reserved.
    """
    rng = np.random.default_rng(seed)
    kinds, colours, textures = _kinds(n, rng)
    x = _background(n, rng)

    size = np.sqrt(rng.uniform(*AREA, n)) * SIDE  # the side of a square of the same area
    turn = rng.uniform(-np.pi / 12, np.pi / 12, n)
    centre = _inside(size, rng)
    u, v = _from(centre, turn)
    distance = _outside(u, v, size, kinds)  # in pixels, negative within the object

    paint = _RGB[colours] + rng.uniform(-0.08, 0.08, (n, 3)).astype("float32")
    paint = paint[:, None, None] * _texture(n, textures, rng)[..., None]
    x += np.clip(0.5 - distance, 0, 1)[..., None] * (paint - x)  # the outline is one pixel soft
    x += NOISE * rng.standard_normal(x.shape, "float32")
    return np.clip(x, 0, 1), kinds, distance < 0


def shape_looks(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The colours and textures of the objects that `shapes(n, seed)` draws.

    Args:
        n: number of images.
        seed: the seed that they were drawn with.

    Returns:
        colours (n,) int64, indices into `COLOURS`; textures (n,) int64, indices into `TEXTURES`.
    """
    _, colours, textures = _kinds(n, np.random.default_rng(seed))
    return colours, textures


def _kinds(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shape, colour and texture of each object: each balanced, each shuffled by itself."""
    first, second, third = (
        rng.permutation(np.arange(n) % len(names)) for names in (SHAPES, COLOURS, TEXTURES)
    )
    return first, second, third


def _background(n: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth clouds of a dull colour, and bars of the objects' colours: (n, 32, 32, 3)."""
    at = np.linspace(0, _COARSE - 1, SIDE)
    enlarge = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(_COARSE))).astype("float32")
    light = rng.uniform(0.3, 0.6, (n, 1, 1, 1)) + rng.uniform(-0.06, 0.06, (n, 1, 1, 3))
    clouds = 0.09 * rng.standard_normal((n, _COARSE, _COARSE, 1))
    clouds = clouds + 0.03 * rng.standard_normal((n, _COARSE, _COARSE, 3))
    x: np.ndarray = np.einsum(
        "ip,jq,npqc->nijc", enlarge, enlarge, (light + clouds).astype("float32"), optimize=True
    )
    for _ in range(BARS):
        place = rng.uniform(0, SIDE, (n, 2))
        u, v = _from(place, rng.uniform(0, np.pi, n))
        length, width = rng.uniform(4, 9, (2, n, 1, 1)).astype("float32")
        beyond = np.maximum(np.abs(u) - length, np.abs(v) - width / 8)
        paint = _RGB[rng.integers(0, len(COLOURS), n)][:, None, None]
        x += np.clip(0.5 - beyond, 0, 1)[..., None] * (0.85 * paint - x)
    return x


def _inside(size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Centres (n, 2), row and column, from which no object reaches beyond the border."""
    reach = 0.9 * size[:, None]  # of the triangle's corners, which reach furthest
    return rng.uniform(reach, SIDE - 1 - reach, (len(size), 2))


def _from(centre: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's place as seen from the centre, in axes turned counterclockwise: (n, 32, 32)."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype("float32")
    down = rows - centre[:, :1, None].astype("float32")
    right = columns - centre[:, 1:, None].astype("float32")
    c, s = (f(turn).astype("float32")[:, None, None] for f in (np.cos, np.sin))
    return c * right - s * down, s * right + c * down


def _outside(u: np.ndarray, v: np.ndarray, size: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """How far each pixel lies outside its image's object, whose area is size²: (n, 32, 32)."""
    distance = np.empty_like(u)
    for kind, name in enumerate(SHAPES):
        which = kinds == kind
        a, b = u[which], v[which]
        side = size[which].astype("float32")[:, None, None]
        if name == "disc":
            distance[which] = np.hypot(a, b) - side / np.sqrt(np.pi)
        elif name == "square":
            distance[which] = np.maximum(np.abs(a), np.abs(b)) - side / 2
        elif name == "triangle":
            slope = np.float32(np.sqrt(0.75))
            far = np.maximum(b, slope * np.abs(a) - b / 2)  # of three sides, one below
            distance[which] = far - side / np.sqrt(3 * np.sqrt(3))
        else:
            half = side / np.sqrt(4 * (2 * _ARM - _ARM**2))
            long, wide = np.maximum(np.abs(a), np.abs(b)), np.minimum(np.abs(a), np.abs(b))
            distance[which] = np.maximum(long - half, wide - _ARM * half)
    return distance


def _texture(n: int, textures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How bright the paint is at each pixel, in textures of any direction: (n, 32, 32)."""
    u, v = _from(rng.uniform(0, SIDE, (n, 2)), rng.uniform(0, np.pi, n))
    step = rng.uniform(4, 5.5, (n, 1, 1)).astype("float32") / np.float32(2 * np.pi)
    across, along = np.cos(u / step), np.cos(v / step)
    striped = 0.8 + 0.3 * np.clip(1.6 * across, -1, 1)
    dotted = 1.0 - 0.45 * np.clip(1.5 * (across + along) - 0.6, 0, 1)
    which = textures[:, None, None]
    bright: np.ndarray = np.where(which == 1, striped, np.where(which == 2, dotted, 1.0))
    return bright.astype("float32")
