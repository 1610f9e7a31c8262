"""Where a network looks: rules for going back through ReLU, class maps, and measures of maps."""

from __future__ import annotations

import numpy as np


def relu_rule(dout, x, rule="grad"):
    """What goes back through a ReLU whose input was x, by one of three rules.

    Maths:
        grad     dout · [x > 0]
        deconv   dout · [dout > 0]
        guided   dout · [x > 0] · [dout > 0]

    Shapes:
        dout (...), x (...) -> (...)

    Example:
        >>> relu_rule([5.0, -5.0, 5.0, -5.0], [2.0, 2.0, -2.0, -2.0], "deconv")
        array([5., 0., 5., 0.])

    Source: M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, 2014;
    J. T. Springenberg and others, Striving for Simplicity: The All Convolutional Net, 2015.
    """
    dout, x = np.asarray(dout, np.float64), np.asarray(x, np.float64)
    passed = np.ones(dout.shape, bool)
    if rule in ("grad", "guided"):
        passed &= x > 0
    if rule in ("deconv", "guided"):
        passed &= dout > 0
    if rule not in ("grad", "deconv", "guided"):
        raise ValueError(f"rule is {rule!r}; expected 'grad', 'deconv' or 'guided'")
    return np.where(passed, dout, 0.0)


def class_map(features, w):
    """A class's score place by place, if its logit is a weighted sum of the maps' means.

    Maths:
        M[i, j] = Σ_k w[k] · A[i, j, k]

    Shapes:
        features A (h, w, K), w (K,) -> (h, w)

    Example:
        >>> class_map([[[1.0, 2.0], [0.0, 3.0]]], [10.0, -1.0])
        array([[ 8., -3.]])

    Source: B. Zhou and others, Learning Deep Features for Discriminative Localization, 2016.
    """
    return np.asarray(features, np.float64) @ np.asarray(w, np.float64)


def grad_cam(features, gradients):
    """A class map from the gradients of the class's logit with respect to the maps.

    Maths:
        α_k = mean over i, j of ∂logit/∂A[i, j, k]        M = max(0, Σ_k α_k · A[:, :, k])

    Shapes:
        features A (h, w, K), gradients (h, w, K) -> (h, w)

    Example:
        >>> grad_cam([[[1.0, 2.0], [0.0, 3.0]]], [[[9.0, -1.0], [11.0, -1.0]]])
        array([[8., 0.]])

    Source: R. R. Selvaraju and others, Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization, 2017.
    """
    alpha = np.asarray(gradients, np.float64).mean(axis=(0, 1))
    return np.maximum(class_map(features, alpha), 0)


def affinities(x, perplexity):
    """How likely each point is to choose each other one as its neighbour.

    The width σ of every point is the one at which its neighbours have the given perplexity.

    Maths:
        p[i, j] = exp(-|x_i - x_j|² / 2σ_i²) / Σ_{k ≠ i} exp(-|x_i - x_k|² / 2σ_i²)     p[i, i] = 0
        perplexity = 2^(-Σ_j p[i, j] log₂ p[i, j])

    Shapes:
        x (n, d) -> (n, n), each row sums to 1

    Raises:
        ValueError: a perplexity that is not between 1 and n - 1.

    Example:
        >>> affinities([[0.0], [1.0], [-1.0], [4.0]], 2)[0].round(3)
        array([0. , 0.5, 0.5, 0. ])

    Source: G. Hinton, S. Roweis, Stochastic Neighbor Embedding, 2002.
    """
    x = np.asarray(x, np.float64)
    if not 1 < perplexity < len(x) - 1:
        raise ValueError(
            f"perplexity is {perplexity}; expected more than 1 and less than n - 1 = {len(x) - 1}"
        )
    squares = ((x[:, None] - x[None]) ** 2).sum(-1)
    p = np.zeros(squares.shape)
    for i in range(len(x)):
        others = np.arange(len(x)) != i
        p[i, others] = _choices(squares[i, others], np.log(perplexity))
    return p


def _choices(squares, entropy):
    """exp(-β d) normalised, with the β at which its entropy in nats is the given one."""
    d = squares - squares.min()
    low, high = 0.0, 1.0 / max(d.mean(), 1e-300)
    for _ in range(200):  # not for ever: of three nearest neighbours at one distance, none wins
        if _entropy(d, high) <= entropy:
            break
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        if _entropy(d, middle) > entropy:
            low = middle
        else:
            high = middle
    weights = np.exp(-d * (low + high) / 2)
    return weights / weights.sum()


def _entropy(d, beta):
    weights = np.exp(-d * beta)
    total = weights.sum()
    return np.log(total) + beta * (weights * d).sum() / total


def embedding_gradient(p, y, kernel="student"):
    """The gradient of KL(P‖Q) with respect to the points of an embedding.

    Maths:
        w_ij = exp(-|y_i - y_j|²)  or  1 / (1 + |y_i - y_j|²)       q_ij = w_ij / Σ_{k ≠ l} w_kl
        KL = Σ_{i ≠ j} p_ij log(p_ij / q_ij)
        ∂KL/∂y_i = 4 Σ_j (p_ij - q_ij) (y_i - y_j) · (1  or  w_ij)

    Shapes:
        p (n, n) symmetric, summing to 1, y (n, 2) -> (n, 2)

    Example:
        >>> embedding_gradient(np.full((3, 3), 1 / 6), [[0.0], [1.0], [-1.0]], "student").round(3)
        array([[ 0.  ],
               [ 0.05],
               [-0.05]])

    Source: L. van der Maaten, G. Hinton, Visualizing Data using t-SNE, 2008.
    """
    y = np.asarray(y, np.float64)
    p = np.array(p, np.float64)
    np.fill_diagonal(p, 0)
    apart = y[:, None] - y[None]  # (n, n, 2)
    squares = (apart**2).sum(-1)
    w = 1 / (1 + squares) if kernel == "student" else np.exp(-squares)
    np.fill_diagonal(w, 0)
    pull = p - w / w.sum()
    if kernel == "student":
        pull = pull * w
    return 4 * (pull[:, :, None] * apart).sum(axis=1)


def ranks(a):
    """The rank of every number, from 0; equal numbers share the mean of their ranks.

    Maths:
        r_i = (how many a_j < a_i) + (how many a_j = a_i, less 1) / 2

    Shapes:
        a (...) -> (size,)

    Example:
        >>> ranks([3, 1, 3, 7])
        array([1.5, 0. , 1.5, 3. ])

    Source: M. G. Kendall, The Treatment of Ties in Ranking Problems, 1945.
    """
    a = np.ravel(np.asarray(a, np.float64))
    smaller = (a[None] < a[:, None]).sum(axis=1)
    equal = (a[None] == a[:, None]).sum(axis=1)
    return smaller + (equal - 1) / 2


def rank_correlation(a, b):
    """Spearman's correlation: that of the ranks. 0 if all numbers of one of them are equal.

    Maths:
        ρ = Σ_i (r_i - r̄) (q_i - q̄) / √(Σ_i (r_i - r̄)² Σ_i (q_i - q̄)²)

        r and q are the ranks of a and b, r̄ and q̄ their means.

    Shapes:
        a (...), b (...) of as many numbers -> ()

    Example:
        >>> round(float(rank_correlation([1, 2, 3, 4], [1, 100, 2, 1000])), 2)
        0.8

    Source: C. Spearman, The Proof and Measurement of Association between Two Things, 1904.
    """
    first, second = (r - r.mean() for r in (ranks(a), ranks(b)))
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return 0.0 if scale == 0 else (first * second).sum() / scale


def energy_ratio(heat, mask):
    """The share of a map's positive part that lies in a mask, over the mask's share of the area.

    1 is what a map gets that knows nothing.

    Maths:
        (Σ_{ij in the mask} max(M[i, j], 0) / Σ_ij max(M[i, j], 0)) / (area of the mask / (H W))

        0 if no number of M is positive.

    Shapes:
        heat (H, W), mask (H, W) bool -> ()

    Example:
        >>> float(energy_ratio([[3.0, 1.0], [0.0, -5.0]], [[True, False], [False, False]]))
        3.0

    Source: H. Wang and others, Score-CAM: Score-Weighted Visual Explanations for Convolutional
    Neural Networks, 2020, https://arxiv.org/abs/1910.01279, there without the area.
    """
    heat, mask = np.maximum(np.asarray(heat, np.float64), 0), np.asarray(mask, bool)
    total = heat.sum()
    return 0.0 if total == 0 else heat[mask].sum() / total / mask.mean()


def points_at(heat, mask):
    """Whether the largest value of a map, the first one in reading order, lies in a mask.

    Maths:
        mask[i*, j*],   (i*, j*) = argmax_ij M[i, j]

    Shapes:
        heat (H, W), mask (H, W) bool -> ()

    Example:
        >>> bool(points_at([[3.0, 1.0], [0.0, -5.0]], [[True, False], [False, False]]))
        True

    Source: J. Zhang and others, Top-down Neural Attention by Excitation Backprop, 2016.
    """
    return np.asarray(mask, bool).ravel()[np.asarray(heat).argmax()]
