"""Optimizers and learning-rate schedules for Keras: one per file, with its equation in the code.

    from nablab.optimizers import Adam, CosineDecay, WarmUp

They use `keras.ops`, work in `model.compile`, and are saved and loaded with a model. Every module
whose name does not begin with an underscore holds one public class or function. It is found by
walking this folder, so there is no list to update.
"""

from __future__ import annotations

from nablab._components import discovery

modules = discovery.modules(__name__, __path__)
_public = discovery.public(modules, discovery.is_code)
globals().update(_public)
__all__ = list(_public)
