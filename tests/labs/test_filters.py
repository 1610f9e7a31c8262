"""Lab 1: the numbers that its text prints, its data, its pictures, and the reference it is
judged by."""

import subprocess
import sys

import numpy as np
import pytest

from nablab import data
from nablab.reference.convolution import conv, convolve2d_valid, correlate2d_valid
from nablab.reference.pooling import maxpool

X, RING, BANK = data.xo.clean("X"), data.xo.clean("O"), data.xo.bank()


def cut(values):
    """Cut to two decimals, as the text prints scores."""
    return np.trunc(np.round(np.asarray(values) * 100, 6)) / 100


def scores(img, filt):
    return correlate2d_valid(img, filt) / filt.size


# The numbers of the text


def test_the_x_has_ink_on_both_diagonals_from_1_to_7():
    expected = -np.ones((9, 9))
    for k in range(1, 8):
        expected[k, k] = expected[k, 8 - k] = 1
    np.testing.assert_array_equal(X, expected)


def test_the_bank_holds_main_diagonal_cross_and_anti_diagonal():
    np.testing.assert_array_equal(
        BANK,
        [
            [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
            [[1, -1, 1], [-1, 1, -1], [1, -1, 1]],
            [[-1, -1, 1], [-1, 1, -1], [1, -1, -1]],
        ],
    )


def test_the_first_row_of_the_first_map():
    assert [scores(X, filt).shape for filt in BANK] == [(7, 7)] * 3
    np.testing.assert_array_equal(
        cut(scores(X, BANK[0])[0]), [0.77, -0.11, 0.11, 0.33, 0.55, -0.11, 0.33]
    )


def test_the_pooled_map_with_clipped_windows():
    pooled = maxpool(scores(X, BANK[0])[:, :, None], (2, 2), (2, 2), clipped=True)[:, :, 0]
    np.testing.assert_array_equal(
        cut(pooled),
        [
            [1, 0.33, 0.55, 0.33],
            [0.33, 1, 0.33, 0.55],
            [0.55, 0.33, 1, 0.11],
            [0.33, 0.55, 0.11, 0.77],
        ],
    )
    whole = maxpool(scores(X, BANK[0])[:, :, None], (2, 2), (2, 2))[:, :, 0]
    np.testing.assert_array_equal(whole, pooled[:3, :3])


def test_the_hand_exercise():
    img = [[0, 1, 0, 1], [0, 1, 0, 1], [1, 1, 1, 1], [0, -2, 0, -2]]
    np.testing.assert_array_equal(correlate2d_valid(img, [[-0.5, 1, -0.5]] * 3), [[2, -2], [-1, 1]])


def test_the_score_by_hand():
    patch, filt = np.array([[1, -1, 2], [0, 3, 1]]), np.array([[2, 1, 1], [5, 1, -2]])
    np.testing.assert_array_equal(patch * filt, [[2, -1, 2], [0, 3, -2]])
    assert np.mean(patch * filt) == pytest.approx(2 / 3)


def test_the_row_under_correlation_and_convolution():
    row, filt = [[1, 2, 3, 4]], [[1, 10, 100]]
    np.testing.assert_array_equal(correlate2d_valid(row, filt), [[321, 432]])
    np.testing.assert_array_equal(convolve2d_valid(row, filt), [[123, 234]])


def test_the_pixel_of_many_channels():
    y = conv([[[2, 5]]], [[[[1, 0, -1], [0, 1, 2]]]], [10, 20, 30])
    np.testing.assert_array_equal(y, [[[12, 25, 38]]])


def test_the_gradient_by_hand():
    slope = np.add.outer(np.arange(3), np.arange(3))
    sobel_x = np.outer([1, 2, 1], [-1, 0, 1])
    assert correlate2d_valid(slope, sobel_x) == correlate2d_valid(slope, sobel_x.T) == 8


def test_the_puzzle_has_the_o_nearer_than_the_shifted_x():
    assert np.sum(data.xo.draw("X", shift=(0, 1)) == X) == 55
    assert np.sum(RING == X) == 60


def test_the_peaks_of_the_clean_letters():
    np.testing.assert_array_equal([cut(scores(X, filt).max()) for filt in BANK], [1, 1, 1])
    np.testing.assert_array_equal([cut(scores(RING, filt).max()) for filt in BANK], [1, 0.55, 1])


def test_the_line_filters_tell_directions_apart_on_the_photo():
    photo = data.sample_photo("china", grey=True)
    lines = {
        "horizontal": [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
        "vertical": [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
        "45°": [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]],
        "135°": [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
    }
    assert all(np.sum(filt) == 0 for filt in lines.values())
    sky = (slice(5, 60), slice(200, 310))
    for name, filt in lines.items():
        answer = np.abs(correlate2d_valid(photo, filt))
        assert answer.max() > 1.5, name
        assert answer[sky].mean() < 0.1 * answer.mean(), name


# The data


def test_letters_are_plus_and_minus_one_until_something_is_done_to_them():
    for letter in "XO":
        assert set(np.unique(data.xo.clean(letter))) == {-1.0, 1.0}
        assert data.xo.draw(letter, pen=1.3).max() == 1
        assert data.xo.draw(letter, pen=1.3).sum() > data.xo.clean(letter).sum()


def test_a_shift_moves_a_letter():
    np.testing.assert_array_equal(data.xo.draw("X", shift=(1, -1))[2:9, 0:7], X[1:8, 1:8])


def test_a_quarter_turn_leaves_both_letters_as_they_are():
    for letter in "XO":
        np.testing.assert_allclose(data.xo.draw(letter, turn=90), data.xo.clean(letter))


def test_turns_are_clockwise():
    turned = data.xo.draw("X", turn=12)
    assert turned[1, 2] > turned[2, 1]  # the stroke's upper left end has gone up and to the right


def test_samples_are_drawn_again_from_the_same_seed():
    first, again, other = (data.xo.sample(21, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]
    assert not np.array_equal(first[0], other[0])
    assert first[0].shape == (21, 9, 9)
    assert set(first[1]) == {"X", "O"}
    assert abs(first[1].count("X") - first[1].count("O")) == 1


def test_unknown_letters_photos_and_noise_without_a_generator_are_refused():
    with pytest.raises(ValueError, match="expected 'X' or 'O'"):
        data.xo.draw("Q")
    with pytest.raises(ValueError, match="rng"):
        data.xo.draw("X", noise=0.1)
    with pytest.raises(ValueError, match="china"):
        data.sample_photo("tower")


def test_the_photo_is_scikit_learns_at_half_its_size():
    datasets = pytest.importorskip("sklearn.datasets")
    full = datasets.load_sample_image("china.jpg")[:426].astype(float)
    photo = data.sample_photo("china")
    assert photo.shape == (213, 320, 3)
    assert photo.dtype == np.uint8
    np.testing.assert_allclose(photo, full.reshape(213, 2, 320, 2, 3).mean(axis=(1, 3)), atol=0.51)
    grey = data.sample_photo("china", grey=True)
    assert grey.shape == (213, 320)
    assert 0 <= grey.min() < grey.max() <= 1


# The reference


@pytest.mark.parametrize("shape, sides", [((7, 5), (3, 2)), ((5, 11), (2, 4)), ((6, 3), (6, 3))])
def test_correlation_and_convolution_equal_scipys(rng, shape, sides):
    signal = pytest.importorskip("scipy.signal")
    img, filt = rng.normal(size=shape), rng.normal(size=sides)
    np.testing.assert_allclose(correlate2d_valid(img, filt), signal.correlate2d(img, filt, "valid"))
    np.testing.assert_allclose(convolve2d_valid(img, filt), signal.convolve2d(img, filt, "valid"))


def test_sobel_equals_scipys_inside_the_image(rng):
    ndimage = pytest.importorskip("scipy.ndimage")
    img, sobel_x = rng.normal(size=(7, 11)), np.outer([1, 2, 1], [-1, 0, 1])
    np.testing.assert_allclose(
        correlate2d_valid(img, sobel_x), ndimage.sobel(img, axis=1)[1:-1, 1:-1]
    )
    np.testing.assert_allclose(
        correlate2d_valid(img, sobel_x.T), ndimage.sobel(img, axis=0)[1:-1, 1:-1]
    )


def test_a_filter_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="fit"):
        correlate2d_valid(np.ones((3, 3)), np.ones((2, 4)))
    with pytest.raises(ValueError, match="channels"):
        conv(np.ones((3, 3, 2)), np.ones((1, 1, 3, 1)))
    with pytest.raises(ValueError, match="fit"):
        maxpool(np.ones((3, 3, 2)), (4, 1))


def test_conv_equals_keras(rng):
    keras = pytest.importorskip("keras")
    x, w, b = rng.normal(size=(7, 5, 3)), rng.normal(size=(3, 2, 3, 4)), rng.normal(size=4)
    theirs = keras.ops.conv(
        keras.ops.cast(x[None], "float64"), keras.ops.cast(w, "float64"), padding="valid"
    )
    np.testing.assert_allclose(conv(x, w, b), keras.ops.convert_to_numpy(theirs)[0] + b, rtol=1e-7)


def test_what_keras_computes_is_a_correlation():
    keras = pytest.importorskip("keras")
    row = np.array([1.0, 2, 3, 4]).reshape(1, 1, 4, 1)
    filt = np.array([1.0, 10, 100]).reshape(1, 3, 1, 1)
    theirs = keras.ops.convert_to_numpy(keras.ops.conv(row, filt, padding="valid")).ravel()
    np.testing.assert_allclose(theirs, [321, 432])


@pytest.mark.parametrize("size, stride", [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 3), (3, 1))])
def test_maxpool_equals_keras(rng, size, stride):
    keras = pytest.importorskip("keras")
    x = rng.normal(size=(7, 8, 3)).astype(np.float32)
    layer = keras.layers.MaxPooling2D(size, strides=stride)
    np.testing.assert_allclose(
        maxpool(x, size, stride), keras.ops.convert_to_numpy(layer(x[None]))[0]
    )


def test_clipped_windows_equal_keras_same_where_that_pads_at_the_end_only(rng):
    keras = pytest.importorskip("keras")
    x = rng.normal(size=(7, 9, 2)).astype(np.float32)
    layer = keras.layers.MaxPooling2D((2, 2), strides=(2, 2), padding="same")
    np.testing.assert_allclose(
        maxpool(x, (2, 2), (2, 2), clipped=True), keras.ops.convert_to_numpy(layer(x[None]))[0]
    )


def test_no_clipped_window_is_empty():
    assert maxpool(np.ones((5, 5, 1)), (1, 1), (3, 3), clipped=True).shape == (2, 2, 1)


# The pictures


def test_pictures_and_data_load_no_library_before_they_are_used():
    code = (
        "import sys; from nablab import data; from nablab.show import filters; data.xo.clean('X'); data.sample_photo();"
        "print([m for m in ('matplotlib', 'sklearn', 'scipy', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def rng():
    return np.random.default_rng(20240101)
