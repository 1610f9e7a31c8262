"""The size of the gradient at every pixel."""

from __future__ import annotations

import numpy as np

from nablab.interpret.attribution._class_gradient import class_gradient


def saliency(model, x, classes=None, *, batch_size=32):
    """Where a small change of the input would change a logit most.

    It is one gradient, and the oldest of these maps. It is noisy, and edges of any kind show in it:
    on small pictures of shapes, a Sobel filter without any network finds the object as well.

    Maths:
        s_n[i, j] = max over c of |∂ S / ∂ x_n[i, j, c]|

        S is the logit of a class, as in `input_gradient`.

    Shapes:
        x (n, ..., channels) -> s (n, ...), float32

    Args:
        model, x, classes, batch_size: as in `input_gradient`.

    Raises:
        ValueError: as in `input_gradient`.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer=lambda s, dtype: [[1.0], [-3]])
        >>> model = keras.Sequential([keras.Input((1, 2)), keras.layers.Flatten(), dense])
        >>> saliency(model, np.zeros((1, 1, 2)), classes=0)
        array([[3.]], dtype=float32)

    Source: K. Simonyan, A. Vedaldi, A. Zisserman, Deep Inside Convolutional Networks: Visualising
    Image Classification Models and Saliency Maps, 2014, https://arxiv.org/abs/1312.6034.
    """
    return np.abs(class_gradient("saliency", model, x, classes, batch_size)).max(axis=-1)
