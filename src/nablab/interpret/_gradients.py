"""Functions of a model's inputs and inner values, and their gradients, compiled once a model."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

# For every model, its compiled functions. Neither they nor this table keep a model alive.
_COMPILED: weakref.WeakKeyDictionary[Any, dict[Hashable, Callable[..., Any]]]
_COMPILED = weakref.WeakKeyDictionary()


def compiled(model: Any, function: Callable[..., Any], *arrays: Any, **static: Hashable) -> Any:
    """function(model, *tensors, **static), compiled for the shapes of the arrays after their first
    axis. A second call with the same shapes, also with other weights, runs what was compiled.

    Args:
        function: a function of a module, not made anew at each call. On TensorFlow and JAX it runs
            once, with tensors that have no values yet.
        arrays: NumPy arrays or tensors.
        static: what else it is called with; other values are another function.

    Returns:
        What the function returns, its tensors without gradients.
    """
    tensors = [ops.convert_to_tensor(a) for a in arrays]
    table = _COMPILED.setdefault(model, {})
    shapes = tuple((tuple(t.shape[1:]), len(t.shape), _dtype(t)) for t in tensors)
    key = function, frozenset(static.items()), shapes, _looks(model)
    if key not in table:
        make = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
        table[key] = make[keras.backend.backend()](weakref.ref(model), function, tensors, static)
    return table[key](*tensors)


def gradient(function: Callable[..., Any], *inputs: Any) -> tuple[Any, list[Any]]:
    """What else a scalar function returns, and its gradients with respect to its inputs.

    Called inside what `compiled` compiles.

    Args:
        function: takes the inputs; returns a scalar, and anything else, such as (score, logits).
        inputs: tensors.
    """
    run = {"tensorflow": _tensorflow_gradient, "jax": _jax_gradient, "torch": _torch_gradient}
    return run[keras.backend.backend()](function, *inputs)


def arrays_of(values: Any) -> Any:
    """Tensors as NumPy arrays, real numbers as float32."""

    def one(tensor: Any) -> np.ndarray:
        array = np.asarray(ops.convert_to_numpy(tensor))
        return (
            array.astype("float32") if array.dtype.kind == "f" or array.dtype.kind == "V" else array
        )

    return keras.tree.map_structure(one, values)


def _looks(model: Any) -> Hashable:
    """What a compiled function of a model depends on, apart from the values of its weights."""
    layers = model._flatten_layers(include_self=False)
    return tuple((id(layer), id(getattr(layer, "activation", None))) for layer in layers)


def _dtype(tensor: Any) -> str:
    return str(keras.backend.standardize_dtype(tensor.dtype))


def _tensorflow(model: Any, function: Any, tensors: Sequence[Any], static: Any) -> Any:
    import tensorflow as tf

    specs = [tf.TensorSpec([None, *t.shape[1:]] if t.shape.rank else [], t.dtype) for t in tensors]
    traced = tf.function(lambda *xs: function(model(), *xs, **static), specs, autograph=False)
    return traced.get_concrete_function()


def _jax(model: Any, function: Any, tensors: Sequence[Any], static: Any) -> Any:
    import jax

    def stateless(weights: list[Any], *xs: Any) -> Any:
        pairs = zip(model().variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=pairs):
            return function(model(), *xs, **static)

    run = jax.jit(stateless)
    return lambda *xs: run([variable.value for variable in model().variables], *xs)


def _torch(model: Any, function: Any, tensors: Sequence[Any], static: Any) -> Any:
    import torch

    def run(*xs: Any) -> Any:
        with torch.no_grad():
            return function(model(), *xs, **static)

    return run


def _tensorflow_gradient(function: Callable[..., Any], *inputs: Any) -> tuple[Any, list[Any]]:
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        value, *rest = function(*inputs)
    found = tape.gradient(value, list(inputs), unconnected_gradients="zero")
    return rest[0] if len(rest) == 1 else rest, found


def _jax_gradient(function: Callable[..., Any], *inputs: Any) -> tuple[Any, list[Any]]:
    import jax

    def split(*xs: Any) -> tuple[Any, Any]:
        value, *rest = function(*xs)
        return value, rest

    found, rest = jax.grad(split, argnums=tuple(range(len(inputs))), has_aux=True)(*inputs)
    return rest[0] if len(rest) == 1 else rest, list(found)


def _torch_gradient(function: Callable[..., Any], *inputs: Any) -> tuple[Any, list[Any]]:
    import torch

    with torch.enable_grad():
        leaves = [x.detach().requires_grad_() for x in inputs]
        value, *rest = function(*leaves)
        if value.requires_grad:
            slopes = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
            found = list(slopes)
        else:
            found = [torch.zeros_like(x) for x in leaves]
    rest = keras.tree.map_structure(lambda t: t.detach(), rest)
    return rest[0] if len(rest) == 1 else rest, list(found)
