"""Limits on memory by the kernel's control groups, where this process may make them.

The kernel counts a group's pages as they are asked for: those of all its processes together, and
what they put into /tmp and /dev/shm. So nothing is fast enough to pass it, as it could be for
`confine.Watched`, which looks twenty times a second, and nothing is left out, as by the limit on
each process. Both stay: in a container, and for an ordinary user outside a tree of groups of their
own, no group can be had.

Groups are made on the trusted side. A child gets one descriptor, by which it enters its group
before it does anything else, and closes it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

NAME = "nablab-{pid}-{number}"
UNLIMITED = 1 << 60  # version 1 says so in bytes
GONE_S = 1.0  # how long a group that has just been left may be called busy

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Files:
    """What a version of control groups calls the files of a group's memory."""

    limit: str
    swap: str  # of memory and swap together in version 1, of swap alone in version 2
    events: str  # has a line `oom_kill N`
    whole: str = ""  # "1" in it: if one process must die, the whole group does


V1 = Files("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control")
V2 = Files("memory.max", "memory.swap.max", "memory.events", "memory.oom.group")


@dataclass(frozen=True)
class Place:
    """A folder in which this process may make groups that count memory."""

    folder: Path
    files: Files


@dataclass
class Group:
    """A group for one child and all that it starts; the kernel ends who goes over its limit."""

    folder: Path
    files: Files
    door: int = -1  # who writes "0" to this descriptor is in the group

    def overran(self) -> bool:
        """Whether a process in it had to die for the group's memory."""
        lines = _lines(self.folder / self.files.events)
        return any(int(line.split()[1]) > 0 for line in lines if line.startswith("oom_kill "))

    def close_door(self) -> None:
        if self.door >= 0:
            os.close(self.door)
            self.door = -1

    def end(self) -> bool:
        """Take the group away, once nobody is in it; says whether it had gone over its limit."""
        self.close_door()
        overran = self.overran()
        until = time.monotonic() + GONE_S
        while True:
            try:
                self.folder.rmdir()
            except FileNotFoundError:
                return overran
            except OSError:  # its last process is still being buried
                if time.monotonic() > until:
                    return overran
                time.sleep(0.002)
            else:
                return overran


def make(memory_mb: int) -> Group | None:
    """A group whose processes may hold so much memory together; None where none can be had."""
    place = find_place()
    return None if place is None else _make(place, memory_mb)


@lru_cache
def find_place() -> Place | None:
    """The nearest folder, at or above this process's own group and below no limit on it, where
    groups can be made and processes of ours may enter them."""
    for place in _candidates():
        _sweep(place)
        group = _make(place, 64)
        if group is not None:
            entered = subprocess.run(
                ["/bin/echo", "0"], stdout=group.door, stderr=subprocess.DEVNULL, check=False
            )
            group.end()
            if entered.returncode == 0:
                return place
    return None


def _make(place: Place, memory_mb: int) -> Group | None:
    name = NAME.format(pid=os.getpid(), number=next(_numbers))
    group = Group(place.folder / name, place.files)
    limit = memory_mb << 20
    try:
        group.folder.mkdir()
    except OSError:
        return None
    try:
        _write(group.folder / place.files.limit, limit)
        with contextlib.suppress(OSError):  # where swap is not counted there is no such file
            _write(group.folder / place.files.swap, limit if place.files is V1 else 0)
        if place.files.whole:
            _write(group.folder / place.files.whole, 1)
        group.door = os.open(group.folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
        return group
    except OSError:
        group.end()
        return None


def _candidates() -> Iterator[Place]:
    """Where groups that count memory might be made, the nearest first."""
    own = dict(_own_groups())
    files, path = (V1, own["memory"]) if "memory" in own else (V2, own.get("", ""))
    for version, root, mount in _mounts():
        if version is not files or not Path(path).is_relative_to(root):
            continue
        folder = mount / Path(path).relative_to(root)
        while folder.is_relative_to(mount):
            yield Place(folder, files)
            if _limited(folder, files):
                break  # above it this limit would not hold
            folder = folder.parent


def _own_groups() -> Iterator[tuple[str, str]]:
    """(controller, path) of the groups this process is in; version 2 has no controller's name."""
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path


def _mounts() -> Iterator[tuple[Files, str, Path]]:
    """(version, path of the group that is its root, folder) of the mounts that may count memory."""
    for line in _lines("/proc/self/mountinfo"):
        place, _, kind = line.partition(" - ")
        filesystem, _, options = kind.split(" ", 2)
        root, mount = place.split()[3:5]
        if filesystem == "cgroup2":
            yield V2, root, Path(mount)
        elif filesystem == "cgroup" and "memory" in options.split(" ")[-1].split(","):
            yield V1, root, Path(mount)


def _limited(folder: Path, files: Files) -> bool:
    try:
        said = (folder / files.limit).read_text().strip()
    except OSError:  # a root has no limit
        return False
    return said != "max" and int(said) < UNLIMITED


def _sweep(place: Place) -> None:
    """Take away the groups that a process left behind which was killed."""
    for folder in place.folder.glob(NAME.format(pid="*", number="*")):
        pid = folder.name.split("-")[1]
        if not Path("/proc", pid).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


def _lines(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _write(path: Path, number: int) -> None:
    with path.open("w") as file:
        file.write(str(number))
