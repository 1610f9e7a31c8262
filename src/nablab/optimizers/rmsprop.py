"""RMSprop: divides the step of each weight by the recent size of its gradients."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.optimizers._gradient import dense


@keras.saving.register_keras_serializable(package="nablab")
class RMSprop(keras.optimizers.Optimizer):
    """Gradient descent with a step size for every weight, from a running mean square.

    Maths:
        v ← ρ v + (1 - ρ) g²
        w ← w - lr g / √(v + ε)                       (momentum 0)
        b ← μ b + lr g / √(v + ε),   w ← w - b        (momentum μ)

        v and b start at 0. ε is inside the root, as in Keras; other texts write √v + ε. With ε
        inside, the step for a vanishing gradient is at most lr g / √ε, so 1e-7 inside corresponds
        to 3e-4 outside.

    Args:
        learning_rate: lr, a number or a schedule.
        rho: ρ, at least 0 and below 1: the weight of the old mean square.
        momentum: μ, at least 0 and below 1.
        epsilon: ε, at least 0; it prevents a division by 0.
        **kwargs: the arguments of keras.optimizers.Optimizer: clipnorm, weight_decay, use_ema, ...

    Raises:
        ValueError: `learning_rate` or `epsilon` is negative, or `rho` or `momentum` is not in [0,
            1).

    Example:
        >>> w = keras.Variable([1.0, -2.0], dtype="float32")
        >>> RMSprop(learning_rate=0.5, rho=0.75).apply([np.array([1.0, -100.0])], [w])
        >>> w.numpy().round(3)
        array([ 0., -1.], dtype=float32)

    Source: T. Tieleman, G. Hinton, Lecture 6.5: RMSprop, Neural Networks for Machine Learning,
    2012.
    """

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, **kwargs):
        learning_rate = arguments.learning_rate("RMSprop", learning_rate=learning_rate)
        super().__init__(learning_rate=learning_rate, **kwargs)
        arguments.fraction("RMSprop", rho=rho, momentum=momentum)
        arguments.at_least("RMSprop", 0, epsilon=epsilon)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.mean_squares = self.add_optimizer_variables(variables, "mean_square")
        if self.momentum:
            self.velocities = self.add_optimizer_variables(variables, "velocity")

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        lr = ops.cast(learning_rate, variable.dtype)
        g = dense(gradient, variable)
        v = self.mean_squares[index] * self.rho + (1 - self.rho) * ops.square(g)
        self.assign(self.mean_squares[index], v)
        step = lr * g / ops.sqrt(v + self.epsilon)
        if self.momentum:
            step = self.velocities[index] * self.momentum + step
            self.assign(self.velocities[index], step)
        self.assign_sub(variable, step)

    def get_config(self):
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }
