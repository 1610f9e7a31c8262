"""What Embedding is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "sequences of ids": Example(
        {"input_dim": 7, "output_dim": 3},
        (Input((2, 5), kind="integers", high=7, unknown=(1,)),),
        lambda w, ids: reference.embedding.embedding(ids, w["embeddings"]),
        keras=lambda: keras.layers.Embedding(7, 3),
        wrong=(
            ("input_dim", 0),
            ("output_dim", 2.5),
            ("mask_zero", "zeros"),
            ("lora_rank", 2),
            ("input_length", 10),
        ),
        any_rank=True,
    ),
    "zero masked": Example(
        {"input_dim": 7, "output_dim": 3, "mask_zero": True},
        (Input((2, 5), kind="integers", high=7, unknown=(1,)),),
        lambda w, ids: reference.embedding.embedding(ids, w["embeddings"]),
        keras=lambda: keras.layers.Embedding(7, 3, mask_zero=True),
        any_rank=True,
    ),
}
