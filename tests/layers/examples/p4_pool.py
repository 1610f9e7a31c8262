"""What P4Pool is held to."""

from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "max": Example(
        {},
        (Input((2, 3, 4, 4, 2), unknown=(1, 2)),),
        lambda w, x: reference.group.p4_pool(x),
        wrong=(("mode", "sum"),),
    ),
    "mean": Example(
        {"mode": "mean"},
        (Input((2, 2, 3, 4, 3)),),
        lambda w, x: reference.group.p4_pool(x, "mean"),
    ),
}
