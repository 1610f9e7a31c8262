"""The nets that the pictures of Lab 10 train, in plain NumPy and within about two seconds each.

What the lab's text says of them holds on 20 seeds. The table gives the smallest and the largest of
each number, from `measure_thresholds.py` of the lab's suite. First the share of syllables that are
recognised; in training all begin at step 4.

    begins at step             0            4            6            8           12           15
    time-delay network  .47 to .82   .85 to .99   .84 to .98   .87 to .99   .79 to .94   .35 to .83
    dense net           .02 to .18   .93 to 1.0   .23 to .53   .03 to .27   .10 to .35   .22 to .47

    median R² of the Gabor fits: learned .60 to .68, not learned .38 to .45
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Gradients = Callable[..., list[np.ndarray]]
LEARNING_RATE, EPSILON = 0.03, 1e-8


def train_time_delay(x, y, seed: int, *, units: int = 8, k1: int = 3, k2: int = 5, steps: int = 60):
    """The weights w1 (k1, D, units) and w2 (k2, units, C) of a time-delay network.

    x (N, T, D) are spectrograms and y (N,) their classes. Adam on the mean cross-entropy.
    """
    rng = np.random.default_rng(seed)
    windows = sliding_window_view(x, k1, axis=1)  # (N, T1, D, k1)
    classes = int(y.max()) + 1
    weights = [
        rng.normal(size=(k1, x.shape[2], units)) * np.sqrt(2 / (k1 * x.shape[2])),
        rng.normal(size=(k2, units, classes)) * np.sqrt(1 / (k2 * units)),
    ]

    def gradients(w1, w2):
        a = np.einsum("ntdk,kdm->ntm", windows, w1, optimize=True)  # (N, T1, units)
        seen = sliding_window_view(np.maximum(a, 0), k2, axis=1)  # (N, T2, units, k2)
        T2 = seen.shape[1]
        means = seen.mean(axis=1)  # the second layer is linear: its mean over time comes first
        d = _softmax(np.einsum("nmk,kmc->nc", means, w2)) - np.eye(classes)[y]
        d /= len(x)
        back = np.einsum("nc,kmc->nkm", d, w2) / T2
        dh = np.zeros_like(a)
        for k in range(k2):
            dh[:, k : k + T2] += back[:, None, k]
        return [
            np.einsum("ntdk,ntm->kdm", windows, dh * (a > 0), optimize=True),
            np.einsum("nmk,nc->kmc", means, d),
        ]

    return _adam(weights, gradients, steps)


def train_dense(x, y, seed: int, *, units: int = 16, steps: int = 60):
    """The weights w1 (T·D, units) and w2 (units, C) of a dense net on whole spectrograms."""
    rng = np.random.default_rng(seed)
    flat, classes = x.reshape(len(x), -1), int(y.max()) + 1
    weights = [
        rng.normal(size=(flat.shape[1], units)) * np.sqrt(2 / flat.shape[1]),
        rng.normal(size=(units, classes)) * np.sqrt(1 / units),
    ]

    def gradients(w1, w2):
        a = flat @ w1
        h = np.maximum(a, 0)
        d = (_softmax(h @ w2) - np.eye(classes)[y]) / len(x)
        return [flat.T @ ((d @ w2.T) * (a > 0)), h.T @ d]

    return _adam(weights, gradients, steps)


def dense_scores(x, w1, w2):
    """The class scores (N, C) of the dense net."""
    return np.maximum(x.reshape(len(x), -1) @ w1, 0) @ w2


def learn_sparse_filters(photos, seed: int, *, size: int = 11, units: int = 24, steps: int = 60):
    """Filters (size, size, units) that are silent on most patches, and unlearned ones.

    Patches of the photos are whitened on their `units` strongest components, and the filters learn
    by FastICA with tanh (A. Hyvärinen, Fast and robust fixed-point algorithms for independent
    component analysis, 1999). The unlearned filters are a random rotation in the same space.
    """
    rng = np.random.default_rng(seed)
    patches = []
    for photo in photos:
        rows = rng.integers(0, photo.shape[0] - size + 1, size=3000)
        columns = rng.integers(0, photo.shape[1] - size + 1, size=3000)
        patches += [
            photo[r : r + size, c : c + size].ravel() for r, c in zip(rows, columns, strict=True)
        ]
    p = np.array(patches)
    p -= p.mean(axis=1, keepdims=True)
    p -= p.mean(axis=0)
    values, vectors = np.linalg.eigh(p.T @ p / len(p))
    values, vectors = values[-units:], vectors[:, -units:]
    white = p @ (vectors / np.sqrt(values))  # (N, units)
    start = _orthogonal(rng.normal(size=(units, units)))
    w = start
    for _ in range(steps):
        u = np.tanh(white @ w.T)
        w = _orthogonal(u.T @ white / len(white) - (1 - u**2).mean(axis=0)[:, None] * w)
    seen = vectors * np.sqrt(values)  # what each unit stands for, as a patch
    return tuple((seen @ rows.T).reshape(size, size, units) for rows in (w, start))


def _orthogonal(w):
    u, _, vt = np.linalg.svd(w)
    return u @ vt


def _softmax(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _adam(weights: list[np.ndarray], gradients: Gradients, steps: int) -> list[np.ndarray]:
    m, v = [0 * w for w in weights], [0 * w for w in weights]
    for t in range(1, steps + 1):
        for i, g in enumerate(gradients(*weights)):
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.99 * v[i] + 0.01 * g**2
            step = m[i] / (1 - 0.9**t) / (np.sqrt(v[i] / (1 - 0.99**t)) + EPSILON)
            weights[i] = weights[i] - LEARNING_RATE * step
    return weights
