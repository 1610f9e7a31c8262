"""Keras models on the student's side: questions that a check may ask about a student's model, and
models that a check makes here as arguments for the student's functions.

A function of the checking side may be called back. It returns a model as configuration and weights.
It gets a Keras tensor as an outline, which is its shape, and its result comes back as a model that
is applied to the tensor. It gets a random generator as a seed.

Keras is imported when it is first needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng  # by name: a student may overwrite NumPy's

BATCH = 256  # examples computed at a time
OUTLINE = "\0Keras tensor of shape"
SEED = "\0generator of seed"
LARGEST = 4096  # along any axis of an outline: the model made from it takes the grader's memory


def facts(model: Any) -> dict[str, Any]:
    """A description of a model in plain values; for anything else, only its type."""
    import keras

    if not isinstance(model, keras.Model):
        return {"is": type(model).__name__}
    if not model.built:
        return {"is": "model without an input shape"}
    return {
        "is": "model",
        "input_shape": _shape(lambda: model.input_shape),
        "output_shape": _shape(lambda: model.output_shape),
        "layers": [_layer(layer) for layer in _flat(model)],
        "weights": [
            (variable.path, tuple(variable.shape), bool(variable.trainable))
            for variable in model.weights
        ],
    }


def _flat(model: Any) -> list[Any]:
    """The layers of a model in order, with nested models taken apart and input layers left out."""
    import keras

    layers = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            layers += _flat(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            layers.append(layer)
    return layers


def _layer(layer: Any) -> dict[str, Any]:
    try:
        config = layer.get_config()
    except Exception:  # a layer written by the student may have none
        config = {}
    told = {str(key): _plain(value) for key, value in config.items()}
    return {
        **told,
        "kind": type(layer).__name__,
        "name": str(layer.name),
        "output_shape": _shape(lambda: layer.output.shape),
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return f"a {type(value).__name__}"


def _shape(get: Callable[[], Any]) -> Any:
    try:
        return _plain(get())
    except (AttributeError, ValueError):
        return None


def call(model: Any, inputs: list[Any], training: bool) -> Any:
    """A model's output, computed in batches: an array, or a list of arrays."""
    import keras

    parts = []
    for start in range(0, len(inputs[0]), BATCH):
        batch = [keras.ops.convert_to_tensor(x[start : start + BATCH]) for x in inputs]
        outputs = model(batch[0] if len(batch) == 1 else batch, training=training)
        parts.append([keras.ops.convert_to_numpy(y) for y in keras.tree.flatten(outputs)])
    whole = [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]
    return whole[0] if len(whole) == 1 else whole


def gradients(model: Any, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """The gradients of the mean cross-entropy from logits with respect to every trainable weight,
    in training mode."""
    import keras

    from nablab.autodiff import value_and_gradients

    x, y = keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y)

    def loss() -> Any:
        logits = model(x, training=True)
        losses = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
        return keras.ops.mean(losses)

    _, slopes = value_and_gradients(loss, model.trainable_variables)
    return [keras.ops.convert_to_numpy(slope) for slope in slopes]


def functional(
    of: Any, shape: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """The model that a student's function of a Keras tensor makes from a new input."""
    import keras

    x = keras.Input(shape)
    y = of(x, *args, **kwargs)
    if not isinstance(y, keras.KerasTensor):
        raise TypeError(f"it should return a Keras tensor, but returned a {type(y).__name__}")
    return keras.Model(x, y)


def from_json(config: str, weights: list[Any]) -> Any:
    """A model from its JSON configuration and its weights."""
    import keras

    model = keras.models.model_from_json(config)
    model.set_weights(weights)
    return model


def sequential(
    shape: tuple[Any, ...], layers: list[Any], weights: list[Any] | None, seed: int
) -> Any:
    """A model of layers in sequence, each given as {"kind": "Dense", "units": 8, …}."""
    import keras

    keras.utils.set_random_seed(seed)
    made = [_of_kind(keras.layers, layer) for layer in layers]
    model = keras.Sequential([keras.Input(shape), *made])
    if weights is not None:
        model.set_weights(weights)
    return model


def maker(
    shape: tuple[Any, ...], layers: list[Any], optimizer: dict[str, Any], loss: str, seed: int
) -> Any:
    """A function without arguments that makes a new, compiled model at each call."""
    import keras

    losses = {
        "sparse_categorical_crossentropy_from_logits": keras.losses.SparseCategoricalCrossentropy(
            from_logits=True
        ),
        "mean_squared_error": keras.losses.MeanSquaredError(),
    }

    def make_model() -> Any:
        model = sequential(shape, layers, None, seed)
        model.compile(optimizer=_of_kind(keras.optimizers, optimizer), loss=losses[loss])
        return model

    return make_model


def _of_kind(module: Any, described: dict[str, Any]) -> Any:
    arguments = {key: value for key, value in described.items() if key != "kind"}
    return getattr(module, described["kind"])(**arguments)


ACTIONS: dict[str, Callable[..., Any]] = {
    action.__name__: action
    for action in (facts, call, gradients, functional, from_json, sequential, maker)
}


# Functions of the checking side that are called back


def outlined(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any], list[Any]]:
    """The arguments with Keras tensors replaced by outlines and generators replaced by seeds; and
    the tensors themselves."""
    args = tuple(map(_as_seed, args))
    kwargs = {name: _as_seed(value) for name, value in kwargs.items()}
    if "keras" not in sys.modules:
        return args, kwargs, []
    import keras

    tensors = [arg for arg in args if isinstance(arg, keras.KerasTensor)]
    plain = tuple(
        {OUTLINE: tuple(arg.shape[1:])} if isinstance(arg, keras.KerasTensor) else arg
        for arg in args
    )
    return plain, kwargs, tensors


def _as_seed(value: Any) -> Any:
    """A generator is not a value, so a seed is sent instead. The generator draws a new one each
    time."""
    return {SEED: int(value.integers(1 << 62))} if isinstance(value, Generator) else value


def _from_seed(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {SEED} and type(value[SEED]) is int:
        return default_rng(abs(value[SEED]))
    return value


def as_answer(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The answer of a function that was called back: its value, the model that it returned, or the
    model that it built from the outlines among its arguments."""
    args = tuple(map(_from_seed, args))
    kwargs = {name: _from_seed(value) for name, value in kwargs.items()}
    inputs = [arg for arg in args if isinstance(arg, dict) and OUTLINE in arg]
    if not inputs:
        value = function(*args, **kwargs)
        return {"model": _told(value)} if _is_model(value) else {"value": value}
    if "keras" not in sys.modules:  # do not import it because a student asks for it
        raise ValueError("a function without Keras cannot follow a Keras tensor")
    import keras

    symbols = iter([keras.Input(_bounded(outline[OUTLINE])) for outline in inputs])
    filled = [next(symbols) if any(arg is x for x in inputs) else arg for arg in args]
    y = function(*filled, **kwargs)
    return {
        "through": _told(keras.Model([x for x in filled if isinstance(x, keras.KerasTensor)], y))
    }


def applied(answer: dict[str, Any], tensors: list[Any]) -> Any:
    """The value, on the student's side, of an answer made by `as_answer`."""
    if "value" in answer:
        return answer["value"]
    if "model" in answer:
        return from_json(**answer["model"])
    return from_json(**answer["through"])(tensors)


def _is_model(value: Any) -> bool:
    return "keras" in sys.modules and isinstance(value, sys.modules["keras"].Model)


def _told(model: Any) -> dict[str, Any]:
    return {"config": model.to_json(), "weights": model.get_weights()}


def _bounded(shape: Any) -> tuple[Any, ...]:
    if (
        not isinstance(shape, tuple)
        or len(shape) > 5
        or not all(n is None or (type(n) is int and 0 < n <= LARGEST) for n in shape)
    ):
        raise ValueError(f"a Keras tensor of this shape cannot be followed: {shape!r}")
    return shape
