"""Lab 13: the numbers that its text prints, its data, and what its gallery finds on a ring."""

import subprocess
import sys

import numpy as np
import pytest

from nablab import data
from nablab.data.colshapes import COLOURS, SHAPES
from nablab.reference import circuits
from nablab.show import circuits as show
from nablab.show import circuits_nets as nets

LINES = np.arange(8) * np.pi / 8


def detector(inhibit):
    return circuits.curve_detector(0, 6, 15, 1, inhibit)


def curve_from_lines(line_bank, theta, inhibit):
    return circuits.curve_from_lines(line_bank, theta, 6, 9, 1, inhibit)


# The numbers of the text


def test_the_arc_by_hand():
    patch = circuits.arc_template(0, 2, 5, 1)
    np.testing.assert_allclose(patch[2], [0.135, 0.607, 1, 0.607, 0.135], atol=5e-4)
    assert patch[4, 4] == pytest.approx(0.59, abs=0.005)


def test_the_ends_of_the_arc():
    """At a = R/2 and b = ±√3/2 R, 60° from the middle as the centre sees it."""
    assert np.hypot(0.5, np.sqrt(0.75)) == pytest.approx(1)
    assert np.arctan2(np.sqrt(0.75), 0.5) == pytest.approx(np.pi / 3)


@pytest.mark.parametrize(
    "inhibit, opposite, line", [(0, 0.31, 0.54), (0.5, -0.23, 0.32), (0.75, -0.57, 0.18), (1, -1, 0)]
)
def test_what_inhibition_does(inhibit, opposite, line):
    f = detector(inhibit)
    straight = np.exp(-((np.arange(15) - 7.0) ** 2) / 2)[None].repeat(15, 0)
    assert np.sum(f * circuits.arc_template(0, 6, 15, 1)) == pytest.approx(1)
    assert np.sum(f * circuits.arc_template(np.pi, 6, 15, 1)) == pytest.approx(opposite, abs=0.01)
    assert np.sum(f * straight) == pytest.approx(line, abs=0.01)


def test_the_side_lobes_are_near_125_degrees():
    turns = np.radians(np.arange(60, 300))
    answers = [np.sum(detector(0.75) * circuits.arc_template(t, 6, 15, 1)) for t in turns]
    lobe = 60 + int(np.argmax(answers))
    assert abs(min(lobe, 360 - lobe) - 125) < 8
    assert 0.4 < max(answers) < 0.5


def test_the_filter_by_hand():
    own, opposite = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    drawn = own - opposite / 2
    balanced = drawn - drawn.mean()
    np.testing.assert_allclose(balanced, [5 / 6, -2 / 3, -1 / 6])
    np.testing.assert_allclose(balanced / np.sum(balanced * own), [1, -4 / 5, -1 / 5])


def test_the_strongest_connections_have_no_sum():
    w = show.circuit_of(curve_from_lines, LINES, 8, inhibit=0.0)
    exc, inh = circuits.excitation_inhibition(w)
    for c, f in circuits.top_connections(w, 8):
        assert abs(LINES[c] - np.pi / 4) % (np.pi / 2) == pytest.approx(0)
        assert f % 2 == 0
        assert abs(exc[c, f] - inh[c, f]) < 1e-9 * exc[c, f]
    assert inh[4, 0] < 0.05 * exc[4, 0]  # the upright line and the C


def test_branches_and_similarity_by_hand():
    one = np.eye(2)[None, None]
    s_a, s_b, share = circuits.branch_svd(one, one, [[3, 0], [0, 1], [4, 0], [0, 0]])
    np.testing.assert_allclose([*s_a, *s_b, *share], [3, 1, 4, 0, 9 / 25, 1], atol=1e-12)
    assert circuits.cka([[0], [1], [2]], [[2, 0], [1, 3], [0, 0]]) == pytest.approx(
        4 / (2 * np.sqrt(40))
    )


def test_the_curve_by_hand():
    r, turn = circuits.tuning_compare(np.array([[5.0], [5], [7], [6]]), [2, 1, 0, 0])
    assert r[0] == pytest.approx(1)
    assert turn[0] == 2


@pytest.mark.parametrize("part, error", [("arc", 0.09), ("circuit", 0.07)])
def test_an_eighth_of_a_turn_costs_what_interpolation_costs(part, error):
    rotate = pytest.importorskip("scipy.ndimage").rotate
    if part == "arc":
        one, two = (circuits.arc_template(theta, 6, 15, 1) for theta in (0, np.pi / 4))
        turned = rotate(one, -45, reshape=False, order=1)
    else:
        one, two = (curve_from_lines(LINES, theta, 0.5) for theta in (0, np.pi / 4))
        turned = np.roll(rotate(one, -45, axes=(0, 1), reshape=False, order=1), 2, axis=2)
        y, x = np.mgrid[:9, :9] - 4.0
        inside = np.hypot(x, y) <= 4  # the corners come from outside of the patch
        turned, two = turned[inside], two[inside]
    assert np.linalg.norm(turned - two) / np.linalg.norm(two) == pytest.approx(error, abs=0.01)


# The data, and the gallery


def test_shapes_and_colours_are_equally_frequent_and_cover_equally_much():
    x, shapes, colours = data.colshapes(1800, seed=3)
    assert x.shape == (1800, 16, 16, 3)
    assert x.dtype == np.float32
    assert x.min() >= 0 and x.max() <= 1
    assert set(np.bincount(3 * shapes + colours)) == {200}
    saturated = np.ptp(x, axis=-1) > 0.3
    covered = [saturated[shapes == k].mean() for k in range(len(SHAPES))]
    assert max(covered) < 1.1 * min(covered)
    for k, strongest in enumerate((0, 2, 1)):  # orange is red above all, blue blue, green green
        mean = x[colours == k][saturated[colours == k]].mean(axis=0)
        assert mean.argmax() == strongest, COLOURS[k]


def test_every_arc_that_the_gallery_finds_on_a_ring_bends_to_its_middle():
    y, x = np.mgrid[:41, :41] - 20.0
    ring = np.exp(-((np.hypot(x, y) - 6) ** 2) / 2)
    w = show.circuit_of(curve_from_lines, LINES, 16, inhibit=0.5)
    answers = show.layer(show.layer(ring[..., None], show.line_filters(LINES)), w)
    middle = (len(answers) - 1) / 2
    peaks = show._peaks(answers.max(axis=-1))
    assert len(peaks) >= 8
    for r, c, _ in peaks:
        bends = 2 * np.pi * answers[r, c].argmax() / 16
        inward = np.arctan2(middle - r, middle - c)
        assert abs(np.angle(np.exp(1j * (bends - inward)))) < np.radians(12)


def test_planted_branches_are_further_apart_than_any_random_deal():
    weights = nets.planted_branches()
    found = nets.apart(circuits.branch_svd(*weights)[2])
    assert found > 0.95
    assert np.mean(nets.deals(circuits.branch_svd, *weights) >= found) < 0.01


def test_the_pictures_are_there_without_keras():
    """Six exercises are NumPy alone, so the setup of the lab does not wait for Keras."""
    code = "import sys, nablab.show.circuits; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
