"""Small networks used as one layer: the residual block and WaveNet's gated unit."""

from __future__ import annotations

import numpy as np

from nablab.reference.activation import relu
from nablab.reference.convolution_layers import conv_nd


def residual_block(x, W1, W2, norm1, norm2, shortcut=None, stride=1):
    """Two 3×3 convolutions that learn what to add to their input.

    Maths:
        y = ReLU(F(x) + s(x)),   F(x) = N₂(W₂ * ReLU(N₁(W₁ * x)))

    Shapes:
        x (B, H, W, C), W1 (3, 3, C, F), W2 (3, 3, F, F) -> (B, ⌈H / s⌉, ⌈W / s⌉, F)

    Args:
        norm1, norm2: N₁ and N₂, functions of an array.
        shortcut: s, a function of x; None for the identity.
        stride: of W₁.

    Example:
        >>> W = np.zeros((3, 3, 1, 1))
        >>> residual_block([[[[1.0], [-2.0]]]], W, W, np.negative, np.negative)[0, 0, :, 0]
        array([1., 0.])

    Source: K. He, X. Zhang, S. Ren, J. Sun, Deep Residual Learning for Image Recognition, 2016.
    """
    x = np.asarray(x, np.float64)
    h = relu(norm1(conv_nd(x, W1, strides=stride, padding="same")))
    h = norm2(conv_nd(h, W2, padding="same"))
    return relu(h + (x if shortcut is None else shortcut(x)))


def pre_activation_block(x, W1, W2, norm1, norm2, shortcut=None, stride=1):
    """The residual block with normalisation and ReLU before each convolution.

    Maths:
        y = F(x) + s(a),   a = ReLU(N₁(x)),   F(x) = W₂ * ReLU(N₂(W₁ * a))

        Without a projection the shortcut is x, not a. Nothing acts on the sum.

    Shapes:
        x (B, H, W, C), W1 (3, 3, C, F), W2 (3, 3, F, F) -> (B, ⌈H / s⌉, ⌈W / s⌉, F)

    Example:
        >>> W = np.zeros((3, 3, 1, 1))
        >>> pre_activation_block([[[[1.0], [-2.0]]]], W, W, np.negative, np.negative)[0, 0, :, 0]
        array([ 1., -2.])

    Source: K. He, X. Zhang, S. Ren, J. Sun, Identity Mappings in Deep Residual Networks, 2016.
    """
    x = np.asarray(x, np.float64)
    a = relu(norm1(x))
    h = relu(norm2(conv_nd(a, W1, strides=stride, padding="same")))
    return conv_nd(h, W2, padding="same") + (x if shortcut is None else shortcut(a))


def causal_dilated_block(x, Wf, bf, Wg, bg, Wr, br, Ws, bs, dilation=1):
    """WaveNet's gated unit, with a residual and a skip output.

    Maths:
        z = tanh(Wf * x + bf) ⊙ σ(Wg * x + bg)      * causal and dilated
        residual = x + z Wr + br,   skip = z Ws + bs

    Shapes:
        x (B, T, C), Wf and Wg (k, C, F), Wr (F, C), Ws (F, S)
        -> residual (B, T, C), skip (B, T, S)

    Example:
        >>> one, off = [[[1.0]]], [[[0.0]]]
        >>> residual, skip = causal_dilated_block(
        ...     [[[0.5]]], one, [0], off, [0], [[1.0]], [0], [[2.0]], [0])
        >>> residual.round(3), skip.round(3)  # z = tanh(0.5) / 2
        (array([[[0.731]]]), array([[[0.462]]]))

    Source: A. van den Oord et al., WaveNet: A Generative Model for Raw Audio, 2016, section 2.3.
    """
    x = np.asarray(x, np.float64)
    f = conv_nd(x, Wf, bf, padding="causal", dilation=dilation)
    g = conv_nd(x, Wg, bg, padding="causal", dilation=dilation)
    z = np.tanh(f) / (1 + np.exp(-g))
    return x + z @ np.asarray(Wr, np.float64) + br, z @ np.asarray(Ws, np.float64) + bs
