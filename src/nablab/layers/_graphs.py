"""What the graph layers share: the check of their inputs, and the mask of their nodes."""

from __future__ import annotations

from keras import ops

from nablab._components import arguments


def check_graph(layer, x_shape, graph_shape, axes="(B, N, N)"):
    """Refuses inputs that are not a batch of graphs with features at their nodes."""
    arguments.shape(layer, x_shape, "(B, N, n)")
    graph_shape = tuple(graph_shape)
    if axes == "(B, E, 2)":
        fits = len(graph_shape) == 3 and graph_shape[-1] == 2
    else:
        sizes = {x_shape[1], *graph_shape[1:]} - {None}
        fits = len(graph_shape) == 3 and len(sizes) <= 1
    if not fits:
        raise ValueError(
            f"{layer}: the graph has shape {graph_shape} and the nodes {tuple(x_shape)}; expected "
            f"axes {axes} and (B, N, n)."
        )


def mask_nodes(x, node_mask):
    """x (B, N, m) with zeros at the nodes where node_mask (B, N) is False; x itself for None."""
    if node_mask is None:
        return x
    return ops.where(ops.cast(node_mask, "bool")[:, :, None], x, 0.0)
