"""What SinusoidalPositions is held to."""

import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "added": Example(
        {},
        (Input((2, 5, 6), unknown=(1,)),),
        lambda w, x: x + reference.positions.sinusoidal_positions(5, 6),
        wrong=(("base", 0.5), ("base", "ten"), ("add", "no")),
        padded=True,
    ),
    "alone, from a later position": Example(
        {"base": 100.0, "add": False},
        (Input((2, 5, 6), unknown=(1,)),),
        lambda w, x: np.stack(
            2 * [reference.positions.sinusoidal_positions(5, 6, base=100, start=3)]
        ),
        call={"start": 3},
    ),
}
