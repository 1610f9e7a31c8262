"""Makes a new gradebook's tables, and refuses a file or a database that cannot be used.

nbgrader itself makes one table after the other and then calls `alembic` by name, as a process, to
learn the schema's version. If it is killed meanwhile, it leaves tables without a version, which
`nbgrader db upgrade` cannot repair. Here a gradebook is made whole or not at all, and one that was
left without a version is repaired.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from nablab.errors import GradebookError
from nablab.nbgrader_environment import nbgrader_command

VERSION = "alembic_version"  # the table that holds the version

READY = "ready"
UNFINISHED = "unfinished"  # tables or their version are missing, and all tables are empty
UNVERSIONED = "unversioned"  # complete and in use, but the version was never written


def shown(url: str) -> str:
    """A gradebook's URL without its password, for printing."""
    return re.sub(r"(//[^:/@]*:)[^@]*@", r"\1***@", url)


def make_or_refuse(url: str, course_id: str) -> None:
    """Make the tables if they are missing or were never finished. Refuse a gradebook with another
    schema or of another course."""
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
                _make(connection, _state(connection, url))  # another run may have made them
        with engine.connect() as connection:
            courses = {row[0] for row in connection.execute(text("SELECT id FROM course"))}
    finally:
        engine.dispose()
    others = courses - {course_id, "default_course", ""}  # nbgrader adds the last two itself
    if others and course_id not in courses:
        raise GradebookError(
            f"The gradebook {shown(url)} belongs to another course ({', '.join(sorted(others))}): "
            f"name the one of {course_id} with --db."
        )


def _state(connection: Any, url: str) -> str:
    """The state of a gradebook's tables. A gradebook that cannot be used is refused."""
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
            f"{shown(url)} is not a gradebook: its tables ({', '.join(sorted(tables)[:3])}) are "
            "not nbgrader's. Name another database with --db."
        )
    if found not in (None, head):
        raise _other_schema(url, found, head)
    if not _holds_rows(connection, needed & tables):
        return UNFINISHED
    if missing:
        raise GradebookError(
            f"The gradebook {shown(url)} lacks some of nbgrader's tables "
            f"({', '.join(sorted(missing))}) but has rows in others: restore it from a backup, or "
            "name another with --db."
        )
    if not _has_all_columns(connection):
        raise _other_schema(url, "none", head)
    return UNVERSIONED


def _other_schema(url: str, found: str, head: str) -> GradebookError:
    command = nbgrader_command("db", "upgrade", f"--db={shown(url)}")
    return GradebookError(
        f"The gradebook {shown(url)} has another schema ({found}, but {head} is needed): run "
        f"`{command}` first."
    )


def _make(connection: Any, state: str) -> None:
    """Make the tables again, or only write the version of complete tables."""
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
    """Whether the tables have all columns of the installed nbgrader, whatever their version."""
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
