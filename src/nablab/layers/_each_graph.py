"""How the examples of graph layers ask the reference, which knows one graph at a time."""

from __future__ import annotations

import numpy as np

from nablab._reference import reference


def each(layer, x, A, node_mask=None):
    """A reference layer (x, A) on every graph of a batch, on the nodes that the mask keeps."""
    masks = np.ones(x.shape[:2], bool) if node_mask is None else node_mask
    graphs = zip(x, A, masks, strict=True)
    return np.stack([reference.graph.on_kept_nodes(layer, *graph) for graph in graphs])
