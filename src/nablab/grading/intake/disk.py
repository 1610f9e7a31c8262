"""Writing results: each file whole or not at all, and one sentence for a full disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nablab.errors import CannotWrite

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
NOT_WRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM}


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a whole file or nothing, so that a reader never sees half of one."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk does not say what did not fit
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


@contextmanager
def results_written(out: Path) -> Iterator[None]:
    """Turns an error in writing results into one sentence. No results are lost by it."""
    try:
        yield
    except OSError as error:
        place = Path(os.fsdecode(error.filename2 or error.filename or out))
        is_ours = place == out or out in place.parents or place in out.parents
        if error.errno not in NO_ROOM and not (error.errno in NOT_WRITABLE and is_ours):
            raise
        todo = "make room" if error.errno in NO_ROOM else "make it writable"
        raise CannotWrite(
            f"{place} cannot be written: {error.strerror}. Nothing graded so far is lost: {todo} "
            "and run the same command again."
        ) from error
