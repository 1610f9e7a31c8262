"""How long a piece of a student's work may go on: CPU time, with the wall clock behind it.

The wall clock says little on a busy machine: what takes a second alone takes ten beside nine
others. So a limit counts the CPU time of the student's own processes. Who uses none, because it
sleeps or waits for a lock, is stopped by the wall clock after `PATIENCE` times the limit, less
the time in which it was ready to run and no processor was free.

Nothing is asked of the kernel before the wall clock has passed the limit, so honest calls cost one
reading of a clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from nablab.sandbox.protocol import OutOfTime

PATIENCE = 3  # times its limit, that a call may wait for anything but a processor
AT_MOST = 20  # times its limit, whatever it waits for
LOOK_S = 0.1  # the least time between two looks


class TooLong(OutOfTime):
    """A limit was met: by work or sleep, or (`starved`) because other processes left it no CPU."""

    def __init__(self, limit_s: float, starved: bool = False):
        super().__init__(f"more than {limit_s:g} s")
        self.limit_s = limit_s
        self.starved = starved


@dataclass(frozen=True)
class Used:
    """What a child has used since it began, with all that it started."""

    cpu_s: float = 0.0
    waited_s: float = 0.0  # ready to run, and no processor was free


class Stopwatch:
    """A child's use of the machine. Its first process is read by the kernel's clock for it, for a
    microsecond; the others and their waiting by asking the worker, which sees them all."""

    def __init__(self, pid: int | None, ask: Callable[[], Used]):
        self._clock = None if pid is None else (~pid << 3) | 2  # CPUCLOCK_SCHED of a process
        self._ask = ask
        self._others_s = 0.0  # CPU time of all but the first process, at the last look
        self._waited_s = 0.0

    def mark(self) -> Used:
        """A moment to measure from. What other processes used since the last look counts as used
        after it: it is the student's own all the same."""
        return Used(self._own_s() + self._others_s, self._waited_s)

    def since(self, mark: Used) -> Used:
        own, used = self._own_s(), self._ask()
        self._others_s = max(self._others_s, used.cpu_s - own)
        self._waited_s = max(self._waited_s, used.waited_s)
        return Used(own + self._others_s - mark.cpu_s, self._waited_s - mark.waited_s)

    def _own_s(self) -> float:
        if self._clock is None:
            return 0.0
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # it has ended
            self._clock = None
            return 0.0


class Allowance:
    """The time that is left to one piece of work; a deadline of a `Channel`."""

    def __init__(self, stopwatch: Stopwatch, limit_s: float):
        self.stopwatch = stopwatch
        self.limit_s = limit_s
        self.given_s = 0.0  # the trusted side's own, for functions that were called back
        self._begun = time.monotonic()
        self._mark = stopwatch.mark()

    def left(self) -> float:
        """How long to wait before asking again.

        Raises:
            TooLong: it is over.
        """
        wall = time.monotonic() - self._begun - self.given_s
        if wall < self.limit_s:
            return self.limit_s - wall
        used = self.stopwatch.since(self._mark)
        working = self.limit_s - used.cpu_s
        waiting = PATIENCE * self.limit_s - (wall - used.waited_s)
        if working <= 0 or waiting <= 0:
            raise TooLong(self.limit_s)
        if wall >= AT_MOST * self.limit_s:
            raise TooLong(self.limit_s, starved=True)
        return max(LOOK_S, min(working, waiting))


class Both:
    """Two allowances, of which the first to end counts: a call's and its test's."""

    def __init__(self, *parts: Allowance):
        self.parts = parts

    def left(self) -> float:
        return min(part.left() for part in self.parts)

    def give(self, seconds: float) -> None:
        for part in self.parts:
            part.given_s += seconds


def host_pid(pidfd: int) -> int | None:
    """The number by which this side knows a process in another namespace, from a descriptor of it;
    None where the kernel does not say."""
    try:
        with open(f"/proc/self/fdinfo/{pidfd}") as file:
            pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
    except (OSError, StopIteration, ValueError):
        return None
    finally:
        os.close(pidfd)
    return pid if pid > 0 else None
