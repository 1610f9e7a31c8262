"""The gradebook on a real PostgreSQL server, which these tests start and stop."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.courses import set_limits

from nablab.cli.instructor import Order, grade_lab
from nablab.errors import GradebookError
from nablab.grading.book.gradebook import GradebookWriter
from nablab.grading.samples import make_course

pytest.importorskip("psycopg")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_jail")]
FOLDERS = [*os.get_exec_path(), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin")))]


def _user():
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The URL of a server that listens on a socket of its own, on no network."""
    initdb, postgres = (
        shutil.which(name, path=os.pathsep.join(FOLDERS)) for name in ("initdb", "pg_ctl")
    )
    if not initdb or not postgres:
        pytest.skip("PostgreSQL is not installed (initdb and pg_ctl)")
    user = _user()
    if user is None:
        pytest.skip("there is no user but root to run PostgreSQL as")
    place = Path("/tmp") / f"nablab-postgresql-{os.getpid()}"  # a socket's path must be short
    place.mkdir()
    if user:
        os.chown(place, user["user"], user["group"])
    told = {**user, "cwd": place, "check": True, "capture_output": True, "text": True}
    clean = {"PATH": os.pathsep.join([str(Path(initdb).parent), os.environ["PATH"]]), "LC_ALL": "C"}
    data = place / "data"
    try:
        subprocess.run(
            [initdb, "-D", data, "-U", "grader", "--auth", "trust", "-E", "UTF8", "--no-sync"],
            env=clean,
            **told,
        )
        options = f"-k {place} -c listen_addresses= -c fsync=off"
        subprocess.run(
            [postgres, "-D", data, "-o", options, "-l", place / "log", "-w", "start"],
            env=clean,
            **{**told, "capture_output": False, "stdout": subprocess.DEVNULL},
        )
        try:
            yield f"postgresql+psycopg://grader@/postgres?host={place}"
        finally:
            subprocess.run([postgres, "-D", data, "-m", "immediate", "stop"], env=clean, **told)
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def database(server):
    """The URL of a new, empty database."""
    from sqlalchemy import create_engine, text

    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE course"))
    yield server.replace("/postgres?", "/course?")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE course WITH (FORCE)"))
    engine.dispose()


def test_a_class_is_graded_into_postgresql(course, tmp_path, database):
    own, samples = make_course(course, tmp_path)
    set_limits(own, "1", call_s=1)
    lab = own.lab("1")
    order = Order(db=database, workers=2)
    grade_lab(own, lab, own.root / "submitted", own.root, order)
    predicted = {s.student: pytest.approx(s.points, abs=0.005) for s in samples}
    with GradebookWriter(database, own) as gradebook:
        assert gradebook.scores(lab) == predicted
        submission = gradebook.gradebook.find_submission(lab.id, "student03")
        submission.notebooks[0].grades[0].manual_score = 1.5
        gradebook.gradebook.db.commit()
        held = gradebook.scores(lab)["student03"]
    assert not (own.root / "gradebook.db").exists()
    grade_lab(own, lab, own.root / "submitted", own.root, Order(db=database, regrade=[], yes=True))
    with GradebookWriter(database, own) as gradebook:
        assert gradebook.scores(lab) == {**predicted, "student03": held}


def test_what_an_empty_gradebook_lacks_is_written_from_the_journal(course, tmp_path, database):
    own, samples = make_course(course, tmp_path)
    set_limits(own, "1", call_s=1)
    lab = own.lab("1")
    grade_lab(own, lab, own.root / "submitted", own.root, Order(workers=2))  # into SQLite
    journal = {path: path.stat().st_mtime_ns for path in (own.root / "results").rglob("*.json")}
    grade_lab(own, lab, own.root / "submitted", own.root, Order(db=database))
    assert {path: path.stat().st_mtime_ns for path in journal} == journal
    with GradebookWriter(database, own) as gradebook:
        assert gradebook.scores(lab) == {
            s.student: pytest.approx(s.points, abs=0.005) for s in samples
        }


def test_a_server_that_is_gone_is_one_sentence(course, tmp_path):
    url = f"postgresql+psycopg://grader:secret@/course?host={tmp_path}"
    with pytest.raises(GradebookError) as raised, GradebookWriter(url, course):
        pass
    assert "cannot be opened" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_tables_that_were_never_finished_are_made_anew(course, database):
    from nbgrader.api import Base
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(database)
    Base.metadata.create_all(bind=engine, tables=Base.metadata.sorted_tables[:5])
    with GradebookWriter(database, course) as gradebook:
        gradebook.register(course.lab("1"))
    names = set(inspect(engine).get_table_names())
    assert names == {*Base.metadata.tables, "alembic_version"}
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE comment"))
    with pytest.raises(GradebookError) as raised, GradebookWriter(database, course):
        pass
    assert "lacks some of nbgrader's tables (comment)" in str(raised.value)
    assert set(inspect(engine).get_table_names()) == names - {"comment"}
    engine.dispose()
