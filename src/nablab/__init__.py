"""nablab: a deep-learning lab course in a package.

In a lab's notebook: `from nablab import check, data, hint, predict`. Nothing is imported
before it is used, so `import nablab` loads neither TensorFlow nor nbgrader.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "check": "nablab.notebook",
    "hint": "nablab.notebook",
    "predict": "nablab.notebook",
    "progress": "nablab.notebook",
    "data": "nablab.data",
    "quiet": "nablab._quiet",
}
__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nablab' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    return home if home.__name__ == f"nablab.{name}" else getattr(home, name)
