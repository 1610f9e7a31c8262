"""Marks the tests of Keras that are in the table, and leaves Keras as it was after each."""

from __future__ import annotations

from functools import partial

import keras
import pytest
from tests.conformance.keras_own.table import entries

MARKS_OF_KERAS = ("requires_trainable_backend", "multi_device")


def pytest_configure(config):
    for mark in MARKS_OF_KERAS:
        config.addinivalue_line("markers", f"{mark}: one of Keras's own")


def pytest_itemcollected(item):
    """A test in the table must fail."""
    if item.cls is None or "keras_own" not in item.path.parts:
        return
    for entry in entries(keras.backend.backend()):
        if entry.names(item.parent.name, item.name):
            says = f"{entry.kind}: {entry.why}"
            item.add_marker(pytest.mark.xfail(reason=says, strict=True))


@pytest.fixture(autouse=True)
def keras_as_it_was():
    """Keras's tests change settings of the whole process, which other tests share."""
    settings = [
        (keras.config.set_floatx, keras.config.floatx()),
        (keras.config.set_image_data_format, keras.config.image_data_format()),
        (keras.config.set_dtype_policy, keras.config.dtype_policy()),
    ]
    if keras.backend.backend() == "jax":
        settings.append(_without_float64())
    yield
    for set_again, value in settings:
        set_again(value)
    keras.config.enable_traceback_filtering()


def _without_float64():
    """Sets JAX as Keras's tests expect it. Ours have switched float64 on. Returns how to go back."""
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", False)
    return (partial(jax.config.update, "jax_enable_x64"), before)
