"""Makes a new gradebook's tables, and refuses a file or a database that cannot be used.

nbgrader itself makes one table after the other and then calls `alembic` by name, as a process, to
learn the schema's version. Where it is killed meanwhile, tables without a version are left, which
`nbgrader db upgrade` cannot mend. Here a gradebook is made whole or not at all, and one that was
left so is put right.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from nablab.errors import GradebookError
from nablab.nbgrader_environment import nbgrader_command

VERSION = "alembic_version"  # the table that holds it

READY = "ready"
UNFINISHED = "unfinished"  # tables are missing, or their version is; and there is no row in any
UNVERSIONED = "unversioned"  # whole and in use, but the version was never written


def shown(url: str) -> str:
    """A gradebook's URL as it may be printed: without its password."""
    return re.sub(r"(//[^:/@]*:)[^@]*@", r"\1***@", url)


def make_or_refuse(url: str, course_id: str) -> None:
    """Make the tables where there are none or where they were never finished; refuse a gradebook of
    another schema or of another course."""
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            state = _state(connection, url)
        if state != READY:
            with engine.begin() as connection:
                if connection.dialect.name == "sqlite":
                    # without it Python's sqlite3 commits every table by itself
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                _make(connection, _state(connection, url))  # another run may have been faster
        with engine.connect() as connection:
            courses = {row[0] for row in connection.execute(text("SELECT id FROM course"))}
    finally:
        engine.dispose()
    others = courses - {course_id, "default_course", ""}  # nbgrader adds the last two itself
    if others and course_id not in courses:
        raise GradebookError(
            f"The gradebook {shown(url)} is of another course ({', '.join(sorted(others))}): "
            f"name {course_id}'s own with --db."
        )


def _state(connection: Any, url: str) -> str:
    """What is to be done before the gradebook can be used; what cannot be is refused."""
    from nbgrader.api import Base
    from sqlalchemy import inspect, text

    needed = set(Base.metadata.tables)
    tables = set(inspect(connection).get_table_names())
    missing = needed - tables
    head, found = _schema_head(), None
    if VERSION in tables:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION}")).scalar()
    if found == head and not missing:
        return READY
    if tables and not tables & {*needed, VERSION}:
        raise GradebookError(
            f"{shown(url)} is no gradebook: its tables ({', '.join(sorted(tables)[:3])}) are not "
            "nbgrader's, so name another database with --db."
        )
    if found not in (None, head):
        raise _other_schema(url, found, head)
    if not _holds_rows(connection, needed & tables):
        return UNFINISHED
    if missing:
        raise GradebookError(
            f"The gradebook {shown(url)} lacks some of nbgrader's tables "
            f"({', '.join(sorted(missing))}) and has rows in others: restore it from a backup, or "
            "name another with --db."
        )
    if not _has_all_columns(connection):
        raise _other_schema(url, "none", head)
    return UNVERSIONED


def _other_schema(url: str, found: str, head: str) -> GradebookError:
    command = nbgrader_command("db", "upgrade", f"--db={shown(url)}")
    return GradebookError(
        f"The gradebook {shown(url)} is of another schema ({found}, and {head} is needed): run "
        f"`{command}` first."
    )


def _make(connection: Any, state: str) -> None:
    """Make the tables anew, or only write the version of tables that are whole."""
    from nbgrader.api import Base
    from sqlalchemy import text

    if state == READY:
        return
    if state == UNFINISHED:
        Base.metadata.drop_all(bind=connection)
        Base.metadata.create_all(bind=connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {VERSION}"))
    connection.execute(text(f"CREATE TABLE {VERSION} (version_num VARCHAR(32) NOT NULL)"))
    connection.execute(text(f"INSERT INTO {VERSION} VALUES (:head)"), {"head": _schema_head()})


def _holds_rows(connection: Any, tables: set[str]) -> bool:
    from sqlalchemy import literal, select, table

    return any(
        connection.execute(select(literal(1)).select_from(table(name)).limit(1)).first()
        for name in sorted(tables)
    )


def _has_all_columns(connection: Any) -> bool:
    """Whether the tables are those of today's nbgrader, whatever their version is said to be."""
    from nbgrader.api import Base
    from sqlalchemy import inspect

    inspector = inspect(connection)
    return all(
        set(table.columns.keys()) <= {column["name"] for column in inspector.get_columns(name)}
        for name, table in Base.metadata.tables.items()
    )


def _schema_head() -> str:
    """The newest version of nbgrader's tables."""
    import nbgrader
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(nbgrader.__file__).parent / "alembic"))
    return str(ScriptDirectory.from_config(config).get_current_head())
