"""Memory and CPU limits through the kernel's control groups, if this process may make them.

The kernel counts a group's pages when they are requested: those of all its processes together, and
the contents of /tmp and /dev/shm. So no process is too fast for it, as it could be for
`watched.Watched`, which looks twenty times a second. And nothing is left out, unlike with the limit
on each process. Both of these stay, because groups are not available in a container, nor to an
ordinary user without a tree of groups of their own.

The processor is shared between groups, not between processes: a child that starts thirty busy
processes gets no more of it than a child that starts none.

Groups are made on the trusted side. A child gets descriptors, uses them to enter its groups before
it does anything else, and closes them. Version 1 of control groups has one tree for each resource;
version 2 has one tree for all.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

NAME = "nablab-{pid}-{number}"
UNLIMITED = 1 << 60  # bytes; version 1 reports no limit as a larger number
GONE_S = 1.0  # how long the kernel may call a group busy after its last process has left

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Files:
    """The names of a group's files in one version of control groups."""

    limit: str
    swap: str  # limits memory and swap together in version 1, swap alone in version 2
    events: str  # has a line `oom_kill N`
    share: str  # the group's share of the processor
    whole: str = ""  # if it holds "1" and one process must die, the whole group dies


V1 = Files(
    "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control", "cpu.shares"
)
V2 = Files("memory.max", "memory.swap.max", "memory.events", "cpu.weight", "memory.oom.group")


@dataclass(frozen=True)
class Place:
    """A folder in which this process may make groups that limit memory."""

    folder: Path
    files: Files
    cpu: Path | None = None  # where groups that share the processor are made, if elsewhere


@dataclass
class Group:
    """A group for one child and all that it starts. If it goes over its limit, the kernel kills
    processes in it."""

    folder: Path
    files: Files
    cpu: Path | None = None  # in version 1, its folder in the processor's tree
    doors: list[int] = field(default_factory=list)  # write "0" to all of them to enter the group

    @property
    def shares_cpu(self) -> bool:
        """Whether this group as a whole gets one share of the processor."""
        return ((self.cpu or self.folder) / self.files.share).exists()

    def overran(self) -> bool:
        """Whether the kernel killed a process because the group was out of memory."""
        lines = _lines(self.folder / self.files.events)
        return any(int(line.split()[1]) > 0 for line in lines if line.startswith("oom_kill "))

    def open_doors(self) -> None:
        for folder in filter(None, (self.folder, self.cpu)):
            self.doors.append(os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC))

    def close_doors(self) -> None:
        while self.doors:
            os.close(self.doors.pop())

    def end(self) -> bool:
        """Remove the group once it is empty; returns whether it went over its limit."""
        self.close_doors()
        overran = self.overran()
        until = time.monotonic() + GONE_S
        for folder in filter(None, (self.folder, self.cpu)):
            _remove(folder, until)
        return overran


def _remove(folder: Path, until: float) -> None:
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:  # its last process is still being removed
            if time.monotonic() > until:
                return
            time.sleep(0.002)
        else:
            return


def make(memory_mb: int) -> Group | None:
    """A group whose processes together may hold `memory_mb`; None if groups are not available."""
    place = find_place()
    return None if place is None else _make(place, memory_mb)


def shares_cpu() -> bool | None:
    """Whether groups also share the processor; None if groups are not available."""
    group = make(64)
    if group is None:
        return None
    shares = group.shares_cpu
    group.end()
    return shares


@lru_cache
def find_place() -> Place | None:
    """The nearest folder, at or above this process's own group but not above a limit on it, where
    groups can be made and our processes can enter them."""
    for place in _candidates():
        _sweep(place)
        group = _make(place, 64)
        if group is not None:
            let_in = [_enters(door) for door in group.doors]
            group.end()
            if all(let_in):
                return place
            if let_in[0]:
                return replace(place, cpu=None)
    return None


def _enters(door: int) -> bool:
    """Whether one of our processes can enter a group through this descriptor."""
    entered = subprocess.run(
        ["/bin/echo", "0"], stdout=door, stderr=subprocess.DEVNULL, check=False
    )
    return entered.returncode == 0


def _make(place: Place, memory_mb: int) -> Group | None:
    name = NAME.format(pid=os.getpid(), number=next(_numbers))
    group = Group(place.folder / name, place.files)
    limit = memory_mb << 20
    try:
        group.folder.mkdir()
    except OSError:
        return None
    with contextlib.suppress(OSError):  # then the processor is shared as usual
        if place.cpu is not None:
            (place.cpu / name).mkdir()
            group.cpu = place.cpu / name
    try:
        _write(group.folder / place.files.limit, limit)
        with contextlib.suppress(OSError):  # the file does not exist if swap is not counted
            _write(group.folder / place.files.swap, limit if place.files is V1 else 0)
        if place.files.whole:
            _write(group.folder / place.files.whole, 1)
        group.open_doors()
        return group
    except OSError:
        group.end()
        return None


def _candidates() -> Iterator[Place]:
    """Places where groups that limit memory might be made, the nearest first."""
    own = dict(_own_groups())
    files, path = (V1, own["memory"]) if "memory" in own else (V2, own.get("", ""))
    cpu = next(_folders(V1, "cpu", own["cpu"]), None) if files is V1 and "cpu" in own else None
    for mount, folder in _folders(files, "memory", path):
        while folder.is_relative_to(mount):
            yield Place(folder, files, cpu and cpu[1])
            if _limited(folder, files):
                break  # further up, this limit would not apply
            folder = folder.parent


def _folders(files: Files, controller: str, path: str) -> Iterator[tuple[Path, Path]]:
    """(mount, folder) of a group, for each place where its tree is mounted."""
    for version, root, mount in _mounts(controller):
        if version is files and Path(path).is_relative_to(root):
            yield mount, mount / Path(path).relative_to(root)


def _own_groups() -> Iterator[tuple[str, str]]:
    """(controller, path) of the groups that this process is in. In version 2 the controller's name
    is empty."""
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path


def _mounts(controller: str) -> Iterator[tuple[Files, str, Path]]:
    """(version, path of the root group, folder) of each mount that has this controller, or may
    have it."""
    for line in _lines("/proc/self/mountinfo"):
        place, _, kind = line.partition(" - ")
        filesystem, _, options = kind.split(" ", 2)
        root, mount = place.split()[3:5]
        if filesystem == "cgroup2":
            yield V2, root, Path(mount)
        elif filesystem == "cgroup" and controller in options.split(" ")[-1].split(","):
            yield V1, root, Path(mount)


def _limited(folder: Path, files: Files) -> bool:
    try:
        said = (folder / files.limit).read_text().strip()
    except OSError:  # a root group has no limit
        return False
    return said != "max" and int(said) < UNLIMITED


def _sweep(place: Place) -> None:
    """Remove groups left behind by processes that were killed."""
    for tree in filter(None, (place.folder, place.cpu)):
        for folder in tree.glob(NAME.format(pid="*", number="*")):
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
