"""`python -m tests.benchmarks.graph edges 100000 1000000`: one graph convolution in its own process.

Prints two numbers as JSON: the seconds of one forward+backward with gradients for the weights and
the features, and by how many MB the process grew for the layer, its graph and its gradients (on a
GPU, without the GPU's own memory).
"""

import argparse
import json
import re
import statistics
from pathlib import Path

import keras
import numpy as np

import nablab.layers
from tests.benchmarks import measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("form", choices=("adjacency", "edges"))
    parser.add_argument("nodes", type=int)
    parser.add_argument("edges", type=int)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    with keras.device(f"{options.device}:0"):
        measure.seconds(made(options.form, 100, 1000))  # loads what is loaded at first use
        before = peak_mb()
        run = made(options.form, options.nodes, options.edges)
        measure.seconds(run)  # compiles
        taken = statistics.median(measure.seconds(run) for _ in range(options.repeats))
    print(json.dumps({"seconds": taken, "mb": peak_mb() - before}))


def made(form, nodes, edges):
    layer = nablab.layers.GCN(64, form=form)
    inputs = [keras.ops.convert_to_tensor(x) for x in graph(form, nodes, edges)]
    layer(*inputs)
    return measure.forward_backward(layer, inputs, by=[0])


def graph(form, nodes, edges):
    """Features, and random undirected edges, each in both directions; a batch of one."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, nodes, 64)).astype("float32")
    ends = rng.integers(nodes, size=(edges // 2, 2)).astype("int32")
    ends = np.concatenate([ends, ends[:, ::-1]])
    if form == "edges":
        return x, ends[None]
    A = np.zeros((1, nodes, nodes), "float32")
    np.add.at(A[0], (ends[:, 0], ends[:, 1]), 1)
    return x, A


def peak_mb():
    """The most memory that this process has held. The value from `resource` would be inherited."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


if __name__ == "__main__":
    main()
