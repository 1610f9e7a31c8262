"""The worker's view of its child, from /proc: how many processes it has, how much memory they hold
and how much CPU time they took.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
from typing import Any

WATCH_EVERY_S = 0.05
BUSY, LEAST = 4, 19  # busy threads that a student may have; the nice value if there are more


class Watched:
    """A child that is killed when its namespace holds too many processes or too much memory in
    total. (The memory limit above applies to each process on its own.) If no control group shares
    the processor fairly, a child that keeps many processors busy gets a lower priority."""

    def __init__(self, pid: int, processes: int, memory_mb: int, shares_cpu: bool):
        self.pid = pid
        self.shares_cpu = shares_cpu
        self.processes = processes
        self.memory_mb = memory_mb
        self.limit = ""  # the limit that it exceeded
        self.descriptor = os.pidfd_open(pid)

    def watch(self, until: int) -> None:
        """Watch until the descriptor `until` has something to read."""
        poll = select.poll()
        poll.register(until, select.POLLIN)
        poll.register(self.descriptor, select.POLLIN)
        while not poll.poll(WATCH_EVERY_S * 1000):
            self._enforce()

    def _enforce(self) -> None:
        below = (pid for pid in _pids() if _is_below(pid, self.pid))
        own = list(itertools.islice(below, self.processes + 1))
        inherited = _resident(os.getpid())
        if len(own) > self.processes:
            self.limit = "processes"
        elif sum(max(0, _resident(pid) - inherited) for pid in own) > self.memory_mb << 20:
            self.limit = "memory"
        if self.limit:
            os.kill(self.pid, signal.SIGKILL)
        elif not self.shares_cpu:
            self._hold_back(own)

    def _hold_back(self, pids: list[int]) -> None:
        """If more than a few threads are busy, give all of them the scheduler's lowest weight. All
        the threads that a child may start then weigh less together than one thread of another
        child. New threads inherit the weight and cannot raise it."""
        threads = [int(thread) for pid in pids for thread in _threads(pid)]
        if len(threads) > BUSY and sum(map(_runs, threads)) > BUSY:
            for thread in threads:
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, thread, LEAST)

    def used(self) -> dict[str, float]:
        """The CPU time of the child and all that it started (alive, or ended and waited for), and
        how long their threads were ready to run while no processor was free."""
        own = [pid for pid in _pids() if _is_below(pid, self.pid)]
        return {"cpu_s": sum(map(_cpu_s, own)), "waited_s": sum(map(_waited_s, own))}

    def end(self, grace_s: float) -> dict[str, Any]:
        """Wait for the child to end, and kill it if it does not. Return the limit that it exceeded,
        what it and all that it started used, and how much memory this worker holds."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        lingers = not poll.poll(grace_s * 1000)
        others_s = self.used()["cpu_s"] - _cpu_s(self.pid) if _has_children(self.pid) else 0.0
        if lingers:
            os.kill(self.pid, signal.SIGKILL)
        waited_s = _waited_s(self.pid)
        _, _, used = os.wait4(self.pid, 0)
        os.close(self.descriptor)
        return {
            "limit": self.limit,
            "cpu_s": used.ru_utime + used.ru_stime + others_s,
            "waited_s": waited_s,
            "memory_mb": used.ru_maxrss / 1024,
            "worker_mb": _resident(os.getpid()) / (1 << 20),
        }


def _is_below(pid: int, ancestor: int) -> bool:
    """Is a process `ancestor` or a descendant of it? The parent of an orphan becomes PID 1 of its
    namespace, which is the child."""
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(_read(f"/proc/{pid}/stat").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            return False
    return False


def _cpu_s(pid: int) -> float:
    """CPU time of a process and of the processes that it has waited for."""
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _waited_s(pid: int) -> float:
    """How long the threads of a process have been ready to run while no processor was free; 0 if
    the kernel does not count it."""
    waited_ns = 0
    for thread in _threads(pid):
        with contextlib.suppress(OSError, IndexError):
            waited_ns += int(_read(f"/proc/{pid}/task/{thread}/schedstat").split()[1])
    return waited_ns / 1e9


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _runs(thread: int) -> bool:
    """Whether a thread is running, or would be if a processor were free."""
    try:
        return _read(f"/proc/{thread}/stat").rpartition(")")[2].split()[0] == "R"
    except (OSError, IndexError):
        return False


def _has_children(pid: int) -> bool:
    """Whether a process has living children. If the kernel cannot list them, it may have."""
    try:
        return bool(_read(f"/proc/{pid}/task/{pid}/children"))
    except OSError:
        return os.path.exists(f"/proc/{pid}")


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _resident(pid: int) -> int:
    """Memory of a process that is not backed by a file, in bytes: its own and shared memory."""
    try:
        lines = _read(f"/proc/{pid}/status").splitlines()
    except OSError:
        return 0
    return (
        sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem")))
        << 10
    )


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()
