"""Submissions with every kind of bad code, graded in one batch with honest ones between them."""

from dataclasses import replace

import pytest

from nablab.course import Limits
from nablab.errors import BadLab
from nablab.grading.records import FAULT, GRADED
from nablab.grading.samples import Sample, copy_course

RIGHT = """
def match_score(patch, filt):
    return float(np.mean(np.asarray(patch, float) * np.asarray(filt, float)))
"""
PATCHED = """
def match_score(patch, filt):
    return 1.0
"""


def returns(expression, before=""):
    return f"{before}\ndef match_score(patch, filt):\n    return {expression}\n"


def does(statement, before=""):
    return f"{before}\ndef match_score(patch, filt):\n    {statement}\n"


ALL, NONE, CONTRACT = 8, 0, 1.2
# The cell of 1.1 and the points that it earns, in a notebook that is right else.
CELLS = {
    "syntax error": ("def match_score(patch, filt:\n    return 1\n", NONE),
    "null byte": ("x = '\0'\n" + RIGHT, NONE),
    "lone surrogate": ("x = '\ud800'\n" + RIGHT, ALL),
    "other parameters": (RIGHT.replace("patch", "p").replace("filt", "f"), ALL - CONTRACT),
    "too few parameters": ("def match_score(patch):\n    return 1.0\n", NONE),
    "not a function": ("match_score = 7\n", NONE),
    "a class": ("class match_score:\n    def __init__(self, patch, filt): pass\n", NONE),
    "nothing": (returns("None"), NONE),
    "word": (returns("'two thirds'"), NONE),
    "not a number": (returns("float('nan')"), NONE),
    "infinite": (returns("float('inf')"), NONE),
    "wrong shape": (returns("np.ones((3, 3))"), NONE),
    "object array": (returns("np.array([None, 1], object)"), NONE),
    "ragged": (returns("[[1], [1, 2]]"), NONE),
    "set": (returns("{1.0}"), NONE),
    "integer of thousands of digits": (returns("10**5000"), NONE),
    "integer of hundreds of digits": (returns("10**1000"), NONE),
    "nested": (returns("__import__('functools').reduce(lambda a, _: [a], range(500), 1)"), NONE),
    "lies about its class": (returns("A()", "class A:\n    __class__ = float\n"), NONE),
    "lies about being equal": (returns("A()", "class A:\n    __eq__ = lambda *a: True\n"), NONE),
    "array that lies": (
        returns(
            "np.zeros(()).view(A)",
            "class A(np.ndarray):\n    __eq__ = __array_ufunc__ = lambda *a, **k: True\n",
        ),
        CONTRACT,
    ),
    "array by protocol": (
        returns("A()", "class A:\n    __array__ = lambda *a, **k: np.array(1.0)\n"),
        NONE,
    ),
    "recursion": (does("return match_score(patch, filt)"), NONE),
    "raises": (does("raise KeyError('x')"), NONE),
    "raises at the top": ("raise KeyError('x')\n" + RIGHT, NONE),
    "raises below": (RIGHT + "raise KeyError('x')\n", ALL),
    "exception that cannot be printed": (
        does("raise E", "class E(Exception):\n    def __str__(self): raise E\n"),
        NONE,
    ),
    "exits": (does("sys.exit(0)", "import sys\n"), NONE),
    "exits below": (RIGHT + "import sys\nsys.exit(0)\n", ALL),
    "kills the process": (does("os._exit(0)", "import os\n"), NONE),
    "kills the process at the top": (RIGHT + "import os\nos._exit(0)\n", NONE),
    "endless": (does("while True: pass"), NONE),
    "endless at the top": (RIGHT + "while True: pass\n", NONE),
    "endless and deaf": (
        does(
            "while True:\n        try: time.sleep(9)\n        except BaseException: pass",
            "import time\n",
        ),
        NONE,
    ),
    "memory": (returns("float(np.ones(1 << 33).sum())"), NONE),
    "memory at the top": ("huge = np.ones(1 << 33)\n" + RIGHT, NONE),
    "returns 200 MB": (returns("np.zeros(25 << 20)"), NONE),
    "fork bomb": (does("while True: os.fork()", "import os\n"), NONE),
    "leaves processes behind": (
        "import os, time\nfor _ in range(5):\n    if os.fork() == 0: time.sleep(1000)\n" + RIGHT,
        ALL,
    ),
    "leaves threads behind": (
        "import threading, time\nfor _ in range(20):\n"
        "    threading.Thread(target=time.sleep, args=[1000]).start()\n" + RIGHT,
        ALL,
    ),
    "shouts": ("for _ in range(60): print('x' * 10**6)\n" + RIGHT, ALL),
    "warns": (
        "import sys, warnings\nwarnings.warn('careless')\nprint('error', file=sys.stderr)\n"
        "1 / np.zeros(3)\n" + RIGHT,
        ALL,
    ),
    "closes what it should not": ("import os\nos.closerange(0, 3)\n" + RIGHT, ALL),
    "closes the channel": ("import os\nos.closerange(3, 256)\n" + RIGHT, NONE),
    "magics": (
        "%matplotlib inline\n!rm -rf /\n%time x = 1\nfiles = !ls\ndisplay(x)\n"
        "get_ipython().run_line_magic('cd', '/')\n" + RIGHT,
        ALL,
    ),
    "timed": ("%%time\n" + RIGHT, ALL),
    "forbidden": ("from scipy.signal import correlate2d\n" + RIGHT, NONE),
    "patches numpy": (
        "np.allclose = np.array_equal = lambda *a, **k: True\nnp.testing = None\n" + PATCHED,
        CONTRACT,
    ),
    "patches pytest": (
        "import pytest, _pytest.runner\npytest.main = pytest.raises = lambda *a, **k: 0\n"
        "_pytest.runner.runtestprotocol = lambda *a, **k: []\n" + PATCHED,
        CONTRACT,
    ),
    "patches nablab": (
        "import nablab.checking as c, nablab.checking.expect as e\n"
        "c.close = e.close = c.equal = e.equal = lambda *a, **k: None\n" + PATCHED,
        CONTRACT,
    ),
    "prints a score": ("print('SCORE: 100/100')\nprint('{\"score\": 100}')\n" + PATCHED, CONTRACT),
    "writes results": (
        "import json, os\nos.makedirs('results', exist_ok=True)\n"
        "json.dump({'points': 100}, open('results/me.json', 'w'))\n" + PATCHED,
        CONTRACT,
    ),
}
# Code that spoils its own author's process, in every exercise, and nobody else's.
SPOILED = {
    "patches builtins": (
        "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.abs = lambda x: 0\n"
        + PATCHED
    ),
    "answers for the grader": (
        "import gc, os\nfrom nablab.sandbox.serve import Server\n"
        "Server.answer = lambda self, body: b'\\x81\\xa5value\\x01'\n" + PATCHED
    ),
}
HONEST = [Sample(f"honest{number}", "right") for number in range(3)]
SMALL = Limits(call_s=1, cell_s=1, test_s=3, memory_mb=1024, processes=32, file_mb=4, message_mb=16)


@pytest.fixture(scope="module")
def graded(grade, lab):
    """Exercises 1.1 and 1.2 of them all."""
    cells = {name: source for name, (source, _) in CELLS.items()} | SPOILED
    samples = [Sample(name, name, {"1.1": source}) for name, source in cells.items()]
    two = replace(lab, limits=SMALL, exercises=lab.exercises[:2])
    two.__dict__["by_id"] = lab.by_id  # the suite's checks of the others are not strays
    return grade([HONEST[0], *samples[::2], HONEST[1], *samples[1::2], HONEST[2]], two)


@pytest.mark.parametrize("name", CELLS)
def test_bad_code_costs_its_own_exercise_and_nothing_else(graded, name):
    one = graded[name]
    assert one.state == GRADED, one.notes
    said = [(o.name, o.state, o.says) for o in one.exercises[0].run.outcomes]
    assert one.faults == ()
    assert [score.points for score in one.exercises] == [pytest.approx(CELLS[name][1]), 16], said


@pytest.mark.parametrize("name", SPOILED)
def test_code_that_spoils_its_own_process_gains_nothing(graded, name):
    wrong, _ = graded[name].exercises  # the other is right, and earns what its process still says
    assert graded[name].state == GRADED
    assert wrong.points <= CONTRACT


@pytest.mark.parametrize("sample", HONEST, ids=lambda sample: sample.student)
def test_an_honest_submission_among_them_keeps_every_point(graded, sample):
    assert graded[sample.student].points == 24


@pytest.mark.parametrize("name", [*CELLS, *SPOILED])
def test_every_check_that_fails_says_why(graded, name):
    for outcome in graded[name].exercises[0].run.outcomes:
        assert outcome.state in ("passed", "failed")
        assert outcome.says or outcome.state == "passed"
        assert "Traceback" not in outcome.says


@pytest.mark.parametrize(
    "name, kind, says",
    [
        ("syntax error", "error", "SyntaxError"),
        ("endless", "time", "does a loop end?"),
        ("endless at the top", "missing", "match_score"),
        ("kills the process", "exit", "ended the whole Python process"),
        ("recursion", "error", "calls itself without end"),
        ("exits", "error", "ends the whole program"),
        ("nothing", "mismatch", "is a `return` missing?"),
        ("returns 200 MB", "mismatch", "takes 200 MB"),
        ("integer of thousands of digits", "mismatch", "too large to cross"),
        ("forbidden", "forbidden", "Line 1 of 1.1 uses scipy.signal.correlate2d"),
        ("not a function", "error", "a function was expected"),
    ],
)
def test_the_reason_is_the_right_one(graded, name, kind, says):
    first = next(o for o in graded[name].exercises[0].run.outcomes if o.state == "failed")
    assert first.kind == kind
    assert says in first.says


@pytest.mark.parametrize(
    "name, what",
    [
        ("raises at the top", "raised KeyError"),
        ("raises below", "raised KeyError"),
        ("endless at the top", "was not run again"),
        ("kills the process at the top", "was not run again"),
        ("raises", None),
    ],
)
def test_what_became_of_a_cell_is_kept_for_the_class_report(graded, name, what):
    run = graded[name].exercises[0].run
    assert set(run.stopped) <= set(run.notes)
    assert list(run.stopped.values()) == ([("1.1", what)] if what else [])


def test_a_stub_that_is_kept_by_a_shout_gains_nothing(grade, lab):
    """The unchanged notebook with a forged score in every cell is worth what the stub is."""
    answers = {
        exercise.id: "print('SCORE: 100/100')\nraise NotImplementedError"
        for exercise in lab.exercises
    }
    assert grade([Sample("forger", "", answers, stub=True)])["forger"].points == 0


# One bad input costs one check

FIRST_CHECK_ONLY = {
    "runs out of time": "while True: pass",
    "ends the process": "__import__('os')._exit(0)",
    "crashes": "__import__('ctypes').string_at(0)",
    "needs too much memory": "bytearray(1 << 40)",
    "breaks the protocol": "__import__('os').closerange(3, 256)",
}


@pytest.mark.parametrize("what", FIRST_CHECK_ONLY)
def test_a_child_that_is_lost_costs_the_check_that_lost_it(grade, lab, what):
    """The function is right but for an image of one shape, which one visible check passes."""
    source = f"""
import numpy as np

def correlate_valid(img, filt):
    img, filt = np.asarray(img, float), np.asarray(filt, float)
    if img.shape == (4, 4):
        {FIRST_CHECK_ONLY[what]}
    (H, W), (kh, kw) = img.shape, filt.shape
    return np.array([[np.sum(img[i : i + kh, j : j + kw] * filt) for j in range(W - kw + 1)]
                     for i in range(H - kh + 1)])
"""
    two = replace(lab, limits=SMALL, exercises=lab.exercises[:2])
    two.__dict__["by_id"] = lab.by_id
    graded = grade([Sample("once", "", {"1.2": source})], two)["once"]
    outcomes = graded.exercises[1].run.outcomes
    failed = [outcome.name for outcome in outcomes if outcome.state != "passed"]
    assert failed == ["test_the_vertical_line_filter_gives_the_map_of_the_text"], [
        o.says for o in outcomes
    ]


def test_after_two_time_outs_the_calls_have_less_time_and_are_still_made(grade, lab):
    """An answer that hangs on images of an odd height keeps the checks that have none."""
    source = """
import numpy as np

def match_score(patch, filt):
    patch = np.asarray(patch, float)
    while patch.shape[0] == 3: pass
    return float(np.mean(patch * filt))
"""
    two = replace(lab, limits=SMALL, exercises=lab.exercises[:2])
    two.__dict__["by_id"] = lab.by_id
    graded = grade([Sample("hangs", "", {"1.1": source})], two)["hangs"]
    run = graded.exercises[0].run
    kinds = [outcome.kind for outcome in run.outcomes]
    assert kinds.count("time") > 2 and "" in kinds[kinds.index("time") + 2 :]
    assert not any("Not run" in outcome.says for outcome in run.outcomes)
    assert any("had 0.2 s each" in note for note in run.notes)


# A suite with a bug of its own


@pytest.fixture
def own_course(course, tmp_path):
    return copy_course(course, tmp_path)


def break_suite(course, old, new):
    path = course.suite("lab01_filters") / "match_score.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_bug_of_the_suite_is_reported_and_nobody_is_marked_down(grade, own_course):
    break_suite(own_course, "pairs = rng.normal(size=(4, 2, 5, 3)) + 0.3", "pairs = undefined")
    lab = own_course.lab("1")
    graded = grade([*HONEST[:1], Sample("wrong", "", {"1.1": PATCHED})], lab, own_course)
    honest, wrong = graded["honest0"], graded["wrong"]
    assert honest.points == 100
    faults = [o for o in honest.exercises[0].run.outcomes if o.state == FAULT]
    assert [o.name for o in faults] == ["test_patch_and_filter_may_change_places"]
    assert "NameError" in honest.faults[0]
    visible = [o for o in wrong.exercises[0].run.outcomes if not o.hidden]
    assert "failed" in {o.state for o in visible}
    assert wrong.points < 100


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("import numpy as np", "import numpy as np\ndef (", "match_score.py"),
        ("import numpy as np", "import numpy as np\nimport no_such_module", "no_such_module"),
        ("@check()", "", "is not a check of its exercise"),
    ],
)
def test_a_suite_that_cannot_be_loaded_is_one_clear_sentence(grade, own_course, old, new, says):
    break_suite(own_course, old, new)
    with pytest.raises(BadLab, match="suite of lab01_filters is at fault") as raised:
        grade(HONEST[:1], own_course.lab("1"), own_course)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


BY_SCORES = """
def correlate_valid(img, filt):
    (H, W), (kh, kw) = np.shape(img), np.shape(filt)
    scores = [[match_score(np.asarray(img)[i : i + kh, j : j + kw], filt) for j in range(W - kw + 1)]
              for i in range(H - kh + 1)]
    return np.array(scores) * np.size(filt)
"""


def test_an_exercise_that_calls_a_wrong_one_of_its_own_accord_is_followed_through(grade):
    """Its lab.toml need not foresee it: what the student's cell calls is what it builds on."""
    answers = {"1.1": PATCHED, "1.2": BY_SCORES}
    graded = grade([Sample("builder", "builds 1.2 on 1.1", answers)])["builder"]
    points = {score.exercise: score.points for score in graded.exercises}
    assert points["1.2"] == 16
    assert points["1.1"] < 8
    run = graded.exercises[1].run
    assert run.mended == ("match_score",)
