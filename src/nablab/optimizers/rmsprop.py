"""RMSprop: divides the step of each weight by the recent size of its gradients."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.optimizers._gradient import dense


@keras.saving.register_keras_serializable(package="nablab")
class RMSprop(keras.optimizers.Optimizer):
    """Gradient descent with a step size for every weight, from a running mean square.

    Gradients differ by orders of magnitude from layer to layer and from weight to weight. Divided
    by their recent size, all weights move, and none of them jumps.

    Maths:
        v ← ρ v + (1 - ρ) g²
        w ← w - lr g / √(v + ε)                       (momentum 0)
        b ← μ b + lr g / √(v + ε),   w ← w - b        (momentum μ)

        centered:  ḡ ← ρ ḡ + (1 - ρ) g, and v - ḡ², the running variance, replaces v in the step

        v, b and ḡ start at 0. ε is inside the root, as in Keras; other texts write √v + ε. With ε
        inside, the step for a vanishing gradient is at most lr g / √ε, so 1e-7 inside corresponds
        to 3e-4 outside.

    Args:
        learning_rate: lr, a number or a schedule.
        rho: ρ, at least 0 and below 1: the weight of the old mean square.
        momentum: μ, at least 0 and below 1.
        epsilon: ε, at least 0; it prevents a division by 0.
        centered: whether to divide by the running deviation of the gradient, which is smaller where
            the gradient keeps its direction.
        **kwargs: the arguments of keras.optimizers.Optimizer: clipnorm, weight_decay, use_ema, ...

    Raises:
        ValueError: `learning_rate` or `epsilon` is negative, `rho` or `momentum` is not in [0, 1),
            or `centered` is neither True nor False.

    Example:
        >>> w = keras.Variable([1.0, -2.0], dtype="float32")
        >>> RMSprop(learning_rate=0.5, rho=0.75).apply([np.array([1.0, -100.0])], [w])
        >>> w.numpy().round(3)
        array([ 0., -1.], dtype=float32)

    Source: T. Tieleman, G. Hinton, Lecture 6.5: RMSprop, Neural Networks for Machine Learning,
    2012; centered: A. Graves, Generating Sequences With Recurrent Neural Networks, 2013.
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        **kwargs,
    ):
        learning_rate = arguments.learning_rate("RMSprop", learning_rate=learning_rate)
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.rho, self.momentum = arguments.fraction("RMSprop", rho=rho, momentum=momentum)
        self.epsilon = arguments.at_least("RMSprop", 0, epsilon=epsilon)
        self.centered = arguments.true_or_false("RMSprop", centered=centered)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.mean_squares = self.add_optimizer_variables(variables, "mean_square")
        if self.momentum:
            self.velocities = self.add_optimizer_variables(variables, "velocity")
        if self.centered:
            self.means = self.add_optimizer_variables(variables, "mean")

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        lr = ops.cast(learning_rate, variable.dtype)
        g = dense(gradient, variable)
        v = self.mean_squares[index] * self.rho + (1 - self.rho) * ops.square(g)
        self.assign(self.mean_squares[index], v)
        if self.centered:
            mean = self.means[index] * self.rho + (1 - self.rho) * g
            self.assign(self.means[index], mean)
            v = v - ops.square(mean)
        # Of an embedding's sparse gradient, only the rows that were looked up move.
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.divide(ops.multiply(gradient, lr), ops.sqrt(v + self.epsilon))
        if self.momentum:
            step = ops.add(self.velocities[index] * self.momentum, step)
            self.assign(self.velocities[index], step)
        self.assign_sub(variable, step)

    def get_config(self):
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
