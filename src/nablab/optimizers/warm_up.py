"""WarmUp: a linear rise of the learning rate at the start."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A linear rise before another schedule or a constant rate.

    At the start the gradients are large and point anywhere, and the running means of an optimizer
    rest on a few steps. The full rate would throw the weights far away.

    Maths:
        lr(t) = min((t + 1) / n, 1) · after(max(t + 1 - n, 0))      (t is the step, from 0)

        The step t = n - 1 is the first with the full rate, after(0). From there, `after` runs as it
        would from its start. The first step has 1/n of the rate, not 0, so that it has an effect.

    Args:
        learning_rate: after, a schedule or a positive number.
        warm_up_steps: n, the number of steps of the rise.

    Raises:
        ValueError: `learning_rate` is neither a schedule nor a positive number, or `warm_up_steps`
            is not a positive integer.

    Example:
        >>> schedule = WarmUp(0.8, warm_up_steps=4)
        >>> [round(float(schedule(t)), 3) for t in range(6)]
        [0.2, 0.4, 0.6, 0.8, 0.8, 0.8]

    Source: P. Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017.
    """

    def __init__(self, learning_rate, warm_up_steps):
        if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            learning_rate = arguments.positive("WarmUp", learning_rate=learning_rate)
        self.learning_rate = learning_rate
        self.warm_up_steps = arguments.positive_int("WarmUp", warm_up_steps=warm_up_steps)

    def __call__(self, step):
        fraction = ops.cast(step + 1, keras.config.floatx()) / self.warm_up_steps
        after = self.learning_rate
        if callable(after):
            after = after(ops.maximum(step + 1 - self.warm_up_steps, 0))
        return after * ops.minimum(fraction, 1)

    def get_config(self):
        after = self.learning_rate
        if callable(after):
            after = keras.optimizers.schedules.serialize(after)
        return {"learning_rate": after, "warm_up_steps": self.warm_up_steps}

    @classmethod
    def from_config(cls, config):
        after = config["learning_rate"]
        if isinstance(after, dict):
            after = keras.optimizers.schedules.deserialize(after)
        return cls(after, config["warm_up_steps"])
