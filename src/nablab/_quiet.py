"""Imports that keep to themselves what nobody needs to read.

TensorFlow's libraries write lines of log to the process's standard error while they are loaded,
whatever `TF_CPP_MIN_LOG_LEVEL` says: they do not know yet where else to put them. In a notebook
that is a red block below the first cell, and a beginner takes it for an error.

    with quiet():
        import keras
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2  # the process's own, below `sys.stderr`: libraries write there


@contextmanager
def quiet() -> Iterator[None]:
    """Within it, what is written to standard error is put aside. It is shown after all if an
    exception leaves the block. TensorFlow's later log is limited to what is fatal: to it, a machine
    without a GPU is an error."""
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
