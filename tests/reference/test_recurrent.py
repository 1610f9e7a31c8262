"""Recurrent networks: cases by hand, and each gradient against central differences."""

import numpy as np
import pytest

from nablab.reference.recurrent import (
    gru,
    gru_gradients,
    gru_step,
    lstm,
    lstm_gradients,
    lstm_step,
    simple_rnn,
    simple_rnn_gradients,
)

B, T, N, UNITS = 2, 4, 3, 2


def drawn(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def central_differences(loss, array, step=1e-6):
    slopes = np.zeros_like(array)
    for place in np.ndindex(*array.shape):
        up, down = array.copy(), array.copy()
        up[place] += step
        down[place] -= step
        slopes[place] = (loss(up) - loss(down)) / (2 * step)
    return slopes


def check_gradients(forward, got, arrays, dh):
    """Each of `got` against the slope of Σ h dh along the array of the same place."""
    for number, (gradient, array) in enumerate(zip(got, arrays, strict=True)):

        def loss(moved, number=number):
            given = [moved if i == number else a for i, a in enumerate(arrays)]
            return np.sum(forward(*given) * dh)

        expected = central_differences(loss, array)
        np.testing.assert_allclose(gradient, expected, atol=1e-8, err_msg=str(number))


# By hand


def test_a_simple_rnn_of_one_unit_by_hand():
    h = simple_rnn(np.array([[[1.0], [2.0]]]), [[0.5]], [[-1.0]], [0.25])
    first = np.tanh(0.5 * 1 + 0.25)
    assert h[0, :, 0].tolist() == [first, np.tanh(0.5 * 2 - 1 * first + 0.25)]


def test_an_lstm_step_of_one_unit_by_hand():
    W, U, b = [[0.0, 0.0, 1.0, 0.0]], np.zeros((1, 4)), np.log([1.0, 3.0, 1.0, 1.0])
    h, c = lstm_step(np.array([[0.5]]), np.zeros((1, 1)), np.array([[2.0]]), W, U, b)
    cell = 0.75 * 2 + 0.5 * np.tanh(0.5)  # σ(ln 3) = 3/4, σ(0) = 1/2
    np.testing.assert_allclose(c, [[cell]], atol=1e-15)
    np.testing.assert_allclose(h, [[0.5 * np.tanh(cell)]], atol=1e-15)


@pytest.mark.parametrize("reset_after", [True, False])
def test_a_gru_step_of_one_unit_by_hand(reset_after):
    W = [[0.0, 0.0, 1.0]]
    U = [[0.0, 0.0, 2.0]]
    b = np.log([3.0, 3.0, 1.0])  # z = r = 3/4
    if reset_after:
        b = np.stack([b, [0.0, 0.0, 1.0]])
    h = gru_step(np.array([[0.5]]), np.array([[0.2]]), W, U, b, reset_after)
    inner = 0.75 * (2 * 0.2 + 1) if reset_after else 2 * (0.75 * 0.2)
    np.testing.assert_allclose(h, [[0.75 * 0.2 + 0.25 * np.tanh(0.5 + inner)]], atol=1e-15)


def test_both_kinds_of_gru_agree_if_the_reset_gate_is_open_and_there_is_no_second_bias():
    x, W, U, b = drawn(B, T, N), drawn(N, 3 * UNITS), drawn(UNITS, 3 * UNITS), drawn(3 * UNITS)
    b[UNITS : 2 * UNITS] = 1e3
    after = gru(x, W, U, np.stack([b, np.zeros_like(b)]), reset_after=True)
    np.testing.assert_allclose(gru(x, W, U, b, reset_after=False), after, atol=1e-12)


def test_a_masked_step_copies_the_state():
    x, W, U, b = drawn(B, T, N), drawn(N, UNITS), drawn(UNITS, UNITS), drawn(UNITS)
    mask = np.array([[True, False, True, False], [False, True, True, True]])
    h = simple_rnn(x, W, U, b, mask=mask)
    assert np.array_equal(h[0, 1], h[0, 0]) and np.array_equal(h[0, 3], h[0, 2])
    assert not h[1, 0].any()
    np.testing.assert_allclose(h[1, 1:], simple_rnn(x[1:, 1:], W, U, b)[0], atol=1e-15)


# Gradients


def test_the_gradients_of_a_simple_rnn_are_central_differences():
    x, W, U, b, h0 = drawn(B, T, N), drawn(N, UNITS), drawn(UNITS, UNITS), drawn(UNITS), drawn(B, 2)
    dh = drawn(B, T, UNITS)
    got = simple_rnn_gradients(x, W, U, b, dh, h0)
    check_gradients(simple_rnn, got, [x, W, U, b, h0], dh)


def test_the_gradients_of_an_lstm_are_central_differences():
    x, W, U, b = drawn(B, T, N), drawn(N, 4 * UNITS), drawn(UNITS, 4 * UNITS), drawn(4 * UNITS)
    h0, c0, dh = drawn(B, UNITS), drawn(UNITS, B).T, drawn(B, T, UNITS)
    got = lstm_gradients(x, W, U, b, dh, h0, c0)
    check_gradients(lambda *given: lstm(*given)[0], got, [x, W, U, b, h0, c0], dh)


@pytest.mark.parametrize("reset_after", [True, False])
def test_the_gradients_of_a_gru_are_central_differences(reset_after):
    x, W, U, h0 = drawn(B, T, N), drawn(N, 3 * UNITS), drawn(UNITS, 3 * UNITS), drawn(B, UNITS)
    b, dh = drawn(2, 3 * UNITS) if reset_after else drawn(3 * UNITS), drawn(B, T, UNITS)
    got = gru_gradients(x, W, U, b, dh, h0, reset_after)
    check_gradients(lambda *given: gru(*given, reset_after=reset_after), got, [x, W, U, b, h0], dh)


def test_the_gradients_start_from_a_zero_state_where_none_is_given():
    x, W, U, b = drawn(B, T, N), drawn(N, 4 * UNITS), drawn(UNITS, 4 * UNITS), drawn(4 * UNITS)
    dh, none = drawn(B, T, UNITS), np.zeros((B, UNITS))
    for got, expected in zip(
        lstm_gradients(x, W, U, b, dh), lstm_gradients(x, W, U, b, dh, none, none), strict=True
    ):
        assert np.array_equal(got, expected)
