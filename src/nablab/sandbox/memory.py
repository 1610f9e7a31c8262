"""How much memory the trusted process may take while it works on what a student's code has sent.

The kernel refuses what goes beyond (RLIMIT_DATA: memory of its own, not libraries that are mapped),
and Python raises a MemoryError in whatever asked for it. What the process holds already does not
count, so nothing that one submission leaves behind costs the next one anything.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

JUDGING_MB = 1024  # for one check: on right answers the labs' checks take up to 25


@contextmanager
def at_most(more_mb: int = JUDGING_MB) -> Iterator[None]:
    """Within, this process may take so much more memory than it has now."""
    before = _soft_limit(_data_bytes() + (more_mb << 20))
    try:
        yield
    finally:
        _soft_limit(before)


@contextmanager
def without_bound() -> Iterator[None]:
    """Within, there is no such bound: for processes that are started, which would inherit it."""
    before = _soft_limit(resource.RLIM_INFINITY)
    try:
        yield
    finally:
        _soft_limit(before)


def _soft_limit(wanted: int) -> int:
    """Set the limit, and give the one that there was."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [one for one in (wanted, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits, default=resource.RLIM_INFINITY), hard))
    return soft


def _data_bytes() -> int:
    """What counts against the limit already."""
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * os.sysconf("SC_PAGE_SIZE")


def held_mb() -> float:
    """The memory that this process holds and shares with no file."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0
