"""Runs a file of Keras's tests as if Keras's classes were nablab's.

Nothing inside Keras changes. Whatever the file imports of Keras is wrapped in a view, which answers
an exchanged name with our class and every other name with what Keras has. Keras's own code still
sees its own classes: the RNN that a test wraps around our cell is Keras's.
"""

from __future__ import annotations

import builtins
import inspect
import sys
from importlib import util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import keras
import pytest

import nablab.initializers
import nablab.layers
import nablab.optimizers

TESTS = Path(keras.__file__).parent / "src"

PAIRS = (
    (keras.layers, nablab.layers),
    (keras.optimizers, nablab.optimizers),
    (keras.optimizers.schedules, nablab.optimizers),
    (keras.initializers, nablab.initializers),
)
OTHER_NAMES = {
    "Attention": "ScaledDotProductAttention",
    "AveragePooling1D": "AveragePool1D",
    "AveragePooling2D": "AveragePool2D",
    "AveragePooling3D": "AveragePool3D",
    "GlobalAveragePooling1D": "GlobalAveragePool",
    "GlobalAveragePooling2D": "GlobalAveragePool",
    "GlobalAveragePooling3D": "GlobalAveragePool",
    "GlobalMaxPooling1D": "GlobalMaxPool",
    "GlobalMaxPooling2D": "GlobalMaxPool",
    "GlobalMaxPooling3D": "GlobalMaxPool",
    "LecunNormal": "LeCunNormal",
    "MaxPooling1D": "MaxPool1D",
    "MaxPooling2D": "MaxPool2D",
    "MaxPooling3D": "MaxPool3D",
    "SpatialDropout1D": "SpatialDropout",
    "SpatialDropout2D": "SpatialDropout",
    "SpatialDropout3D": "SpatialDropout",
}


def exchanges() -> dict[str, tuple[type, type]]:
    """Keras's name of every class that both have -> Keras's class and ours."""
    return {
        name: (theirs, getattr(ours, OTHER_NAMES.get(name, name)))
        for keras_has, ours in PAIRS
        for name, theirs in vars(keras_has).items()
        if inspect.isclass(theirs) and OTHER_NAMES.get(name, name) in ours.__all__
    }


NAMES = list(exchanges())
OURS = dict(exchanges().values())


class View(ModuleType):
    """A module of Keras with our classes under Keras's names."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return seen(getattr(self._module, name))


def seen(value: Any) -> Any:
    """What a test sees in place of something that Keras has."""
    if isinstance(value, ModuleType) and value.__name__.split(".")[0] == "keras":
        return View(value)
    if inspect.isclass(value):
        return OURS.get(value, value)
    return value


def import_through_views(name, globals=None, locals=None, fromlist=(), level=0):
    """The `__import__` of a file of Keras's tests."""
    if name == "conftest":  # Keras's own, which is not in the wheel
        return SimpleNamespace(skip_if_backend=skip_if_backend)
    return seen(builtins.__import__(name, globals, locals, fromlist, level))


def skip_if_backend(backend: str, reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(keras.backend.backend() == backend, reason=reason)


def load(path: Path) -> ModuleType:
    """A file of Keras's tests as a module that sees our classes.

    It has its usual name, because Keras saves the classes that it defines by module and name.
    """
    name = ".".join(("keras", "src", *path.relative_to(TESTS).with_suffix("").parts))
    spec = util.spec_from_file_location(name, path)
    module = util.module_from_spec(spec)
    module.__builtins__ = {**vars(builtins), "__import__": import_through_views}
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
