"""ExponentialDecay: the learning rate falls by the same factor at every step."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class ExponentialDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls smoothly, by the same factor over equal numbers of steps.

    Maths:
        lr(t) = lr₀ γ^(t / s)      (t is the step, from 0)

    Args:
        initial_learning_rate: lr₀, a positive number.
        decay_steps: s, the number of steps in which the rate falls by the factor γ.
        decay_rate: γ, a positive number.

    Raises:
        ValueError: `initial_learning_rate` or `decay_rate` is not positive, or `decay_steps` is not
            a positive integer.

    Example:
        >>> schedule = ExponentialDecay(0.8, decay_steps=10, decay_rate=0.25)
        >>> [round(float(schedule(t)), 3) for t in (0, 5, 10, 20)]
        [0.8, 0.4, 0.2, 0.05]

    Source: A. Senior, G. Heigold, M. Ranzato, K. Yang, An Empirical Study of Learning Rates in Deep
    Neural Networks for Speech Recognition, 2013.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate):
        arguments.positive(
            "ExponentialDecay", initial_learning_rate=initial_learning_rate, decay_rate=decay_rate
        )
        arguments.positive_int("ExponentialDecay", decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate

    def __call__(self, step):
        t = ops.cast(step, keras.config.floatx())
        return self.initial_learning_rate * ops.power(self.decay_rate, t / self.decay_steps)

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
        }
