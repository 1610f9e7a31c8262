"""The reference where a student's code calls it: bounded, apart from grader and student, and there
again after it was stopped."""

from textwrap import dedent

import numpy as np
import pytest

from nablab.course import Limits
from nablab.grading.judge.reference_process import ReferenceFunction, ReferenceProcess
from nablab.sandbox.student import Student, StudentError, replace

REFERENCE = """
import numpy as np

SIDE = 3

def double(x): return 2 * x
def zeros(n): return np.zeros(n).sum()
def fill(n): return bytearray(n)[0]
def count(n):
    while n: n -= 1
    return 0
def adder(n): return lambda x: x + n
def twice(f): return f(f(1))
def refuse(x): raise ValueError(f"{x} is too small")
"""
LIMITS = Limits(call_s=1, cell_s=5, test_s=20, memory_mb=128, processes=16, file_mb=4, message_mb=4)


@pytest.fixture(scope="module")
def reference_process(jail):
    names = {}
    exec(REFERENCE, names)
    return ReferenceProcess(jail, LIMITS, [REFERENCE], names)


@pytest.fixture
def student(jail, reference_process):
    """A student whose names are partly the reference's."""

    def student(source, *names):
        child = jail.open(Limits())
        child.request("cell", cell_id="1.1", source=dedent(source))
        replace(Student(child), {name: reference_process.named(name) for name in names})
        return Student(child)

    return student


def test_the_reference_answers_with_its_values(student):
    far = student("def f(x): return double(double(x)) + SIDE", "double", "SIDE")
    np.testing.assert_array_equal(far.f(np.arange(3)), [3, 7, 11])


def test_it_runs_neither_in_the_graders_process_nor_in_the_students(student, reference_process):
    def stop(*_):
        raise AssertionError("called here")

    reference_process.reference["double"] = stop
    far = student("import __main__\ndef f(): return double(4), 'count' in vars(__main__)", "double")
    assert far.f() == (8, False)


@pytest.mark.parametrize(
    "call, says",
    [
        ("fill(10**9)", "MemoryError"),
        ("zeros(10**15)", "MemoryError|allocate"),
        ("count(10**12)", "was stopped: It took more than 1 s"),
        ("count(-1)", "was stopped: It took more than 1 s"),
    ],
)
def test_arguments_that_would_have_it_take_for_ever_or_all_memory_are_an_error(student, call, says):
    far = student(f"def f(): return {call}\ndef g(): return double(21)", "double", *ALL)
    with pytest.raises(StudentError, match=says):
        far.f()
    assert far.g() == 42


ALL = ("fill", "zeros", "count")


def test_its_exceptions_are_raised_in_the_students_code(student):
    far = student(
        "def f():\n    try: refuse(3)\n    except ValueError as error: return str(error)", "refuse"
    )
    assert far.f() == "3 is too small"


def test_a_function_that_it_returns_can_be_called_too(student):
    assert student("def f(): return adder(2)(40)", "adder").f() == 42


def test_objects_of_the_students_do_not_reach_it(student):
    far = student("def f(): return double(lambda: 1)", "double")
    with pytest.raises(StudentError, match="may not cross"):
        far.f()


def test_a_stand_in_is_also_a_function_of_this_side(reference_process):
    function = reference_process.named("adder")
    assert isinstance(function, ReferenceFunction)
    assert function(1)(2) == 3
