"""Codes in two dimensions."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments

METHODS = ("pca", "tsne")


def embed(codes, *, method="pca", dims=2, perplexity=30.0, seed=0):
    """A map of codes: a point for each, near those that it resembles.

    Principal components keep distances as well as a projection can. t-SNE keeps who is next to
    whom, and gives up the rest: the size of its groups and the gaps between them mean nothing. Look
    at both.

    Maths:
        pca:    Y = (X - mean) V,   V the first right singular vectors of X - mean
        tsne:   least KL(p || q),   p from distances of codes at a perplexity, q of points:
        q_ij ∝ 1 / (1 + ‖y_i - y_j‖²)

        Each vector of V has its largest entry positive, so that the picture does not flip.

    Shapes:
        codes (n, ...) -> Y (n, dims), float32

    Args:
        codes: such as the `activations` of a layer; all axes but the first count as one.
        method: "pca" or "tsne".
        dims: how many coordinates.
        perplexity: of t-SNE: about how many neighbours count; less than n.
        seed: of t-SNE's optimiser.

    Raises:
        ValueError: the codes are no array of numbers (n, ...) with n > 1, an argument is not as
            described, or t-SNE is asked for where scikit-learn is not installed.

    Example:
        >>> embed([[0.0, 0, 1], [3, 4, 1], [6, 8, 1]], dims=1)
        array([[-5.],
               [ 0.],
               [ 5.]], dtype=float32)

    Source: L. van der Maaten, G. Hinton, Visualizing Data using t-SNE, 2008; how to read it: M.
    Wattenberg, F. Viégas, I. Johnson, How to Use t-SNE Effectively, 2016,
    https://doi.org/10.23915/distill.00002.
    """
    method = arguments.one_of("embed", METHODS, method=method)
    dims = arguments.positive_int("embed", dims=dims)
    array = np.asarray(codes)
    if array.ndim < 2 or len(array) < 2 or array.dtype.kind not in "biuf":
        raise ValueError(
            f"embed: codes has shape {array.shape} of {array.dtype}; expected numbers (n, …)."
        )
    flat = array.reshape(len(array), -1).astype("float64")
    if dims > min(flat.shape):
        raise ValueError(f"embed: dims is {dims}; the codes have {min(flat.shape)} dimensions.")
    return _pca(flat, dims) if method == "pca" else _tsne(flat, dims, perplexity, seed)


def _pca(codes, dims):
    centred = codes - codes.mean(axis=0)
    V = np.linalg.svd(centred, full_matrices=False)[2][:dims]  # (dims, d)
    largest = np.abs(V).argmax(axis=1)
    V *= np.where(V[np.arange(dims), largest] < 0, -1, 1)[:, None]
    return (centred @ V.T).astype("float32")


def _tsne(codes, dims, perplexity, seed):
    perplexity = arguments.positive("embed", perplexity=perplexity)
    if perplexity >= len(codes):
        raise ValueError(
            f"embed: perplexity is {perplexity}; expected less than the {len(codes)} codes."
        )
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        raise ValueError(
            "embed: t-SNE comes from scikit-learn, which is not installed; install it, or use "
            'method="pca".'
        ) from None
    made = TSNE(dims, perplexity=perplexity, init="pca", random_state=seed)
    return made.fit_transform(codes).astype("float32")
