"""Lab 11: the numbers that its text prints, what the text claims of the trained net, and the planted
nets of its checks beside Keras."""

import math
from itertools import product

import numpy as np
import pytest

from nablab.authored.answers import Answers
from nablab.course import find_course
from nablab.data.shapes import shapes
from nablab.reference.attribution import energy_ratio
from nablab.show import attribution_maps as maps

COURSE = find_course()


@pytest.fixture(scope="module")
def solved():
    """The names of the solved lab."""
    pytest.importorskip("keras")
    pytest.importorskip("jupytext")
    return Answers(COURSE, COURSE.authored_lab("attribution")).namespace()


# The numbers of the text


def test_the_three_filters(solved):
    w = np.array([[3, 0, 1], [-3, 0, 4]]).reshape(1, 2, 1, 3)
    expected = [[1, 0, 1, 0.5, 0.5], [1, 1, 1, 1, 1], [0.625, 1, 1, 1, 1]]
    np.testing.assert_array_equal(solved["filter_grid"](w)[..., 0], expected)


def test_what_chance_would_give_for_the_purity():
    """Nine images, four shapes: the expected share of the most frequent one."""
    share = 0.0
    for counts in product(range(10), repeat=4):
        if sum(counts) == 9:
            ways = math.factorial(9) // math.prod(map(math.factorial, counts))
            share += ways / 4**9 * max(counts) / 9
    assert round(share, 2) == 0.43


def test_the_step_of_three_points(solved):
    p = (np.ones((3, 3)) - np.eye(3)) / 6
    y = np.array([[0.0, 0], [1, 0], [-1, 0]])
    np.testing.assert_allclose(solved["embed_step"](p, y, 2, "student")[1], [0.9, 0], atol=1e-12)


def test_the_two_places_of_a_class_map(solved):
    features, w = np.array([[[1.0, 2], [0, 3]]]), np.array([[10.0], [-1]])
    np.testing.assert_allclose(solved["cam"](features, w, 0), [[8, -3]])


def test_the_ranks_of_the_text(solved):
    found = solved["rank_correlation"](np.array([3, 1, 3, 7]), np.array([2, 4, 6, 8]))
    assert found == pytest.approx(3 / np.sqrt(22.5))
    assert round(found, 3) == 0.632


@pytest.mark.slow
def test_a_unit_of_conv2_sees_8_pixels_and_the_fields_grow(solved):
    net = solved["net"]()
    sizes = [solved["receptive_field"](net, f"conv{n}")[0] for n in (1, 2, 3, 4)]
    assert [size for size, _, _ in sizes] == [3, 8, 18, 26]
    assert [step for _, step, _ in sizes] == [1, 2, 4, 4]


# The claims of the text


@pytest.mark.slow
def test_a_sure_net_has_flat_probabilities(solved):
    """A probability of 1.000000 has a gradient of about 0, the logit has not."""
    import keras

    net, img, cls = solved["net"](), solved["IMAGES"][0], int(solved["LABELS"][0])
    probability = solved["gradient"](lambda t: keras.ops.softmax(30 * net(t))[0, cls], img[None])
    assert np.abs(probability).max() < 1e-5 < solved["saliency"](net, img, cls).max()


@pytest.mark.slow
def test_the_ratios_of_the_shipped_net(solved):
    """Mean fill is far above black, and saliency is not far above Sobel, on 12 images."""
    found = {name: [] for name in ("mean", "black", "saliency", "Sobel")}
    for img, cls, mask in zip(*shapes(12, 100), strict=True):
        for name, fill in (("mean", "mean"), ("black", 0.0)):
            drops = solved["occlusion_map"](solved["net"](), img, int(cls), 6, 4, fill)
            found[name].append(energy_ratio(maps.spread(drops, 6, 4, 32), mask))
        heat = solved["saliency"](solved["net"](), img, int(cls))
        found["saliency"].append(energy_ratio(heat, mask))
        found["Sobel"].append(energy_ratio(maps.sobel(img), mask))
    means = {name: np.mean(values) for name, values in found.items()}
    assert means["mean"] > 1.3 * means["black"]
    assert 0.6 < means["saliency"] / means["Sobel"] < 1.8


@pytest.mark.slow
def test_the_planted_nets_are_keras(solved):
    """What the checks compute in NumPy equals Keras: forwards, and every gradient."""
    import keras

    code = Answers(COURSE, COURSE.authored_lab("attribution")).code
    oracles = code.module("checks", "oracles")
    rng = np.random.default_rng(0)
    for settings in ({}, {"pool": False, "bias": False}, {"shape": (8, 5, 3), "classes": 2}):
        net = oracles.conv_net(rng, **settings)
        layers = [
            getattr(keras.layers, one["kind"])(**{k: v for k, v in one.items() if k != "kind"})
            for one in net.layers
        ]
        model = keras.Sequential([keras.Input(net.shape), *layers])
        model.set_weights(net.weights)
        img = rng.normal(size=net.shape)
        np.testing.assert_allclose(net(img[None]), solved["logits"](model, img[None]), atol=1e-4)
        slope = solved["gradient"](lambda t, m=model: m(t)[0, 1], img[None])[0]
        np.testing.assert_allclose(net.slope(img, 1), slope, atol=1e-5)


def test_an_enlarged_map_keeps_its_mean_and_its_places():
    heat = np.random.default_rng(0).random((8, 8))
    large = maps.enlarge(heat, 32)
    assert large.mean() == pytest.approx(heat.mean(), rel=0.02)
    peak = np.zeros((8, 8))
    peak[2, 5] = 1
    r, c = np.unravel_index(maps.enlarge(peak, 32).argmax(), (32, 32))
    assert (r // 4, c // 4) == (2, 5)
    assert maps.enlarge(peak, 24, 40).shape == (24, 40)
