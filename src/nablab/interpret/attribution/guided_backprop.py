"""Guided backpropagation: the gradient, and at each ReLU only what is positive of it."""

from __future__ import annotations

from nablab.interpret.attribution._class_gradient import class_gradient


def guided_backprop(model, x, classes=None, *, layer=None, batch_size=32):
    """Which pixels excite a unit through excited units alone.

    The maps are sharp and lie on the object. But they are nearly the same for every class, and for
    a net whose last layers are shuffled: read them as what the net sees, not as why it answers.

    Maths:
        y = max(x, 0)   goes back as   R_x = max(R_y, 0) · [x > 0]

        R is 1 at the logit or unit and is passed back to the input, through all else as a gradient
        is. A limit of a ReLU, such as 6, has its own gradient, and so has any other activation
        (leaky ReLU, SiLU, GELU, sigmoid, tanh): in a model without ReLU the result is the gradient.

    Shapes:
        x (n, ..., channels) -> R (n, ..., channels), float32

    Args:
        model: a Sequential or functional Keras model; nested models and layers that are called
            twice are as good. ReLU may be a layer, an activation given as argument, an operation
            such as `keras.ops.relu`, or `keras.ops.maximum(x, 0)`.
        x, classes, batch_size: as in `input_gradient`.
        layer: a layer or its path. Then R begins at the largest value of its channel `classes`.

    Raises:
        ValueError: as in `input_gradient`; or a ReLU could be missed, because the model, a layer or
            an activation is one whose operations are not known.

    Example:
        >>> first, last = keras.layers.Dense(2, "relu", False), keras.layers.Dense(1, None, False)
        >>> model = keras.Sequential([keras.Input((2,)), first, last])
        >>> model.set_weights([np.array([[1.0, -1], [1, 1]]), np.array([[2.0], [3]])])
        >>> guided_backprop(model, np.array([[2.0, 1.0]]), classes=0)  # the second unit is off
        array([[2., 2.]], dtype=float32)

    Source: J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller, Striving for Simplicity: The
    All Convolutional Net, 2015, https://arxiv.org/abs/1412.6806.
    """
    return class_gradient(
        "guided_backprop", model, x, classes, batch_size, layer=layer, rule="guided"
    )
