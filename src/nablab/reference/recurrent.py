"""Recurrent networks: one step, the loop over time, and backpropagation through time."""

from __future__ import annotations

import numpy as np


def sigmoid(a):
    """The logistic function, with values between 0 and 1.

    Maths:
        σ(a) = 1 / (1 + exp(-a)) = (1 + tanh(a / 2)) / 2

    Shapes:
        a (...) -> (...)

    Example:
        >>> sigmoid([0.0])
        array([0.5])

    Source: P.-F. Verhulst, Recherches mathématiques sur la loi d'accroissement de la population,
    1845. The form with tanh cannot overflow.
    """
    return (1 + np.tanh(np.asarray(a, np.float64) / 2)) / 2


def over_time(step, x, states, mask=None):
    """The loop of every recurrent layer: the same step at every time, on the previous states.

    Maths:
        s_t = step(x_t, s_{t-1})   if mask_t is True,   otherwise s_{t-1}

    Shapes:
        x (B, T, n), each of states (B, units), mask (B, T) or None -> a list of each state at
        all times, (B, T, units)

    Args:
        step: (x_t, states) -> the new states.

    Example:
        >>> total = lambda x_t, states: [states[0] + x_t]
        >>> over_time(total, np.array([[[1.0], [2.0], [3.0]]]), [np.zeros((1, 1))])[0][0, :, 0]
        array([1., 3., 6.])

    Source: J. L. Elman, Finding Structure in Time, 1990.
    """
    x = np.asarray(x, np.float64)
    all_states = []
    for t in range(x.shape[1]):
        new = step(x[:, t], states)
        if mask is not None:
            mask_t = np.asarray(mask, bool)[:, t, None]
            new = [np.where(mask_t, s, s_prev) for s, s_prev in zip(new, states, strict=True)]
        states = new
        all_states.append(states)
    return [np.stack(state, axis=1) for state in zip(*all_states, strict=True)]


# Simple recurrent network


def simple_rnn_step(x_t, h, W, U, b, phi=np.tanh):
    """A new state from an input and the previous state.

    Maths:
        h' = φ(x W + h U + b)

    Shapes:
        x_t (B, n), h (B, units), W (n, units), U (units, units), b (units,) -> (B, units)

    Example:
        >>> simple_rnn_step(np.ones((1, 1)), np.ones((1, 1)), [[2.0]], [[3.0]], [1.0], lambda a: a)
        array([[6.]])

    Source: J. L. Elman, Finding Structure in Time, 1990.
    """
    W, U, b = (np.asarray(a, np.float64) for a in (W, U, b))
    return phi(x_t @ W + h @ U + b)


def simple_rnn(x, W, U, b, h0=None, mask=None, phi=np.tanh):
    """The state of a simple recurrent network after every step.

    Maths:
        h_t = φ(x_t W + h_{t-1} U + b),   h_0 = 0 by default

    Shapes:
        x (B, T, n), W (n, units), U (units, units), b (units,), h0 (B, units) -> (B, T, units)

    Example:
        >>> simple_rnn(np.ones((1, 3, 1)), [[1.0]], [[2.0]], [0.0], phi=lambda a: a)[0, :, 0]
        array([1., 3., 7.])

    Source: as for `simple_rnn_step`.
    """
    h0 = _zeros(x, U) if h0 is None else np.asarray(h0, np.float64)
    (h,) = over_time(lambda x_t, s: [simple_rnn_step(x_t, s[0], W, U, b, phi)], x, [h0], mask)
    return h


def simple_rnn_gradients(x, W, U, b, dh, h0=None):
    """The gradients of a loss for φ = tanh, given its direct gradient dh for every state.

    Maths:
        g_t = ∂L/∂h_t + da_{t+1} Uᵀ,   da_t = g_t ⊙ (1 - h_t²)
        dx_t = da_t Wᵀ,   dW = Σ x_tᵀ da_t,   dU = Σ h_{t-1}ᵀ da_t,   db = Σ da_t,   dh_0 = da_1 Uᵀ

    Shapes:
        x (B, T, n), dh (B, T, units): ∂L/∂h_t without later steps
        -> dx (B, T, n), dW (n, units), dU (units, units), db (units,), dh0 (B, units)

    Example:
        >>> x, dh = np.zeros((1, 2, 1)), np.array([[[0.0], [1.0]]])
        >>> simple_rnn_gradients(x, [[3.0]], [[2.0]], [0.0], dh)[0][0, :, 0]
        array([6., 3.])

    Source: P. J. Werbos, Backpropagation Through Time: What It Does and How to Do It, 1990.
    """
    x, W, U, dh = (np.asarray(a, np.float64) for a in (x, W, U, dh))
    h0 = _zeros(x, U) if h0 is None else np.asarray(h0, np.float64)
    h = simple_rnn(x, W, U, b, h0)
    dx, dW, dU, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
    dh_later = np.zeros_like(h0)  # ∂L/∂h_t through later steps
    for t in reversed(range(x.shape[1])):
        h_prev = h[:, t - 1] if t else h0
        da = (dh[:, t] + dh_later) * (1 - h[:, t] ** 2)
        dx[:, t] = da @ W.T
        dW += x[:, t].T @ da
        dU += h_prev.T @ da
        db += da.sum(axis=0)
        dh_later = da @ U.T
    return dx, dW, dU, db, dh_later


# Long short-term memory


def lstm_step(x_t, h, c, W, U, b):
    """A new output and a new cell state from an input and the previous ones.

    Maths:
        [i f g o] = x W + h U + b,   four groups of `units` columns in this order
        c' = σ(f) ⊙ c + σ(i) ⊙ tanh(g)
        h' = σ(o) ⊙ tanh(c')

    Shapes:
        x_t (B, n), h (B, units), c (B, units), W (n, 4·units), U (units, 4·units), b (4·units,)
        -> h' (B, units), c' (B, units)

    Example:
        >>> keep = [-99.0, 99.0, 0.0, 99.0]  # input gate closed, forget gate and output gate open
        >>> one = np.ones((1, 1))
        >>> h, c = lstm_step(one, one, 5 * one, np.zeros((1, 4)), np.zeros((1, 4)), keep)
        >>> c
        array([[5.]])

    Source: S. Hochreiter, J. Schmidhuber, Long Short-Term Memory, 1997; the forget gate: F. A.
    Gers, J. Schmidhuber, F. Cummins, Learning to Forget: Continual Prediction with LSTM, 2000.
    """
    i, f, g, o = _lstm_gates(x_t, h, W, U, b)
    c = f * c + i * g
    return o * np.tanh(c), c


def _lstm_gates(x_t, h, W, U, b):
    W, U, b = (np.asarray(a, np.float64) for a in (W, U, b))
    i, f, g, o = np.split(x_t @ W + h @ U + b, 4, axis=-1)
    return sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)


def lstm(x, W, U, b, h0=None, c0=None, mask=None):
    """The output and the cell state of an LSTM after every step.

    Maths:
        h_t, c_t = step(x_t, h_{t-1}, c_{t-1}),   h_0 = c_0 = 0 by default

    Shapes:
        x (B, T, n), W (n, 4·units), U (units, 4·units), b (4·units,), h0, c0 (B, units)
        -> h (B, T, units), c (B, T, units)

    Example:
        >>> add = [99.0, 99.0, 0.0, 99.0]  # all gates open: the cell adds up tanh(x)
        >>> c = lstm(np.full((1, 3, 1), 99.0), [[0, 0, 1, 0]], np.zeros((1, 4)), add)[1]
        >>> c[0, :, 0]
        array([1., 2., 3.])

    Source: as for `lstm_step`.
    """
    h0 = _zeros(x, U) if h0 is None else np.asarray(h0, np.float64)
    c0 = _zeros(x, U) if c0 is None else np.asarray(c0, np.float64)
    h, c = over_time(lambda x_t, s: lstm_step(x_t, s[0], s[1], W, U, b), x, [h0, c0], mask)
    return h, c


def lstm_gradients(x, W, U, b, dh, h0=None, c0=None):
    """The gradients of a loss, given its direct gradient dh for every output.

    Maths:
        with i, f, g, o after their activations, from the last step to the first:
        gh = ∂L/∂h_t + da_{t+1} Uᵀ
        gc = gc_{t+1} ⊙ f_{t+1} + gh ⊙ o ⊙ (1 - tanh²(c_t))
        da = [gc g i (1 - i),  gc c_{t-1} f (1 - f),  gc i (1 - g²),  gh tanh(c_t) o (1 - o)]
        dx_t = da Wᵀ,   dW = Σ x_tᵀ da,   dU = Σ h_{t-1}ᵀ da,   db = Σ da
        dh_0 = da_1 Uᵀ,   dc_0 = gc_1 ⊙ f_1

    Shapes:
        x (B, T, n), dh (B, T, units): ∂L/∂h_t without later steps
        -> dx (B, T, n), dW (n, 4·units), dU (units, 4·units), db (4·units,), dh0, dc0 (B, units)

    Example:
        >>> keep = [-99.0, 99.0, 0.0, 99.0]  # neither c nor its gradient changes
        >>> dh = np.array([[[0.0], [0.0], [1.0]]])
        >>> x, zeros = np.zeros((1, 3, 1)), np.zeros((1, 4))
        >>> lstm_gradients(x, zeros, zeros, keep, dh)[5]
        array([[1.]])

    Source: as for `lstm_step`, and P. J. Werbos, Backpropagation Through Time, 1990.
    """
    x, W, U, dh = (np.asarray(a, np.float64) for a in (x, W, U, dh))
    h0 = _zeros(x, U) if h0 is None else np.asarray(h0, np.float64)
    c0 = _zeros(x, U) if c0 is None else np.asarray(c0, np.float64)
    h, c = lstm(x, W, U, b, h0, c0)
    dx, dW, dU, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U), np.zeros(W.shape[1])
    dh_later, dc_later = np.zeros_like(h0), np.zeros_like(c0)  # through later steps
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t else (h0, c0)
        i, f, g, o = _lstm_gates(x[:, t], h_prev, W, U, b)
        gh = dh[:, t] + dh_later
        gc = dc_later + gh * o * (1 - np.tanh(c[:, t]) ** 2)
        di = gc * g * i * (1 - i)
        df = gc * c_prev * f * (1 - f)
        dg = gc * i * (1 - g**2)
        do = gh * np.tanh(c[:, t]) * o * (1 - o)
        da = np.concatenate([di, df, dg, do], axis=-1)
        dx[:, t] = da @ W.T
        dW += x[:, t].T @ da
        dU += h_prev.T @ da
        db += da.sum(axis=0)
        dh_later, dc_later = da @ U.T, gc * f
    return dx, dW, dU, db, dh_later, dc_later


# Gated recurrent unit


def gru_step(x_t, h, W, U, b, reset_after=True):
    """A new state between the previous state and a candidate.

    Maths:
        z = σ(x W_z + b_z + h U_z + u_z)
        r = σ(x W_r + b_r + h U_r + u_r)
        h̃ = tanh(x W_h + b_h + r ⊙ (h U_h + u_h))     with reset_after
        h̃ = tanh(x W_h + b_h + (r ⊙ h) U_h)           without; then there is no u
        h' = z ⊙ h + (1 - z) ⊙ h̃
        W, U and the bias (rows b and u) have three groups of `units` columns, in the order z, r, h.

    Shapes:
        x_t (B, n), h (B, units), W (n, 3·units), U (units, 3·units),
        b (2, 3·units) with reset_after, otherwise (3·units,) -> (B, units)

    Example:
        >>> keep = [[99.0, 0.0, 0.0], [0.0, 0.0, 0.0]]  # z = 1: the state does not change
        >>> one = np.ones((1, 1))
        >>> gru_step(one, 5 * one, np.ones((1, 3)), np.ones((1, 3)), keep)
        array([[5.]])

    Source: K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation, 2014. J. Chung, C. Gulcehre, K. Cho, Y. Bengio, Empirical
    Evaluation of Gated Recurrent Neural Networks on Sequence Modeling, 2014, swap z and 1 - z.
    """
    z, _, candidate, _ = _gru_parts(x_t, h, W, U, b, reset_after)
    return z * h + (1 - z) * candidate


def _gru_parts(x_t, h, W, U, b, reset_after):
    """z, r, the candidate h̃, and the m that r is multiplied by."""
    W, U, b = (np.asarray(a, np.float64) for a in (W, U, b))
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    b, u = b if reset_after else (b, np.zeros(W.shape[1]))
    x_z, x_r, x_h = np.split(x_t @ W + b, 3, axis=-1)
    u_z, u_r, u_h = np.split(u, 3)
    z = sigmoid(x_z + h @ U_z + u_z)
    r = sigmoid(x_r + h @ U_r + u_r)
    if reset_after:
        m = h @ U_h + u_h
        return z, r, np.tanh(x_h + r * m), m
    return z, r, np.tanh(x_h + (r * h) @ U_h), h


def gru(x, W, U, b, h0=None, mask=None, reset_after=True):
    """The state of a GRU after every step.

    Maths:
        h_t = step(x_t, h_{t-1}),   h_0 = 0 by default

    Shapes:
        x (B, T, n), W (n, 3·units), U (units, 3·units), b as for `gru_step`, h0 (B, units)
        -> (B, T, units)

    Example:
        >>> W = [[0.0, 0.0, 99.0]]  # the candidate is 1, and z = 1/2: half way each time
        >>> gru(np.ones((1, 3, 1)), W, np.zeros((1, 3)), np.zeros((2, 3)))[0, :, 0]
        array([0.5  , 0.75 , 0.875])

    Source: as for `gru_step`.
    """
    h0 = _zeros(x, U) if h0 is None else np.asarray(h0, np.float64)
    (h,) = over_time(lambda x_t, s: [gru_step(x_t, s[0], W, U, b, reset_after)], x, [h0], mask)
    return h


def gru_gradients(x, W, U, b, dh, h0=None, reset_after=True):
    """The gradients of a loss, given its direct gradient dh for every state.

    Maths:
        from the last step to the first, where g is ∂L/∂h_t including later steps:
        da_z = g (h_{t-1} - h̃) z (1 - z),   da_h = g (1 - z) (1 - h̃²),   da_r = dr r (1 - r)
        with reset_after:  m = h_{t-1} U_h + u_h,   dm = da_h r,        dr = da_h m
        without:           m = r ⊙ h_{t-1},         dm = da_h U_hᵀ,     dr = dm h_{t-1}
        dh_{t-1} = g z + da_z U_zᵀ + da_r U_rᵀ + (dm U_hᵀ with reset_after, dm r without)
        dx_t = [da_z da_r da_h] Wᵀ,   dW = Σ x_tᵀ [da_z da_r da_h]

    Shapes:
        x (B, T, n), dh (B, T, units): ∂L/∂h_t without later steps
        -> dx (B, T, n), dW (n, 3·units), dU (units, 3·units), db like b, dh0 (B, units)

    Example:
        >>> keep = [[99.0, 0.0, 0.0], [0.0, 0.0, 0.0]]  # z = 1: the gradient does not change
        >>> x, zeros, dh = np.zeros((1, 2, 1)), np.zeros((1, 3)), np.array([[[0.0], [1.0]]])
        >>> gru_gradients(x, zeros, zeros, keep, dh)[4]
        array([[1.]])

    Source: as for `gru_step`, and P. J. Werbos, Backpropagation Through Time, 1990.
    """
    x, W, U, b, dh = (np.asarray(a, np.float64) for a in (x, W, U, b, dh))
    h0 = _zeros(x, U) if h0 is None else np.asarray(h0, np.float64)
    h = gru(x, W, U, b, h0, reset_after=reset_after)
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    dx, dW, dU, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    dh_later = np.zeros_like(h0)  # ∂L/∂h_t through later steps
    for t in reversed(range(x.shape[1])):
        h_prev = h[:, t - 1] if t else h0
        z, r, candidate, m = _gru_parts(x[:, t], h_prev, W, U, b, reset_after)
        g = dh[:, t] + dh_later
        da_z = g * (h_prev - candidate) * z * (1 - z)
        da_h = g * (1 - z) * (1 - candidate**2)
        if reset_after:
            dm = da_h * r
            dr = da_h * m
            dU_h, dh_prev = h_prev.T @ dm, dm @ U_h.T
        else:
            dm = da_h @ U_h.T
            dr = dm * h_prev
            dU_h, dh_prev = (r * h_prev).T @ da_h, dm * r
        da_r = dr * r * (1 - r)
        da = np.concatenate([da_z, da_r, da_h], axis=-1)
        dx[:, t] = da @ W.T
        dW += x[:, t].T @ da
        dU += np.concatenate([h_prev.T @ da_z, h_prev.T @ da_r, dU_h], axis=-1)
        if reset_after:
            db[0] += da.sum(axis=0)
            db[1] += np.concatenate([da_z, da_r, dm], axis=-1).sum(axis=0)
        else:
            db += da.sum(axis=0)
        dh_later = g * z + da_z @ U_z.T + da_r @ U_r.T + dh_prev
    return dx, dW, dU, db, dh_later


def _zeros(x, U):
    """The state before the first step."""
    return np.zeros((np.shape(x)[0], np.shape(U)[0]))
