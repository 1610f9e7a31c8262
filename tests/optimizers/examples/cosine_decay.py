"""What CosineDecay is held to."""

import keras
from tests.optimizers.example import Example

from nablab import reference

EXAMPLES = {
    "to a tenth in 12 steps": Example(
        {"initial_learning_rate": 0.2, "decay_steps": 12, "alpha": 0.1},
        lambda t: reference.optimizer.cosine_decay(t, 0.2, 12, 0.1),
        keras=lambda: keras.optimizers.schedules.CosineDecay(0.2, 12, 0.1),
        wrong=(("initial_learning_rate", "0.1"), ("decay_steps", -1), ("alpha", 1.0)),
    ),
}
