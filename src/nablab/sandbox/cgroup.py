"""Memory and CPU bounded by the kernel's control groups, where this process may make them.

The kernel counts a group's pages as they are asked for: those of all its processes together, and
what they put into /tmp and /dev/shm. So nothing is fast enough to pass it, as it could be for
`confine.Watched`, which looks twenty times a second, and nothing is left out, as by the limit on
each process. Both stay: in a container, and for an ordinary user outside a tree of groups of their
own, no group can be had.

The processor is shared between groups, not between their processes: a child that starts thirty busy
processes gets no more of it than one that starts none.

Groups are made on the trusted side. A child gets descriptors by which it enters its groups before
it does anything else, and closes them. Version 1 has a tree of groups for each resource, version 2
one for all.
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
UNLIMITED = 1 << 60  # version 1 says so in bytes
GONE_S = 1.0  # how long a group that has just been left may be called busy

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Files:
    """What a version of control groups calls the files of a group's memory."""

    limit: str
    swap: str  # of memory and swap together in version 1, of swap alone in version 2
    events: str  # has a line `oom_kill N`
    share: str  # the group's weight in the sharing of the processor
    whole: str = ""  # "1" in it: if one process must die, the whole group does


V1 = Files(
    "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control", "cpu.shares"
)
V2 = Files("memory.max", "memory.swap.max", "memory.events", "cpu.weight", "memory.oom.group")


@dataclass(frozen=True)
class Place:
    """A folder in which this process may make groups that count memory."""

    folder: Path
    files: Files
    cpu: Path | None = None  # where those that share the processor are made, if elsewhere


@dataclass
class Group:
    """A group for one child and all that it starts; the kernel ends who goes over its limit."""

    folder: Path
    files: Files
    cpu: Path | None = None  # its folder in the tree of the processor, in version 1
    doors: list[int] = field(default_factory=list)  # who writes "0" to all of them is in the group

    @property
    def shares_cpu(self) -> bool:
        """Whether the processor is shared between this group as a whole and others."""
        return ((self.cpu or self.folder) / self.files.share).exists()

    def overran(self) -> bool:
        """Whether a process in it had to die for the group's memory."""
        lines = _lines(self.folder / self.files.events)
        return any(int(line.split()[1]) > 0 for line in lines if line.startswith("oom_kill "))

    def open_doors(self) -> None:
        for folder in filter(None, (self.folder, self.cpu)):
            self.doors.append(os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC))

    def close_doors(self) -> None:
        while self.doors:
            os.close(self.doors.pop())

    def end(self) -> bool:
        """Take the group away, once nobody is in it; says whether it had gone over its limit."""
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
        except OSError:  # its last process is still being buried
            if time.monotonic() > until:
                return
            time.sleep(0.002)
        else:
            return


def make(memory_mb: int) -> Group | None:
    """A group whose processes may hold so much memory together; None where none can be had."""
    place = find_place()
    return None if place is None else _make(place, memory_mb)


def shares_cpu() -> bool | None:
    """Whether groups share the processor too; None where none can be had."""
    group = make(64)
    if group is None:
        return None
    shares = group.shares_cpu
    group.end()
    return shares


@lru_cache
def find_place() -> Place | None:
    """The nearest folder, at or above this process's own group and below no limit on it, where
    groups can be made and processes of ours may enter them."""
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
    """Whether a process of ours gets into a group by this descriptor."""
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
    with contextlib.suppress(OSError):  # then the processor is shared as ever
        if place.cpu is not None:
            (place.cpu / name).mkdir()
            group.cpu = place.cpu / name
    try:
        _write(group.folder / place.files.limit, limit)
        with contextlib.suppress(OSError):  # where swap is not counted there is no such file
            _write(group.folder / place.files.swap, limit if place.files is V1 else 0)
        if place.files.whole:
            _write(group.folder / place.files.whole, 1)
        group.open_doors()
        return group
    except OSError:
        group.end()
        return None


def _candidates() -> Iterator[Place]:
    """Where groups that count memory might be made, the nearest first."""
    own = dict(_own_groups())
    files, path = (V1, own["memory"]) if "memory" in own else (V2, own.get("", ""))
    cpu = next(_folders(V1, "cpu", own["cpu"]), None) if files is V1 and "cpu" in own else None
    for mount, folder in _folders(files, "memory", path):
        while folder.is_relative_to(mount):
            yield Place(folder, files, cpu and cpu[1])
            if _limited(folder, files):
                break  # above it this limit would not hold
            folder = folder.parent


def _folders(files: Files, controller: str, path: str) -> Iterator[tuple[Path, Path]]:
    """(mount, folder) of a group, wherever its tree is mounted."""
    for version, root, mount in _mounts(controller):
        if version is files and Path(path).is_relative_to(root):
            yield mount, mount / Path(path).relative_to(root)


def _own_groups() -> Iterator[tuple[str, str]]:
    """(controller, path) of the groups this process is in; version 2 has no controller's name."""
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path


def _mounts(controller: str) -> Iterator[tuple[Files, str, Path]]:
    """(version, path of the group that is its root, folder) of the mounts that may count memory, or
    have another controller."""
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
    except OSError:  # a root has no limit
        return False
    return said != "max" and int(said) < UNLIMITED


def _sweep(place: Place) -> None:
    """Take away the groups that a process left behind which was killed."""
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
