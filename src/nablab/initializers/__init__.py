"""How weights begin: initializers for any layer's `kernel_initializer`.

    from nablab.initializers import HeNormal, lsuv

Every module here whose name does not begin with an underscore holds one; it is found by walking
this folder, and there is no list to add to.
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
