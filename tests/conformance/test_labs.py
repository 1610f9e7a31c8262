"""Every lab of the course, found by itself, is proven."""

import json
import re
from pathlib import Path

import pytest

from nablab.authored.answers import Answers
from nablab.authored.rules import limits, not_allowed
from nablab.cli.author import grade_notebooks, sample_notebooks
from nablab.cli.instructor import grade_lab
from nablab.course import find_course, list_labs
from nablab.grading.judge.lab_grader import jail_for
from nablab.grading.samples import make_course
from nablab.release.pictures import words_of_pictures
from nablab.release.verify import verify_lab
from nablab.show.canvas import Notice, Words

COURSE = find_course(Path(__file__).resolve().parents[2])
LABS = list_labs(COURSE.solutions)
each_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
each_lab_without_keras = pytest.mark.parametrize(
    "lab", [lab for lab in LABS if "keras" not in lab.preload], ids=lambda lab: lab.id
)


@each_lab
def test_the_lab_is_proven_or_its_record_is_current(lab):
    """What has changed since it was recorded is proven on one draw. Keras labs leave to the long
    test what takes minutes: right answers that train, the sample class, the pictures."""
    quick = "keras" not in lab.preload
    proof = verify_lab(
        COURSE,
        lab,
        grade_notebooks,
        sample_notebooks if quick else None,
        seeds=1,
        trained_variants=False,
        pictures=quick,
        recorded=True,
    )
    assert proof.holds, proof.text()


@pytest.mark.long
@each_lab
def test_the_lab_is_proven(lab):
    proof = verify_lab(COURSE, lab, grade_notebooks, sample_notebooks)
    assert proof.holds, proof.text()


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


@pytest.mark.slow
@each_lab
def test_an_unwritten_exercise_is_named_in_place_of_its_picture(lab):
    said_of_stub = [said for _, said in words_of_pictures(Answers(COURSE, lab), as_stub)]
    assert all(isinstance(said, Words) for said in said_of_stub)
    notices = [said for said in said_of_stub if isinstance(said, Notice)]
    assert len(notices) >= len(lab.exercises) / 2  # a few are drawn without the student's code
    for said in notices:
        assert re.search(r"Write `\w+`((, `\w+`)* and `\w+`)? first", said)


def as_stub(source):
    unwritten = "raise NotImplementedError()"
    return re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", unwritten, source, flags=re.DOTALL)
