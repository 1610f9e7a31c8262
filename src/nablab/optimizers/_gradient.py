"""Sparse gradients as dense ones, which the equations of the optimizers need."""

from __future__ import annotations

from keras import ops


def dense(gradient, variable):
    """A gradient as an array of the shape and dtype of its variable.

    On TensorFlow the gradient of an embedding lists the rows that were looked up. If a row was
    looked up twice, its entries must be added before any nonlinear operation, such as the square in
    an adaptive step. The reshape adds them. On JAX a sparse gradient stays sparse until it is
    converted.
    """
    gradient = ops.reshape(ops.cast(gradient, variable.dtype), variable.shape)
    return ops.convert_to_tensor(gradient, sparse=False)
