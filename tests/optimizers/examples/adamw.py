"""What AdamW is held to."""

import keras
from tests.optimizers.example import Example

from nablab import reference

EXAMPLES = {
    "as Keras": Example(
        {"weight_decay": 0.25},
        lambda w, g, t, lr, m, v: reference.optimizer.adamw_step(w, g, m, v, t, lr, 0.25),
        states=2,
        keras=lambda lr: keras.optimizers.AdamW(lr, weight_decay=0.25),
        wrong=(("weight_decay", -0.1), ("weight_decay", None), ("beta_1", 2)),
    ),
    "by the largest mean square": Example(
        {"weight_decay": 0.25, "amsgrad": True, "beta_2": 0.75},
        lambda w, g, t, lr, *s: reference.optimizer.amsgrad_step(
            w - lr * 0.25 * w, g, *s, t, lr, beta_2=0.75
        ),
        states=3,
        keras=lambda lr: keras.optimizers.AdamW(lr, 0.25, beta_2=0.75, amsgrad=True),
    ),
    "as the paper, with a large epsilon": Example(
        {"weight_decay": 0.125, "epsilon": 0.5, "epsilon_form": "paper"},
        lambda w, g, t, lr, m, v: reference.optimizer.adamw_step(
            w, g, m, v, t, lr, 0.125, epsilon=0.5, epsilon_form="paper"
        ),
        states=2,
    ),
}
