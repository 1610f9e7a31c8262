"""Convolution as a matrix product: the layer as a matrix, or the image as one."""

from __future__ import annotations

import numpy as np

from nablab.reference.convolution import correlate2d_valid
from nablab.reference.convolution_layers import conv_nd


def conv_matrix_1d(w, n, s=1):
    """The matrix M for which M x is the correlation of x with w, with stride s.

    As for any linear map, column m of the matrix is the image of the m-th unit vector.

    Maths:
        M[i, m] = w[m − i·s] if 0 ≤ m − i·s < k, else 0

    Shapes:
        w (k,) -> ((n - k) // s + 1, n)

    Example:
        >>> conv_matrix_1d([1, 10, 100], 5, 2)
        array([[  1.,  10., 100.,   0.,   0.],
               [  0.,   0.,   1.,  10., 100.]])

    Source: R. M. Gray, Toeplitz and Circulant Matrices: A Review, 2006.
    """
    w = np.asarray(w, np.float64)
    units = np.eye(n)[:, :, None]  # (n, n, 1): a batch of unit vectors
    return conv_nd(units, w[:, None, None], strides=s)[:, :, 0].T


def conv_matrix_2d(w, shape):
    """The matrix M that maps a raveled image to its raveled correlation with w.

    Maths:
        M[i·W' + j, r·W + c] = w[r − i, c − j] if that is an entry of w, else 0

    Shapes:
        w (kh, kw), shape (H, W) -> ((H - kh + 1)·(W - kw + 1), H·W)

    Example:
        >>> conv_matrix_2d([[1, 2]], (2, 3))
        array([[1., 2., 0., 0., 0., 0.],
               [0., 1., 2., 0., 0., 0.],
               [0., 0., 0., 1., 2., 0.],
               [0., 0., 0., 0., 1., 2.]])

    Source: as for `conv_matrix_1d`.
    """
    H, W = shape
    units = np.eye(H * W).reshape(H * W, H, W)
    return np.array([correlate2d_valid(unit, w).ravel() for unit in units]).T


def im2col(x, kh, kw, s=1):
    """Every patch of an image as a row.

    Maths:
        P[i·W' + j, (u·kw + v)·C + c] = X[i·s + u, j·s + v, c]

    Shapes:
        x (H, W, C) -> (H'·W', kh·kw·C) with H' = (H - kh) // s + 1, W' = (W - kw) // s + 1

    Example:
        >>> im2col([[[1], [2], [3]], [[4], [5], [6]]], 2, 2)
        array([[1., 2., 4., 5.],
               [2., 3., 5., 6.]])

    Source: K. Chellapilla, S. Puri, P. Simard, High Performance Convolutional Neural Networks for
    Document Processing, 2006.
    """
    x = np.asarray(x, np.float64)
    length = kh * kw * x.shape[2]
    one_entry_each = np.eye(length).reshape(kh, kw, x.shape[2], length)
    return conv_nd(x[None], one_entry_each, strides=s).reshape(-1, length)


def col2im(patches, shape, kh, kw, s=1):
    """The adjoint of `im2col`: puts every row back at its patch and adds up overlaps.

    Maths:
        X[m, n, c] = Σ P[i·W' + j, (u·kw + v)·C + c]   over all i·s + u = m, j·s + v = n

    Shapes:
        patches (H'·W', kh·kw·C), shape (H, W, C) -> (H, W, C)

    Example:
        >>> col2im([[1, 2, 4, 5], [2, 3, 5, 6]], (2, 3, 1), 2, 2)[:, :, 0]
        array([[ 1.,  4.,  3.],
               [ 4., 10.,  6.]])

    Source: as for `im2col`.
    """
    H, W, C = shape
    h, w = (H - kh) // s + 1, (W - kw) // s + 1
    patches = np.asarray(patches, np.float64).reshape(h, w, kh, kw, C)
    x = np.zeros(shape)
    for i, j in np.ndindex(h, w):
        x[i * s : i * s + kh, j * s : j * s + kw] += patches[i, j]
    return x
