"""State that the exercises of one submission share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from nablab.sandbox.host import Child

AT_MOST = 4  # wall time, as a multiple of the submission's limit, even on the busiest machine


@dataclass
class SubmissionState:
    """State that the exercises of one submission share: the time used, the cells that ran out of
    time or ended their process and are not run again, and the notes already given."""

    limit_s: float
    seed: bytes = b""  # what the checks' inputs are drawn from
    stuck: dict[str, str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    starved: bool = False  # a call ran out of time because other processes left it no CPU
    begun: float = field(default_factory=time.monotonic)
    spent_s: float = 0.0  # by processes that have ended

    def over(self, child: Child | None = None) -> bool:
        """Whether the submission has used up its time. The wall clock alone does not tell, because
        the machine may be busy with other things. `child` is the one that is running."""
        wall = time.monotonic() - self.begun
        if wall < self.limit_s:
            return False
        running = child.spent_s() if child is not None else 0.0
        return self.spent_s + running >= self.limit_s or wall >= AT_MOST * self.limit_s

    def see_out(self, child: Child) -> dict[str, Any]:
        """End a process and charge its time to the submission."""
        used = child.end()
        self.spent_s += max(used["cpu_s"], child.busy_s - used["waited_s"])
        self.starved |= child.lost is not None and child.lost.starved
        return used

    def not_told_yet(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        """The notes that are new. A cell runs for every exercise below it, but is noted once."""
        new = tuple(note for note in notes if note not in self.told)
        self.told.update(new)
        return new
