"""Properties of activations and dropout on any input."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.backends import gradients, numbers

from nablab.layers import GELU, Dropout, Embedding, ReLU, Softmax, SpatialDropout
from nablab.reference import dropout as reference

pytestmark = pytest.mark.slow
often = settings(max_examples=30)
inputs = arrays.arrays(
    "float32",
    arrays.array_shapes(min_dims=2, max_dims=4, min_side=2, max_side=5),
    elements=st.floats(-30, 30, width=32, allow_subnormal=False),
)


@often
@given(inputs, st.integers(0, 1))
def test_softmax_rows_sum_to_one_and_are_not_negative(x, axis):
    y = numbers(Softmax(axis=axis)(x))
    np.testing.assert_allclose(y.sum(axis=axis), 1, atol=1e-5)
    assert np.all(y >= 0)


@often
@given(inputs, st.floats(-50, 50, width=32))
def test_softmax_does_not_change_when_all_inputs_shift(x, shift):
    np.testing.assert_allclose(
        numbers(Softmax()(x + shift)), numbers(Softmax()(x)), rtol=1e-4, atol=1e-5
    )


@often
@given(inputs, st.integers(0, 2**32 - 1))
def test_masked_softmax_is_softmax_where_the_mask_is_true_and_zero_elsewhere(x, seed):
    mask = np.random.default_rng(seed).random(x.shape) < 0.5
    y = numbers(Softmax()(x, mask))
    assert np.all(y[~mask] == 0)
    np.testing.assert_allclose(y.sum(axis=-1), mask.any(axis=-1), atol=1e-5)
    for place in np.ndindex(x.shape[:-1]):
        allowed = mask[place]
        if allowed.any():
            logits = x[place][allowed]
            e = np.exp(logits - logits.max())
            np.testing.assert_allclose(y[place][allowed], e / e.sum(), atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16", "mixed_bfloat16"])
def test_a_row_masked_out_entirely_gives_zeros(dtype):
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    y = numbers(Softmax(dtype=dtype)(x, np.array([[False, False], [True, True]])))
    np.testing.assert_array_equal(y[0], 0)
    np.testing.assert_allclose(y[1].astype("float32").sum(), 1, atol=1e-2)


def test_a_row_masked_out_entirely_has_gradient_zero():
    mask = np.array([[False, False], [True, True]])
    layer, x = Softmax(), np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    (got,) = gradients(lambda x: layer(x, mask)[0, 0] + layer(x, mask)[1, 0], [], [x])
    np.testing.assert_array_equal(got[0], 0)
    assert np.all(got[1] != 0)


def test_a_mask_of_keys_broadcasts_over_heads_and_queries():
    x = np.zeros((2, 3, 4, 5), "float32")
    mask = (np.arange(5) < np.array([[2], [4]])).reshape(2, 1, 1, 5)
    y = numbers(Softmax()(x, mask))
    np.testing.assert_allclose(y[0, 2, 3], [0.5, 0.5, 0, 0, 0])
    np.testing.assert_allclose(y[1, 0, 1], [0.25, 0.25, 0.25, 0.25, 0])


@pytest.mark.parametrize("shape", [(2, 3), (1, 1, 3), (4,), (1, 4)], ids=str)
def test_a_mask_that_does_not_broadcast_is_refused(shape):
    with pytest.raises(ValueError, match=r"Softmax: the mask has shape .* not broadcastable"):
        Softmax()(np.ones((1, 3), "float32"), mask=np.ones(shape, bool))


def test_a_mask_of_steps_excludes_no_entry_and_is_handed_on():
    ids = np.array([[1, 2, 0, 0]])
    x = keras.layers.Embedding(5, 4, mask_zero=True)(ids)  # as many steps as channels
    y = Softmax()(x)
    np.testing.assert_allclose(numbers(y).sum(axis=-1), 1, rtol=1e-5)
    mask = Softmax().compute_mask(x, Embedding(5, 4, mask_zero=True).compute_mask(ids))
    np.testing.assert_array_equal(numbers(mask), ids != 0)


def test_numpys_numbers_are_taken():
    assert ReLU(np.float32(6)).get_config()["max_value"] == 6
    assert Softmax(np.int64(1)).axis == 1
    layer = Dropout(np.float32(0.25), (np.int64(1), None), np.int64(3))
    assert layer.get_config()["noise_shape"] == (1, None) and layer.seed == 3
    assert Embedding(np.int64(5), np.int32(2)).output_dim == 2


@often
@given(inputs, st.floats(0, 2), st.floats(0.5, 8))
def test_relu_lies_between_its_slope_and_its_limit(x, slope, limit):
    y = numbers(ReLU(negative_slope=slope, max_value=limit)(x))
    inside = (x >= 0) & (x < limit)
    np.testing.assert_array_equal(y[inside], x[inside])
    np.testing.assert_allclose(y[x < 0], slope * x[x < 0], rtol=1e-5, atol=1e-30)
    np.testing.assert_allclose(y[x >= limit], limit, rtol=1e-6)


@often
@given(inputs, st.booleans())
def test_gelu_of_x_less_gelu_of_minus_x_is_x(x, approximate):
    """For Φ(x) + Φ(-x) = 1."""
    layer = GELU(approximate=approximate)
    np.testing.assert_allclose(numbers(layer(x)) - numbers(layer(-x)), x, rtol=1e-5, atol=1e-5)


@often
@given(st.floats(0.05, 0.9), st.integers(0, 2**31 - 1))
def test_inverted_dropout_keeps_the_mean_and_drops_its_rate(rate, seed):
    """To five deviations of a mean of 40000 draws."""
    y = numbers(Dropout(rate, seed=seed)(np.ones((200, 200), "float32"), training=True))
    deviation = (rate * (1 - rate) / y.size) ** 0.5
    assert abs((y == 0).mean() - rate) < 5 * deviation
    assert abs(y.mean() - 1) < 5 * deviation / (1 - rate) + 1e-5


@often
@given(st.floats(0.05, 0.9), st.integers(0, 2**31 - 1))
def test_dropout_is_the_references_for_what_it_drew(rate, seed):
    x = np.random.default_rng(seed).uniform(1, 2, (6, 7)).astype("float32")
    y = numbers(Dropout(rate, seed=seed)(x, training=True))
    np.testing.assert_allclose(y, reference.dropout(x, y != 0, rate), rtol=1e-5)


@often
@given(st.integers(1, 3), st.integers(0, 2**31 - 1))
def test_spatial_dropout_drops_whole_channels_example_by_example(axes, seed):
    shape = (40, *(3,) * axes, 50)
    x = np.random.default_rng(seed).uniform(1, 2, shape).astype("float32")
    y = numbers(SpatialDropout(0.4, seed=seed)(x, training=True))
    keep = y[(slice(None), *(slice(0, 1),) * axes)] != 0  # (B, 1, ..., C)
    np.testing.assert_allclose(y, reference.dropout(x, keep, 0.4), rtol=1e-5)
    assert abs(keep.mean() - 0.6) < 5 * (0.24 / keep.size) ** 0.5


def test_a_noise_shape_drops_together_what_it_has_as_1():
    x = np.ones((20, 5, 30), "float32")
    y = numbers(Dropout(0.5, noise_shape=(None, 1, None))(x, training=True))
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 5, axis=1))
    assert set(np.unique(y)) == {0, 2}


def test_a_noise_shape_of_another_rank_is_refused():
    with pytest.raises(ValueError, match=r"noise_shape is \(1, None\) .* shape \(2, 3, 4\)"):
        Dropout(0.5, noise_shape=(1, None))(np.ones((2, 3, 4), "float32"), training=True)


def test_spatial_dropout_of_channels_first_drops_along_the_second_axis():
    x = np.ones((20, 8, 3, 4), "float32")
    y = numbers(SpatialDropout(0.5, data_format="channels_first")(x, training=True))
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :, :1, :1], y.shape))
    assert set(np.unique(y)) == {0, 2}


@pytest.mark.parametrize("training", [True, False])
def test_spatial_dropout_without_spatial_axes_is_refused(training):
    with pytest.raises(ValueError, match=r"shape \(4, 3\); expected axes \(B, T, ..., C\)"):
        SpatialDropout(0.5)(np.ones((4, 3), "float32"), training=training)
    with pytest.raises(ValueError, match=r"shape \(None, 3\); expected axes"):
        SpatialDropout(0.5)(keras.Input((3,)))


@pytest.mark.parametrize("make", [Dropout, SpatialDropout])
@pytest.mark.parametrize(("rate", "training"), [(0.0, True), (0.5, False)])
def test_dropout_of_rate_zero_or_at_inference_is_the_identity(make, rate, training):
    x = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")
    np.testing.assert_array_equal(numbers(make(rate)(x, training=training)), x)


@pytest.mark.parametrize("make", [Dropout, SpatialDropout])
def test_dropout_draws_anew_at_every_call_and_the_same_from_the_same_seed(make):
    x = np.ones((4, 3, 30), "float32")
    first, other = make(0.5, seed=3), make(0.5, seed=3)
    one, two = numbers(first(x, training=True)), numbers(first(x, training=True))
    assert np.any(one != two)
    np.testing.assert_array_equal(numbers(other(x, training=True)), one)
