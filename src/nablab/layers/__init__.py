"""Keras layers for reading and for training: one public class a file, the equation in `call`.

    from nablab.layers import Conv2D, LSTM, GCN

They are written in `keras.ops` and run on every backend of Keras. Every module here whose name does
not begin with an underscore holds one layer; it is found by walking this folder, and there is no
list to add to. README.md beside this file lists them all.
"""

from __future__ import annotations

import importlib
import pkgutil

import keras

modules = {
    info.name: importlib.import_module(f"{__name__}.{info.name}")
    for info in pkgutil.iter_modules(__path__)
    if not info.name.startswith("_")
}
__all__: list[str] = []
for _module in modules.values():
    for _name, _value in vars(_module).items():
        if (
            isinstance(_value, type)
            and issubclass(_value, keras.layers.Layer)
            and _value.__module__ == _module.__name__
            and not _name.startswith("_")
        ):
            globals()[_name] = _value
            __all__.append(_name)
__all__.sort()
