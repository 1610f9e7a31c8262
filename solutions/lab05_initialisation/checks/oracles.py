"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np

from nablab.checking import each, generator, holds
from nablab.checking.expect import as_numbers


def logs_of(student, name, calls):
    """Logarithms of what propagate or grad_propagate returns for each (depth, width, act, scale,
    seed), as an array (calls, depth)."""
    asked = [(*call, generator(student, seed)) for *call, seed in calls]
    found = []
    for got, (depth, width, act, scale, _) in zip(each(student, name, asked), asked, strict=True):
        what = f"{name}({depth}, {width}, {act!r}, {scale:g}, rng)"
        got = as_numbers(got, says=f"{what}:")
        holds(
            got.shape == (depth,),
            f"{what} has the shape {got.shape}, expected ({depth},).",
            got=got,
        )
        holds(
            np.isfinite(got).all() and (got > 0).all(),
            f"{what} returned standard deviations that are 0, negative or not finite.",
            got=got,
        )
        found.append(np.log(got.astype(float)))
    return np.array(found)


def sizes_are(logs, expected, within, says):
    """The geometric mean over the runs is `expected`, layer by layer, up to chance."""
    got = np.exp(logs.mean(axis=0))
    expected = np.broadcast_to(expected, got.shape)
    off = np.abs(np.log(got / expected))
    layer = int(np.argmax(off - within))
    holds(
        (off < within).all(),
        f"{says} Entry {layer} is {got[layer]:.3g}, expected about {expected[layer]:.3g}.",
        got=got,
        expected=np.array(expected),
    )


def change_is(logs, scale, within, says):
    """From the first entry to the last the size changes by √(scale/2) an entry, up to chance."""
    steps = logs.shape[1] - 1
    factor = float(np.exp(np.mean(logs[:, -1] - logs[:, 0]) / steps))
    wanted = float(np.sqrt(scale / 2))
    holds(
        abs(np.log(factor / wanted)) < within,
        f"{says} From entry to entry the size is multiplied by {factor:.3f} on average; the factor "
        f"should be √({scale:.3g}/2) = {wanted:.3f}.",
        got=factor,
        expected=wanted,
    )


def dense_layer(units, activation="relu"):
    return {"kind": "Dense", "units": units, "activation": activation}


def conv_layer(filters, kernel_size, activation="relu"):
    return {
        "kind": "Conv2D",
        "filters": filters,
        "kernel_size": kernel_size,
        "activation": activation,
    }


# What tells wrong answers apart -------------------------------------------------------------------
def tenths(values):
    """Logarithms in coarse steps, which chance changes little and a mistake changes much."""
    return [round(4 * float(np.log(max(abs(value), 1e-9)))) for value in np.ravel(values)]
