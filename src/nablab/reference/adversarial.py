"""Adversarial examples of linear classifiers, where the worst one is known exactly."""

from __future__ import annotations

import numpy as np

from nablab.reference.activation import softmax


def worst_margin(w, b, x, eps):
    """The smallest margin of a linear classifier when every number of x may change by eps.

    Maths:
        m(x) = w·x + b
        min_{|δ_i| ≤ ε} m(x + δ) = m(x) - ε ‖w‖₁,   at δ = -ε sign(w)

    Shapes:
        w (D,), b scalar, x (N, D) -> (N,)

    Example:
        >>> worst_margin([1.0, -3.0], 0.5, [[2.0, 0.0]], 0.5)
        array([0.5])

    Source: I. Goodfellow, J. Shlens, C. Szegedy, Explaining and Harnessing Adversarial Examples,
    2015.
    """
    w, x = np.asarray(w, np.float64), np.asarray(x, np.float64)
    return x @ w + b - eps * np.abs(w).sum()


def linear_loss_gradient(W, b, x, y):
    """The gradient of a linear classifier's loss with respect to its input.

    Maths:
        L = -ln softmax(x W + b)[y]
        ∂L/∂x = (softmax(x W + b) - e_y) Wᵀ

    Shapes:
        W (D, K), b (K,), x (N, D), y (N,) -> (N, D)

    Example:
        >>> linear_loss_gradient([[0.0, 2.0], [1.0, 1.0]], [0.0, 0.0], [[0.0, 5.0]], [0])
        array([[1., 0.]])

    Source: C. M. Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4.
    """
    W, x = np.asarray(W, np.float64), np.asarray(x, np.float64)
    p = softmax(x @ W + b)
    p[np.arange(len(x)), y] -= 1
    return p @ W.T


def project(z, x, eps, low=0.0, high=1.0):
    """The point nearest to z that is within eps of x in every number, and within the bounds.

    Maths:
        Π(z) = clip(clip(z, x - ε, x + ε), low, high)

    Shapes:
        z and x of one shape -> the same shape

    Example:
        >>> project(np.array([0.9, 0.3, -0.2]), np.array([0.5, 0.3, 0.1]), 0.25)
        array([0.75, 0.3 , 0.  ])

    Source: A. Madry, A. Makelov, L. Schmidt, D. Tsipras, A. Vladu, Towards Deep Learning Models
    Resistant to Adversarial Attacks, 2018.
    """
    z, x = np.asarray(z, np.float64), np.asarray(x, np.float64)
    return np.clip(np.clip(z, x - eps, x + eps), low, high)
