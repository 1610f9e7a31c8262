"""Sampling an image between its pixels: the parts of a spatial transformer."""

from __future__ import annotations

import numpy as np


def affine_grid(theta, H, W):
    """The sampling point in the input for each output pixel.

    Maths:
        (x_s, y_s) = θ (x_t, y_t, 1)ᵀ
        x_t = (2j - (W - 1)) / (W - 1),   y_t = (2i - (H - 1)) / (H - 1)      0 for a single pixel

    In both coordinate systems −1 is the centre of the first pixel and 1 that of the last ("align
    corners"). x runs along the columns, y down the rows.

    Shapes:
        theta (B, 2, 3) -> (B, H, W, 2), x before y

    Example:
        >>> affine_grid([[[1, 0, 0.5], [0, 1, 0]]], 1, 3)[0, 0]
        array([[-0.5,  0. ],
               [ 0.5,  0. ],
               [ 1.5,  0. ]])

    Source: M. Jaderberg, K. Simonyan, A. Zisserman, K. Kavukcuoglu, Spatial Transformer Networks,
    2015.
    """
    theta = np.asarray(theta, np.float64)
    grid = np.empty((len(theta), H, W, 2))
    for i in range(H):
        for j in range(W):
            x_t, y_t = (2 * j - (W - 1)) / max(W - 1, 1), (2 * i - (H - 1)) / max(H - 1, 1)
            grid[:, i, j] = theta @ [x_t, y_t, 1.0]
    return grid


def bilinear_sample(x, grid):
    """Samples images between their pixels; outside, they are 0.

    Maths:
        Y[b, i, j, c] = Σ_p Σ_q X[b, p, q, c] · max(0, 1 - |q - u|) · max(0, 1 - |p - v|)
        u = (x_s + 1)(W - 1) / 2,   v = (y_s + 1)(H - 1) / 2      (x_s, y_s) = grid[b, i, j]

    Shapes:
        x (B, H, W, C), grid (B, h, w, 2) -> (B, h, w, C)

    Example:
        >>> image = np.array([0.0, 10.0, 40.0]).reshape(1, 1, 3, 1)
        >>> bilinear_sample(image, [[[[0, 0], [0.5, 0], [1.5, 0], [3, 0]]]]).ravel()
        array([10., 25., 20.,  0.])

    Source: M. Jaderberg, K. Simonyan, A. Zisserman, K. Kavukcuoglu, Spatial Transformer Networks,
    2015.
    """
    x, grid = np.asarray(x, np.float64), np.asarray(grid, np.float64)
    (B, H, W, C), (_, h, w, _) = x.shape, grid.shape
    out = np.empty((B, h, w, C))
    for b, i, j in np.ndindex(B, h, w):
        u, v = (grid[b, i, j, 0] + 1) * (W - 1) / 2, (grid[b, i, j, 1] + 1) * (H - 1) / 2
        columns = np.maximum(0, 1 - np.abs(np.arange(W) - u))  # (W,)
        rows = np.maximum(0, 1 - np.abs(np.arange(H) - v))  # (H,)
        out[b, i, j] = np.einsum("p,q,pqc->c", rows, columns, x[b])
    return out


def bilinear_sample_gradients(x, grid, dy):
    """The gradients of a loss with respect to images and grid, given dy = ∂L/∂Y.

    Maths:
        dX[b, p, q, c] = Σ_i Σ_j dY[b, i, j, c] · max(0, 1 - |q - u|) · max(0, 1 - |p - v|)
        du = Σ_c dY[c] Σ_p Σ_q X[p, q, c] · max(0, 1 - |p - v|) · sign(q - u)[|q - u| < 1]
        dx_s = du (W - 1) / 2,   and likewise for v, y_s and H

    Shapes:
        x (B, H, W, C), grid (B, h, w, 2), dy (B, h, w, C) -> (B, H, W, C), (B, h, w, 2)

    Example:
        >>> image = np.array([0.0, 10.0, 40.0]).reshape(1, 1, 3, 1)
        >>> bilinear_sample_gradients(image, [[[[0.5, 0]]]], [[[[1]]]])[1].ravel()
        array([30.,  0.])

    Source: as for `bilinear_sample`.
    """
    x, grid, dy = (np.asarray(a, np.float64) for a in (x, grid, dy))
    _, H, W, _ = x.shape
    dx, dgrid = np.zeros_like(x), np.zeros_like(grid)
    for b, i, j in np.ndindex(grid.shape[:3]):
        u, v = (grid[b, i, j, 0] + 1) * (W - 1) / 2, (grid[b, i, j, 1] + 1) * (H - 1) / 2
        q_u, p_v = np.arange(W) - u, np.arange(H) - v
        columns, rows = np.maximum(0, 1 - np.abs(q_u)), np.maximum(0, 1 - np.abs(p_v))
        slope_u, slope_v = np.sign(q_u) * (np.abs(q_u) < 1), np.sign(p_v) * (np.abs(p_v) < 1)
        dx[b] += np.einsum("p,q,c->pqc", rows, columns, dy[b, i, j])
        dgrid[b, i, j, 0] = np.einsum("p,q,pqc,c", rows, slope_u, x[b], dy[b, i, j]) * (W - 1) / 2
        dgrid[b, i, j, 1] = (
            np.einsum("p,q,pqc,c", slope_v, columns, x[b], dy[b, i, j]) * (H - 1) / 2
        )
    return dx, dgrid
