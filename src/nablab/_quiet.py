"""Imports without log messages that nobody needs to read.

While TensorFlow's libraries are loaded, they write log lines to the process's standard error,
whatever `TF_CPP_MIN_LOG_LEVEL` says, because logging is not set up yet. In a notebook this is a red
block below the first cell, and beginners take it for an error.

    with quiet():
        import keras
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2  # the process's own descriptor, below `sys.stderr`: libraries write to it


@contextmanager
def quiet() -> Iterator[None]:
    """Inside the block, text written to standard error is held back. It is shown only if an
    exception leaves the block. TensorFlow's later log is limited to fatal messages, because it
    reports a machine without a GPU as an error."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(STDERR)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), STDERR)
        try:
            yield
        except BaseException:
            aside.seek(0)
            os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
