"""Lab 4: the numbers that its text prints, the net that it is judged by, its data, and what is
special in its pictures."""

import math

import numpy as np
import pytest

from nablab import data
from nablab.authored.answers import Answers
from nablab.course import find_course
from nablab.reference.dropout import dropout
from nablab.reference.lenet import lenet, lenet_shapes
from nablab.reference.pooling import averagepool_nd, global_average, maxpool_nd

COURSE = find_course()


@pytest.fixture(scope="module")
def solved():
    """The names of the solved lab."""
    pytest.importorskip("keras")
    pytest.importorskip("jupytext")
    return Answers(COURSE, COURSE.authored_lab("convnet")).namespace()


def sizes(shape, n_classes):
    return [math.prod(s) for s in lenet_shapes(shape, n_classes)]


# The numbers of the text


def test_the_parameters_of_lenet():
    parts = sizes((20, 20, 1), 10)
    layers = [kernel + bias for kernel, bias in zip(parts[::2], parts[1::2], strict=True)]
    assert layers == [156, 2416, 17400, 10164, 850]
    assert sum(layers) == 30986
    assert layers[2] / sum(layers) > 0.5
    assert (layers[0] + layers[1]) / sum(layers) < 0.1
    assert sum(sizes((28, 28, 1), 10)) == 61706
    assert sum(sizes((32, 32, 3), 10)) == 83126


def test_the_small_net_of_the_text_has_47_parameters():
    keras = pytest.importorskip("keras")
    net = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(2, 3, padding="valid", activation="relu"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    assert [layer.count_params() for layer in net.layers] == [20, 0, 0, 27]


def test_the_twins_of_the_text(solved):
    for shape, n, budget, right in (((2, 3, 1), 3, 104, 103), ((20, 20, 1), 10, 30986, 30835)):
        assert solved["build_dense_twin"](shape, n, budget).count_params() == right
    assert 11 * 10 + 3 == 113
    assert round(30986 / 411) == 75


def test_the_accuracy_by_hand():
    logits = np.array([[2, 5, -1], [0, -3, -1], [-4, -2, -3]])
    assert logits.argmax(axis=1).tolist() == [1, 0, 1]
    assert np.mean(logits.argmax(axis=1) == [1, 2, 1]) == pytest.approx(2 / 3)


def test_the_row_that_moves(solved):
    """Seen through a model that gives back what it is given: four classes, four columns."""
    keras = pytest.importorskip("keras")
    seen = []
    net = keras.Sequential([keras.Input((1, 4, 1)), keras.layers.Flatten()])

    def watch(x):
        seen.append(np.asarray(x).ravel().tolist())
        return net(x)

    row = np.array([1.0, 2, 3, 4], "float32").reshape(1, 1, 4, 1)
    solved["shift_curve"](watch, row, np.array([3]), [1, -2, 4, 7])
    assert seen == [[0, 1, 2, 3], [3, 4, 0, 0], [0] * 4, [0] * 4]


def test_the_map_that_is_pooled_by_hand():
    x = np.array([[1, 3, -4, -8, 9], [5, -1, -2, -2, 0], [6, 0, 7, 1, 3]])[None, :, :, None]
    np.testing.assert_array_equal(maxpool_nd(x, (2, 2)).ravel(), [5, -2])
    np.testing.assert_array_equal(averagepool_nd(x, (2, 2)).ravel(), [2, -4])
    assert x.sum() == 18 and global_average(x)[0, 0] == pytest.approx(1.2)


def test_dropout_by_hand(solved):
    y = dropout([3, 6, -9, 12], keep=[1, 0, 1, 1], rate=0.25)
    np.testing.assert_allclose(y, [4, 0, -12, 16])
    np.testing.assert_allclose(
        solved["dropout_bwd"]([3, 3, 3, 6], np.array([4, 0, 4, 4]) / 3), [4, 0, 4, 8]
    )


class Fixed:
    """A generator whose draws are known."""

    def __init__(self, angle=0.0, shifts=(0, 0)):
        self.angle, self.shifts = angle, shifts

    def uniform(self, low, high):
        return self.angle

    def integers(self, low, high, size, endpoint):
        return np.array(self.shifts)


def test_where_pixels_come_from(solved):
    x = np.arange(1.0, 10).reshape(3, 3, 1)
    moved = solved["augment"](x, Fixed(shifts=(0, 1)), 1, 0, False)[:, :, 0]
    assert moved[0, 2] == x[0, 1, 0] and moved[0, 0] == 0
    turned = solved["augment"](x, Fixed(angle=90.0), 0, 90, False)[:, :, 0]
    assert turned[0, 1] == x[1, 2, 0]
    np.testing.assert_array_equal(turned, np.rot90(x[:, :, 0]))


def test_the_copies_of_700_images():
    copies = 6000 // 700
    assert (copies, copies * 700, math.ceil(copies * 700 / 32)) == (8, 5600, 175)
    assert 30986 // 300 == 103


# What it is judged by


@pytest.mark.parametrize("shape, n_classes", [((12, 17, 2), 3), ((20, 20, 1), 10)])
def test_lenet_equals_keras(solved, shape, n_classes):
    rng = np.random.default_rng(4)
    net = solved["build_lenet"](shape, n_classes)
    weights = [
        rng.normal(size=s) / np.sqrt(np.prod(s[:-1])) for s in lenet_shapes(shape, n_classes)
    ]
    assert [tuple(w.shape) for w in net.weights] == lenet_shapes(shape, n_classes)
    net.set_weights(weights)
    x = rng.normal(size=(3, *shape)).astype("float32")
    np.testing.assert_allclose(np.asarray(net(x)), lenet(x, weights), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind, name", [("max", "MaxPooling2D"), ("avg", "AveragePooling2D")])
def test_pooling_equals_keras(solved, kind, name):
    keras = pytest.importorskip("keras")
    x = np.random.default_rng(5).normal(size=(2, 7, 5, 3)).astype("float32")
    theirs = np.asarray(getattr(keras.layers, name)(2)(x))
    np.testing.assert_allclose(solved["pool"](x, kind), theirs, rtol=1e-5, atol=1e-6)
    theirs = np.asarray(keras.layers.GlobalAveragePooling2D()(x))
    np.testing.assert_allclose(solved["pool"](x, "global"), theirs, rtol=1e-5, atol=1e-6)


def test_dropout_has_the_values_of_keras(solved):
    keras = pytest.importorskip("keras")
    theirs = np.asarray(keras.layers.Dropout(0.25, seed=1)(np.ones((40, 50)), training=True))
    ours, _ = solved["dropout"](np.ones((40, 50)), 0.25, True, np.random.default_rng(1))
    for values in (theirs, ours):
        np.testing.assert_allclose(np.unique(values), [0, 4 / 3], rtol=1e-6)
        assert np.mean(values == 0) == pytest.approx(0.25, abs=0.05)


def test_turns_equal_scipys(solved):
    ndimage = pytest.importorskip("scipy.ndimage")
    x = np.random.default_rng(6).random((15, 12, 1))
    for angle in (17.0, -33.0):
        ours = solved["augment"](x, Fixed(angle=angle), 0, 90, False)[:, :, 0]
        theirs = ndimage.rotate(x[:, :, 0], angle, reshape=False, order=0)
        inside = (slice(4, -4), slice(3, -3))  # beyond the outermost centres SciPy reads nothing
        np.testing.assert_allclose(ours[inside], theirs[inside])


def test_without_rate_dropout_lenet_is_lenet(solved):
    x = np.random.default_rng(7).normal(size=(4, 14, 12, 1)).astype("float32")
    plain, dropping = (
        solved["build_lenet"]((14, 12, 1), 5),
        solved["dropout_lenet"]((14, 12, 1), 5, 0.0),
    )
    dropping.set_weights(plain.get_weights())
    np.testing.assert_allclose(
        np.asarray(dropping(x, training=True)), np.asarray(plain(x)), rtol=1e-5, atol=1e-6
    )


# The data


def test_a_digit_moved_by_two_pixels_from_the_middle_stays_in_its_field():
    (x, _), _ = data.placed_digits(20, 50, 1, 0, centred=True)
    rows, columns = np.nonzero(x.any(axis=(0, 3)))
    assert min(rows.min(), columns.min()) >= 2 + 2
    assert max(rows.max(), columns.max()) <= 19 - 2 - 2


def test_the_first_fields_lie_all_over(solved):
    (x, _), _ = solved["load_digits"](0, train=12, test=1)
    corners = {(int(np.argmax(f.any(axis=(1, 2)))), int(np.argmax(f.any(axis=(0, 2))))) for f in x}
    assert len(corners) > 9
    assert np.ptp(list(corners), axis=0).min() > 8


# The pictures


@pytest.fixture
def show(monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(plt, "show", lambda: None)
    from nablab.show import convnet

    yield convnet
    plt.close("all")


def test_a_net_with_activations_as_layers_has_the_same_diagram(show, solved):
    keras = pytest.importorskip("keras")

    def with_layers(shape, n_classes):
        layers = keras.layers
        return keras.Sequential(
            [
                keras.Input(shape),
                layers.Conv2D(6, 5, padding="same"),
                layers.ReLU(),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(n_classes),
            ]
        )

    said = show.architecture(with_layers, (8, 8, 1), 3)
    assert "ReLU" not in said
    assert "Flatten gives 96; Dense gives 3, 291 parameters" in said
    assert "30,986 in all" in show.architecture(solved["build_lenet"], (20, 20, 1), 10)


def test_the_overfitting_picture_says_where_the_loss_was_lowest(show):
    said = show.overfitting(lambda: [[2.3, 2.3], [1.0, 2.0], [0.2, 2.6], [0.1, 3.1]])
    assert "lowest after 1 thousand images, 2.00" in said
    assert "gap at the end is 3.00" in said


def test_global_pooling_does_not_see_a_shift(show, solved):
    (x, _), _ = solved["load_digits"](seed=3, train=1, test=1)
    said = show.pools(x[0], solved["pool"])
    pixels, by_max, by_mean = (
        int(said.split(f"{name} ")[-1].split(" %")[0]) for name in ("pixels", "max", "avg")
    )
    assert pixels > by_max > by_mean > 0
    assert said.endswith("global 0 %.")


def test_pictures_of_bad_answers_are_refused_in_words(show):
    from nablab.show.canvas import Notice

    for said in (
        show.contact_sheet(np.ones((5, 5, 1)), lambda *given: np.ones((3, 3, 1)), 1, 1),
        show.pools(np.ones((4, 4, 1)), lambda x, kind: None),
        show.dropped(lambda *given: 1, (0.5,)),
    ):
        assert isinstance(said, Notice)
        assert "Make the checks of" in said
