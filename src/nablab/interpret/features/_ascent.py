"""Images made by climbing the gradient of a score, many at once.

An image is computed from parameters P. As pixels they are its deviation from mid-grey. As Fourier
coefficients they are divided by their frequency, so that a step changes all scales alike.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.interpret import _maps, _rules, _targets
from nablab.interpret._batches import progress
from nablab.interpret._gradients import arrays_of, compiled, gradient
from nablab.interpret._graph import Graph

# How the colours of natural images vary together: the square root of their covariance in ImageNet,
# from C. Olah, A. Mordvintsev, L. Schubert, Feature Visualization, 2017.
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]], "float32")
BETAS, TINY = (0.9, 0.999), 1e-8  # Adam's


class Options(NamedTuple):
    """What `visualize_units` and `class_images` share; see there."""

    fourier: bool
    decorrelate: bool
    jitter: int
    l2: float
    blur: float
    blur_every: int
    clip_norm: float
    clip_contribution: float
    low: float
    high: float


def options(owner: str, given: dict[str, Any]) -> Options:
    """The options, checked."""
    o = Options(**{name: given[name] for name in Options._fields})
    arguments.true_or_false(owner, fourier=o.fourier, decorrelate=o.decorrelate)
    arguments.at_least(owner, 0, jitter=o.jitter, blur=o.blur)
    arguments.fraction(owner, l2=o.l2, clip_norm=o.clip_norm, clip_contribution=o.clip_contribution)
    arguments.positive_int(owner, blur_every=o.blur_every)
    if not o.low < o.high:
        raise ValueError(f"{owner}: low is {o.low} and high {o.high}; expected low < high.")
    if o.fourier and (o.blur or o.clip_norm or o.clip_contribution):
        raise ValueError(
            f"{owner}: blur, clip_norm and clip_contribution change pixels; pass fourier=False too."
        )
    return o


def ascend(
    owner: str,
    model: Any,
    place: int,
    units: np.ndarray,
    shape: tuple[int, ...],
    o: Options,
    *,
    steps: int,
    rate: float,
    seed: int,
    batch_size: int,
) -> np.ndarray:
    """An image (h, w, c) for each unit of a value, (units, h, w, c)."""
    steps = arguments.positive_int(owner, steps=steps)
    rate = arguments.positive(owner, rate=rate)
    batch_size = arguments.positive_int(owner, batch_size=batch_size)
    size = (shape[2], *shape[:2]) if o.fourier else shape
    made = []
    starts = range(0, len(units), batch_size)
    for number, start in progress([(i, s) for s in starts for i in range(steps)], owner):
        if number == 0:
            part = units[start : start + batch_size].astype("int32")
            p = _start(size, part, seed)
            m, v = np.zeros_like(p), np.zeros_like(p)
            rng = np.random.default_rng(seed)
        shift = rng.integers(-o.jitter, o.jitter + 1, size=2).astype("int32")
        blurs = bool(o.blur) and (number + 1) % o.blur_every == 0
        args = p, m, v, part, np.array([number + 1, rate], "float32"), shift
        static = {"place": place, "o": o, "blurs": blurs}
        p, m, v, is_off = compiled(model, _step, *args, **static, passes=False)
        if number < steps // 4 and (off := np.flatnonzero(arrays_of(is_off))).size:
            other = compiled(model, _step, *args, **static, passes=True)
            p, m, v = (_with(old, new, off) for old, new in zip((p, m, v), other[:3], strict=True))
        if number == steps - 1:
            made.append(arrays_of(compiled(model, _image, p, 0 * shift, o=o)))
    return np.concatenate(made)


def _with(old: Any, new: Any, places: np.ndarray) -> np.ndarray:
    """A tensor with some of its entries from another, as an array."""
    merged: np.ndarray = arrays_of(old).copy()
    merged[places] = arrays_of(new)[places]
    return merged


def _start(shape: tuple[int, ...], units: np.ndarray, seed: int) -> np.ndarray:
    """Weak noise, which does not depend on the other units of the batch."""
    drawn = [np.random.default_rng([seed, int(u)]).normal(size=shape) for u in units]
    return (0.01 * np.stack(drawn)).astype("float32")


def _step(
    model: Any,
    p: Any,
    m: Any,
    v: Any,
    units: Any,
    time_and_rate: Any,
    shift: Any,
    *,
    place: int,
    o: Options,
    blurs: bool,
    passes: bool,
) -> tuple[Any, Any, Any, Any]:
    """One step of Adam uphill, and what keeps the image from becoming noise; and for which images
    the gradient was 0: their unit is behind a ReLU that is off everywhere. With `passes` it goes
    through ReLUs as if there were none.
    """
    graph = Graph(model)

    def score(p: Any) -> Any:
        x = _image(model, p, shift, o=o)
        value = ops.cast(graph.run({graph.input: x}, place)[place], "float32")
        axes = tuple(range(1, len(value.shape) - 1))
        mean = ops.mean(value, axis=axes) if axes else value
        return ops.sum(_targets.chosen(mean, units)), p

    with _rules.rule("straight") if passes else nullcontext():
        _, (g,) = gradient(score, p)
    is_off = ops.all(ops.reshape(g == 0, (ops.shape(g)[0], -1)), axis=1)
    t, rate = time_and_rate[0], time_and_rate[1]
    m = BETAS[0] * m + (1 - BETAS[0]) * g
    v = BETAS[1] * v + (1 - BETAS[1]) * g**2
    up = (m / (1 - BETAS[0] ** t)) / (ops.sqrt(v / (1 - BETAS[1] ** t)) + TINY)
    p = (1 - o.l2) * (p + rate * up)
    if not o.fourier:
        if o.clip_norm:
            p = _above(p, ops.sqrt(ops.sum(p**2, axis=-1)), o.clip_norm)
        if o.clip_contribution:
            p = _above(p, ops.abs(ops.sum(p * g, axis=-1)), o.clip_contribution)
        if blurs:
            p = blurred(p, o.blur)
        p = ops.clip(p, -1.0, 1.0)
    return p, m, v, is_off


def _above(p: Any, size: Any, part: float) -> Any:
    """Pixels of p set to 0 where their size is among the smallest part of an image."""
    bound = ops.quantile(size, part, axis=(1, 2), keepdims=True)
    return ops.where((size <= bound)[..., None], 0.0, p)


def blurred(x: Any, sigma: float) -> Any:
    down = ops.convert_to_tensor(_maps.spread(x.shape[1], sigma))
    across = ops.convert_to_tensor(_maps.spread(x.shape[2], sigma))
    return ops.einsum("Hh,nhwc,Ww->nHWc", down, x, across)


def rolled(x: Any, shift: Any) -> Any:
    """Images moved by (down, across) pixels; what leaves at one side enters at the other."""
    if keras.backend.backend() == "torch":
        shift = [int(s) for s in shift]
    return ops.roll(ops.roll(x, shift[0], axis=1), shift[1], axis=2)


def _image(model: Any, p: Any, shift: Any, *, o: Options) -> Any:
    """Parameters as images (n, h, w, c) from low to high, moved by a shift."""
    if o.fourier:
        h, w = p.shape[2:]
        scale = ops.convert_to_tensor(_scale(h, w))
        # To move the waves is to move the image, and there are far fewer numbers to move.
        down, across = (
            _moved(ops.convert_to_tensor(waves(n)), shift, i) for i, n in ((0, h), (1, w))
        )
        x = ops.matmul(ops.matmul(down, p * scale), ops.transpose(across))  # (n, c, h, w)
        x = ops.transpose(x, (0, 2, 3, 1))
        if o.decorrelate and x.shape[-1] == 3:
            matrix = COLOURS / np.linalg.norm(COLOURS, axis=0).max()
            x = ops.matmul(x, ops.convert_to_tensor(matrix.T))
        part = ops.sigmoid(x)
    else:
        part = (rolled(p, shift) + 1) / 2
    return o.low + (o.high - o.low) * part


def _moved(x: Any, shift: Any, axis: int) -> Any:
    step = int(shift[axis]) if keras.backend.backend() == "torch" else shift[axis]
    return ops.roll(x, step, axis=0)


def waves(n: int) -> np.ndarray:
    """(n, n), orthonormal: a column for each wave of n pixels, in the order of `frequencies`."""
    place = np.arange(n)[:, None] / n
    f = frequencies(n) * n
    sines = np.arange(n) % 2 == 0
    table = np.where(sines, np.sin(2 * np.pi * f * place), np.cos(2 * np.pi * f * place))
    table[:, 0] = 1
    return (table / np.linalg.norm(table, axis=0)).astype("float32")


def frequencies(n: int) -> np.ndarray:
    """In cycles a pixel: 0, then each twice, for a cosine and a sine: 1/n, 1/n, 2/n, 2/n …"""
    return (np.arange(n) + 1) // 2 / n


def _scale(h: int, w: int) -> np.ndarray:
    """What each coefficient is multiplied by: 1 / frequency."""
    frequency = np.hypot(frequencies(h)[:, None], frequencies(w))
    return (1 / np.maximum(frequency, 1 / max(h, w)) / 4).astype("float32")


def image_shape(owner: str, model: Any, size: Any) -> tuple[int, int, int]:
    """(h, w, c) of what the model reads; where it leaves the size open, of the given size."""
    shape = tuple(model.inputs[0].shape)
    if len(shape) != 4 or shape[3] is None:
        raise ValueError(f"{owner}: the model reads axes {shape}; expected images (n, h, w, c).")
    if size is not None:
        size = arguments.per_axis(owner, 2, size=size)
        shape = (None, *size, shape[3])
    if None in shape[1:3]:
        raise ValueError(f"{owner}: the model reads images of any size; pass size=(height, width).")
    return shape[1:]
