"""What Maxout is held to."""

from tests.layers.example import Example, Input

from nablab import reference


def _pieces(kernel, pieces):
    """(n, pieces · units) -> (pieces, n, units)"""
    return kernel.reshape(len(kernel), pieces, -1).swapaxes(0, 1)


EXAMPLES = {
    "two pieces": Example(
        {"units": 3},
        (Input((4, 5)),),
        lambda w, x: reference.maxout.maxout(x, _pieces(w["kernel"], 2), w["bias"].reshape(2, -1)),
        wrong=(("units", 0), ("pieces", 1.5), ("use_bias", "no")),
        any_rank=True,
    ),
    "three pieces without bias, of sequences": Example(
        {"units": 2, "pieces": 3, "use_bias": False},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: reference.maxout.maxout(x, _pieces(w["kernel"], 3)),
        padded=True,
        any_rank=True,
    ),
}
