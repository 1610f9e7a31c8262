"""Initializers for the `kernel_initializer` of any layer.

    from nablab.initializers import HeNormal, lsuv

Every module whose name does not begin with an underscore holds one. It is found by walking this
folder, so there is no list to update.
"""

from __future__ import annotations

from nablab._components import discovery

modules = discovery.modules(__name__, __path__)
_public = discovery.public(modules, discovery.is_code)
globals().update(_public)
__all__ = list(_public)
