"""Graph layers in plain NumPy: cases by hand, and properties of their matrices."""

import math

import numpy as np
import pytest

from nablab.reference import graph

PATH = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])


def a_graph(N, seed):
    upper = np.triu(np.random.default_rng(seed).random((N, N)) < 0.4, 1)
    return (upper | upper.T).astype(float)


def drawn(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def test_the_normalised_adjacency_of_a_path_of_three_nodes():
    a, b = 1 / 2, 1 / math.sqrt(6)
    expected = [[a, b, 0], [b, 1 / 3, b], [0, b, a]]
    np.testing.assert_allclose(graph.normalized_adjacency(PATH), expected)


@pytest.mark.parametrize("seed", range(10))
def test_the_normalised_adjacency_has_eigenvalues_above_minus_one_up_to_one(seed):
    A = a_graph(7, seed)
    S = graph.normalized_adjacency(A)
    values = np.linalg.eigvalsh(S)
    assert values[0] > -1 and values[-1] == pytest.approx(1)
    root = np.sqrt(1 + A.sum(axis=1))
    np.testing.assert_allclose(S @ root, root)


def test_a_node_without_edges_keeps_what_it_has():
    S = graph.normalized_adjacency(np.zeros((3, 3)))
    np.testing.assert_array_equal(S, np.eye(3))


@pytest.mark.parametrize("seed", range(5))
def test_a_convolution_by_edges_is_the_one_by_the_matrix(seed):
    rng = np.random.default_rng(seed)
    edges = rng.integers(-1, 6, (20, 2))  # some listed twice, loops, and some that are no edges
    x, W, b = drawn(seed, 6, 4), drawn(seed + 1, 4, 3), drawn(seed + 2, 3)
    A = graph.adjacency_of(edges, 6)
    got = graph.gcn_of_edges(x, edges, W, b)
    np.testing.assert_allclose(got, graph.gcn(x, A, W, b))


@pytest.mark.parametrize(
    ("aggregation", "neighbours"),
    [("sum", [14, 58, 14]), ("mean", [14, 29, 14]), ("max", [14, 48, 14])],
)
def test_graph_conv_of_a_path(aggregation, neighbours):
    """The ends read the middle, and the middle reads both ends."""
    x = np.array([[10.0], [14.0], [48.0]])
    y = graph.graph_conv(x, PATH, [[1.0]], [[0.5]], [3.0], aggregation)[:, 0]
    np.testing.assert_allclose(y, x[:, 0] + 0.5 * np.array(neighbours) + 3)


def test_graph_conv_of_a_node_without_neighbours_is_its_own_transform():
    x, W = drawn(0, 3, 4), drawn(1, 4, 2)
    for aggregation in ("sum", "mean", "max"):
        y = graph.graph_conv(x, np.zeros((3, 3)), W, drawn(2, 4, 2), None, aggregation)
        np.testing.assert_allclose(y, x @ W)


def test_graph_attention_of_a_hand_worked_case():
    """Two connected nodes: node 0 scores itself 0 and its neighbour ln 3."""
    x, A = np.array([[0.0], [1.0]]), np.array([[0, 1], [1, 0]])
    y = graph.graph_attention(x, A, [[1.0]], [[0.0]], [[math.log(3)]])
    np.testing.assert_allclose(y[:, 0], [3 / 4, 3 / 4])
    low = graph.graph_attention(x, A, [[1.0]], [[0.0]], [[-5 * math.log(3)]])
    np.testing.assert_allclose(low[:, 0], [1 / 4, 1 / 4])  # below 0 the slope is 0.2


def test_graph_attention_merges_its_heads_side_by_side_or_by_their_mean():
    x, A = drawn(0, 5, 4), a_graph(5, 1)
    W, a, b = drawn(2, 4, 6), drawn(3, 2, 3), drawn(4, 2, 3)
    wide = graph.graph_attention(x, A, W, a, b)
    mean = graph.graph_attention(x, A, W, a, b, merge="mean")
    np.testing.assert_allclose(mean, (wide[:, :3] + wide[:, 3:]) / 2)


def test_pooling_of_three_nodes():
    x = [[1.0, 6.0], [2.0, 0.0], [6.0, 3.0]]
    np.testing.assert_array_equal(graph.global_pool(x, "mean"), [3, 3])
    np.testing.assert_array_equal(graph.global_pool(x, "sum"), [9, 9])
    np.testing.assert_array_equal(graph.global_pool(x, "max"), [6, 6])


def test_masked_nodes_have_no_influence_and_give_zeros():
    x, A = drawn(0, 5, 4), a_graph(5, 3)
    mask = np.array([True, False, True, True, False])
    W = drawn(1, 4, 3)
    y = graph.on_masked_graph(lambda x, A: graph.gcn(x, A, W), x, A, mask)
    np.testing.assert_array_equal(y[~mask], 0)
    np.testing.assert_allclose(y[mask], graph.gcn(x[mask], A[mask][:, mask], W))
