"""The rules for every method of `nablab.interpret`, found by walking its rooms."""

import doctest
import importlib
import inspect
from pathlib import Path

import keras
import numpy as np
import pytest
from tests.backends import BACKEND
from tests.interpret import arguments

import nablab.interpret

ROOMS = sorted(
    p.name for p in Path(nablab.interpret.__path__[0]).iterdir() if p.is_dir() and p.name[0] != "_"
)
METHODS = {
    f"{room}.{name}": value
    for room in ROOMS
    for name, value in vars(importlib.import_module(f"nablab.interpret.{room}")).items()
    if name in importlib.import_module(f"nablab.interpret.{room}").__all__
    and inspect.isfunction(value)
}
SECTIONS = ("Maths:", "Shapes:", "Args:", "Raises:", "Example:", "Source:")

pytestmark = pytest.mark.slow
each = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def leaves(found):
    """The arrays of a result: of a tuple or dictionary those that it holds."""
    return [a for a in keras.tree.flatten(found) if not isinstance(a, str)]


def has(method, name):
    return name in inspect.signature(method).parameters


def test_the_rooms_are_found():
    assert ROOMS == ["adversarial", "attribution", "circuits", "features"]
    assert "attribution.saliency" in METHODS


@each
def test_its_docstring_has_every_section_in_order(method):
    doc = inspect.getdoc(method)
    places = [doc.find(f"\n{section}") for section in SECTIONS]
    assert -1 not in places and places == sorted(places), f"needs {SECTIONS} in this order"
    before, _, _ = doc.partition("\nMaths:")
    assert len(before.strip().split("\n\n")) > 1, "says in a second paragraph what it is for"


@each
def test_its_file_has_its_name(method):
    assert method.__module__.rpartition(".")[2] == method.__name__


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the last digits differ between backends")
@each
def test_its_docstrings_example_runs(method):
    module = inspect.getmodule(method)
    room = importlib.import_module(module.__name__.rpartition(".")[0])
    known = {"np": np, "keras": keras, **vars(room)}
    (test,) = doctest.DocTestFinder(recurse=False).find(
        method, method.__name__, module=module, globs=known
    )
    assert test.examples, "the docstring has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    said = []
    runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


@each
def test_it_returns_float32_arrays(method):
    for array in leaves(method(**arguments.of(method))):
        if callable(array):  # something for `fit`
            continue
        assert type(array) is np.ndarray and str(array.dtype) in ("float32", "int32"), array


@each
def test_it_leaves_what_it_gets_as_it_is(method):
    given = arguments.of(method)
    before = {name: np.array(a) for name, a in given.items() if isinstance(a, np.ndarray)}
    weights = [w.copy() for w in arguments.model().get_weights()]
    first = leaves(method(**given))
    second = leaves(method(**given))
    for name, array in before.items():
        np.testing.assert_array_equal(given[name], array, err_msg=name)
    for now, was in zip(arguments.model().get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, was)
    for a, b in zip(first, second, strict=True):
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg="a second call has another result")


STEP_BY_BATCH = {"adversarial.universal_perturbation"}  # as training does: batches are its steps
IN_BATCHES = {n: m for n, m in METHODS.items() if has(m, "batch_size") and n not in STEP_BY_BATCH}


@pytest.mark.parametrize("method", IN_BATCHES.values(), ids=IN_BATCHES)
def test_the_size_of_a_batch_changes_no_result(method):
    whole = leaves(method(**arguments.of(method, batch_size=64)))
    for size in (1, 2):
        parts = leaves(method(**arguments.of(method, batch_size=size)))
        for a, b in zip(parts, whole, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


PER_INPUT = [
    name
    for name, m in METHODS.items()
    if has(m, "x")
    and name.startswith("attribution.")
    and name != "attribution.cascading_randomization"
]


@pytest.mark.parametrize("name", PER_INPUT)
def test_an_input_alone_has_the_same_result(name):
    method = METHODS[name]
    given = arguments.of(method)
    (whole,) = leaves(method(**given))
    alone = {**given, "x": given["x"][3:4], "classes": given["classes"][3:4]}
    (one,) = leaves(method(**alone))
    np.testing.assert_allclose(one[0], whole[3], rtol=1e-4, atol=1e-5 * np.abs(whole).max())
