"""Attention: every query averages the values, with weights that depend on their keys."""

from __future__ import annotations

import math

import numpy as np

from nablab.reference.activation import softmax
from nablab.reference.dense import dense


def causal_mask(T, S=None):
    """Which positions each position may attend to without seeing the future.

    Maths:
        attend[t, s] = (s ≤ t)

    Shapes:
        T, S (T if None) -> (T, S)

    Example:
        >>> causal_mask(3).astype(int)
        array([[1, 0, 0],
               [1, 1, 0],
               [1, 1, 1]])

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """
    return np.arange(S or T)[None, :] <= np.arange(T)[:, None]


def scaled_dot_product(q, k, v, attend_mask=None):
    """The mean of the values for each query, weighted by how well the query fits their keys.

    Maths:
        A = softmax(q kᵀ / √d),   y = A v

    Shapes:
        q (..., T, d), k (..., S, d), v (..., S, e), attend_mask (..., T, S) or None
        -> y (..., T, e), A (..., T, S)

    Example:
        >>> y, A = scaled_dot_product([[0, 0]], [[1, 0], [0, 1]], [[2.0], [4.0]])
        >>> y, A
        (array([[3.]]), array([[0.5, 0.5]]))

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """
    q, k, v = (np.asarray(a, np.float64) for a in (q, k, v))
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    A = softmax(scores, attend_mask=attend_mask)
    return A @ v, A


def scaled_dot_product_gradients(q, k, v, dy, attend_mask=None):
    """The gradients of a loss with respect to queries, keys and values, given dy = ∂L/∂y.

    Maths:
        dv = Aᵀ dy,   dA = dy vᵀ,   ds = A ⊙ (dA − Σ_S A ⊙ dA),
        dq = ds k / √d,   dk = dsᵀ q / √d

    Shapes:
        as for `scaled_dot_product`, dy (..., T, e) -> dq (..., T, d), dk (..., S, d),
        dv (..., S, e)

    Example:
        >>> scaled_dot_product_gradients([[0.0]], [[1.0], [0.0]], [[2.0], [4.0]], [[1.0]])[0]
        array([[-0.5]])

    Source: the chain rule, applied to the equations of `scaled_dot_product`.
    """
    q, k, v, dy = (np.asarray(a, np.float64) for a in (q, k, v, dy))
    _, A = scaled_dot_product(q, k, v, attend_mask)
    dA = dy @ np.swapaxes(v, -1, -2)
    ds = A * (dA - np.sum(A * dA, axis=-1, keepdims=True)) / math.sqrt(q.shape[-1])
    return ds @ k, np.swapaxes(ds, -1, -2) @ q, np.swapaxes(A, -1, -2) @ dy


def additive_attention(q, k, v, Wq, Wk, w, attend_mask=None):
    """Attention with scores from a network with one hidden layer.

    Maths:
        s[t, j] = wᵀ tanh(q[t] Wq + k[j] Wk),   A = softmax(s),   y = A v

    Shapes:
        q (T, n), k (S, m), v (S, e), Wq (n, u), Wk (m, u), w (u,), attend_mask (T, S) or None
        -> y (T, e), A (T, S)

    Example:
        >>> additive_attention([[1.0]], [[7.0], [7.0]], [[2.0], [4.0]], [[1]], [[1]], [1])[0]
        array([[3.]])

    Source: D. Bahdanau, K. Cho, Y. Bengio, Neural Machine Translation by Jointly Learning to
    Align and Translate, 2015.
    """
    q, k, v, Wq, Wk, w = (np.asarray(a, np.float64) for a in (q, k, v, Wq, Wk, w))
    s = np.empty((len(q), len(k)))
    for t in range(len(q)):
        for j in range(len(k)):
            s[t, j] = w @ np.tanh(q[t] @ Wq + k[j] @ Wk)
    A = softmax(s, attend_mask=attend_mask)
    return A @ v, A


def multi_head_attention(query, key, value, weights, num_heads, attend_mask=None):
    """Several attentions in parallel, each on its own projection of the input.

    Maths:
        head_h = attention(query Wq_h + bq_h, key Wk_h + bk_h, value Wv_h + bv_h)
        y = [head_1, …, head_H] Wo + bo

    Head h reads the h-th of `num_heads` equal groups of columns of every projection.

    Shapes:
        query (..., T, n), key (..., S, m), value (..., S, p), attend_mask (..., T, S) or None
        -> y (..., T, o), A (..., H, T, S)

    Args:
        weights: arrays by name: query_kernel (n, H·d), key_kernel (m, H·d),
            value_kernel (p, H·e), output_kernel (H·e, o), and optionally query_bias and so on.

    Example:
        >>> one = {f"{name}_kernel": np.eye(2) for name in ("query", "key", "value", "output")}
        >>> x = np.array([[1.0, 2.0], [1.0, 2.0]])
        >>> multi_head_attention(x, x, x, one, 2)[0]
        array([[1., 2.],
               [1., 2.]])

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """

    def projected(x, name):
        return dense(x, weights[f"{name}_kernel"], weights.get(f"{name}_bias"))

    q, k, v = projected(query, "query"), projected(key, "key"), projected(value, "value")
    heads, attention_weights = [], []
    for h in range(num_heads):
        d, e = q.shape[-1] // num_heads, v.shape[-1] // num_heads
        y, A = scaled_dot_product(
            q[..., h * d : (h + 1) * d],
            k[..., h * d : (h + 1) * d],
            v[..., h * e : (h + 1) * e],
            attend_mask,
        )
        heads.append(y)
        attention_weights.append(A)
    y = projected(np.concatenate(heads, axis=-1), "output")
    return y, np.stack(attention_weights, axis=-3)


def transformer_block(x, attention, first_norm, second_norm, feed_forward, norm="pre"):
    """Attention, then a small network at every position, each with a residual connection.

    Maths:
        pre:   h = x + attention(N₁(x)),    y = h + feed_forward(N₂(h))
        post:  h = N₁(x + attention(x)),    y = N₂(h + feed_forward(h))

    Shapes:
        x (..., T, n) -> (..., T, n); the four functions keep the shape

    Example:
        >>> zero, same = lambda x: 0 * x, lambda x: x
        >>> transformer_block(np.array([[1.0, 2.0]]), zero, same, same, zero)
        array([[1., 2.]])

    Source: A. Vaswani et al., Attention Is All You Need, 2017 (post); R. Xiong et al., On Layer
    Normalization in the Transformer Architecture, 2020 (pre).
    """
    x = np.asarray(x, np.float64)
    if norm == "pre":
        h = x + attention(first_norm(x))
        return h + feed_forward(second_norm(h))
    h = first_norm(x + attention(x))
    return second_norm(h + feed_forward(h))
