"""Images that are made by following a gradient: what they are measured and described by."""

from __future__ import annotations

import numpy as np


def total_variation(x):
    """How much an image changes from each pixel to its neighbours below and to the right.

    Maths:
        TV(x) = Σ_{i,j,c} |x[i+1, j, c] - x[i, j, c]| + |x[i, j+1, c] - x[i, j, c]|

    Shapes:
        x (H, W, C) -> a number

    Example:
        >>> total_variation(np.array([[[1], [4], [2]]]))
        5.0

    Source: L. I. Rudin, S. Osher, E. Fatemi, Nonlinear total variation based noise removal
    algorithms, 1992. This is the anisotropic form.
    """
    x = np.asarray(x, dtype=float)
    return float(sum(np.abs(np.diff(x, axis=axis)).sum() for axis in (0, 1)))


def total_variation_gradient(x):
    """A gradient of the total variation. Where two neighbours are equal, theirs is 0.

    Maths:
        ∂TV/∂x[p] = Σ_q sign(x[p] - x[q]),  over the neighbours q of pixel p in its channel

    Shapes:
        x (H, W, C) -> (H, W, C)

    Example:
        >>> total_variation_gradient(np.array([[[1], [4], [2]]])).ravel()
        array([-1.,  2., -1.])

    Source: L. I. Rudin, S. Osher, E. Fatemi, Nonlinear total variation based noise removal
    algorithms, 1992.
    """
    x = np.asarray(x, dtype=float)
    gradient = np.zeros(x.shape)
    for axis in (0, 1):
        signs = np.moveaxis(np.sign(np.diff(x, axis=axis)), axis, 0)
        along = np.moveaxis(gradient, axis, 0)  # a view
        along[1:] += signs
        along[:-1] -= signs
    return gradient


def hartley(x):
    """The discrete Hartley transform over rows and columns: a Fourier transform in real numbers,
    its own inverse and its own transposed.

    Maths:
        X[k, l] = Σ_{i,j} x[i, j] · cas(2π(ki/H + lj/W)) / sqrt(HW),  cas t = cos t + sin t

    Shapes:
        x (H, W, C) -> (H, W, C)

    Example:
        >>> hartley(np.array([[[1.0], [3.0]]])).ravel().round(3)
        array([ 2.828, -1.414])

    Source: R. V. L. Hartley, A more symmetrical Fourier analysis applied to transmission problems,
    1942.
    """
    transformed = np.fft.fft2(np.asarray(x, dtype=float), axes=(0, 1), norm="ortho")
    return transformed.real - transformed.imag


def fourier_scale(H, W):
    """How strongly each frequency is weighted in an image of natural spectrum.

    Maths:
        s[k, l] = 1 / max(f[k, l], 1 / max(H, W)),  f = frequency in cycles per pixel

    Shapes:
        two numbers -> (H, W)

    Example:
        >>> fourier_scale(1, 4)
        array([[4., 4., 2., 4.]])

    Source: C. Olah, A. Mordvintsev, L. Schubert, Feature Visualization, 2017.
    """
    frequency = np.hypot(np.fft.fftfreq(H)[:, None], np.fft.fftfreq(W)[None, :])
    return 1 / np.maximum(frequency, 1 / max(H, W))


def fourier_image(z):
    """The image of scaled coefficients. The gradient of z is `fourier_gradient` of the image's.

    Maths:
        x = hartley(s ⊙ z)

    Shapes:
        z (H, W, C) -> (H, W, C)

    Example:
        >>> fourier_image(np.array([[[1.0], [0], [1], [0]]])).ravel()
        array([3., 1., 3., 1.])

    Source: C. Olah, A. Mordvintsev, L. Schubert, Feature Visualization, 2017.
    """
    z = np.asarray(z, dtype=float)
    return hartley(fourier_scale(*z.shape[:2])[:, :, None] * z)


def fourier_gradient(g):
    """The gradient with respect to the coefficients, given that with respect to the image.

    Maths:
        ∂L/∂z = s ⊙ hartley(∂L/∂x)

    Shapes:
        g (H, W, C) -> (H, W, C)

    Example:
        >>> fourier_gradient(np.array([[[1.0], [0], [0], [0]]])).ravel()
        array([2., 2., 1., 2.])

    Source: C. Olah, A. Mordvintsev, L. Schubert, Feature Visualization, 2017.
    """
    g = np.asarray(g, dtype=float)
    return fourier_scale(*g.shape[:2])[:, :, None] * hartley(g)


def gram(F):
    """How the channels of a map vary together over all pixels, about their means.

    Maths:
        G[a, b] = 1/(HW) Σ_{i,j} (F[i, j, a] - m_a)(F[i, j, b] - m_b),  m_a = mean over i, j

    Shapes:
        F (H, W, C) -> (C, C)

    Example:
        >>> gram(np.array([[[4.0, 1], [0, 3]]]))
        array([[ 4., -2.],
               [-2.,  1.]])

    Source: L. A. Gatys, A. S. Ecker, M. Bethge, Texture synthesis using convolutional neural
    networks, 2015; there without subtracting the means.
    """
    rows = _centred(F)
    return rows.T @ rows / len(rows)


def gram_loss(F, A):
    """How far a map's Gram matrix is from A, relative to A, and the gradient for the map.

    Maths:
        L = Σ (G - A)² / Σ A²,  ∂L/∂F = 4 (F - m)(G - A) / (HW · Σ A²)

    Shapes:
        F (H, W, C), A (C, C) symmetric -> a number and (H, W, C)

    Example:
        >>> loss, gradient = gram_loss(np.array([[[4.0, 1], [0, 3]]]), 2 * np.eye(2))
        >>> loss, gradient[0, 0]
        (1.625, array([ 1.5 , -0.75]))

    Source: L. A. Gatys, A. S. Ecker, M. Bethge, Texture synthesis using convolutional neural
    networks, 2015.
    """
    rows, A = _centred(F), np.asarray(A, dtype=float)
    off, size = rows.T @ rows / len(rows) - A, np.sum(A**2)
    gradient = 4 * rows @ off / (len(rows) * size)
    return float(np.sum(off**2) / size), gradient.reshape(np.shape(F))


def _centred(F):
    """The pixels as rows (HW, C), each channel less its mean."""
    rows = np.asarray(F, dtype=float).reshape(-1, np.shape(F)[-1])
    return rows - rows.mean(axis=0)
