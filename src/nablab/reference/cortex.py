"""Models of cells in the visual cortex, and the two nets that came from them."""

from __future__ import annotations

import numpy as np

from nablab.reference.convolution import correlate2d_valid


def gabor(size, theta, lam, sigma, phase, gamma=1.0):
    """A Gabor patch whose entries sum to 0 and whose squares sum to 1.

    Maths:
        a = x cos θ + y sin θ,  b = -x sin θ + y cos θ
        E = exp(-(a² + γ² b²) / 2σ²),  V = cos(2π a / λ + φ)
        B = E · (V - ΣEV / ΣE),  g = B / sqrt(ΣB²)

    Shapes:
        size s, and numbers -> (s, s)

    Example:
        >>> gabor(3, 0, 4, 1e6, 0).round(2)[0]
        array([-0.24,  0.47, -0.24])

    Source: J. G. Daugman, Uncertainty relation for resolution in space, spatial frequency, and
    orientation optimized by two-dimensional visual cortical filters, 1985.
    """
    places = np.arange(size) - (size - 1) / 2
    y, x = places[:, None], places[None, :]  # (s, 1) and (1, s)
    a, b = x * np.cos(theta) + y * np.sin(theta), y * np.cos(theta) - x * np.sin(theta)
    envelope = np.exp(-(a**2 + (gamma * b) ** 2) / (2 * sigma**2))
    wave = np.cos(2 * np.pi * a / lam + phase)
    patch = envelope * (wave - (envelope * wave).sum() / envelope.sum())
    return patch / np.linalg.norm(patch)


def simple_cell(img, g):
    """The positive part of the correlation of an image with a receptive field.

    Maths:
        S[i, j] = max(0, Σ_u Σ_v I[i + u, j + v] · g[u, v])

    Shapes:
        img (H, W), g (kh, kw) -> (H - kh + 1, W - kw + 1)

    Example:
        >>> simple_cell([[0, 2, 0, 5]], [[-1, 2, -1]])
        array([[4., 0.]])

    Source: D. H. Hubel, T. N. Wiesel, Receptive fields, binocular interaction and functional
    architecture in the cat's visual cortex, 1962.
    """
    return np.maximum(correlate2d_valid(img, g), 0)


def energy(img, g_even, g_odd):
    """The energy model of a complex cell.

    Maths:
        C[i, j] = (I ⋆ g_e)²[i, j] + (I ⋆ g_o)²[i, j]

    Shapes:
        img (H, W), g_even and g_odd (kh, kw) -> (H - kh + 1, W - kw + 1)

    Example:
        >>> energy([[0, 2, 0, 5]], [[-1, 2, -1]], [[-1, 0, 1]])
        array([[16., 58.]])

    Source: E. H. Adelson, J. R. Bergen, Spatiotemporal energy models for the perception of motion,
    1985.
    """
    return correlate2d_valid(img, g_even) ** 2 + correlate2d_valid(img, g_odd) ** 2


def modulation(resp):
    """F1/F0 of answers to evenly spread phases; 0 if the mean is 0.

    Maths:
        F0 = (1/n) Σ_k r_k,  F1 = (2/n) |Σ_k r_k exp(-2πik/n)|,  F1 / F0

    Shapes:
        resp (n,) -> one float

    Example:
        >>> round(modulation([2, 1, 0, 1]), 9)
        1.0

    Source: B. C. Skottun and others, Classifying simple and complex cells on the basis of response
    modulation, 1991.
    """
    resp = np.asarray(resp, dtype=np.float64)
    angles = 2 * np.pi * np.arange(len(resp)) / len(resp)
    f0 = resp.mean()
    f1 = 2 * np.hypot(np.mean(resp * np.cos(angles)), np.mean(resp * np.sin(angles)))
    return float(f1 / f0) if f0 else 0.0


def s_layer(x, w, theta):
    """S-cells of a Neocognitron: how much of a template is there, above a threshold.

    Maths:
        q[i, j, f] = Σ_uvc x[i + u, j + v, c] · w[u, v, c, f] / Σ_uvc max(w[u, v, c, f], 0)
        S = max(0, (q - θ) / (1 - θ))

    Shapes:
        x (H, W, C), w (kh, kw, C, F) -> (H - kh + 1, W - kw + 1, F)

    Example:
        >>> x, w = np.reshape([0, 1, 0.0], (1, 3, 1)), np.reshape([-1, 2, -1.0], (1, 3, 1, 1))
        >>> s_layer(x, w, 0.25).ravel()
        array([1.])

    Source: K. Fukushima, Neocognitron, 1980; the threshold on a normalised match is simpler than
    his inhibition.
    """
    x, w = np.asarray(x, dtype=np.float64), np.asarray(w, dtype=np.float64)
    (H, W, _), (kh, kw, _, F) = x.shape, w.shape
    q = np.zeros((H - kh + 1, W - kw + 1, F))
    for u in range(kh):
        for v in range(kw):
            q += x[u : u + q.shape[0], v : v + q.shape[1]] @ w[u, v]
    q /= np.maximum(w, 0).sum(axis=(0, 1, 2))
    return np.maximum((q - theta) / (1 - theta), 0)


def c_layer(s, r):
    """C-cells of a Neocognitron: the largest answer within r rows and columns.

    Maths:
        C[i, j, f] = max { S[i', j', f] : |i' - i| ≤ r, |j' - j| ≤ r }

    Shapes:
        s (H, W, F) -> (H, W, F)

    Example:
        >>> c_layer(np.reshape([1, 0, 0, 0.5], (1, 4, 1)), 1).ravel()
        array([1. , 1. , 0.5, 0.5])

    Source: as for `s_layer`.
    """
    s = np.asarray(s, dtype=np.float64)
    (H, W, _), out = s.shape, s.copy()
    for down in range(-min(r, H - 1), min(r, H - 1) + 1):
        for right in range(-min(r, W - 1), min(r, W - 1) + 1):
            here = out[max(-down, 0) : H - max(down, 0), max(-right, 0) : W - max(right, 0)]
            there = s[max(down, 0) : H + min(down, 0), max(right, 0) : W + min(right, 0)]
            np.maximum(here, there, out=here)
    return out


def time_delay(x, w1, w2):
    """The class scores of a time-delay network, without biases.

    Maths:
        h[t, m] = max(0, Σ_k Σ_d x[t + k, d] · w1[k, d, m])
        z[t, c] = Σ_k Σ_m h[t + k, m] · w2[k, m, c],  score[c] = mean_t z[t, c]

    Shapes:
        x (T, D), w1 (k1, D, M), w2 (k2, M, C) -> (C,)

    Example:
        >>> time_delay([[0], [2], [1]], [[[1]], [[-1]]], [[[3, -1]]])
        array([ 1.5, -0.5])

    Source: A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. Lang, Phoneme recognition using
    time-delay neural networks, 1989.
    """
    x, w1, w2 = (np.asarray(array, dtype=np.float64) for array in (x, w1, w2))
    for number, w in enumerate((w1, w2)):
        steps = len(x) - len(w) + 1
        x = sum(x[k : k + steps] @ w[k] for k in range(len(w)))
        x = np.maximum(x, 0) if number == 0 else x
    return x.mean(axis=0)


def share_in_planes(f, pairs):
    """How much of a vector lies in each of many planes, as a share of its square.

    Maths:
        R² = max_{α, β} 1 - ‖f - α e - β o‖² / ‖f‖²

    Shapes:
        f (n,), pairs (P, 2, n) -> (P,)

    Example:
        >>> share_in_planes([3, 4, 12], [[[2, 0, 0], [1, 1, 0]]]) * 169
        array([25.])

    Source: C. F. Gauss, Theoria combinationis observationum, 1821 (least squares).
    """
    f, pairs = np.asarray(f, dtype=np.float64), np.asarray(pairs, dtype=np.float64)
    gram = np.einsum("pan,pbn->pab", pairs, pairs)  # (P, 2, 2)
    along = pairs @ f  # (P, 2)
    weights = np.linalg.solve(gram, along[..., None])[..., 0]
    return np.sum(weights * along, axis=1) / (f @ f)


def tuning_curve(cell, kind, values, *, size=33, theta=0.0, lam=8.0, phase=0.0):
    """What a cell answers to gratings that differ in one thing.

    Maths:
        orientation: r(θ) = max over φ = 2πk/8 of cell(cos(2π (x cos θ + y sin θ) / λ + φ))
        sf: the same with λ = 1 / value;  phase: cell(cos(2π (x cos θ + y sin θ) / λ + value))

    Shapes:
        values (n,) -> (n,)

    Example:
        >>> tuning_curve(lambda img: img[16, 16], "phase", [0, np.pi]).round(6)
        array([ 1., -1.])

    Source: D. H. Hubel, T. N. Wiesel, as for `simple_cell`.
    """
    y, x = np.mgrid[:size, :size] - (size - 1) / 2

    def shown(theta, lam, phase):
        return cell(np.cos(2 * np.pi * (x * np.cos(theta) + y * np.sin(theta)) / lam + phase))

    if kind == "phase":
        return np.array([shown(theta, lam, value) for value in values], dtype=np.float64)
    pairs = [(v, lam) if kind == "orientation" else (theta, 1 / v) for v in values]
    phases = 2 * np.pi * np.arange(8) / 8
    return np.array([max(shown(*pair, one) for one in phases) for pair in pairs], np.float64)
