"""Gratings: brightness that goes up and down as a wave, the stimulus of the visual physiologist.

The waves are computed, not stored, and belong to nobody (CC0).
"""

from __future__ import annotations

import numpy as np


def grating(
    size: int, theta: float = 0.0, lam: float = 8.0, phase: float = 0.0, contrast: float = 1.0
) -> np.ndarray:
    """A square of `size` pixels whose brightness is a plane wave: (size, size) float64.

    Args:
        size: pixels of each side.
        theta: the direction in which the wave runs, across its stripes, in radians, from "right"
            towards "down". At 0 the stripes are upright.
        lam: the wavelength in pixels.
        phase: radians; at 0 the middle of the square is brightest.
        contrast: the largest brightness; 0 is grey and negative values are dark.

    Maths:
        With x to the right and y downwards from the middle of the square,
        value = contrast · cos(2π (x cos θ + y sin θ) / λ + phase).
    """
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    along = x * np.cos(theta) + y * np.sin(theta)
    wave: np.ndarray = contrast * np.cos(2 * np.pi * along / lam + phase)
    return wave


def sample(
    n: int, rng: np.random.Generator, *, size: int = 33, lam: float = 8.0, orientations: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """`n` gratings of random phase, and the number k of its orientation, kπ/orientations, of each.

    Returns:
        images (n, size, size) and labels (n,).
    """
    labels = rng.integers(0, orientations, size=n)
    phases = rng.uniform(0, 2 * np.pi, size=n)
    images = [
        grating(size, np.pi * k / orientations, lam, phase)
        for k, phase in zip(labels, phases, strict=True)
    ]
    return np.array(images).reshape(n, size, size), labels
