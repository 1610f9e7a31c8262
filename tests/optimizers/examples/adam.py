"""What Adam is held to."""

import keras
from tests.optimizers.example import Example

from nablab import reference

EXAMPLES = {
    "as Keras": Example(
        {},
        lambda w, g, t, lr, m, v: reference.optimizer.adam_step(w, g, m, v, t, lr),
        states=2,
        keras=lambda lr: keras.optimizers.Adam(lr),
        wrong=(
            ("learning_rate", -1.0),
            ("beta_1", 1.0),
            ("beta_2", -0.5),
            ("epsilon", -1),
            ("amsgrad", "yes"),
            ("epsilon_form", "torch"),
        ),
    ),
    "as Keras, with a large epsilon": Example(
        {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.5},
        lambda w, g, t, lr, m, v: reference.optimizer.adam_step(w, g, m, v, t, lr, 0.8, 0.95, 0.5),
        states=2,
        keras=lambda lr: keras.optimizers.Adam(lr, 0.8, 0.95, 0.5),
    ),
    "by the largest mean square": Example(
        {"amsgrad": True, "beta_2": 0.75},
        lambda w, g, t, lr, *s: reference.optimizer.amsgrad_step(w, g, *s, t, lr, beta_2=0.75),
        states=3,
        keras=lambda lr: keras.optimizers.Adam(lr, beta_2=0.75, amsgrad=True),
    ),
    "as the paper, with a large epsilon": Example(
        {"beta_2": 0.99, "epsilon": 0.5, "epsilon_form": "paper"},
        lambda w, g, t, lr, m, v: reference.optimizer.adam_step(
            w, g, m, v, t, lr, beta_2=0.99, epsilon=0.5, epsilon_form="paper"
        ),
        states=2,
    ),
}
