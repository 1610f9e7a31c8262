"""What the attention layers share: which places may be attended, and shares that sum to 1."""

from __future__ import annotations

from keras import backend, ops

from nablab.layers._precision import at_least_float32


def attendable(layer, attend_mask, value_mask, causal, T, S):
    """Which of S keys each of T queries may attend, as True and False; None for all.

    Shapes:
        attend_mask (B, T, S), (B, 1, S) or None, value_mask (B, S) or None
        -> (B, T, S), (B, 1, S), (1, T, S) or None
    """
    allowed = None
    if attend_mask is not None:
        if len(attend_mask.shape) != 3:
            raise ValueError(
                f"{layer}: attend_mask has shape {tuple(attend_mask.shape)}; expected axes "
                "(B, T, S). A mask of keys alone, (B, S), is the value_mask."
            )
        allowed = ops.cast(attend_mask, "bool")
    if value_mask is not None:
        present = ops.cast(value_mask, "bool")[:, None, :]  # (B, 1, S)
        allowed = present if allowed is None else ops.logical_and(allowed, present)
    if causal:
        past = (ops.arange(S)[None, :] <= ops.arange(T)[:, None])[None]  # (1, T, S)
        allowed = past if allowed is None else ops.logical_and(allowed, past)
    return allowed


def shares(scores, allowed):
    """softmax along the last axis over what is allowed; a row with nothing allowed gives zeros.

    Half precision would round the sum of many small shares away, so the softmax is in float32.
    """
    dtype = backend.standardize_dtype(scores.dtype)
    scores = at_least_float32(scores)
    if allowed is None:
        return ops.cast(ops.softmax(scores, axis=-1), dtype)
    # -1e30 and not -inf: a row of nothing but -inf would be NaN, also in the gradient.
    a = ops.softmax(ops.where(allowed, scores, -1e30), axis=-1)
    return ops.cast(ops.where(allowed, a, 0.0), dtype)
