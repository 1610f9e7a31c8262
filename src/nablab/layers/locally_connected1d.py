"""LocallyConnected1D: like Conv1D, but with separate weights at every step."""

from __future__ import annotations

import math

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._convolution_layer import LocallyConnectedLayer


@keras.saving.register_keras_serializable(package="nablab")
class LocallyConnected1D(LocallyConnectedLayer):
    """A convolution without weight sharing: every output step has its own kernel.

    It suits sequences in which a position means the same in every example, such as the frequencies
    of a spectrum. It has T' times as many weights as a convolution, and a pattern learned at one
    position is not recognized at another.

    Maths:
        y[t, f] = φ(b[t, f] + Σ_u Σ_c x[t·s + u, c] · W[t, u, c, f])
        There is no padding. Every W[t] is initialized like the kernel of a convolution.
        Equals `reference.convolution_layers.locally_connected`.

    Shapes:
        x (B, T, C) -> (B, T', filters)
        T' = ⌊(T − k) / s⌋ + 1
        W (T', k, C, filters), b (T', filters)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer or a tuple of one.
        strides: s, the step of the window: one integer or a tuple of one.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above; the input does not have three axes or is
            smaller than the window; its size is unknown or differs from call to call.

    Example:
        >>> layer = LocallyConnected1D(1, 2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).numpy()[0, :, 0]
        array([3., 5.], dtype=float32)
        >>> tuple(layer.kernel.shape)
        (2, 2, 1, 1)

    Source: as for LocallyConnected2D: Y. Taigman, M. Yang, M. Ranzato, L. Wolf, DeepFace: Closing
    the Gap to Human-Level Performance in Face Verification, 2014.
    """

    AXES = "(B, T, C)"

    def __init__(
        self, filters, kernel_size, strides=1, *, activation=None, use_bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        name = "LocallyConnected1D"
        self.filters = arguments.positive_int(name, filters=filters)
        self.kernel_size = arguments.per_axis(name, 1, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 1, strides=strides)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None

    def build(self, input_shape):
        self.check_axes(input_shape)
        _convolution.check_known_sizes("LocallyConnected1D", input_shape)
        (self.steps,) = self.output_shape(input_shape)[1:-1]
        positions = (self.steps,)
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
        (k,), (s,) = self.kernel_size, self.strides
        x = ops.transpose(x, (1, 0, 2))  # (T, B, C): steps first, for one matrix product per step
        patches = [x[u : u + (self.steps - 1) * s + 1 : s] for u in range(k)]  # each (T', B, C)
        patches = ops.concatenate(patches, axis=-1)  # (T', B, k·C)
        kernel = ops.reshape(self.kernel, (self.steps, patches.shape[-1], self.filters))
        y = ops.einsum("tbk,tkf->tbf", patches, kernel)  # (T', B, filters)
        y = ops.transpose(y, (1, 0, 2))  # (B, T', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)
