"""What the comparisons of checks take and refuse, where a right answer once lost points."""

import numpy as np
import pytest

from nablab.checking import Mismatch, contract, equal, is_array
from nablab.checking.expect import NOTHING, as_numbers
from nablab.checking.mark import Check
from nablab.checking.runner import outcome_of
from nablab.sandbox.student import LocalLink, Student


def student(**names):
    return Student(LocalLink({"__name__": "__main__", **names}))


def halves(x):
    return [[0.5, 1.5], [2.5, 3.5]]


def test_a_list_is_refused_where_later_exercises_compute_with_the_result():
    with pytest.raises(Mismatch) as refused:
        contract(student(f=halves), "f", 1, shape=(2, 2), array=True)
    assert refused.value.says == (
        "What f returned is a list, but the exercise asks for a NumPy array, because later exercises "
        "compute with it: wrap it in `np.array(…)` before you return it."
    )


def test_elsewhere_a_list_is_as_good_as_an_array():
    contract(student(f=halves), "f", 1, shape=(2, 2))
    contract(student(f=lambda x: np.array(halves(x))), "f", 1, shape=(2, 2), array=True)


@pytest.mark.parametrize("value", [np.zeros(3), np.float32(2), 2.0, None])
def test_only_lists_and_tuples_are_not_arrays(value):
    is_array(value, "dx")


def test_a_tuple_is_named():
    with pytest.raises(Mismatch, match="dx is a tuple"):
        is_array((1, 2), "dx")


def test_a_whole_number_may_be_an_array_without_axes():
    equal(np.array(5), 5)
    with pytest.raises(Mismatch):
        equal(np.array(5.0), 5)
    with pytest.raises(Mismatch):
        equal(np.array(6), 5)


def test_a_list_with_text_in_it_is_no_array_and_is_never_made_one():
    wide = ["a" * 1_000_000, *["b"] * 100_000]  # NumPy would make 400 GB of it
    for got in (wide, [wide], [1.0, [b"x"]]):
        with pytest.raises(Mismatch, match="not an array of numbers"):
            as_numbers(got)


def test_a_value_that_is_a_burden_to_keep_is_not_kept():
    def outcome(got):
        check = Check("1.1", "hand", False, "test_it", "It", lambda student: None)
        return outcome_of(check, Mismatch("No.", got=got, given={"x": got}))

    small, large = np.ones(1_000), np.ones(1_000_000)
    assert outcome(small).got is small
    for burden in (large, [large], {"a": (large,)}, ["x" * 5_000_000]):
        assert outcome(burden).got is NOTHING
        assert outcome(burden).given == {"x": NOTHING}
        assert outcome(burden).says == "No."


def test_a_check_that_ran_out_of_memory_says_so():
    check = Check("1.1", "hand", False, "test_it", "It", lambda student: None)
    assert outcome_of(check, MemoryError()).says.endswith("it ran out of memory.")


def empties(items):
    found = sum(len(item) for item in items)
    items.clear()
    return float(found)


def sorts(table):
    table["x"].sort()
    return 1.0


def pops(table):
    table.pop("x")
    return 1.0


@pytest.mark.parametrize(
    "function, argument",
    [
        (empties, [[1, 2], [3]]),
        (sorts, {"x": [3, 1, 2]}),
        (sorts, {"x": np.array([3.0, 1.0])}),
        (pops, {"x": 1, "y": 2}),
        (lambda x: x.reverse() or 1.0, [1, 2]),
        (lambda x: x.fill(0) or 1.0, np.arange(6.0).reshape(2, 3).T),
    ],
)
def test_a_function_that_changes_what_it_was_given_breaks_the_contract(function, argument):
    with pytest.raises(Mismatch, match="changed its input"):
        contract(student(f=function), "f", argument, shape=())


def test_arguments_that_come_back_as_they_went_keep_it():
    given = [1, (2.5, "a"), {"x": [np.array([1, 2]), None]}, np.array([np.nan, 1])]
    contract(student(f=lambda *args: 1.0), "f", *given, shape=())
