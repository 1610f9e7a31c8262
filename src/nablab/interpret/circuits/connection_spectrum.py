"""What parallel branches of a network say to its outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nablab.interpret.circuits._kernels import kernel_of


def connection_spectrum(branches: Sequence[Any], out: Any) -> tuple[list[np.ndarray], np.ndarray]:
    """The singular values of each branch's connection to the outputs, and its share of each output.

    When a net has branches, each may come to serve some of the outputs. Units can be permuted, and
    rescaled before a ReLU, without changing what the net computes; the product of both weights does
    not notice either.

    Maths:
        E_i = W_i V_i,  share[i, k] = |E_i[:, k]|² / Σ_j |E_j[:, k]|²

        V_i are the rows of `out` that read branch i. Its spectrum is that of E_i.

    Shapes:
        branches (..., p_i), out (Σ p_i, outputs) -> a list of singular values (min(inputs_i,
        outputs),), and shares (branches, outputs), both float32. An output that nothing reaches has
        shares of 0.

    Args:
        branches: for each branch the kernel of its last layer, as array or as Keras layer.
        out: the kernel of the layer that reads them all, in the same order.

    Raises:
        ValueError: if `out` has not one row for each unit of the branches.

    Example:
        >>> one = np.eye(2)
        >>> spectra, shares = connection_spectrum([one, one], [[3, 0], [0, 1], [4, 0], [0, 0]])
        >>> spectra[0].tolist(), shares.round(2).tolist()[0]
        ([3.0, 1.0], [0.36000001430511475, 1.0])

    Source: C. Voss, G. Goh, N. Cammarata, M. Petrov, L. Schubert, C. Olah, Branch
    Specialization, 2021.
    """
    last, read = [kernel_of(branch) for branch in branches], kernel_of(out)
    units = [one.shape[-1] for one in last]
    if sum(units) != len(read):
        raise ValueError(
            f"the branches have {' + '.join(map(str, units))} units, but out has {len(read)} rows; "
            "it needs one for each unit"
        )
    parts = np.split(read, np.cumsum(units)[:-1])
    joined = [one.reshape(-1, one.shape[-1]) @ part for one, part in zip(last, parts, strict=True)]
    spectra = [np.linalg.svd(one, compute_uv=False).astype("float32") for one in joined]
    power = np.stack([(one**2).sum(axis=0) for one in joined])  # (branches, outputs)
    whole = power.sum(axis=0)
    return spectra, (power / np.where(whole == 0, 1, whole)).astype("float32")
