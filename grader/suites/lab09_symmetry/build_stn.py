"""Hidden checks of N.9."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant

from ..checks.build_stn import compare, straight, two_nets


@check("oracle")
def test_any_field_and_window(student, rng):
    """With drawn weights both models compute what the text says, for any field and window"""
    compare(student, rng, (10, 14, 1), (6, 4), 5)


@check("oracle")
def test_a_window_as_large_as_the_field(student, rng):
    """A window as large as the field starts as the identity, and one of one row lies in the middle"""
    _, locator = two_nets(student, (6, 8, 3), (6, 8), 3)
    x = rng.normal(size=(2, 6, 8, 3)).astype("float32")
    close(locator(x), np.tile([1, 0, 0, 0, 1, 0], (2, 1)), "The identity.", atol=1e-6)
    _, locator = two_nets(student, (6, 8, 3), (1, 3), 3)
    close(locator(x), np.tile(straight((6, 8, 3), (1, 3)), (2, 1)), "One row.", atol=1e-6)


@check()
def test_a_fresh_net_hears_where_to_go(student, rng):
    """A fresh net has a gradient in the locator, so it can learn where to look"""
    classifier, _ = two_nets(student, (12, 10, 1), (8, 6), 4)
    x, y = rng.random(size=(8, 12, 10, 1)).astype("float32"), rng.integers(4, size=8)
    slopes = [np.asarray(slope) for slope in classifier.gradients(x, y)]
    holds(
        len(slopes) == 6 and all(np.isfinite(s).all() and np.any(s != 0) for s in slopes),
        "All six arrays of weights should have a gradient from the start.",
    )


@check()
def test_fresh_nets_are_drawn_anew(student, rng):
    """The dense layers of the classifier start with drawn weights: two fresh nets differ"""
    x = rng.random(size=(3, 8, 6, 1)).astype("float32")
    first, second = (two_nets(student, (8, 6, 1), (4, 4), 3)[0](x) for _ in range(2))
    holds(
        np.ptp(first) > 1e-3 and np.abs(np.asarray(first) - second).max() > 1e-4,
        "Two fresh classifiers give the same logits: do the dense layers start at 0?",
        got=first,
    )


# Mutants ------------------------------------------------------------------------------------------


def stn(shape, window, n_classes, **changes):
    import keras

    from nablab.layers import SpatialTransformer

    o = {
        "pool": 2,
        "cells": keras.layers.AveragePooling2D,
        "start": "zeros",
        "act": None,
        "hidden": 0,
        "inside": "relu",
        "last": None,
        "places": (2, 5),
        "scale": [(small - 1) / (large - 1) for small, large in zip(window, shape, strict=False)],
        "units": 32,
        "seen": window,
        "shared": True,
        "looks": True,
    } | changes
    layers = keras.layers
    start = np.array([o["scale"][1], 0, 0, 0, o["scale"][0], 0], dtype="float32")
    places = np.zeros((2, 6), dtype="float32")
    places[0, o["places"][0]] = places[1, o["places"][1]] = 1

    def find():
        field = keras.Input(shape)
        h = o["cells"](o["pool"])(field) if o["pool"] > 1 else field
        h = layers.Flatten()(h)
        if o["hidden"]:
            h = layers.Dense(o["hidden"], activation="relu")(h)
        t = layers.Dense(2, kernel_initializer=o["start"], activation=o["act"])(h)
        return keras.Model(field, keras.ops.matmul(t, places) + start)

    locator = find()
    field = keras.Input(shape)
    h = SpatialTransformer(locator, o["seen"])(field) if o["looks"] else field
    h = layers.Dense(o["units"], activation=o["inside"])(layers.Flatten()(h))
    classifier = keras.Model(field, layers.Dense(n_classes, activation=o["last"])(h))
    return classifier, locator if o["shared"] else find()


@mutant("Your locator starts with drawn weights, so the windows start anywhere. Start it at zeros.")
def drawn_start(shape, window, n_classes):
    return stn(shape, window, n_classes, start="glorot_uniform")


@mutant("Your two numbers are tx and ty; in θ they have changed places.")
def shifts_exchanged(shape, window, n_classes):
    return stn(shape, window, n_classes, places=(5, 2))


@mutant("The locator that you return is another one than the classifier's: they share no weights.")
def not_shared(shape, window, n_classes):
    return stn(shape, window, n_classes, shared=False)


@mutant("You return the locator first. It is (classifier, locator).")
def returned_the_other_way(shape, window, n_classes):
    return stn(shape, window, n_classes)[::-1]


@mutant("Your classifier sees the whole field, scaled to its size: the window is its output_size.")
def window_as_large_as_the_field(shape, window, n_classes):
    return stn(shape, window, n_classes, seen=tuple(shape[:2]))


@mutant("Your window starts as the whole field, made smaller: the two scales are missing.")
def without_the_scale(shape, window, n_classes):
    return stn(shape, window, n_classes, scale=(1, 1))


@mutant("The scales of rows and columns have changed places.")
def scales_exchanged(shape, window, n_classes):
    scale = [(small - 1) / (large - 1) for small, large in zip(window, shape, strict=False)]
    return stn(shape, window, n_classes, scale=scale[::-1])


@mutant("Your window has rows and columns exchanged: it is (rows, columns).")
def window_turned(shape, window, n_classes):
    return stn(shape, window, n_classes, seen=tuple(window[::-1]))


@mutant("Your locator has a ReLU at the end, so it can look to the right and down only.")
def relu_in_the_locator(shape, window, n_classes):
    return stn(shape, window, n_classes, act="relu")


@mutant("Your locator ends in a tanh. Its two units have no activation.")
def tanh_in_the_locator(shape, window, n_classes):
    return stn(shape, window, n_classes, act="tanh")


@mutant("The cells of your locator are maxima. AveragePooling2D takes means.")
def maxima_for_cells(shape, window, n_classes):
    import keras

    return stn(shape, window, n_classes, cells=keras.layers.MaxPooling2D)


@mutant("The hidden layer of your classifier does not have 32 units.")
def another_width(shape, window, n_classes):
    return stn(shape, window, n_classes, units=64)


@mutant("Your locator has a hidden layer. In the text it goes from the cells to two units.")
def hidden_layer_in_the_locator(shape, window, n_classes):
    return stn(shape, window, n_classes, hidden=32)


@mutant("Your locator looks at single pixels. AveragePooling2D(2) comes first.")
def without_cells(shape, window, n_classes):
    return stn(shape, window, n_classes, pool=1)


@mutant("The hidden layer of your classifier has no ReLU.")
def without_relu(shape, window, n_classes):
    return stn(shape, window, n_classes, inside=None)


@mutant("Your classifier ends in a softmax. Logits are asked for.")
def softmax_at_the_end(shape, window, n_classes):
    return stn(shape, window, n_classes, last="softmax")


@mutant("Your classifier does not look through the window: SpatialTransformer is missing.")
def without_the_transformer(shape, window, n_classes):
    return stn(shape, window, n_classes, looks=False)


# Variants -----------------------------------------------------------------------------------------


@variant("functional models, a list")
def functional(shape, window, n_classes):
    return list(stn(shape, window, n_classes))


@variant("a dense layer with fixed weights makes θ")
def fixed_dense(shape, window, n_classes):
    import keras

    from nablab.layers import SpatialTransformer

    layers, (H, W, _) = keras.layers, shape
    locator = keras.Sequential(
        [
            keras.Input(shape),
            layers.AveragePooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(2, kernel_initializer="zeros", bias_initializer="zeros"),
            layers.Dense(6, trainable=False),
        ]
    )
    places = np.zeros((2, 6))
    places[0, 2] = places[1, 5] = 1
    start = np.array([(window[1] - 1) / (W - 1), 0, 0, 0, (window[0] - 1) / (H - 1), 0])
    locator.layers[-1].set_weights([places, start])
    classifier = keras.Sequential([keras.Input(shape)])
    classifier.add(SpatialTransformer(localization=locator, output_size=window))
    classifier.add(layers.Flatten())
    classifier.add(layers.Dense(32))
    classifier.add(layers.ReLU())
    classifier.add(layers.Dense(n_classes))
    return classifier, locator


@variant("numbers of θ put together one by one, GlorotNormal in the classifier")
def put_together(shape, window, n_classes):
    import keras

    from nablab.layers import SpatialTransformer

    layers, ops, (H, W, C) = keras.layers, keras.ops, shape
    field = keras.Input(shape=shape)
    h = layers.AvgPool2D(pool_size=2)(field)
    h = layers.Reshape((H // 2 * (W // 2) * C,))(h)
    t = layers.Dense(units=2, kernel_initializer=keras.initializers.Zeros())(h)
    tx, ty = t[:, 0], t[:, 1]
    zero = 0 * tx
    sx, sy = (window[1] - 1) / (W - 1), (window[0] - 1) / (H - 1)
    locator = keras.Model(field, ops.stack([zero + sx, zero, tx, zero, zero + sy, ty], axis=1))
    again = keras.Input(shape=shape)
    h = layers.Flatten()(SpatialTransformer(locator, tuple(window))(again))
    h = layers.Dense(32, activation="relu", kernel_initializer="glorot_normal")(h)
    return keras.Model(again, layers.Dense(n_classes)(h)), locator
