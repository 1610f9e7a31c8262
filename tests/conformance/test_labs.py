"""Every lab of the course, found by itself, is proven."""

import ast
import json
import re
from pathlib import Path

import pytest
from tests.courses import set_limits

from nablab.authored.read import EXERCISE, PICTURE, SETUP, read_cells
from nablab.authored.rules import limits, not_allowed
from nablab.cli.author import grade_notebooks
from nablab.cli.instructor import grade_lab
from nablab.course import find_course, list_labs
from nablab.grading.judge.pipeline import jail_for
from nablab.grading.records import Submission
from nablab.grading.run.runners import grade_in_one_process
from nablab.grading.samples import copy_course, hand_in, make_course, samples_of
from nablab.release.verify import verify_lab
from nablab.show.canvas import Notice, Words

COURSE = find_course(Path(__file__).resolve().parents[2])
LABS = list_labs(COURSE.solutions)
each_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
each_lab_without_keras = pytest.mark.parametrize(
    "lab", [lab for lab in LABS if "keras" not in lab.preload], ids=lambda lab: lab.id
)


@each_lab
def test_the_lab_is_proven_on_one_draw(lab):
    proof = verify_lab(COURSE, lab, grade_notebooks, seeds=1, trained_variants=False)
    assert proof.holds, proof.text()


@pytest.mark.long
@each_lab
def test_the_lab_is_proven(lab):
    proof = verify_lab(COURSE, lab, grade_notebooks)
    assert proof.holds, proof.text()


@each_lab_without_keras  # the others: see the class of thirty
def test_every_sample_gets_the_score_that_is_predicted(lab, tmp_path):
    own = copy_course(COURSE, tmp_path / "course")
    set_limits(own, lab.id, call_s=2)
    released = own.lab(lab.id)
    samples = {sample.student: sample for sample in samples_of(own, released)}
    hand_in(list(samples.values()), own, released, tmp_path)
    submissions = [
        Submission(student, lab.id, tmp_path / student / lab.id / f"{lab.id}.ipynb")
        for student in samples
    ]
    for graded in grade_in_one_process(submissions, own, released):
        sample = samples[graded.submission.student]
        assert (graded.points, graded.state) == (sample.points, sample.state), sample.says


@pytest.mark.long
@each_lab
def test_a_class_of_thirty_gets_the_scores_that_are_predicted(lab, tmp_path):
    course, samples = make_course(COURSE, tmp_path / "course", lab.id, count=30)
    records = grade_lab(course, course.lab(lab.id), tmp_path / "course" / "submitted", tmp_path)
    got = {r["submission"]["student"]: (r["points"], r["state"]) for r in records}
    assert got == {s.student: (pytest.approx(s.points, abs=0.005), s.state) for s in samples}


@each_lab
def test_the_notebook_states_its_limits_once_and_what_each_exercise_rules_out(lab):
    notebook = json.loads(COURSE.lab(lab.id).notebook.read_text(encoding="utf-8"))
    said = ["".join(cell["source"]) for cell in notebook["cells"]]
    ids = [cell["id"] for cell in notebook["cells"]]
    assert said[0].endswith(limits(lab.limits))
    assert sum(text.count("**Limits.**") for text in said) == 1
    for exercise in lab.exercises:
        above = said[ids.index(exercise.solution_cell) - 1]
        assert above.startswith("**Not allowed in this exercise:**") == bool(exercise.forbid)
        assert not exercise.forbid or above == not_allowed(exercise)


@each_lab_without_keras  # the others': in the proof, which grades the reference
def test_the_setup_cells_run_in_the_jail(lab):
    with jail_for(COURSE.lab(lab.id)) as jail:
        assert jail.setup
        child = jail.open(lab.limits)
        assert child.request("cell", cell_id="probe", source="check, hint, predict") is None


# The pictures


@pytest.fixture
def words_of(monkeypatch):
    """Runs a lab's notebook without a screen: what its pictures say, by the exercise that each
    follows (None before the first)."""
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))

    def words_of(lab, source_of=lambda source: source):
        names, words, exercise = {"__name__": "__main__"}, [], None
        for cell in read_cells(lab):
            exercise = cell.exercise or exercise
            if cell.kind in (SETUP, EXERCISE):
                exec(source_of(cell.source), names)
            elif cell.kind == PICTURE:
                tree = ast.parse(cell.source)
                last = ast.Expression(tree.body.pop().value)
                exec(compile(tree, "<picture>", "exec"), names)
                words.append((exercise, eval(compile(last, "<picture>", "eval"), names)))
                plt.close("all")
        return words

    return words_of


@pytest.mark.slow
@pytest.mark.parametrize(
    "lab",
    [pytest.param(lab, marks=[pytest.mark.long] * (lab.number == 4)) for lab in LABS],
    ids=lambda lab: lab.id,
)  # Lab 4's train for a minute
def test_every_picture_is_drawn_and_told_in_words(lab, words_of):
    words = words_of(lab)
    assert words
    for exercise, said in words:
        assert isinstance(said, Words), f"the picture after {exercise} returns no words"
        assert not isinstance(said, Notice), said
        assert len(said) > 60, said


@pytest.mark.slow
@each_lab
def test_an_unwritten_exercise_is_named_in_place_of_its_picture(lab, words_of):
    said_of_stub = [said for _, said in words_of(lab, as_stub)]
    assert all(isinstance(said, Words) for said in said_of_stub)
    notices = [said for said in said_of_stub if isinstance(said, Notice)]
    assert len(notices) >= len(lab.exercises) / 2  # a few are drawn without the student's code
    for said in notices:
        assert re.search(r"Write `\w+` first", said)


def as_stub(source):
    unwritten = "raise NotImplementedError()"
    return re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", unwritten, source, flags=re.DOTALL)
