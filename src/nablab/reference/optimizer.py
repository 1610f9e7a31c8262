"""One step of each optimizer, and the learning rate at each step."""

from __future__ import annotations

import math

import numpy as np


def sgd_step(w, g, lr):
    """A step against the gradient.

    Maths:
        w ← w - lr g

    Shapes:
        w and g of one shape -> the same shape

    Example:
        >>> sgd_step([1.0, 2.0], [10.0, -10.0], 0.1)
        array([0., 3.])

    Source: H. Robbins, S. Monro, A Stochastic Approximation Method, 1951.
    """
    w, g = _arrays(w, g)
    return w - lr * g


def momentum_step(w, g, v, lr, mu):
    """A step along a velocity that accumulates gradients, each times its learning rate.

    Maths:
        v ← μ v - lr g
        w ← w + v

    Shapes:
        w, g, v of one shape -> w, v of the same shape; v starts at 0

    Example:
        >>> w, v = momentum_step([0.0], [1.0], [-0.1], lr=0.1, mu=0.5)
        >>> w, v
        (array([-0.15]), array([-0.15]))

    Source: B. T. Polyak, Some Methods of Speeding up the Convergence of Iteration Methods, 1964.
    """
    w, g, v = _arrays(w, g, v)
    v = mu * v - lr * g
    return w + v, v


def nesterov_step(w, g, v, lr, mu):
    """Nesterov momentum: w is the point that the velocity is about to reach.

    Maths:
        v ← μ v - lr g
        w ← w + μ v - lr g

    Shapes:
        w, g, v of one shape -> w, v of the same shape; v starts at 0

    Example:
        >>> w, v = nesterov_step([0.0], [1.0], [0.0], lr=1.0, mu=0.5)
        >>> w, v
        (array([-1.5]), array([-1.]))

    Source: I. Sutskever, J. Martens, G. Dahl, G. Hinton, On the Importance of Initialization and
    Momentum in Deep Learning, 2013.
    """
    w, g, v = _arrays(w, g, v)
    v = mu * v - lr * g
    return w + mu * v - lr * g, v


def rmsprop_step(w, g, v, lr, rho=0.9, epsilon=1e-7, b=0.0, mu=0.0):
    """A step divided by the root of the running mean square of the gradient; ε is inside it.

    Maths:
        v ← ρ v + (1 - ρ) g²
        b ← μ b + lr g / √(v + ε)
        w ← w - b

    Shapes:
        w, g, v, b of one shape -> w, v, b of the same shape; v and b start at 0

    Example:
        >>> w, v, b = rmsprop_step([1.0], [2.0], [0.0], lr=0.5, rho=0.75, epsilon=0.0)
        >>> w, v
        (array([0.]), array([1.]))

    Source: T. Tieleman, G. Hinton, Lecture 6.5: RMSprop, 2012.
    """
    w, g, v, b = _arrays(w, g, v, b)
    v = rho * v + (1 - rho) * g**2
    b = mu * b + lr * g / np.sqrt(v + epsilon)
    return w - b, v, b


def centered_rmsprop_step(w, g, v, mean, lr, rho=0.9, epsilon=1e-7, b=0.0, mu=0.0):
    """RMSprop with the running variance of the gradient in place of its mean square.

    Maths:
        v ← ρ v + (1 - ρ) g²,   ḡ ← ρ ḡ + (1 - ρ) g
        b ← μ b + lr g / √(v - ḡ² + ε)
        w ← w - b

    Shapes:
        w, g, v, mean, b of one shape -> w, v, mean, b of the same shape; v, mean and b start at 0

    Example:
        >>> w, v, mean, b = centered_rmsprop_step([1.0], [2.0], [0.0], [0.0], lr=0.5, rho=0.5)
        >>> w.round(6), v, mean
        (array([0.]), array([2.]), array([1.]))

    Source: A. Graves, Generating Sequences With Recurrent Neural Networks, 2013, equations 38 to
    41.
    """
    w, g, v, mean, b = _arrays(w, g, v, mean, b)
    v = rho * v + (1 - rho) * g**2
    mean = rho * mean + (1 - rho) * g
    b = mu * b + lr * g / np.sqrt(v - mean**2 + epsilon)
    return w - b, v, mean, b


def adam_step(w, g, m, v, t, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7, epsilon_form="keras"):
    """A step from running means of the gradient and of its square.

    Maths:
        m ← β₁ m + (1 - β₁) g,   v ← β₂ v + (1 - β₂) g²

        "paper":  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ),  w ← w - lr m̂ / (√v̂ + ε)
        "keras":  α = lr √(1 - β₂ᵗ) / (1 - β₁ᵗ),           w ← w - α m / (√v + ε)

    Shapes:
        w, g, m, v of one shape -> w, m, v of the same shape; m and v start at 0

    Args:
        t: the number of this step, from 1.

    Example:
        >>> w, m, v = adam_step([1.0], [-3.0], [0.0], [0.0], t=1, lr=0.5, epsilon=0.0)
        >>> w.round(6)
        array([1.5])

    Source: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, 2015: Algorithm 1, and
    the remark at the end of section 2.
    """
    w, g, m, v = _arrays(w, g, m, v)
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g**2
    if epsilon_form == "paper":
        m_hat = m / (1 - beta_1**t)
        v_hat = v / (1 - beta_2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + epsilon), m, v
    alpha = lr * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - alpha * m / (np.sqrt(v) + epsilon), m, v


def amsgrad_step(w, g, m, v, v_max, t, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Adam, in the form "keras", with the largest mean square so far in place of the last one.

    Maths:
        m ← β₁ m + (1 - β₁) g,   v ← β₂ v + (1 - β₂) g²,   v_max ← max(v_max, v)
        α = lr √(1 - β₂ᵗ) / (1 - β₁ᵗ),   w ← w - α m / (√v_max + ε)

    Shapes:
        w, g, m, v, v_max of one shape -> w, m, v, v_max of the same shape; the last three start at
        0

    Example:
        >>> w, m, v, v_max = amsgrad_step([0.0], [0.0], [1.0], [1.0], [4.0], 1, 1.0, 0.5, 0.0, 0.0)
        >>> w, v_max  # α = 2, m = 1/2, √v_max = 2
        (array([-0.5]), array([4.]))

    Source: S. J. Reddi, S. Kale, S. Kumar, On the Convergence of Adam and Beyond, 2018.
    """
    w, g, m, v, v_max = _arrays(w, g, m, v, v_max)
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g**2
    v_max = np.maximum(v_max, v)
    alpha = lr * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - alpha * m / (np.sqrt(v_max) + epsilon), m, v, v_max


def adamw_step(w, g, m, v, t, lr, weight_decay, **adam):
    """Adam with a weight decay that does not enter its running means.

    Maths:
        w ← w - lr λ w,   then as `adam_step`

    Shapes:
        w, g, m, v of one shape -> w, m, v of the same shape; m and v start at 0

    Example:
        >>> adamw_step([2.0], [0.0], [0.0], [0.0], t=1, lr=0.5, weight_decay=0.1)[0]
        array([1.9])

    Source: I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, 2019, with λ scaled by
    lr.
    """
    (w,) = _arrays(w)
    return adam_step(w - lr * weight_decay * w, g, m, v, t, lr, **adam)


def clip_by_global_norm(gradients, max_norm):
    """All gradients, scaled down together if their joint norm is too large.

    Maths:
        n = √(Σ g²) over all entries of all gradients,   g ← g · min(1, c / n)

    Shapes:
        a list of gradients -> a list of the same shapes, n

    Example:
        >>> clip_by_global_norm([[3.0], [4.0]], 10.0)
        ([array([3.]), array([4.])], 5.0)

    Source: R. Pascanu, T. Mikolov, Y. Bengio, On the Difficulty of Training Recurrent Neural
    Networks, 2013.
    """
    gradients = _arrays(*gradients)
    norm = math.sqrt(sum(float(np.sum(g**2)) for g in gradients))
    if norm <= max_norm:
        return gradients, norm
    return [g * (max_norm / norm) for g in gradients], norm


def step_decay(t, initial, steps, rate):
    """A learning rate that falls in steps.

    Maths:
        lr(t) = lr₀ γ^⌊t / s⌋

    Example:
        >>> [step_decay(t, 8.0, 10, 0.5) for t in (0, 9, 10, 20)]
        [8.0, 8.0, 4.0, 2.0]

    Source: K. He, X. Zhang, S. Ren, J. Sun, Deep Residual Learning for Image Recognition, 2016.
    """
    return initial * rate ** (t // steps)


def exponential_decay(t, initial, steps, rate):
    """A learning rate that falls by the same factor at every step.

    Maths:
        lr(t) = lr₀ γ^(t / s)

    Example:
        >>> [exponential_decay(t, 8.0, 10, 0.25) for t in (0, 5, 10)]
        [8.0, 4.0, 2.0]

    Source: A. Senior, G. Heigold, M. Ranzato, K. Yang, An Empirical Study of Learning Rates in Deep
    Neural Networks for Speech Recognition, 2013.
    """
    return initial * rate ** (t / steps)


def cosine_decay(t, initial, steps, alpha=0.0):
    """A learning rate that follows half a period of a cosine, then stays constant.

    Maths:
        lr(t) = lr₀ (α + (1 - α) ½ (1 + cos(π min(t, T) / T)))

    Example:
        >>> [round(cosine_decay(t, 8.0, 100), 6) for t in (0, 50, 100, 200)]
        [8.0, 4.0, 0.0, 0.0]

    Source: I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017.
    """
    cosine = (1 + math.cos(math.pi * min(t, steps) / steps)) / 2
    return initial * (alpha + (1 - alpha) * cosine)


def warm_up(t, after, steps):
    """A linear rise of the learning rate before another schedule.

    Maths:
        lr(t) = (t + 1) / n · after(0)     if t + 1 < n
        lr(t) = after(t + 1 - n)           otherwise

    Args:
        after: a function from the step, counted from 0, to a learning rate.

    Example:
        >>> [warm_up(t, lambda t: 8.0 - t, 4) for t in range(6)]
        [2.0, 4.0, 6.0, 8.0, 7.0, 6.0]

    Source: P. Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017.
    """
    if t + 1 < steps:
        return (t + 1) / steps * after(0)
    return after(t + 1 - steps)


def _arrays(*values):
    return [np.asarray(value, np.float64) for value in values]
