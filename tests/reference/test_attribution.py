"""Attribution: by hand, against SciPy, and against central differences."""

import numpy as np
import pytest

from nablab.reference import attribution


def test_the_three_rules_are_the_truth_table():
    dout, x = np.array([5.0, -5, 5, -5]), np.array([2.0, 2, -2, -2])
    for rule, expected in (
        ("grad", [5, -5, 0, 0]),
        ("deconv", [5, 0, 5, 0]),
        ("guided", [5, 0, 0, 0]),
    ):
        np.testing.assert_array_equal(attribution.relu_rule(dout, x, rule), expected)
    with pytest.raises(ValueError, match="guided"):
        attribution.relu_rule(dout, x, "other")


def test_rank_correlation_is_scipys():
    scipy_stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    for _ in range(5):
        a, b = rng.integers(0, 6, (7, 5)), rng.integers(0, 9, (7, 5))
        expected = scipy_stats.spearmanr(a.ravel(), b.ravel()).statistic
        assert attribution.rank_correlation(a, b) == pytest.approx(expected)
    assert attribution.rank_correlation([1, 1], [1, 2]) == 0


@pytest.mark.parametrize("scale", (1e-6, 1.0, 1e5))
def test_affinities_have_the_perplexity(scale):
    x = scale * np.random.default_rng(1).normal(size=(23, 4))
    p = attribution.affinities(x, 5.0)
    np.testing.assert_allclose(p.sum(1), 1)
    assert (np.diag(p) == 0).all()
    q = np.where(p > 0, p, 1)
    np.testing.assert_allclose(2 ** -(p * np.log2(q)).sum(1), 5.0)
    with pytest.raises(ValueError, match="perplexity"):
        attribution.affinities(x, 22)


@pytest.mark.parametrize("kernel", ("gaussian", "student"))
def test_the_gradient_of_the_embedding_is_its_central_difference(kernel):
    rng = np.random.default_rng(2)
    p = rng.random((7, 7))
    p = p + p.T
    np.fill_diagonal(p, 0)
    p /= p.sum()
    y = rng.normal(size=(7, 2))

    def cost(y):
        d = ((y[:, None] - y[None]) ** 2).sum(-1)
        w = np.exp(-d) if kernel == "gaussian" else 1 / (1 + d)
        np.fill_diagonal(w, 0)
        q = w / w.sum()
        off = ~np.eye(7, dtype=bool)
        return (p[off] * np.log(p[off] / q[off])).sum()

    found = attribution.embedding_gradient(p, y, kernel)
    for place in np.ndindex(*y.shape):
        step = np.zeros_like(y)
        step[place] = 1e-5
        numeric = (cost(y + step) - cost(y - step)) / 2e-5
        assert found[place] == pytest.approx(numeric, rel=1e-5, abs=1e-8)


def test_grad_cam_of_a_net_that_averages_is_its_class_map():
    rng = np.random.default_rng(3)
    features, w = rng.random((5, 3, 4)), rng.normal(size=4)
    gradients = np.broadcast_to(w / 15, features.shape)
    np.testing.assert_allclose(
        attribution.grad_cam(features, gradients),
        np.maximum(attribution.class_map(features, w), 0) / 15,
    )


def test_measures_of_maps():
    mask = np.zeros((4, 5), bool)
    mask[1:3, 2:4] = True
    assert attribution.energy_ratio(np.ones((4, 5)), mask) == pytest.approx(1)
    assert attribution.energy_ratio(mask - 0.5, mask) == pytest.approx(5)
    assert attribution.energy_ratio(-1.0 * mask, mask) == 0
    assert attribution.points_at(mask + 0.0, mask) and not attribution.points_at(1.0 - mask, mask)
