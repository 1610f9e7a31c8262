"""How much of a map lies on the object."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments
from nablab.interpret import _maps


def energy_in_mask(maps, masks, *, over_area=False):
    """The share of a map's positive energy that lies in a mask.

    Where the object is known, this is a grade for a map. A map that is the same everywhere gets the
    mask's share of the area, so compare with that. A good grade does not show that the net uses the
    object: a Sobel filter, which has no net, gets one too.

    Maths:
        e_n = Σ_{ij in mask n} max(M_n[i, j], 0) / Σ_ij max(M_n[i, j], 0)

        A map that is nowhere positive counts as one that is the same everywhere. Of maps with
        channels, a pixel's value is its largest absolute one.

    Shapes:
        maps (n, h, w) or (n, h, w, channels), masks (n, h, w) -> e (n,), float32

    Args:
        maps: of any method; at the size of the image.
        masks: where the object is.
        over_area: whether to divide by the mask's share of the area: then 1 is chance.

    Raises:
        ValueError: the shapes do not fit, or a mask holds something else than True and False.

    Example:
        >>> energy_in_mask([[[3.0, 1.0], [0.0, -5.0]]], [[[True, False], [False, False]]])
        array([0.75], dtype=float32)

    Source: H. Wang and others, Score-CAM, 2020, https://arxiv.org/abs/1910.01279, which calls it
    the energy-based pointing game.
    """
    maps, masks = _maps.with_masks("energy_in_mask", maps, masks)
    energy = np.maximum(maps, 0).astype("float64")
    total = energy.sum(axis=(1, 2))
    area = masks.mean(axis=(1, 2))
    within = (energy * masks).sum(axis=(1, 2))
    share = np.where(total > 0, within / np.where(total > 0, total, 1), area)
    if arguments.true_or_false("energy_in_mask", over_area=over_area):
        share = np.where(area > 0, share / np.where(area > 0, area, 1), 0)
    return share.astype("float32")
