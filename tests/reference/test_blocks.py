"""The blocks by hand."""

import doctest

import numpy as np

from nablab.reference import blocks


def centre(value):
    """A 3×3 kernel of one channel that reads only the pixel itself."""
    W = np.zeros((3, 3, 1, 1))
    W[1, 1] = value
    return W


def same(x):
    return x


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(blocks, extraglobs={"np": np}).failed == 0


def test_a_residual_block_by_hand():
    """F(x) = 3 · ReLU(2 x - 1): of 1 it is 3, of -1 it is 0."""
    got = blocks.residual_block([[[[1.0], [-1.0]]]], centre(2), centre(3), lambda h: h - 1, same)
    np.testing.assert_allclose(got[0, 0, :, 0], [4, 0])


def test_a_pre_activation_block_by_hand():
    """a = ReLU(x - 2); F = 3 · ReLU(2 a): of 3 it is 6, of -1 it is 0; x itself is added."""
    got = blocks.pre_activation_block(
        [[[[3.0], [-1.0]]]], centre(2), centre(3), lambda x: x - 2, same
    )
    np.testing.assert_allclose(got[0, 0, :, 0], [9, -1])


def test_a_projection_of_a_pre_activation_block_reads_what_is_activated():
    got = blocks.pre_activation_block(
        [[[[3.0], [-1.0]]]], centre(0), centre(0), same, same, shortcut=lambda a: 10 * a
    )
    np.testing.assert_allclose(got[0, 0, :, 0], [30, 0])


def test_a_causal_dilated_block_by_hand():
    """Wf reads the step two before, the gate is 1/2: z[t] = tanh(x[t - 2]) / 2."""
    x = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
    Wf, Wg = np.array([1.0, 0.0]).reshape(2, 1, 1), np.zeros((2, 1, 1))
    residual, skip = blocks.causal_dilated_block(
        x, Wf, [0], Wg, [0], [[2.0]], [0], [[4.0]], [1], dilation=2
    )
    np.testing.assert_allclose(residual[0, :, 0], [1, 2, 3 + np.tanh(1)])
    np.testing.assert_allclose(skip[0, :, 0], [1, 1, 1 + 2 * np.tanh(1)])
