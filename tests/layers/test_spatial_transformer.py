"""The spatial transformer starts as the identity, samples where θ says, and can be trained."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import gradients, numbers

from nablab.layers import SpatialTransformer
from nablab.layers.spatial_transformer import IDENTITY

pytestmark = pytest.mark.slow
quick = settings(max_examples=20)


def images(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def always(theta):
    """A transformer whose θ does not depend on the image."""
    layer = keras.layers.Dense(
        6, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(theta)
    )
    return SpatialTransformer(keras.Sequential([keras.layers.Flatten(), layer]))


@quick
@given(seed=st.integers(0, 2**16), height=st.integers(1, 12), width=st.integers(1, 12))
def test_it_starts_as_the_identity(seed, height, width):
    x = images(seed, 2, height, width, 3)
    np.testing.assert_allclose(numbers(SpatialTransformer()(x)), x, atol=1e-4)


@quick
@given(down=st.integers(-4, 4), right=st.integers(-5, 5))
def test_a_shift_moves_the_image_and_brings_in_zeros(down, right):
    """θ says where to sample: sampling `right` columns to the right moves the image to the left."""
    x = images(0, 2, 5, 6, 2)
    moved = numbers(always([1.0, 0, 2 * right / 5, 0, 1.0, 2 * down / 4])(x))
    framed = np.pad(x, ((0, 0), (4, 4), (5, 5), (0, 0)))
    expected = framed[:, 4 + down : 9 + down, 5 + right : 11 + right]
    np.testing.assert_allclose(moved, expected, atol=1e-4)


def test_a_quarter_turn_rotates_a_square_image():
    x = images(1, 2, 5, 5, 2)
    turned = numbers(always([0.0, -1, 0, 1, 0, 0])(x))
    np.testing.assert_allclose(turned, np.rot90(x, axes=(1, 2)), atol=1e-4)


def test_half_the_scale_at_half_the_size_reads_every_central_pixel():
    x = images(2, 1, 9, 9, 1)
    zoom = keras.layers.Dense(
        6,
        kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant([0.5, 0, 0, 0, 0.5, 0]),
    )
    layer = SpatialTransformer(keras.Sequential([keras.layers.Flatten(), zoom]), output_size=5)
    np.testing.assert_allclose(numbers(layer(x)), x[:, 2:7, 2:7], atol=1e-5)


def test_the_gradient_reaches_the_localization_network():
    """At first only its last layer, whose kernel is 0; after one step the others too."""
    keras.utils.set_random_seed(0)
    layer = SpatialTransformer()
    x = images(3, 4, 9, 8, 2)
    layer(x)
    names = [variable.path.removeprefix(f"{layer.name}/") for variable in layer.trainable_variables]

    def loss(x):
        return ops.sum(ops.square(layer(x) - 0.5))

    def reach():
        return dict(zip(names, gradients(loss, layer.trainable_variables, [x]), strict=False))

    first = reach()
    assert np.abs(first["theta/kernel"]).max() > 1e-3 and np.abs(first["theta/bias"]).max() > 1e-3
    assert not np.any(first["hidden/kernel"])
    layer.theta.kernel.assign(-1e-2 * np.sign(first["theta/kernel"]))
    assert np.abs(reach()["hidden/kernel"]).max() > 1e-3


def test_it_learns_to_undo_a_shift():
    keras.utils.set_random_seed(0)
    middle = np.zeros((1, 12, 12, 1), "float32")
    middle[0, 4:8, 4:8] = 1
    shifts = [(down, right) for down in (-2, 0, 2) for right in (-2, 0, 2)]
    x = np.concatenate([np.roll(middle, shift, (1, 2)) for shift in shifts])
    model = keras.Sequential([SpatialTransformer()])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    y = np.repeat(middle, len(x), axis=0)
    before = model.evaluate(x, y, verbose=0)
    model.fit(
        np.tile(x, (30, 1, 1, 1)), np.tile(y, (30, 1, 1, 1)), batch_size=9, epochs=5, verbose=0
    )
    assert model.evaluate(x, y, verbose=0) < 0.2 * before


def test_a_custom_localization_network_is_used_trained_and_saved(tmp_path):
    net = keras.Sequential(
        [
            keras.layers.Conv2D(2, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(
                6,
                kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant(IDENTITY),
            ),
        ]
    )
    model = keras.Sequential([keras.Input((6, 5, 1)), SpatialTransformer(net, output_size=(4, 4))])
    assert len(model.trainable_variables) == 4
    x = images(4, 3, 6, 5, 1)
    model.trainable_variables[-1].assign([0.9, 0.1, 0.2, -0.1, 0.8, -0.2])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(numbers(again(x)), numbers(model(x)), atol=1e-6)


def test_a_network_that_does_not_give_six_numbers_is_refused():
    net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4)])
    with pytest.raises(ValueError, match=r"localization.*4\).*\(B, 6\)"):
        SpatialTransformer(net)(images(5, 2, 4, 4, 1))
