"""How the examples of graph layers call the reference, which takes one graph at a time."""

import numpy as np

from nablab import reference


def each(layer, x, A, node_mask=None):
    """A reference layer (x, A) on every graph of a batch, on the nodes where the mask is True."""
    masks = np.ones(x.shape[:2], bool) if node_mask is None else node_mask
    graphs = zip(x, A, masks, strict=True)
    return np.stack([reference.graph.on_masked_graph(layer, *graph) for graph in graphs])
