"""What the initializers that draw at random have in common."""

from __future__ import annotations

import keras

# The standard deviation of a standard normal variable that is cut off at ±2.
TRUNCATED = 0.87962566103423978


class Seeded(keras.initializers.Initializer):
    """Keeps the seed and gives it back in the config."""

    def __init__(self, seed=None):
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise ValueError(
                f"{type(self).__name__}: seed is {seed!r}; give a whole number or None."
            )
        self.seed = seed

    def get_config(self):
        return {"seed": self.seed}


def normal(shape, variance, dtype, seed):
    """Normal numbers of a variance, none further out than two of the normal's deviations."""
    deviation = variance**0.5 / TRUNCATED
    return keras.random.truncated_normal(shape, 0.0, deviation, dtype=dtype, seed=seed)


def uniform(shape, variance, dtype, seed):
    """Numbers of a variance, all equally likely between -limit and limit: it is limit² / 3."""
    limit = (3 * variance) ** 0.5
    return keras.random.uniform(shape, -limit, limit, dtype=dtype, seed=seed)
