"""Plain NumPy, one function per equation: the oracle for layers, labs and suites.

Everything is computed in float64 with channels last, and with a loop wherever a loop is closest to
the equation.
"""

import importlib
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """A module of the reference, imported when it is first used."""
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
