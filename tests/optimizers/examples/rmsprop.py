"""What RMSprop is held to."""

import keras
from tests.optimizers.example import Example

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {},
        lambda w, g, t, lr, v: reference.optimizer.rmsprop_step(w, g, v, lr)[:2],
        states=1,
        keras=lambda lr: keras.optimizers.RMSprop(lr),
        wrong=(("learning_rate", -1), ("rho", 1.0), ("momentum", 1.5), ("epsilon", -1e-7)),
    ),
    "centered": Example(
        {"rho": 0.75, "centered": True, "epsilon": 0.01},
        lambda w, g, t, lr, v, mean: reference.optimizer.centered_rmsprop_step(
            w, g, v, mean, lr, 0.75, 0.01
        )[:3],
        states=2,
        keras=lambda lr: keras.optimizers.RMSprop(lr, 0.75, epsilon=0.01, centered=True),
        wrong=(("centered", "yes"),),
    ),
    "centered, with momentum": Example(
        {"rho": 0.75, "momentum": 0.5, "epsilon": 0.1, "centered": True},
        lambda w, g, t, lr, v, mean, b: reference.optimizer.centered_rmsprop_step(
            w, g, v, mean, lr, 0.75, 0.1, b, 0.5
        ),
        states=3,
        keras=lambda lr: keras.optimizers.RMSprop(lr, 0.75, 0.5, 0.1, True),
    ),
    "momentum and a large epsilon": Example(
        {"rho": 0.75, "momentum": 0.5, "epsilon": 0.1},
        lambda w, g, t, lr, v, b: reference.optimizer.rmsprop_step(w, g, v, lr, 0.75, 0.1, b, 0.5),
        states=2,
        keras=lambda lr: keras.optimizers.RMSprop(lr, 0.75, 0.5, 0.1),
    ),
}
