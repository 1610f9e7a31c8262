"""What excites a unit, and what inhibits it."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret.circuits._kernels import kernel_of


def excitation_inhibition(weights: Any) -> tuple[np.ndarray, np.ndarray]:
    """How much each input channel can excite and inhibit each unit.

    A circuit is read from its strongest connections. The sum of a kernel's weights would hide those
    that excite at one pixel and inhibit at the next, so the two are kept apart.

    Maths:
        exc[c, f] = Σ max(w, 0),  inh[c, f] = Σ max(-w, 0), over rows and columns

    Shapes:
        weights (rows, columns, channels, units), or (channels, units) -> exc and inh, both
        (channels, units), float32

    Args:
        weights: a kernel as an array, or a Keras layer that has one.

    Raises:
        ValueError: if the kernel has fewer than two axes.

    Example:
        >>> exc, inh = excitation_inhibition(np.reshape([2.0, -1.0, 3.0], (1, 3, 1, 1)))
        >>> exc.item(), inh.item()
        (5.0, 1.0)

    Source: C. Voss, N. Cammarata, G. Goh, M. Petrov, L. Schubert, B. Egan, S. K. Lim, C. Olah,
    Visualizing Weights, 2021.
    """
    kernel = kernel_of(weights)
    if kernel.ndim < 2:
        raise ValueError(
            f"a kernel has the axes (…, channels, units), but this one has the shape {kernel.shape}"
        )
    space = tuple(range(kernel.ndim - 2))
    exc, inh = np.maximum(kernel, 0).sum(axis=space), np.maximum(-kernel, 0).sum(axis=space)
    return exc.astype("float32"), inh.astype("float32")
