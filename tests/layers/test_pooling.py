"""Properties of pooling layers for any image."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import gradients, numbers

from nablab.layers import (
    AveragePool1D,
    AveragePool2D,
    AveragePool3D,
    BlurPool,
    GlobalAveragePool,
    GlobalMaxPool,
    Maxout,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPoolWithSwitches,
    MaxUnpool,
)

pytestmark = pytest.mark.slow
quick = settings(max_examples=30)
PAIRS = {
    1: (MaxPool1D, AveragePool1D),
    2: (MaxPool2D, AveragePool2D),
    3: (MaxPool3D, AveragePool3D),
}
paddings = st.sampled_from(["valid", "same"])
seeds = st.integers(0, 2**16)


def image(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("rank", PAIRS)
@quick
@given(seed=seeds, size=st.integers(1, 3), stride=st.integers(1, 3), padding=paddings)
def test_a_maximum_is_never_below_the_average(rank, seed, size, stride, padding):
    x = image(seed, 2, *(5, 4, 3)[:rank], 2)
    largest, mean = (numbers(pool(size, stride, padding)(x)) for pool in PAIRS[rank])
    assert largest.shape == mean.shape
    assert np.all(largest >= mean - 1e-6)


@pytest.mark.parametrize("rank", PAIRS)
@quick
@given(size=st.integers(1, 3), stride=st.integers(1, 3), padding=paddings)
def test_a_constant_stays_a_constant_up_to_the_border(rank, size, stride, padding):
    x = np.full((1, *(5, 4, 3)[:rank], 1), -2, "float32")
    for pool in PAIRS[rank]:
        np.testing.assert_allclose(numbers(pool(size, stride, padding)(x)), -2, rtol=1e-6)


@pytest.mark.parametrize("rank", [1, 2])
def test_the_first_of_equal_maxima_gets_the_whole_gradient(rank):
    x = np.zeros((1, *(2,) * rank, 1), "float32")
    (got,) = gradients(lambda x: ops.sum(PAIRS[rank][0](2)(x)), [], [x])
    assert got.ravel().tolist() == [1, *[0] * (2**rank - 1)]


@pytest.mark.parametrize("pool", [MaxPool1D, AveragePool1D])
def test_a_window_larger_than_the_image_is_refused_with_both_sizes(pool):
    with pytest.raises(ValueError, match=r"\(1, 2, 1\).*\(3,\).*same"):
        pool(3)(np.zeros((1, 2, 1), "float32"))


@quick
@given(
    value=st.floats(-3, 3, width=32), size=st.integers(1, 5), stride=st.integers(1, 3), seed=seeds
)
def test_a_blur_keeps_a_constant_image(value, size, stride, seed):
    height, width = np.random.default_rng(seed).integers(5, 9, 2)
    x = np.full((1, height, width, 2), value, "float32")
    np.testing.assert_allclose(numbers(BlurPool(size, stride)(x)), value, atol=1e-5)
    inside = numbers(BlurPool(size, 1, padding="same")(x))[:, 2 : height - 2, 2 : width - 2]
    np.testing.assert_allclose(inside, value, atol=1e-5)


def test_a_shift_by_one_pixel_changes_a_blurred_pool_less():
    """Zhang's point: subsampling a fine pattern gives another image after a shift."""
    x = image(0, 8, 17, 17, 1)
    change = {}
    for name, pool in (
        ("plain", MaxPool2D(2)),
        ("blurred", keras.Sequential([MaxPool2D(2, strides=1), BlurPool(3)])),
    ):
        first, second = numbers(pool(x[:, :, :-1])), numbers(pool(x[:, :, 1:]))
        change[name] = np.mean((first - second) ** 2) / np.var(first)
    assert change["blurred"] < 0.7 * change["plain"]


def test_an_image_too_small_to_be_reflected_is_refused():
    with pytest.raises(ValueError, match=r"\(1, 2, 5, 1\).*kernel_size of 5.*above 2"):
        BlurPool(5)(np.zeros((1, 2, 5, 1), "float32"))


@quick
@given(
    seed=seeds,
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    height=st.integers(3, 6),
    width=st.integers(3, 6),
)
def test_unpooling_puts_the_maxima_back_and_pooling_again_gives_the_same(seed, size, height, width):
    x = np.abs(image(seed, 2, height, width, 2)) + 0.1
    pool = MaxPoolWithSwitches(size)
    y, switches = pool(x)
    back = MaxUnpool(size, output_size=(height, width))(y, switches)
    again, same_switches = pool(back)
    back = numbers(back)
    is_max = back != 0
    np.testing.assert_array_equal(back[is_max], x[is_max])
    assert is_max.sum() == numbers(y).size
    np.testing.assert_array_equal(numbers(again), numbers(y))
    np.testing.assert_array_equal(numbers(same_switches), numbers(switches))


def test_switches_are_those_of_the_pool_and_ties_go_to_the_first():
    x = np.zeros((1, 4, 6, 1), "float32")
    x[0, 3, 2:4] = 1
    y, switches = MaxPoolWithSwitches(2)(x)
    np.testing.assert_array_equal(numbers(y), numbers(MaxPool2D(2)(x)))
    assert keras.backend.standardize_dtype(switches.dtype) == "int32"
    assert numbers(switches)[0, :, :, 0].tolist() == [[0, 2, 4], [12, 20, 16]]


def test_a_model_may_pool_and_unpool():
    tensor = keras.Input((None, None, 3))
    y, switches = MaxPoolWithSwitches(2)(tensor)
    assert (y.dtype, switches.dtype) == ("float32", "int32")
    model = keras.Model(tensor, MaxUnpool(2)(y, switches))
    assert model.output_shape == (None, None, None, 3)
    x = np.abs(image(1, 2, 4, 6, 3))
    assert np.all(np.isin(numbers(model(x)), [0, *x.ravel()]))


def test_switches_of_another_shape_are_refused_with_both_shapes():
    with pytest.raises(ValueError, match=r"\(1, 2, 2, 1\).*\(1, 2, 3, 1\)"):
        MaxUnpool()(np.zeros((1, 2, 2, 1), "float32"), np.zeros((1, 2, 3, 1), "int32"))


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16", "float64"])
def test_a_global_pool_ignores_masked_steps_in_every_precision(dtype):
    x = np.array([[[1.0], [5.0], [99.0]], [[-2.0], [-99.0], [99.0]], [[4.0], [4.0], [4.0]]])
    mask = np.array([[True, True, False], [True, False, False], [False, False, False]])
    for pool, expected in ((GlobalAveragePool, [3, -2, 0]), (GlobalMaxPool, [5, -2, 0])):
        y = pool(dtype=dtype)(ops.convert_to_tensor(x), mask=ops.convert_to_tensor(mask))
        assert keras.backend.standardize_dtype(y.dtype) == dtype.removeprefix("mixed_")
        assert numbers(ops.cast(y, "float32")).ravel().tolist() == expected


def test_a_masked_words_embedding_does_not_reach_the_pool():
    for pool in (GlobalAveragePool(), GlobalMaxPool()):
        model = keras.Sequential([keras.layers.Embedding(5, 3, mask_zero=True), pool])
        short, padded = np.array([[2, 3]]), np.array([[2, 3, 0, 0]])
        np.testing.assert_allclose(numbers(model(padded)), numbers(model(short)), atol=1e-6)


@quick
@given(seed=seeds, pieces=st.integers(1, 4), share=st.floats(0, 1))
def test_maxout_is_convex(seed, pieces, share):
    keras.utils.set_random_seed(seed)
    layer = Maxout(3, pieces=pieces)
    a, b = image(seed, 4, 5), image(seed + 1, 4, 5)
    between = numbers(layer((share * a + (1 - share) * b).astype("float32")))
    assert np.all(between <= share * numbers(layer(a)) + (1 - share) * numbers(layer(b)) + 1e-5)
