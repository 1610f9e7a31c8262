"""What a unit reads from the image, through the layers between."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret.circuits._kernels import kernel_of


def expanded_weights(weights: Any, *more: Any) -> np.ndarray:
    """The one kernel that equals several linear maps, one after the other.

    The weights of a deep layer say which *channels* it reads, which means little by itself.
    Composed with the layers before, they say which *pixels* it would read if nothing between bent
    the signal. ReLUs and biases are left out on purpose: this is what a unit reads when all
    units are on.

    Maths:
        w[s b + a, s b' + a', c, f] = Σ_m w₁[a, a', c, m] w₂[b, b', m, f], added up

        s is the stride of the first map; that of both together is the product of their strides.
        Away from a padded border this is exact.

    Shapes:
        kernels (rows, columns, channels, units) -> w (rows, columns, channels of the first,
        units of the last), float32

    Args:
        weights, more: linear maps in their order. Each is a kernel as an array (stride 1), a pair
            of such a kernel and its stride (an int, or one for rows and one for columns), or a
            built Keras layer: `Conv2D`, `AveragePooling2D`, or a `BatchNormalization`, as it is
            when the net is used.

    Raises:
        ValueError: if a map is not linear, is dilated or grouped, or if its channels do not fit.

    Example:
        >>> first, second = np.reshape([1, 2], (1, 2, 1, 1)), np.reshape([1, 10], (1, 2, 1, 1))
        >>> expanded_weights(first, second)[0, :, 0, 0].tolist()
        [1.0, 12.0, 20.0]

    Source: C. Voss, N. Cammarata, G. Goh, M. Petrov, L. Schubert, B. Egan, S. K. Lim, C. Olah,
    Visualizing Weights, 2021.
    """
    steps = [_kernel(one) for one in (weights, *more)]
    known = next((kernel.shape[2] for kernel, _ in steps if kernel.ndim == 4), None)
    if known is None:
        raise ValueError("pooling alone has no channels; give it a kernel before or after")
    whole, strides = np.eye(known)[None, None], (1, 1)  # a map that changes nothing
    for kernel, own in steps:
        if kernel.ndim == 2:  # the same window for every channel
            kernel = kernel[:, :, None, None] * np.eye(whole.shape[3])
        if kernel.shape[2] != whole.shape[3]:
            raise ValueError(
                f"a kernel that reads {kernel.shape[2]} channels follows one that has "
                f"{whole.shape[3]} units"
            )
        whole = _composed(whole, kernel, strides)
        strides = (strides[0] * own[0], strides[1] * own[1])
    return whole.astype("float32")


def _composed(first: np.ndarray, second: np.ndarray, strides: tuple[int, int]) -> np.ndarray:
    (down, right), (rows, columns) = strides, second.shape[:2]
    h, w = first.shape[:2]
    out = np.zeros(
        (down * (rows - 1) + h, right * (columns - 1) + w, first.shape[2], second.shape[3])
    )
    for i in range(rows):
        for j in range(columns):
            out[down * i : down * i + h, right * j : right * j + w] += first @ second[i, j]
    return out


def _kernel(one: Any) -> tuple[np.ndarray, tuple[int, int]]:
    """A map's kernel and strides. A kernel of two axes is a window that all channels share."""
    import keras

    layers = keras.layers
    if isinstance(one, layers.Conv2D):
        if one.groups != 1 or set(one.dilation_rate) != {1}:
            raise ValueError(f"the layer {one.name!r} is grouped or dilated; neither is supported")
        if not one.built:
            raise ValueError(f"the layer {one.name!r} has no weights yet; build it first")
        return kernel_of(one), tuple(one.strides)
    if isinstance(one, layers.AveragePooling2D):
        return np.full(one.pool_size, 1 / np.prod(one.pool_size)), tuple(one.strides)
    if isinstance(one, layers.BatchNormalization):
        scale = 1 / np.sqrt(keras.ops.convert_to_numpy(one.moving_variance) + one.epsilon)
        if one.scale:
            scale = scale * keras.ops.convert_to_numpy(one.gamma)
        return np.diag(np.asarray(scale, dtype=float))[None, None], (1, 1)
    if isinstance(one, layers.Layer):
        raise ValueError(
            f"{type(one).__name__} ({one.name!r}) is not one of the linear maps Conv2D, "
            "AveragePooling2D and BatchNormalization; leave out what you want to look through"
        )
    kernel, stride = one if isinstance(one, tuple) else (one, 1)
    kernel = kernel_of(kernel)
    if kernel.ndim != 4:
        raise ValueError(
            f"a kernel has the axes (rows, columns, channels, units), but got {kernel.shape}"
        )
    down, right = (stride, stride) if isinstance(stride, int) else stride
    return kernel, (down, right)
