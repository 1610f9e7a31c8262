"""Activations and the loss by hand, their gradients by central differences."""

import doctest

import numpy as np
import pytest

from nablab.reference import activation, dropout, loss


def differences(function, x, dy, step=1e-6):
    """d Σ dy · function / dx by moving each number both ways."""
    x = np.array(x, np.float64)
    out = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        high, low = (np.sum(dy * function(m)) for m in moved)
        out[place] = (high - low) / (2 * step)
    return out


@pytest.mark.parametrize("module", [activation, dropout, loss], ids=lambda m: m.__name__)
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0


def test_relu_by_hand():
    np.testing.assert_array_equal(activation.relu([-4.0, 0.0, 2.0]), [0, 0, 2])
    np.testing.assert_array_equal(activation.relu([-4.0, 0.0, 9.0], 0.25, 6), [-1, 0, 6])


def test_gelu_by_tables_of_the_normal_distribution():
    np.testing.assert_allclose(
        activation.gelu([-1.96, 0.0, 1.96]), [-1.96 * 0.025, 0, 1.96 * 0.975], atol=1e-5
    )


def test_the_two_forms_of_gelu_are_close_but_differ():
    x = np.linspace(-5, 5, 101)
    apart = np.abs(activation.gelu(x) - activation.gelu(x, approximate=True)).max()
    assert 1e-5 < apart < 1e-3


def test_softmax_by_hand():
    np.testing.assert_allclose(
        activation.softmax(np.log([[1.0, 2.0, 5.0]])), [[0.125, 0.25, 0.625]]
    )
    np.testing.assert_allclose(
        activation.softmax(np.log([[1.0, 2.0], [3.0, 2.0]]), axis=0), [[0.25, 0.5], [0.75, 0.5]]
    )


def test_softmax_is_over_the_entries_where_the_mask_is_true():
    x, mask = np.log([[1.0, 3.0, 90.0]]), [[True, True, False]]
    np.testing.assert_allclose(activation.softmax(x, attend_mask=mask), [[0.25, 0.75, 0]])


def test_softmax_of_a_row_that_is_masked_entirely_is_zero():
    np.testing.assert_array_equal(activation.softmax([[1.0, 2.0]], attend_mask=[[0, 0]]), [[0, 0]])


def test_a_mask_of_columns_broadcasts():
    got = activation.softmax(np.zeros((2, 3, 4)), attend_mask=[True, True, False, False])
    np.testing.assert_allclose(got, np.broadcast_to([0.5, 0.5, 0, 0], (2, 3, 4)))


@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize("masked", [False, True])
def test_softmaxs_gradient_is_central_differences(axis, masked):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 4, 5))
    mask = rng.random(x.shape) < 0.6 if masked else None
    y = activation.softmax(x, axis, mask)
    measured = differences(lambda m: activation.softmax(m, axis, mask), x, dy)
    np.testing.assert_allclose(activation.softmax_gradient(y, dy, axis), measured, atol=1e-8)


def test_cross_entropy_by_hand():
    """Probabilities 1/2 and 1/4 of the target."""
    logits = np.log([[2.0, 1.0, 1.0], [2.0, 1.0, 1.0]])
    got = loss.softmax_cross_entropy(logits, [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(got, [np.log(2), np.log(4)])


def test_cross_entropy_of_large_logits_is_finite():
    np.testing.assert_allclose(loss.softmax_cross_entropy([[1e4, 0.0]], [[0, 1]]), [1e4])


def test_cross_entropys_gradient_is_central_differences():
    rng = np.random.default_rng(0)
    logits, shares = rng.normal(size=(3, 4)), rng.dirichlet(np.ones(4), 3)
    measured = differences(
        lambda m: loss.softmax_cross_entropy(m, shares)[:, None], logits, np.ones((3, 1))
    )
    got = loss.softmax_cross_entropy_gradient(logits, shares)
    np.testing.assert_allclose(got, measured, atol=1e-8)


def test_dropout_by_hand():
    np.testing.assert_array_equal(dropout.dropout([3.0, 5.0], [1, 0], rate=0.25), [4, 0])
    np.testing.assert_array_equal(dropout.dropout([3.0, 5.0]), [3, 5])
