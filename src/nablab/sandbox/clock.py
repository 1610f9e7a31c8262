"""How long a student's code may run: a limit on CPU time, with the wall clock as a backstop.

The wall clock says little on a busy machine: a task that takes one second alone takes ten seconds
beside nine others. So a limit counts the CPU time of the student's own processes. Code that uses
none, because it sleeps or waits for a lock, is stopped by the wall clock after `PATIENCE` times the
limit. Time in which it was ready to run and no processor was free does not count.

The kernel is not asked before the wall clock has passed the limit, so an honest call costs one
reading of a clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from nablab.sandbox.channel import OutOfTime

PATIENCE = 3  # a call may wait this many times its limit for anything except a processor
AT_MOST = 20  # and this many times its limit, whatever it waits for
LOOK_S = 0.1  # the shortest time between two measurements


class TooLong(OutOfTime):
    """A time limit was reached by work or sleep, or because other processes left no CPU
    (`starved`)."""

    def __init__(self, limit_s: float, starved: bool = False):
        super().__init__(f"more than {limit_s:g} s")
        self.limit_s = limit_s
        self.starved = starved


@dataclass(frozen=True)
class Used:
    """What a child and all processes that it started have used since it began."""

    cpu_s: float = 0.0
    waited_s: float = 0.0  # ready to run while no processor was free


class Stopwatch:
    """A child's use of the machine. The kernel's clock for its first process is read directly,
    which takes a microsecond. The worker, which sees all processes, is asked about the others and
    about waiting times."""

    def __init__(self, pid: int | None, ask: Callable[[], Used]):
        self._clock = None if pid is None else (~pid << 3) | 2  # CPUCLOCK_SCHED of a process
        self._ask = ask
        self._others_s = 0.0  # CPU time of all but the first process, when last measured
        self._waited_s = 0.0

    def mark(self) -> Used:
        """A moment to measure from. CPU time that other processes used since the last measurement
        counts as used after this moment; it is the student's own in any case."""
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
    """The time left for one piece of work. It can be a `Channel`'s deadline."""

    def __init__(self, stopwatch: Stopwatch, limit_s: float):
        self.stopwatch = stopwatch
        self.limit_s = limit_s
        self.given_s = 0.0  # time that the trusted side spent in functions that were called back
        self._begun = time.monotonic()
        self._mark = stopwatch.mark()

    def left(self) -> float:
        """How long to wait before asking again.

        Raises:
            TooLong: the time is over.
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
    """A call's allowance and its test's. The one that ends first counts."""

    def __init__(self, *parts: Allowance):
        self.parts = parts

    def left(self) -> float:
        return min(part.left() for part in self.parts)

    def give(self, seconds: float) -> None:
        for part in self.parts:
            part.given_s += seconds


def host_pid(pidfd: int) -> int | None:
    """The process number, in this side's namespace, of the process that `pidfd` refers to; None if
    the kernel does not say."""
    try:
        with open(f"/proc/self/fdinfo/{pidfd}") as file:
            pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
    except (OSError, StopIteration, ValueError):
        return None
    finally:
        os.close(pidfd)
    return pid if pid > 0 else None
