"""How strongly the channels of a layer occur together."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments


def gram_matrix(features, *, centre=False):
    """Which channels respond at the same places, wherever that is.

    The places are summed over, so it keeps what a texture is made of and forgets how it is
    arranged: any permutation of the pixels has the same matrix.

    Maths:
        G_n[a, b] = 1/(h w) Σ_ij (F_n[i, j, a] - m_a) (F_n[i, j, b] - m_b)

        m is 0, or with `centre` the mean of the channel in that image: then G is a covariance.

    Shapes:
        features (n, h, w, channels) -> G (n, channels, channels), float32

    Args:
        features: what a layer computes.
        centre: whether to subtract each channel's mean first. Channels after a ReLU are all
            positive, and without it most of the matrix says how strong they are.

    Raises:
        ValueError: the features do not have four axes, or `centre` is neither True nor False.

    Example:
        >>> gram_matrix(np.array([[1.0, 2.0], [3.0, 0.0]]).reshape(1, 2, 1, 2))
        array([[[5., 1.],
                [1., 2.]]], dtype=float32)

    Source: L. A. Gatys, A. S. Ecker, M. Bethge, Texture Synthesis Using Convolutional Neural
    Networks, 2015, https://arxiv.org/abs/1505.07376.
    """
    centre = arguments.true_or_false("gram_matrix", centre=centre)
    F = np.asarray(features)
    if F.ndim != 4 or 0 in F.shape or F.dtype.kind not in "biuf":
        raise ValueError(
            f"gram_matrix: features has shape {F.shape}; expected (n, h, w, channels)."
        )
    F = F.reshape(len(F), -1, F.shape[-1]).astype("float64")
    if centre:
        F = F - F.mean(axis=1, keepdims=True)
    return (np.swapaxes(F, 1, 2) @ F / F.shape[1]).astype("float32")
