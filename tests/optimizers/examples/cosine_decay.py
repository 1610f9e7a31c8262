"""What CosineDecay is held to."""

import keras
from tests.optimizers.example import Example

from nablab import reference


def warmed_up(t):
    """From 0.05 to 0.2 in 5 steps, then along the cosine."""
    return 0.05 + 0.03 * t if t < 5 else reference.optimizer.cosine_decay(t - 5, 0.2, 12, 0.1)


EXAMPLES = {
    "to a tenth in 12 steps": Example(
        {"initial_learning_rate": 0.2, "decay_steps": 12, "alpha": 0.1},
        lambda t: reference.optimizer.cosine_decay(t, 0.2, 12, 0.1),
        keras=lambda: keras.optimizers.schedules.CosineDecay(0.2, 12, 0.1),
        wrong=(("initial_learning_rate", "0.1"), ("decay_steps", -1), ("alpha", 1.0)),
    ),
    "after a rise": Example(
        {
            "initial_learning_rate": 0.05,
            "decay_steps": 12,
            "alpha": 0.1,
            "warmup_target": 0.2,
            "warmup_steps": 5,
        },
        warmed_up,
        keras=lambda: keras.optimizers.schedules.CosineDecay(
            0.05, 12, 0.1, warmup_target=0.2, warmup_steps=5
        ),
        wrong=(("warmup_target", 0), ("warmup_steps", 0), ("initial_learning_rate", -0.1)),
    ),
}
