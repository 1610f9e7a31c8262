"""clip_by_global_norm: a step that is too long is made shorter, in the same direction."""

from __future__ import annotations

import keras
from keras import ops

from nablab import _arguments


def clip_by_global_norm(gradients, max_norm):
    """All gradients, scaled down together if they are too long together.

    Maths:
        n = √(Σ g²) over all numbers of all gradients,   g ← g · min(1, c / n)

    Args:
        gradients: a list of arrays; None stands where a variable has no gradient, and stays.
        max_norm: c, above 0.

    Returns:
        The list of scaled gradients, and n as it was before. Gradients with n ≤ c come back as they
        are. Where a gradient is infinite or no number, n is, too: look at it before the step.

    Raises:
        ValueError: `max_norm` is not above 0, or every gradient is None.

    Example:
        >>> clipped, norm = clip_by_global_norm([np.array([3.0]), np.array([4.0, 0.0])], 1.0)
        >>> [ops.convert_to_numpy(g).round(2).tolist() for g in clipped], round(float(norm), 2)
        ([[0.6], [0.8, 0.0]], 5.0)

    Source: R. Pascanu, T. Mikolov, Y. Bengio, On the Difficulty of Training Recurrent Neural
    Networks, 2013.
    """
    _arguments.positive("clip_by_global_norm", max_norm=max_norm)
    # A reshape to its own shape makes an embedding's sparse gradient one full array.
    full = [None if g is None else ops.reshape(g, g.shape) for g in gradients]
    squares = [ops.sum(ops.square(_precise(g))) for g in full if g is not None]
    if not squares:
        raise ValueError("clip_by_global_norm: gradients has no array; every one of them is None.")
    norm = ops.sqrt(sum(squares[1:], squares[0]))
    scale = max_norm / ops.maximum(norm, max_norm)
    return [None if g is None else g * ops.cast(scale, g.dtype) for g in full], norm


def _precise(gradient):
    """In half precision the square of a number above 256 would be infinite."""
    half = keras.backend.standardize_dtype(gradient.dtype) in ("float16", "bfloat16")
    return ops.cast(gradient, "float32") if half else gradient
