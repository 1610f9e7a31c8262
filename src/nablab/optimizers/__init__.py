"""Optimizers and learning-rate schedules for Keras: one a file, the equation in `update_step`.

    from nablab.optimizers import Adam, CosineDecay, WarmUp

They are written in `keras.ops`, work in `model.compile`, and are saved and loaded with a model.
Every module here whose name does not begin with an underscore holds one public class or function;
it is found by walking this folder, and there is no list to add to.
"""

from __future__ import annotations

from nablab import _package

modules = _package.modules(__name__, __path__)
_public = _package.public(modules, _package.is_code)
globals().update(_public)
__all__ = list(_public)
