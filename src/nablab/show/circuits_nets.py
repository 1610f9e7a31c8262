"""The nets that the pictures of Lab 13 train on `data.colshapes`. Each takes some seconds."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nablab import data
from nablab.data.colshapes import SIDE

EXAMPLES = 1800
UNITS = 6  # in each branch


@cache
def images(n: int = EXAMPLES, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return data.colshapes(n, seed)


@cache
def two_branches(seed: int = 0) -> tuple[Any, float, float]:
    """A net with two equal branches and two heads, and its accuracies for shape and for colour on
    new images. Nothing tells the branches apart but where they start."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(seed)
    image = keras.Input((SIDE, SIDE, 3))
    stem = layers.MaxPooling2D(2)(layers.Conv2D(12, 5, padding="same", activation="relu")(image))
    branches = [
        layers.GlobalAveragePooling2D()(
            layers.Conv2D(UNITS, 3, padding="same", activation="relu", name=f"branch_{name}")(stem)
        )
        for name in "ab"
    ]
    both = layers.Concatenate()(branches)
    heads = [layers.Dense(3, name=name)(both) for name in ("shape", "colour")]
    net = keras.Model(image, heads)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(0.01), [loss, loss])
    x, shapes, colours = images()
    net.fit(x, [shapes, colours], batch_size=50, epochs=14, verbose=0)
    x, shapes, colours = images(600, 1)
    said = net.predict(x, batch_size=200, verbose=0)
    right = [np.mean(one.argmax(1) == y) for one, y in zip(said, (shapes, colours), strict=True)]
    return net, float(right[0]), float(right[1])


def branch_weights(net: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The kernels of both branches and of what reads them, the shapes' columns first."""
    w_a, w_b = (net.get_layer(f"branch_{name}").get_weights()[0] for name in "ab")
    w_out = np.hstack([net.get_layer(name).get_weights()[0] for name in ("shape", "colour")])
    return w_a, w_b, w_out


@cache
def plain_net(seed: int = 0, train: bool = True) -> tuple[Any, float]:
    """A net of four convolutions that names the nine kinds, and its accuracy on new images."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(seed)
    net = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(12, 3, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2),
            layers.Conv2D(24, 3, padding="same", activation="relu", name="conv3"),
            layers.Conv2D(24, 3, padding="same", activation="relu", name="conv4"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(9),
        ]
    )
    x, shapes, colours = images()
    if train:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        net.compile(keras.optimizers.Adam(0.005), loss)
        net.fit(x, 3 * shapes + colours, batch_size=50, epochs=12, verbose=0)
    x, shapes, colours = images(600, 1)
    said = net.predict(x, batch_size=200, verbose=0).argmax(axis=1)
    return net, float(np.mean(said == 3 * shapes + colours))


def layer_answers(net: Any, n: int = 300) -> list[np.ndarray]:
    """What each convolution answers to n new images, as the mean over its map: (n, units) each."""
    import keras

    convolutions = [layer.output for layer in net.layers if layer.name.startswith("conv")]
    maps = keras.Model(net.inputs, convolutions).predict(images(600, 1)[0][:n], verbose=0)
    return [one.reshape(len(one), -1, one.shape[-1]).mean(axis=1) for one in maps]
