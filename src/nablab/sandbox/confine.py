"""Limits on what one child of the warm worker may see and use, enforced by the kernel.

A child enters its own user, PID, mount, IPC, network and UTS namespaces. It has no network, can see
and signal only its own processes, and has a private /tmp and /dev/shm of limited size. Then it
gives up its capabilities and sets limits on memory, processes, files and file size.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
python = ctypes.PyDLL(None, use_errno=True)  # calls through it keep the GIL, as a fork must
python.syscall.restype = ctypes.c_long

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
CLONE_CHILD_CLEARTID, CLONE_CHILD_SETTID = 0x00200000, 0x01000000
SYS_CLONE3 = 435  # on every architecture
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_GET_TID_ADDRESS = 1, 4, 38, 40
PR_SET_SECCOMP, SECCOMP_MODE_FILTER, INSTRUCTION_BYTES = 22, 2, 8
CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534


def die_with_parent() -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def hide_processes() -> None:
    """Hide processes of other namespaces in /proc, because their names and number could carry
    messages. Children see only their own processes. The worker, which owns their namespaces, sees
    them all. Kernels before 5.8 cannot do this."""
    flags = MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC
    libc.mount(b"proc", b"/proc", b"proc", flags, b"hidepid=2")


def become_nobody() -> None:
    """Give up all rights. If this is root, become the user `nobody`: root is exempt from the limit
    on processes, and owns files that a student must not own."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # otherwise /proc/self/uid_map stays root's
    drop_capabilities()


def fork_into_namespaces() -> int:
    """Like `os.fork`, but the child is PID 1 in new namespaces of every kind. One system call does
    both; with `unshare` another process would be needed between them. The caller must be
    single-threaded.
    """
    uid, gid = os.getuid(), os.getgid()
    thread = ctypes.c_uint64()  # where the C library keeps the thread's number, new in the child
    flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS
    if libc.prctl(PR_GET_TID_ADDRESS, ctypes.byref(thread), 0, 0, 0) == 0:  # few kernels lack it
        flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID
    wanted = (ctypes.c_uint64 * 8)(flags, 0, thread.value, 0, signal.SIGCHLD)
    python.PyOS_BeforeFork()
    pid: int = python.syscall(SYS_CLONE3, ctypes.byref(wanted), ctypes.sizeof(wanted))
    if pid != 0:
        number = ctypes.get_errno()
        python.PyOS_AfterFork_Parent()
        _checked(min(pid, 0), "clone3", number)
        return pid
    python.PyOS_AfterFork_Child()
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")
    return 0


def enter_group(*doors: int) -> None:
    """Enter the control group that the trusted side has made for this child, if there is one. If
    the kernel does not allow this from within a namespace, the other limits remain."""
    for door in doors:
        with contextlib.suppress(OSError):
            os.write(door, b"0")
        os.close(door)


def private_folders(size_mb: int) -> None:
    """Mount a new /tmp and /dev/shm that no other child sees, and work in an empty folder. Whatever
    the jail shows read-only below /tmp (a virtual environment may be there) is mounted again."""
    _checked(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
    shown = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    below = [place.replace("\\040", " ") for place in shown if place.startswith("/tmp/")]
    kept = {place: os.open(place, os.O_PATH) for place in below}
    options = f"size={size_mb}m,nr_inodes=4096,mode=1777".encode()
    for place in (b"/tmp", b"/dev/shm"):
        _checked(libc.mount(b"tmpfs", place, b"tmpfs", MS_NOSUID | MS_NODEV, options), "mount")
    for hidden, descriptor in kept.items():
        _show_again(f"/proc/self/fd/{descriptor}", hidden)
    os.mkdir("/tmp/work")
    os.chdir("/tmp/work")


def hide_packages(names: list[str]) -> None:
    """Mount an empty folder over each of these packages, unless the worker has loaded it itself. A
    block in Python's import system alone would not be enough: student code could remove it, start
    another Python, or load the package's files under other names."""
    for name in names:
        if name in sys.modules:
            continue
        for root in sys.path:  # the jail shows no other packages
            place = os.path.join(root, *name.split("."))
            if os.path.isdir(place):
                empty = b"size=4k,nr_inodes=1,mode=0555"
                _checked(
                    libc.mount(b"tmpfs", place.encode(), b"tmpfs", MS_RDONLY | MS_NOSUID, empty),
                    "mount",
                )


def _show_again(source: str, place: str) -> None:
    if os.path.isdir(source):
        os.makedirs(place, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        _write(place, "")
    _checked(libc.mount(source.encode(), place.encode(), None, MS_BIND | MS_REC, None), "mount")


def drop_capabilities() -> None:
    """Give up the capabilities that the new user namespace granted. "No new privileges" means that
    no program can regain them, so the bounding set does not have to be emptied."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(libc.capset(ctypes.byref(header), ctypes.byref(nothing)), "capset")
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def filter_calls(program: bytes) -> None:
    """Load a seccomp filter for this process and all that it starts. It cannot be removed."""
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    filled = _Program(len(program) // INSTRUCTION_BYTES, program)
    _checked(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filled), 0, 0), "seccomp")


def limit_resources(memory_mb: int | None, processes: int | None, file_mb: int, cpu_s: int) -> None:
    """Set this process's limits. The memory limit is on top of what the warm worker already holds.
    None leaves a limit unchanged."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for limit, value in (
        (resource.RLIMIT_AS, None if memory_mb is None else held + (memory_mb << 20)),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_FSIZE, file_mb << 20),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        if value is not None:
            resource.setrlimit(limit, (value, value))


def close_descriptors_but(keep: int) -> None:
    """Close every inherited descriptor except `keep`; 0, 1 and 2 become /dev/null."""
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.closerange(3, keep)
    os.closerange(
        keep + 1,
        resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 65536
        else 65536,
    )


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _checked(result: int, call: str, number: int | None = None) -> None:
    if result != 0:
        number = ctypes.get_errno() if number is None else number
        raise OSError(number, f"{call}: {os.strerror(number)}")
