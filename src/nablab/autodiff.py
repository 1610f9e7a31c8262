"""Gradients on every backend of Keras, by one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras


def value_and_gradients(
    function: Callable[[], Any], variables: Sequence[keras.Variable]
) -> tuple[Any, list[Any]]:
    """A scalar, and how it changes with each variable: f and ∂f/∂v for every v.

    Args:
        function: takes no arguments and returns a scalar tensor computed from the variables, such
            as `lambda: loss(y, model(x, training=True))`.
        variables: what to differentiate by, such as `model.trainable_variables`. For a gradient by
            an input make it one: `x = keras.Variable(image)`.

    Returns:
        The scalar, and a list of tensors of the variables' shapes; zeros for a variable that the
        scalar does not depend on.

    Raises:
        ValueError: what the function returns is no scalar.

    Example:
        >>> w = keras.Variable([1.0, 2.0])
        >>> value, (slope,) = value_and_gradients(lambda: keras.ops.sum(w**2), [w])
        >>> float(value), [float(s) for s in slope]
        (5.0, [2.0, 4.0])
    """
    by_backend = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
    return by_backend[keras.backend.backend()](function, list(variables))


def _scalar(value: Any) -> Any:
    if tuple(getattr(value, "shape", ())) != ():
        raise ValueError(
            f"value_and_gradients: the function returned shape {tuple(value.shape)}; return one "
            "number, such as a mean."
        )
    return value


def _tensorflow(function: Callable[..., Any], variables: list[Any]) -> tuple[Any, list[Any]]:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = _scalar(function())
    sources = [variable.value for variable in variables]
    found = tape.gradient(value, sources, unconnected_gradients="zero")
    return value, [tf.convert_to_tensor(slope) for slope in found]  # an embedding's are sparse


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
    found = torch.autograd.grad(value, sources, allow_unused=True, materialize_grads=True)
    return value.detach(), list(found)
