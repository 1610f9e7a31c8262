"""What student code can learn from how it is asked: that a check has ended, and nothing that helps.

The time between two calls tells no more than which call comes next, so what must hold is that no
call depends on an answer: a check that fails asks less, never something else."""

from functools import partial

import pytest

from nablab.authored.answers import Answers
from nablab.grading.judge.answer import ReferenceAnswer
from nablab.grading.judge.lab_grader import LabGrader
from nablab.grading.judge.pipeline import grade_one
from nablab.grading.judge.suite import with_suite
from nablab.grading.records import Submission
from nablab.sandbox import protocol

SEED = b"a student of this course"


class Recorded(ReferenceAnswer):
    """An answer whose functions write down, check by check, what they are called with."""

    def __init__(self, names, provided, answer):
        super().__init__(dict(names))
        self.calls = []
        for name in provided:
            if callable(names[name]):
                self.server.namespace[name] = self._recording(names[name], name, answer)

    def begin_test(self):
        self.calls.append([])

    def _recording(self, function, name, answer):
        def recording(*args):
            self.calls[-1].append(protocol.encode([name, args]))
            return answer(function, args)

        recording.__wrapped__ = function  # its parameters are asked for too
        return recording


def right(function, args):
    return function(*args)


def none(function, args):
    return None


def raises(function, args):
    raise ValueError


@pytest.mark.parametrize("wrong", [none, raises])
def test_a_check_that_fails_asks_less_and_nothing_else(course, lab, wrong):
    names = Answers(course, course.authored_lab(lab.id)).namespace()
    asked = {}

    def body(suite):
        for exercise in lab.exercises:
            for answer in (right, wrong):
                recorded = Recorded(names, exercise.provides, answer)
                suite.run(exercise.id, recorded, SEED)
                asked[exercise.id, answer] = recorded.calls

    with_suite(course, lab, body)
    shorter = 0
    for exercise in lab.exercises:
        whole, broken_off = asked[exercise.id, right], asked[exercise.id, wrong]
        assert len(whole) == len(broken_off) > 3
        for passed, failed in zip(whole, broken_off, strict=True):
            assert failed == passed[: len(failed)]
            shorter += len(failed) < len(passed)
    assert shorter > 10


def test_every_student_is_asked_something_else(course, lab):
    names = Answers(course, course.authored_lab(lab.id)).namespace()
    asked = []

    def body(suite):
        for seed in (SEED, SEED, b"another"):
            recorded = Recorded(names, ("correlate_valid",), right)
            suite.run("1.2", recorded, seed)
            asked.append(recorded.calls)

    with_suite(course, lab, body)
    assert asked[0] == asked[1] != asked[2]


def inputs_of(course, lab, lab_jail, submissions):
    """The first random number of each check, for each submission."""
    drawn = {name: [] for name in submissions}

    def body(suite):
        grader = LabGrader(course, lab, suite, lab_jail)
        value = suite.rng_value

        def written_down(name):
            drawn[name].append(value().random())
            return value()

        for name, submission in submissions.items():
            suite.rng_value = partial(written_down, name)
            grade_one(submission, grader)

    with_suite(course, lab, body)
    return drawn


def test_another_file_or_student_gets_other_inputs_and_a_regrade_the_same(
    course, lab, lab_jail, tmp_path
):
    """Who has found out the hidden inputs of one file gains nothing by it for the next."""
    text = lab.notebook.read_text(encoding="utf-8")
    for name, content in (("first", text), ("changed", text.replace("\n", "\n ", 1))):
        (tmp_path / f"{name}.ipynb").write_text(content, encoding="utf-8")
    drawn = inputs_of(
        course,
        lab,
        lab_jail,
        {
            "first": Submission("student01", lab.id, tmp_path / "first.ipynb"),
            "again": Submission("student01", lab.id, tmp_path / "first.ipynb"),
            "changed": Submission("student01", lab.id, tmp_path / "changed.ipynb"),
            "another": Submission("student02", lab.id, tmp_path / "first.ipynb"),
        },
    )
    assert len(drawn["first"]) > 5
    assert drawn["first"] == drawn["again"]
    assert set(drawn["first"]).isdisjoint(drawn["changed"])
    assert set(drawn["first"]).isdisjoint(drawn["another"])
