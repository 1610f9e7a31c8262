"""The same for every backend of Keras: gradients, compiled functions, numbers of a tensor."""

import keras
import numpy as np
from keras import ops

BACKEND = keras.backend.backend()
if BACKEND == "jax":
    import jax

    jax.config.update("jax_enable_x64", True)  # or float64 is float32


def has_gpu():
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    if BACKEND == "jax":
        import jax

        return any(device.platform == "gpu" for device in jax.devices())
    import torch

    return torch.cuda.is_available()


def numbers(value):
    """A tensor, a variable or a list of them as NumPy arrays."""
    if isinstance(value, (list, tuple)):
        return [numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    return ops.convert_to_numpy(value)


def gradients(function, variables, inputs):
    """d function(*inputs) / d variables and / d inputs, of a scalar function, as arrays."""
    inputs = [ops.convert_to_tensor(x) for x in inputs]
    if BACKEND == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = function(*inputs)
        sources = [*(v.value for v in variables), *inputs]
        got = tape.gradient(value, sources, unconnected_gradients="zero")
        got = [tf.convert_to_tensor(g) for g in got]  # an embedding's are sparse
    elif BACKEND == "jax":
        import jax

        def stateless(values, xs):
            with keras.StatelessScope(state_mapping=zip(variables, values, strict=True)):
                return function(*xs)

        first, second = jax.grad(stateless, argnums=(0, 1))([v.value for v in variables], inputs)
        got = [*first, *second]
    else:
        leaves = [x.detach().clone().requires_grad_() for x in inputs]
        for variable in variables:
            variable.value.grad = None
        value = function(*leaves)
        if value.requires_grad:  # else it depends on none of them
            value.backward()
        got = [v.value.grad for v in variables] + [x.grad for x in leaves]
        shapes = [*(v.value for v in variables), *inputs]
        got = [ops.zeros_like(s) if g is None else g for g, s in zip(got, shapes, strict=True)]
    return [np.asarray(numbers(g), np.float64) for g in got]


def compiled(layer):
    """A function of arrays that calls a layer as `predict` does: traced and compiled."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.function(lambda *xs, **more: layer(*xs, **more))
    if BACKEND == "jax":
        import jax

        trainable = [v.value for v in layer.trainable_variables]
        rest = [v.value for v in layer.non_trainable_variables]

        def call(*xs, **more):
            return jax.jit(lambda *ys: layer.stateless_call(trainable, rest, *ys, **more)[0])(*xs)

        return call
    return layer  # PyTorch runs as it is called
