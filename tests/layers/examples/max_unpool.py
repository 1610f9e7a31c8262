"""What MaxUnpool is held to."""

from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "doubling": Example(
        {},
        (
            Input((2, 2, 3, 2), unknown=(1, 2)),
            Input((2, 2, 3, 2), kind="integers", high=24, unknown=(1, 2)),
        ),
        lambda w, y, switches: reference.pooling.max_unpool(y, switches, (4, 6)),
        wrong=(("pool_size", 0), ("output_size", (4, 0))),
    ),
    "with a column that the windows left out": Example(
        {"pool_size": (2, 3), "output_size": (4, 7)},
        (Input((2, 2, 2, 3)), Input((2, 2, 2, 3), kind="integers", high=28)),
        lambda w, y, switches: reference.pooling.max_unpool(y, switches, (4, 7)),
    ),
}
