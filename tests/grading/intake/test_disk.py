"""A full disk, or one that is not ours to write: one sentence, and nothing graded is lost."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nablab.cli.instructor import Order, export, grade_lab, report
from nablab.errors import CannotWrite, GradebookError
from nablab.grading.book.gradebook import GradebookWriter, default_url
from nablab.grading.intake.disk import results_written, write_whole
from nablab.grading.samples import Sample, copy_course, hand_in

LAB = "lab01_filters"
FAULTS = [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES]


@pytest.fixture
def made(course, tmp_path):
    own = copy_course(course, tmp_path / "own")
    hand_in([Sample(f"s{n}", "") for n in range(3)], own, own.lab("1"), own.root / "submitted")
    return own


@pytest.fixture
def refuse(monkeypatch):
    """From now on files whose path has a word in it cannot be written."""

    def refuse(word, number):
        write = Path.write_bytes

        def fails(path, data):
            if word in str(path):
                raise OSError(number, os.strerror(number))
            return write(path, data)

        monkeypatch.setattr(Path, "write_bytes", fails)

    return refuse


def test_a_file_is_whole_or_not_there(tmp_path, refuse):
    write_whole(tmp_path / "a" / "b.txt", "one")
    refuse("b.txt", errno.ENOSPC)
    with pytest.raises(OSError) as raised:
        write_whole(tmp_path / "a" / "b.txt", "two")
    assert raised.value.filename == str(tmp_path / "a" / "b.txt")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert (tmp_path / "a" / "b.txt").read_text() == "one"


@pytest.mark.parametrize("number", FAULTS, ids=errno.errorcode.get)
def test_what_keeps_results_from_being_written_is_one_sentence(tmp_path, number):
    with pytest.raises(CannotWrite) as raised, results_written(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "results"))
    said = str(raised.value)
    assert said.startswith(f"{tmp_path / 'results'} cannot be written: {os.strerror(number)}.")
    assert "Nothing graded so far is lost" in said and "\n" not in said


def test_what_is_not_about_results_stays_what_it_is(tmp_path):
    for error in (PermissionError(errno.EACCES, "x", "/usr/bin/bwrap"), OSError(errno.EIO, "x")):
        with pytest.raises(type(error)) as raised, results_written(tmp_path):
            raise error
        assert raised.value is error


@pytest.mark.slow
@pytest.mark.usefixtures("needs_jail")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS], ids=errno.errorcode.get)
def test_grading_goes_on_where_the_disk_was_full(made, refuse, monkeypatch, number):
    lab, out = made.lab("1"), made.root
    refuse(f"{LAB}{os.sep}.s1.json", number)
    with pytest.raises(CannotWrite, match=rf"{LAB}/s1\.json cannot be written"):
        grade_lab(made, lab, out / "submitted", out, Order(workers=1))
    monkeypatch.undo()
    first = (out / "results" / LAB / "s0.json").stat().st_mtime_ns
    records = grade_lab(made, lab, out / "submitted", out, Order(workers=1))
    assert [record["points"] for record in records] == [100, 100, 100]
    assert (out / "results" / LAB / "s0.json").stat().st_mtime_ns == first
    for word, command in (
        ("report", lambda: report("1", out, None)),
        ("export", lambda: export("1", "csv", None, None, out, None, None)),
    ):
        refuse(f"{os.sep}{word}{os.sep}", number)
        with pytest.raises(CannotWrite, match="cannot be written"):
            command()
        monkeypatch.undo()


def test_a_gradebook_on_a_full_disk_is_one_sentence(made, lab, capfd):
    pytest.importorskip("nbgrader")
    with (
        GradebookWriter(default_url(made.root), made) as gradebook,
        pytest.raises(
            GradebookError, match="cannot be written: database or disk is full"
        ) as raised,
    ):
        pages = gradebook.gradebook.db.connection().exec_driver_sql("PRAGMA page_count").scalar()
        gradebook.gradebook.db.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        gradebook.register(lab)
        for number in range(1000):
            record = {"state": "graded", "exercises": [], "submission": {"timestamp": None}}
            record["submission"]["student"] = f"student{number}"
            gradebook.write(record, lab)
    assert "\n" not in str(raised.value)
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_really_full_is_one_sentence(made, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        book = f"sqlite:///{tmp_path / 'book.db'}"
        words = ["grade", made.root / "submitted", "--course", made.root, "--out", small]
        done = subprocess.run(
            [sys.executable, "-m", "nablab.cli.main", *map(str, words), "--db", book],
            capture_output=True,
            text=True,
        )
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "No space left on device" in line and line.startswith(f"nablab: {small}")
