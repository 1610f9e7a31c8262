"""Weights go from Keras's layers to ours and back: as lists, and in a file with the optimizer."""

import keras
import numpy as np
import pytest
from tests.backends import numbers

import nablab.layers
import nablab.optimizers

pytestmark = pytest.mark.slow


def model(layers, optimizer):
    """A small model of layers that are called alike in Keras and here."""
    made = [
        keras.Input((4,), dtype="int32"),
        layers.Embedding(9, 4, mask_zero=True),
        layers.Dropout(0.25),
        layers.Dense(4, activation="tanh"),
        layers.Dense(1),
    ]
    it = keras.Sequential(made)
    it.compile(optimizer, "mse")
    it.optimizer.build(it.trainable_variables)
    return it


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW"])
@pytest.mark.parametrize("away", [True, False], ids=["from Keras", "to Keras"])
def test_a_file_of_weights_fits_the_same_model_of_the_other_library(name, away, tmp_path):
    more = {"momentum": 0.5} if name in ("SGD", "RMSprop") else {"amsgrad": True}
    ours = model(nablab.layers, getattr(nablab.optimizers, name)(0.01, **more))
    theirs = model(keras.layers, getattr(keras.optimizers, name)(0.01, **more))
    start, goal = (theirs, ours) if away else (ours, theirs)
    rng = np.random.default_rng(0)
    x, y = rng.integers(9, size=(8, 4)), rng.normal(size=(8, 4, 1))
    start.train_on_batch(x, y)
    start.save_weights(tmp_path / "it.weights.h5")
    goal.load_weights(tmp_path / "it.weights.h5")
    np.testing.assert_allclose(numbers(goal(x)), numbers(start(x)), rtol=1e-5)
    for one, other in zip(start.optimizer.variables, goal.optimizer.variables, strict=True):
        np.testing.assert_array_equal(numbers(one), numbers(other))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (nablab.layers.BatchNormalization(), keras.layers.BatchNormalization()),
        (
            nablab.layers.LayerNormalization(axis=(1, 2)),
            keras.layers.LayerNormalization(axis=(1, 2)),
        ),
        (nablab.layers.RMSNormalization(), keras.layers.RMSNormalization()),
        (nablab.layers.GroupNormalization(2), keras.layers.GroupNormalization(2)),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_the_list_of_a_norms_weights_is_that_of_keras(ours, theirs):
    """A file has a group for each layer that is called like its class, and these differ."""
    x = np.random.default_rng(0).normal(size=(3, 5, 4)).astype("float32")
    ours(x), theirs(x)
    drawn = [np.random.default_rng(1).uniform(0.5, 2, w.shape) for w in theirs.weights]
    ours.set_weights(drawn), theirs.set_weights(drawn)
    np.testing.assert_allclose(numbers(ours(x)), numbers(theirs(x)), rtol=1e-4, atol=1e-5)
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
