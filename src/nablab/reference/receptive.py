"""The receptive field of a unit in a stack of convolutions."""

from __future__ import annotations

import numpy as np

from nablab.reference.convolution_layers import conv_nd


def receptive_field(layers):
    """Size, jump and start of the receptive fields of a stack of layers, along one axis.

    Maths:
        starting from r = 1, j = 1, c = 0, for each layer (k, s, d):
        r ← r + d·(k − 1)·j,   c ← c + d·(k − 1)/2·j,   then j ← j·s
        Unit i has a receptive field of r pixels, centred on the pixel c + i·j.

    Args:
        layers: (kernel size, stride, dilation) of each layer, in order; no padding.

    Example:
        >>> receptive_field([(3, 1, 1), (3, 1, 1), (3, 1, 1)])
        (7, 1, 3.0)
        >>> receptive_field([(2, 2, 1), (3, 1, 1)])
        (6, 2, 2.5)

    Source: A. Araujo, W. Norris, J. Sim, Computing Receptive Fields of Convolutional Neural
    Networks, 2019.
    """
    size, jump, start = 1, 1, 0.0
    for k, s, dilation in layers:
        size += dilation * (k - 1) * jump
        start += dilation * (k - 1) / 2 * jump
        jump *= s
    return size, jump, start


def reached(layers, weights, n):
    """The effect of each pixel of a row on each unit of a stack of convolutions, no padding.

    With positive weights nothing cancels: a unit sees the pixels with a positive effect on it.

    Maths:
        A[m, i] = the i-th output of the stack for the m-th unit vector of n pixels

    Shapes:
        weights: one (k,) for each layer (k, s, d) -> (n, units)

    Example:
        >>> reached([(2, 2, 1), (2, 1, 1)], [[1, 1], [1, 2]], 6)
        array([[1., 0.],
               [1., 0.],
               [2., 1.],
               [2., 1.],
               [0., 2.],
               [0., 2.]])

    Source: W. Luo, Y. Li, R. Urtasun, R. Zemel, Understanding the Effective Receptive Field in
    Deep Convolutional Neural Networks, 2016.
    """
    x = np.eye(n)[:, :, None]
    for (_k, s, dilation), w in zip(layers, weights, strict=True):
        x = conv_nd(x, np.asarray(w, np.float64)[:, None, None], strides=s, dilation=dilation)
    return x[:, :, 0]
