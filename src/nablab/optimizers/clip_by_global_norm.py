"""clip_by_global_norm: shortens a step that is too long, without changing its direction."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


def clip_by_global_norm(gradients, max_norm):
    """All gradients, scaled down together if their joint norm is too large.

    In a recurrent network a single batch can have a gradient a thousand times the usual one, and
    one such step undoes the training. Clipped together, the gradients keep their direction.

    Maths:
        n = √(Σ g²) over all entries of all gradients,   g ← g · min(1, c / n)

    Args:
        gradients: a list of arrays; None for a variable without a gradient stays None.
        max_norm: c, a positive number.

    Returns:
        The list of scaled gradients, and n before scaling. Gradients with n ≤ c are unchanged. If a
        gradient is infinite or NaN, so is n: check it before the step.

    Raises:
        ValueError: `max_norm` is not positive, or every gradient is None.

    Example:
        >>> clipped, norm = clip_by_global_norm([np.array([3.0]), np.array([4.0, 0.0])], 1.0)
        >>> [ops.convert_to_numpy(g).round(2).tolist() for g in clipped], round(float(norm), 2)
        ([[0.6], [0.8, 0.0]], 5.0)

    Source: R. Pascanu, T. Mikolov, Y. Bengio, On the Difficulty of Training Recurrent Neural
    Networks, 2013.
    """
    max_norm = arguments.positive("clip_by_global_norm", max_norm=max_norm)
    # The reshape makes an embedding's sparse gradient dense.
    dense = [None if g is None else ops.reshape(g, g.shape) for g in gradients]
    squares = [ops.sum(ops.square(_at_least_float32(g))) for g in dense if g is not None]
    if not squares:
        raise ValueError("clip_by_global_norm: gradients has no array; all of them are None.")
    norm = ops.sqrt(sum(squares[1:], squares[0]))
    scale = max_norm / ops.maximum(norm, max_norm)
    return [None if g is None else g * ops.cast(scale, g.dtype) for g in dense], norm


def _at_least_float32(gradient):
    """In half precision the square of a number above 256 would be infinite."""
    half = keras.backend.standardize_dtype(gradient.dtype) in ("float16", "bfloat16")
    return ops.cast(gradient, "float32") if half else gradient
