"""The pictures of lab 12, Dreaming, textures, style: Gram matrices, textures and the gallery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nablab.show.canvas import INK, Words, figure, finish, needs, sheet
from nablab.show.dreaming import photo

# How the colours of photographs vary together: the columns are brightness, orange against blue and
# green against magenta, by their strength. After Olah and others, Feature Visualization, 2017.
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])


def piece(image, row: int, column: int, height: int = 48, width: int = 64):
    return image[row : row + height, column : column + width]


def halved(image):
    """An image of even sides at half its size."""
    H, W, C = image.shape
    return image.reshape(H // 2, 2, W // 2, 2, C).mean(axis=(1, 3))


@needs("gram")
def grams(flower, china, gram: Callable, random_bank: Callable) -> Words:
    """Four patches and the Gram matrices of 32 random filters."""
    petals, others = piece(flower, 50, 70), piece(flower, 80, 95)
    roof = piece(china, 82, 40)
    mixed = np.random.default_rng(0).permutation(petals.reshape(-1, 3)).reshape(petals.shape)
    looks = {"petals": petals, "other petals": others, "a roof": roof, "petals, shuffled": mixed}
    maps, _ = random_bank(0)
    _fig, axes = figure(10, 4.6, nrows=2, ncols=4, height_ratios=[1, 1.35])
    found = [np.asarray(gram(maps(look)[0])) for look in looks.values()]
    limit = float(np.abs(found[0]).max())
    told = []
    for (name, look), G, (above, below) in zip(looks.items(), found, axes.T, strict=True):
        off = float(np.sum((G - found[0]) ** 2) / np.sum(found[0] ** 2))
        photo(above, look, name)
        sheet(below, G, limit=limit, title="" if look is petals else f"distance {off:.2f}")
        told.append(f"{name} {off:.2f}")
    return finish(
        "Three patches of photos, and the first one with its pixels shuffled; below each is a Gram "
        "matrix of 32 by 32 numbers, orange for channels that vary together and blue for opposite "
        f"ones. The distances from the first matrix, relative to it: {', '.join(told)}."
    )


PIECES = (("flower", 50, 70), ("china", 82, 40), ("china", 128, 130), ("flower", 0, 0))


@needs("gram", "texture_synth")
def textures(
    flower,
    china,
    texture_synth: Callable,
    gram_loss: Callable,
    gram: Callable,
    random_bank: Callable,
) -> Words:
    """Four pieces of photos and textures grown from their Gram matrices."""
    photos = {"flower": flower, "china": china}
    (maps, pull), (unseen, _) = random_bank(0), random_bank(1)

    def distance(image, targets):
        pairs = zip(unseen(image), targets, strict=True)
        return float(np.mean([gram_loss(F, A)[0] for F, A in pairs]))

    _fig, axes = figure(10, 4.6, nrows=2, ncols=4)
    told = []
    for (name, row, column), pair in zip(PIECES, axes.reshape(4, 2), strict=True):
        source = piece(photos[name], row, column)
        start = np.random.default_rng(0).uniform(size=source.shape)
        made = np.asarray(texture_synth(maps, pull, source, start, 60, 0.05))
        targets = [gram(F) for F in unseen(source)]
        before, after = distance(start, targets), distance(made, targets)
        photo(pair[0], source, "source")
        photo(pair[1], made, f"grown: {before:.2f} → {after:.3f}")
        told.append(f"{before:.2f} and {after:.3f}")
    return finish(
        "Four pairs of a piece of a photo and a texture: petals, a tiled roof, trees, a leaf in "
        "the dark. The textures have the colours and grain of their sources, at other places. "
        "The Gram distance to the source in a second random bank, of the noise at the start and of "
        f"the texture: {'; '.join(told)}."
    )


ALPHAS = (0.03, 0.3, 1.0, 3.0, 30.0)


@needs("style_transfer")
def strip(
    flower, china, style_transfer: Callable, random_bank: Callable, resize: Callable
) -> Words:
    """One photo in the manner of another, with more and more of its content."""
    content, style = resize(flower, (60, 80)), piece(china, 70, 20, 90, 120)
    style = halved(style)
    maps, pull = random_bank(0)
    _fig, axes = figure(12, 2.2, ncols=7)
    photo(axes[0], style, "style")
    photo(axes[-1], content, "content")
    start = np.random.default_rng(0).uniform(size=content.shape)
    told = []
    for ax, alpha in zip(axes[1:], ALPHAS, strict=False):
        image = np.asarray(style_transfer(maps, pull, content, style, start, alpha, 50, 0.05))
        off = float(np.mean((image - content) ** 2))
        photo(ax, image, f"α = {alpha:g}", f"{off:.4f}")
        told.append(f"{off:.4f} at {alpha:g}")
    return finish(
        "A piece of the pavilion, five paintings of the flower in its manner, and the flower. From "
        "left to right the flower comes out of a texture of roof and sky. Mean squared distance "
        f"from it, by α: {', '.join(told)}."
    )


def _coloured(score: Callable, mix: Any) -> Callable:
    """A score of decorrelated colours, squeezed between 0 and 1."""

    def of(d):
        x = 1 / (1 + np.exp(-np.asarray(d, dtype=float) @ mix.T))
        value, g = score(x)
        return value, (np.asarray(g) * x * (1 - x)) @ mix

    return of


def _jittered(score: Callable, rng, reach: int = 3) -> Callable:
    """A score of an image that trembles."""

    def of(x):
        shift = tuple(rng.integers(-reach, reach + 1, size=2))
        value, g = score(np.roll(x, shift, axis=(0, 1)))
        return value, np.roll(g, (-shift[0], -shift[1]), axis=(0, 1))

    return of


WALL = (
    *(("relu2", 10), ("relu2", 18), ("relu3", 2), ("relu3", 18), ("relu3", 22), ("relu3", 34)),
    *(("relu4", 13), ("relu4", 19), ("relu4", 22), ("relu4", 10), ("relu4", 31), ("relu4", 49)),
)


@needs("ascend", "total_variation", "fourier_score", "deepdream", "style_score")
def gallery(flower, china, **own: Callable) -> Words:
    """What the student's functions can do together."""
    import matplotlib.pyplot as plt

    mix = COLOURS * 12
    images = []
    rng = np.random.default_rng(0)
    for layer, channel in WALL:
        score = _coloured(_jittered(own["channel_score"](layer, channel), rng), mix)
        start = 0.01 * np.random.default_rng(0).normal(size=(40, 40, 3))
        z, _ = own["ascend"](lambda z, s=score: own["fourier_score"](s, z), start, 50, 0.004, 0.02)
        images.append(1 / (1 + np.exp(-np.asarray(own["fourier_image"](z)) @ mix.T)))

    small = own["resize"](flower, (132, 176))
    shapes = own["octave_shapes"](132, 176, 3, 1.4)
    dream = own["deepdream"](own["layer_score"]("relu3"), small, shapes, 8, 0.03)
    dream = own["deepdream"](own["layer_score"]("relu2"), np.asarray(dream), shapes[-1:], 4, 0.02)

    painted = [
        _painting(own, content, style) for content, style in ((flower, china), (china, flower))
    ]
    fig = plt.figure(figsize=(12, 7), layout="constrained")
    grid = fig.add_gridspec(3, 6, height_ratios=[1, 1, 1.5])
    for k, image in enumerate(images):
        ax = fig.add_subplot(grid[k // 6, k % 6])
        photo(ax, image, f"{WALL[k][0]}, {WALL[k][1]}")
    photo(fig.add_subplot(grid[2, :2]), dream, "a dream of the flower")
    for place, image, title in zip(
        (grid[2, 2:4], grid[2, 4:]),
        painted,
        ("the flower, as the pavilion", "the pavilion, as the flower"),
        strict=True,
    ):
        photo(fig.add_subplot(place), image, title)
    fig.suptitle("made by your own functions", fontsize=11, color=INK)
    return finish(
        "Two rows of six channels, climbed for in frequencies and in the colours of photographs: "
        "stripes, weaves, dots and blots. Below, a dream of the flower, with stripes over its dark "
        "leaves; the flower in the manner of the pavilion; the pavilion in that of the flower."
    )


def _painting(own: dict[str, Callable], content, style, alpha: float = 1.0, rough: float = 3e-6):
    """A style transfer with a little total variation, begun at the content."""
    maps, pull = own["random_bank"](0)
    content, style = own["resize"](content, (96, 128)), own["resize"](style, (96, 128))
    targets, contents = [own["gram"](F) for F in maps(style)], maps(content)

    def score(x):
        loss, g = own["style_score"](maps, pull, x, targets, contents, alpha)
        return loss + rough * own["total_variation"](x), np.asarray(g) + rough * np.asarray(
            own["total_variation_grad"](x)
        )

    start = 0.5 * content + 0.5 * np.random.default_rng(0).uniform(size=content.shape)
    return own["descend"](score, start, 50, 0.03)[0]
