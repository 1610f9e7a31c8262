"""Lab 8: the numbers that its text prints, its pictures, and the references beside Keras."""

import subprocess
import sys

import numpy as np
import pytest

from nablab import data

SERIES = [2**i for i in range(10)]


@pytest.fixture(scope="module")
def lab():
    """The names of the solved lab; its pictures are left out."""
    pytest.importorskip("keras")
    from pathlib import Path

    from nablab.authored.answers import Answers
    from nablab.course import find_course

    course = find_course(Path(__file__).parents[2])
    return Answers(course, course.authored_lab("zoo")).namespace()


@pytest.fixture
def rng():
    return np.random.default_rng(20240108)


# The numbers of the text


def test_the_signal_of_8_1(lab):
    x, w = np.arange(1.0, 6).reshape(5, 1), np.array([1.0, 10]).reshape(2, 1, 1)
    np.testing.assert_array_equal(lab["dilated_conv1d"](x, w, 2).ravel(), [31, 42, 53])
    np.testing.assert_array_equal(lab["causal_conv1d"](x, w, 2).ravel(), [10, 20, 31, 42, 53])
    reads = lab["causal_conv1d"](np.eye(21), np.ones((2, 21, 1)) * np.arange(21)[:, None], 8)
    assert reads[20] == 12 + 20  # the question: output 20 reads 12 and 20


def test_the_fields_of_8_2(lab):
    field = lab["wavenet_rf"]
    assert [field([1, 2, 4], 2), field([1, 2, 4], 3), field([], 2)] == [8, 15, 1]
    assert field(SERIES, 2) == 1024
    assert field(SERIES * 3, 2) == 3070
    milliseconds = [round(1000 * field(SERIES * times, 2) / 16_000) for times in (1, 3)]
    assert milliseconds == [64, 192]
    assert field(SERIES * 15, 2) < 16_000 < field(SERIES * 16, 2)
    assert field([1] * 15_999, 2) == 16_000
    assert field([2**i for i in range(13)], 2) < 16_000 < field([2**i for i in range(14)], 2)
    assert (field([8] * 4, 2) - 1) / (field([1, 2, 4, 8], 2) - 1) == pytest.approx(2, abs=0.2)


def test_there_is_one_path_to_each_of_the_16_moments_of_8_2(lab):
    x = np.eye(16)
    for d in (1, 2, 4, 8):
        x = lab["causal_conv1d"](x, np.stack([np.eye(16)] * 2), d)
    np.testing.assert_array_equal(x[-1], np.ones(16))


def test_the_block_of_8_2(lab):
    one = np.log(3) * np.ones((2, 1))
    wf, wg = np.array([0.0, 1]).reshape(2, 1, 1), np.array([1.0, 0]).reshape(2, 1, 1)
    out, skip = lab["gated_block"](one, wf, wg, np.array([[2.0]]), np.array([[10.0]]))
    np.testing.assert_allclose(out - one, [[0.8], [1.2]])
    np.testing.assert_allclose(skip, [[4], [6]])


def test_the_stamps_and_counts_of_8_3(lab):
    y, w = np.array([[[1.0], [3]]]), np.array([1.0, 10, 100]).reshape(1, 3, 1, 1)
    np.testing.assert_array_equal(
        lab["conv_transpose2d"](y, w, (1, 2)).ravel(), [1, 10, 103, 30, 300]
    )
    for k, s, counts in ((3, 2, {1, 2}), (4, 2, {2}), (1, 2, {0, 1}), (3, 3, {1})):
        long = lab["conv_transpose2d"](np.ones((1, 30, 1)), np.ones((1, k, 1, 1)), (1, s))
        assert set(long[0, 12:-12, 0]) == counts
        assert lab["checkerboard"](k, s) == (len(counts) > 1)


def test_the_weights_of_8_4_and_8_5():
    places, filters = (28 - 5 + 1) ** 2, 5 * 5 * 8
    assert (filters, places * filters, 4 * filters) == (200, 115_200, 800)
    assert (9 * 64 * 64, 9 * 64 + 64 * 64) == (36_864, 4672)
    assert 36_864 / 4672 == pytest.approx(8, abs=0.2)


def test_a_net_without_discs_has_most_pixels_right_and_no_overlap(lab):
    mask = np.zeros((10, 10))
    mask.flat[:15] = 1
    assert np.mean((mask > 0.5) == np.zeros((10, 10))) == 0.85
    assert lab["iou"](mask, np.zeros((10, 10))) == 0


def test_the_parameters_of_the_nets(lab):
    keras = pytest.importorskip("keras")
    assert lab["build_segmenter"]().count_params() <= 20_000
    assert lab["build_listener"]().count_params() <= 20_000
    assert lab["build_motion_net"]().count_params() <= 5000
    dense = [keras.layers.Flatten(), keras.layers.Dense(64, "relu"), keras.layers.Dense(4)]
    assert keras.Sequential([keras.Input((128, 1)), *dense]).count_params() == 8516


def test_the_last_filters_of_the_listener_span_60_moments(lab):
    field, jump = 1, 1
    for layer in lab["build_listener"]().layers[:5]:
        size = getattr(layer, "kernel_size", None) or layer.pool_size
        field += (size[0] - 1) * jump
        jump *= layer.strides[0]
    assert (field, jump) == (60, 4)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_net_that_sees_single_frames_gets_exactly_half_of_the_films(lab, seed):
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    net = keras.Sequential(
        [
            keras.Input((6, 12, 12, 1)),
            layers.Conv3D(8, (1, 3, 3), activation="relu"),
            layers.Conv3D(8, (1, 3, 3), activation="relu"),
            layers.GlobalAveragePooling3D(),
            layers.Dense(2),
        ]
    )
    x, y = data.motion(60, seed=7)
    assert np.mean(keras.ops.convert_to_numpy(net(x)).argmax(axis=1) == y) == 0.5


# The references beside Keras


def test_the_convolutions_equal_keras(lab, rng):
    keras = pytest.importorskip("keras")
    layers, array = keras.layers, keras.ops.convert_to_numpy

    def by(layer, x, *weights):
        layer.build((None, *x.shape))
        layer.set_weights(weights)
        return array(layer(x[None].astype("float32")))[0]

    plain = {"use_bias": False}
    x, w = rng.normal(size=(17, 2)), rng.normal(size=(3, 2, 4))
    for name, padding in (("dilated_conv1d", "valid"), ("causal_conv1d", "causal")):
        theirs = by(layers.Conv1D(4, 3, dilation_rate=2, padding=padding, **plain), x, w)
        np.testing.assert_allclose(lab[name](x, w, 2), theirs, rtol=1e-4, atol=1e-5)
    y, w = rng.normal(size=(4, 3, 5)), rng.normal(size=(3, 4, 2, 5))
    theirs = by(layers.Conv2DTranspose(2, (3, 4), strides=(2, 3), **plain), y, w)
    ours = lab["conv_transpose2d"](y, w, (2, 3))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    x, wd, wp = rng.normal(size=(6, 7, 3)), rng.normal(size=(2, 3, 3, 2)), rng.normal(size=(6, 5))
    layer = layers.SeparableConv2D(5, (2, 3), depth_multiplier=2, **plain)
    theirs = by(layer, x, wd, wp[None, None])
    ours = lab["depthwise_separable"](x, wd, wp)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    x, w = rng.normal(size=(5, 6, 4, 2)), rng.normal(size=(2, 3, 2, 2, 3))
    theirs = by(layers.Conv3D(3, (2, 3, 2), **plain), x, w)
    np.testing.assert_allclose(lab["conv3d_valid"](x, w), theirs, rtol=1e-4, atol=1e-5)


def test_the_transposed_convolution_is_the_adjoint(lab, rng):
    from nablab.reference.convolution_layers import conv_nd

    w, y = rng.normal(size=(3, 2, 4, 5)), rng.normal(size=(3, 4, 5))
    x = rng.normal(size=(7, 11, 4))
    forth, back = conv_nd(x[None], w, strides=(2, 3))[0], lab["conv_transpose2d"](y, w, (2, 3))
    assert np.sum(forth * y) == pytest.approx(np.sum(x * back))


def test_every_separable_convolution_is_an_ordinary_one(lab, rng):
    from nablab.reference.convolution_layers import conv_nd

    x, wd, wp = rng.normal(size=(6, 5, 3)), rng.normal(size=(2, 3, 3, 2)), rng.normal(size=(6, 4))
    w = np.einsum("uvcq,cqf->uvcf", wd, wp.reshape(3, 2, 4))
    np.testing.assert_allclose(lab["depthwise_separable"](x, wd, wp), conv_nd(x[None], w)[0])


# The pictures


def test_a_causal_convolution_has_nothing_in_the_future(lab):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    from nablab.show import zoo as show

    said = show.who_reads_what(lab["dilated_conv1d"], lab["causal_conv1d"])
    assert "same padding, d = 1: 15 entries right of the diagonal" in said
    assert said.count("no entries right of the diagonal") == 2


def test_the_fan_hears_16_moments_and_the_bars_tell_the_milliseconds(lab):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    from nablab.show import zoo as show

    said = show.fan_and_second(lab["wavenet_rf"], [1, 2, 4, 8], k=2, rate=16_000)
    assert "it hears 16 moments" in said
    assert "once, 10 layers: 64 thousandths" in said
    assert "3 times, 30 layers: 192 thousandths" in said


def test_the_stamps_are_counted_as_predicted(lab):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    from nablab.show import zoo as show

    said = show.stamps(lab["conv_transpose2d"], lab["checkerboard"])
    assert "3×3 with stride 2: from 1 to 4 stamps, predicted checkerboard" in said
    assert "4×4 with stride 2: from 4 to 4 stamps, predicted even" in said
    assert "3×3 with stride 3: from 1 to 1 stamps, predicted even" in said


def test_the_pictures_module_loads_no_library_before_it_draws():
    code = (
        "import sys; from nablab.show import zoo;"
        "print([m for m in ('matplotlib', 'keras', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
