"""The equivariance of group convolutions: a rotated image gives rotated and rolled maps."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import numbers

from nablab.layers import GlobalAveragePool, GlobalMaxPool, P4Conv, P4Lift, P4Pool

pytestmark = pytest.mark.slow
quick = settings(max_examples=20)
form = {
    "seed": st.integers(0, 2**16),
    "kernel_and_padding": st.sampled_from([(1, "valid"), (2, "valid"), (3, "valid"), (3, "same")]),
    "height": st.integers(3, 6),
    "width": st.integers(3, 6),
}


def turn(x):
    """By 90° counterclockwise."""
    return np.ascontiguousarray(np.rot90(x, axes=(1, 2)))


def layer_and_input(layer_class, seed, kernel_and_padding, *shape):
    keras.utils.set_random_seed(seed)
    kernel_size, padding = kernel_and_padding
    layer = layer_class(3, kernel_size, padding=padding, activation="tanh")
    x = np.random.default_rng(seed).normal(size=shape).astype("float32")
    layer(x)
    layer.bias.assign([0.3, -0.2, 0.1])
    return layer, x


@quick
@given(**form)
def test_lifting_a_rotated_image_rotates_the_maps_and_rolls_them_by_one(
    seed, kernel_and_padding, height, width
):
    layer, x = layer_and_input(P4Lift, seed, kernel_and_padding, 2, height, width, 2)
    expected = np.roll(turn(numbers(layer(x))), 1, axis=3)
    np.testing.assert_allclose(numbers(layer(turn(x))), expected, atol=1e-5)


@quick
@given(**form)
def test_rotated_and_rolled_maps_give_rotated_and_rolled_maps(
    seed, kernel_and_padding, height, width
):
    layer, x = layer_and_input(P4Conv, seed, kernel_and_padding, 2, height, width, 4, 2)
    expected = np.roll(turn(numbers(layer(x))), 1, axis=3)
    got = numbers(layer(np.roll(turn(x), 1, axis=3)))
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_roll_in_the_other_direction_does_not_match():
    layer, x = layer_and_input(P4Lift, 0, (3, "valid"), 2, 5, 5, 2)
    wrong = np.roll(turn(numbers(layer(x))), -1, axis=3)
    assert np.abs(numbers(layer(turn(x))) - wrong).max() > 0.1


@pytest.mark.parametrize("mode", ["max", "mean"])
@pytest.mark.parametrize("last", [GlobalAveragePool, GlobalMaxPool])
def test_lift_conv_pool_and_global_pool_are_invariant_to_quarter_turns(mode, last):
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            P4Lift(4, 3, activation="relu"),
            P4Conv(5, 3, activation="relu", padding="same"),
            P4Conv(6, 3),
            P4Pool(mode),
            last(),
        ]
    )
    x = np.random.default_rng(0).normal(size=(3, 8, 8, 2)).astype("float32")
    upright = numbers(model(x))
    assert np.abs(upright).max() > 0.01
    for _ in range(3):
        x = turn(x)
        np.testing.assert_allclose(numbers(model(x)), upright, atol=1e-5)


@pytest.mark.parametrize("layer", [P4Conv(2, 1), P4Pool()])
def test_maps_without_four_rotations_are_refused(layer):
    with pytest.raises(ValueError, match=r"\(1, 3, 3, 5, 2\).*\(B, H, W, 4, C\)"):
        layer(np.zeros((1, 3, 3, 5, 2), "float32"))


def test_a_kernel_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match=r"P4Lift.*\(1, 3, 4, 2\).*\(5, 5\)"):
        P4Lift(2, 5)(np.zeros((1, 3, 4, 2), "float32"))
