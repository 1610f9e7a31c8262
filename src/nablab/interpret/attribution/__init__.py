"""Which pixels an answer rests on, and what each way of asking can and cannot see.

Every module whose name does not begin with an underscore holds one public method. It is found by
walking this folder, so there is no list to update.
"""

from __future__ import annotations

from nablab._components import discovery

modules = discovery.modules(__name__, __path__)
_public = discovery.public(modules, discovery.is_code)
globals().update(_public)
__all__ = list(_public)
