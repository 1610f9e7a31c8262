"""Learning rates: the largest stable one, a schedule with a warm-up and a range test; and two
optimizers in a form that Keras does not have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from nablab.reference.optimizer import adam_step, cosine_decay


def stable_rate(H):
    """The largest learning rate at which gradient descent on a quadratic does not diverge.

    Maths:
        f(w) = ½ wᵀ H w;  w ← w - lr H w shrinks in every direction if lr < 2 / λ_max

    Shapes:
        H (d, d) -> a number

    Example:
        >>> float(stable_rate([[3.0, 1.0], [1.0, 3.0]]))
        0.5

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, Efficient BackProp, 1998.
    """
    return 2 / np.linalg.eigvalsh(np.asarray(H, np.float64))[-1]


def rmsprop_outside_step(w, g, v, lr, rho, epsilon):
    """RMSprop with ε outside the root, as in many books; Keras adds it inside.

    Maths:
        v ← ρ v + (1 - ρ) g²
        w ← w - lr g / (√v + ε)

    Shapes:
        w, g, v of one shape -> w, v of the same shape; v starts at 0

    Example:
        >>> rmsprop_outside_step([1.0], [2.0], [0.0], lr=1.0, rho=0.75, epsilon=1.0)
        (array([0.]), array([1.]))

    Source: T. Tieleman, G. Hinton, Lecture 6.5: RMSprop, 2012.
    """
    w, g, v = (np.asarray(value, np.float64) for value in (w, g, v))
    v = rho * v + (1 - rho) * g**2
    return w - lr * g / (np.sqrt(v) + epsilon), v


def adam_l2_step(w, g, m, v, t, lr, penalty, **adam):
    """Adam on a loss with an L2 penalty, whose gradient enters both running means.

    Maths:
        g ← g + λ w   (the gradient of ½ λ ‖w‖²),   then as `adam_step`

    Shapes:
        w, g, m, v of one shape -> w, m, v of the same shape; m and v start at 0

    Example:
        >>> adam_l2_step([2.0], [0.0], [0.0], [0.0], 1, 0.5, penalty=0.1, epsilon=0.0)[0].round(6)
        array([1.5])

    Source: I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, 2019, which compares it
    with AdamW.
    """
    w, g = np.asarray(w, np.float64), np.asarray(g, np.float64)
    return adam_step(w, g + penalty * w, m, v, t, lr, **adam)


def warm_up_from_zero(t, top, warmup, total):
    """A linear rise from 0, then half a period of a cosine, down to 0 at step `total`.

    Maths:
        lr(t) = lr₀ t / n                                        if t < n
        lr(t) = lr₀ ½ (1 + cos(π min(t - n, T - n) / (T - n)))   otherwise

    Example:
        >>> [round(warm_up_from_zero(t, 8.0, 10, 110), 6) for t in (0, 5, 10, 60, 110)]
        [0.0, 4.0, 8.0, 4.0, 0.0]

    Source: P. Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017, with
    the cosine of I. Loshchilov, F. Hutter, SGDR, 2017.
    """
    if t < warmup:
        return top * t / warmup
    return cosine_decay(t - warmup, top, total - warmup)


def range_test(
    function: Callable, w, rates: Sequence[float], stop: float = 4.0
) -> tuple[np.ndarray, np.ndarray]:
    """One step of gradient descent at each of many increasing rates, with the loss before it.

    Maths:
        Lᵢ = f(w),   w ← w - lrᵢ ∇f(w);   ends before the first Lᵢ that is not finite or > stop · L₀

    Args:
        function: takes w and returns a value and a gradient.

    Example:
        >>> rates, losses = range_test(lambda w: (w**2 / 2, w), 1.0, [0.5, 1.0, 4.0, 8.0])
        >>> [float(loss) for loss in losses]
        [0.5, 0.125, 0.0, 0.0]

    Source: L. N. Smith, Cyclical Learning Rates for Training Neural Networks, 2017.
    """
    w = np.asarray(w, np.float64)
    losses: list[float] = []
    for rate in rates:
        with np.errstate(over="ignore", invalid="ignore"):
            value, gradient = function(w)
        if not math.isfinite(value) or (losses and value > stop * losses[0]):
            break
        losses.append(float(value))
        w = w - rate * np.asarray(gradient, np.float64)
    return np.asarray(rates[: len(losses)], np.float64), np.array(losses)
