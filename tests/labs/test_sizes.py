"""Lab 2: the numbers that its text prints, its pictures, and the reference it is judged by, beside
Keras, SciPy and plain counting."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from nablab import data
from nablab.authored.read import SETUP, read_cells
from nablab.checking.load import CHECKS, LabCode
from nablab.course import find_course
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.counting import (
    multiplications,
    output_shape,
    param_count,
    shapes_through,
)
from nablab.reference.receptive import reached, receptive_field
from nablab.reference.sizes import out_size, same_pads
from nablab.reference.unrolled import col2im, conv_matrix_1d, conv_matrix_2d, im2col
from nablab.show import sizes as show

LAB = find_course(Path(__file__).resolve().parents[2]).authored_lab("sizes")
CODE = LabCode(LAB)
ORACLES, MATRIX = (CODE.module(CHECKS, name) for name in ("oracles", "conv_matrix_2d"))
LENET = ORACLES.LENET


def conv2d(filters, kernel, strides=(1, 1), padding="valid", bias=True):
    return ORACLES.conv2d(filters, kernel, strides, padding, bias)


@pytest.fixture
def rng():
    return np.random.default_rng(20240102)


# The numbers of the text


def test_the_lenet_of_the_notebook_is_the_one_that_is_checked():
    names = {}
    for cell in read_cells(LAB):
        if cell.kind == SETUP:
            exec(cell.source, names)
    assert names["LENET"] == LENET


def test_the_puzzle_of_the_corner_and_the_pixels_never_read():
    words = show.reads(8, 3)
    assert "valid, stride 1: a corner once, the middle 9 times, no pixels left out" in words
    assert "valid, stride 2: a corner once, the middle 4 times, 15 pixels left out" in words
    assert "same, stride 1: a corner 4 times, the middle 9 times, no pixels left out" in words


def test_the_table_of_sizes():
    cases = ((10, 3, 1, "valid"), (10, 3, 1, 1), (8, 3, 2, "valid"), (8, 3, 1, 0, 2))
    assert [out_size(*case) for case in cases] == [8, 10, 3, 4]
    assert out_size(7, 3, 2, "same") == 4
    with pytest.raises(ValueError, match="fit"):
        out_size(4, 5, 2)
    assert int((4 - 5) / 2) + 1 == 1  # what int(...) would find
    assert (4 - 5) // 2 + 1 == 0


def test_five_layers_on_a_photo_of_320_pixels():
    valid, same = [320], [320]
    for _ in range(5):
        valid.append(out_size(valid[-1], 3, 2))
        same.append(out_size(same[-1], 3, 2, "same"))
    assert valid == [320, 159, 79, 39, 19, 9]
    assert same[-1] == 10


def outputs(n, before, after):
    padded = np.pad(np.arange(n), (before, after))
    return conv_nd(padded[None, :, None], np.reshape([1, 10, 100], (3, 1, 1)), strides=2)[0, :, 0]


def test_the_two_ramps():
    assert same_pads(6, 3, 2) == (0, 1)
    np.testing.assert_array_equal(outputs(6, 0, 1), [210, 432, 54])
    assert same_pads(7, 3, 2) == (1, 1)
    np.testing.assert_array_equal(outputs(7, 1, 1), [100, 321, 543, 65])
    np.testing.assert_array_equal(outputs(6, 1, 1), [100, 321, 543])


def test_the_zeros_to_bet_on():
    assert same_pads(224, 7, 2) == (2, 3)
    assert (out_size(224, 7, 2, "same") - 1) * 2 + 7 == 229


def test_the_three_matrices_of_a_row():
    first = [[1, 10, 100, 0, 0], [0, 1, 10, 100, 0], [0, 0, 1, 10, 100]]
    np.testing.assert_array_equal(conv_matrix_1d([1, 10, 100], 5), first)
    np.testing.assert_array_equal(conv_matrix_1d([1, 10, 100], 5, 2), first[::2])
    padded = [
        [10, 100, 0, 0, 0],
        [1, 10, 100, 0, 0],
        [0, 1, 10, 100, 0],
        [0, 0, 1, 10, 100],
        [0, 0, 0, 1, 10],
    ]
    np.testing.assert_array_equal(conv_matrix_1d([1, 10, 100], 7)[:, 1:-1], padded)
    M = conv_matrix_1d([1, 10, 100], 100)
    assert (M.size, np.count_nonzero(M), len(np.unique(M)) - 1) == (9800, 294, 3)


def test_the_matrix_of_an_image():
    M = conv_matrix_2d([[1, 2, 3], [4, 5, 6]], (3, 4))
    np.testing.assert_array_equal(M, MATRIX.MATRIX_OF_SIX)
    T0, T1 = conv_matrix_1d([1, 2, 3], 4), conv_matrix_1d([4, 5, 6], 4)
    zero = np.zeros((2, 4))
    np.testing.assert_array_equal(M, np.block([[T0, T1, zero], [zero, T0, T1]]))


def test_the_share_of_entries_that_are_not_zero():
    M = conv_matrix_2d(np.ones((3, 3)), (28, 28))
    assert M.shape == (676, 784)
    assert round(M.size / np.count_nonzero(M)) == 87


def test_the_patches_and_their_bytes():
    x = np.arange(1, 13).reshape(2, 3, 2)
    np.testing.assert_array_equal(
        im2col(x, 2, 2), [[1, 2, 3, 4, 7, 8, 9, 10], [3, 4, 5, 6, 9, 10, 11, 12]]
    )
    photo = data.sample_photo("china")
    assert photo.astype(np.float32).nbytes == 817_920
    assert im2col(photo, 3, 3).size * 4 == 7_246_584
    assert 8.5 < 7_246_584 / 817_920 < 9
    assert im2col(photo, 5, 5, 5).size <= photo.size  # without overlap nothing is copied twice


def test_the_table_of_lenet():
    shapes = shapes_through(LENET, (32, 32, 1))[1:]
    assert shapes == [
        (28, 28, 6),
        (14, 14, 6),
        (10, 10, 16),
        (5, 5, 16),
        (400,),
        (120,),
        (84,),
        (10,),
    ]
    counts = param_count(LENET, (32, 32, 1))
    assert counts == [156, 0, 2416, 0, 0, 48120, 10164, 850]
    assert sum(counts) == 61706
    assert 0.75 < counts[5] / sum(counts) < 0.8
    whole = 32 * 32 * 4704 + 4704
    assert 30_000 < whole / counts[0] < 32_000


def test_a_depthwise_layer_and_a_whole_one():
    assert param_count([ORACLES.depthwise(1)], (9, 8, 16)) == [160]
    assert param_count([conv2d(16, (3, 3))], (9, 8, 16)) == [2320]


def test_the_macs_of_lenet():
    found = multiplications(LENET, (32, 32, 1))
    assert found[0] == 117_600
    assert sum(found) == 416_520
    assert int(np.argmax(found)) == 2
    assert int(np.argmax(param_count(LENET, (32, 32, 1)))) == 5


def test_a_pair_of_small_layers():
    pair = [ORACLES.depthwise(1, padding="same", bias=False), conv2d(128, (1, 1), bias=False)]
    whole = [conv2d(128, (3, 3), padding="same", bias=False)]
    shape = (30, 20, 64)
    assert param_count(pair, shape) == [576, 8192]
    assert param_count(whole, shape) == [73728]
    assert 8 * sum(param_count(pair, shape)) < 73728
    assert 8 * sum(multiplications(pair, shape)) < sum(multiplications(whole, shape))


def test_the_table_of_fields():
    layers = [(3, 1, 1), (2, 2, 1), (3, 1, 1)]
    table = [receptive_field(layers[:depth]) for depth in range(4)]
    assert table == [(1, 1, 0), (3, 1, 1), (4, 2, 1.5), (8, 2, 3.5)]
    assert receptive_field([layers[1], layers[0], layers[2]])[0] == 2 + 4 + 4
    seen = reached(layers, [np.ones(k) for k, _, _ in layers], 10) > 0
    np.testing.assert_array_equal(np.flatnonzero(seen[:, 0]), range(8))
    np.testing.assert_array_equal(np.flatnonzero(seen[:, 1]), range(2, 10))


# The reference beside Keras and SciPy


def test_sizes_equal_keras(rng):
    layers = pytest.importorskip("keras").layers
    compared = 0
    for n, k, s, d, p in rng.integers([1, 1, 1, 1, 0], [40, 7, 5, 4, 4], size=(150, 5)):
        n, k, s, d, p = (int(value) for value in (n, k, s, d, p))
        if s > 1:
            d = 1  # Keras has no layer with both
        for pad in ("valid", "same", p):
            whole = isinstance(pad, int)
            shape = (None, n, 2)
            if whole:
                shape = layers.ZeroPadding1D(pad).compute_output_shape(shape)
            if pad != "same" and shape[1] <= d * (k - 1):
                continue
            padding = "valid" if whole else pad
            layer = layers.Conv1D(3, k, strides=s, padding=padding, dilation_rate=d)
            assert layer.compute_output_shape(shape) == (None, out_size(n, k, s, pad, d), 3)
            compared += 1
    assert compared > 300


@pytest.mark.parametrize("n, k, s, d", [(13, 4, 3, 1), (12, 3, 2, 1), (9, 2, 1, 3), (11, 2, 5, 1)])
def test_pads_equal_keras(rng, n, k, s, d):
    keras = pytest.importorskip("keras")
    x, w = rng.normal(size=(1, n, 1)), rng.normal(size=(k, 1, 1))
    padded = np.pad(x, [(0, 0), same_pads(n, k, s, d), (0, 0)])
    theirs, mine = (
        keras.ops.convert_to_numpy(
            keras.ops.conv(
                keras.ops.cast(signal, "float64"),
                keras.ops.cast(w, "float64"),
                strides=s,
                padding=padding,
                dilation_rate=d,
            )
        )
        for signal, padding in ((x, "same"), (padded, "valid"))
    )
    np.testing.assert_allclose(mine, theirs, rtol=1e-9)
    np.testing.assert_allclose(mine, conv_nd(x, w, strides=s, dilation=d, padding="same"))


def test_the_matrix_equals_scipys_toeplitz_and_its_transpose_a_full_convolution(rng):
    linalg, signal = pytest.importorskip("scipy.linalg"), pytest.importorskip("scipy.signal")
    w, y = rng.normal(size=4), rng.normal(size=8)
    M = conv_matrix_1d(w, 11)
    row, column = np.zeros(11), np.zeros(8)
    row[:4], column[0] = w, w[0]
    np.testing.assert_array_equal(M, linalg.toeplitz(column, row))
    np.testing.assert_allclose(M.T @ y, signal.convolve(y, w))
    assert np.linalg.matrix_rank(M) == 8


def test_the_matrix_of_an_image_equals_scipys_correlation(rng):
    signal = pytest.importorskip("scipy.signal")
    img, w = rng.normal(size=(6, 5)), rng.normal(size=(2, 3))
    M = conv_matrix_2d(w, img.shape)
    np.testing.assert_allclose(M @ img.ravel(), signal.correlate2d(img, w, "valid").ravel())
    assert np.count_nonzero(M) == 5 * 3 * 2 * 3


def test_patches_times_filters_equal_keras(rng):
    keras = pytest.importorskip("keras")
    x, w = rng.normal(size=(11, 7, 3)), rng.normal(size=(3, 2, 3, 4))
    theirs = keras.ops.conv(
        keras.ops.cast(x[None], "float64"), keras.ops.cast(w, "float64"), strides=2, padding="valid"
    )
    mine = (im2col(x, 3, 2, 2) @ w.reshape(-1, 4)).reshape(5, 3, 4)
    np.testing.assert_allclose(mine, keras.ops.convert_to_numpy(theirs)[0], rtol=1e-7)


@pytest.mark.parametrize("s", [1, 2, 3])
def test_col2im_is_the_adjoint_of_im2col(rng, s):
    x = rng.normal(size=(8, 7, 2))
    P = im2col(x, 3, 2, s)
    Y = rng.normal(size=P.shape)
    assert np.vdot(P, Y) == pytest.approx(np.vdot(x, col2im(Y, x.shape, 3, 2, s)))


def keras_layer(layers, layer):
    """A Keras layer of a layer's dict."""
    kinds = {
        "dense": layers.Dense,
        "conv2d": layers.Conv2D,
        "depthwise_conv2d": layers.DepthwiseConv2D,
        "max_pool2d": layers.MaxPooling2D,
        "flatten": layers.Flatten,
        "batch_norm": layers.BatchNormalization,
        "embedding": layers.Embedding,
    }
    return kinds[layer["kind"]](**{key: layer[key] for key in layer if key != "kind"})


@pytest.mark.parametrize(
    "layers, shape",
    [
        (LENET, (32, 32, 1)),
        (ORACLES.MIXED, (11, 9, 3)),
        (ORACLES.TEXT, (13,)),
        ([ORACLES.depthwise(3, (2, 5), (2, 2), "same"), ORACLES.conv2d(4, (3, 2))], (9, 8, 4)),
    ],
)
def test_parameters_and_shapes_equal_keras(layers, shape):
    keras = pytest.importorskip("keras")
    before, counts = (None, *shape), []
    for layer, expected in zip(layers, shapes_through(layers, shape)[1:], strict=True):
        made = keras_layer(keras.layers, layer)
        made.build(before)
        before = made.compute_output_shape(before)
        assert tuple(before) == (None, *expected)
        counts.append(made.count_params())
    assert counts == param_count(layers, shape)


def test_fields_equal_the_pixels_that_keras_has_gradients_for(rng):
    keras = pytest.importorskip("keras")
    from nablab.autodiff import value_and_gradients

    layers, n = [(3, 1, 2), (2, 2, 1), (3, 2, 1)], 23
    x = keras.Variable(rng.normal(size=(1, n, 1)).astype(np.float32))
    stack = []
    for k, s, d in layers:
        positive = keras.initializers.RandomUniform(0.5, 2, seed=k)
        stack.append(
            keras.layers.Conv1D(1, k, strides=s, dilation_rate=d, kernel_initializer=positive)
        )

    def unit(number):
        y = x
        for layer in stack:
            y = layer(y)
        return keras.ops.sum(y[0, number, 0])

    unit(0)  # build
    ends = []
    for number in (0, 1):
        _, grads = value_and_gradients(lambda number=number: unit(number), [x])
        seen = np.flatnonzero(keras.ops.convert_to_numpy(grads[0])[0, :, 0])
        ends.append((seen[0], seen[-1]))
    (a, b), (c, e) = ends
    assert receptive_field(layers) == (b - a + 1, (c + e - a - b) / 2, (a + b) / 2)


def test_multiplications_equal_loops_that_count():
    layer, shape = conv2d(3, (2, 3), (1, 2), "same"), (4, 5, 2)
    count = 0
    for _ in product(*map(range, output_shape(layer, shape)), range(2), range(3), range(2)):
        count += 1
    assert multiplications([layer], shape) == [count]


# The pictures


def test_the_pictures_load_no_library_before_they_are_used():
    code = (
        "import sys; from nablab.show import sizes;"
        "print([m for m in ('matplotlib', 'sklearn', 'scipy', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def undrawn(monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(plt, "show", lambda: None)
    yield
    plt.close("all")


def test_the_ruler_says_which_pixels_no_window_reads(undrawn):
    words = show.ruler([{"n": 8, "k": 3, "s": 2}, {"n": 11, "k": 2, "s": 3}], out_size)
    assert "n = 8, k = 3, stride = 2: 3 windows, in none: 7;" in words
    assert "4 windows, in none: 2, 5, 8." in words


def test_a_wrong_number_of_windows_is_drawn_all_the_same(undrawn):
    words = show.ruler([{"n": 8, "k": 3}, {"n": 8, "k": 3}], lambda n, k: 1000)
    assert "1000 windows" in words


def test_a_matrix_of_other_blocks_is_said_to_be(undrawn):
    w = [[1.0, -2.0], [3.0, 1.0]]
    words = show.blocks(w, (4, 5), 5, conv_matrix_2d)
    assert "all blocks are the same" in words
    assert "it is the filter with its corner on pixel [1, 1]" in words
    wrong = show.blocks(w, (4, 5), 5, lambda w, shape: np.roll(conv_matrix_2d(w, shape), 1, axis=0))
    assert "all blocks are not the same" in wrong
    assert "it is not the filter" in wrong


def test_a_frame_that_does_not_fit_is_said_to(undrawn):
    stacks = {"two": [(3, 1, 1)] * 2}
    assert "the frame fits" in show.footprints(stacks | {"one": [(3, 1, 1)]}, receptive_field)
    wrong = show.footprints(stacks | {"one": [(3, 1, 1)]}, lambda layers: (9, 1, 2.0))
    assert "does not fit" in wrong


def test_the_shares_of_work_and_of_parameters(undrawn):
    def macs(layers, shape):
        return sum(multiplications(layers, shape))

    words = show.work(LENET, (32, 32, 1), param_count, macs)
    assert "layer 2: 16 filters, 4 % of the parameters and 58 % of the MACs" in words
    assert "layer 5: dense 120, 78 % of the parameters and 12 % of the MACs" in words
    assert "layer 0: 6 filters, 0.3 % of the parameters and 28 % of the MACs" in words
