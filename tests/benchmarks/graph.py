"""`python -m tests.benchmarks.graph edges 10000 100000`: one graph convolution in its own process.

It prints JSON: the seconds of forward and of forward+backward, with gradients for the weights and
the features; the same of what it is measured beside, in turn; and by how many MB the process grew
for the layer, its graph and its gradients (on a GPU, without the GPU's own memory). A list of edges
is measured beside a scatter as one writes it first, and a sparse matrix beside the backend's own
product with the normalised matrix, which is made once, as are the degrees of our layer.
"""

import argparse
import json
import re
from pathlib import Path

import keras
import numpy as np
from keras import ops

import nablab.layers
from tests.benchmarks import measure

WIDTH = 64  # features of a node, before and after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("form", choices=("adjacency", "edges", "sparse"))
    parser.add_argument("nodes", type=int)
    parser.add_argument("edges", type=int)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    with keras.device(f"{options.device}:0"):
        for run in runs(*ours(options.form, 100, 1000)):  # loads what is loaded at first use
            measure.seconds(run)
        before = peak_mb()
        mine = runs(*ours(options.form, options.nodes, options.edges))
        measure.seconds(mine[1])
        mb = peak_mb() - before
        other = mine
        if options.form != "adjacency":
            other = runs(*peer(options.form, options.nodes, options.edges))
        times = [measure.calm(*pair, options.repeats) for pair in zip(mine, other, strict=True)]
    print(json.dumps({"times": times, "mb": mb}))


def runs(layer, *inputs):
    """Functions without arguments: forward, and forward+backward."""
    inputs = [ops.convert_to_tensor(x) for x in inputs]
    layer(*inputs)
    return measure.forward(layer, inputs), measure.forward_backward(layer, inputs, by=[0])


def ours(form, nodes, edges):
    x, ends = graph(nodes, edges)
    if form == "edges":
        return nablab.layers.GCN(WIDTH, form="edges"), x, ends[None]
    if form == "adjacency":
        return nablab.layers.GCN(WIDTH), x, dense(nodes, ends)
    A = sparse(ends[None], np.ones(len(ends), "float32"), (1, nodes, nodes))
    layer = nablab.layers.GCN(WIDTH)
    degree = layer.degree(x, A)
    return WithDegree(layer), x, A, degree


class WithDegree(keras.layers.Layer):
    """A graph convolution whose degrees are counted once."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, x, graph, degree):
        return self.layer(x, graph, degree=degree)


def peer(form, nodes, edges):
    x, ends = graph(nodes, edges)
    if form == "edges":
        return NaiveScatter(), x, ends[None]
    degree = 1 + np.bincount(ends[:, 0], minlength=nodes)
    with_loops = np.concatenate([ends, np.repeat(np.arange(nodes), 2).reshape(-1, 2)])
    values = 1 / np.sqrt(degree[with_loops[:, 0]] * degree[with_loops[:, 1]])
    return SparseProduct(), x, sparse(with_loops, values.astype("float32"), (nodes, nodes))


class OneKernel(keras.layers.Layer):
    def build(self, *shapes, **more):
        self.kernel = self.add_weight(shape=(WIDTH, WIDTH), name="kernel")
        self.bias = self.add_weight(shape=(WIDTH,), initializer="zeros", name="bias")


class NaiveScatter(OneKernel):
    """One message along each edge, added up where it arrives."""

    def call(self, x, edges):
        h = ops.matmul(x[0], self.kernel)
        N = ops.shape(h)[0]
        i, j = edges[0, :, 0], edges[0, :, 1]
        degree = 1 + ops.scatter(i[:, None], ops.ones_like(i, dtype="float32"), (N,))
        weight = ops.rsqrt(ops.take(degree, i) * ops.take(degree, j))[:, None]
        messages = weight * ops.take(h, j, axis=0)
        y = ops.scatter(i[:, None], messages, (N, WIDTH)) + h / degree[:, None]
        return (y + self.bias)[None]


class SparseProduct(OneKernel):
    """The backend's product of the normalised matrix, made beforehand, and the features."""

    def call(self, x, S):
        h = ops.matmul(x[0], self.kernel)
        if measure.BACKEND == "tensorflow":
            import tensorflow as tf

            return (tf.sparse.sparse_dense_matmul(S, h) + self.bias)[None]
        return (S @ h + self.bias)[None]


def graph(nodes, edges):
    """Features of a batch of one, and random undirected edges, each in both directions."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, nodes, WIDTH)).astype("float32")
    ends = rng.integers(nodes, size=(edges // 2, 2)).astype("int32")
    return x, np.concatenate([ends, ends[:, ::-1]])


def dense(nodes, ends):
    A = np.zeros((1, nodes, nodes), "float32")
    np.add.at(A[0], (ends[:, 0], ends[:, 1]), 1)
    return A


def sparse(ends, values, shape):
    """The backend's sparse tensor, in the order of rows and columns."""
    place = ends[0] if len(shape) == 3 else ends
    order = np.lexsort((place[:, 1], place[:, 0]))
    place, values = place[order], values[order]
    if len(shape) == 3:
        place = np.concatenate([np.zeros_like(place[:, :1]), place], axis=1)
    if measure.BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.SparseTensor(place.astype("int64"), values, shape)
    from jax.experimental.sparse import BCOO

    return BCOO((ops.convert_to_tensor(values), ops.convert_to_tensor(place)), shape=shape)


def peak_mb():
    """The most memory that this process has held. The value from `resource` would be inherited."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


if __name__ == "__main__":
    main()
