"""What SGD is held to."""

import keras
from tests.optimizers.example import Example

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {},
        lambda w, g, t, lr: (reference.optimizer.sgd_step(w, g, lr),),
        keras=lambda lr: keras.optimizers.SGD(lr),
        wrong=(("learning_rate", -0.1), ("learning_rate", "fast"), ("nesterov", "no")),
    ),
    "nesterov without momentum, which is plain": Example(
        {"nesterov": True},
        lambda w, g, t, lr: (reference.optimizer.sgd_step(w, g, lr),),
        keras=lambda lr: keras.optimizers.SGD(lr, nesterov=True),
    ),
    "momentum": Example(
        {"momentum": 0.9},
        lambda w, g, t, lr, v: reference.optimizer.momentum_step(w, g, v, lr, 0.9),
        states=1,
        keras=lambda lr: keras.optimizers.SGD(lr, momentum=0.9),
        wrong=(("momentum", 1.0), ("momentum", -0.1), ("nesterov", "yes")),
    ),
    "nesterov": Example(
        {"momentum": 0.8, "nesterov": True},
        lambda w, g, t, lr, v: reference.optimizer.nesterov_step(w, g, v, lr, 0.8),
        states=1,
        keras=lambda lr: keras.optimizers.SGD(lr, momentum=0.8, nesterov=True),
    ),
}
