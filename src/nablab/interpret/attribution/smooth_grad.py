"""The mean gradient of noisy copies of an input."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments
from nablab.interpret import _targets
from nablab.interpret.attribution._class_gradient import class_gradient
from nablab.interpret.attribution._own_classes import own_classes


def smooth_grad(model, x, classes=None, *, samples=16, noise=0.15, seed=0, batch_size=32):
    """The gradient, averaged over noisy copies of the input.

    The gradient of a ReLU net jumps between neighbouring inputs. The mean over a neighbourhood is
    calmer, at the price of as many passes as there are samples.

    Maths:
        g_n = 1/samples · Σ_k ∂ S(x_n + ε_k) / ∂ x_n,   ε_k ~ N(0, σ_n²)
        σ_n = noise · (max x_n - min x_n)

        S is the logit of a class, as in `input_gradient`. The signs are kept.

    Shapes:
        x (n, ..., channels) -> g (n, ..., channels), float32

    Args:
        model, x, classes: as in `input_gradient`. With None, the class is that of the input
            without noise.
        samples: number of copies.
        noise: its standard deviation, as a part of the range of the input's values.
        seed: of the noise. An input has the same noise whatever is beside it in the batch.
        batch_size: how many copies are computed at a time.

    Raises:
        ValueError: as in `input_gradient`; `samples` is not a positive integer, or `noise` is
            negative.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer=lambda s, dtype: [[1.0], [-3]])
        >>> model = keras.Sequential([keras.Input((2,)), dense])
        >>> smooth_grad(model, np.array([[5.0, 2.0]]), classes=0, samples=4)
        array([[ 1., -3.]], dtype=float32)

    Source: D. Smilkov, N. Thorat, B. Kim, F. Viégas, M. Wattenberg, SmoothGrad: Removing Noise by
    Adding Noise, 2017, https://arxiv.org/abs/1706.03825.
    """
    samples = arguments.positive_int("smooth_grad", samples=samples)
    noise = arguments.at_least("smooth_grad", 0, noise=noise)
    x = _targets.inputs("smooth_grad", model, x)
    classes = own_classes("smooth_grad", model, x, classes, batch_size)
    inner = tuple(range(1, x.ndim))
    sigma = noise * (x.max(axis=inner, keepdims=True) - x.min(axis=inner, keepdims=True))
    total = np.zeros_like(x)
    rng = np.random.default_rng(seed)
    batch_size = arguments.positive_int("smooth_grad", batch_size=batch_size)
    together = max(1, min(samples, batch_size // len(x)))  # copies of the whole batch at a time
    for first in range(0, samples, together):
        copies = min(together, samples - first)
        drawn = rng.standard_normal((copies, *x.shape[1:]), dtype="float32")  # the same for all x
        noisy = x[None] + sigma[None] * drawn[:, None]  # (copies, n, ...)
        found = class_gradient(
            "smooth_grad",
            model,
            noisy.reshape(-1, *x.shape[1:]),
            np.tile(classes, copies),
            batch_size,
        )
        total += found.reshape(noisy.shape).sum(axis=0)
    return total / np.float32(samples)
