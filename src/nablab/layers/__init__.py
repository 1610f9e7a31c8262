"""Keras layers to read and to train: one public class per file, with the equation in `call`, or in
the `inner_loop` of SimpleRNN, LSTM and GRU.

    from nablab.layers import Conv2D, LSTM, GCN

They use `keras.ops` and run on every Keras backend. Every module whose name does not begin with an
underscore holds one layer. It is found by walking this folder, so there is no list to update.
README.md beside this file lists all layers.
"""

from __future__ import annotations

import keras

from nablab._components import discovery


def _is_layer(value):
    return isinstance(value, type) and issubclass(value, keras.layers.Layer)


modules = discovery.modules(__name__, __path__)
_public = discovery.public(modules, _is_layer)
globals().update(_public)
__all__ = list(_public)
