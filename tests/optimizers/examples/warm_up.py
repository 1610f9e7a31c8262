"""What WarmUp is held to."""

from tests.optimizers.example import Example

from nablab import reference
from nablab.optimizers.cosine_decay import CosineDecay

EXAMPLES = {
    "to a constant rate": Example(
        {"learning_rate": 0.2, "warm_up_steps": 5},
        lambda t: reference.optimizer.warm_up(t, lambda t: 0.2, 5),
        wrong=(("learning_rate", 0), ("learning_rate", None), ("warm_up_steps", 0)),
    ),
    "in front of a cosine": Example(
        {"learning_rate": CosineDecay(0.2, 8), "warm_up_steps": 4},
        lambda t: reference.optimizer.warm_up(
            t, lambda t: reference.optimizer.cosine_decay(t, 0.2, 8), 4
        ),
    ),
}
