"""Properties of graph layers for any weights."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import BACKEND, compiled, gradients, numbers

from nablab.layers import GCN, Dense, GlobalGraphPool, GraphAttention, GraphConv

pytestmark = pytest.mark.slow
often = settings(max_examples=20)
sizes = st.sampled_from([1, 2, 5, 8])  # few: JAX compiles anew for each
seeds = st.integers(0, 10**6)

LAYERS = {
    "gcn": lambda: GCN(3, activation="tanh"),
    "mean": lambda: GraphConv(3, aggregation="mean"),
    "sum": lambda: GraphConv(3, aggregation="sum"),
    "max": lambda: GraphConv(3, aggregation="max", activation="tanh"),
    "attention": lambda: GraphAttention(3, num_heads=2),
    "mean attention": lambda: GraphAttention(3, num_heads=2, merge="mean"),
}
each = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
pools = pytest.mark.parametrize("pool", ["mean", "sum", "max"])


def a_graph(N, seed, B=1):
    """Features, and a symmetric 0/1 matrix without self-loops."""
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((B, N, N)) < 0.4, 1)
    A = (upper | np.swapaxes(upper, 1, 2)).astype("float32")
    return rng.normal(size=(B, N, 4)).astype("float32"), A


def edges_of(A):
    """Both directions of every edge of one graph, in random order."""
    edges = np.argwhere(A).astype("int32")
    return np.random.default_rng(0).permutation(edges)


def sparse(A):
    """The matrix as the backend's sparse tensor."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.sparse.from_dense(A)
    from jax.experimental.sparse import BCOO

    return BCOO.fromdense(A, nse=int(np.count_nonzero(A)) + 3)  # three entries outside fill it up


def close(one, other):
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-4, atol=1e-5)


@each
@given(sizes, seeds)
@often
def test_renumbered_nodes_give_renumbered_outputs(make, N, seed):
    layer = make()
    x, A = a_graph(N, seed)
    order = np.random.default_rng(seed).permutation(N)
    close(layer(x[:, order], A[:, order][:, :, order]), numbers(layer(x, A))[:, order])


@given(st.sampled_from([2, 5, 8]), seeds)
@often
def test_renumbered_nodes_of_an_edge_list_give_renumbered_outputs(N, seed):
    layer = GCN(3, form="edges")
    x, A = a_graph(N, seed)
    A[:, 0, 1] = A[:, 1, 0] = 1
    order = np.random.default_rng(seed).permutation(N)
    place_of = np.argsort(order)
    edges = edges_of(A[0])
    close(layer(x[:, order], place_of[edges][None]), numbers(layer(x, edges[None]))[:, order])


@pools
@given(sizes, seeds)
@often
def test_a_pool_does_not_depend_on_the_order_of_the_nodes(pool, N, seed):
    layer = GlobalGraphPool(pool=pool)
    x, _ = a_graph(N, seed, B=2)
    rng = np.random.default_rng(seed)
    order, mask = rng.permutation(N), rng.random((2, N)) < 0.6
    close(layer(x[:, order]), layer(x))
    close(layer(x[:, order], mask[:, order]), layer(x, mask))


@pytest.mark.parametrize("make", [lambda: GCN(4), lambda: GraphConv(4), lambda: GraphAttention(4)])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_each_layer_adds_one_hop_to_the_receptive_field(make, depth):
    """On a path, the gradient of the first output is zero beyond `depth` hops and nonzero within."""
    N = 6
    A = (np.abs(np.subtract.outer(np.arange(N), np.arange(N))) == 1)[None].astype("float32")
    x, _ = a_graph(N, 1)
    layers = [make() for _ in range(depth)]

    def first(x):
        for layer in layers:
            x = layer(x, A)
        return ops.sum(ops.square(x[:, 0]))

    first(x)
    (got,) = gradients(first, [], [x])
    seen = np.any(got[0] != 0, axis=-1)
    np.testing.assert_array_equal(seen, np.arange(N) <= depth)


@given(sizes, seeds)
@often
def test_a_convolution_by_edges_is_the_one_by_the_matrix(N, seed):
    x, A = a_graph(N, seed)
    by_matrix, by_edges = GCN(3), GCN(3, form="edges")
    edges = np.concatenate([edges_of(A[0]), [[-1, -1]]]).astype("int32")
    expected = by_matrix(x, A)
    by_edges(x, edges[None])
    by_edges.set_weights(by_matrix.get_weights())
    close(by_edges(x, edges[None]), expected)


def test_both_forms_have_the_same_gradients():
    x, A = a_graph(6, 2)
    by_matrix, by_edges = GCN(3), GCN(3, form="edges")
    edges = edges_of(A[0])[None]
    by_matrix(x, A), by_edges(x, edges)
    by_edges.set_weights(by_matrix.get_weights())

    def of(layer, graph):
        variables = layer.trainable_variables
        return gradients(lambda x: ops.sum(ops.square(layer(x, graph))), variables, [x])

    for one, other in zip(of(by_edges, edges), of(by_matrix, A), strict=True):
        close(one, other)


def test_an_edge_listed_twice_counts_twice_and_a_negative_one_not_at_all():
    x, _ = a_graph(3, 0)
    A = np.array([[[0, 2, 0], [1, 0, 0], [0, 0, 1]]], "float32")
    edges = np.array([[[0, 1], [0, 1], [1, 0], [2, 2], [-1, 2], [2, -1], [-1, -1]]])
    by_matrix, by_edges = GCN(3), GCN(3, form="edges")
    expected = by_matrix(x, A)
    by_edges(x, edges)
    by_edges.set_weights(by_matrix.get_weights())
    close(by_edges(x, edges), expected)


has_sparse = pytest.mark.skipif(BACKEND == "torch", reason="Keras has no sparse tensors there")
READ_SPARSE = {
    "gcn": lambda: GCN(3, activation="tanh"),
    "mean": lambda: GraphConv(3, aggregation="mean"),
    "sum": lambda: GraphConv(3, aggregation="sum"),
}
each_sparse = pytest.mark.parametrize("make", READ_SPARSE.values(), ids=READ_SPARSE)


@has_sparse
@each_sparse
@pytest.mark.parametrize("B", [1, 2])
def test_a_sparse_matrix_gives_what_the_dense_one_gives(make, B):
    layer = make()
    x, A = a_graph(6, 1, B)
    A *= np.random.default_rng(0).random(A.shape).astype("float32")
    mask = np.arange(6) < np.array([[4], [6]])[:B]
    close(layer(x, sparse(A)), layer(x, A))
    close(layer(x, sparse(A), mask), layer(x, A, mask))

    def of(graph):
        variables = layer.trainable_variables
        return gradients(lambda x: ops.sum(ops.square(layer(x, graph))), variables, [x])

    for one, other in zip(of(sparse(A)), of(A), strict=True):
        close(one, other)


@has_sparse
@each_sparse
def test_a_model_that_reads_a_sparse_matrix_is_fitted_saved_and_loaded(make, tmp_path):
    x, A = a_graph(6, 1, B=2)
    nodes, graph = keras.Input((6, 4)), keras.Input((6, 6), sparse=True)
    model = keras.Model([nodes, graph], make()(nodes, graph))
    model.compile("sgd", "mse")
    model.fit([x, sparse(A)], np.zeros((2, 6, 3)), batch_size=2, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    inputs = [ops.convert_to_tensor(x), sparse(A)]
    close(again(inputs), model(inputs))


@has_sparse
def test_a_layer_that_needs_a_dense_matrix_says_so():
    x, A = a_graph(4, 0)
    for layer in (GraphConv(3, aggregation="max"), GraphAttention(3)):
        with pytest.raises(ValueError, match=r"sparse=False"):
            layer(x, sparse(A))


@pytest.mark.parametrize("form", ["adjacency", "edges"])
def test_degrees_may_be_counted_once(form):
    x, A = a_graph(6, 2)
    graph = A if form == "adjacency" else edges_of(A[0])[None]
    mask = np.array([[True] * 4 + [False] * 2])
    layer = GCN(3, form=form)
    for more in ((), (mask,)):
        degree = layer.degree(x, graph, *more)
        assert degree.shape == (1, 6)
        close(layer(x, graph, *more, degree=degree), layer(x, graph, *more))
    close(layer.degree(x, graph), 1 + A.sum(axis=-1))


def test_an_edge_to_a_node_that_does_not_exist_is_refused_and_compiled_gives_nan():
    x, _ = a_graph(4, 0, B=2)
    edges = np.array([[[0, 1], [1, 0]], [[0, 1], [1, 4]]], "int32")
    layer = GCN(3, form="edges")
    with pytest.raises(ValueError, match="name node 4, but there are 4 nodes"):
        layer(x, edges)
    if BACKEND == "torch":
        return  # it is not compiled
    right = layer(x, np.minimum(edges, 3))
    got = numbers(compiled(layer)(ops.convert_to_tensor(x), ops.convert_to_tensor(edges)))
    close(got[0], numbers(right)[0])
    assert np.all(np.isnan(got[1]))


@each
def test_a_mask_that_comes_with_the_nodes_is_read_and_handed_on(make):
    layer, pool = make(), GlobalGraphPool()
    x, A = a_graph(6, 0, B=2)
    x[0, 4:] = 0
    mask = np.arange(6) < np.array([[4], [6]])
    expected = pool(layer(x, A, mask), mask)
    close(pool(layer(keras.layers.Masking()(x), A)), expected)


@each
def test_inputs_that_do_not_belong_together_are_refused_also_after_build_and_in_a_model(make):
    x, A = a_graph(4, 0, B=2)
    layer = make()
    layer(x, A)
    nodes, graph = keras.Input((4, 4)), keras.Input((4, 4))
    for wrong in (
        lambda: layer(x, A[:, :3, :3]),
        lambda: layer(x, A[:1]),
        lambda: layer(x, A, np.ones((2, 3), bool)),
        lambda: layer(nodes, graph[:, :3, :3]),
        lambda: layer(nodes, graph, keras.Input((3,), dtype="bool")),
    ):
        with pytest.raises(ValueError, match=r"has shape .* the nodes .*; expected axes"):
            wrong()


def test_edges_that_are_not_integers_are_refused():
    x, A = a_graph(4, 0)
    with pytest.raises(ValueError, match="expected integers"):
        GCN(3, form="edges")(x, edges_of(A[0])[None].astype("float32"))


def test_a_graph_of_another_size_than_its_nodes_is_refused_with_both_shapes():
    x, A = a_graph(4, 0)
    for layer in (GCN(3), GraphConv(3), GraphAttention(3)):
        with pytest.raises(ValueError, match=r"\(1, 3, 3\).*\(1, 4, 4\)"):
            layer(x, A[:, :3, :3])
    with pytest.raises(ValueError, match=r"\(1, 4, 4\).*\(B, E, 2\)"):
        GCN(3, form="edges")(x, A)


@each
@given(sizes, st.sampled_from([0, 3]), seeds)
@often
def test_a_padded_graph_in_a_batch_gives_what_it_gives_alone(make, N, more, seed):
    layer = make()
    x, A = a_graph(N + more, seed, B=2)
    mask = np.ones((2, N + more), bool)
    mask[0, N:] = False
    x[0, N:] = 1e3
    together = numbers(layer(x, A, mask))
    close(together[:1, :N], layer(x[:1, :N], A[:1, :N, :N]))
    close(together[1:], layer(x[1:], A[1:]))
    assert np.all(together[0, N:] == 0)


@given(st.sampled_from([2, 5, 8]), st.sampled_from([0, 3]), seeds)
@often
def test_a_padded_edge_list_in_a_batch_gives_what_it_gives_alone(N, more, seed):
    layer = GCN(3, form="edges")
    x, A = a_graph(N + more, seed, B=2)
    A[:, 0, 1] = A[:, 1, 0] = 1
    mask = np.ones((2, N + more), bool)
    mask[0, N:] = False
    lists = [edges_of(A[0]), edges_of(A[1])]
    edges = np.full((2, max(map(len, lists)), 2), -1)
    for row, one in zip(edges, lists, strict=True):
        row[: len(one)] = one
    together = numbers(layer(x, edges, mask))
    close(together[:1, :N], layer(x[:1, :N], edges_of(A[0, :N, :N])[None]))
    close(together[1:], layer(x[1:], edges_of(A[1])[None]))
    assert np.all(together[0, N:] == 0)


@pools
def test_a_padded_graph_is_pooled_as_if_alone(pool):
    layer = GlobalGraphPool(pool=pool)
    x, _ = a_graph(6, 0, B=2)
    mask = np.arange(6) < np.array([[4], [6]])
    together = numbers(layer(x, mask))
    close(together[:1], layer(x[:1, :4]))
    close(together[1:], layer(x[1:]))


@pools
def test_a_graph_without_nodes_is_pooled_to_zeros(pool):
    x, _ = a_graph(3, 0)
    assert np.all(numbers(GlobalGraphPool(pool=pool)(x, np.zeros((1, 3), bool))) == 0)


@pytest.mark.parametrize("form", ["adjacency", "edges"])
def test_a_convolution_on_a_graph_without_edges_is_a_dense_layer(form):
    x, _ = a_graph(5, 0)
    nothing = np.zeros((1, 5, 5)) if form == "adjacency" else np.zeros((1, 0, 2), "int32")
    layer, dense = GCN(3, form=form, activation="tanh"), Dense(3, "tanh")
    layer(x, nothing), dense(x)
    dense.set_weights(layer.get_weights())
    close(layer(x, nothing), dense(x))


def test_the_root_of_the_degrees_is_what_a_convolution_leaves_unchanged():
    _, A = a_graph(7, 3)
    root = np.sqrt(1 + A.sum(axis=-1, keepdims=True))
    close(GCN(1, kernel_initializer="ones")(root, A), root)


def test_only_the_sum_counts_equal_neighbours():
    star = np.zeros((1, 4, 4), "float32")
    star[0, 0, 1:3] = star[0, 1:3, 0] = 1
    larger = star.copy()
    larger[0, 0, 3] = larger[0, 3, 0] = 1
    x = np.ones((1, 4, 2), "float32")
    for aggregation, sees in (("sum", True), ("mean", False), ("max", False)):
        layer = GraphConv(2, aggregation=aggregation, kernel_initializer="ones")
        one, other = numbers(layer(x, star))[0, 0], numbers(layer(x, larger))[0, 0]
        assert np.allclose(one, other) is not sees


def test_a_model_on_one_large_graph_is_fitted_as_a_batch_of_one():
    """Two cliques connected by one edge: one labelled node in each is enough."""
    A = np.kron(np.eye(2), np.ones((5, 5))) - np.eye(10)
    A[4, 5] = A[5, 4] = 1
    edges, x, y = np.argwhere(A)[None], np.eye(10)[None], np.repeat([0, 1], 5)[None]
    known = np.zeros((1, 10))
    known[0, [0, 9]] = 1
    keras.utils.set_random_seed(1)
    nodes, graph = keras.Input((None, 10)), keras.Input((None, 2), dtype="int32")
    h = GCN(8, form="edges", activation="relu")(nodes, graph)
    model = keras.Model([nodes, graph], GCN(2, form="edges")(h, graph))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss)
    model.fit([x, edges], y, sample_weight=known, epochs=40, verbose=0)
    assert np.mean(model.predict([x, edges], verbose=0).argmax(axis=-1) == y) == 1
