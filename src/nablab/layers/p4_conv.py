"""P4Conv: a convolution of maps that have a rotation axis."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import SpatialLayer
from nablab.layers._convolution_layer import KernelLayer


@keras.saving.register_keras_serializable(package="nablab")
class P4Conv(SpatialLayer, KernelLayer):
    """Correlates maps of all four rotations with every filter in four rotations.

    After `P4Lift`, an image has a map for each of four directions. This layer reads them together,
    so that it finds patterns of patterns in every direction, such as a corner of two edges.

    Maths:
        Y[:, :, r, f] = φ(b[f] + Σ_s Σ_c X[:, :, s, c] ⋆ rot^r(W)[s - r, c, f])    s - r modulo 4

        rot is `np.rot90` of the first two axes: the kernel is rotated in space and rolled along its
        rotation axis. If X is rotated and rolled by 1 along that axis, so is Y:
        Y(rot(X) rolled by 1) = rot(Y(X)) rolled by 1.

    Shapes:
        x (B, H, W, 4, C) -> (B, H', W', 4, filters)
        H' = H - k + 1 for "valid", H for "same"
        W (k, k, 4, C, filters), b (filters,)

    Args:
        filters: number of filters; each gives four maps.
        kernel_size: k, for both axes: a rotated kernel must be square.
        padding: "valid", or "same" with zeros, which needs an odd k.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b, which the four rotations of a filter share.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above, the input does not have the axes (B, H,
            W, 4, C), or the kernel does not fit in it.

    Example:
        >>> x = np.array([1.0, 10, 100, 1000]).reshape(1, 1, 1, 4, 1)
        >>> W = keras.initializers.Constant(np.array([1.0, 2, 0, 0]).reshape(1, 1, 4, 1, 1))
        >>> P4Conv(1, 1, kernel_initializer=W)(x).numpy().ravel()
        array([  21.,  210., 2100., 1002.], dtype=float32)

    Equals `reference.group.p4_conv`, in one convolution with the four rotated kernels side by side.

    Source: T. S. Cohen, M. Welling, Group Equivariant Convolutional Networks, 2016.
    """

    AXES = "(B, H, W, 4, C)"
    SETTINGS = ("filters", "kernel_size", "padding")

    def __init__(
        self, filters, kernel_size, padding="valid", activation=None, use_bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        name = "P4Conv"
        self.filters = arguments.positive_int(name, filters=filters)
        self.kernel_size = arguments.positive_int(name, kernel_size=kernel_size)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)
        if self.padding == "same" and self.kernel_size % 2 == 0:
            raise ValueError(
                f"P4Conv: kernel_size is {kernel_size!r} with padding 'same', which pads one more "
                "zero after the image than before it and breaks the symmetry; use an odd one."
            )
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None

    def build(self, input_shape):
        self.check_axes(input_shape)
        self.output_shape(input_shape)  # refuses an input that the kernel does not fit in
        k = self.kernel_size
        self.kernel = self.weight("kernel", (k, k, 4, input_shape[-1], self.filters))
        if self.use_bias:
            self.bias = self.weight("bias", (self.filters,))
        self.expects(input_shape)

    def call(self, x):
        k, C, F = self.kernel_size, x.shape[-1], self.filters
        W = ops.convert_to_tensor(self.kernel)
        rotated = [ops.roll(ops.rot90(W, r), r, axis=2) for r in range(4)]
        rotated = ops.stack(rotated, axis=4)  # (k, k, 4, C, 4, F)
        rotated = ops.reshape(rotated, (k, k, 4 * C, 4 * F))
        x = ops.reshape(x, (*ops.shape(x)[:3], 4 * C))
        y = ops.conv(
            x, rotated, padding=self.padding, data_format="channels_last"
        )  # (B, H', W', 4·F)
        y = ops.reshape(y, (*ops.shape(y)[:3], 4, F))
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def output_shape(self, input_shape):
        if input_shape[3] not in (4, None):
            raise ValueError(
                f"P4Conv: the input has shape {tuple(input_shape)}; expected axes (B, H, W, 4, C), "
                "as from P4Lift."
            )
        size, flat = (self.kernel_size,) * 2, (*input_shape[:3], input_shape[-1])
        maps = _windows.output_shape("P4Conv", flat, size, (1, 1), self.padding)
        return (*maps[:3], 4, self.filters)
