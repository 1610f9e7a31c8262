"""The gradient, summed on the way from a baseline to the input."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments
from nablab.interpret import _targets
from nablab.interpret.attribution._class_gradient import class_gradient
from nablab.interpret.attribution._own_classes import own_classes


def integrated_gradients(model, x, classes=None, *, baseline=0.0, steps=32, batch_size=32):
    """How the difference between the logit of an input and that of a baseline is made up.

    The contributions sum to that difference, also where the net is saturated at the input. They
    depend on the baseline: what equals it gets 0, so with a black one nothing black can matter.

    Maths:
        a_n = (x_n - b) ⊙ ∫₀¹ ∂ S(b + t (x_n - b)) / ∂ x dt ≈ (x_n - b) ⊙ Σ_k w_k g(t_k)
        Σ a_n = S(x_n) - S(b)

        S is the logit of a class, as in `input_gradient`, and g its gradient. t_k and w_k are the
        nodes and weights of Gauss and Legendre: exact for polynomials in t of degree 2·steps - 1.
        In a net of ReLUs g jumps, and the sum is as far off as the nodes are apart.

    Shapes:
        x (n, ..., channels) -> a (n, ..., channels), float32

    Args:
        model, x, classes: as in `input_gradient`.
        baseline: b: a number, or an array that broadcasts to x.
        steps: number of nodes.
        batch_size: how many inputs are computed at a time.

    Raises:
        ValueError: as in `input_gradient`; `steps` is not a positive integer, or `baseline` does
            not broadcast to x.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer=lambda s, dtype: [[1.0], [-3]])
        >>> model = keras.Sequential([keras.Input((2,)), dense])
        >>> integrated_gradients(model, np.array([[5.0, 2.0]]), 0, baseline=1.0).round(4)
        array([[ 4., -3.]], dtype=float32)

    Source: M. Sundararajan, A. Taly, Q. Yan, Axiomatic Attribution for Deep Networks, 2017,
    https://arxiv.org/abs/1703.01365.
    """
    owner = "integrated_gradients"
    steps = arguments.positive_int(owner, steps=steps)
    x = _targets.inputs(owner, model, x)
    try:
        start = np.broadcast_to(np.asarray(baseline, dtype="float32"), x.shape)
    except ValueError:
        raise ValueError(
            f"{owner}: baseline has shape {np.shape(baseline)}, which does not broadcast to that "
            f"of x, {x.shape}."
        ) from None
    classes = own_classes(owner, model, x, classes, batch_size)
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    total = np.zeros_like(x)
    batch_size = arguments.positive_int(owner, batch_size=batch_size)
    together = max(1, min(steps, batch_size // len(x)))  # nodes of the whole batch at a time
    for first in range(0, steps, together):
        t = ((nodes[first : first + together] + 1) / 2).astype("float32")
        w = (weights[first : first + together] / 2).astype("float32")
        on_the_way = start[None] + t.reshape(-1, *[1] * x.ndim) * (x - start)[None]
        found = class_gradient(
            owner,
            model,
            on_the_way.reshape(-1, *x.shape[1:]),
            np.tile(classes, len(t)),
            batch_size,
        )
        total += np.tensordot(w, found.reshape(on_the_way.shape), axes=1)
    return (x - start) * total
