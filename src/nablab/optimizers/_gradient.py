"""The gradient that an optimizer's equation takes: one full array."""

from __future__ import annotations

from keras import ops


def dense(gradient, variable):
    """A gradient as one array of its variable's shape and precision.

    On TensorFlow an embedding's gradient lists the rows that were looked up, one entry a look-up.
    The entries of a row that was looked up twice have to be added before anything that is not
    linear, such as the square of an adaptive step; a reshape adds them.
    """
    return ops.reshape(ops.cast(gradient, variable.dtype), variable.shape)
