"""Lab 5: the numbers that its text prints, what it claims, its pictures' special cases, and the
references it is judged by beside Keras and central differences."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from nablab import data
from nablab.authored.answers import Answers
from nablab.course import find_course
from nablab.reference.activation import gelu
from nablab.reference.initialization import (
    activate,
    backward_deviations,
    dense_step_back,
    fans,
    forward_deviations,
    gelu_gradient,
    slope,
    tanh_net_descent,
)

COURSE = find_course(Path(__file__).resolve().parents[2])
LAB = COURSE.authored_lab("initialisation")


@pytest.fixture(scope="module")
def lab():
    """The names of the solved lab."""
    pytest.importorskip("keras")
    return Answers(COURSE, LAB).namespace()


@pytest.fixture
def rng():
    return np.random.default_rng(20240505)


# The numbers of the text


def test_the_puzzles_three_networks():
    """Weights of 0.05, 0.1 and 0.2 are scales of ½, 2 and 8 in layers of 200."""
    np.testing.assert_allclose(200 * np.array([0.05, 0.1, 0.2]) ** 2, [0.5, 2, 8])
    grown = forward_deviations(20, "relu", 8.0)[-1] / forward_deviations(20, "relu", 2.0)[-1]
    assert grown == pytest.approx(2**20, rel=1e-3)
    assert grown == pytest.approx(1e6, rel=0.06)
    assert math.sqrt(2 / 500) == pytest.approx(0.063, abs=5e-4)


def test_the_fans_by_hand():
    assert fans((3, 5, 7, 11)) == (105, 165)
    assert fans((3, 5, 7, 2), "depthwise") == (15, 30)
    assert fans((10, 4), "dense") == fans((10, 4), "conv") == (10, 4)
    assert fans((3, 3, 16, 32))[0] == fans((3, 3, 16, 64))[0] == 144


def test_the_deviations_by_hand():
    assert math.sqrt(2 / 8) == 0.5
    assert math.sqrt(6 / 12) == pytest.approx(0.707, abs=5e-4)
    assert math.sqrt(2 / 12) == pytest.approx(0.408, abs=5e-4)


def test_a_relu_halves_the_mean_square_by_hand():
    z = np.array([-3, 1, 3, -1])
    y = activate(z, "relu")
    assert np.mean(z**2) == 5
    assert np.mean(y**2) == 2.5
    assert y.mean() == 1
    assert y.var() == 1.5
    assert y.std() == pytest.approx(1.22, abs=0.005)


def test_the_first_layer_by_hand():
    assert 1 / math.sqrt(math.pi) == pytest.approx(0.564, abs=5e-4)
    assert math.sqrt(1 - 1 / math.pi) == pytest.approx(0.826, abs=5e-4)
    np.testing.assert_allclose(
        forward_deviations(4, "relu", 2.0), math.sqrt(1 - 1 / math.pi), rtol=1e-5
    )


def test_a_thousandth_after_twenty_layers():
    assert math.sqrt(0.5) ** 20 == pytest.approx(2**-10)
    assert math.sqrt(0.5) ** 20 == pytest.approx(1e-3, rel=0.03)
    assert math.sqrt(0.5) ** 19 == pytest.approx(1 / 724, rel=1e-3)


def test_the_step_back_by_hand():
    dy, z, w = [[1, 2]], [[3, -1]], [[2, 5], [-1, 4], [3, 6]]
    np.testing.assert_array_equal(dense_step_back(dy, z, w, "relu"), [[2, -1, 3]])


def test_gelu_by_hand():
    np.testing.assert_allclose(gelu([1, -1]), [0.841345, -0.158655], atol=5e-7)
    np.testing.assert_allclose(gelu_gradient([1, -1]), [1.083316, -0.083316], atol=1e-6)
    assert math.exp(-0.5) / math.sqrt(2 * math.pi) == pytest.approx(0.241971, abs=5e-7)
    assert gelu([1.0], approximate=True)[0] == pytest.approx(0.841192, abs=5e-7)


def test_the_dip_of_gelu_and_the_gap_between_its_forms():
    x = np.linspace(-4, 4, 8001)
    assert gelu(x).min() == pytest.approx(-0.17, abs=0.005)
    assert x[gelu(x).argmin()] == pytest.approx(-0.75, abs=0.01)
    assert (gelu_gradient(x[x < -0.76]) < 0).all()
    gap = np.abs(gelu(x) - gelu(x, approximate=True))
    assert 4e-4 < gap.max() < 5e-4
    assert gelu_gradient(x).max() > 1
    assert np.abs(gelu(x) - x / (1 + np.exp(-1.702 * x))).max() == pytest.approx(0.02, abs=0.001)


def test_the_units_by_hand(lab):
    """The table of 5.6, as a layer with the identity for a kernel."""
    import keras

    table = np.array([[0.2, 0, 0, 1.5], [0, 0, 3.0, 0.1], [0, 0, 0, 0.7]])
    layer = keras.layers.Dense(4, activation="relu")
    model = keras.Sequential([keras.Input((4,)), layer])
    layer.set_weights([np.eye(4), np.zeros(4)])
    assert lab["dead_fraction"](model, table) == [0.25]


def test_the_training_step_by_hand():
    w1, w2 = tanh_net_descent([[1.0]], [1.0], [[0.0, 0.0]], [1.0, 2.0], 0.1, 1)
    np.testing.assert_allclose(w1, [[0.1, 0.2]])
    np.testing.assert_allclose(w2, [1, 2])


def test_lsuv_by_hand():
    """Two units of the same weight 4 and biases ±1 on the inputs ±1."""
    x, bias = np.array([[-1.0], [1.0]]), np.array([1.0, -1.0])
    z = x * 4 + bias
    np.testing.assert_array_equal(z.T, [[-3, 5], [-5, 3]])
    assert z.mean() == 0
    assert np.mean(z**2) == 17
    assert z.std() == pytest.approx(4.12, abs=0.005)
    w = 4 / z.std()
    assert w == pytest.approx(0.970, abs=5e-4)
    assert np.mean((x * w + bias) ** 2) == pytest.approx(1.94, abs=0.005)
    assert (x * w + bias).std() == pytest.approx(1.39, abs=0.005)
    assert (x * 4 + 10).std() == 4


# The references


def test_fans_refuses_what_is_no_kernel():
    for shape, kind in (
        ((3, 5), "pool"),
        ((3,), "conv"),
        ((1, 2, 3), "dense"),
        ((3, 5), "depthwise"),
    ):
        with pytest.raises(ValueError, match="fans"):
            fans(shape, kind)


@pytest.mark.parametrize("shape", [(307, 211), (3, 5, 37, 101), (7, 83, 97)])
def test_keras_draws_with_these_fans_and_truncates(shape):
    keras = pytest.importorskip("keras")
    fan_in, fan_out = fans(shape)
    he = np.asarray(keras.initializers.HeNormal(seed=1)(shape)) / math.sqrt(2 / fan_in)
    assert he.std() == pytest.approx(1, abs=0.02)
    assert 2.2 < np.abs(he).max() < 2.275  # nothing beyond 2 / 0.8796…
    glorot = np.asarray(keras.initializers.GlorotUniform(seed=1)(shape))
    assert glorot.std() == pytest.approx(math.sqrt(2 / (fan_in + fan_out)), rel=0.02)


def test_a_normal_distribution_has_3700_of_160000_numbers_beyond_2_27():
    beyond = math.erfc(2 / 0.87962566103423978 / math.sqrt(2))
    assert 160_000 * beyond == pytest.approx(3700, rel=0.02)


def test_keras_counts_a_depthwise_kernel_like_a_convolutions():
    keras = pytest.importorskip("keras")
    shape = (3, 5, 700, 2)
    drawn = np.asarray(keras.initializers.HeNormal(seed=1)(shape))
    assert drawn.std() == pytest.approx(math.sqrt(2 / fans(shape)[0]), rel=0.03)
    assert drawn.std() < 0.1 * math.sqrt(2 / fans(shape, "depthwise")[0])


def test_kerass_layers_start_with_glorot_uniform():
    keras = pytest.importorskip("keras")
    for layer in (keras.layers.Dense(3, activation="relu"), keras.layers.Conv2D(3, 3)):
        assert isinstance(layer.kernel_initializer, keras.initializers.GlorotUniform)


def test_gelu_equals_keras(rng):
    keras = pytest.importorskip("keras")
    x = rng.normal(size=(5, 7)) * 2
    for approximate in (False, True):
        theirs = keras.activations.gelu(keras.ops.cast(x, "float64"), approximate=approximate)
        mine = gelu(x, approximate=approximate)
        np.testing.assert_allclose(mine, keras.ops.convert_to_numpy(theirs), rtol=1e-6, atol=1e-9)
    exact = keras.ops.convert_to_numpy(keras.activations.gelu(keras.ops.cast(x, "float64")))
    np.testing.assert_allclose(gelu(x), exact, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("act", ["linear", "relu", "tanh", "gelu"])
def test_slopes_equal_central_differences(act, rng, lab):
    z = rng.uniform(0.05, 3, size=23) * rng.choice([-1, 1], size=23)
    numeric = (activate(z + 1e-5, act) - activate(z - 1e-5, act)) / 2e-5
    np.testing.assert_allclose(slope(z, act), numeric, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(lab["slope"](z, act), slope(z, act), atol=1e-5)
    np.testing.assert_allclose(lab["activate"](z, act), activate(z, act), atol=1e-6)


@pytest.mark.parametrize(
    "act, scale", [("relu", 2.0), ("tanh", 3.0), ("gelu", 2.5), ("linear", 1.0)]
)
def test_wide_networks_have_the_sizes_of_infinite_ones(act, scale, rng):
    width, depth = 700, 3
    x, sizes, passed = rng.normal(size=(60, width)), [], []
    for _ in range(depth):
        W = rng.normal(0, math.sqrt(scale / width), (width, width))
        passed.append((x @ W, W))
        x = activate(x @ W, act)
        sizes.append(x.std())
    np.testing.assert_allclose(sizes, forward_deviations(depth, act, scale), rtol=0.15)
    g, back = rng.normal(size=x.shape), []
    for z, W in reversed(passed):
        g = dense_step_back(g, z, W, act)
        back.append(g.std())
    np.testing.assert_allclose(back, backward_deviations([width] * 4, act, scale), rtol=0.15)


def test_a_step_back_and_the_descent_equal_kerass_gradients(rng):
    keras = pytest.importorskip("keras")
    from nablab.autodiff import value_and_gradients

    x, y = rng.normal(size=(7, 3)), rng.normal(size=7)
    w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=5)
    v, v1, v2 = (keras.Variable(a, dtype="float64") for a in (x, w1, w2))

    def loss():
        error = keras.ops.matmul(keras.ops.tanh(keras.ops.matmul(v, v1)), v2) - y
        return keras.ops.mean(error**2) / 2

    _, slopes = value_and_gradients(loss, [v, v1, v2])
    dx, d1, d2 = (keras.ops.convert_to_numpy(s) for s in slopes)
    new1, new2 = tanh_net_descent(x, y, w1, w2, 0.1, 1)
    np.testing.assert_allclose(new1, w1 - 0.1 * d1, rtol=1e-6)
    np.testing.assert_allclose(new2, w2 - 0.1 * d2, rtol=1e-6)
    error = (np.tanh(x @ w1) @ w2 - y) / 7
    np.testing.assert_allclose(
        dense_step_back(np.outer(error, w2), x @ w1, w1, "tanh"), dx, rtol=1e-6, atol=1e-9
    )


# What the text claims


def test_either_fan_is_good_enough():
    """Through widths that come back to where they began, 2/fan_in jumps and does not drift."""
    from nablab.show.initialisation import _zigzag

    widths = [100, 400] * 5 + [100]
    by_in = _zigzag(lambda dy, z, w, act: dense_step_back(dy, z, w, act), widths, 0)
    by_out = _zigzag(lambda dy, z, w, act: dense_step_back(dy, z, w, act), widths, 1)
    np.testing.assert_allclose(by_out, 1, rtol=0.3)
    np.testing.assert_allclose(by_in[0::2], 0.5, rtol=0.3)
    np.testing.assert_allclose(by_in[1::2], 1, rtol=0.3)


def test_what_the_chart_of_other_activations_shows():
    assert forward_deviations(20, "linear", 1.0)[-1] == pytest.approx(1)
    assert 0.1 < forward_deviations(20, "tanh", 1.0)[-1] < forward_deviations(20, "tanh", 2.0)[-1]
    relu, slow, fast = (
        forward_deviations(20, act, scale)[-1]
        for act, scale in (("relu", 2.0), ("gelu", 2.0), ("gelu", 1.0))
    )
    assert fast < 1e-4 < 0.02 < slow < 0.5 * relu


def test_equal_starts_learn_with_one_unit_and_random_ones_better(lab):
    counts = {init: lab["break_symmetry"](init, 8, 0) for init in ("zeros", "constant", "random")}
    assert counts == {"zeros": 1, "constant": 1, "random": 8}
    losses = []
    for w in (np.full((3, 8), 0.5), np.random.default_rng(0).normal(0, 0.5, (3, 8))):
        w1, w2 = lab["train_net"](lab["WAVE_X"], lab["WAVE_Y"], w[:2], w[2], 0.1, 500)
        losses.append(np.mean((np.tanh(lab["WAVE_X"] @ w1) @ w2 - lab["WAVE_Y"]) ** 2) / 2)
    assert losses[1] < 0.03 < 0.08 < losses[0]


@pytest.mark.slow
def test_twenty_layers_learn_from_hes_start_and_from_lsuv_and_not_from_kerass_default(lab):
    keras = pytest.importorskip("keras")
    from nablab.show.initialisation import dense_net, trained

    losses = {}
    for name, init in (
        ("default", "glorot_uniform"),
        ("he", "he_normal"),
        ("lsuv", "glorot_uniform"),
    ):
        keras.utils.set_random_seed(2)
        model = dense_net(20, 64, init)
        if name == "lsuv":
            model = lab["lsuv"](model, lab["DIGITS"][:500])
        losses[name] = trained(model, lab["DIGITS"], lab["LABELS"], 0.02, 12)
    assert min(losses["default"]) > 2.2
    assert min(losses["he"]) < 1.2
    assert min(losses["lsuv"]) < 1.2


@pytest.mark.slow
def test_adam_trains_from_kerass_default_and_faster_from_hes(lab):
    keras = pytest.importorskip("keras")
    from nablab.show.initialisation import dense_net

    ends = {}
    for init in ("glorot_uniform", "he_normal"):
        keras.utils.set_random_seed(0)
        model = dense_net(20, 64, init)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
        past = model.fit(lab["DIGITS"], lab["LABELS"], batch_size=64, epochs=5, verbose=0)
        ends[init] = past.history["loss"][-1]
    assert ends["he_normal"] < ends["glorot_uniform"] < 1.8


def test_steps_that_are_too_large_kill_units(lab):
    keras = pytest.importorskip("keras")
    from nablab.show.initialisation import dense_net, trained

    ends = []
    for rate in (0.05, 1.0):
        keras.utils.set_random_seed(0)
        model = dense_net(3, 64, "he_normal")
        assert max(lab["dead_fraction"](model, lab["DIGITS"])) < 0.15
        trained(model, lab["DIGITS"], lab["LABELS"], rate, 5)
        ends.append(lab["dead_fraction"](model, lab["DIGITS"])[2])
    assert ends[0] < 0.25 < 0.8 < ends[1]


def test_lsuv_needs_few_rounds_with_small_biases(lab):
    """Three rounds are enough where biases are a tenth of what the kernel adds."""
    rng = np.random.default_rng(3)
    x, W, b = rng.normal(size=(200, 13)), rng.normal(size=(13, 7)), rng.normal(0, 0.1, 7)
    for _ in range(3):
        W = W / (x @ W + b).std()
    assert abs((x @ W + b).std() - 1) < 0.01


# The data and the pictures


def test_the_digits_are_standardised(lab):
    images, labels = data.digits()
    assert lab["DIGITS"].shape == (len(images), 64)
    assert lab["DIGITS"].mean() == pytest.approx(0, abs=1e-9)
    assert lab["DIGITS"].std() == pytest.approx(1)
    np.testing.assert_array_equal(lab["LABELS"], labels)


@pytest.fixture
def quiet(monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(plt, "show", lambda: None)
    yield
    plt.close("all")


def test_the_words_of_the_puzzle_say_how_the_three_networks_end(quiet):
    from nablab.show import initialisation as show

    found = re.findall(r"([\d.,e-]+) with weights of", show.three_starts())
    small, middle, large = (float(number.replace(",", "")) for number in found)
    assert small < 1e-4
    assert 0.5 < middle < 20
    assert 1e5 < large < 1e8


def test_wrong_counts_and_unequal_units_are_told_in_words(quiet):
    from nablab.show import initialisation as show

    assert "Your fans says 2 and 3." in show.fan_lines(lambda shape, kind: shape[-2:])
    assert "8 distinct of 8" in show.symmetry(
        np.eye(2), np.zeros(2), lambda x, y, w1, w2, lr, steps: (w1, w2), lambda w1, w2: 8
    )


def test_a_picture_puts_activations_back_even_if_lsuv_does_not_change_anything(quiet):
    keras = pytest.importorskip("keras")
    from nablab.show import initialisation as show

    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="relu")])
    show.before_and_after(model, np.ones((4, 5)) * np.arange(4)[:, None], lambda model, x: model)
    assert model.layers[0].activation is keras.activations.relu
