"""A type hint that is not defined, in the answer's signature."""

FAILS = ("1.1",)
SAYS = "name 'NDArray' is not defined"


def change(nb):
    nb.swap("ex-1-1", "(patch, filt):", "(patch: NDArray, filt: NDArray) -> float:")
