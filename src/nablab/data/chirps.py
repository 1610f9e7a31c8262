"""Short tones whose pitch glides, somewhere in a noisy signal."""

from __future__ import annotations

import numpy as np

LENGTH, KINDS = 128, ("up", "down", "up and down", "down and up")
LOW, HIGH = 0.06, 0.36  # cycles a moment
SHORTEST, LONGEST = 40, 64  # moments
NOISE = 0.4


def chirps(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """`n` signals with one gliding tone each, at a random place, in noise.

    Maths:
        tone(t) = hann(t) · sin(φ + 2π Σ f), where the frequency f goes from LOW to HIGH, from HIGH
        to LOW, up and down again, or down and up again, over 40 to 64 moments.

    Args:
        n: number of signals.
        seed: determines kinds, places, lengths, phases and noise.

    Returns:
        x (n, 128, 1) float32, noise of standard deviation 0.4 added; y (n,) int64, the kind: 0 up,
        1 down, 2 up and down, 3 down and up.

    Licence: made by this function; CC0, no rights reserved.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(len(KINDS), size=n)
    x = NOISE * rng.standard_normal((n, LENGTH, 1))
    for signal, kind in zip(x, y, strict=True):
        length = int(rng.integers(SHORTEST, LONGEST + 1))
        start = int(rng.integers(LENGTH - length + 1))
        way = np.linspace(0, 1, length)
        height = (way, 1 - way, 1 - np.abs(2 * way - 1), np.abs(2 * way - 1))[kind]
        phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.cumsum(LOW + (HIGH - LOW) * height)
        signal[start : start + length, 0] += np.sin(np.pi * way) ** 2 * np.sin(phase)
    return x.astype("float32"), y
