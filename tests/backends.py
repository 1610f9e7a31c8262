"""The same for every backend of Keras: gradients, compiled functions, numbers of a tensor."""

import keras
import numpy as np
from keras import ops

from nablab.autodiff import value_and_gradients

BACKEND = keras.backend.backend()
if BACKEND == "jax":
    import jax

    jax.config.update("jax_enable_x64", True)  # or float64 is float32


def has_gpu():
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    if BACKEND == "jax":
        return any(device.platform == "gpu" for device in jax.devices())
    import torch

    return torch.cuda.is_available()


def whole_float32():
    """Keep a GPU from multiplying float32 with ten bits of mantissa, as it may by default."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(False)
    elif BACKEND == "jax":
        jax.config.update("jax_default_matmul_precision", "highest")
    else:
        import torch

        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False


def numbers(value):
    """A tensor, a variable or a list of them as NumPy arrays."""
    if isinstance(value, (list, tuple)):
        return [numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    return ops.convert_to_numpy(value)


class Scalar:
    """A scalar function of arrays, and of variables that it reads: its value and its gradients.

    On JAX each of the two is compiled once, at its first call; run one by one, a layer's operations
    would be compiled again and again.
    """

    def __init__(self, function, variables):
        self.function, self.variables = function, variables
        if BACKEND == "jax":
            self._value = jax.jit(self._stateless)
            self._gradients = jax.jit(jax.grad(self._stateless, argnums=(0, 1)))

    def __call__(self, *inputs):
        if BACKEND == "jax":
            return float(self._value(self._values(), [*inputs]))
        return float(numbers(self.function(*inputs)))

    def gradients(self, *inputs):
        """By the variables, then by the inputs, as arrays."""
        if BACKEND == "jax":
            by_variables, by_inputs = self._gradients(
                self._values(), [*map(jax.numpy.asarray, inputs)]
            )
            got = [*by_variables, *by_inputs]
        else:
            leaves = [keras.Variable(x, dtype=str(np.asarray(x).dtype)) for x in inputs]
            _, got = value_and_gradients(
                lambda: self.function(*map(ops.convert_to_tensor, leaves)),
                [*self.variables, *leaves],
            )
        return [np.asarray(numbers(g), np.float64) for g in got]

    def _values(self):
        return [v.value for v in self.variables]

    def _stateless(self, values, inputs):
        with keras.StatelessScope(state_mapping=zip(self.variables, values, strict=True)):
            return self.function(*inputs)


def gradients(function, variables, inputs):
    """d function(*inputs) / d variables and / d inputs, of a scalar function, as arrays."""
    return Scalar(function, variables).gradients(*inputs)


def compiled(layer):
    """A function of arrays that calls a layer as `predict` does: traced and compiled."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.function(lambda *xs, **more: layer(*xs, **more))
    if BACKEND == "jax":
        trainable = [v.value for v in layer.trainable_variables]
        rest = [v.value for v in layer.non_trainable_variables]

        def call(*xs, **more):
            return jax.jit(lambda *ys: layer.stateless_call(trainable, rest, *ys, **more)[0])(*xs)

        return call
    return layer  # PyTorch runs as it is called
