"""The command line: help, one sentence for every mistake, and a student's way through a lab."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nablab.grading.samples import Sample, copy_course, hand_in, notebook_of

ROOT = Path(__file__).parents[2]
LAB = "lab01_filters"
COMMANDS = [
    "",
    "labs",
    "start",
    "check",
    "hint",
    "pack",
    "doctor",
    "grade",
    "report",
    "export",
    "demo",
    "author",
    "author new",
    "author new-exercise",
    "author preview",
    "author build",
    "author verify",
]


@pytest.fixture
def nablab(tmp_path):
    def nablab(*words, cwd=tmp_path, path=None):
        environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
        if path is not None:
            environment["PATH"] = path
        return subprocess.run(
            [sys.executable, "-m", "nablab.cli.main", *map(str, words)],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return nablab


@pytest.fixture
def refused(nablab):
    """The one sentence that a command ends with."""

    def refused(code, *words, **options):
        done = nablab(*words, **options)
        lines = done.stderr.strip().splitlines()
        assert done.returncode == code, done
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("nablab: ")
        assert "Traceback" not in done.stderr + done.stdout
        assert len(lines[0]) < 600
        return lines[0]

    return refused


@pytest.fixture(scope="module")
def own_course(course, tmp_path_factory):
    return copy_course(course, tmp_path_factory.mktemp("course"))


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(nablab, command):
    done = nablab(*command.split(), "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert done.stderr == ""
    named = {"": "grade", "author": "verify", "grade": "--unsafe-no-jail"}
    assert named.get(command, "--help") in done.stdout


def test_the_version_is_told(nablab):
    import nablab as package

    assert nablab("--version").stdout.strip() == f"nablab {package.__version__}"


def test_help_loads_neither_keras_nor_nbgrader_nor_numpy():
    heavy = ("tensorflow", "keras", "nbgrader", "numpy", "pytest")
    code = (
        "import sys; from nablab.cli import main; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Mistakes


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["labs", "--course", "nowhere"], 2, "No course found"),
        (["start", "99", "--no-browser"], 2, "No lab '99'"),
        (["start", "lab", "--no-browser"], 2, "No lab 'lab'"),
        (["check", "1"], 2, "run `nablab start 1` to copy it"),
        (["pack", "1"], 2, "run `nablab start 1` to copy it"),
        (["hint", "1.99"], 2, "has no exercise '1.99'"),
        (["hint", "x"], 2, "No lab 'x'"),
        (["hint", ""], 2, "No lab ''"),
        (["grade", "nowhere", "--course", ROOT], 2, "Cannot read the submissions folder"),
        (["grade", ".", "--course", ROOT], 2, "does not say which lab it is for"),
        (["grade", ".", "--course", ROOT, "--lab", "1"], 2, "No submissions for lab01_filters"),
        (["grade", ".", "--course", ROOT, "--lab", "99"], 2, "No lab '99'"),
        (["grade", ".", "--course", "nowhere"], 2, "No course found"),
        (["report", "1", "--course", ROOT, "--out", "."], 2, "run `nablab grade` first"),
        (["export", "1", "--course", ROOT, "--out", "."], 1, "run `nablab grade` first"),
        (["export", "1", "--course", ROOT, "--column", "Lab 1"], 1, "are for --to canvas and"),
        (["export", "99", "--course", ROOT], 2, "No lab '99'"),
        (["author", "build", "99", "--course", ROOT], 2, "No lab '99'"),
        (["author", "verify", "--course", "nowhere"], 2, "No course found"),
        (["demo", "--into", ROOT, "--course", ROOT], 1, "is not empty"),
    ],
    ids=str,
)
def test_a_mistake_is_one_sentence(refused, words, code, says):
    assert says in refused(code, *words)


@pytest.mark.parametrize(
    "files, words, says",
    [
        (None, [], "cannot be read as a zip (it is damaged or incomplete): download it again"),
        (["student01.ipynb"], ["--lab", "1"], "is not a download of Canvas or Moodle, Brightspace"),
        (["one_501_9001_work.ipynb"], [], "no file in it has a lab's name"),
        (
            ["one_501_9001_lab01_filters.ipynb", "two_502_9002_lab02_sizes.ipynb"],
            [],
            "files of several labs are in it (lab01_filters, lab02_sizes)",
        ),
    ],
    ids=str,
)
def test_a_download_that_cannot_be_graded_is_one_sentence(refused, tmp_path, files, words, says):
    place = tmp_path / "submissions.zip"
    place.write_bytes(b"no zip")
    if files:
        with zipfile.ZipFile(place, "w") as archive:
            for name in files:
                archive.writestr(name, "{}")
    assert says in refused(2, "grade", place, "--course", ROOT, "--out", tmp_path / "out", *words)


def test_debug_shows_the_traceback(nablab):
    done = nablab("--debug", "labs", "--course", "nowhere")
    assert done.returncode == 1
    assert "CourseNotFound" in done.stderr


def test_a_mistyped_command_is_told(nablab):
    done = nablab("grad")
    assert done.returncode == 2
    assert "grad" in done.stderr
    assert "Traceback" not in done.stderr


def test_grading_without_suites_says_where_they_are(refused, tmp_path, course):
    shutil.copytree(course.released, tmp_path / "c" / "labs")
    said = refused(2, "grade", ".", "--course", "c")
    assert "has no hidden suites (grader/suites)" in said


def test_a_broken_lab_toml_is_told(refused, tmp_path, course):
    shutil.copytree(course.released, tmp_path / "c" / "labs")
    (tmp_path / "c" / "labs" / LAB / "lab.toml").write_text("title = ")
    assert "is not valid TOML" in refused(1, "labs", "--course", "c")


@pytest.fixture
def handed_in(own_course, tmp_path):
    folder = tmp_path / "submitted"
    samples = [
        Sample("student01", "right"),
        Sample("student02", "wrong", {"1.1": "def match_score(patch, filt): return 1.0\n"}),
    ]
    hand_in(samples, own_course, own_course.lab("1"), folder)
    return folder


def test_without_a_jail_grading_says_what_to_install(refused, own_course, handed_in, tmp_path):
    said = refused(
        2,
        "grade",
        handed_in,
        "--course",
        own_course.root,
        "--out",
        tmp_path / "out",
        path="/nowhere",
    )
    assert "Install bubblewrap (`apt install bubblewrap`" in said
    assert not (tmp_path / "out").exists()


def test_a_jail_that_cannot_start_is_told(refused, own_course, handed_in, tmp_path):
    fake = tmp_path / "bin" / "bwrap"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
    fake.chmod(0o755)
    said = refused(
        2,
        "grade",
        handed_in,
        "--course",
        own_course.root,
        "--out",
        tmp_path / "out",
        path=str(fake.parent),
    )
    assert "No permissions to create new namespace" in said
    assert "user namespaces must be allowed" in said


def points_in(out):
    return {
        path.stem: json.loads(path.read_text())["points"]
        for path in (out / "results" / LAB).glob("*.json")
    }


@pytest.mark.slow
def test_grade_with_a_jail_and_unsafely_without_give_the_same(
    nablab, needs_jail, own_course, handed_in, tmp_path
):
    ways = (("jailed", [], None), ("unsafe", ["--unsafe-no-jail"], "/usr/bin:/bin"))
    for out, more, path in ways:
        done = nablab(
            "grade",
            handed_in,
            "--course",
            own_course.root,
            "--out",
            tmp_path / out,
            *more,
            path=path,
        )
        assert done.returncode == 0, done.stderr
        assert points_in(tmp_path / out) == {"student01": 100, "student02": 93.2}
        assert re.search(r"student02\b.*93\.2\b.*graded", done.stdout)
        assert (tmp_path / out / "feedback" / "student02" / f"{LAB}.html").is_file()
        assert (tmp_path / out / "report" / f"{LAB}.html").is_file()
    again = nablab("report", "1", "--course", own_course.root, "--out", tmp_path / "jailed")
    assert again.returncode == 0


@pytest.mark.slow
def test_what_is_not_graded_is_told_in_the_terminal_and_in_the_report(
    nablab, needs_jail, own_course, handed_in, tmp_path
):
    right = (handed_in / "student01" / LAB / f"{LAB}.ipynb").read_text()
    (handed_in / "O'Brien.ipynb.txt").write_text(right)
    (handed_in / "script.ipynb").write_text("import numpy as np\n")
    (handed_in / "thief").symlink_to(handed_in / "student01")
    (handed_in / "readme.txt").write_text("hello")
    words = ("grade", handed_in, "--course", own_course.root, "--out", tmp_path, "--lab", "1")
    done = nablab(*words)
    assert done.returncode == 0, done.stderr
    assert "1 file or folder was not graded:\n  readme.txt: not a notebook\n" in done.stdout
    assert "  script, unreadable: The file is a Python script, not a notebook: " in done.stdout
    assert "  thief, unreadable: thief is a link, and links are not followed." in done.stdout
    assert points_in(tmp_path)["O'Brien"] == 100 and points_in(tmp_path)["thief"] == 0
    page = tmp_path / "feedback" / "O'Brien" / f"{LAB}.html"
    assert "The file is called O&#39;Brien.ipynb.txt, expected" in page.read_text()
    for again in ((), ("report", "1", "--course", own_course.root, "--out", tmp_path)):
        assert not again or nablab(*again).returncode == 0
        report = (tmp_path / "report" / f"{LAB}.html").read_text()
        assert "readme.txt</th>" in report and "links are not followed" in report
    assert "5 of 5 were graded before" in nablab(*words).stdout


@pytest.mark.slow
def test_a_suite_that_cannot_be_loaded_stops_grading_with_one_sentence(
    refused, needs_jail, course, handed_in, tmp_path
):
    own = copy_course(course, tmp_path / "own")
    (own.suite(LAB) / "match_score.py").write_text("def (")
    said = refused(1, "grade", handed_in, "--course", own.root, "--out", tmp_path / "out")
    assert "The suite of lab01_filters is at fault" in said


def test_a_gradebook_that_is_none_stops_grading_with_one_sentence(
    refused, needs_jail, own_course, handed_in, tmp_path
):
    pytest.importorskip("nbgrader")
    (tmp_path / "gradebook.db").write_bytes(b"no database" * 500)
    said = refused(1, "grade", handed_in, "--course", own_course.root, "--out", tmp_path)
    assert "is not a gradebook" in said


# A student's way


@pytest.fixture
def started(nablab, tmp_path):
    done = nablab("start", "1", "--no-browser")
    assert done.returncode == 0, done.stderr
    return tmp_path / LAB


def test_the_labs_are_listed_with_how_far_one_is(nablab, started):
    done = nablab("labs")
    assert done.returncode == 0
    assert re.search(rf"{LAB}\s+Filters that look for patterns\s+90 min\s+0 of 8", done.stdout)


def test_start_copies_the_lab_and_never_over_ones_work(nablab, started):
    assert {"lab.toml", "checks", f"{LAB}.ipynb"} <= {path.name for path in started.iterdir()}
    (started / f"{LAB}.ipynb").write_text("mine")
    again = nablab("start", "1", "--no-browser")
    assert "your work is kept" in again.stdout
    assert (started / f"{LAB}.ipynb").read_text() == "mine"


def test_the_stub_fails_its_checks_and_says_that_nothing_is_written(nablab, started):
    done = nablab("check", "1", "1.1")
    assert done.returncode == 1
    assert "1.1 How well does a patch match?: not written yet" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_solved_lab_passes_all_its_checks(nablab, started, course, lab):
    (started / f"{LAB}.ipynb").write_text(notebook_of(Sample("s", ""), course, lab))
    done = nablab("check", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 of 8 exercises pass" in done.stdout
    assert re.search(r"8 of 8", nablab("labs").stdout)


def test_hints_come_one_after_the_other_and_the_last_stays(nablab, started):
    said = [nablab("hint", "1.2").stdout for _ in range(4)]
    assert [text.split(" for ")[0] for text in said] == [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "Hint 3 of 3",
    ]


def test_pack_writes_one_file_without_outputs(nablab, started, tmp_path):
    done = nablab("pack", "1")
    assert done.returncode == 0, done.stderr
    assert "Not worked on yet: 1.1, 1.2" in done.stdout
    packed = json.loads((tmp_path / "handin" / f"{LAB}.ipynb").read_text())
    assert all(cell["outputs"] == [] for cell in packed["cells"] if cell["cell_type"] == "code")


@pytest.mark.parametrize("command", [["check", "1"], ["pack", "1"]])
@pytest.mark.parametrize("content", ["", "{", "[]", '{"nbformat": 4, "cells": []}', "\ufeff{}"])
def test_a_damaged_notebook_is_one_sentence(refused, started, command, content):
    (started / f"{LAB}.ipynb").write_text(content)
    refused(1, *command)


def test_a_renamed_notebook_is_missed_by_name(refused, started):
    (started / f"{LAB}.ipynb").rename(started / "mine.ipynb")
    assert "was it renamed?" in refused(2, "check", "1")


@pytest.mark.slow
def test_doctor_says_what_is_there(nablab, own_course):
    done = nablab("doctor", "--course", own_course.root)
    assert done.returncode == 0, done.stdout
    for what in ("Python", "keras", "devices", "course", "jail"):
        assert what in done.stdout


@pytest.mark.slow
def test_doctor_without_a_course_says_so_and_fails(nablab, tmp_path):
    done = nablab("doctor", "--course", tmp_path)
    assert done.returncode == 1
    assert "MISSING" in done.stdout
    assert "No course found" in done.stdout.replace("\n", " ")
