"""What the random initializers share."""

from __future__ import annotations

import keras

# The standard deviation of a standard normal variable truncated at ±2.
TRUNCATED = 0.87962566103423978


class Seeded(keras.initializers.Initializer):
    """Checks the seed, stores it, and returns it in the config."""

    def __init__(self, seed=None):
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise ValueError(
                f"{type(self).__name__}: seed is {seed!r}; expected an integer or None."
            )
        self.seed = seed

    def get_config(self):
        return {"seed": self.seed}


def normal(shape, variance, dtype, seed):
    """Normal numbers of the given variance, truncated at two standard deviations."""
    deviation = variance**0.5 / TRUNCATED
    return keras.random.truncated_normal(shape, 0.0, deviation, dtype=dtype, seed=seed)


def uniform(shape, variance, dtype, seed):
    """Uniform numbers of the given variance, limit² / 3, between -limit and limit."""
    limit = (3 * variance) ** 0.5
    return keras.random.uniform(shape, -limit, limit, dtype=dtype, seed=seed)
