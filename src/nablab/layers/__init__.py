"""Keras layers for reading and for training: one public class a file, the equation in `call`.

    from nablab.layers import Conv2D, LSTM, GCN

They are written in `keras.ops` and run on every backend of Keras. Every module here whose name does
not begin with an underscore holds one layer; it is found by walking this folder, and there is no
list to add to. README.md beside this file lists them all.
"""

from __future__ import annotations

import keras

from nablab import _package


def _is_layer(value):
    return isinstance(value, type) and issubclass(value, keras.layers.Layer)


modules = _package.modules(__name__, __path__)
_public = _package.public(modules, _is_layer)
globals().update(_public)
__all__ = list(_public)
