"""Lab 7: the numbers that its text prints, its pictures, and the references beside Keras."""

import sys

import numpy as np
import pytest

from nablab import data
from nablab.reference import normalization as reference
from nablab.reference.convolution_layers import conv_nd

X = np.array([[1, 6], [5, 10], [5, 10], [5, 14]])
GAMMA, BETA = np.array([2, 3]), np.array([10, -1])
AXES = {"bn": (0, 1, 2), "ln_keras": (3,), "ln_chw": (1, 2, 3), "in": (1, 2)}


@pytest.fixture(scope="module")
def lab():
    """The names of the solved lab; its pictures are left out."""
    pytest.importorskip("keras")
    from pathlib import Path

    from nablab.authored.answers import Answers
    from nablab.course import find_course

    course = find_course(Path(__file__).parents[2])
    return Answers(course, course.authored_lab("normalisation")).namespace()


@pytest.fixture
def rng():
    return np.random.default_rng(20240107)


def groups(x, g):
    return reference.group_norm(x, np.ones(x.shape[3]), np.zeros(x.shape[3]), g)


# The numbers of the text


def test_the_batch_of_7_1():
    np.testing.assert_allclose(X.mean(axis=0), [4, 10])
    np.testing.assert_allclose(X.var(axis=0), [3, 8])
    np.testing.assert_allclose(
        reference.batch_norm_training(X, GAMMA, BETA, 1), [[7, -5], [11, -1], [11, -1], [11, 3]]
    )
    np.testing.assert_allclose(reference.running_average([0, 2], X.mean(axis=0), 0.75), [1, 4])
    np.testing.assert_allclose(reference.running_average([1, 4], X.var(axis=0), 0.75), [1.5, 5])


def test_the_gradients_of_7_2():
    dout = np.array([[4, 0], [0, 3], [0, 0], [0, 9]])
    dx, dgamma, dbeta = reference.batch_norm_gradients(X, GAMMA, dout, 1)
    np.testing.assert_allclose(dx, [[0.75, 1], [-0.25, 0], [-0.25, -3], [-0.25, 2]], atol=1e-12)
    np.testing.assert_allclose(dgamma, [-6, 12])
    np.testing.assert_allclose(dbeta, [4, 12])


def test_the_derivative_of_7_2_is_that_of_the_normalised_numbers(rng):
    x, eps, N = rng.normal(size=7), 0.3, 7
    x_hat = reference.normalize(x, 0, eps)
    root = np.sqrt(x.var() + eps)
    written = (np.eye(N) - 1 / N - np.outer(x_hat, x_hat) / N) / root
    steps = 1e-6 * np.eye(N)
    measured = [
        (reference.normalize(x + h, 0, eps) - reference.normalize(x - h, 0, eps)) / 2e-6
        for h in steps
    ]
    np.testing.assert_allclose(written, np.transpose(measured), atol=1e-8)


def test_the_means_of_7_3():
    table = np.array([[[[1, 3], [5, 7]]], [[[11, 17], [15, 21]]]])
    means = {kind: table.mean(axis=axes).ravel() for kind, axes in AXES.items()}
    np.testing.assert_array_equal(means["bn"], [8, 12])
    np.testing.assert_array_equal(means["ln_keras"], [2, 6, 14, 18])
    np.testing.assert_array_equal(means["ln_chw"], [4, 16])
    np.testing.assert_array_equal(means["in"], [3, 5, 13, 19])
    np.testing.assert_allclose(groups(table, 2), reference.normalize(table, (1, 2), 1e-3))
    np.testing.assert_allclose(groups(table, 1), reference.normalize(table, (1, 2, 3), 1e-3))


def test_the_five_images_of_7_4(lab):
    x = np.array([0.0, 2, -2, 2, 4]).reshape(5, 1, 1, 1)
    found = lab["batch_size_effect"](x, [2, 3, 4])
    np.testing.assert_allclose(found["bn"], [0.866, 0.612, 0], atol=5e-4)
    batch = lab["normalise"](x[[0, 3, 4]], "bn")
    assert batch[0, 0, 0, 0] == pytest.approx(-1.225, abs=5e-4)


def test_the_company_matters_half_as_much_at_four_times_the_size(lab):
    digits, _ = data.digits()
    some = np.random.default_rng(0).permutation(digits)[:1025].reshape(-1, 1, 1, 64)
    two, eight, more, many = lab["batch_size_effect"](some, [2, 8, 32, 128])["bn"]
    assert 0.4 < two < 0.6
    assert 1.8 < eight / more < 2.3
    assert 1.8 < more / many < 2.5


def test_the_moving_mean_of_the_first_question():
    kept = 0.99 ** np.arange(500)
    assert 1 - kept[100] == pytest.approx(0.634, abs=5e-4)
    assert np.argmax(kept < 0.01) == 459
    assert kept[40] == pytest.approx(2 / 3, abs=0.01)


def test_the_parameters_of_7_5_and_7_6(lab):
    keras = pytest.importorskip("keras")

    def trained(model):
        return sum(int(np.prod(v.shape)) for v in model.trainable_variables)

    for channels, stride, right, moving in ((8, 2, 3680, 96), (16, 1, 4672, 64)):
        x = keras.Input((20, 20, channels))
        block = keras.Model(x, lab["residual_block"](x, 16, stride))
        assert trained(block) == right
        assert block.count_params() - right == moving
    plain, resnet = lab["build_plain"](1, 8), lab["build_resnet"](1, 8)
    assert (trained(plain), trained(resnet)) == (19_074, 19_810)
    by_layer = [layer.count_params() for layer in plain.layers if layer.trainable_variables]
    norms = [2 * width for width in (8, 8, 8, 16, 16, 32, 32)]  # γ and β of the norms, in order
    conv = by_layer[0:-1:2]
    assert conv[0] + norms[0] == 72 + 16
    assert sum(conv[1:3]) + sum(norms[1:3]) == 1184
    assert sum(conv[3:5]) + sum(norms[3:5]) == 3520
    assert sum(conv[5:7]) + sum(norms[5:7]) == 13_952
    assert by_layer[-1] == 330
    assert len(conv) + 1 == 8


def test_the_gradient_of_7_7(lab):
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, kernel_initializer="zeros")])
    norms = lab["grad_norm_by_depth"](model, np.array([[3.0, 4.0]], "float32"), np.array([0]))
    np.testing.assert_allclose(norms, [np.sqrt(13)], rtol=1e-5)


def test_the_folded_weight_of_7_8(lab):
    one = (np.array([a]) for a in (5.0, 6.0, 1.0, 1.0, 8.0))
    w, b = lab["fold_bn"](np.array([[[[2.0]]]]), *one, 1.0)
    assert (w.item(), b.item()) == (4, 9)


@pytest.mark.parametrize("seed", [0, 1])
def test_gradients_explode_without_shortcuts_and_hardly_with_them(lab, seed):
    """The claim of 7.7's picture: hundreds of times at 56 layers, within about ten with shortcuts."""
    pytest.importorskip("keras")
    from nablab.show.normalisation import _convolutions, _draw_again

    (x, y), _ = data.placed_digits(train=64, test=1)
    spread = {}
    for name in ("build_plain", "build_resnet"):
        model = lab[name](9, 8)
        _draw_again(model, seed)
        heard = [layer for layer in model.layers if layer.trainable_variables]
        thick = _convolutions(model, 3)
        found = lab["grad_norm_by_depth"](model, x, y)
        norms = [g for layer, g in zip(heard, found, strict=True) if layer in thick]
        spread[name] = np.mean(norms[1:4]) / np.mean(norms[-4:])
    assert spread["build_plain"] > 100
    assert spread["build_resnet"] < 20


def test_a_fresh_residual_network_hears_in_its_norms_only(lab):
    """At the first step the convolutions of the blocks have a gradient of exactly 0; the last γ of
    each block has not, and after one step the convolutions have one too."""
    keras = pytest.importorskip("keras")
    (x, y), _ = data.placed_digits(train=64, test=1)
    model = lab["build_resnet"](1, 4)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    thick = [
        i
        for i, variable in enumerate(model.trainable_variables)
        if tuple(variable.shape[:2]) == (3, 3)
    ][1:]
    opened = [
        i
        for i, variable in enumerate(model.trainable_variables)
        if variable.path.endswith("gamma") and not np.any(keras.ops.convert_to_numpy(variable))
    ]

    def slopes():
        variables = model.trainable_variables
        found = lab["value_and_gradients"](lambda: loss(y, model(x, training=True)), variables)[1]
        return [np.abs(keras.ops.convert_to_numpy(slope)).max() for slope in found]

    first = slopes()
    assert len(opened) == 3
    assert all(first[i] == 0 for i in thick)
    assert all(first[i] > 0 for i in opened)
    model.compile(keras.optimizers.SGD(0.1), loss)
    model.train_on_batch(x, y)
    assert all(slope > 0 for i, slope in enumerate(slopes()) if i in thick)


# The references beside Keras


def test_batch_norm_equals_keras_in_training_and_at_inference(lab, rng):
    keras = pytest.importorskip("keras")
    x = (rng.normal(size=(7, 5)) * [1, 2, 3, 0.5, 4] + 1).astype("float32")
    layer = keras.layers.BatchNormalization(momentum=0.75)
    layer.build(x.shape)
    weights = [rng.uniform(0.5, 2, size=5) for _ in range(4)]
    layer.set_weights(weights)
    gamma, beta, mm, mv = layer.get_weights()
    array = keras.ops.convert_to_numpy
    for training in (False, True):  # in training last: it changes mm and mv
        theirs = array(layer(x, training=training))
        y, new_mm, new_mv, _ = lab["batchnorm_fwd"](x, gamma, beta, mm, mv, training, 0.75)
        np.testing.assert_allclose(y, theirs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(array(layer.moving_mean), new_mm, rtol=1e-5)
    np.testing.assert_allclose(array(layer.moving_variance), new_mv, rtol=1e-5)


def test_keras_layer_norm_is_not_group_norm_of_one_group_on_images(lab, rng):
    keras = pytest.importorskip("keras")
    x = (rng.normal(size=(2, 3, 5, 4)) * [1, 2, 3, 4]).astype("float32")
    layers, array = keras.layers, keras.ops.convert_to_numpy
    for kind, layer in (
        ("ln_keras", layers.LayerNormalization()),
        ("ln_chw", layers.LayerNormalization(axis=(1, 2, 3))),
        ("ln_chw", layers.GroupNormalization(1)),
        ("in", layers.GroupNormalization(4)),
        (("gn", 2), layers.GroupNormalization(2)),
    ):
        theirs = array(layer(x))
        np.testing.assert_allclose(lab["normalise"](x, kind), theirs, rtol=1e-3, atol=1e-4)
    theirs = array(layers.BatchNormalization()(x, training=True))
    np.testing.assert_allclose(lab["normalise"](x, "bn"), theirs, rtol=1e-3, atol=1e-4)
    assert not np.allclose(lab["normalise"](x, "ln_keras"), groups(x, 1), atol=0.1)


def test_the_folded_convolution_answers_as_both_did(lab, rng):
    w, b, x = rng.normal(size=(3, 2, 4, 5)), rng.normal(size=5), rng.normal(size=(2, 6, 7, 4))
    norm = (*rng.normal(size=(3, 5)), rng.uniform(0.5, 2, size=5))
    right = reference.batch_norm(conv_nd(x, w, b), *norm, 1e-3)
    np.testing.assert_allclose(conv_nd(x, *lab["fold_bn"](w, b, *norm, 1e-3)), right)


# The pictures


def test_the_cubes_mark_what_shares_its_mean(lab):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    from nablab.show import normalisation as show

    said = show.cubes(lab["norm_axes"])
    for kind, count in (("'bn'", 12), ("'ln_keras'", 6), ("'ln_chw'", 24), ("'in'", 4)):
        assert f"{kind} {count}" in said
    assert "('gn', 2) 12" in said


def test_the_likeness_of_a_picture_is_1_for_itself_and_near_0_for_noise(rng):
    from nablab.show.normalisation import _likeness

    photo = rng.random((20, 30, 3))
    assert _likeness(photo, 0.1 * photo[..., ::-1] + 2) == pytest.approx(1)
    assert _likeness(photo, rng.random((20, 30, 3))) < 0.1


def test_the_lights_have_the_mean_and_spread_that_they_name():
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    from nablab.show import normalisation as show

    photo = data.sample_photo("flower") / 255
    mean, spread = photo.mean(), photo.std()
    said = show.lights(photo)
    assert f"underexposed: mean {mean / 4:.2f}, standard deviation {spread / 4:.2f}" in said
    assert f"in fog: mean {mean / 4 + 0.65:.2f}, standard deviation {spread / 4:.2f}" in said


def test_the_pictures_module_loads_no_library_before_it_draws():
    import subprocess

    code = (
        "import sys; from nablab.show import normalisation;"
        "print([m for m in ('matplotlib', 'keras', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_inference_comes_behind_and_catches_up_without_training(lab):
    """The claim of 7.8's picture: nine in ten by the batch's statistics, hardly any at inference, and
    all of them after an epoch of only looking."""
    import re

    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    from nablab.show import normalisation as show

    (x, y), (fresh, fresh_y) = data.placed_digits()
    build, fold = lab["build_resnet"], lab["fold_bn"]
    said = show.trained_and_folded(x[:2000], y[:2000], fresh[:500], fresh_y[:500], build, fold)
    inference, batch = (
        [int(share) for share in re.findall(r"(\d+) %", part)] for part in said.split("statistics")
    )
    assert batch[3] > 80
    assert inference[3] < 50
    assert inference[4] > 80
