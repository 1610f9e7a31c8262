"""The scale of the initial weights, and its effect on signals and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from nablab.reference.activation import gelu, relu


def fans(shape, kind="conv"):
    """Fan-in and fan-out: how many inputs an output reads, and how many outputs read an input.

    Maths:
        conv, dense:  fan_in = k₁ k₂ … C,   fan_out = k₁ k₂ … F
        depthwise:    fan_in = k₁ k₂ …,     fan_out = k₁ k₂ … M

    Shapes:
        a kernel: (k₁, k₂, …, C, F); dense (n, m), without k; depthwise (k₁, k₂, …, C, M)

    Raises:
        ValueError: an unknown kind, or too few axes for it.

    Example:
        >>> fans((3, 5, 7, 11)), fans((10, 4), "dense"), fans((3, 5, 7, 2), "depthwise")
        ((105, 165), (10, 4), (15, 30))

    Source: X. Glorot, Y. Bengio, Understanding the Difficulty of Training Deep Feedforward Neural
    Networks, 2010; for convolutions: K. He, X. Zhang, S. Ren, J. Sun, Delving Deep into Rectifiers:
    Surpassing Human-Level Performance on ImageNet Classification, 2015.
    """
    min_axes = {"dense": 2, "conv": 2, "depthwise": 3}
    if kind not in min_axes:
        raise ValueError(f"fans: kind is {kind!r}; expected one of {', '.join(min_axes)}.")
    if len(shape) < min_axes[kind] or (kind == "dense" and len(shape) != 2):
        raise ValueError(f"fans: {tuple(shape)} is not the shape of a {kind} kernel.")
    *window, inputs, outputs = (int(size) for size in shape)
    area = math.prod(window)
    return area * (1 if kind == "depthwise" else inputs), area * outputs


def gelu_gradient(x):
    """The derivative of GELU.

    Maths:
        d/dx x Φ(x) = Φ(x) + x φ(x),   φ(x) = exp(-x² / 2) / √(2 π)

    Shapes:
        x (...) -> (...)

    Example:
        >>> gelu_gradient([-1.0, 0.0, 1.0]).round(4)
        array([-0.0833,  0.5   ,  1.0833])

    Source: D. Hendrycks, K. Gimpel, Gaussian Error Linear Units (GELUs), 2016.
    """
    x = np.asarray(x, np.float64)
    erf = np.array([math.erf(v / math.sqrt(2)) for v in x.ravel()]).reshape(x.shape)
    return (1 + erf) / 2 + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def activate(z, act):
    """An activation by its name.

    Maths:
        linear: z,   relu: max(z, 0),   tanh: tanh z,   gelu: z Φ(z)

    Shapes:
        z (...) -> (...)

    Example:
        >>> activate([-2.0, 3.0], "relu")
        array([0., 3.])

    Source: as for `relu` and `gelu`.
    """
    return _ACTIVATIONS[act][0](np.asarray(z, np.float64))


def slope(z, act):
    """The derivative of `activate`; 0 for a ReLU at 0.

    Maths:
        linear: 1,   relu: 1 where z > 0,   tanh: 1 - tanh² z,   gelu: Φ(z) + z φ(z)

    Shapes:
        z (...) -> (...)

    Example:
        >>> slope([-2.0, 0.0, 3.0], "relu")
        array([0., 0., 1.])

    Source: as for `relu` and `gelu`.
    """
    return _ACTIVATIONS[act][1](np.asarray(z, np.float64))


# name -> (the activation, its derivative)
_ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "linear": (lambda z: z, np.ones_like),
    "relu": (relu, lambda z: (z > 0) * 1.0),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "gelu": (gelu, gelu_gradient),
}


def forward_deviations(depth, act, scale):
    """The standard deviation of each layer's output in an infinitely wide network of dense layers
    without biases, with weights of variance scale / fan_in and standard normal inputs.

    Maths:
        m_0 = 1,   q_l = scale · m_{l-1},   m_l = E φ(√q_l u)²,   u ~ N(0, 1)
        std_l = √(m_l - (E φ(√q_l u))²)

    Shapes:
        -> (depth,), from the first layer to the last

    Example:
        >>> forward_deviations(3, "relu", 2.0).round(4)
        array([0.8256, 0.8256, 0.8256])

    Source: B. Poole, S. Lahiri, M. Raghu, J. Sohl-Dickstein, S. Ganguli, Exponential Expressivity
    in Deep Neural Networks through Transient Chaos, 2016.
    """
    square, found = 1.0, []
    for _ in range(depth):
        y = activate(math.sqrt(scale * square) * _U, act)
        square = _mean(y**2)
        found.append(math.sqrt(square - _mean(y) ** 2))
    return np.array(found)


def backward_deviations(widths, act, scale):
    """The standard deviation of the gradient after each layer of such a network, with weights of
    variance scale / fan_out and a standard normal gradient at the output.

    Maths:
        q_l = scale · m_{l-1} n_{l-1} / n_l
        g_{l-1}² = g_l² · scale · E φ'(√q_l u)²

    Shapes:
        widths (n_0, …, n_depth) -> (depth,), from the last layer to the first

    Example:
        >>> backward_deviations([300, 500, 300], "relu", 2.0).round(4)
        array([1., 1.])

    Source: K. He, X. Zhang, S. Ren, J. Sun, Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification, 2015; for other activations: S. S. Schoenholz, J.
    Gilmer, S. Ganguli, J. Sohl-Dickstein, Deep Information Propagation, 2017.
    """
    square, factors = 1.0, []
    for inputs, outputs in pairwise(widths):
        z = math.sqrt(scale * square * inputs / outputs) * _U
        square = _mean(activate(z, act) ** 2)
        factors.append(scale * _mean(slope(z, act) ** 2))
    return np.sqrt(np.cumprod(factors[::-1]))


def dense_step_back(dy, z, W, act):
    """The gradient with respect to the input of a dense layer, given dy after its activation.

    Maths:
        y = φ(z),  z = x W:   dx = (dy ⊙ φ'(z)) Wᵀ

    Shapes:
        dy (N, m), z (N, m), W (n, m) -> dx (N, n)

    Example:
        >>> dense_step_back([[1, 2]], [[3, -1]], [[2, 5], [-1, 4], [3, 6]], "relu")
        array([[ 2., -1.,  3.]])

    Source: D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning Representations by
    Back-propagating Errors, 1986.
    """
    dy, W = np.asarray(dy, np.float64), np.asarray(W, np.float64)
    return (dy * slope(z, act)) @ W.T


def tanh_net_descent(x, y, w1, w2, lr, steps):
    """Full-batch gradient descent for a network with one hidden tanh layer and no biases.

    Maths:
        h = tanh(x W₁),   e = h w₂ - y,   L = mean e² / 2
        dw₂ = hᵀ e / N,   dW₁ = xᵀ (e w₂ᵀ ⊙ (1 - h²)) / N
        W₁ ← W₁ - lr dW₁,   w₂ ← w₂ - lr dw₂      (both gradients from the old weights)

    Shapes:
        x (N, D), y (N,), w1 (D, K), w2 (K,) -> w1 (D, K), w2 (K,)

    Example:
        >>> tanh_net_descent([[1.0]], [1.0], [[0.0, 0.0]], [0.0, 0.0], 0.1, 5)[1]
        array([0., 0.])

    Source: D. E. Rumelhart, G. E. Hinton, R. J. Williams, as for `dense_step_back`.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    w1, w2 = np.array(w1, np.float64), np.array(w2, np.float64)
    for _ in range(steps):
        h = np.tanh(x @ w1)  # (N, K)
        e = (h @ w2 - y) / len(x)  # (N,)
        dw2, dw1 = h.T @ e, x.T @ (np.outer(e, w2) * (1 - h**2))
        w1, w2 = w1 - lr * dw1, w2 - lr * dw2
    return w1, w2


# A grid of values of a standard normal variable u, and their weights in an expectation. It is
# symmetric around 0, where a ReLU has its kink.
_U = (np.arange(3600) - 1799.5) / 200  # -8.9975 to 8.9975
_DENSITY = np.exp(-(_U**2) / 2)


def _mean(values):
    return float(np.sum(values * _DENSITY) / np.sum(_DENSITY))
