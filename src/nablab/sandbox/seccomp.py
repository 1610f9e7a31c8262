"""A filter that lets student code make only the system calls on a list.

Namespaces, capabilities and limits already forbid most of the others. The filter also puts the
kernel's own code for them out of reach, where most ways out of a sandbox were found. And it closes
gaps that namespaces leave open: memory that no limit counts, sockets that no network namespace
holds, and messages between processes through a file that both can read (locks, watches, the
contents of the page cache).

An argument arrives in 64 bits, but the kernel uses only 32 of them. So only these 32 are compared.

The filter is made on the trusted side, by libseccomp. Each child loads it before it runs any of the
student's code.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from nablab.errors import NoJail

ALLOWED = {
    "files": (
        "read write readv writev pread64 pwrite64 preadv pwritev lseek open openat openat2 creat "
        "close close_range dup dup2 dup3 pipe pipe2 sendfile copy_file_range splice tee truncate "
        "ftruncate fallocate fsync fdatasync"
    ),
    "names of files": (
        "stat lstat fstat newfstatat fstatat64 statx access faccessat faccessat2 getdents "
        "getdents64 getcwd chdir fchdir rename renameat renameat2 mkdir mkdirat rmdir link linkat "
        "unlink unlinkat symlink symlinkat readlink readlinkat mknod mknodat chmod fchmod fchmodat "
        "fchmodat2 umask utime utimes utimensat futimesat statfs fstatfs getxattr lgetxattr "
        "fgetxattr listxattr llistxattr flistxattr"
    ),
    "memory": "mmap munmap mprotect mremap brk msync membarrier pkey_alloc pkey_free pkey_mprotect",
    "processes and threads": (
        "fork vfork execve execveat exit exit_group wait4 waitid getpid getppid gettid getpgrp "
        "getpgid setpgid getsid kill tkill tgkill pidfd_open pidfd_send_signal arch_prctl "
        "set_tid_address set_robust_list get_robust_list rseq futex futex_waitv futex_wake "
        "futex_wait futex_requeue"
    ),
    "sharing the machine": (
        "sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam "
        "sched_getscheduler sched_setscheduler "
        "sched_getattr sched_get_priority_max sched_get_priority_min getpriority setpriority "
        "getrlimit setrlimit prlimit64 getrusage times getcpu sysinfo uname"
    ),
    "who one is": ("getuid geteuid getgid getegid getresuid getresgid getgroups capget capset"),
    "signals": (
        "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait "
        "rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack pause alarm signalfd signalfd4 "
        "restart_syscall"
    ),
    "time": (
        "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getitimer "
        "setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete "
        "timerfd_create timerfd_settime timerfd_gettime getrandom"
    ),
    "waiting": (
        "select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait "
        "epoll_pwait2 eventfd eventfd2"
    ),
    "sockets": (
        "bind listen accept accept4 connect shutdown getsockname getpeername getsockopt sendto "
        "recvfrom sendmsg recvmsg sendmmsg recvmmsg"
    ),
}
"""These are left out on purpose, besides all calls that need rights:

flock, inotify, fadvise64, readahead, mincore, cachestat, preadv2 and fanotify, because two
processes could use them to communicate through a file that both read; setsid, because a process
could leave its share of the processor; memfd, System V and POSIX queues, because no limit counts
their memory; and io_uring, bpf, userfaultfd, perf_event_open, ptrace and keyctl."""

FCNTL = (0, 1, 2, 3, 4, 8, 9, 10, 11, 1030, 1031, 1032)  # neither locks nor watches
IOCTL = (0x5401, 0x5402, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A)  # of terminals
MADVISE = (0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 22, 23)  # no PAGEOUT
PRCTL = (1, 2, 3, 4, 15, 16, 21, 23, 29, 30, 38, 39, 41, 42, 0x53564D41)
SIZES = 0xFFFFFFFF  # the 32 bits that the kernel uses of an int
KINDS, PROTOCOLS = (socket.SOCK_STREAM, socket.SOCK_DGRAM), (0, 6, 17)  # TCP and UDP
KIND = 0xF  # the bits of a socket's kind, without its flags
FAMILIES = (socket.AF_INET, socket.AF_INET6)
OPTIONS = (socket.SOL_SOCKET, socket.IPPROTO_TCP, socket.IPPROTO_IPV6)
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW… flag
FOR_JUPYTER = "setsid"  # its kernel is started in a new session
FOR_GPU = "ioctl get_mempolicy set_mempolicy mbind memfd_create"  # needed by its driver

Rule = tuple[str, tuple[Any, ...]]


@lru_cache
def program(jupyter: bool = False, gpu: bool = False) -> bytes:
    """The filter in the kernel's format. For `jupyter` it also allows a new session, and sockets
    that list the network interfaces; for a `gpu`, the calls that its driver needs."""
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise NoJail(
            f"The jail filters system calls with libseccomp, which cannot be loaded ({error}). Run "
            "`apt install libseccomp2` or `dnf install libseccomp`, and "
            "`pip install 'nablab[grader]'`."
        ) from None
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    names = " ".join(ALLOWED.values())
    for more, wanted in ((FOR_JUPYTER, jupyter), (FOR_GPU, gpu)):
        names += f" {more}" if wanted else ""
    given = set(names.split())
    for name in sorted(given):
        if _known(seccomp, name):
            rules.add_rule(seccomp.ALLOW, name)
    for name, arguments in _by_argument(seccomp, jupyter):
        if name not in given and _known(seccomp, name):
            rules.add_rule(seccomp.ALLOW, name, *arguments)
    # Libraries try these first and do without them on a kernel that lacks them. clone3 hides its
    # flags in memory; without it the C library falls back to clone.
    for name in ("clone3", "flock"):
        rules.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _by_argument(seccomp: Any, jupyter: bool) -> Iterator[Rule]:
    """Calls that are allowed only for some values of an argument."""

    def equals(place: int, value: int, mask: int = SIZES) -> Any:
        return seccomp.Arg(place, seccomp.MASKED_EQ, mask, value)

    yield "clone", (equals(0, 0, NEW_NAMESPACES),)
    for call, place, values in (
        ("fcntl", 1, FCNTL),
        ("ioctl", 1, IOCTL),
        ("madvise", 2, MADVISE),
        ("prctl", 0, PRCTL),
        ("setsockopt", 1, OPTIONS),
    ):
        for value in values:
            yield call, (equals(place, value),)
    for call in ("socket", "socketpair"):
        yield call, (equals(0, socket.AF_UNIX),)
    for family in FAMILIES:
        for kind in KINDS:
            for protocol in PROTOCOLS:
                yield "socket", (equals(0, family), equals(1, kind, KIND), equals(2, protocol))
    if jupyter:
        yield "socket", (equals(0, socket.AF_NETLINK),)


def _known(seccomp: Any, name: str) -> bool:
    """Whether this libseccomp and this processor have a call with that name."""
    try:
        number: int = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        return number >= 0
    except (OSError, ValueError):
        return False
