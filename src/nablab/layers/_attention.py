"""What the attention layers share: one mask out of several, and a softmax under it."""

from __future__ import annotations

from keras import backend, ops

from nablab.layers._precision import at_least_float32


def attention_mask(layer, attend_mask, value_mask, causal, T, S):
    """Which of S keys each of T queries may attend to, True or False; None for all of them.

    Shapes:
        attend_mask (B, T, S), (B, 1, S) or None, value_mask (B, S) or None
        -> (B, T, S), (B, 1, S), (1, T, S) or None
    """
    mask = None
    if attend_mask is not None:
        if len(attend_mask.shape) != 3:
            raise ValueError(
                f"{layer}: attend_mask has shape {tuple(attend_mask.shape)}; expected axes "
                "(B, T, S). Pass a mask of the keys alone, (B, S), as value_mask."
            )
        mask = ops.cast(attend_mask, "bool")
    if value_mask is not None:
        values = ops.cast(value_mask, "bool")[:, None, :]  # (B, 1, S)
        mask = values if mask is None else ops.logical_and(mask, values)
    if causal:
        past = (ops.arange(S)[None, :] <= ops.arange(T)[:, None])[None]  # (1, T, S)
        mask = past if mask is None else ops.logical_and(mask, past)
    return mask


def masked_softmax(scores, mask):
    """Attention weights: softmax along the last axis where the mask is True, and 0 elsewhere.

    A row without any True gives zeros. The softmax is computed in float32, because half precision
    loses small weights in the sum.
    """
    dtype = backend.standardize_dtype(scores.dtype)
    scores = at_least_float32(scores)
    if mask is None:
        return ops.cast(ops.softmax(scores, axis=-1), dtype)
    # -1e30 and not -inf: a row of -inf alone would be NaN, and so would its gradient.
    weights = ops.softmax(ops.where(mask, scores, -1e30), axis=-1)
    return ops.cast(ops.where(mask, weights, 0.0), dtype)
