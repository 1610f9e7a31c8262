"""How weights work together: curve detectors, expanded weights, branches, and a similarity."""

from __future__ import annotations

import numpy as np

HALF_ANGLE = np.pi / 3  # an arc is a third of its circle


def arc_template(theta, radius, size, width):
    """An arc through the middle of a patch, drawn with soft edges.

    Maths:
        x = c - (s - 1)/2,  y = r - (s - 1)/2
        a = x cos θ + y sin θ,  b = -x sin θ + y cos θ
        ρ = sqrt((R - a)² + b²),  α = atan2(b, R - a)
        d = |ρ - R| if |α| <= π/3, else sqrt((a - R/2)² + (|b| - R √3/2)²)
        A[r, c] = exp(-d² / 2w²)

    The circle's centre lies at distance R in direction θ, from right towards down. The arc is the
    third of the circle around the patch's middle, and d the distance to its nearest point.

    Shapes:
        numbers -> (s, s)

    Example:
        >>> arc_template(0, 2, 5, 1).round(2)[2]
        array([0.14, 0.61, 1.  , 0.61, 0.14])

    Source: N. Cammarata, G. Goh, S. Carter, L. Schubert, M. Petrov, C. Olah, Curve Detectors, 2020.
    """
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    a, b = x * np.cos(theta) + y * np.sin(theta), y * np.cos(theta) - x * np.sin(theta)
    beside = np.hypot(a - radius / 2, np.abs(b) - radius * np.sqrt(3) / 2)
    across = np.abs(np.hypot(radius - a, b) - radius)
    within = np.abs(np.arctan2(b, radius - a)) <= HALF_ANGLE
    return np.exp(-(np.where(within, across, beside) ** 2) / (2 * width**2))


def curve_detector(theta, radius, size, width, inhibit=0.0):
    """A filter that answers 1 to one curve and 0 to an even patch.

    Maths:
        D = A_θ - λ A_{θ + π},  B = D - mean(D),  f = B / Σ B A_θ

    Shapes:
        numbers -> (s, s)

    Example:
        >>> f = curve_detector(0, 6, 15, 1, inhibit=0.5)
        >>> round(float(np.sum(f * arc_template(np.pi, 6, 15, 1))), 2)  # the opposite curvature
        -0.23

    Source: N. Cammarata, G. Goh, S. Carter, C. Voss, L. Schubert, C. Olah, Curve Circuits, 2021.
    """
    arc = arc_template(theta, radius, size, width)
    drawn = arc - inhibit * arc_template(theta + np.pi, radius, size, width)
    balanced = drawn - drawn.mean()
    return balanced / np.sum(balanced * arc)


def curve_from_lines(line_bank, theta, radius, size, width, inhibit=0.0):
    """The weights by which a curve detector reads channels of lines: a place's own line excites,
    the line across it inhibits.

    Maths:
        β_θ = atan2(y - R sin θ, x - R cos θ),  τ_θ = β_θ + π/2
        w[r, c, m] = A_θ cos 2(φ_m - τ_θ) - λ A_{θ + π} cos 2(φ_m - τ_{θ + π})

    The line of channel m runs in direction φ_m, and τ is the tangent of the circle at a pixel.

    Shapes:
        line_bank (M,), and numbers -> (s, s, M)

    Example:
        >>> curve_from_lines([0, np.pi / 2], 0, 6, 3, 1)[1, 1]  # the tangent is upright
        array([-1.,  1.])

    Source: N. Cammarata, G. Goh, S. Carter, C. Voss, L. Schubert, C. Olah, Curve Circuits, 2021.
    """
    directions = np.asarray(line_bank, dtype=float)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2

    def one(toward):
        down, right = y - radius * np.sin(toward), x - radius * np.cos(toward)
        tangent = np.arctan2(down, right) + np.pi / 2  # (s, s)
        along = np.cos(2 * (directions - tangent[:, :, None]))  # (s, s, M)
        return arc_template(toward, radius, size, width)[:, :, None] * along

    return one(theta) - inhibit * one(theta + np.pi)


def excitation_inhibition(w):
    """How much each input channel can excite and inhibit each unit.

    Maths:
        exc[c, f] = Σ max(w, 0),  inh[c, f] = Σ max(-w, 0), over rows and columns

    Shapes:
        w (kh, kw, C, F) -> exc (C, F), inh (C, F)

    Example:
        >>> exc, inh = excitation_inhibition(np.reshape([2.0, -1.0, 3.0], (1, 3, 1, 1)))
        >>> exc.item(), inh.item()
        (5.0, 1.0)

    Source: C. Voss, N. Cammarata, G. Goh, M. Petrov, L. Schubert, B. Egan, S. K. Lim, C. Olah,
    Visualizing Weights, 2021.
    """
    w = np.asarray(w, dtype=float)
    return np.maximum(w, 0).sum(axis=(0, 1)), np.maximum(-w, 0).sum(axis=(0, 1))


def top_connections(w, k):
    """The k strongest connections (channel, unit), by the sum of |w|; equal ones in order.

    Maths:
        strength[c, f] = Σ |w|, over rows and columns

    Shapes:
        w (kh, kw, C, F) -> (k, 2), of whole numbers

    Example:
        >>> top_connections(np.reshape([1.0, -3.0, 2.0, 0.0], (1, 1, 2, 2)), 2)
        array([[0, 1],
               [1, 0]])

    Source: C. Voss and others, Visualizing Weights, 2021.
    """
    strength = np.abs(np.asarray(w, dtype=float)).sum(axis=(0, 1))  # (C, F)
    order = np.argsort(-strength.ravel(), kind="stable")[:k]
    return np.stack(np.unravel_index(order, strength.shape), axis=1)


def expanded_weights(w1, w2, stride=1):
    """The one filter that equals two convolutions with nothing between them.

    Maths:
        w[s b + a, s b' + a', c, f] = Σ_m w1[a, a', c, m] · w2[b, b', m, f], added up

    Its stride is the product of both strides; that of the second does not matter here.

    Shapes:
        w1 (k1, l1, C, M), w2 (k2, l2, M, F) -> (s (k2 - 1) + k1, s (l2 - 1) + l1, C, F)

    Example:
        >>> expanded_weights(np.reshape([1, 2], (1, 2, 1, 1)), np.reshape([1, 10], (1, 2, 1, 1)))[
        ...     0, :, 0, 0
        ... ]
        array([ 1., 12., 20.])

    Source: C. Voss and others, Visualizing Weights, 2021.
    """
    w1, w2 = np.asarray(w1, dtype=float), np.asarray(w2, dtype=float)
    (h, w), (rows, columns) = w1.shape[:2], w2.shape[:2]
    out = np.zeros((stride * (rows - 1) + h, stride * (columns - 1) + w, w1.shape[2], w2.shape[3]))
    for i in range(rows):
        for j in range(columns):
            out[stride * i : stride * i + h, stride * j : stride * j + w] += w1 @ w2[i, j]
    return out


def tuning_compare(curves, template):
    """How like each unit's tuning curve is to a template, turned by the best of its n steps.

    Maths:
        r[u] = max over k of corr(curve_u, template moved on by k),  turn[u] = the first best k

    A curve that is the same everywhere has r = 0 and turn = 0.

    Shapes:
        curves (n, U), template (n,) -> r (U,), turn (U,) of whole numbers

    Example:
        >>> tuning_compare(np.array([[0.0], [1.0], [0.0]]), [1.0, 0.0, 0.0])
        (array([1.]), array([1]))

    Source: N. Cammarata and others, Curve Detectors, 2020.
    """
    curves, template = np.asarray(curves, dtype=float), np.asarray(template, dtype=float)
    n = len(template)
    moved = np.stack([np.roll(template, k) for k in range(n)])  # (n, n)
    moved = moved - template.mean()
    centred = curves - curves.mean(axis=0)
    flat = np.ptp(curves, axis=0) == 0
    lengths = np.where(flat, 1, np.linalg.norm(centred, axis=0))
    correlation = moved @ centred / (np.linalg.norm(moved[0]) * lengths)  # (n, U)
    correlation[:, flat] = 0
    return correlation.max(axis=0), correlation.argmax(axis=0)


def branch_svd(w_a, w_b, w_out):
    """What two branches say to the classes: the singular values of each, and the share of a.

    Maths:
        E_a = W_a W_out[:p],  E_b = W_b W_out[p:]
        share[k] = |E_a[:, k]|² / (|E_a[:, k]|² + |E_b[:, k]|²)

    Shapes:
        w_a (kh, kw, C, p), w_b (lh, lw, D, q), w_out (p + q, K)
        -> s_a (min(kh kw C, K),), s_b (min(lh lw D, K),), share (K,)

    Example:
        >>> one = np.eye(2)[None, None]
        >>> branch_svd(one, one, [[3, 0], [0, 1], [4, 0], [0, 0]])
        (array([3., 1.]), array([4., 0.]), array([0.36, 1.  ]))

    Source: C. Voss and others, Branch Specialization, 2021.
    """
    w_a, w_b, w_out = (np.asarray(w, dtype=float) for w in (w_a, w_b, w_out))
    p = w_a.shape[-1]
    e_a, e_b = w_a.reshape(-1, p) @ w_out[:p], w_b.reshape(-1, w_b.shape[-1]) @ w_out[p:]
    of_a, of_b = (e_a**2).sum(axis=0), (e_b**2).sum(axis=0)
    s_a, s_b = (np.linalg.svd(e, compute_uv=False) for e in (e_a, e_b))
    return s_a, s_b, of_a / (of_a + of_b)


def cka(X, Y):
    """Linear centred kernel alignment: how alike two sets of answers to the same n inputs are.

    Maths:
        CKA = |Y_cᵀ X_c|² / (|X_cᵀ X_c| · |Y_cᵀ Y_c|), with Frobenius norms and centred columns

    Shapes:
        X (n, p), Y (n, q) -> one number from 0 to 1

    Example:
        >>> round(cka([[0.0], [1.0], [2.0]], [[5.0], [3.0], [1.0]]), 6)
        1.0

    Source: S. Kornblith, M. Norouzi, H. Lee, G. Hinton, Similarity of Neural Network
    Representations Revisited, 2019.
    """
    X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float)
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    both = np.sum((Y.T @ X) ** 2)
    return float(both / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y)))
