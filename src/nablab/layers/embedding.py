"""Embedding: a learned vector for every id."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class Embedding(keras.layers.Layer):
    """The row of a table for every id: a learned meaning of a word or a symbol.

    Equals `reference.embedding.embedding`.

    Maths:
        y = E[id]:   the same as (one-hot vector of id) E, without the multiplication

        With mask_zero, the id 0 stands for padding: mask = (id ≠ 0).

    Shapes:
        ids (B, ...) -> (B, ..., output_dim)
        E (input_dim, output_dim)

    Args:
        input_dim: number of ids, 0 to input_dim - 1. Other ids are not detected.
        output_dim: size of a vector.
        mask_zero: whether to pass a mask that leaves out the id 0 to the following layers.
        embeddings_initializer: initializer of E.

    Raises:
        ValueError: `input_dim` or `output_dim` is not a positive integer.

    Example:
        >>> layer = Embedding(3, 2, embeddings_initializer="identity")
        >>> np.array(layer(np.array([1, 0])))
        array([[0., 1.],
               [1., 0.]], dtype=float32)

    Source: Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin, A Neural Probabilistic Language Model,
    2003.
    """

    def __init__(
        self, input_dim, output_dim, mask_zero=False, embeddings_initializer="uniform", **kwargs
    ):
        super().__init__(**kwargs)
        arguments.positive_int("Embedding", input_dim=input_dim, output_dim=output_dim)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.mask_zero = mask_zero
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.supports_masking = mask_zero
        self.autocast = False  # keeps ids that come as floats from being rounded to half precision

    def build(self, ids_shape):
        self.embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            name="embeddings",
        )

    def call(self, ids):
        y = ops.take(self.embeddings, ops.cast(ids, "int32"), axis=0)  # (B, ..., output_dim)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, ids_shape):
        return (*ids_shape, self.output_dim)

    def compute_mask(self, ids, mask=None):
        return ops.not_equal(ids, 0) if self.mask_zero else None

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "mask_zero": self.mask_zero,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
        }
