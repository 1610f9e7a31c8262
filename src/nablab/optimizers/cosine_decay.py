"""CosineDecay: the learning rate falls slowly, then fast, then slowly again."""

from __future__ import annotations

import math

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class CosineDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that follows half a period of a cosine, then stays constant.

    Most of the run is spent at a large rate, where progress is fast, and its end at small ones,
    which settle in a minimum. There is no moment to choose for the fall.

    Maths:
        lr(t) = lr₀ (α + (1 - α) ½ (1 + cos(π min(t, T) / T)))      (t is the step, from 0)

        With a warm-up of n steps to lr₁:
        lr(t) = lr₀ + (lr₁ - lr₀) t / n     if t < n
        lr(t) = the cosine from lr₁, at t - n     otherwise

        `WarmUp` puts a rise before any schedule. Its first step has 1/n of the rate, not lr₀.

    Args:
        initial_learning_rate: lr₀, a positive number; with a warm-up also 0.
        decay_steps: T, the number of steps until the minimum, without those of the warm-up.
        alpha: α, at least 0 and below 1: the fraction of the full rate that remains after T steps.
        warmup_target: lr₁, or None for no warm-up.
        warmup_steps: n, the number of steps of the warm-up.
        name: a name for the schedule.

    Raises:
        ValueError: `initial_learning_rate` is not positive, `decay_steps` is not a positive
            integer, `alpha` is not in [0, 1), `warmup_target` is not positive, or `warmup_steps` is
            not a positive integer although there is a target.

    Example:
        >>> schedule = CosineDecay(0.8, decay_steps=100, alpha=0.25)
        >>> [round(float(schedule(t)), 3) for t in (0, 50, 100, 1000)]
        [0.8, 0.5, 0.2, 0.2]

    Source: I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017;
    here without the restarts.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        owner, initial = "CosineDecay", {"initial_learning_rate": initial_learning_rate}
        if warmup_target is None:
            self.initial_learning_rate = arguments.positive(owner, **initial)
        else:
            self.initial_learning_rate = arguments.at_least(owner, 0, **initial)
            warmup_target = arguments.positive(owner, warmup_target=warmup_target)
            warmup_steps = arguments.positive_int(owner, warmup_steps=warmup_steps)
        self.decay_steps = arguments.positive_int(owner, decay_steps=decay_steps)
        self.alpha = arguments.fraction(owner, alpha=alpha)
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        self.name = name

    def __call__(self, step):
        t = ops.cast(step, keras.config.floatx())
        if self.warmup_target is None:
            return self._cosine(self.initial_learning_rate, t)
        start, full, n = self.initial_learning_rate, self.warmup_target, self.warmup_steps
        rise = start + (full - start) * t / n
        return ops.where(t < n, rise, self._cosine(full, ops.maximum(t - n, 0)))

    def _cosine(self, full, t):
        cosine = 0.5 * (1 + ops.cos(math.pi * ops.minimum(t, self.decay_steps) / self.decay_steps))
        return full * (self.alpha + (1 - self.alpha) * cosine)

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }
