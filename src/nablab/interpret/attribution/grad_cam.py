"""Grad-CAM: a class activation map of any net, by gradients."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments
from nablab.interpret import _maps
from nablab.interpret.attribution._layer_map import layer_map


def grad_cam(
    model,
    x,
    classes=None,
    *,
    layer=None,
    plus_plus=False,
    rectify=True,
    resize=True,
    batch_size=32,
):
    """Which places of a layer's maps speak for a class.

    Each channel gets one weight: how much the logit grows with it on average. The map is coarse, as
    the layer is, but it does depend on the class and on the last layers' weights. For a net that
    ends in a global mean and a dense layer it is `cam`, up to a positive factor and the bias.

    Maths:
        M_n = max(Σ_k α_k F_n[..., k], 0)
        α_k = 1/(h w) Σ_ij g_k[i, j],   g_k = ∂ S / ∂ F[..., k]

        plus_plus:   α_k = Σ_ij a_k[i, j] max(g_k[i, j], 0)
        a_k = g_k² / (2 g_k² + (Σ_ij F[i, j, k]) g_k³),   0 where the denominator is 0

        S is the logit of a class, as in `input_gradient`, and F what the layer computes.

    Shapes:
        x (n, H, W, channels) -> M (n, H, W), float32; with resize=False (n, h, w), as F has it

    Args:
        model: a Sequential or functional Keras model.
        x, classes, batch_size: as in `input_gradient`.
        layer: a layer or its path; by default the last one with outputs (n, h, w, channels).
        plus_plus: whether to weigh places by Grad-CAM++, which sees several objects of a class
            better.
        rectify: whether to leave out what speaks against the class.
        resize: whether to interpolate the map to the size of the input, bilinearly.

    Raises:
        ValueError: as in `input_gradient`; the model is subclassed, or the layer has no outputs of
            those axes.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer=lambda s, dtype: [[8.0]])
        >>> pool = keras.layers.GlobalAveragePooling2D()
        >>> flip = keras.layers.Rescaling(-1.0)
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), flip, pool, dense])
        >>> grad_cam(model, np.array([1.0, 2, -3, -4]).reshape(1, 2, 2, 1), classes=0)
        array([[[0., 0.],
                [6., 8.]]], dtype=float32)

    Source: R. R. Selvaraju and others, Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization, 2017, https://arxiv.org/abs/1610.02391; A. Chattopadhay, A. Sarkar,
    P. Howlader, V. N. Balasubramanian, Grad-CAM++, 2018, https://arxiv.org/abs/1710.11063.
    """
    found = layer_map("grad_cam", model, x, classes, layer, plus_plus, batch_size)
    if arguments.true_or_false("grad_cam", rectify=rectify):
        found = np.maximum(found, 0)
    return _maps.resized(found, *np.shape(x)[1:3]) if resize else found
