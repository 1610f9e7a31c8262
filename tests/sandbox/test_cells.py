"""A notebook's cells run in the child as a kernel runs them."""

from textwrap import dedent

import pytest

from nablab.sandbox.student import Student, StudentError


@pytest.fixture
def cells(jail, small):
    """A child that runs cells one after another; what the last one said is returned too."""

    def cells(*sources, forbid=(), judged=True, draws=False):
        child = jail.open(small, draws=draws)
        if forbid:
            child.request("forbid", names=list(forbid))
            child.request("block")
        said = None
        for number, source in enumerate(sources, 1):
            said = child.request_within(
                10, "cell", cell_id=f"cell {number}", source=dedent(source), judged=judged
            )
        return Student(child), said

    return cells


@pytest.mark.parametrize(
    "source, value",
    [
        ("import asyncio\nasync def one(): return 1\nvalue = await one()", 1),
        ("async def three():\n    for n in range(3): yield n\nvalue = [n async for n in three()]", [0, 1, 2]),
        (">>> def f():\n...     return 5\n>>> value = f()", 5),
        ("In [1]: def f():\n   ...:     return 6\n\nIn [2]: value = f()", 6),
        ("    value = 7", 7),
        ("%time value = 8", 8),
        ("%%time\nvalue = 9", 9),
        ("value = !echo ten", None),
        ("%%writefile mine.py\nN = 11", None),
        ("import math?\nvalue = 12", None),
    ],
)  # fmt: skip
def test_what_ipython_reads_is_read(cells, source, value):
    student, said = cells(source)
    assert said is None
    if value is not None:
        assert student.value == value


def test_the_result_of_a_cell_is_there_for_the_next(cells):
    student, said = cells(
        "import asyncio\n4", "n = _\nawait asyncio.sleep(0, 7)", "m = _\nNone", "k = _"
    )
    assert said is None
    assert (student.n, student.m, student.k) == (4, 7, 7)


def test_nothing_of_the_graders_own_code_reaches_a_cell(cells):
    """An undefined type hint is an error, as in a kernel."""
    _, said = cells("def f(x: Undefined): pass")
    assert said["type"] == "NameError"


def test_a_future_import_holds_for_the_cells_below(cells):
    student, said = cells("from __future__ import annotations", "def f(x: Undefined): return 1")
    assert said is None
    assert student.f(2) == 1


def test_a_cell_that_stops_says_in_which_line_and_what_is_missing(cells):
    student, said = cells("a = 1\nb = 1 / 0\nimport math\ndef c(): pass\nfor d in (): e = 2")
    assert (said["type"], said["line"]) == ("ZeroDivisionError", 2)
    assert set(said["names"]) == {"b", "math", "c", "d", "e"}
    assert student.a == 1


def test_a_line_that_fails_within_a_call_is_the_cells_own_line(cells):
    _, said = cells("def f():\n    raise KeyError('x')\n\nx = 1\ny = f()\nz = 2")
    assert (said["line"], set(said["names"])) == (5, {"y", "z"})


def test_a_package_that_is_not_here_is_passed_over_and_missed_where_it_is_used(cells):
    student, said = cells("""
        import math, not_a_package as p, json
        from not_a_package.part import thing
        table = p.Table(1)
        def uses(): return p.mean([1])
        rest = math.pi
    """)
    assert [one.partition(":")[0] for one in said["skipped"]] == ["line 2", "line 3", "line 4"]
    assert student.rest > 3
    with pytest.raises(StudentError, match="not_a_package is not installed where notebooks are"):
        student.uses()


def test_two_imports_in_one_line_are_told_apart(cells):
    student, said = cells("import math; import not_a_package; from json import dumps")
    assert len(said["skipped"]) == 1
    assert student.dumps([1]) == "[1]"


@pytest.mark.parametrize(
    "source",
    [
        "from google.colab import drive\ndrive.mount('/x')\nfor n in drive.list(): pass",
        "from google import colab\ncolab.files.upload()",
        "import google.colab as g, math\ng.drive.mount('/x')",
        "import piplite\nawait piplite.install('numpy')",
        "dbutils.widgets.text('a', 'b')",
    ],
)
def test_what_only_a_platform_has_does_nothing_and_is_not_told(cells, source):
    student, said = cells(f"{source}\nvalue = 3")
    assert said is None
    assert student.value == 3


@pytest.mark.parametrize("package", ["not_a_package", "google.colab", "pandas_of_nobodys.core"])
def test_a_package_that_is_asked_for_is_told_not_to_be_here(cells, package):
    student, said = cells(f"""
        try:
            import {package}
            here = True
        except ImportError:
            here = False
    """)
    assert said is None
    assert student.here is False


def test_a_part_of_a_package_that_is_not_there_is_an_error(cells):
    _, said = cells("import numpy.no_such_part\nx = 1")
    assert (said["type"], said["names"]) == ("ModuleNotFoundError", ["numpy", "x"])
    _, said = cells("from math import no_such_name\nx = 1")
    assert said["type"] == "ImportError"


FORBIDDEN = """
    from scipy.signal import correlate2d
    import math
    print(correlate2d([[1]], [[1]]))
    def uses(): return correlate2d([[1]], [[1]])
    rest = math.pi
"""


def test_a_cell_that_is_not_judged_is_not_cut_short_by_what_an_exercise_forbids(cells):
    student, said = cells(FORBIDDEN, forbid=["scipy.signal"], judged=False)
    assert said is None
    assert student.rest > 3
    with pytest.raises(StudentError) as raised:
        student.uses()
    assert raised.value.type_name == "ForbiddenCall"


def test_a_cell_that_is_judged_stops_at_what_its_exercise_forbids(cells):
    _, said = cells(FORBIDDEN, forbid=["scipy.signal"])
    assert (said["type"], said["line"]) == ("ForbiddenCall", 2)


def test_nobody_answers_a_question(cells):
    _, said = cells("name = input('Who are you? ')")
    assert said["type"] == "EOFError"
    assert "nobody can answer at grading" in said["message"]


def test_a_picture_is_closed_with_its_cell(cells):
    student, said = cells(
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\nfirst = plt.get_fignums()",
        "plt.plot([2])\nbefore = plt.get_fignums()",
        "after = plt.get_fignums()",
        draws=True,
    )
    assert said is None
    assert (student.first, student.before, student.after) == ([], [1], [])


def test_which_pictures_are_wanted_is_told_by_the_names_that_are_missing(jail, small):
    child = jail.open(small)
    child.request("cell", cell_id="1.1", source="def f(x):\n    return x + HEIGHT\nn = 1")
    pictures = ["show(f)", "HEIGHT = 3", "n = 2\nWIDTH = HEIGHT", "for HEIGHT in (): pass", "(("]
    assert child.request("wanted", sources=pictures) == [1, 3]
