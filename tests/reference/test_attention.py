"""Attention in plain NumPy: cases worked by hand, and the backward pass against differences."""

import math

import numpy as np
import pytest

from nablab.reference import attention


def drawn(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def differences(f, x, step=1e-6):
    """The gradient of a scalar f with respect to x."""
    x, got = x.copy(), np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        was = x[place]
        x[place] = was + step
        above = f(x)
        x[place] = was - step
        got[place] = (above - f(x)) / (2 * step)
        x[place] = was
    return got


def test_scaled_dot_product_of_a_hand_worked_case():
    q, k, v = [[math.log(3) * math.sqrt(2), 0]], [[1, 7], [0, 9]], [[4.0, 0.0], [8.0, 1.0]]
    y, A = attention.scaled_dot_product(q, k, v)
    np.testing.assert_allclose(A, [[3 / 4, 1 / 4]])
    np.testing.assert_allclose(y, [[5.0, 0.25]])


def test_the_scores_are_divided_by_the_root_of_the_number_of_features():
    q, k = drawn(0, 3, 5), drawn(1, 4, 5)
    _, twice = attention.scaled_dot_product(np.tile(q, 4), np.tile(k, 4), drawn(2, 4, 2))
    _, doubled = attention.scaled_dot_product(2 * q, k, drawn(2, 4, 2))
    np.testing.assert_allclose(twice, doubled)


def test_queries_of_zeros_give_the_mean_of_the_values():
    v = drawn(1, 4, 3)
    y, _ = attention.scaled_dot_product(np.zeros((2, 5)), drawn(0, 4, 5), v)
    np.testing.assert_allclose(y, [v.mean(axis=0)] * 2)


@pytest.mark.parametrize("masked", [False, True])
def test_the_gradients_of_scaled_dot_product_are_central_differences(masked):
    q, k, v, dy = drawn(0, 3, 2), drawn(1, 4, 2), drawn(2, 4, 5), drawn(3, 3, 5)
    mask = np.array([[1, 1, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], bool) if masked else None

    def loss(q, k, v):
        return np.sum(attention.scaled_dot_product(q, k, v, mask)[0] * dy)

    got = attention.scaled_dot_product_gradients(q, k, v, dy, mask)
    np.testing.assert_allclose(got[0], differences(lambda q: loss(q, k, v), q), atol=1e-8)
    np.testing.assert_allclose(got[1], differences(lambda k: loss(q, k, v), k), atol=1e-8)
    np.testing.assert_allclose(got[2], differences(lambda v: loss(q, k, v), v), atol=1e-8)


def test_the_gradients_are_those_of_each_example_of_a_batch():
    q, k, v, dy = drawn(0, 2, 3, 2), drawn(1, 2, 4, 2), drawn(2, 2, 4, 5), drawn(3, 2, 3, 5)
    whole = attention.scaled_dot_product_gradients(q, k, v, dy)
    for place in range(2):
        one = attention.scaled_dot_product_gradients(q[place], k[place], v[place], dy[place])
        for got, expected in zip(whole, one, strict=True):
            np.testing.assert_allclose(got[place], expected)


def test_additive_attention_of_a_hand_worked_case():
    a = math.atanh(math.log(3) / 2)  # tanh(a) = ½ ln 3, so the scores are ln 3 and 0
    y, A = attention.additive_attention(
        [[a]], [[0.0], [1.0]], [[4.0], [8.0]], [[1.0]], [[-a]], [2.0]
    )
    np.testing.assert_allclose(A, [[3 / 4, 1 / 4]])
    np.testing.assert_allclose(y, [[5.0]])


def test_one_head_with_unit_matrices_is_scaled_dot_product():
    names = ("query", "key", "value", "output")
    weights = {f"{name}_kernel": np.eye(3) for name in names}
    q, k, v = drawn(0, 2, 4, 3), drawn(1, 2, 5, 3), drawn(2, 2, 5, 3)
    y, A = attention.multi_head_attention(q, k, v, weights, 1)
    expected = attention.scaled_dot_product(q, k, v)
    np.testing.assert_allclose(y, expected[0])
    np.testing.assert_allclose(A[:, 0], expected[1])


def test_the_order_of_the_heads_does_not_matter_when_the_output_knows_it():
    widths = {"query": (4, 6), "key": (4, 6), "value": (4, 6), "output": (6, 4)}
    weights = {f"{name}_kernel": drawn(i, *w) for i, (name, w) in enumerate(widths.items())}
    swapped = {
        name: np.roll(W, 3, axis=0 if name.startswith("output") else 1)
        for name, W in weights.items()
    }
    x = drawn(9, 5, 4)
    y, A = attention.multi_head_attention(x, x, x, weights, 2)
    other, B = attention.multi_head_attention(x, x, x, swapped, 2)
    np.testing.assert_allclose(other, y)
    np.testing.assert_allclose(B, A[::-1])


def test_a_block_whose_branches_give_nothing_passes_its_input_on():
    x = drawn(0, 5, 4)
    nothing, twice, thrice = (lambda z: 0 * z), (lambda z: 2 * z), (lambda z: 3 * z)
    pre = attention.transformer_block(x, nothing, twice, thrice, nothing, "pre")
    post = attention.transformer_block(x, nothing, twice, thrice, nothing, "post")
    np.testing.assert_array_equal(pre, x)
    np.testing.assert_array_equal(post, 6 * x)
