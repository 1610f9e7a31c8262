"""Keras models on the student's side: what a check may ask of one that the student made, and models
that a check has made here, to be arguments of the student's functions.

A function of the checking side that is called back returns a model as its configuration and its
weights. A Keras tensor goes to it as an outline, its shape, and what it makes of that comes back as
a model for the tensor to go through. A random generator goes to it as a seed.

Keras is imported when the first of these is asked for.
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
LARGEST = 4096  # along any axis of an outline: what is made of it takes memory on the other side


def facts(model: Any) -> dict[str, Any]:
    """What can be said of a model in values; of anything else, only what it is."""
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
    """The layers of a model in order, nested models taken apart, inputs left out."""
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
    except Exception:  # a layer of the student's own may have none
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
    """What a model computes, in batches: an array, or a list of them."""
    import keras

    parts = []
    for start in range(0, len(inputs[0]), BATCH):
        batch = [keras.ops.convert_to_tensor(x[start : start + BATCH]) for x in inputs]
        outputs = model(batch[0] if len(batch) == 1 else batch, training=training)
        parts.append([keras.ops.convert_to_numpy(y) for y in keras.tree.flatten(outputs)])
    whole = [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]
    return whole[0] if len(whole) == 1 else whole


def gradients(model: Any, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Of the mean cross-entropy from logits by every trainable weight, in training."""
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
    """The model from a new input through a student's function of a Keras tensor."""
    import keras

    x = keras.Input(shape)
    y = of(x, *args, **kwargs)
    if not isinstance(y, keras.KerasTensor):
        raise TypeError(f"a Keras tensor was expected back, and it returned a {type(y).__name__}")
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
    """Layers one after the other, each as {"kind": "Dense", "units": 8, …}."""
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
    """A function without arguments that makes such a model anew, compiled."""
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
    """Arguments with outlines in place of Keras tensors and seeds in place of generators, and these
    tensors."""
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
    """A generator is no value: in its place goes a seed that it has drawn, another every time."""
    return {SEED: int(value.integers(1 << 62))} if isinstance(value, Generator) else value


def _from_seed(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {SEED} and type(value[SEED]) is int:
        return default_rng(abs(value[SEED]))
    return value


def as_answer(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """What a function called back answers: its value, or the model that it returned or made of the
    outlines among its arguments."""
    args = tuple(map(_from_seed, args))
    kwargs = {name: _from_seed(value) for name, value in kwargs.items()}
    inputs = [arg for arg in args if isinstance(arg, dict) and OUTLINE in arg]
    if not inputs:
        value = function(*args, **kwargs)
        return {"model": _told(value)} if _is_model(value) else {"value": value}
    if "keras" not in sys.modules:  # who asks for it may be a student
        raise ValueError("a function without Keras cannot follow a Keras tensor")
    import keras

    symbols = iter([keras.Input(_bounded(outline[OUTLINE])) for outline in inputs])
    filled = [next(symbols) if any(arg is x for x in inputs) else arg for arg in args]
    y = function(*filled, **kwargs)
    return {
        "through": _told(keras.Model([x for x in filled if isinstance(x, keras.KerasTensor)], y))
    }


def applied(answer: dict[str, Any], tensors: list[Any]) -> Any:
    """What such an answer stands for on the student's side."""
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
        raise ValueError(f"no shape of a Keras tensor that can be followed: {shape!r}")
    return shape
