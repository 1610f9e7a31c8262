"""Whether a map's largest value lies on the object."""

from __future__ import annotations

from nablab.interpret import _maps


def pointing_game(maps, masks):
    """Whether the place that a map points to is on the object.

    It looks at one pixel, so it is as little as one can ask of a map; and it is fair to maps of any
    spread, which a share of energy is not.

    Maths:
        h_n = the share of the places of the largest M_n[i, j] that lie in mask n

        It is 1 or 0 where the largest value occurs once, and the mask's share of the area for a map
        that is the same everywhere. Of maps with channels, a pixel's value is its largest absolute
        one.

    Shapes:
        maps (n, h, w) or (n, h, w, channels), masks (n, h, w) -> h (n,), float32

    Args:
        maps: of any method; at the size of the image.
        masks: where the object is.

    Raises:
        ValueError: the shapes do not fit, or a mask holds something else than True and False.

    Example:
        >>> pointing_game([[[3.0, 1.0], [0.0, -5.0]]], [[[True, False], [False, False]]])
        array([1.], dtype=float32)

    Source: J. Zhang and others, Top-down Neural Attention by Excitation Backprop, 2016,
    https://arxiv.org/abs/1608.00507.
    """
    maps, masks = _maps.with_masks("pointing_game", maps, masks)
    largest = maps == maps.max(axis=(1, 2), keepdims=True)
    hits = (largest & masks).sum(axis=(1, 2)) / largest.sum(axis=(1, 2))
    return hits.astype("float32")
