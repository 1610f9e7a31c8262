"""How a layer makes its weights: the arguments that Keras has for each of them, written once.

A layer names its kinds of weights and how each starts:

    class Dense(WeightedLayer):
        WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}

It then takes, keyword-only, `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`, the
same three of the bias, and `activity_regularizer`; it makes a weight by `self.weight("kernel",
shape)`, and its configuration holds all of them.

An argument of Keras's layer that is left out on purpose stands in `LEFT_OUT`, with what to do
instead. Passing it raises an error that says so.
"""

from __future__ import annotations

import inspect
import random
from typing import Any

import keras

KINDS = {
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}


OFF = {"renorm_momentum": 0.99}
"""Keras's defaults of arguments that are left out, besides None, False, 0 and "auto". They are
taken, so that a layer can be made from the configuration of Keras's layer."""


class WeightedLayer(keras.layers.Layer):
    """A layer whose weights have initializers, regularizers and constraints, as Keras's have."""

    WEIGHTS: dict[str, str] = {}  # kind of weight -> its initializer, if none is given
    LEFT_OUT: dict[str, str] = {}  # argument of Keras's layer -> what to do instead

    def __init_subclass__(cls, **kwargs):
        """Show the arguments of the weights in the signature, for help() and editors."""
        super().__init_subclass__(**kwargs)
        own = inspect.signature(cls.__init__)
        shown = [p for p in own.parameters.values() if p.name != "self"]
        if not shown or shown[-1].kind is not inspect.Parameter.VAR_KEYWORD:
            return
        taken = {parameter.name for parameter in shown}
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in cls.weight_arguments().items()
            if name not in taken
        ]
        cls.__signature__ = own.replace(parameters=[*shown[:-1], *more, shown[-1]])

    @classmethod
    def weight_arguments(cls) -> dict[str, Any]:
        """The arguments of all kinds of weights, with their defaults."""
        return {
            f"{weight}_{kind}": start if kind == "initializer" else None
            for kind in KINDS
            for weight, start in cls.WEIGHTS.items()
        }

    def __init__(self, **kwargs):
        refuse_left_out(type(self).__name__, self.LEFT_OUT, kwargs)
        given = {
            name: kwargs.pop(name, default) for name, default in self.weight_arguments().items()
        }
        super().__init__(**kwargs)
        for name, value in given.items():
            setattr(self, name, KINDS[name.rpartition("_")[2]].get(value))
        self._drawn: dict[str, int] = {}  # kind of weight -> how many of it were made

    def weight(self, kind, shape, name=None, initializer=None, **options):
        """A weight of one of the kinds in `WEIGHTS`, called like it if it has no name of its own.

        Two weights of the same kind start differently, though one initializer serves both.
        """
        count = self._drawn[kind] = self._drawn.get(kind, 0) + 1
        return self.add_weight(
            shape=tuple(shape),
            initializer=another(initializer or getattr(self, f"{kind}_initializer"), count),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
            name=name or kind,
            **options,
        )

    def expects(self, input_shape, axis=-1):
        """After `build`, inputs must have as many entries along `axis` as they had there."""
        several = axis if isinstance(axis, tuple) else (axis,)
        self.input_spec = keras.InputSpec(
            min_ndim=len(input_shape) if axis != -1 else 2,
            axes={each: input_shape[each] for each in several},
        )

    def _assert_input_compatibility(self, inputs):
        """Keras's check of `input_spec`, with a sentence that says what to do."""
        try:
            super()._assert_input_compatibility(inputs)
        except ValueError:
            shape = tuple(keras.tree.flatten(inputs)[0].shape)
            wanted = " and ".join(f"{n} along axis {a}" for a, n in self.input_spec.axes.items())
            raise ValueError(
                f"{type(self).__name__}: the input has shape {shape}; the layer was built for "
                f"{wanted}. Make another layer for inputs of this shape."
            ) from None

    def get_config(self):
        return {
            **super().get_config(),
            **{
                name: KINDS[name.rpartition("_")[2]].serialize(getattr(self, name))
                for name in self.weight_arguments()
            },
        }


def refuse_left_out(owner, left_out, given):
    """Take the arguments that are left out from those given; refuse one that has an effect."""
    for argument, instead in left_out.items():
        value = given.pop(argument, None)
        plain = isinstance(value, bool | int | float | str)
        if value is not None and not (plain and value in (False, "auto", OFF.get(argument))):
            raise ValueError(f"{owner}: {argument}={value!r} is not supported; {instead}.")


def another(initializer, count):
    """The initializer for the `count`-th weight that it serves.

    An initializer object repeats its draw whenever it is called, so W_q and W_k would be equal.
    The second weight and those after it get a copy with a seed of its own, which follows from the
    seed that was given, if any. A function, or a seed that is a `SeedGenerator`, draws anew anyway.
    """
    if count == 1 or not isinstance(initializer, keras.initializers.Initializer):
        return initializer
    config = initializer.get_config()
    seed = config.get("seed")
    if isinstance(seed, dict):
        return initializer
    if seed is not None:
        config["seed"] = random.Random(f"{seed} {count}").randrange(2**31)
    return type(initializer).from_config(config)
