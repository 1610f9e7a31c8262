"""What the hidden checks of N.5 and N.6 share: weights for a whole network."""

import numpy as np


def drawn(rng, net, scale=1):
    """Random weights for every layer, for `set_weights`; kernels have the variance scale / fan_in."""
    values = []
    for weight in net.weights:
        name = weight.path.rpartition("/")[2]
        if name in ("gamma", "moving_variance"):
            values.append(rng.uniform(0.5, 1.7, size=weight.shape))
        elif name == "kernel":
            deviation = np.sqrt(scale / np.prod(weight.shape[:-1]))
            values.append(rng.normal(size=weight.shape) * deviation)
        else:
            values.append(rng.normal(size=weight.shape) * 0.4)
    return values
