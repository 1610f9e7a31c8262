"""Correlation and convolution of an image with a filter, and the layer made of them."""

from __future__ import annotations

import numpy as np


def correlate2d_valid(img, filt):
    """The sum of products of a filter with every patch of an image, without padding.

    Maths:
        Y[i, j] = Σ_u Σ_v I[i + u, j + v] · F[u, v]

    Shapes:
        img (H, W), filt (kh, kw) -> (H - kh + 1, W - kw + 1)

    Raises:
        ValueError: the filter is larger than the image.

    Example:
        >>> correlate2d_valid([[1, 2, 3, 4]], [[1, 10, 100]])
        array([[321., 432.]])

    Source: R. C. Gonzalez, R. E. Woods, Digital Image Processing, chapter on spatial filtering.
    """
    img, filt = np.asarray(img, dtype=np.float64), np.asarray(filt, dtype=np.float64)
    (H, W), (kh, kw) = img.shape, filt.shape
    if kh > H or kw > W:
        raise ValueError(f"a filter of shape {filt.shape} does not fit in an image of {img.shape}")
    out = np.zeros((H - kh + 1, W - kw + 1))
    for u in range(kh):
        for v in range(kw):
            out += img[u : u + H - kh + 1, v : v + W - kw + 1] * filt[u, v]
    return out


def convolve2d_valid(img, filt):
    """True convolution: correlation with the filter rotated by 180°.

    Maths:
        Y[i, j] = Σ_u Σ_v I[i + u, j + v] · F[kh - 1 - u, kw - 1 - v]

    Shapes:
        img (H, W), filt (kh, kw) -> (H - kh + 1, W - kw + 1)

    Example:
        >>> convolve2d_valid([[1, 2, 3, 4]], [[1, 10, 100]])
        array([[123., 234.]])

    Source: as for `correlate2d_valid`.
    """
    return correlate2d_valid(img, np.asarray(filt)[::-1, ::-1])


def conv(x, w, b=None):
    """What a convolution layer computes on one image: stride 1, no padding, no activation.

    Maths:
        Y[i, j, f] = b[f] + Σ_c Σ_u Σ_v X[i + u, j + v, c] · W[u, v, c, f]

    Shapes:
        x (H, W, C), w (kh, kw, C, F), b (F,) or None -> (H - kh + 1, W - kw + 1, F)

    Example:
        >>> conv(np.ones((3, 3, 2)), np.ones((2, 2, 2, 1)), [5.0])[:, :, 0]
        array([[13., 13.],
               [13., 13.]])

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to
    Document Recognition, 1998.
    """
    x, w = np.asarray(x, dtype=np.float64), np.asarray(w, dtype=np.float64)
    (H, W, C), (kh, kw, channels, F) = x.shape, w.shape
    if channels != C:
        raise ValueError(f"w reads {channels} channels and x has {C}")
    out = np.zeros((H - kh + 1, W - kw + 1, F))
    for f in range(F):
        for c in range(C):
            out[:, :, f] += correlate2d_valid(x[:, :, c], w[:, :, c, f])
    return out if b is None else out + np.asarray(b, dtype=np.float64)
