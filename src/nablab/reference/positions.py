"""Positions in a sequence as numbers that a network can use."""

from __future__ import annotations

import numpy as np


def angles(T, n, base=10000.0, start=0):
    """The angle of every pair of channels at every position.

    Maths:
        θ[t, i] = (start + t) / base^(2i / n),   0 ≤ i < n / 2

    Shapes:
        T, n -> (T, n/2)

    Example:
        >>> angles(3, 4, base=100)
        array([[0. , 0. ],
               [1. , 0.1],
               [2. , 0.2]])

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """
    theta = np.zeros((T, n // 2))
    for t in range(T):
        for i in range(n // 2):
            theta[t, i] = (start + t) / base ** (2 * i / n)
    return theta


def sinusoidal_positions(T, n, base=10000.0, start=0):
    """A vector for every position: alternating sines and cosines, from fast to slow.

    Maths:
        P[t, 2i] = sin θ[t, i],   P[t, 2i + 1] = cos θ[t, i]      (θ: see `angles`)

    Shapes:
        T, n -> (T, n)

    Raises:
        ValueError: n is odd.

    Example:
        >>> sinusoidal_positions(2, 4).round(2)
        array([[0.  , 1.  , 0.  , 1.  ],
               [0.84, 0.54, 0.01, 1.  ]])

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """
    if n % 2:
        raise ValueError(f"n is {n}; it must be even, for pairs of a sine and a cosine")
    theta = angles(T, n, base, start)
    P = np.zeros((T, n))
    P[:, 0::2] = np.sin(theta)
    P[:, 1::2] = np.cos(theta)
    return P


def rotary_positions(x, base=10000.0, start=0):
    """Every pair of neighbouring channels rotated by the angle of its position.

    Maths:
        y[t, 2i]     = x[t, 2i] cos θ - x[t, 2i + 1] sin θ
        y[t, 2i + 1] = x[t, 2i] sin θ + x[t, 2i + 1] cos θ      with θ = θ[t, i] of `angles`

    Shapes:
        x (B, T, n) -> (B, T, n)
        x (B, T, heads, n) -> (B, T, heads, n): the same for every head

    Raises:
        ValueError: n is odd.

    Example:
        >>> rotary_positions([[[1.0, 0.0], [1.0, 0.0]]]).round(2)
        array([[[1.  , 0.  ],
                [0.54, 0.84]]])

    Source: J. Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
    """
    x = np.asarray(x, np.float64)
    if x.shape[-1] % 2:
        raise ValueError(
            f"x has {x.shape[-1]} channels; their number must be even, for pairs to rotate"
        )
    theta = angles(x.shape[1], x.shape[-1], base, start)
    y = np.zeros_like(x)
    for t in range(x.shape[1]):
        cos, sin = np.cos(theta[t]), np.sin(theta[t])
        first, second = x[:, t, ..., 0::2], x[:, t, ..., 1::2]
        y[:, t, ..., 0::2] = first * cos - second * sin
        y[:, t, ..., 1::2] = first * sin + second * cos
    return y
