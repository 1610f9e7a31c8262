"""How weights begin: initializers for any layer's `kernel_initializer`.

    from nablab.initializers import HeNormal, lsuv

Every module here whose name does not begin with an underscore holds one; it is found by walking
this folder, and there is no list to add to.
"""

from __future__ import annotations

from nablab import _package

modules = _package.modules(__name__, __path__)
_public = _package.public(modules, _package.is_code)
globals().update(_public)
__all__ = list(_public)
