"""What the normalisations share: axes, moments that leave out padding, and γ and β."""

from __future__ import annotations

import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers._weights import WeightedLayer


class ScaledAndShifted(WeightedLayer):
    """A normalisation with γ and β, either of which can be left out. It computes in float32."""

    WEIGHTS = {"beta": "zeros", "gamma": "ones"}

    def __init__(self, axis, epsilon, center, scale, **kwargs):
        super().__init__(**kwargs)
        name = type(self).__name__
        self.axis = axis
        self.epsilon = arguments.at_least(name, 0, epsilon=epsilon)
        self.center, self.scale = arguments.true_or_false(name, center=center, scale=scale)
        self.gamma = self.beta = None
        self.supports_masking = True
        self.autocast = False  # `call` casts the input itself

    def make_gamma_and_beta(self, shape):
        if self.scale:
            self.gamma = self.weight("gamma", shape, autocast=False)
        if self.center:
            self.beta = self.weight("beta", shape, autocast=False)

    def gamma_and_beta(self, x):
        """γ and β in a shape that broadcasts to x; all 1 or 0 if left out."""
        shape = [x.shape[place] for place in places(self.axis, len(x.shape))]
        gamma = ops.ones(shape, x.dtype) if self.gamma is None else self.gamma
        beta = ops.zeros(shape, x.dtype) if self.beta is None else self.beta
        return along(gamma, self.axis, x), along(beta, self.axis, x)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
        }


def one_axis(owner, axis):
    """An axis as an int."""
    if not _is_axis(axis):
        raise ValueError(
            f"{owner}: axis is {axis!r}; expected an integer, without 0, which is the batch."
        )
    return int(axis)


def axes(owner, axis):
    """An axis as an int; several of them as a tuple of ints."""
    several = axis if isinstance(axis, tuple | list) else (axis,)
    if not several or not all(map(_is_axis, several)):
        raise ValueError(
            f"{owner}: axis is {axis!r}; expected an integer or a tuple of integers, without 0, "
            "which is the batch."
        )
    return tuple(map(int, axis)) if isinstance(axis, tuple | list) else int(axis)


def sizes(owner, axis, input_shape):
    """The sizes of an input along its axes, in the order of the input."""
    rank = len(input_shape)
    several = axis if isinstance(axis, tuple) else (axis,)
    for one in several:
        if not -rank < one < rank or input_shape[one] is None:
            raise ValueError(
                f"{owner}: axis is {axis!r} and the input has shape {tuple(input_shape)}; expected "
                "axes after the batch, of known size."
            )
    return tuple(input_shape[place] for place in places(axis, rank))


def places(axis, rank):
    """Axes as a sorted list, counted from 0."""
    several = axis if isinstance(axis, tuple) else (axis,)
    return sorted({one % rank for one in several})


def along(weight, axis, x):
    """A weight for the entries of x along `axis`, in a shape that broadcasts to x."""
    rank = len(x.shape)
    shape = [1] * rank
    for place, size in zip(places(axis, rank), weight.shape, strict=True):
        shape[place] = size
    return ops.reshape(weight, shape)


def moments(owner, x, over, mask=None, before=None):
    """Mean and variance over axes, of the entries where the mask is True, if there is one.

    The mask is one of the first axes of x: of those before `before`, or else before the last.
    """
    if not over:  # PyTorch takes no axes for all axes
        return x, ops.zeros_like(x)
    if mask is None:
        return ops.moments(x, axes=over, keepdims=True)
    limit = len(x.shape) - 1 if before is None else before
    mask = ops.broadcast_to(_entries(owner, x, mask, limit), ops.shape(x))
    count = ops.maximum(ops.sum(ops.cast(mask, x.dtype), axis=over, keepdims=True), 1)
    mean = ops.sum(ops.where(mask, x, 0), axis=over, keepdims=True) / count
    squares = ops.where(mask, ops.square(x - mean), 0)
    return mean, ops.sum(squares, axis=over, keepdims=True) / count


def _entries(owner, x, mask, limit):
    """A mask of steps (B, T) or of pixels (B, H, W) in a shape that broadcasts to x."""
    pairs = zip(mask.shape, x.shape, strict=False)
    fits = all(m is None or n is None or m in (1, n) for m, n in pairs)
    if not fits or len(mask.shape) > limit:
        raise ValueError(
            f"{owner}: the mask has shape {tuple(mask.shape)} and the input {tuple(x.shape)}; "
            "expected a mask of the input's first axes, without the channels."
        )
    more = (1,) * (len(x.shape) - len(mask.shape))
    return ops.cast(ops.reshape(mask, (*ops.shape(mask), *more)), "bool")


def _is_axis(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and value != 0
