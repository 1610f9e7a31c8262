"""P4Lift: a convolution with every filter in four rotations, which is equivariant to them."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows


@keras.saving.register_keras_serializable(package="nablab")
class P4Lift(keras.layers.Layer):
    """Correlates an image with every filter rotated by 0°, 90°, 180° and 270°.

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
        kernel_initializer: initializer of W.

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

    def __init__(
        self,
        filters,
        kernel_size,
        padding="valid",
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("P4Lift", filters=filters, kernel_size=kernel_size)
        arguments.one_of("P4Lift", ("valid", "same"), padding=padding)
        if padding == "same" and kernel_size % 2 == 0:
            raise ValueError(
                f"P4Lift: kernel_size is {kernel_size!r} with padding 'same', which pads one more "
                "zero after the image than before it and breaks the symmetry; use an odd one."
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, input_shape):
        arguments.shape("P4Lift", input_shape, "(B, H, W, C)")
        self.compute_output_shape(input_shape)
        k = self.kernel_size
        self.kernel = self.add_weight(
            shape=(k, k, input_shape[-1], self.filters),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        k, C, F = self.kernel_size, x.shape[-1], self.filters
        W = ops.convert_to_tensor(self.kernel)
        rotated = ops.stack([ops.rot90(W, r) for r in range(4)], axis=3)  # (k, k, C, 4, F)
        y = ops.conv(x, ops.reshape(rotated, (k, k, C, 4 * F)), padding=self.padding)
        y = ops.reshape(y, (*ops.shape(y)[:3], 4, F))  # (B, H', W', 4, F)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        size = (self.kernel_size,) * 2
        maps = _windows.output_shape("P4Lift", input_shape, size, (1, 1), self.padding)
        return (*maps[:3], 4, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
