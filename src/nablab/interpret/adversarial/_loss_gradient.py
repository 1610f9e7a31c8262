"""The loss of every image, and its gradient with respect to the pixels, on every backend.

The model runs in inference mode: no weight changes, and no moving mean of a batch normalization.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

Function = Callable[..., Any]
_compiled: weakref.WeakKeyDictionary[Any, dict[bool, Function]] = weakref.WeakKeyDictionary()


def losses(model: Any, x: Any, y: Any, from_logits: bool = True, training: bool = False) -> Any:
    """L(x_n, y_n) = -ln p(y_n | x_n), a tensor (N,)."""
    return keras.losses.sparse_categorical_crossentropy(
        y, model(x, training=training), from_logits=from_logits
    )


def gradient(function: Callable[[Any], Any], x: Any) -> Any:
    """∂(Σ_n f(x)_n)/∂x, a tensor of the shape of x. It also works inside a compiled function.

    As image n has no part in the loss of another image, this is the gradient of each image's own
    loss.
    """
    return _by_backend()(lambda x: ops.sum(function(x)), x)


def loss_gradient(model: Any, x: Any, y: Any, from_logits: bool = True) -> np.ndarray:
    """∂L(x_n, y_n)/∂x_n, an array of the shape of x. Compiled once for each model."""
    by_flag = _compiled.setdefault(model, {})
    if from_logits not in by_flag:
        by_flag[from_logits] = _compile(weakref.ref(model), from_logits)
    found: np.ndarray = by_flag[from_logits](model, tensor(x), ops.convert_to_tensor(y))
    return found


def tensor(x: Any) -> Any:
    return ops.convert_to_tensor(np.asarray(x, "float32"))


def _compile(model: Callable[[], Any], from_logits: bool) -> Function:
    """A function of (model, x, y) for one model only, which it finds by a weak reference: what is
    compiled must not keep the model alive."""
    backend = keras.backend.backend()

    def of(x: Any, y: Any) -> Any:
        return gradient(lambda x: losses(model(), x, y, from_logits), x)

    if backend == "tensorflow":
        import tensorflow as tf

        run = tf.function(of, reduce_retracing=True)
        return lambda model, x, y: ops.convert_to_numpy(run(x, y))
    if backend == "jax":
        import jax

        def stateless(values: list[Any], x: Any, y: Any) -> Any:
            with keras.StatelessScope(zip(model().variables, values, strict=True)):
                return of(x, y)

        jitted = jax.jit(stateless)

        def call(model: Any, x: Any, y: Any) -> Any:
            return ops.convert_to_numpy(jitted([v.value for v in model.variables], x, y))

        return call
    return lambda model, x, y: ops.convert_to_numpy(of(x, y))


def _by_backend() -> Callable[[Function, Any], Any]:
    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]


def _tensorflow(function: Function, x: Any) -> Any:
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x, unconnected_gradients="zero")


def _jax(function: Function, x: Any) -> Any:
    import jax

    return jax.grad(function)(x)


def _torch(function: Function, x: Any) -> Any:
    import torch

    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (found,) = torch.autograd.grad(function(x), [x], allow_unused=True, materialize_grads=True)
    return found
