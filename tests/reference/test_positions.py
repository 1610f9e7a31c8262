"""Positions: cases by hand, and the properties of the two kinds."""

import numpy as np
import pytest

from nablab.reference.positions import angles, rotary_positions, sinusoidal_positions


def test_the_sinusoids_of_four_channels_by_hand():
    P = sinusoidal_positions(3, 4, base=100)
    expected = [np.sin(2), np.cos(2), np.sin(0.2), np.cos(0.2)]
    np.testing.assert_allclose(P[2], expected, atol=1e-15)


def test_a_start_moves_all_positions():
    assert np.array_equal(sinusoidal_positions(5, 6, start=3), sinusoidal_positions(8, 6)[3:])
    x = np.random.default_rng(0).normal(size=(2, 8, 6))
    np.testing.assert_allclose(rotary_positions(x[:, 3:], start=3), rotary_positions(x)[:, 3:])


def test_a_pair_of_channels_is_a_complex_number_rotated_by_its_angle():
    x = np.random.default_rng(0).normal(size=(2, 5, 3, 6))
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles(5, 6))[:, None]
    y = rotary_positions(x)
    np.testing.assert_allclose(y[..., 0::2], turned.real, atol=1e-12)
    np.testing.assert_allclose(y[..., 1::2], turned.imag, atol=1e-12)


@pytest.mark.parametrize("wrong", [1, 5])
def test_an_odd_number_of_channels_is_refused(wrong):
    with pytest.raises(ValueError, match=str(wrong)):
        sinusoidal_positions(3, wrong)
    with pytest.raises(ValueError, match=str(wrong)):
        rotary_positions(np.zeros((1, 3, wrong)))
