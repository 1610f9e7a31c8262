"""ExponentialDecay: the learning rate falls by the same factor at every step."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class ExponentialDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls by the same factor over equal numbers of steps.

    Near a minimum, large steps jump over it. A rate that falls a little at every step shrinks them
    without a sudden change.

    Maths:
        lr(t) = lr₀ γ^(t / s)      (t is the step, from 0)
        staircase:  lr(t) = lr₀ γ^⌊t / s⌋, as StepDecay

    Args:
        initial_learning_rate: lr₀, a positive number.
        decay_steps: s, the number of steps in which the rate falls by the factor γ.
        decay_rate: γ, a positive number.
        staircase: whether the rate falls in steps.
        name: a name for the schedule.

    Raises:
        ValueError: `initial_learning_rate` or `decay_rate` is not positive, `decay_steps` is not a
            positive integer, or `staircase` is neither True nor False.

    Example:
        >>> schedule = ExponentialDecay(0.8, decay_steps=10, decay_rate=0.25)
        >>> [round(float(schedule(t)), 3) for t in (0, 5, 10, 20)]
        [0.8, 0.4, 0.2, 0.05]

    Source: A. Senior, G. Heigold, M. Ranzato, K. Yang, An Empirical Study of Learning Rates in Deep
    Neural Networks for Speech Recognition, 2013.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        self.initial_learning_rate, self.decay_rate = arguments.positive(
            "ExponentialDecay", initial_learning_rate=initial_learning_rate, decay_rate=decay_rate
        )
        self.decay_steps = arguments.positive_int("ExponentialDecay", decay_steps=decay_steps)
        self.staircase = arguments.true_or_false("ExponentialDecay", staircase=staircase)
        self.name = name

    def __call__(self, step):
        if self.staircase:
            decays = ops.cast(ops.floor_divide(step, self.decay_steps), keras.config.floatx())
        else:
            decays = ops.cast(step, keras.config.floatx()) / self.decay_steps
        return self.initial_learning_rate * ops.power(self.decay_rate, decays)

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }
