"""What the graph layers share: the checks of their inputs, and the mask of their nodes."""

from __future__ import annotations

from keras import backend, ops

from nablab._components import arguments


def check_graph(layer, x_shape, graph_shape, mask_shape=None, axes="(B, N, N)"):
    """Refuses inputs that are not a batch of graphs with features at their nodes."""
    arguments.shape(layer, x_shape, "(B, N, n)")
    B, N, _ = x_shape
    wanted = (B, None, 2) if axes == "(B, E, 2)" else (B, N, N)
    if not _agree(graph_shape, wanted):
        raise ValueError(
            f"{layer}: the graph has shape {tuple(graph_shape)} and the nodes {tuple(x_shape)}; "
            f"expected axes {axes} and (B, N, n)."
        )
    check_of_nodes(layer, x_shape, mask=mask_shape)


def check_of_nodes(layer, x_shape, **shapes):
    """Refuses a mask, or the like, that does not have one number for each node; None is fine."""
    for name, shape in shapes.items():
        if shape is not None and not _agree(shape, x_shape[:2]):
            raise ValueError(
                f"{layer}: the {name} has shape {tuple(shape)} and the nodes {tuple(x_shape)}; "
                "expected axes (B, N) and (B, N, n)."
            )


def _agree(shape, wanted):
    """Whether a shape is the wanted one; None stands for any size."""
    return len(shape) == len(wanted) and all(
        n == m or None in (n, m) for n, m in zip(shape, wanted, strict=True)
    )


def shape_of(x):
    """Its shape as far as it is known; None for None."""
    return None if x is None else tuple(x.shape)


def mask_nodes(x, x_mask):
    """x (B, N, m) with zeros at the nodes where x_mask (B, N) is False; x itself for None."""
    if x_mask is None:
        return x
    return ops.where(ops.cast(x_mask, "bool")[:, :, None], x, 0.0)


def check_node_numbers(layer, edges, N):
    """Refuses edges that are not integers, or that name a node that does not exist.

    A compiled function does not know the numbers: see `out_of_range`.
    """
    if "int" not in backend.standardize_dtype(edges.dtype):
        raise ValueError(f"{layer}: the edges are {edges.dtype}; expected integers.")
    if not _has_numbers(edges) or 0 in edges.shape:
        return
    largest = int(ops.convert_to_numpy(edges).max())  # JAX stages ops.max, even of known numbers
    if largest >= N:
        raise ValueError(
            f"{layer}: the edges name node {largest}, but there are {int(N)} nodes; expected "
            f"numbers from 0 to {int(N) - 1}, or -1 for a row that is not an edge."
        )


def out_of_range(edges, N):
    """Whether the edges of each graph name a node that does not exist: (B, 1, 1).

    A compiled function cannot raise an error, and must not give a plausible result either.
    """
    return ops.any(edges >= ops.cast(N, edges.dtype), axis=(1, 2), keepdims=True)


def _has_numbers(x):
    """Whether the values are known now, and not when a compiled function runs."""
    if backend.backend() == "tensorflow":
        return hasattr(x, "numpy")
    if backend.backend() == "jax":
        import jax

        return not isinstance(x, jax.core.Tracer)
    return True
