"""Layers on graphs: every node reads itself and its neighbours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablab.reference.activation import softmax


def adjacency_of(edges, N):
    """The adjacency matrix of a list of edges: row i counts the edges into node i.

    Maths:
        A[i, j] = how many rows of the list are (i, j)

    A row with a negative number is ignored.

    Shapes:
        edges (E, 2), N -> (N, N)

    Example:
        >>> adjacency_of([(0, 1), (1, 0), (1, 2), (1, 2)], 3)
        array([[0., 1., 0.],
               [1., 0., 2.],
               [0., 0., 0.]])

    Source: any text on graphs; adding up equal rows is a convention.
    """
    A = np.zeros((N, N))
    for i, j in np.asarray(edges).reshape(-1, 2):
        if i >= 0 and j >= 0:
            A[i, j] += 1
    return A


def normalized_adjacency(A):
    """The symmetrically normalised adjacency matrix of a graph convolution.

    Maths:
        Ã = A + I,   d̃_i = Σ_j Ã[i, j],   S[i, j] = Ã[i, j] / √(d̃_i d̃_j)

    Self-loops are added before the degrees are computed, so no degree is 0.

    Shapes:
        A (N, N) -> (N, N)

    Example:
        >>> normalized_adjacency([[0, 1], [1, 0]])
        array([[0.5, 0.5],
               [0.5, 0.5]])

    Source: T. N. Kipf, M. Welling, Semi-Supervised Classification with Graph Convolutional
    Networks, 2017.
    """
    A_tilde = np.asarray(A, np.float64) + np.eye(len(A))
    degree = A_tilde.sum(axis=1)
    return A_tilde / np.sqrt(np.outer(degree, degree))


def gcn(x, A, W, b=None):
    """A graph convolution before its activation.

    Maths:
        y = S x W + b      with S = `normalized_adjacency(A)`

    Shapes:
        x (N, n), A (N, N), W (n, m), b (m,) or None -> (N, m)

    Example:
        >>> gcn([[2.0], [4.0]], [[0, 1], [1, 0]], [[1.0]])
        array([[3.],
               [3.]])

    Source: T. N. Kipf, M. Welling, Semi-Supervised Classification with Graph Convolutional
    Networks, 2017.
    """
    x, W = np.asarray(x, np.float64), np.asarray(W, np.float64)
    y = normalized_adjacency(A) @ x @ W
    return y if b is None else y + np.asarray(b, np.float64)


def gcn_of_edges(x, edges, W, b=None):
    """A graph convolution, edge by edge: equal to `gcn` for `adjacency_of(edges)`.

    Maths:
        d̃_i = 1 + number of edges (i, ·),   h = x W
        y_i = b + h_i / d̃_i + Σ_{edges (i, j)} h_j / √(d̃_i d̃_j)

    Shapes:
        x (N, n), edges (E, 2), W (n, m), b (m,) or None -> (N, m)

    Example:
        >>> gcn_of_edges([[2.0], [4.0]], [(0, 1), (1, 0)], [[1.0]])
        array([[3.],
               [3.]])

    Source: as for `gcn`.
    """
    h = np.asarray(x, np.float64) @ np.asarray(W, np.float64)
    edges = [(i, j) for i, j in np.asarray(edges).reshape(-1, 2) if i >= 0 and j >= 0]
    degree = np.ones(len(h))
    for i, _ in edges:
        degree[i] += 1
    y = h / degree[:, None]
    for i, j in edges:
        y[i] += h[j] / np.sqrt(degree[i] * degree[j])
    return y if b is None else y + np.asarray(b, np.float64)


def graph_conv(x, A, W_self, W_neighbours, b=None, aggregation="mean"):
    """The features of a node and an aggregate of its neighbours, each with its own weights.

    Maths:
        y_i = x_i W_self + m_i W_neighbours + b,   where m_i is, by aggregation,
        sum:   Σ_j A[i, j] x_j
        mean:  Σ_j A[i, j] x_j / Σ_j A[i, j]
        max:   the largest x_j, feature by feature, over the j with A[i, j] ≠ 0

    A node without neighbours has m_i = 0.

    Shapes:
        x (N, n), A (N, N), W_self and W_neighbours (n, m), b (m,) or None -> (N, m)

    Example:
        >>> path = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
        >>> graph_conv([[1.0], [5.0], [3.0]], path, [[0.0]], [[1.0]])[:, 0]
        array([5., 2., 5.])

    Source: W. L. Hamilton, R. Ying, J. Leskovec, Inductive Representation Learning on Large
    Graphs, 2017.
    """
    x, A = np.asarray(x, np.float64), np.asarray(A, np.float64)
    W_self, W_neighbours = np.asarray(W_self, np.float64), np.asarray(W_neighbours, np.float64)
    m = np.zeros_like(x)
    for i in range(len(x)):
        neighbours = np.flatnonzero(A[i])
        if len(neighbours) == 0:
            continue
        if aggregation == "max":
            m[i] = x[neighbours].max(axis=0)
        else:
            m[i] = A[i] @ x
            if aggregation == "mean":
                m[i] /= A[i].sum()
    y = x @ W_self + m @ W_neighbours
    return y if b is None else y + np.asarray(b, np.float64)


def graph_attention(x, A, W, a_self, a_neighbour, b=None, merge="concat", slope=0.2):
    """The mean of a node and its neighbours, with attention weights.

    Maths:
        h = x W_k                                               (for each head k)
        e[i, j] = LeakyReLU(a_self_k · h_i + a_neighbour_k · h_j)
        α[i] = softmax of e[i, j] over the j with A[i, j] ≠ 0, and j = i
        y_i = Σ_j α[i, j] h_j,   the heads concatenated or averaged,   + b

    Shapes:
        x (N, n), A (N, N), W (n, H·m), a_self and a_neighbour (H, m) -> (N, H·m), or (N, m) for
        merge="mean"; b as wide as the output, or None

    Example:
        >>> x, apart = [[1.0], [5.0]], np.zeros((2, 2))
        >>> graph_attention(x, apart, [[1.0]], [[1.0]], [[1.0]])
        array([[1.],
               [5.]])

    Source: P. Veličković et al., Graph Attention Networks, 2018.
    """
    x, A, W = (np.asarray(a, np.float64) for a in (x, A, W))
    a_self, a_neighbour = np.asarray(a_self, np.float64), np.asarray(a_neighbour, np.float64)
    H, m = a_self.shape
    mask = (A != 0) | np.eye(len(A), dtype=bool)
    heads = []
    for k in range(H):
        h = x @ W[:, k * m : (k + 1) * m]
        e = np.add.outer(h @ a_self[k], h @ a_neighbour[k])
        alpha = softmax(np.where(e > 0, e, slope * e), attend_mask=mask)
        heads.append(alpha @ h)
    y = np.concatenate(heads, axis=-1) if merge == "concat" else np.mean(heads, axis=0)
    return y if b is None else y + np.asarray(b, np.float64)


def global_pool(x, pool="mean"):
    """One vector of features for a whole graph, independent of the order of its nodes.

    Maths:
        y = mean, sum or max of x_i over all nodes i, feature by feature

    Shapes:
        x (N, n) -> (n,)

    Example:
        >>> global_pool([[1.0, 2.0], [3.0, 0.0]], "max")
        array([3., 2.])

    Source: M. Zaheer et al., Deep Sets, 2017.
    """
    x = np.asarray(x, np.float64)
    pools: dict[str, Callable] = {"mean": np.mean, "sum": np.sum, "max": np.max}
    return pools[pool](x, axis=0)


def on_masked_graph(layer, x, A, node_mask):
    """A graph layer on the nodes where a mask is True, with zeros at the others.

    Maths:
        y[M] = layer(x[M], A[M, M]),   y = 0 elsewhere,   M the nodes where the mask is True

    Shapes:
        x (N, n), A (N, N), node_mask (N,), and layer: (M, n), (M, M) -> (M, m) -> (N, m)

    Example:
        >>> on_masked_graph(lambda x, A: x + 1, [[1.0], [2.0]], np.zeros((2, 2)), [True, False])
        array([[2.],
               [0.]])

    Source: the usual padding of graphs of different sizes to one batch.
    """
    nodes = np.flatnonzero(node_mask)
    x, A = np.asarray(x, np.float64), np.asarray(A, np.float64)
    y_nodes = layer(x[nodes], A[np.ix_(nodes, nodes)])
    y = np.zeros((len(x), y_nodes.shape[-1]))
    y[nodes] = y_nodes
    return y
