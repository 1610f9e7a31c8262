"""What the conformance tests call a method with: a value for every name of an argument, so that a new
method with the usual arguments needs nothing here."""

import functools
import inspect

import numpy as np
from keras import Input, Model, layers
from tests.interpret.nets import random_weights

from nablab.interpret import adversarial, attribution

SIDE = 8
N = 5


@functools.cache
def model():
    x = entry = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="conv2")(x)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    return random_weights(Model(entry, layers.Dense(4, name="logits")(x)))


def images(n=N):
    return np.random.default_rng(2).random((n, SIDE, SIDE, 3)).astype("float32")


ARGUMENTS = {
    "model": model,
    "x": images,
    "classes": lambda: np.arange(N) % 4,
    "y": lambda: np.arange(N) % 4,
    "target": lambda: np.arange(N)[::-1] % 4,
    "eps": lambda: 0.1,
    "transform": lambda: lambda x, rng: x * rng.uniform(0.8, 1.2),
    "models": lambda: [model(), model()],
    "attack": lambda: lambda model, x, y: adversarial.fgsm(model, x, y, 0.1),
    "maps": lambda: images()[..., 0],
    "masks": lambda: images()[..., 1] > 0.5,
    "method": lambda: attribution.saliency,
    "layer": lambda: "conv2",
    "layers": lambda: ["conv1", "conv2"],
    "weights": lambda: np.random.default_rng(3).normal(size=(3, 5, 3, 7)),
    "codes": lambda: np.random.default_rng(3).normal(size=(31, 6)),
    "units": lambda: [2, 0, 5],
    "image": lambda: images()[0],
    "content": lambda: images()[0],
    "style": lambda: images()[1],
    "style_layers": lambda: ["conv1", "conv2"],
    "content_layer": lambda: "conv2",
    "features": lambda: images() - 0.5,
    "theta": lambda: 0.7,
    "stimuli": images,
    "first": lambda: np.random.default_rng(4).normal(size=(9, 5)),
    "second": lambda: np.random.default_rng(5).normal(size=(9, 3, 4)),
    "branches": lambda: list(np.random.default_rng(6).normal(size=(2, 3, 3, 2, 4))),
    "out": lambda: np.random.default_rng(7).normal(size=(8, 6)),
}
# Arguments that have a default and make a call long, or its result depend on the batch.
SHORT = {"steps": 3, "samples": 3, "octaves": 2, "k": 3}
LAYERS = {"cascading_randomization": {"layers": 2}}


def of(method, **more):
    """The arguments of a method by name, made anew."""
    parameters = inspect.signature(method).parameters.values()
    found = {}
    for parameter in parameters:
        needed = parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        )
        if needed or parameter.name == "classes":
            assert parameter.name in ARGUMENTS, (
                f"{method.__name__}: add {parameter.name!r} to ARGUMENTS in {__name__}"
            )
            found[parameter.name] = ARGUMENTS[parameter.name]()
        elif parameter.name in SHORT:
            found[parameter.name] = SHORT[parameter.name]
    return {**found, **LAYERS.get(method.__name__, {}), **more}
