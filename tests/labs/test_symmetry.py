"""Lab 9: the numbers that its text prints, what the text claims, and what is special in its
pictures."""

import subprocess
import sys

import numpy as np
import pytest

from nablab import data
from nablab.authored.answers import Answers
from nablab.course import find_course
from nablab.reference.group import p4_conv, p4_lift
from nablab.reference.sampling import affine_grid, bilinear_sample, bilinear_sample_gradients
from nablab.show import symmetry as show

COURSE = find_course()
ROW = np.array([0, 10, 40]).reshape(1, 1, 3, 1)


@pytest.fixture(scope="module")
def solved():
    """The names of the solved lab."""
    pytest.importorskip("keras")
    pytest.importorskip("jupytext")
    return Answers(COURSE, COURSE.authored_lab("symmetry")).namespace()


# The numbers of the text


def test_the_row_of_the_equivariance_error(solved):
    def by_place(x):
        return x * np.array([1, 2, 3])

    def T(x):
        return np.roll(x, 1)

    error = solved["equivariance_error"](by_place, T, T, np.array([1, 2, 0]))
    assert error == pytest.approx(np.sqrt(5 / 17))
    assert round(error, 3) == 0.542


def test_the_predictions_of_the_first_three_exercises(solved):
    def twice(x):
        return 2 * x

    x = np.array([0.3, 1.7])
    assert solved["equivariance_error"](np.square, twice, twice, x) == pytest.approx(1)
    stripes = np.tile([0.0, 1], (2, 4))[:, :, None]
    grey = solved["antialias_pool"](stripes, np.array([1, 2, 1]))
    np.testing.assert_array_equal(grey, np.full((1, 4, 1), 0.5))


def test_the_row_on_a_circle(solved):
    y = solved["conv_circular"](np.array([[1, 2, 5]]), np.array([[1, 10]]))
    np.testing.assert_array_equal(y, [[21, 52, 15]])


def test_stripes_vanish_or_stay_if_nothing_is_blurred():
    stripes = np.tile([0, 1], 4)
    assert set(stripes[::2]) == {0}
    assert set(np.roll(stripes, 1)[::2]) == {1}


def test_the_blurred_row(solved):
    row = np.array([0, 4, 0, 0, 8, 0])[None, :, None]
    y = solved["antialias_pool"](row, np.array([1, 2, 1]))
    np.testing.assert_array_equal(y.ravel(), [1, 1, 4])


def test_the_four_turned_filters():
    x, w = np.array([[1, 2], [3, 4]]), np.array([[1, 10], [0, 0]])
    turned = [np.rot90(w, r).tolist() for r in range(4)]
    assert turned == [[[1, 10], [0, 0]], [[10, 0], [1, 0]], [[0, 0], [10, 1]], [[0, 1], [0, 10]]]
    y = p4_lift(x.reshape(1, 2, 2, 1), w.reshape(2, 2, 1, 1))
    np.testing.assert_array_equal(y.ravel(), [21, 13, 34, 42])


def test_the_pixel_with_four_directions():
    x, w = np.array([1, 10, 100, 1000]), np.array([1, 2, 0, 0])
    y = p4_conv(x.reshape(1, 1, 1, 4, 1), w.reshape(1, 1, 4, 1, 1))
    np.testing.assert_array_equal(y.ravel(), [21, 210, 2100, 1002])


def test_the_points_of_the_text():
    grid = affine_grid([[[1, 0, 0.5], [0, 1, 0]]], 1, 3)
    np.testing.assert_allclose(grid[0, 0, :, 0], [-0.5, 0.5, 1.5])
    np.testing.assert_allclose((grid[0, 0, :, 0] + 1) * 2 / 2, [0.5, 1.5, 2.5])
    np.testing.assert_allclose(bilinear_sample(ROW, grid).ravel(), [5, 25, 20])


def test_the_gradient_of_the_text(solved):
    dgrid = bilinear_sample_gradients(ROW, [[[[0.5, 0]]]], [[[[1]]]])[1]
    np.testing.assert_allclose(dgrid.ravel(), [30, 0])
    two = np.array([[0, 0], [30, 0]]).reshape(1, 1, 2, 2)
    np.testing.assert_allclose(solved["affine_grid_bwd"](two)[0], [[30, 0, 30], [0, 0, 0]])


@pytest.mark.slow
def test_the_parameters_and_shapes_of_the_table(solved):
    net = solved["build_p4_cnn"]((8, 8, 1), 6, 10)
    assert net.count_params() == 4096
    shapes = [tuple(layer.output.shape) for layer in net.layers]
    assert [shape[1:] for shape in shapes] == [
        (6, 6, 4, 6),
        (4, 4, 4, 6),
        (2, 2, 4, 12),
        (2, 2, 12),
        (12,),
        (10,),
    ]
    plain = [3 * 3 * 1 * 12 + 12, 3 * 3 * 12 * 12 + 12, 3 * 3 * 12 * 24 + 24, 24 * 10 + 10]
    assert sum(plain) == 4294


@pytest.mark.slow
def test_the_plain_net_beside_the_locator_has_more_than_twice_as_many_parameters(solved):
    classifier, locator = solved["build_stn"]((16, 16, 1), (10, 10), 10)
    plain = (16 * 16 * 32 + 32) + (32 * 10 + 10)
    assert locator.count_params() == 8 * 8 * 2 + 2
    assert plain > 2 * classifier.count_params()


@pytest.mark.slow
def test_a_fresh_window_is_in_the_middle_at_the_scale_of_the_field(solved):
    _, locator = solved["build_stn"]((16, 16, 1), (10, 10), 10)
    theta = np.asarray(locator(np.random.default_rng(0).random((2, 16, 16, 1)).astype("float32")))
    np.testing.assert_allclose(theta, np.tile([9 / 15, 0, 0, 0, 9 / 15, 0], (2, 1)), atol=1e-6)
    np.testing.assert_allclose(show.where(theta, 16), 7.5, atol=1e-6)


# The claims of the text


def test_the_law_of_lifting_and_the_law_of_group_convolution():
    rng = np.random.default_rng(0)
    x, w, v = (rng.normal(size=s) for s in ((2, 5, 7, 3), (3, 3, 3, 2), (2, 2, 4, 2, 4)))

    def turned(y):
        return np.roll(np.rot90(y, axes=(1, 2)), 1, axis=3)

    lifted = p4_lift(x, w)
    np.testing.assert_allclose(p4_lift(np.rot90(x, axes=(1, 2)), w), turned(lifted), atol=1e-12)
    np.testing.assert_allclose(p4_conv(turned(lifted), v), turned(p4_conv(lifted, v)), atol=1e-12)


def test_only_the_convolution_on_a_circle_follows_a_shift(solved):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    said = show.layers(
        solved["DIGITS"][6],
        solved["conv_circular"],
        solved["shift_report"],
        solved["equivariance_error"],
    )
    words = [part.split(", ")[-1].rstrip(".") for part in said.split(": ", 1)[1].split("; ")]
    assert words == ["equivariant", "neither", "neither", "neither", "invariant", "neither"]


def test_blurring_calms_the_score_of_the_picture(solved):
    """The claim of N.3's picture, which holds for its four digits and its random filters."""
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    said = show.wobble(solved["DIGITS"][:4], solved["conv_circular"], solved["antialias_pool"])
    maxima, blurred = (
        float(part.split()[-1].rstrip(".")) for part in said.rsplit(":")[-1].split(", with ")
    )
    assert blurred < maxima / 2


def test_the_features_of_the_6_do_not_mind_and_ordinary_ones_do(solved):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    names = ("SIX", "conv_valid", "p4_lift", "p4_conv", "p4_features")
    said = show.features(*(solved[name] for name in names))
    mine = float(said.split("at most ")[1].split()[0])
    plain = float(said.split("by up to ")[1].rstrip("."))
    assert mine < 1e-12
    assert plain > 0.1


def test_the_descent_finds_the_upright_6(solved):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    names = ("SIX", "affine_grid", "bilinear_sample", "bilinear_sample_bwd", "affine_grid_bwd")
    said = show.descent(*(solved[name] for name in names))
    first, last = (float(said.split(word)[1].split()[0].rstrip(".")) for word in ("from ", " to "))
    assert last < first / 5


# The data and the pictures


def test_digits_are_turned_as_the_group_turns_them():
    (turned, _), _ = data.turned_digits(5, 5)
    (upright, _), _ = data.turned_digits(5, 5, turned=False)
    assert turned.shape == upright.shape == (5, 8, 8, 1)
    np.testing.assert_allclose(
        show.turn(upright[..., 0], 90), np.rot90(upright[..., 0], axes=(1, 2)), atol=1e-6
    )


def test_centres_and_windows_are_measured_in_pixels():
    x = np.zeros((1, 5, 5, 1))
    x[0, 1, 3] = 2
    np.testing.assert_array_equal(show.centres(x), [[3, 1]])
    theta = np.array([[1, 0, 0.5, 0, 1, -0.5]])
    np.testing.assert_array_equal(show.where(theta, 5), [[3, 1]])


def test_the_pictures_module_loads_no_library_before_it_draws():
    code = (
        "import sys; from nablab.show import symmetry;"
        "print([m for m in ('matplotlib', 'keras', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
