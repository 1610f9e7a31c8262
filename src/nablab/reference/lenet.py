"""LeNet as taught today: two convolutions with max pooling, then three dense layers."""

from __future__ import annotations

from nablab.reference.activation import relu
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.dense import dense
from nablab.reference.pooling import maxpool_nd


def lenet(x, weights):
    """The logits of LeNet-5, with ReLU instead of tanh and max instead of average pooling.

    Maths:
        a = maxpool(relu(conv(x, K₁, "same") + b₁)),   c = maxpool(relu(conv(a, K₂, "valid") + b₂))
        logits = relu(relu(flat(c) W₁ + b₃) W₂ + b₄) W₃ + b₅      2×2 windows, stride 2

    Shapes:
        x (B, H, W, C), weights K₁ (5, 5, C, 6), b₁, K₂ (5, 5, 6, 16), b₂, W₁ (n, 120), b₃,
        W₂ (120, 84), b₄, W₃ (84, classes), b₅ -> (B, classes)

    Example:
        >>> shapes = lenet_shapes((12, 12, 1), 3)
        >>> zeros = [np.zeros(shape) for shape in shapes[:-1]]
        >>> lenet(np.ones((1, 12, 12, 1)), [*zeros, np.array([1.0, -2.0, 3.0])])
        array([[ 1., -2.,  3.]])

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to
    Document Recognition, 1998.
    """
    K1, b1, K2, b2, W1, b3, W2, b4, W3, b5 = weights
    a = maxpool_nd(relu(conv_nd(x, K1, b1, padding="same")), (2, 2))
    c = maxpool_nd(relu(conv_nd(a, K2, b2)), (2, 2))
    hidden = relu(dense(c.reshape(len(c), -1), W1, b3))
    return dense(relu(dense(hidden, W2, b4)), W3, b5)


def lenet_shapes(input_shape, n_classes):
    """The shapes of the weights of `lenet`, in its order.

    Maths:
        n = 16 · h(H) · h(W),   h(s) = ⌊(⌊s / 2⌋ − 4) / 2⌋

    Shapes:
        input_shape (H, W, C), with H and W at least 12 -> ten shapes

    Example:
        >>> sum(int(np.prod(shape)) for shape in lenet_shapes((28, 28, 1), 10))
        61706

    Source: as for `lenet`.
    """
    H, W, C = input_shape
    n = 16 * ((H // 2 - 4) // 2) * ((W // 2 - 4) // 2)
    kernels = [(5, 5, C, 6), (5, 5, 6, 16), (n, 120), (120, 84), (84, n_classes)]
    return [shape for kernel in kernels for shape in (kernel, kernel[-1:])]
