"""The reference as the EXAMPLES of layers and optimizers see it: imported when tested, not before.

Student code may use a layer or an optimizer; it must not reach the plain NumPy answers through it.
"""

from __future__ import annotations

import importlib
from types import ModuleType


class _Reference:
    def __getattr__(self, name: str) -> ModuleType:
        return importlib.import_module(f"nablab.reference.{name}")


reference = _Reference()
