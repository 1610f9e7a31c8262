"""Gradients on every Keras backend, with one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras


def value_and_gradients(
    function: Callable[[], Any], variables: Sequence[keras.Variable]
) -> tuple[Any, list[Any]]:
    """A scalar f and its gradients ∂f/∂v with respect to variables v.

    Args:
        function: takes no arguments and returns a scalar tensor computed from the variables, such
            as `lambda: loss(y, model(x, training=True))`.
        variables: the v, such as `model.trainable_variables`. For the gradient with respect to an
            input, make it a variable: `x = keras.Variable(image)`.

    Returns:
        The scalar, and a list of tensors with the shapes of the variables. They are zeros for a
        variable that the scalar does not depend on.

    Raises:
        ValueError: the function does not return a scalar.

    Example:
        >>> w = keras.Variable([1.0, 2.0])
        >>> value, (gradient,) = value_and_gradients(lambda: keras.ops.sum(w**2), [w])
        >>> float(value), [float(g) for g in gradient]
        (5.0, [2.0, 4.0])
    """
    by_backend = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
    return by_backend[keras.backend.backend()](function, list(variables))


def _scalar(value: Any) -> Any:
    if tuple(getattr(value, "shape", ())) != ():
        raise ValueError(
            f"value_and_gradients: the function returned shape {tuple(value.shape)}; return a "
            "scalar, such as a mean."
        )
    return value


def _tensorflow(function: Callable[..., Any], variables: list[Any]) -> tuple[Any, list[Any]]:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = _scalar(function())
    sources = [variable.value for variable in variables]
    gradients = tape.gradient(value, sources, unconnected_gradients="zero")
    return value, [tf.convert_to_tensor(g) for g in gradients]  # those of embeddings are sparse


def _jax(function: Callable[..., Any], variables: list[Any]) -> tuple[Any, list[Any]]:
    import jax

    def stateless(values: list[Any]) -> Any:
        with keras.StatelessScope(state_mapping=zip(variables, values, strict=True)):
            return _scalar(function())

    found: tuple[Any, list[Any]] = jax.value_and_grad(stateless)(
        [variable.value for variable in variables]
    )
    return found


def _torch(function: Callable[..., Any], variables: list[Any]) -> tuple[Any, list[Any]]:
    import torch

    value = _scalar(function())
    sources = [variable.value for variable in variables]
    if not value.requires_grad:
        return value.detach(), [torch.zeros_like(source) for source in sources]
    gradients = torch.autograd.grad(value, sources, allow_unused=True, materialize_grads=True)
    return value.detach(), list(gradients)
