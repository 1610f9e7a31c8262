"""What is handed in: found, read and taken apart, whatever it looks like."""

import json
import os

import pytest

from nablab.errors import NoSubmissions, UnreadableSubmission
from nablab.grading.intake.folder import find_submissions
from nablab.grading.intake.names import is_student
from nablab.grading.intake.submission import digest, read
from nablab.grading.pages.deliver import deliver, feedback_path
from nablab.grading.records import UNREADABLE, Graded, Submission
from nablab.grading.run.journal import Journal

CODE = {
    "cell_type": "code",
    "id": "a",
    "metadata": {},
    "source": "x = 1",
    "outputs": [],
    "execution_count": None,
}


def notebook(*cells, **more):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | more


@pytest.fixture
def put(tmp_path):
    def put(name, content=b"{}"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return put


@pytest.fixture
def found(tmp_path, tmp_path_factory, lab):
    unpacked = tmp_path_factory.mktemp("unpacked")

    def found():
        taken = find_submissions(tmp_path, lab, unpacked)
        found.left = {one.place: one.why for one in taken.left}
        found.junk = taken.junk
        return {one.student: one for one in taken.submissions}

    return found


# Finding


@pytest.mark.parametrize(
    "names",
    [
        [
            "student01/lab01_filters/lab01_filters.ipynb",
            "student02/lab01_filters/lab01_filters.ipynb",
        ],
        ["student01.ipynb", "student02.ipynb"],
        ["student01_lab01_filters.ipynb", "student02-lab01_filters.ipynb"],
        [
            "student01/lab01_filters/lab01_filters.ipynb",
            "student02.ipynb",
            "readme.txt",
            "notes/x.txt",
        ],
    ],
)
def test_every_layout_gives_one_submission_a_student(put, found, names):
    for name in names:
        put(name)
    assert list(found()) == ["student01", "student02"]
    assert all(one.path.is_file() and one.notes == () for one in found().values())


def test_a_renamed_file_is_taken_and_noted(put, found):
    put("student01/lab01_filters/my answer (2).ipynb")
    assert found()["student01"].notes == (
        "The file is called my answer (2).ipynb, expected lab01_filters.ipynb.",
    )


@pytest.mark.parametrize(
    "names",
    [
        ["student01.ipynb", "student01_lab01_filters.ipynb"],
        ["student01.ipynb", "student01/lab01_filters/lab01_filters.ipynb"],
        ["student01/lab01_filters/a.ipynb", "student01/lab01_filters/b.ipynb"],
    ],
)
def test_two_files_of_one_student_are_not_chosen_between(put, found, names):
    for name in names:
        put(name, notebook(CODE | {"source": name}))
    (one,) = found().values()
    with pytest.raises(UnreadableSubmission, match=r"There are 2 .* Keep the one that counts"):
        read(one)


def test_a_folder_without_a_notebook_is_a_submission_that_cannot_be_read(tmp_path, found):
    (tmp_path / "student01" / "lab01_filters").mkdir(parents=True)
    with pytest.raises(UnreadableSubmission, match=r"^Nothing was handed in\.$"):
        read(found()["student01"])


def test_a_time_stamp_is_read_and_bounded(put, found):
    put("student01/lab01_filters/lab01_filters.ipynb")
    put("student01/lab01_filters/timestamp.txt", b"2026-01-02 03:04:05 UTC\n")
    put("student02/lab01_filters/lab01_filters.ipynb")
    put("student02/lab01_filters/timestamp.txt", b"\xff" * 10_000_000)
    assert found()["student01"].timestamp == "2026-01-02 03:04:05 UTC"
    assert len(found()["student02"].timestamp) <= 64


@pytest.mark.parametrize(
    "name, says",
    [
        ("missing", "Cannot read the submissions folder .*No such file"),
        ("file.ipynb", "Cannot read the submissions folder .*Not a directory"),
        ("empty", "No submissions for lab01_filters in .*expected STUDENT/lab01_filters"),
        ("student01", "looks like one student's folder: name the folder above it"),
    ],
)
def test_a_place_without_submissions_is_one_sentence(put, tmp_path, lab, name, says):
    put("file.ipynb")
    put("student01/lab01_filters/lab01_filters.ipynb")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoSubmissions, match=says):
        find_submissions(tmp_path / name, lab, tmp_path / "unpacked")


@pytest.mark.parametrize(
    "name",
    [
        b"...ipynb",
        b"..ipynb",
        b".hidden.ipynb",
        b"\xff\xfe.ipynb",
        b"a\nb.ipynb",
        b"a*b.ipynb",
        b"<script>.ipynb",
        b"x" * 240 + b".ipynb",
        "\u0634\u064e'\"$(id).ipynb".encode(),
        "\U0001f600.ipynb".encode(),
        "\u064e.ipynb".encode(),
        ("\u0e01" * 80 + ".ipynb").encode(),
    ],
)
def test_a_name_that_an_id_cannot_hold_is_graded_under_one_that_can(tmp_path, lab, found, name):
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(json.dumps(notebook(CODE)).encode())
    (tmp_path / "student01.ipynb").write_text(json.dumps(notebook(CODE)))
    submissions = found()
    assert len(submissions) == 2
    (odd,) = [one for student, one in submissions.items() if student != "student01"]
    assert is_student(odd.student)
    (note,) = odd.notes
    assert note.startswith('It was handed in under the name "') and "\n" not in note
    assert read(odd)["cells"] == read(submissions["student01"])["cells"]
    graded = Graded(odd, UNREADABLE, lab.points, notes=odd.notes)
    Journal(tmp_path / "out", lab).store(deliver(graded, lab, "course"))
    page = tmp_path / "out" / feedback_path(lab, odd.student)
    assert page.resolve().is_relative_to(tmp_path / "out" / "feedback" / odd.student)
    assert "<script>" not in page.read_text().partition("<main>")[2]


def test_a_file_name_that_is_not_text_is_told_in_text(tmp_path, found):
    folder = tmp_path / "student01" / "lab01_filters"
    folder.mkdir(parents=True)
    with open(os.path.join(os.fsencode(folder), b"\xff.ipynb"), "wb") as file:
        file.write(b"{}")
    (note,) = found()["student01"].notes
    assert note == "The file is called ?.ipynb, expected lab01_filters.ipynb."


# Reading


def said_of(path):
    with pytest.raises(UnreadableSubmission) as raised:
        read(Submission("student01", "lab01_filters", path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    "content, says",
    [
        (b"hello", "damaged at line 1"),
        (json.dumps(notebook(CODE), indent=1)[:-40].encode(), "is cut off"),
        (b'{"nbformat": 4, "cells": [' + b"9" * 5000 + b"]}", "not a complete notebook"),
        (b"[" * 200_000, "not a complete notebook"),
        (b'{"a":' * 100_000, "not a complete notebook"),
        (b"\xff\xfb\x90", "not text in UTF-8"),
        (b"\0" * 100, "not a complete notebook"),
        (
            b'{"cells": [\n<<<<<<< HEAD\n  1\n=======\n  2\n>>>>>>> b\n], "nbformat": 4}',
            "a merge conflict in the file, marked `<<<<<<< HEAD` at line 2",
        ),
        (b"[]", "no nbformat"),
        (b"{}", "no nbformat"),
        (b"null", "no nbformat"),
        (b'"text"', "no nbformat"),
        (b'{"nbformat": "four", "cells": []}', "no nbformat"),
        (b'{"nbformat": true, "cells": []}', "no nbformat"),
        (b'{"nbformat": 1e400, "cells": []}', "no nbformat"),
        (b'{"nbformat": -4, "cells": []}', "no nbformat"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 4, "cells": {"a": 1}}', "no list of cells"),
        (b'{"nbformat": 2, "worksheets": []}', "format 2, but 4 is needed"),
        (b'{"nbformat": 99, "cells": []}', "format 99, but 4 is needed"),
        (b'{"nbformat": 3, "worksheets": 5}', "old format 3 and cannot be converted"),
        (json.dumps({"nbformat": 4, "x": "y" * (25 << 20)}).encode(), "larger than 20 MB"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_what_is_no_notebook_is_refused_in_one_sentence(put, content, says):
    assert says in said_of(put("a.ipynb", content))


def test_pipes_devices_and_folders_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "zero.ipynb").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "zero"):
        assert "not a file" in said_of(tmp_path / f"{name}.ipynb")
        assert digest(Submission("s", "lab", tmp_path / f"{name}.ipynb")) == ""


def test_an_enormous_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "larger than 20 MB" in said_of(path)
    assert digest(Submission("s", "lab", path)) == ""


def test_a_file_that_may_not_be_read_is_refused(put, monkeypatch):
    path = put("a.ipynb", notebook(CODE))

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    assert "Permission denied" in said_of(path)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(notebook(CODE)).encode("utf-8-sig"),
        json.dumps(notebook(CODE), indent=1).replace("\n", "\r\n").encode(),
        json.dumps(notebook(CODE | {"source": ["x = ", "1"]})).encode(),
        json.dumps(notebook(CODE, 5, None, "x", ["y"], {})).encode(),
        json.dumps(notebook(CODE, metadata=[1], nbformat_minor="x")).encode(),
        json.dumps(notebook(CODE | {"metadata": {"deep": [[[[[[{}]]]]]]}})).encode(),
    ],
    ids=["BOM", "Windows", "lines", "strange cells", "strange metadata", "deep"],
)
def test_an_odd_notebook_is_read_all_the_same(put, content):
    cells = read(Submission("student01", "lab", put("a.ipynb", content)))["cells"]
    assert cells[0] == {"id": "a", "code": True, "source": "x = 1"}


@pytest.mark.parametrize(
    "cell",
    [
        {},
        {"source": 5},
        {"source": [1, None]},
        {"source": {"a": 1}},
        {"id": 5},
        {"metadata": "x"},
        {"metadata": {"nbgrader": []}},
        {"metadata": {"nbgrader": {"grade_id": ["ex-1-1"]}}},
        {"cell_type": ["code"]},
        {"cell_type": None, "source": "\ud800"},
    ],
)
def test_a_cell_of_any_shape_becomes_plain_text_and_a_plain_id(put, cell):
    (got,) = read(Submission("student01", "lab", put("a.ipynb", notebook(cell))))["cells"]
    assert {key: type(value) for key, value in got.items()} == {
        "id": str,
        "code": bool,
        "source": str,
    }
    got["source"].encode()
    assert got["code"] is False


def test_windows_line_ends_in_a_source_become_plain_ones(put):
    path = put("a.ipynb", notebook(CODE | {"source": "a\r\nb\rc\n"}))
    assert read(Submission("s", "lab", path))["cells"][0]["source"] == "a\nb\nc\n"


def test_a_notebook_of_format_3_is_converted_and_its_grade_ids_kept(put):
    from nbformat import v3

    cell = v3.new_code_cell(input="x = 1", metadata={"nbgrader": {"grade_id": "ex-1-1"}})
    old = v3.new_notebook(worksheets=[v3.new_worksheet(cells=[cell, v3.new_text_cell("markdown")])])
    path = put("a.ipynb", v3.writes_json(old).encode())
    cells = read(Submission("student01", "lab", path))["cells"]
    assert cells[0] == {"id": "ex-1-1", "code": True, "source": "x = 1"}
    assert cells[1]["code"] is False


def test_the_digest_is_of_the_bytes(put):
    first, same, other = (
        digest(Submission("s", "lab", put(f"{n}.ipynb", text)))
        for n, text in enumerate((b"a", b"a", b"b"))
    )
    assert first == same != other
    assert len(first) == 16
