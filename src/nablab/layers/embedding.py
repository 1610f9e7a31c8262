"""Embedding: a learned vector for every id."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class Embedding(WeightedLayer):
    """The row of a table for every id: a learned meaning of a word or a symbol.

    The number of a word says nothing about it. A vector can: words that are used alike come to lie
    near each other, so what is learned of one holds for the others.

    Maths:
        y = E[id]:   the same as (one-hot vector of id) E, without the multiplication

        With mask_zero, the id 0 stands for padding: mask = (id ≠ 0). Equals
        `reference.embedding.embedding`.

    Shapes:
        ids (B, ...) -> (B, ..., output_dim)
        E (input_dim, output_dim)

    Args:
        input_dim: number of ids, 0 to input_dim - 1. Other ids are not detected.
        output_dim: size of a vector.
        embeddings_initializer: how E starts; so too `_regularizer` and `_constraint`.
        mask_zero: whether to pass a mask that leaves out the id 0 to the following layers.
        weights: E itself, (input_dim, output_dim), to start from vectors that you have.

    Raises:
        ValueError: `input_dim` or `output_dim` is not a positive integer, `mask_zero` is neither
            True nor False, or `weights` has another shape.

    Example:
        >>> layer = Embedding(3, 2, embeddings_initializer="identity")
        >>> np.array(layer(np.array([1, 0])))
        array([[0., 1.],
               [1., 0.]], dtype=float32)

    Source: Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin, A Neural Probabilistic Language Model,
    2003.
    """

    WEIGHTS = {"embeddings": "uniform"}
    LEFT_OUT = {
        "input_length": "leave it out, because an input of any length is taken",
        "lora_rank": "freeze this layer and add the output of Embedding and Dense, both small",
        "lora_alpha": "scale the output of the layers that you add",
        "quantization_config": "use keras.layers.Embedding, which can be quantized",
    }

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        *,
        mask_zero=False,
        weights=None,
        **kwargs,
    ):
        super().__init__(embeddings_initializer=embeddings_initializer, **kwargs)
        self.input_dim, self.output_dim = arguments.positive_int(
            "Embedding", input_dim=input_dim, output_dim=output_dim
        )
        self.mask_zero = arguments.true_or_false("Embedding", mask_zero=mask_zero)
        self.supports_masking = self.mask_zero
        self.autocast = False  # keeps ids that come as floats from being rounded to half precision
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, list) else [weights])

    def build(self, input_shape=None):
        if self.built:
            return
        self.embeddings = self.weight("embeddings", (self.input_dim, self.output_dim))

    def call(self, ids):
        y = ops.take(self.embeddings, ops.cast(ids, "int32"), axis=0)  # (B, ..., output_dim)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, ids):
        """Symbolic ids that are ragged give vectors that are ragged."""
        shape = self.compute_output_shape(ids.shape)
        ragged = {"ragged": True} if getattr(ids, "ragged", False) else {}
        return keras.KerasTensor(shape, dtype=self.compute_dtype, **ragged)

    def compute_mask(self, ids, mask=None):
        return ops.not_equal(ids, 0) if self.mask_zero else None

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "mask_zero": self.mask_zero,
        }
