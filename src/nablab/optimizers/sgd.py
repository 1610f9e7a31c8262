"""SGD: a step against the gradient, with optional momentum."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.optimizers._gradient import dense


@keras.saving.register_keras_serializable(package="nablab")
class SGD(keras.optimizers.Optimizer):
    """Stochastic gradient descent: plain, with momentum, or with Nesterov momentum.

    A step against the gradient lowers the loss, and the gradient of a small batch is cheap. In a
    narrow valley it points from wall to wall; momentum averages that out and adds up the steps
    along the valley.

    Maths:
        w ← w - lr g                          (momentum 0)
        v ← μ v - lr g,   w ← w + v           (momentum μ)
        v ← μ v - lr g,   w ← w + μ v - lr g  (nesterov)

        The velocity v starts at 0. The learning rate is inside it, as in Keras: each gradient keeps
        the rate of its own step. Other texts write v ← μ v + g, w ← w - lr v, where the current
        rate scales the old gradients too. With a constant rate both forms agree. When a schedule
        lowers the rate, the velocity here still carries the earlier, larger steps and decays by μ
        per step, while the other form slows down at once.

    Args:
        learning_rate: lr, a number or a schedule.
        momentum: μ, at least 0 and below 1. In the long run, a constant gradient moves w by
            lr g / (1 - μ) per step.
        nesterov: whether the step looks ahead along the velocity; without momentum there is none.
        **kwargs: the arguments of keras.optimizers.Optimizer: clipnorm, weight_decay, use_ema, ...

    Raises:
        ValueError: `learning_rate` is negative, `momentum` is not in [0, 1), or `nesterov` is
            neither True nor False.

    Example:
        >>> w = keras.Variable([1.0, -2.0], dtype="float32")
        >>> SGD(learning_rate=0.5).apply([np.array([1.0, 4.0])], [w])
        >>> w.numpy()
        array([ 0.5, -4. ], dtype=float32)

    Source: H. Robbins, S. Monro, A Stochastic Approximation Method, 1951; B. T. Polyak, Some
    Methods of Speeding up the Convergence of Iteration Methods, 1964; I. Sutskever, J. Martens,
    G. Dahl, G. Hinton, On the Importance of Initialization and Momentum in Deep Learning, 2013.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **kwargs):
        learning_rate = arguments.learning_rate("SGD", learning_rate=learning_rate)
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = arguments.fraction("SGD", momentum=momentum)
        self.nesterov = arguments.true_or_false("SGD", nesterov=nesterov)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        if self.momentum:
            self.velocities = self.add_optimizer_variables(variables, "velocity")

    def update_step(self, gradient, variable, learning_rate):
        lr = ops.cast(learning_rate, variable.dtype)
        if not self.momentum:
            # ops.multiply keeps an embedding's gradient sparse.
            gradient = ops.cast(gradient, variable.dtype)
            self.assign_sub(variable, ops.multiply(gradient, lr))
            return
        velocity = self.velocities[self._get_variable_index(variable)]
        step = lr * dense(gradient, variable)
        v = velocity * self.momentum - step
        self.assign(velocity, v)
        self.assign_add(variable, self.momentum * v - step if self.nesterov else v)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
