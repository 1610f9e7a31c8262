"""What GlobalGraphPool is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference


def expected(pool):
    def layers(w, x, node_mask=None):
        masks = np.ones(x.shape[:2], bool) if node_mask is None else node_mask
        graphs = zip(x, masks, strict=True)
        return np.stack([reference.graph.global_pool(nodes[mask], pool) for nodes, mask in graphs])

    return layers


EXAMPLES = {
    "mean": Example(
        {},
        (Input((3, 5, 4), unknown=(1,)),),
        expected("mean"),
        keras=lambda: keras.layers.GlobalAveragePooling1D(),
        wrong=(("pool", "median"),),
        mask="time",
        padded=True,
    ),
    "sum of some of the nodes": Example(
        {"pool": "sum"},
        (Input((3, 5, 4), unknown=(1,)), Input((3, 5), "mask", unknown=(1,))),
        expected("sum"),
    ),
    "max of some of the nodes": Example(
        {"pool": "max"},
        (Input((3, 5, 4), unknown=(1,)), Input((3, 5), "mask", unknown=(1,))),
        expected("max"),
    ),
}
