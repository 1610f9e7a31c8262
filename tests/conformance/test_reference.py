"""The rules for every function of the reference, found by walking the package."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import nablab.reference

MODULES = [
    importlib.import_module(f"nablab.reference.{info.name}")
    for info in pkgutil.iter_modules(nablab.reference.__path__)
]
FUNCTIONS = [
    pytest.param(function, id=f"{module.__name__.rpartition('.')[2]}.{name}")
    for module in MODULES
    for name, function in vars(module).items()
    if inspect.isfunction(function)
    and function.__module__ == module.__name__
    and not name.startswith("_")
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_its_docstring_has_the_equation_and_an_example_that_runs(function):
    doc = inspect.getdoc(function) or ""
    for section in ("Maths:", "Example:", "Source:"):
        assert f"\n{section}" in doc, f"{function.__name__} has no {section}"
    known = {**vars(inspect.getmodule(function)), "np": np}
    (test,) = doctest.DocTestFinder(recurse=False).find(function, function.__name__, globs=known)
    said = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    runner.run(test, out=said.append)
    assert test.examples and runner.failures == 0, "".join(said)
