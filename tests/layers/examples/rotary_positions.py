"""What RotaryPositions is held to."""

from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "of sequences": Example(
        {},
        (Input((2, 5, 6), unknown=(1,)),),
        lambda w, x: reference.positions.rotary_positions(x),
        wrong=(("base", 0.5), ("base", "ten")),
        padded=True,
    ),
    "of heads, from a later position": Example(
        {"base": 100.0},
        (Input((2, 5, 3, 4), unknown=(1,)),),
        lambda w, x: reference.positions.rotary_positions(x, base=100, start=3),
        call={"start": 3},
        any_rank=True,  # with one axis less it is a sequence without heads
    ),
}
