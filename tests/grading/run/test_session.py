"""A run of grading: what is skipped, what is taken up again, and what a regrade writes."""

import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from tests.courses import set_limits

from nablab.cli.instructor import Order, grade_lab
from nablab.cli.main import _with_exercises
from nablab.errors import GradebookError, GradingBusy, NablabError
from nablab.grading.book.gradebook import GradebookWriter, default_url
from nablab.grading.judge.lab_grader import course_secret
from nablab.grading.run.journal import Journal
from nablab.grading.samples import make_course

pytestmark = pytest.mark.usefixtures("needs_jail")


@pytest.fixture
def made(course, tmp_path):
    """A course of its own with eight samples handed in: (course, lab, samples)."""
    own, samples = make_course(course, tmp_path, count=8)
    return own, own.lab("1"), samples


@pytest.fixture
def run(made):
    own, lab, _ = made

    def run(**order):
        records = grade_lab(own, lab, own.root / "submitted", own.root, Order(workers=1, **order))
        return {record["submission"]["student"]: record["points"] for record in records}

    return run


@pytest.fixture
def written(made):
    """When each student's record was written."""
    own, lab, _ = made
    folder = Journal(own.root, lab).folder
    return lambda: {path.stem: path.stat().st_mtime_ns for path in folder.glob("*.json")}


@pytest.fixture
def booked(made):
    own, lab, _ = made

    def booked():
        with GradebookWriter(default_url(own.root), own) as gradebook:
            return gradebook.scores(lab)

    return booked


def predicted(samples):
    return {sample.student: pytest.approx(sample.points, abs=0.005) for sample in samples}


def test_what_has_not_changed_is_not_graded_again(made, run, written, capsys):
    own, lab, samples = made
    assert run() == predicted(samples)
    first = written()
    changed = own.root / "submitted" / "student01" / lab.id / f"{lab.id}.ipynb"
    changed.write_text(changed.read_text() + "\n")
    assert run() == predicted(samples)
    again = {student for student, when in written().items() if when != first[student]}
    assert again == {"student01"}
    assert f"{len(samples) - 1} of {len(samples)} were graded before" in capsys.readouterr().out


def test_another_suite_grades_all_again(made, run, written):
    own, lab, samples = made
    run()
    first = written()
    (own.suite(lab.id) / "test_more.py").write_text('"""Nothing more is checked."""\n')
    assert run() == predicted(samples)
    assert all(when != first[student] for student, when in written().items())


def test_a_page_that_was_lost_is_made_again(made, run, written):
    own, lab, samples = made
    run()
    first = written()
    page = own.root / "feedback" / "student03" / f"{lab.id}.html"
    page.unlink()
    assert run() == predicted(samples)
    assert page.is_file()
    assert {s for s, when in written().items() if when != first[s]} == {"student03"}


def test_a_gradebook_that_fails_costs_no_result(made, run, written, booked, monkeypatch, capsys):
    samples = made[2]
    write, count = GradebookWriter.write, []

    def fails_later(self, record, lab):
        count.append(record)
        if len(count) > 3:
            raise GradebookError("The gradebook is locked.")
        write(self, record, lab)

    monkeypatch.setattr(GradebookWriter, "write", fails_later)
    with pytest.raises(GradebookError, match="locked"):
        run()
    assert len(written()) == len(samples)
    assert len(booked()) == 3
    monkeypatch.undo()
    first = written()
    assert run() == predicted(samples)
    assert written() == first
    assert booked() == predicted(samples)


def test_two_runs_at_once_are_refused(made, run):
    own = made[0]
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom nablab.course import find_course\n"
        "from nablab.grading.run.journal import Journal\n"
        "course = find_course(Path(sys.argv[1]))\n"
        "with Journal(course.root, course.lab('1')).locked():\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(own.root)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(GradingBusy, match="Another run is grading lab01_filters"):
            run()
    finally:
        other.kill()
        other.wait()
    assert run()  # the lock went with its holder


# Regrade


def forgive(own, lab):
    """From now on a check of 1.2 passes whatever is handed in."""
    path = own.suite(lab.id) / "correlate_valid.py"
    text = path.read_text()
    assert "def test_" in text
    path.write_text(
        f"{text}\n\n\n"
        "@check()\ndef test_a_point_for_everybody(student, rng):\n"
        '    """Everybody gets this one"""\n'
    )


def test_a_regrade_shows_who_gains_and_writes_when_agreed(made, run, written, booked, capsys):
    own, lab, _ = made
    before = run()
    first = written()
    forgive(own, lab)
    with pytest.raises(NablabError, match="add --yes"):
        run(regrade=["1.2"])
    said = capsys.readouterr().out
    assert "gain" in said
    assert written() == first
    assert booked() == pytest.approx(before)
    after = run(regrade=["1.2"], yes=True)
    moved = {student for student in before if after[student] != before[student]}
    assert moved
    assert all(student in said for student in moved)
    assert booked() == pytest.approx(after)
    record = Journal(own.root, lab).record(min(moved))
    assert record["regraded"] == ["1.2"]


def test_exercises_that_are_not_named_keep_points_and_cards(made, run):
    own, lab, _ = made
    run()
    journal = Journal(own.root, lab)
    before = journal.record("student03")
    page = own.root / "feedback" / "student03" / f"{lab.id}.html"
    told = page.read_text()
    for path in own.suite(lab.id).glob("*.py"):  # nothing can be right any more
        path.write_text(path.read_text().replace("(student, rng):\n", "(student, rng, gone):\n"))
    forgive(own, lab)
    run(regrade=["1.2"], yes=True)
    after = journal.record("student03")
    for old, new in zip(before["exercises"], after["exercises"], strict=True):
        if old["exercise"] != "1.2":
            assert new == old
            assert after["cards"][old["exercise"]] == before["cards"][old["exercise"]]
            assert before["cards"][old["exercise"]]["html"] in page.read_text()
    assert page.read_text() != told


def test_manual_scores_are_kept(made, run, booked):
    own, lab, _ = made
    run()
    with GradebookWriter(default_url(own.root), own) as gradebook:
        submission = gradebook.gradebook.find_submission(lab.id, "student01")
        grade = submission.notebooks[0].grades[0]
        grade.manual_score = 1.5
        submission.notebooks[0].late_submission_penalty = 2.0
        gradebook.gradebook.db.commit()
    held = booked()["student01"]
    run(regrade=[], yes=True)
    assert booked()["student01"] == held


@pytest.mark.parametrize(
    "typed, told",
    [
        ("grade s --regrade", "grade s --regrade=all"),
        ("grade s --regrade 1.2 1.3 --yes", "grade s --regrade=1.2,1.3 --yes"),
        ("grade --regrade 1.2,1.4 s", "grade --regrade=1.2,1.4 s"),
        ("grade --regrade s", "grade --regrade=all s"),
        ("check 1 1.2", "check 1 1.2"),
    ],
)
def test_a_regrade_takes_any_number_of_exercises(typed, told):
    assert _with_exercises(typed.split()) == told.split()


# A run that is killed


@pytest.mark.slow
def test_killed_at_ten_moments_nothing_is_lost_and_nothing_graded_twice(course, tmp_path):
    own, samples = make_course(course, tmp_path, count=24)
    set_limits(own, "1", call_s=2)
    lab = own.lab("1")
    journal = Journal(own.root, lab)
    command = [sys.executable, "-m", "nablab.cli.main", "grade", "submitted", "--workers", "2"]
    rng = random.Random(0)
    seen = {}

    def settled():
        return {path.stem: path.stat().st_mtime_ns for path in journal.folder.glob("*.json")}

    for moment in range(10):
        goal = len(settled()) + rng.choice((0, 1, 2, 3))
        process = subprocess.Popen(
            command, cwd=own.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if goal == len(settled()):
            time.sleep(3 * rng.random())
        while len(settled()) < goal and process.poll() is None:
            time.sleep(0.002)
        time.sleep(0.05 * rng.random())
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = settled()
        assert {student: now.get(student) for student in seen} == seen, f"after kill {moment}"
        for record in journal.records():  # each is whole
            assert record["exercises"] or record["state"] != "graded"
        seen = now
    assert 5 < len(seen) < 24
    done = subprocess.run(command, cwd=own.root, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    now = settled()
    assert {student: now[student] for student in seen} == seen
    points = {r["submission"]["student"]: (r["points"], r["state"]) for r in journal.records()}
    assert points == {s.student: (pytest.approx(s.points, abs=0.005), s.state) for s in samples}
    with GradebookWriter(default_url(own.root), own) as gradebook:
        assert gradebook.scores(lab) == predicted(samples)


@pytest.mark.long
def test_a_first_run_killed_at_any_moment_is_taken_up_by_the_next(course, tmp_path):
    own, samples = make_course(course, tmp_path, count=2)
    lab = own.lab("1")
    before = set(own.root.iterdir())
    command = [sys.executable, "-m", "nablab.cli.main", "grade", "submitted", "--workers", "1"]
    quiet = {"cwd": own.root, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    rng = random.Random(0)
    begun = time.monotonic()
    subprocess.run(command, check=True, timeout=600, **quiet)
    whole_s = time.monotonic() - begun
    for moment in range(40):
        for path in set(own.root.iterdir()) - before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        process = subprocess.Popen(command, **quiet)
        time.sleep(rng.random() * (1 if moment % 2 else whole_s))
        process.kill()
        process.communicate()
        done = subprocess.run(command, timeout=600, **quiet)
        assert done.returncode == 0, f"after kill {moment}: {done.stderr}"
        with GradebookWriter(default_url(own.root), own) as gradebook:
            assert gradebook.scores(lab) == predicted(samples), f"after kill {moment}"


def test_a_secret_that_was_never_written_is_made(course, tmp_path):
    own = replace(course, root=tmp_path)
    (tmp_path / ".course_secret").touch()
    secret = course_secret(own)
    assert len(secret) == 32
    assert course_secret(own) == secret


@pytest.mark.parametrize("text", ["not a secret", "abc", "\xff"])
def test_a_spoilt_secret_is_one_sentence(course, tmp_path, text):
    (tmp_path / ".course_secret").write_text(text)
    with pytest.raises(NablabError, match="should hold hexadecimal digits"):
        course_secret(replace(course, root=tmp_path))


def test_a_secret_is_for_its_owner_and_is_kept(course, tmp_path):
    own = replace(course, root=tmp_path)
    secret = course_secret(own)
    assert (tmp_path / ".course_secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / ".course_secret").chmod(0o400)
    assert course_secret(own) == secret
