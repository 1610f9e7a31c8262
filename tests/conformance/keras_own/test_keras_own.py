"""Every test of Keras about a class that nablab has, on nablab's class.

`pytest -k dense.DenseTest` runs those of one class. A test that does not pass is in table.toml with
the reason. If it passes after all, it fails here, because its line in the table is out of date.
"""

from __future__ import annotations

import unittest

import keras
import pytest
from tests.conformance.keras_own.exchange import load
from tests.conformance.keras_own.files import files
from tests.conformance.keras_own.table import KERAS, entries

BACKEND = keras.backend.backend()

pytestmark = pytest.mark.slow

if keras.__version__ != KERAS or BACKEND not in ("tensorflow", "jax"):
    pytest.skip(f"the table is for Keras {KERAS} on TensorFlow and JAX", allow_module_level=True)


def classes() -> dict[str, type]:
    """Every class of Keras's tests, as dense.DenseTest."""
    return {
        f"{path.stem.removesuffix('_test')}.{name}": value
        for path in files()
        for name, value in vars(load(path)).items()
        if isinstance(value, type) and issubclass(value, unittest.TestCase)
    }


CLASSES = classes()
globals().update(CLASSES)


def test_every_line_of_the_table_names_a_test():
    tests = {owner: unittest.TestLoader().getTestCaseNames(it) for owner, it in CLASSES.items()}
    unknown = [
        f"{entry.owner}: {entry.pattern}"
        for entry in entries(BACKEND)
        if not any(entry.names(entry.owner, test) for test in tests.get(entry.owner, ()))
    ]
    assert not unknown
