"""The gradient, times the input."""

from __future__ import annotations

from nablab.interpret import _targets
from nablab.interpret.attribution._class_gradient import class_gradient


def gradient_times_input(model, x, classes=None, *, batch_size=32):
    """What every number of an input adds to a logit, as far as the net is linear there.

    For a net of ReLUs without biases the contributions sum to the logit. What is 0 contributes
    nothing, so it cannot see that something dark matters.

    Maths:
        a_n = x_n ⊙ ∂ S(x_n) / ∂ x_n

        S is the logit of a class, as in `input_gradient`.

    Shapes:
        x (n, ..., channels) -> a (n, ..., channels), float32

    Args:
        model, x, classes, batch_size: as in `input_gradient`.

    Raises:
        ValueError: as in `input_gradient`.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer=lambda s, dtype: [[1.0], [-3]])
        >>> model = keras.Sequential([keras.Input((2,)), dense])
        >>> gradient_times_input(model, np.array([[5.0, 2.0]]), classes=0)
        array([[ 5., -6.]], dtype=float32)

    Source: A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje, Not Just a Black Box: Learning
    Important Features Through Propagating Activation Differences, 2016,
    https://arxiv.org/abs/1605.01713.
    """
    x = _targets.inputs("gradient_times_input", model, x)
    return x * class_gradient("gradient_times_input", model, x, classes, batch_size)
