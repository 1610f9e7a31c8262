"""The nets of Lab 13's pictures: one that is trained on `data.colshapes`, and what nets answer."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nablab import data, quiet
from nablab.data.colshapes import COLOURS, SHAPES, SIDE
from nablab.interpret.circuits.tuning_curve import tuning_curve

EXAMPLES, EPOCHS = 1800, 8
UNITS = 6  # in each branch
DEALS = 500


@cache
def two_branches(seed: int = 0) -> tuple[Any, float, float]:
    """A net with two equal branches and two heads, and its accuracies for shape and for colour on
    new images. Nothing tells the branches apart but where they start."""
    with quiet():
        import keras

    layers = keras.layers
    keras.utils.set_random_seed(seed)
    image = keras.Input((SIDE, SIDE, 3))
    stem = layers.Conv2D(16, 5, strides=2, padding="same", use_bias=False)(image)
    stem = layers.ReLU()(layers.BatchNormalization()(stem))  # (N, 8, 8, 16)
    branches = [
        layers.GlobalMaxPooling2D()(
            layers.Conv2D(UNITS, 3, padding="same", activation="relu", name=f"branch_{name}")(stem)
        )
        for name in "ab"
    ]
    both = layers.Concatenate()(branches)  # (N, 2 * UNITS)
    heads = [layers.Dense(3, name=name)(both) for name in ("shape", "colour")]
    net = keras.Model(image, heads)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(0.01), [loss, loss])
    x, shapes, colours = data.colshapes(EXAMPLES, seed)
    net.fit(x, [shapes, colours], batch_size=50, epochs=EPOCHS, verbose=0)
    x, shapes, colours = data.colshapes(600, seed + 1000)
    said = [keras.ops.convert_to_numpy(one) for one in net(x, training=False)]
    right = [np.mean(one.argmax(1) == y) for one, y in zip(said, (shapes, colours), strict=True)]
    return net, float(right[0]), float(right[1])


def branch_weights(net: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The kernels of both branches and of what reads them, the shapes' columns first."""
    w_a, w_b = (net.get_layer(f"branch_{name}").get_weights()[0] for name in "ab")
    w_out = np.hstack([net.get_layer(name).get_weights()[0] for name in ("shape", "colour")])
    return w_a, w_b, w_out


def planted_branches(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights of the same sizes in which branch a was built for colour and branch b for shape."""
    rng = np.random.default_rng(seed)
    w_a, w_b = rng.normal(size=(2, 3, 3, 16, UNITS)) / 12
    w_out = 0.08 * rng.normal(size=(2 * UNITS, len(SHAPES) + len(COLOURS)))
    w_out[:UNITS, len(SHAPES) :] += rng.normal(size=(UNITS, len(COLOURS)))
    w_out[UNITS:, : len(SHAPES)] += rng.normal(size=(UNITS, len(SHAPES)))
    return w_a, w_b, w_out


def apart(share: np.ndarray) -> float:
    """How far the shares of the colours and those of the shapes lie apart, from 0 to 1."""
    share = np.asarray(share, dtype=float)
    return float(abs(share[len(SHAPES) :].mean() - share[: len(SHAPES)].mean()))


def deals(branch_svd: Any, w_a: np.ndarray, w_b: np.ndarray, w_out: np.ndarray) -> np.ndarray:
    """`apart` after the units of both branches were dealt out at random, many times. The branches
    read the same maps with kernels of one size, so a unit may stand in either."""
    rng = np.random.default_rng(0)
    units, found = np.concatenate([w_a, w_b], axis=-1), []
    for _ in range(DEALS):
        order = rng.permutation(2 * UNITS)
        first, second = order[:UNITS], order[UNITS:]
        dealt = branch_svd(units[..., first], units[..., second], w_out[order])
        found.append(apart(dealt[2]))
    return np.array(found)


@cache
def layer_answers(kind: str, seed: int, n: int = 300) -> list[np.ndarray]:
    """What the four convolutions of a "trained" or a "new" shapes net answer to n images after
    ReLU: the mean of each quarter of each map, a list of (n, 4 * units)."""
    net = _shapes_net(seed, trained=kind == "trained")
    images = data.shapes(n, seed=50)[0]
    return [_quarters(net, f"relu{number}", images) for number in (1, 2, 3, 4)]


@cache
def asked_in_the_middle(layer: str, trained: bool = True, seed: int = 0) -> Any:
    """A layer of the shapes net, trained or not, as a function: grey images (n, H, W) -> what its
    units answer in the middle of their maps, (n, units). Lines are bright on grey."""
    net = _shapes_net(seed, trained)

    def respond(images: np.ndarray) -> np.ndarray:
        images = np.asarray(images, dtype="float32")
        shown = np.zeros((len(images), 32, 32), "float32")
        top, left = (32 - images.shape[1]) // 2, (32 - images.shape[2]) // 2
        shown[:, top : top + images.shape[1], left : left + images.shape[2]] = images
        shown = np.repeat((0.3 + 0.6 * shown)[..., None], 3, axis=-1)
        return tuning_curve(net, shown, layer=layer)

    return respond


def _shapes_net(seed: int, trained: bool) -> Any:
    """The net of `data.shapes`, trained, or as it is before the first step."""
    with quiet():
        import keras

        from nablab.data.shapes_net import build

        keras.utils.set_random_seed(seed)
        return data.shapes_net(seed) if trained else build()


def _quarters(net: Any, layer: str, images: np.ndarray) -> np.ndarray:
    """The mean of each quarter of each map, (n, 4 * units)."""
    import keras

    asked = keras.Model(net.inputs[0], net.get_layer(layer).output)
    found = []
    for start in range(0, len(images), 100):
        maps = keras.ops.convert_to_numpy(asked(images[start : start + 100], training=False))
        n, rows, columns, units = maps.shape
        cells = maps.reshape(n, 2, rows // 2, 2, columns // 2, units)
        found.append(cells.mean(axis=(2, 4)).reshape(n, -1))
    return np.concatenate(found)
