"""Optimizers and learning-rate schedules for Keras: one a file, the equation in `update_step`.

    from nablab.optimizers import Adam, CosineDecay, WarmUp

They are written in `keras.ops`, work in `model.compile`, and are saved and loaded with a model.
Every module here whose name does not begin with an underscore holds one public class or function;
it is found by walking this folder, and there is no list to add to.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

modules = {
    info.name: importlib.import_module(f"{__name__}.{info.name}")
    for info in pkgutil.iter_modules(__path__)
    if not info.name.startswith("_")
}
__all__: list[str] = []
for _module in modules.values():
    for _name, _value in list(vars(_module).items()):
        if (
            (inspect.isclass(_value) or inspect.isfunction(_value))
            and _value.__module__ == _module.__name__
            and not _name.startswith("_")
        ):
            globals()[_name] = _value
            __all__.append(_name)
__all__.sort()
