"""Which steps of a sequence are padding."""

from __future__ import annotations


def padding_mask(x, mask):
    """The mask that was given, or else the one that Keras attached to x.

    Keras fills the argument `mask` by itself only if x is the only tensor of the call; an initial
    state beside it, and the padding would be read as data.
    """
    return getattr(x, "_keras_mask", None) if mask is None else mask
