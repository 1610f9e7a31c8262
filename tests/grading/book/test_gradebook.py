"""The gradebook: one writer, manual scores kept, every refusal one sentence."""

import contextlib
import os
import random
import re
import signal
import sqlite3
import time

import pytest

from nablab.errors import GradebookError
from nablab.grading.book.gradebook import GradebookWriter, shown
from nablab.grading.records import FAULTY, GRADED, REFUSED, UNREADABLE

pytest.importorskip("nbgrader")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gradebook.db"


@pytest.fixture
def write(url, course, lab):
    """Writes records of (student, points of 1.1, state) into the gradebook."""

    def write(*entries, timestamp=None):
        with GradebookWriter(url, course) as book:
            book.register(lab)
            for student, points, state in entries:
                scores = [{"exercise": "1.1", "points": points}] if state == GRADED else []
                book.write(
                    {
                        "state": state,
                        "exercises": scores,
                        "submission": {"student": student, "timestamp": timestamp},
                    },
                    lab,
                )
            return book.scores(lab)

    return write


def grades(path):
    """Every grade of 1.1: (student, automatic, manual, needs a look)."""
    query = """
        select submitted_assignment.student_id, auto_score, manual_score, needs_manual_grade
        from grade join submitted_notebook on grade.notebook_id = submitted_notebook.id
        join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
        join base_cell on grade.cell_id = base_cell.id where base_cell.name = 'check-1-1'
        order by 1"""
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def count(path, table):
    with sqlite3.connect(path) as connection:
        return connection.execute(f"select count(*) from {table}").fetchone()[0]


def test_points_are_written_into_every_grade_cell(write, path, lab):
    assert write(("student01", 6.8, GRADED), ("student02", 0.0, GRADED)) == {
        "student01": 6.8,
        "student02": 0.0,
    }
    assert grades(path) == [("student01", 6.8, None, 0), ("student02", 0.0, None, 0)]
    assert count(path, "grade") == 2 * len(lab.exercises)
    with sqlite3.connect(path) as connection:
        assert sum(row[0] for row in connection.execute("select max_score from grade_cells")) == 100


def test_what_cannot_be_read_is_worth_nothing_and_waits_for_a_person(write, path):
    assert write(("student01", 0, UNREADABLE)) == {"student01": 0}
    assert grades(path) == [("student01", 0.0, None, 1)]


@pytest.mark.parametrize("state", [REFUSED, FAULTY])
def test_what_was_not_judged_is_not_written(write, path, state):
    assert write(("student01", 8.0, GRADED), ("student02", 0, state)) == {"student01": 8.0}
    assert write(("student01", 0, state)) == {"student01": 8.0}


def test_two_runs_double_nothing(write, path):
    entries = [("student01", 3.0, GRADED), ("student02", 0, UNREADABLE)]
    write(*entries)
    tables = ("grade", "student", "submitted_assignment", "base_cell", "assignment", "notebook")
    before = [count(path, table) for table in tables]
    assert write(*entries) == {"student01": 3.0, "student02": 0}
    assert [count(path, table) for table in tables] == before


def test_a_second_run_writes_the_new_score(write, path):
    write(("student01", 3.0, GRADED), ("student02", 0, UNREADABLE))
    assert write(("student01", 5.0, GRADED), ("student02", 8.0, GRADED)) == {
        "student01": 5.0,
        "student02": 8.0,
    }
    assert grades(path) == [("student01", 5.0, None, 0), ("student02", 8.0, None, 0)]


def test_a_manual_score_is_kept_and_looked_at_again(write, path):
    write(("student01", 3.0, GRADED))
    with sqlite3.connect(path) as connection:
        connection.execute("update grade set manual_score = 7.5 where auto_score = 3.0")
    assert write(("student01", 1.0, GRADED)) == {"student01": 7.5}
    assert grades(path) == [("student01", 1.0, 7.5, 1)]


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-02 03:04:05 UTC",
        "2026-01-02 03:04:05.123456 Europe/Berlin",
        "yesterday-ish",
        "\ufffd",
        "99999-99-99",
        "2026-01-02 03:04:05 +99:00",
    ],
)
def test_no_time_stamp_stops_the_writer(write, path, timestamp):
    assert write(("student01", 3.0, GRADED), timestamp=timestamp) == {"student01": 3.0}


# Killed before it was finished


def tables(path):
    with sqlite3.connect(path) as connection:
        return {
            row[0]
            for row in connection.execute("select name from sqlite_master where type = 'table'")
        }


@pytest.mark.parametrize("count", [0, 1, 5, 12, 13])
def test_tables_that_were_never_finished_are_made_anew(write, path, count):
    from nbgrader.api import Base
    from sqlalchemy import create_engine

    write()
    whole = tables(path)
    path.unlink()
    made = Base.metadata.sorted_tables[:count]
    Base.metadata.create_all(bind=create_engine(f"sqlite:///{path}"), tables=made)
    assert len(tables(path)) == count < len(whole)
    assert write(("student01", 3.0, GRADED)) == {"student01": 3.0}
    assert tables(path) == whole


@pytest.mark.parametrize("version", ["kept", "gone"])
def test_a_gradebook_with_rows_that_lacks_tables_is_refused_and_left_alone(write, path, version):
    write(("student01", 3.0, GRADED))
    with sqlite3.connect(path) as connection:
        connection.executescript("drop table comment; drop table grade")
        if version == "gone":
            connection.execute("drop table alembic_version")
    before = path.read_bytes()
    said = refused(write)
    assert "lacks some of nbgrader's tables (comment, grade)" in said
    assert "--db" in said
    assert path.read_bytes() == before


def killed_after(seconds, work):
    """Do something in a process of its own and kill that; whether it was still at work."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_a_gradebook_is_made_whole_or_not_at_all(url, path, course, lab, write):
    def begin():
        with GradebookWriter(url, course) as book:
            book.register(lab)

    write()  # everything is imported, so each child begins with the tables
    whole = tables(path)
    rng, found = random.Random(0), set()
    for _ in range(20):
        path.unlink(missing_ok=True)
        if killed_after(rng.uniform(0, 0.1), begin) and path.exists():
            left = frozenset(tables(path))
            assert left in (frozenset(), whole)
            if left not in found:
                found.add(left)
                assert write(("student01", 3.0, GRADED)) == {"student01": 3.0}
    assert found


# Refusals


def refused(write):
    with pytest.raises(GradebookError) as raised:
        write(("student01", 3.0, GRADED))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_locked_gradebook_says_so(write, path):
    write(("student01", 3.0, GRADED))
    other = sqlite3.connect(path)
    other.execute("begin exclusive")
    try:
        said = refused(write)
    finally:
        other.close()
    assert "is locked by another program" in said
    assert "run the same command again" in said
    assert write(("student01", 4.0, GRADED)) == {"student01": 4.0}


def test_the_gradebook_of_another_course_is_refused(write, path):
    write(("student01", 3.0, GRADED))
    with sqlite3.connect(path) as connection:
        connection.execute("update course set id = 'biology' where id = 'nablab'")
    said = refused(write)
    assert "belongs to another course (biology)" in said
    assert "--db" in said


OLDER = """
    drop table course; drop table assignment;
    create table assignment (id varchar(32) primary key, name varchar(128), duedate datetime);"""


@pytest.mark.parametrize("version", ["'282d30a0218e'", None], ids=["an older one", "none"])
def test_a_gradebook_of_an_older_schema_says_how_to_upgrade_it(write, path, version):
    write(("student01", 3.0, GRADED))
    with sqlite3.connect(path) as connection:
        connection.executescript(OLDER)
        if version:
            connection.execute(f"update alembic_version set version_num = {version}")
        else:
            connection.executescript(
                "delete from alembic_version; create table course (id varchar)"
            )
    said = refused(write)
    assert "has another schema" in said
    assert "nbgrader db upgrade" in said
    assert grades(path) == [("student01", 3.0, None, 0)]


@pytest.mark.long
def test_the_line_that_upgrades_a_gradebook_works_as_printed(write, path, in_bare_shell):
    write()
    with sqlite3.connect(path) as connection:
        connection.executescript(OLDER)
        connection.execute("update alembic_version set version_num = '282d30a0218e'")
    in_bare_shell(re.search(r"`(.*)`", refused(write))[1])
    assert write(("student01", 3.0, GRADED)) == {"student01": 3.0}


@pytest.mark.parametrize(
    "change", ["delete from alembic_version", "drop table alembic_version"], ids=["empty", "gone"]
)
def test_a_whole_gradebook_whose_version_was_never_written_is_used(write, path, change):
    write(("student01", 3.0, GRADED))
    with sqlite3.connect(path) as connection:
        before = connection.execute("select version_num from alembic_version").fetchall()
        connection.execute(change)
    assert write(("student02", 4.0, GRADED)) == {"student01": 3.0, "student02": 4.0}
    with sqlite3.connect(path) as connection:
        assert connection.execute("select version_num from alembic_version").fetchall() == before


def test_a_database_of_something_else_is_refused_and_left_alone(write, path):
    with sqlite3.connect(path) as connection:
        connection.executescript("create table moz_places (id integer); create table keys (x)")
    before = path.read_bytes()
    assert "its tables (keys, moz_places) are not nbgrader's" in refused(write)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 100, b"\0" * 5000, b"SQLite format 3\0" + b"x" * 500]
)
def test_a_file_that_is_no_database_is_refused(write, path, content):
    path.write_bytes(content)
    assert "gradebook.db" in refused(write)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "bad",
    [
        "sqlite:////no/such/folder/gradebook.db",
        "postgresql://localhost:1/x",
        "nonsense",
        "mysql://x",
        "oracle+nothing://x",
    ],
)
def test_a_url_that_cannot_be_opened_is_one_sentence(bad, course, lab):
    with pytest.raises(GradebookError) as raised, GradebookWriter(bad, course) as book:
        book.register(lab)
    assert bad.split("@")[-1] in str(raised.value)
    assert "\n" not in str(raised.value)


def test_exercises_that_changed_since_the_gradebook_was_begun_are_refused(write, path):
    write(("student01", 3.0, GRADED))
    with sqlite3.connect(path) as connection:
        connection.execute("update base_cell set name = 'check-9-9' where name = 'check-1-1'")
    assert "use another gradebook with --db" in refused(write)


def test_a_password_in_a_url_is_never_shown():
    assert shown("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert shown("sqlite:////tmp/gradebook.db") == "sqlite:////tmp/gradebook.db"
