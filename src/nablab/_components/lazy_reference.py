"""The reference for the EXAMPLES of layers and optimizers, imported only when a test uses it.

Student code may import a layer or an optimizer. It must not reach the NumPy solutions through it.
"""

from __future__ import annotations

import importlib
from types import ModuleType


class _Reference:
    def __getattr__(self, name: str) -> ModuleType:
        return importlib.import_module(f"nablab.reference.{name}")


reference = _Reference()
