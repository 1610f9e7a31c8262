"""A submission is bounded before it is read, and what is read takes time that grows with its size.

Times are compared with each other, at one size and at four times that: none is asserted."""

import importlib
import json
import pkgutil
import re
import time

import pytest

import nablab.checking
import nablab.grading
import nablab.sandbox
from nablab.errors import UnreadableSubmission
from nablab.grading.intake.extract import extract, released_notebook
from nablab.grading.intake.submission import MOST_BRACKETS, MOST_CELLS, read
from nablab.grading.judge.identifiers import identifiers
from nablab.grading.records import Submission
from nablab.grading.samples import Sample, notebook_of

LEAST_S = 0.002
TIMES, MUCH = 4, 10  # a size four times as large may take ten times as long: quadratic is sixteen


@pytest.fixture(scope="module")
def solved(course, lab):
    return notebook_of(Sample("", ""), course, lab)


@pytest.fixture
def taken(lab, tmp_path):
    """Reads and extracts a notebook."""
    released = released_notebook(lab.notebook)

    def taken(notebook):
        path = tmp_path / "a.ipynb"
        path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))
        submission = Submission("student", lab.id, path)
        return extract(read(submission), submission, lab, released)

    return taken


def own(number, source="x = 1", kind="code"):
    return {"cell_type": kind, "id": f"own-{number}", "metadata": {}, "source": source}


def with_cells(solved, cells):
    notebook = json.loads(solved)
    notebook["cells"][6:6] = cells
    return notebook


def grows(work, small, large):
    """How many times longer the larger takes, in CPU time: the least of three, and no less than can
    be measured."""
    if seconds(work, large) < MUCH * LEAST_S:
        return 0
    times = [min(seconds(work, given) for _ in range(3)) for given in (small, large)]
    return times[1] / max(times[0], LEAST_S)


def seconds(work, given):
    begun = time.process_time()
    work(given)
    return time.process_time() - begun


def test_a_notebook_may_have_so_many_cells_and_no_more(solved, taken):
    room = MOST_CELLS - len(json.loads(solved)["cells"])
    assert len(taken(with_cells(solved, [own(n) for n in range(room)])).cells) > room
    with pytest.raises(UnreadableSubmission, match="at most 2,000 are read"):
        taken(with_cells(solved, [own(n) for n in range(room + 1)]))


def test_all_cells_may_hold_so_much_and_no_more(solved, taken):
    cells = [own(n, "x = 1\n" * 32_000) for n in range(5)]
    assert taken(with_cells(solved, cells)).notes == ()
    with pytest.raises(UnreadableSubmission, match="at most 1,000,000 are read"):
        taken(with_cells(solved, [*cells, own(5, "y = 2\n" * 32_000)]))


def test_a_picture_in_a_text_cell_is_no_source(solved, taken):
    picture = own("p", f"![](data:image/png;base64,{'A' * 5_000_000})", "markdown")
    assert taken(with_cells(solved, [picture])).notes == ()


def test_a_cell_that_is_too_long_is_left_out_and_said(solved, taken):
    long = taken(with_cells(solved, [own("l", "x = 1\n" * 40_000)]))
    assert [note for note in long.notes if "Cell 7 is longer than 200,000 characters" in note]
    notebook = json.loads(solved)
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "ex-1-2")
    cell |= {"cell_type": "markdown", "source": cell["source"] + "\n# more" * 4_000}
    assert any("longer than 20,000 characters" in note for note in taken(notebook).notes)


@pytest.mark.parametrize("pump", ["{},", "[],", '{"a": [{}]},'])
def test_brackets_are_counted_before_they_become_lists_and_records(taken, pump):
    text = '{"nbformat": 4, "cells": [%s0]}' % (pump * MOST_BRACKETS)
    with pytest.raises(UnreadableSubmission, match="500,000 lists and objects"):
        taken(text)


def test_brackets_in_what_was_printed_do_not_count(solved, taken):
    notebook = json.loads(solved)
    printed = ["[" * 40 + '"\\' + "]" * 40 + "\n"] * 40_000
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": printed}]
    assert taken(notebook).notes == ()


PUMPS = [
    "\n",
    " \n",
    "\t",
    "#\n",
    ">>> \n",
    "predict(\n",
    "predict('1', '",
    "check(",
    "def a=\n",
    "(",
]


@pytest.mark.parametrize("pump", PUMPS)
def test_a_cell_takes_time_by_its_length(solved, taken, pump):
    def cells(size):
        source = f"x{pump * (size // len(pump))}y"
        return with_cells(solved, [own(0, source), own(1, source[:20_000], "markdown")])

    assert grows(taken, cells(45_000), cells(180_000)) < MUCH


@pytest.mark.parametrize(
    "cell",
    [
        lambda n: own(n, f"x = {n}"),
        lambda n: {**own(n, f"def match_score(): return {n}"), "id": "ex-1-1"},
        lambda n: {**own(n, f"check('1.1') or {n}"), "id": "check-1-1"},
        lambda n: own(n, f"def match_score(): return {n}"),
    ],
    ids=["own", "doubled", "doubled checks", "answers elsewhere"],
)
def test_a_notebook_takes_time_by_its_cells(solved, taken, cell):
    few, many = ([cell(n) for n in range(count)] for count in (450, 450 * TIMES))
    assert grows(taken, with_cells(solved, few), with_cells(solved, many)) < MUCH


def patterns():
    """Every pattern that a module of the trusted side, or of what it shares with the jail, holds."""
    for package in (nablab.grading, nablab.checking, nablab.sandbox):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name in ("nablab.grading.step", "nablab.grading.book.gradebook_schema"):
                continue  # they load nbgrader
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    yield pytest.param(value, id=f"{found.name.partition('.')[2]}.{name}")


FRAGMENTS = [
    "\n", " ", "\t", "a", "(", "a\n", "predict(\n", "check(", "%time ", "%pip ", "= \t", "? ", "# \n",
    '"id" ', '"cells" ', "0", "1.", "_", "a_1", "- ", "<<<<<<<", "`", '"', '"\\', '"""', "'''\\", "{ ",
]  # fmt: skip
# `fullmatch` and `match` begin at one place
MATCHED_WHOLE = (
    "grading.intake.platforms",
    "grading.book.moodle_sheet",
    "grading.book.worksheet",
    "sandbox.shell.INSTALLS",
)


@pytest.mark.parametrize("pattern", list(patterns()))
def test_no_pattern_takes_more_than_its_texts_length(pattern, request):
    whole = request.node.callspec.id.startswith(MATCHED_WHOLE)
    slow = []
    for pump in FRAGMENTS:
        for tail in ("", "!"):
            texts = [pump * (size // len(pump)) + tail for size in (2_500, 10_000)]
            if isinstance(pattern.pattern, bytes):
                texts = [text.encode() for text in texts]
            if whole:
                used = pattern.fullmatch
            else:
                used = lambda text: (pattern.fullmatch(text), pattern.findall(text))  # noqa: E731
            if grows(used, *texts) >= MUCH:
                slow.append(pump + tail)
    assert slow == []


def test_identifiers_are_those_of_the_code():
    source = '''
x = np.convolve(a)  # corr
s = "relu" + 'maxpool' + rb"bytes" + f"{fun(x)}" + after
t = """doc
string's own"""; last = 1
u = "unended
%timeit vote(1)
'''
    found = identifiers(source)
    assert {"x", "np", "convolve", "a", "fun", "after", "last", "vote"} <= found
    assert not found & {"corr", "relu", "maxpool", "bytes", "doc", "string", "own", "unended"}


@pytest.mark.parametrize("pump", ['"""', "'''", '"', "'", '"\\', "f'", "#", '"a\n', "'\""])
def test_identifiers_take_time_by_the_length(pump):
    assert grows(identifiers, pump * 30_000, pump * 120_000) < MUCH
