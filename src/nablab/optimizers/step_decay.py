"""StepDecay: the learning rate falls in steps."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class StepDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that is multiplied by the same factor after every s steps.

    A large rate makes fast progress, then the loss stalls, because the steps jump over the minimum.
    A smaller rate from there on lowers it further, each time.

    Maths:
        lr(t) = lr₀ γ^⌊t / s⌋      (t is the step, from 0)

    Args:
        initial_learning_rate: lr₀, a positive number.
        decay_steps: s, the number of steps with the same rate.
        decay_rate: γ, a positive number.

    Raises:
        ValueError: `initial_learning_rate` or `decay_rate` is not positive, or `decay_steps` is not
            a positive integer.

    Example:
        >>> schedule = StepDecay(0.8, decay_steps=10, decay_rate=0.5)
        >>> [round(float(schedule(t)), 3) for t in (0, 9, 10, 25)]
        [0.8, 0.8, 0.4, 0.2]

    Source: K. He, X. Zhang, S. Ren, J. Sun, Deep Residual Learning for Image Recognition, 2016.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate=0.1):
        self.initial_learning_rate, self.decay_rate = arguments.positive(
            "StepDecay", initial_learning_rate=initial_learning_rate, decay_rate=decay_rate
        )
        self.decay_steps = arguments.positive_int("StepDecay", decay_steps=decay_steps)

    def __call__(self, step):
        decays = ops.cast(ops.floor_divide(step, self.decay_steps), keras.config.floatx())
        return self.initial_learning_rate * ops.power(self.decay_rate, decays)

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
        }
