"""What GCN is held to."""

import numpy as np
from tests.layers.each_graph import each
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "by a matrix": Example(
        {"units": 3},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 5), "graph", unknown=(1, 2))),
        lambda w, x, A: each(lambda x, A: reference.graph.gcn(x, A, w["kernel"], w["bias"]), x, A),
        wrong=(("units", 0), ("units", 2.5), ("form", "list")),
    ),
    "by edges": Example(
        {"units": 3, "form": "edges"},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 9, 2), "integers", high=5, unknown=(1,)),
        ),
        lambda w, x, edges: np.stack(
            [
                reference.graph.gcn_of_edges(*graph, w["kernel"], w["bias"])
                for graph in zip(x, edges, strict=True)
            ]
        ),
    ),
    "tanh without bias, on some of the nodes": Example(
        {"units": 3, "activation": "tanh", "use_bias": False},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 5), "graph", unknown=(1, 2)),
            Input((2, 5), "mask", unknown=(1,)),
        ),
        lambda w, x, A, mask: each(
            lambda x, A: np.tanh(reference.graph.gcn(x, A, w["kernel"])), x, A, mask
        ),
    ),
}
