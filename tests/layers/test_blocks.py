"""Properties of the blocks: what passes unchanged, and the receptive fields."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import numbers

from nablab.layers import CausalDilatedBlock, ResidualBlock

pytestmark = pytest.mark.slow
often = settings(max_examples=20)


def waves(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@often
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 11))
def test_a_causal_block_is_causal_bit_for_bit(kernel_size, dilation_rate, cut):
    """Inputs from step `cut` on do not change any earlier output."""
    block = CausalDilatedBlock(5, kernel_size, dilation_rate)
    x = waves(2, 12, 3)
    changed = x.copy()
    changed[:, cut:] = 1e3 * waves(2, 12 - cut, 3)
    for one, other in zip(numbers(block(x)), numbers(block(changed)), strict=True):
        np.testing.assert_array_equal(one[:, :cut], other[:, :cut])
        assert np.any(one[:, cut:] != other[:, cut:])


@often
@given(st.integers(1, 4), st.integers(1, 4))
def test_a_causal_blocks_receptive_field_is_k_minus_1_times_d_plus_1(kernel_size, dilation_rate):
    """A step has an effect k times, every d steps, and for the last time (k - 1) d steps later."""
    block = CausalDilatedBlock(5, kernel_size, dilation_rate)
    x = waves(1, 20, 3)
    changed = x.copy()
    changed[:, 4] += 1
    (_, one), (_, other) = numbers(block(x)), numbers(block(changed))
    (heard,) = np.nonzero(np.any(one != other, axis=(0, 2)))
    assert heard.tolist() == [4 + j * dilation_rate for j in range(kernel_size)]
    assert heard[-1] - heard[0] + 1 == (kernel_size - 1) * dilation_rate + 1


def test_stacked_causal_blocks_see_the_sum_of_their_pasts():
    """Dilations 1, 2, 4, 8 with two taps: 16 steps."""
    blocks = [CausalDilatedBlock(5, 2, 2**number) for number in range(4)]

    def stack(x):
        for block in blocks:
            x, _ = block(x)
        return numbers(x)

    x = waves(1, 24, 3)
    changed = x.copy()
    changed[:, 2] += 1
    (heard,) = np.nonzero(np.any(stack(x) != stack(changed), axis=(0, 2)))
    assert heard.tolist() == list(range(2, 18))


def test_a_causal_block_whose_weights_are_zero_passes_on_its_input_and_skips_nothing():
    block = CausalDilatedBlock(5, kernel_initializer="zeros")
    x = waves(2, 6, 3)
    residual, skip = numbers(block(x))
    np.testing.assert_array_equal(residual, x)
    np.testing.assert_array_equal(skip, 0)


@pytest.mark.parametrize("training", [False, True])
def test_a_residual_block_with_zero_last_gamma_is_the_identity(training):
    """Up to its last ReLU, which passes inputs that are not negative."""
    block, x = ResidualBlock(3), np.abs(waves(2, 5, 6, 3))
    block.build(x.shape)
    block.norm2.gamma.assign(np.zeros(3))
    np.testing.assert_array_equal(numbers(block(x, training=training)), x)


@pytest.mark.parametrize("training", [False, True])
def test_a_pre_activation_block_with_zero_last_gamma_is_the_identity(training):
    block, x = ResidualBlock(3, pre_activation=True), waves(2, 5, 6, 3)
    block.build(x.shape)
    block.norm2.gamma.assign(np.zeros(3))
    np.testing.assert_array_equal(numbers(block(x, training=training)), x)


@pytest.mark.parametrize("pre_activation", [False, True])
@pytest.mark.parametrize(
    ("filters", "strides", "projects"), [(3, 1, False), (3, 2, True), (4, 1, True)]
)
def test_a_residual_block_projects_only_where_shapes_change(
    filters, strides, projects, pre_activation
):
    block = ResidualBlock(filters, strides, pre_activation)
    block.build((None, 8, 8, 3))
    names = {variable.path.split("/", 1)[-1] for variable in block.weights}
    assert ("kernel_shortcut" in names) is projects
    assert ("norm_shortcut/gamma" in names) is (projects and not pre_activation)


def test_a_residual_blocks_normalizations_learn_only_in_training():
    block, x = ResidualBlock(3), 5 + waves(4, 5, 6, 3)
    block(x, training=False)
    np.testing.assert_array_equal(numbers(block.norm1.moving_mean), 0)
    block(x, training=True)
    assert np.all(numbers(block.norm1.moving_mean) != 0)
