"""The gradient of a class with respect to the input."""

from __future__ import annotations

from nablab.interpret.attribution._class_gradient import class_gradient


def input_gradient(model, x, classes=None, *, layer=None, batch_size=32):
    """How much a logit changes with every number of an input.

    It answers a local question: which small change of a pixel would change the answer most. A pixel
    that matters but is saturated has a gradient of 0. `saliency` is its size,
    `gradient_times_input` and `integrated_gradients` ask what a pixel has contributed.

    Maths:
        g_n = ∂ S_c(x_n) / ∂ x_n

        S_c is the logit of class c: a softmax or sigmoid at the end of a Sequential or functional
        model is left out, because its gradient vanishes where the model is sure.

    Shapes:
        x (n, ..., channels) -> g (n, ..., channels), float32

    Args:
        model: a Keras model with one input and an output (n, classes), of any kind.
        x: a batch of inputs, in the numbers that the model reads.
        classes: a class, one for each input, or None for the class that the model says.
        layer: a layer, or its path such as "block/conv". Then S_c is the largest value of its
            channel c in place of a logit.
        batch_size: how many inputs are computed at a time.

    Raises:
        ValueError: x is not a batch that the model reads, there is no such class or layer, or
            `batch_size` is not a positive integer.

    Example:
        >>> dense = keras.layers.Dense(2, kernel_initializer=lambda s, dtype: [[1.0, 2], [3, 4]])
        >>> model = keras.Sequential([keras.Input((2,)), dense])
        >>> input_gradient(model, np.zeros((1, 2)), classes=1)
        array([[2., 4.]], dtype=float32)

    Source: K. Simonyan, A. Vedaldi, A. Zisserman, Deep Inside Convolutional Networks: Visualising
    Image Classification Models and Saliency Maps, 2014, https://arxiv.org/abs/1312.6034.
    """
    return class_gradient("input_gradient", model, x, classes, batch_size, layer=layer)
