"""Adam: momentum with the step sizes of RMSprop, both corrected for starting at 0."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.optimizers._gradient import dense


@keras.saving.register_keras_serializable(package="nablab")
class Adam(keras.optimizers.Optimizer):
    """Gradient descent with running means of the gradient and of its square.

    The mean of the gradient averages out the noise of small batches. Dividing by the root of its
    mean square gives every weight a step of about the same size, so that one learning rate suits
    weights with large and with small gradients.

    Maths:
        m ← β₁ m + (1 - β₁) g,   m̂ = m / (1 - β₁ᵗ)
        v ← β₂ v + (1 - β₂) g²,  v̂ = v / (1 - β₂ᵗ)

        "paper":  w ← w - lr m̂ / (√v̂ + ε)
        "keras":  w ← w - α m / (√v + ε),  α = lr √(1 - β₂ᵗ) / (1 - β₁ᵗ)

        amsgrad:  v_max ← max(v_max, v), which replaces v in the last line of either form

        m and v start at 0; t is the number of this step, from 1. The second form saves two
        divisions of arrays. It equals the first with ε / √(1 - β₂ᵗ) instead of ε, which is 32 times
        ε at t = 1. With a tiny ε the difference is invisible; with a large one, the first steps of
        "keras" are smaller.

    Args:
        learning_rate: lr, a number or a schedule. It is about the size of the first steps, whatever
            the scale of the gradient.
        beta_1: β₁, at least 0 and below 1: the weight of the old mean.
        beta_2: β₂, likewise for the mean square.
        epsilon: ε, at least 0; it prevents a division by 0.
        amsgrad: whether a step is divided by the largest v so far, so that a weight whose gradients
            are rarely large does not take large steps between them.
        epsilon_form: "keras", or "paper" for Algorithm 1 of the paper (whose ε is 1e-8).
        **kwargs: the arguments of keras.optimizers.Optimizer: clipnorm, weight_decay, use_ema, ...

    Raises:
        ValueError: `learning_rate` or `epsilon` is negative, `beta_1` or `beta_2` is not in [0, 1),
            `amsgrad` is neither True nor False, or `epsilon_form` is neither "keras" nor "paper".

    Example:
        >>> w = keras.Variable([1.0, -2.0], dtype="float32")
        >>> Adam(learning_rate=0.5).apply([np.array([0.01, -100.0])], [w])
        >>> w.numpy().round(3)
        array([ 0.5, -1.5], dtype=float32)

    Source: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, 2015; the form "keras"
    is that of the remark at the end of its section 2. amsgrad: S. J. Reddi, S. Kale, S. Kumar, On
    the Convergence of Adam and Beyond, 2018.
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        *,
        epsilon_form="keras",
        **kwargs,
    ):
        name = type(self).__name__
        learning_rate = arguments.learning_rate(name, learning_rate=learning_rate)
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_1, self.beta_2 = arguments.fraction(name, beta_1=beta_1, beta_2=beta_2)
        self.epsilon = arguments.at_least(name, 0, epsilon=epsilon)
        self.amsgrad = arguments.true_or_false(name, amsgrad=amsgrad)
        forms = ("keras", "paper")
        self.epsilon_form = arguments.one_of(name, forms, epsilon_form=epsilon_form)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        # Both at once, so that they lie in a file in the order of Keras's Adam.
        names = ["mean", "mean_square"]
        self.means, self.mean_squares = self.add_optimizer_variables(variables, names)
        if self.amsgrad:
            self.largest = self.add_optimizer_variables(variables, "largest_mean_square")

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        m, v = self.means[index], self.mean_squares[index]
        g = dense(gradient, variable)
        # β m + (1 - β) g, written as an increment of m, works in place.
        self.assign_add(m, (1 - self.beta_1) * ops.subtract(g, m))
        self.assign_add(v, (1 - self.beta_2) * ops.subtract(ops.square(g), v))
        if self.amsgrad:
            v_max = self.largest[index]
            self.assign(v_max, ops.maximum(v_max, v))
            v = v_max

        # The corrections are scalars. In half precision 1 - β₂ᵗ would be far off.
        half = keras.backend.standardize_dtype(variable.dtype) in ("float16", "bfloat16")
        dtype = "float32" if half else variable.dtype
        t = ops.cast(self.iterations + 1, dtype)
        correction_1 = 1 - ops.power(ops.convert_to_tensor(self.beta_1, dtype), t)
        root_2 = ops.sqrt(1 - ops.power(ops.convert_to_tensor(self.beta_2, dtype), t))
        alpha = ops.cast(ops.cast(learning_rate, dtype) * root_2 / correction_1, variable.dtype)
        epsilon = self.epsilon
        if self.epsilon_form == "paper":  # multiplied by √(1 - β₂ᵗ), as is alpha
            epsilon = ops.cast(epsilon * root_2, variable.dtype)
        self.assign_sub(variable, m * alpha / (ops.sqrt(v) + epsilon))

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
            "epsilon_form": self.epsilon_form,
        }
