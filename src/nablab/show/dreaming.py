"""The pictures of lab 12, Dreaming, textures, style: climbing, its cures, and dreams.

What the text says holds on 20 seeds of `measure_thresholds.py` of the lab's suite. The smallest,
mean and largest of the second net's probability (a mean over the four classes) and of the share of
power above a quarter of a cycle per pixel ("fine"):

    N.4, 40 steps       by the second net     fine
    plain               .284 .526 .740        .683 .695 .714
    jitter              .508 .734 .942        .578 .596 .616
    blur                .747 .894 1.00        .015 .018 .022
    jitter and blur     .750 .944 1.00        .014 .017 .022

    N.3, four channels: fine in pixels .592 .612 .640, in frequencies .007 .010 .016
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from nablab.show.canvas import INK, NEGATIVE, PALE, POSITIVE, Words, figure, finish, needs

GREY = 0.5  # what ascent begins at and decays to in these pictures
CLASSES = ("disc", "square", "triangle", "cross")
CHANNELS = (("relu3", 22), ("relu3", 34), ("relu3", 12), ("relu4", 19))


def photo(ax, image, title: str = "", below: str = "") -> None:
    """An image (H, W, 3) in colours, 0 black and 1 white, clipped to that."""
    ax.imshow(np.clip(np.asarray(image, dtype=float), 0, 1), interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_color(PALE)
        side.set_linewidth(0.8)
    ax.set_title(title, fontsize=9, color=INK)
    ax.set_xlabel(below, fontsize=9, color=INK)


def from_grey(score: Callable) -> Callable:
    """A score of what an image differs from middle grey."""
    return lambda x: score(GREY + np.asarray(x, dtype=float))


def noise(seed: int, size: float = 0.1):
    """What a grey, noisy image (32, 32, 3) differs from grey."""
    return size * np.random.default_rng(seed).normal(size=(32, 32, 3))


def unit(g):
    g = np.asarray(g, dtype=float)
    return g / (np.sqrt(np.mean(g**2)) + 1e-8)


def softened(x):
    for axis in (0, 1):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return x


def spectrum(image):
    """An image's power at each frequency (H, W), its mean left out, and the frequencies."""
    image = np.asarray(image, dtype=float)
    H, W = image.shape[:2]
    power = np.abs(np.fft.fft2(image - image.mean(axis=(0, 1)), axes=(0, 1))) ** 2
    return power.mean(axis=2), np.hypot(np.fft.fftfreq(H)[:, None], np.fft.fftfreq(W)[None, :])


def fine(image) -> float:
    """The share of an image's power above a quarter of a cycle per pixel."""
    power, frequency = spectrum(image)
    return float(power[frequency > 0.25].sum() / power.sum())


def climbed(score: Callable, x, shifts, lr: float, blurred: bool = False, tv=None):
    """Ascent between 0 and 1 with any of the cures: shifts of 0 are no jitter."""
    x = np.array(x, dtype=float)
    for dy, dx in shifts:
        g = np.roll(score(np.roll(x, (dy, dx), axis=(0, 1)))[1], (-dy, -dx), axis=(0, 1))
        step = unit(g)
        if tv is not None:
            step = step - 0.7 * np.asarray(tv(x))
        x = x + lr * step
        x = np.clip(softened(x) if blurred else x, 0, 1)
    return x


def puzzle(class_score: Callable, probabilities: Callable) -> Words:
    """A drawn triangle and three images of noise that the net takes for triangles."""
    from nablab import data

    x, y, _ = data.shapes(40, seed=7)
    looks = [x[y == 2][1]]
    for seed in (0, 1, 3):
        start = GREY + noise(seed)
        looks.append(climbed(class_score(2), start, np.zeros((30, 2), int), 0.02))
    _fig, axes = figure(9, 2.9, ncols=4)
    told = []
    for k, (ax, look) in enumerate(zip(axes, looks, strict=True)):
        first, second = (probabilities(look, seed) for seed in (0, 1))
        other = CLASSES[int(np.argmax(second))]
        says = f"triangle {first[2]:.2f}\nsecond net: {other} {second.max():.2f}"
        photo(ax, look, "drawn" if k == 0 else "made of noise", says)
        told.append(f"{first[2]:.2f}, and the second net {other} {second.max():.2f}")
    return finish(
        "A drawing of a triangle on a cluttered background, and three images of coloured noise in "
        "which there is nothing to see. The net says of the drawing: triangle with probability "
        f"{told[0]}; of the three others {'; '.join(told[1:])}."
    )


FRAMES = (0, 1, 2, 5, 10, 20, 50, 100)


@needs("ascend")
def frames(ascend: Callable, channel_score: Callable) -> Words:
    """Eight frames of a climb for each of two channels."""
    _fig, axes = figure(11, 3.6, nrows=2, ncols=8)
    told = []
    for number, (row, (layer, channel)) in enumerate(zip(axes, CHANNELS[:2], strict=True)):
        score, x, values, done = from_grey(channel_score(layer, channel)), noise(0), [], 0
        for ax, steps in zip(row, FRAMES, strict=True):
            x, _ = ascend(score, x, steps - done, 0.02, 0.05)
            done = steps
            values.append(float(score(x)[0]))
            title = "" if number else f"{steps} step{'s' if steps != 1 else ''}"
            photo(ax, GREY + np.asarray(x), title, f"{values[-1]:.2f}")
        row[0].set_ylabel(f"channel {channel}", fontsize=9, color=INK)
        told.append(
            f"channel {channel}: {values[0]:.2f} at first, {values[3]:.2f} after 5 steps, "
            f"{values[-1]:.2f} after 100"
        )
    return finish(
        "Two rows of eight frames, from grey noise to images with a pattern of stripes or blots "
        f"under strong speckle. The values of {'; '.join(told)}."
    )


@needs("total_variation")
def smoothing(image, total_variation: Callable, total_variation_grad: Callable) -> Words:
    """A noisy photo, and what descent on the total variation makes of it."""
    x = np.clip(image + 0.12 * np.random.default_rng(4).normal(size=image.shape), 0, 1)
    _fig, axes = figure(11, 2.6, ncols=5)
    photo(axes[0], image, "the photo", f"TV {total_variation(image):.0f}")
    told, done = [f"the photo itself {total_variation(image):.0f}"], 0
    for ax, steps in zip(axes[1:], (0, 8, 20, 60), strict=True):
        for _ in range(steps - done):
            x = x - 0.003 * np.asarray(total_variation_grad(x))
        done = steps
        photo(
            ax, x, "with noise" if steps == 0 else f"{steps} steps", f"TV {total_variation(x):.0f}"
        )
        told.append(f"with noise after {steps} steps {total_variation(x):.0f}")
    return finish(
        "A piece of a flower, the same with noise, and three smoother and smoother versions. The "
        f"noise goes, the edges of the petals stay. Total variation: {'; '.join(told)}."
    )


@needs("ascend", "fourier_score")
def bases(
    ascend: Callable, fourier_image: Callable, fourier_score: Callable, channel_score: Callable
) -> Words:
    """Four channels climbed for in pixels and in frequencies, and the spectra of the images."""
    fig, axes = figure(9.5, 6.4, nrows=3, ncols=4, height_ratios=[1, 1, 1.1])
    powers, told = [], []
    for column, (layer, channel) in zip(axes.T, CHANNELS, strict=True):
        score = from_grey(channel_score(layer, channel))
        x, _ = ascend(score, noise(0), 60, 0.02, 0.05)
        z, _ = ascend(lambda z, s=score: fourier_score(s, z), noise(0, 0.002), 60, 0.004, 0.05)
        made = [np.asarray(x), np.asarray(fourier_image(z))]
        for ax, one, where in zip(column, made, ("in pixels", "in frequencies"), strict=False):
            title = f"{where}: {layer}, {channel}"
            photo(ax, GREY + one, title, f"{float(score(one)[0]):.2f}")
        powers.append([spectrum(one)[0] for one in made])
        told.append([fine(one) for one in made])
    for ax in axes[2]:
        ax.remove()
    ax = fig.add_subplot(axes[2, 0].get_gridspec()[2, :])
    frequency = spectrum(noise(0))[1]
    edges = np.linspace(0.5 / 32, 0.5, 16)
    for k, (name, colour) in enumerate((("pixels", POSITIVE), ("frequencies", NEGATIVE))):
        mean = np.mean([pair[k] / pair[k].sum() for pair in powers], axis=0)
        level = [mean[(frequency >= a) & (frequency < b)].mean() for a, b in pairwise(edges)]
        ax.semilogy((edges[1:] + edges[:-1]) / 2, level, "o-", color=colour, label=f"in {name}")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=PALE, labelcolor=INK, labelsize=8)
    ax.set_xlabel("cycles per pixel", fontsize=9, color=INK)
    ax.set_ylabel("share of power", fontsize=9, color=INK)
    ax.legend(frameon=False, fontsize=9)
    shares = np.mean(told, axis=0)
    return finish(
        "Four channels. Above, climbed for in pixels: speckle with a pattern in it. Below, in "
        "frequencies: smooth shapes and stripes in strong colours. The share of power above a "
        f"quarter of a cycle per pixel is {shares[0]:.2f} in pixels and {shares[1]:.2f} in "
        "frequencies, as the curves below show."
    )


@needs("total_variation", "class_image")
def cures(
    total_variation_grad: Callable,
    class_image: Callable,
    class_score: Callable,
    probabilities: Callable,
) -> Words:
    """The four classes with each cure on and off, judged by two nets."""
    rng = np.random.default_rng(3)
    start, shifts = GREY + noise(2), rng.integers(-4, 5, size=(60, 2))
    still = 0 * shifts
    ways: dict[str, Callable] = {
        "plain": lambda s: climbed(s, start, still, 0.03),
        "total variation": lambda s: climbed(s, start, still, 0.03, tv=total_variation_grad),
        "jitter": lambda s: climbed(s, start, shifts, 0.03),
        "blur": lambda s: climbed(s, start, still, 0.1, True),
        "jitter and blur": lambda s: np.asarray(class_image(s, start, shifts, 0.1)),
    }
    _fig, axes = figure(8, 9.2, nrows=len(ways), ncols=4)
    told = []
    for number, (row, (name, way)) in enumerate(zip(axes, ways.items(), strict=True)):
        found, second = [], []
        for cls, ax in enumerate(row):
            image = way(class_score(cls))
            p = [float(probabilities(image, seed)[cls]) for seed in (0, 1)]
            found.append(fine(image))
            second.append(p[1])
            title = "" if number else CLASSES[cls]
            photo(ax, image, title, f"{p[0]:.2f}, second {p[1]:.2f}")
        row[0].set_ylabel(f"{name}\nfine: {np.mean(found):.2f}", fontsize=9, color=INK)
        told.append(f"{name}: {np.mean(found):.2f} and {np.mean(second):.2f}")
    return finish(
        "Five rows of four images, one for each class. Plain ascent gives noise, and jitter noise "
        "with edges in it. With total variation or blur there are soft patches with slanted edges "
        "for the disc and the triangle, upright and level bars for the square, and a grid of "
        "patches for the cross. The share of power in patterns under four pixels, and the mean "
        f"probability by the second net: {'; '.join(told)}."
    )


@needs("deepdream")
def dreams(
    image, octave_shapes: Callable, deepdream: Callable, layer_score: Callable, resize: Callable
) -> Words:
    """A photo, and a dream of each of the net's four layers."""
    small = resize(image, (126, 168))
    shapes = octave_shapes(126, 168, 3, 1.4)
    _fig, axes = figure(11, 5.8, nrows=2, ncols=3)
    photo(axes[0, 0], small, "the photo")
    told = []
    for ax, number, sizes in zip(
        axes.ravel()[1:], (1, 2, 3, 4, 4), (*4 * [shapes], shapes[-1:]), strict=True
    ):
        score = layer_score(f"relu{number}")
        dream = np.asarray(deepdream(score, small, sizes, 8, 0.03))
        before, after = float(score(small)[0]), float(score(dream)[0])
        name = f"layer {number}" + (", one octave" if len(sizes) == 1 else "")
        photo(ax, dream, name, f"{before:.2f} → {after:.2f}")
        told.append(f"{name} from {before:.2f} to {after:.2f}")
    return finish(
        "The flower, and a dream of it for each layer. In the first colours glow; in the second "
        "short stripes run along the edges of leaves; in the third they are wider; in the fourth "
        "slanted lines and fine checks cover the dark. With one octave these are smaller. The mean "
        f"square of the layers rises: {'; '.join(told)}. There are no objects in any of them."
    )
