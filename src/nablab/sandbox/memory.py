"""Limits the memory that the trusted process may take while it works on a student's values.

The kernel refuses memory beyond the limit, and Python raises a MemoryError in the code that
requested it. The limit is RLIMIT_DATA, which counts the process's own memory but not mapped
libraries. Memory that the process already holds does not count, so memory left behind by one
submission costs the next one nothing.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

JUDGING_MB = 1024  # for one check; on right answers the labs' checks take up to 25


@contextmanager
def at_most(more_mb: int = JUDGING_MB) -> Iterator[None]:
    """Inside the block, this process may take `more_mb` more memory than it has now."""
    before = _soft_limit(_data_bytes() + (more_mb << 20))
    try:
        yield
    finally:
        _soft_limit(before)


@contextmanager
def without_bound() -> Iterator[None]:
    """Inside the block there is no limit. Use it to start processes, which would inherit one."""
    before = _soft_limit(resource.RLIM_INFINITY)
    try:
        yield
    finally:
        _soft_limit(before)


def _soft_limit(wanted: int) -> int:
    """Set the limit and return the previous one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [one for one in (wanted, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits, default=resource.RLIM_INFINITY), hard))
    return soft


def _data_bytes() -> int:
    """The memory that already counts against the limit."""
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * os.sysconf("SC_PAGE_SIZE")


def held_mb() -> float:
    """The memory of this process that is not backed by a file."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0
