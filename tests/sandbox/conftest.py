"""Opens children in the shared jail, with a student's code in them."""

from dataclasses import replace
from textwrap import dedent

import pytest

from nablab.course import Limits
from nablab.sandbox.student import Student

SMALL = Limits(cell_s=5, call_s=5, test_s=10, memory_mb=512, processes=16, file_mb=4, message_mb=32)


@pytest.fixture
def small():
    return SMALL


@pytest.fixture
def child_with(jail):
    """A fresh child that has run one cell with this source; `cell_error` is what that raised."""

    def child_with(source="", **limits):
        child = jail.open(replace(SMALL, **limits))
        child.cell_error = child.request_within(10, "cell", cell_id="1.1", source=dedent(source))
        return child

    return child_with


@pytest.fixture
def student(child_with):
    """What a check sees of a student whose notebook holds one cell with this source."""

    def student(source, **limits):
        child = child_with(source, **limits)
        assert child.cell_error is None, child.cell_error
        return Student(child)

    return student
