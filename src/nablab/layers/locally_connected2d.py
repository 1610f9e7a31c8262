"""LocallyConnected2D: like Conv2D, but with separate weights at every position."""

from __future__ import annotations

import math

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._convolution_layer import LocallyConnectedLayer


@keras.saving.register_keras_serializable(package="nablab")
class LocallyConnected2D(LocallyConnectedLayer):
    """A convolution without weight sharing: every output position has its own kernel.

    It suits images whose parts always lie at the same positions, such as aligned faces. It has
    H'·W' times as many weights as a convolution, and a pattern learned at one position is not
    recognized at another.

    Maths:
        y[i, j, f] = φ(b[i, j, f] + Σ_u Σ_v Σ_c x[i·s + u, j·s + v, c] · W[i, j, u, v, c, f])
        There is no padding. Every W[i, j] is initialized like the kernel of a convolution.
        Equals `reference.convolution_layers.locally_connected`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌊(H − k) / s⌋ + 1
        W (H', W', kh, kw, C, filters), b (H', W', filters)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer, or one for each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above; the input does not have four axes or is
            smaller than the window; its size is unknown or differs from call to call.

    Example:
        >>> layer = LocallyConnected2D(1, 2, kernel_initializer="ones")
        >>> layer(np.arange(9.0).reshape(1, 3, 3, 1)).numpy()[0, :, :, 0]
        array([[ 8., 12.],
               [20., 24.]], dtype=float32)
        >>> tuple(layer.kernel.shape)
        (2, 2, 2, 2, 1, 1)

    Source: Y. Taigman, M. Yang, M. Ranzato, L. Wolf, DeepFace: Closing the Gap to Human-Level
    Performance in Face Verification, 2014.
    """

    def __init__(
        self, filters, kernel_size, strides=1, *, activation=None, use_bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        name = "LocallyConnected2D"
        self.filters = arguments.positive_int(name, filters=filters)
        self.kernel_size = arguments.per_axis(name, 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None

    def build(self, input_shape):
        self.check_axes(input_shape)
        _convolution.check_known_sizes("LocallyConnected2D", input_shape)
        self.output_size = positions = self.output_shape(input_shape)[1:-1]
        self.kernel = self.weight(
            "kernel",
            (*positions, *self.kernel_size, input_shape[-1], self.filters),
            initializer=_convolution.for_stacked_kernels(
                self.kernel_initializer, math.prod(positions)
            ),
        )
        if self.use_bias:
            self.bias = self.weight("bias", (*positions, self.filters))
        sizes = dict(enumerate(input_shape[1:], start=1))
        self.input_spec = keras.InputSpec(ndim=len(input_shape), axes=sizes)

    def call(self, x):
        (h, w), (kh, kw), (sh, sw) = self.output_size, self.kernel_size, self.strides
        x = ops.transpose(x, (1, 2, 0, 3))  # (H, W, B, C), for one matrix product per position
        patches = [
            x[u : u + (h - 1) * sh + 1 : sh, v : v + (w - 1) * sw + 1 : sw]  # (H', W', B, C)
            for u in range(kh)
            for v in range(kw)
        ]
        patches = ops.concatenate(patches, axis=-1)  # (H', W', B, kh·kw·C)
        kernel = ops.reshape(self.kernel, (h, w, patches.shape[-1], self.filters))
        y = ops.einsum("ijbk,ijkf->ijbf", patches, kernel)  # (H', W', B, filters)
        y = ops.transpose(y, (2, 0, 1, 3))  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)
