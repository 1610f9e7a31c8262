"""Sums over the neighbours of every node, for each form of a graph: a matrix, dense or sparse, or a
list of edges.

Each is a function h (B, N, m) -> Σ_j A_ij h_j (B, N, m). Edges and sparse matrices are added up in
float32, because sums of many terms stagnate in half precision.
"""

from __future__ import annotations

import keras
from keras import backend, ops

from nablab.layers._graphs import check_node_numbers
from nablab.layers._precision import at_least_float32


def sums_by_matrix(A):
    """For a dense or sparse matrix A (B, N, N)."""
    if is_sparse(A):
        return _sums_by_sparse(A)
    return lambda h: ops.matmul(ops.cast(A, h.dtype), h)


def sums_by_edges(layer, edges, N):
    """For edges (B, E, 2): A_ij is the number of rows (i, j). Rows with a number below 0 do not
    count."""
    check_node_numbers(layer, edges, N)
    edges = ops.cast(edges, "int32")
    B = ops.shape(edges)[0]
    first = N * ops.arange(B)[:, None]  # the batch becomes one graph of B·N nodes
    is_edge = ops.all(ops.logical_and(edges >= 0, edges < N), axis=-1)  # (B, E)

    def ends(column, otherwise):
        number = ops.where(is_edge, edges[:, :, column] + first, otherwise)
        return ops.reshape(number, (-1,))  # (B·E,)

    def add_up(h, into, out_of):
        # Rows that are not edges go to an extra node, which is dropped.
        i, j = ends(into, B * N), ends(out_of, 0)
        return _scatter(ops.take(h, j, axis=0), i, B * N)

    def sums(h):  # (B·N, m)
        return add_up(h, into=0, out_of=1)

    def sums_with_gradient(h):
        """Its gradient by h is Σ_i A_ij g_i. TensorFlow's own computes it by a slow sum."""
        return sums(h), lambda g: add_up(g, into=1, out_of=0)

    is_slow = backend.backend() == "tensorflow"
    return _on_one_graph(ops.custom_gradient(sums_with_gradient) if is_slow else sums)


def _sums_by_sparse(A):
    """For a sparse matrix A (B, N, N) of TensorFlow or JAX."""
    B, N = A.shape[0], A.shape[1]
    if backend.backend() == "tensorflow":
        import tensorflow as tf

        B, N, _ = tf.unstack(tf.cast(A.dense_shape, "int64"))
        # The batch becomes one graph of B·N nodes.
        ends = A.indices[:, 1:]
        if A.shape[0] != 1:
            ends = ends + N * A.indices[:, :1]  # (E, 2)
        values = at_least_float32(A.values)
        whole = tf.SparseTensor(ends, values, (B * N, B * N))
        return _on_one_graph(
            lambda h: tf.sparse.sparse_dense_matmul(whole, tf.cast(h, values.dtype))
        )

    from jax.experimental import sparse

    A = sparse.bcoo_update_layout(A, n_batch=0, n_dense=0, on_inefficient=None)
    b, i, j = A.indices[:, 0], A.indices[:, 1], A.indices[:, 2]
    # JAX fills a sparse matrix up with entries outside of it. They go to a node that is dropped.
    is_entry = (b < B) & (i < N) & (j < N)
    i = ops.where(is_entry, b * N + i, B * N)
    j = ops.where(is_entry, b * N + j, 0)
    values = at_least_float32(A.data)[:, None]
    return _on_one_graph(lambda h: _scatter(values * ops.take(h, j, axis=0), i, B * N))


def _on_one_graph(sums):
    """h (B, N, m) -> the sums of one graph of B·N nodes, in float32 at least."""

    def of_batch(h):
        m = h.shape[-1]
        y = sums(at_least_float32(ops.reshape(h, (-1, m))))  # (B·N, m)
        return ops.cast(ops.reshape(y, ops.shape(h)), h.dtype)

    return of_batch


def _scatter(messages, i, N):
    """messages (E, m) added up at the nodes i (E,) of N; those for node N are dropped.

    By `scatter`: on TensorFlow it takes a quarter of the time of `segment_sum`, except for single
    numbers, such as degrees, for which `bincount` takes a third of the time of `scatter`.
    """
    if messages.shape[-1] == 1 and backend.backend() == "tensorflow":
        import tensorflow as tf

        weights = tf.reshape(messages, (-1,))
        return tf.math.bincount(i, weights, minlength=N, maxlength=N)[:, None]
    return ops.scatter(i[:, None], messages, (N + 1, messages.shape[-1]))[:-1]


def is_sparse(A):
    if backend.backend() == "tensorflow":
        import tensorflow as tf

        return isinstance(A, tf.SparseTensor)
    if backend.backend() == "jax":
        from jax.experimental.sparse import JAXSparse

        return isinstance(A, JAXSparse)
    return False


def refuse_sparse(layer, A):
    if is_sparse(A):
        raise ValueError(
            f"{layer}: the graph is a sparse tensor, but this layer reads a dense matrix; pass "
            "keras.ops.convert_to_tensor(A, sparse=False)."
        )


def no_xla_for_sparse(layer, graph):
    """TensorFlow multiplies sparse matrices without XLA only. `compile` asks each layer."""
    if backend.backend() == "tensorflow" and isinstance(graph, keras.KerasTensor) and graph.sparse:
        layer.supports_jit = False
