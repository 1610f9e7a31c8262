"""The loss of every image, and its gradient with respect to the pixels.

The model runs in inference mode: no weight changes, and no moving mean of a batch normalization.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from nablab.interpret import _gradients


def losses(model: Any, x: Any, y: Any, from_logits: bool = True, training: bool = False) -> Any:
    """L(x_n, y_n) = -ln p(y_n | x_n), a tensor (N,)."""
    return keras.losses.sparse_categorical_crossentropy(
        y, model(x, training=training), from_logits=from_logits
    )


def gradient(function: Callable[[Any], Any], x: Any) -> Any:
    """∂(Σ_n f(x)_n)/∂x, a tensor of the shape of x. It also works inside a compiled function.

    As image n has no part in the loss of another image, this is the gradient of each image's own
    loss.
    """
    _, (found,) = _gradients.gradient(lambda x: (ops.sum(function(x)),), x)
    return found


def loss_gradient(model: Any, x: Any, y: Any, from_logits: bool = True) -> np.ndarray:
    """∂L(x_n, y_n)/∂x_n, an array of the shape of x. Compiled once for each model."""
    x = np.asarray(x, "float32")
    found: np.ndarray = _gradients.arrays_of(
        _gradients.compiled(model, _slope, x, np.asarray(y), from_logits=from_logits)
    )
    return found


def _slope(model: Any, x: Any, y: Any, *, from_logits: bool) -> Any:
    return gradient(lambda x: losses(model, x, y, from_logits), x)


def tensor(x: Any) -> Any:
    return ops.convert_to_tensor(np.asarray(x, "float32"))
