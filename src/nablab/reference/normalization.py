"""Normalisation: subtract a mean, divide by a standard deviation. The layers differ in the axes
that they average over.

ε under the root prevents a division by zero on constant inputs. The variance is the biased one, the
mean of the squared deviations.
"""

from __future__ import annotations

import numpy as np


def normalize(x, axes, epsilon):
    """Mean 0 and variance 1 over the given axes.

    Maths:
        x̂ = (x - μ) / √(σ² + ε),   μ = mean x,   σ² = mean (x - μ)²

    Shapes:
        x (...) -> (...)

    Example:
        >>> normalize([[1.0, 3.0], [4.0, 4.0]], axes=1, epsilon=0.001).round(2)
        array([[-1.,  1.],
               [ 0.,  0.]])

    Source: S. Ioffe, C. Szegedy, Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift, 2015.
    """
    x = np.asarray(x, np.float64)
    mean = x.mean(axis=axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def batch_norm(x, gamma, beta, mean, variance, epsilon=1e-3):
    """Batch normalisation at inference, with the moving averages from training.

    Maths:
        y = γ (x - μ) / √(σ² + ε) + β      for every channel

    Shapes:
        x (B, ..., C), gamma (C,), beta (C,), mean (C,), variance (C,) -> (B, ..., C)

    Example:
        >>> batch_norm([[5.0], [7.0]], gamma=[10], beta=[1], mean=[5], variance=[4], epsilon=0)
        array([[ 1.],
               [11.]])

    Source: S. Ioffe, C. Szegedy, Batch Normalization, 2015.
    """
    x, gamma, beta, mean, variance = (
        np.asarray(a, np.float64) for a in (x, gamma, beta, mean, variance)
    )
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def batch_norm_training(x, gamma, beta, epsilon=1e-3):
    """Batch normalisation in training, with the mean and variance of the batch.

    Maths:
        y = γ x̂ + β,   x̂ = (x - μ) / √(σ² + ε),   μ and σ² over all axes except the channels

    Shapes:
        x (B, ..., C), gamma (C,), beta (C,) -> (B, ..., C)

    Example:
        >>> batch_norm_training([[1.0], [3.0]], gamma=[10], beta=[1], epsilon=0)
        array([[-9.],
               [11.]])

    Source: S. Ioffe, C. Szegedy, Batch Normalization, 2015.
    """
    axes = tuple(range(np.ndim(x) - 1))
    x_hat = normalize(x, axes, epsilon)
    return np.asarray(gamma, np.float64) * x_hat + np.asarray(beta, np.float64)


def batch_norm_gradients(x, gamma, dy, epsilon=1e-3):
    """The gradients through batch normalisation in training, where μ and σ² depend on x too.

    Maths:
        dβ = Σ dy,   dγ = Σ dy x̂
        dx = γ / √(σ² + ε) · (dy - mean dy - x̂ · mean(dy x̂))

        Sums and means are over all axes except the channels.

    Shapes:
        x (B, ..., C), gamma (C,), dy (B, ..., C) -> dx (B, ..., C), dgamma (C,), dbeta (C,)

    Example:
        >>> dx, dgamma, dbeta = batch_norm_gradients([[1.0], [3.0]], [10], [[1.0], [0.0]], 0)
        >>> dx.ravel(), dgamma, dbeta  # two values keep only their order, so dx is 0
        (array([0., 0.]), array([-1.]), array([1.]))

    Source: S. Ioffe, C. Szegedy, Batch Normalization, 2015, section 3.
    """
    x, gamma, dy = (np.asarray(a, np.float64) for a in (x, gamma, dy))
    axes = tuple(range(x.ndim - 1))
    x_hat = normalize(x, axes, epsilon)
    root = np.sqrt(x.var(axis=axes) + epsilon)
    dx = gamma / root * (dy - dy.mean(axis=axes) - x_hat * (dy * x_hat).mean(axis=axes))
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


def running_average(old, new, momentum=0.99):
    """The moving average of batch normalisation: mostly the old value, a little of the new.

    Maths:
        old ← m · old + (1 - m) · new

    Shapes:
        old (C,), new (C,) -> (C,)

    Example:
        >>> running_average([1.0], [3.0], momentum=0.75)
        array([1.5])

    Source: S. Ioffe, C. Szegedy, Batch Normalization, 2015.
    """
    old, new = np.asarray(old, np.float64), np.asarray(new, np.float64)
    return momentum * old + (1 - momentum) * new


def layer_norm(x, gamma, beta, axes=-1, epsilon=1e-3):
    """Layer normalisation of each example (or step, or pixel) by its own mean and variance.

    Maths:
        y = γ x̂ + β,   x̂ = (x - μ) / √(σ² + ε),   μ and σ² over `axes`

    Shapes:
        x (B, ..., n), gamma (n,), beta (n,) -> (B, ..., n)

    Args:
        axes: the axes to average over. gamma and beta have their sizes, in the order of the axes.

    Example:
        >>> layer_norm([[1.0, 3.0], [40.0, 20.0]], [1, 1], [0, 5], epsilon=0)
        array([[-1.,  6.],
               [ 1.,  4.]])

    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, Layer Normalization, 2016.
    """
    x = np.asarray(x, np.float64)
    axes, shape = _over(x, axes)
    gamma, beta = (np.asarray(a, np.float64).reshape(shape) for a in (gamma, beta))
    return gamma * normalize(x, axes, epsilon) + beta


def layer_norm_gradients(x, gamma, dy, axes=-1, epsilon=1e-3):
    """The gradients through layer normalisation.

    Maths:
        g = dy γ,   dβ = Σ dy,   dγ = Σ dy x̂                     (sums over the other axes)
        dx = (g - mean g - x̂ · mean(g x̂)) / √(σ² + ε)            (means over `axes`)

    Shapes:
        x (B, ..., n), gamma (n,), dy (B, ..., n) -> dx (B, ..., n), dgamma (n,), dbeta (n,)

    Example:
        >>> dx, dgamma, dbeta = layer_norm_gradients([[1.0, 3.0]], [1, 1], [[5.0, 7.0]])
        >>> dbeta
        array([5., 7.])

    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, Layer Normalization, 2016.
    """
    x, gamma, dy = (np.asarray(a, np.float64) for a in (x, gamma, dy))
    axes, shape = _over(x, axes)
    others = tuple(axis for axis in range(x.ndim) if axis not in axes)
    x_hat = normalize(x, axes, epsilon)
    root = np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)
    g = dy * gamma.reshape(shape)
    mean = g.mean(axis=axes, keepdims=True)
    dx = (g - mean - x_hat * (g * x_hat).mean(axis=axes, keepdims=True)) / root
    return dx, (dy * x_hat).sum(axis=others), dy.sum(axis=others)


def instance_norm(x, gamma, beta, epsilon=1e-3):
    """Instance normalisation of each channel of each example.

    Maths:
        y = γ x̂ + β,   x̂ = (x - μ) / √(σ² + ε),   μ and σ² over the spatial axes

    Shapes:
        x (B, ..., C), gamma (C,), beta (C,) -> (B, ..., C)

    Example:
        >>> instance_norm([[[1.0], [3.0]], [[70.0], [50.0]]], [1], [0], epsilon=0)[:, :, 0]
        array([[-1.,  1.],
               [ 1., -1.]])

    Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, Instance Normalization: The Missing Ingredient for
    Fast Stylization, 2016.
    """
    x = np.asarray(x, np.float64)
    x_hat = normalize(x, tuple(range(1, x.ndim - 1)), epsilon)
    return np.asarray(gamma, np.float64) * x_hat + np.asarray(beta, np.float64)


def group_norm(x, gamma, beta, groups, epsilon=1e-3):
    """Group normalisation of groups of neighbouring channels.

    Maths:
        y = γ x̂ + β,   x̂ = (x - μ_g) / √(σ_g² + ε)
        μ_g and σ_g² over the spatial axes and the C / groups channels of group g

    Shapes:
        x (B, ..., C), gamma (C,), beta (C,) -> (B, ..., C)

    Raises:
        ValueError: `groups` does not divide the number of channels.

    Example:
        >>> group_norm([[[1.0, 3.0, 20.0, 40.0]]], np.ones(4), np.zeros(4), groups=2, epsilon=0)
        array([[[-1.,  1., -1.,  1.]]])

    Source: Y. Wu, K. He, Group Normalization, 2018.
    """
    x = np.asarray(x, np.float64)
    channels = x.shape[-1]
    if channels % groups:
        raise ValueError(f"{channels} channels do not divide into {groups} groups")
    size = channels // groups
    x_hat = np.empty_like(x)
    for g in range(groups):
        members = slice(g * size, (g + 1) * size)
        x_hat[..., members] = normalize(x[..., members], tuple(range(1, x.ndim)), epsilon)
    return np.asarray(gamma, np.float64) * x_hat + np.asarray(beta, np.float64)


def rms_norm(x, gamma, epsilon=1e-6):
    """Root mean square normalisation, which does not subtract a mean.

    Maths:
        y = γ x / √(mean x² + ε)      over the last axis

    Shapes:
        x (B, ..., n), gamma (n,) -> (B, ..., n)

    Example:
        >>> rms_norm([[1.0, 7.0]], [1, 1], epsilon=0)  # √((1 + 49) / 2) = 5
        array([[0.2, 1.4]])

    Source: B. Zhang, R. Sennrich, Root Mean Square Layer Normalization, 2019.
    """
    x = np.asarray(x, np.float64)
    mean_square = (x**2).mean(axis=-1, keepdims=True)
    return np.asarray(gamma, np.float64) * x / np.sqrt(mean_square + epsilon)


def _over(x, axes):
    """The axes as positive numbers, and the shape in which their weights broadcast to x."""
    axes = sorted(axis % x.ndim for axis in np.atleast_1d(axes))
    return tuple(axes), [size if axis in axes else 1 for axis, size in enumerate(x.shape)]
