"""Plain nbgrader, as a user types it, gives the scores that `nablab grade` gives."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nablab.grading.samples import copy_course, hand_in, samples_of

pytest.importorskip("nbgrader")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_jail")]

LAB = "lab01_filters"
PAGES = ("page.html", "deep/picture.svg", "checks/xo_vote.py")  # handed in beside the notebook
STUDENTS = [f"student{number:02d}" for number in (1, 3, 6, 7, 8, 9)]


def typed(folder, *words):
    """Run a command as somebody does who has activated the environment."""
    program = (
        [sys.executable, "-m", *words]
        if words[0] == "nbgrader"
        else [sys.executable, "-m", "nablab.cli.main", *words[1:]]
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        program,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def courses(course, tmp_path_factory):
    """The same submissions in two copies of the course: graded by nablab, and by nbgrader."""
    made = []
    for name in ("nablab", "nbgrader"):
        own = copy_course(course, tmp_path_factory.mktemp(name))
        (own.root / ".course_secret").write_text("17" * 32 + "\n")
        lab = own.lab("1")
        samples = [sample for sample in samples_of(own, lab) if sample.student in STUDENTS]
        hand_in(samples, own, lab, own.root / "submitted")
        made.append(own.root)
    ours, theirs = made
    beside = theirs / "submitted" / "student01" / LAB
    for name in PAGES:
        (beside / name).parent.mkdir(exist_ok=True)
        (beside / name).write_text("<script>alert(1)</script>")
    typed(ours, "nablab", "grade", "submitted")
    typed(theirs, "nablab", "author", "build", "1")
    for step in ("generate_assignment", "autograde"):
        typed(theirs / "grader", "nbgrader", step, LAB)
    for root in made:
        typed(root / "grader", "nbgrader", "generate_feedback", LAB)
    return {"nablab": ours, "nbgrader": theirs}


def grades(root):
    """{(student, grade cell): (automatic score, the most it can be, needs a look)}"""
    query = """
        select submitted_assignment.student_id, base_cell.name, auto_score, max_score,
               needs_manual_grade
        from grade join submitted_notebook on grade.notebook_id = submitted_notebook.id
        join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
        join base_cell on grade.cell_id = base_cell.id
        join grade_cells on grade_cells.id = base_cell.id"""
    with sqlite3.connect(root / "gradebook.db") as connection:
        return {row[:2]: row[2:] for row in connection.execute(query)}


def test_every_grade_cell_has_the_same_score_in_both(courses):
    ours, theirs = grades(courses["nablab"]), grades(courses["nbgrader"])
    assert {student for student, _ in ours} == set(STUDENTS)
    assert len(ours) == 8 * len(STUDENTS)
    assert {key: value[:2] for key, value in ours.items()} == {
        key: pytest.approx(value[:2]) for key, value in theirs.items()
    }


def test_the_scores_are_the_predicted_ones(courses, course, lab):
    totals = dict.fromkeys(STUDENTS, 0.0)
    for (student, _), (score, *_) in grades(courses["nbgrader"]).items():
        totals[student] += score
    predicted = {sample.student: sample.points for sample in samples_of(course, lab)}
    assert totals == {student: pytest.approx(predicted[student]) for student in STUDENTS}


@pytest.mark.parametrize("who", ["nablab", "nbgrader"])
@pytest.mark.parametrize(
    "student, says",
    [
        ("student01", "passed"),
        ("student03", "mean"),
        ("student06", "Not written yet"),
        ("student08", "SyntaxError"),
    ],
)
def test_nbgraders_feedback_holds_our_card(courses, who, student, says):
    page = courses[who] / "feedback" / student / LAB / f"{LAB}.html"
    html = page.read_text()
    assert html.count("nablab-card") >= 8
    assert says in html


def test_nothing_hidden_is_in_what_students_get(courses):
    released = (courses["nbgrader"] / "release" / LAB).rglob("*")
    texts = [path.read_text(errors="replace") for path in released if path.is_file()]
    pages = [
        page.read_text()
        for root in courses.values()
        for page in (root / "feedback").rglob("*.html")
    ]
    assert texts and pages
    assert not [text for text in texts if "BEGIN SOLUTION" in text]
    for text in [*texts, *pages]:
        assert "rng.normal(size=(4, 2, 5, 3))" not in text  # a line of a hidden check


def test_formgrader_serves_no_file_that_a_student_handed_in(courses):
    """It serves whatever lies beside an autograded notebook, in Jupyter's own origin."""
    root = courses["nbgrader"]
    served = root / "autograded" / "student01" / LAB
    texts = {path.name: path.read_bytes() for path in served.rglob("*") if path.is_file()}
    assert f"{LAB}.ipynb" in texts and "xo_vote.py" in texts  # the lab's own
    assert not [name for name, text in texts.items() if b"alert(1)" in text]
    assert not {"page.html", "picture.svg"} & set(texts)
    for name in PAGES:
        assert (root / "submitted" / "student01" / LAB / name).is_file()


@pytest.mark.parametrize("name", ['a";alert(1);"', "<img src=x onerror=alert(1)>", "turned\u202e"])
def test_a_name_that_nbgraders_pages_cannot_show_is_refused(name):
    from nablab.errors import NablabError
    from nablab.grading.step import _refuse_unfit

    with pytest.raises(NablabError, match="rename it in submitted/") as refused:
        _refuse_unfit(name)
    assert "\u202e" not in str(refused.value)


@pytest.mark.parametrize("name", ["O'Brien, J.", "a&b", "Doe (Jane)", "jane@uni.edu", "Åsa"])
def test_a_plain_name_is_not(name):
    from nablab.grading.step import _refuse_unfit

    _refuse_unfit(name)
