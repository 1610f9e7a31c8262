"""What MaxPoolWithSwitches is held to."""

from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "halving": Example(
        {},
        (Input((2, 4, 6, 3), unknown=(1, 2)),),
        lambda w, x: reference.pooling.maxpool_with_switches(x, (2, 2)),
        wrong=(("pool_size", 0), ("pool_size", (2, 2, 2))),
    ),
    "flat windows that leave a column out": Example(
        {"pool_size": (2, 3)},
        (Input((2, 4, 7, 2)),),
        lambda w, x: reference.pooling.maxpool_with_switches(x, (2, 3)),
    ),
}
