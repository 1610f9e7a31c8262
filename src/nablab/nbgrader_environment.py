"""The environment in which nbgrader is called, so that it is quiet and finds its own tools."""

from __future__ import annotations

import logging
import os
import shlex
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def nbgrader_environment() -> Iterator[list[str]]:
    """Run nbgrader quietly, with this environment's `alembic` on the PATH, because it calls that by
    name. Yields its error messages."""
    spare_slow_imports()
    problems: list[str] = []

    class Keep(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            if entry.levelno >= logging.ERROR:
                problems.append(entry.getMessage().splitlines()[0])

    logger = logging.getLogger("traitlets")
    handler, level, propagate = Keep(), logger.level, logger.propagate
    path = os.environ.get("PATH", "")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.ERROR)
    os.environ["PATH"] = f"{_commands()}{os.pathsep}{path}"
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="nbgrader")
            yield problems
    finally:
        os.environ["PATH"] = path
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


def nbgrader_command(*words: str, folder: Path | None = None) -> str:
    """A command line for a person to type. It works in a shell without this environment, too."""
    line = f'PATH={shlex.quote(str(_commands()))}:"$PATH" {shlex.join(["nbgrader", *words])}'
    return f"cd {shlex.quote(str(folder))} && {line}" if folder else line


def _commands() -> Path:
    """The folder of this environment's commands, such as `nbgrader` and `alembic`."""
    return Path(sys.executable).parent


def spare_slow_imports() -> None:
    """Skip a slow import. Call this before any package imports nbformat, which imports jsonschema.
    jsonschema's checker of international addresses takes two seconds to import. jsonschema works
    without it, and notebooks do not need it."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # as if absent
