"""CosineDecay: the learning rate falls slowly, then fast, then slowly again."""

from __future__ import annotations

import math

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class CosineDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that follows half a period of a cosine, then stays constant.

    Maths:
        lr(t) = lr₀ (α + (1 - α) ½ (1 + cos(π min(t, T) / T)))      (t is the step, from 0)

    Args:
        initial_learning_rate: lr₀, a positive number.
        decay_steps: T, the number of steps until the minimum.
        alpha: α, at least 0 and below 1: the fraction of lr₀ that remains after T steps.

    Raises:
        ValueError: `initial_learning_rate` is not positive, `decay_steps` is not a positive
            integer, or `alpha` is not in [0, 1).

    Example:
        >>> schedule = CosineDecay(0.8, decay_steps=100, alpha=0.25)
        >>> [round(float(schedule(t)), 3) for t in (0, 50, 100, 1000)]
        [0.8, 0.5, 0.2, 0.2]

    Source: I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017;
    here without the restarts.
    """

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0):
        arguments.positive("CosineDecay", initial_learning_rate=initial_learning_rate)
        arguments.positive_int("CosineDecay", decay_steps=decay_steps)
        arguments.fraction("CosineDecay", alpha=alpha)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha

    def __call__(self, step):
        t = ops.cast(ops.minimum(step, self.decay_steps), keras.config.floatx())
        cosine = 0.5 * (1 + ops.cos(math.pi * t / self.decay_steps))
        return self.initial_learning_rate * (self.alpha + (1 - self.alpha) * cosine)

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
        }
