"""What the random initializers share."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.initializers.fans import fans

# The standard deviation of a standard normal variable truncated at ±2.
TRUNCATED = 0.87962566103423978


class Seeded(keras.initializers.Initializer):
    """Checks the seed, stores it, and returns it in the config."""

    def __init__(self, seed=None):
        if isinstance(seed, dict):  # a SeedGenerator in a configuration
            seed = keras.saving.deserialize_keras_object(seed)
        if not isinstance(seed, keras.random.SeedGenerator):
            seed = arguments.seed(type(self).__name__, seed=seed)
        self.seed = seed

    def get_config(self):
        return {"seed": keras.saving.serialize_keras_object(self.seed)}


class Scaled(Seeded):
    """An initializer whose variance follows from the fans of the weight."""

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(seed)
        self.input_axes = input_axes
        self.output_axes = output_axes

    def fans(self, shape):
        return fans(shape, self.input_axes, self.output_axes)

    def get_config(self):
        axes = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        return {**super().get_config(), **axes}


def normal(shape, variance, dtype, seed):
    """Normal numbers of the given variance, truncated at two standard deviations."""
    deviation = variance**0.5 / TRUNCATED
    return keras.random.truncated_normal(shape, 0.0, deviation, dtype=dtype, seed=seed)


def uniform(shape, variance, dtype, seed):
    """Uniform numbers of the given variance, limit² / 3, between -limit and limit."""
    limit = (3 * variance) ** 0.5
    return keras.random.uniform(shape, -limit, limit, dtype=dtype, seed=seed)
