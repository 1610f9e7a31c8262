"""P4Lift: a convolution with every filter in four rotations, which is equivariant to them."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import SpatialLayer
from nablab.layers._convolution_layer import KernelLayer


@keras.saving.register_keras_serializable(package="nablab")
class P4Lift(SpatialLayer, KernelLayer):
    """Correlates an image with every filter rotated by 0°, 90°, 180° and 270°.

    A convolution knows shifts but not rotations: it must learn an edge anew for every direction.
    Here one filter finds its pattern in four directions, with the weights of one.

    Maths:
        Y[:, :, r, f] = φ(b[f] + Σ_c X[:, :, c] ⋆ rot^r(W)[c, f])      r = 0, 1, 2, 3

        rot is `np.rot90` of the first two axes. The layer is equivariant: rotating the image
        rotates every map and moves it to the next index of the rotation axis,
        Y(rot(X))[r] = rot(Y(X)[r - 1]), r modulo 4.

    Shapes:
        x (B, H, W, C) -> (B, H', W', 4, filters)
        H' = H - k + 1 for "valid", H for "same"
        W (k, k, C, filters), b (filters,)

    Args:
        filters: number of filters; each gives four maps.
        kernel_size: k, for both axes: a rotated kernel must be square.
        padding: "valid", or "same" with zeros, which needs an odd k.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b, which the four rotations of a filter share.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above, the input does not have four axes, or the
            kernel does not fit in it.

    Example:
        >>> edge = keras.initializers.Constant(np.array([[1.0, -1], [1, -1]])[:, :, None, None])
        >>> x = np.array([[1.0, 0], [1, 0]])[None, :, :, None]
        >>> P4Lift(1, 2, kernel_initializer=edge)(x).numpy().ravel()
        array([ 2.,  0., -2.,  0.], dtype=float32)

    Equals `reference.group.p4_lift`, in one convolution with the four rotated kernels side by side.

    Source: T. S. Cohen, M. Welling, Group Equivariant Convolutional Networks, 2016.
    """

    SETTINGS = ("filters", "kernel_size", "padding")

    def __init__(
        self, filters, kernel_size, padding="valid", activation=None, use_bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        name = "P4Lift"
        self.filters = arguments.positive_int(name, filters=filters)
        self.kernel_size = arguments.positive_int(name, kernel_size=kernel_size)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)
        if self.padding == "same" and self.kernel_size % 2 == 0:
            raise ValueError(
                f"P4Lift: kernel_size is {kernel_size!r} with padding 'same', which pads one more "
                "zero after the image than before it and breaks the symmetry; use an odd one."
            )
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None

    def build(self, input_shape):
        self.check_axes(input_shape)
        self.output_shape(input_shape)  # refuses an input that the kernel does not fit in
        k = self.kernel_size
        self.kernel = self.weight("kernel", (k, k, input_shape[-1], self.filters))
        if self.use_bias:
            self.bias = self.weight("bias", (self.filters,))
        self.expects(input_shape)

    def call(self, x):
        k, C, F = self.kernel_size, x.shape[-1], self.filters
        W = ops.convert_to_tensor(self.kernel)
        rotated = ops.stack([ops.rot90(W, r) for r in range(4)], axis=3)  # (k, k, C, 4, F)
        y = ops.conv(
            x,
            ops.reshape(rotated, (k, k, C, 4 * F)),
            padding=self.padding,
            data_format="channels_last",
        )
        y = ops.reshape(y, (*ops.shape(y)[:3], 4, F))  # (B, H', W', 4, F)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def output_shape(self, input_shape):
        size = (self.kernel_size,) * 2
        maps = _windows.output_shape("P4Lift", input_shape, size, (1, 1), self.padding)
        return (*maps[:3], 4, self.filters)
