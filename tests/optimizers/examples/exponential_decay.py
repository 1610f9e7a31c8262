"""What ExponentialDecay is held to."""

import keras
from tests.optimizers.example import Example

from nablab import reference

EXAMPLES = {
    "halved in 4 steps": Example(
        {"initial_learning_rate": 0.2, "decay_steps": 4, "decay_rate": 0.5},
        lambda t: reference.optimizer.exponential_decay(t, 0.2, 4, 0.5),
        keras=lambda: keras.optimizers.schedules.ExponentialDecay(0.2, 4, 0.5),
        wrong=(("initial_learning_rate", -1), ("decay_steps", 2.5), ("decay_rate", 0)),
    ),
    "in steps": Example(
        {"initial_learning_rate": 0.2, "decay_steps": 4, "decay_rate": 0.5, "staircase": True},
        lambda t: reference.optimizer.step_decay(t, 0.2, 4, 0.5),
        keras=lambda: keras.optimizers.schedules.ExponentialDecay(0.2, 4, 0.5, True),
        wrong=(("staircase", "yes"),),
    ),
}
