"""Guided Grad-CAM: sharp as guided backprop, and of one class as Grad-CAM."""

from __future__ import annotations

import numpy as np

from nablab.interpret import _maps
from nablab.interpret.attribution._class_gradient import class_gradient
from nablab.interpret.attribution._layer_map import layer_map


def guided_grad_cam(model, x, classes=None, *, layer=None, batch_size=32):
    """Guided backprop where Grad-CAM says that the class is.

    Guided backprop is sharp and nearly blind to the class; Grad-CAM knows the class and is coarse.
    Their product has both, and is 0 wherever one of them is.

    Maths:
        A_n = R_n ⊙ M_n

        R is that of `guided_backprop`, and M that of `grad_cam`, interpolated to the input's size.

    Shapes:
        x (n, H, W, channels) -> A (n, H, W, channels), float32

    Args:
        model, x, classes, batch_size: as in `guided_backprop`.
        layer: the layer whose maps Grad-CAM reads, or its path; by default the last one with
            outputs (n, h, w, channels).

    Raises:
        ValueError: as in `guided_backprop` and `grad_cam`.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer=lambda s, dtype: [[8.0]])
        >>> pool = keras.layers.GlobalAveragePooling2D()
        >>> flip = keras.layers.Rescaling(-1.0)
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), flip, pool, dense])
        >>> x = np.array([1.0, 2, -3, -4]).reshape(1, 2, 2, 1)
        >>> guided_grad_cam(model, x, classes=0)[..., 0]  # the gradient is -2 everywhere
        array([[[ -0.,  -0.],
                [-12., -16.]]], dtype=float32)

    Source: R. R. Selvaraju and others, Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization, 2017, https://arxiv.org/abs/1610.02391.
    """
    owner = "guided_grad_cam"
    guided = class_gradient(owner, model, x, classes, batch_size, rule="guided")
    maps = np.maximum(layer_map(owner, model, x, classes, layer, False, batch_size), 0)
    return guided * _maps.resized(maps, *guided.shape[1:3])[..., None]
