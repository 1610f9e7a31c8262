"""The system calls that student code may not make, as a filter for the kernel.

Namespaces, capabilities and limits already forbid what these calls are for. The filter takes the
kernel's own code for them out of reach, where most ways out of a sandbox were found, and closes
doors that namespaces leave open: memory that no limit counts, and sockets that no network
namespace holds. Everything else is allowed, for a student's libraries need most of it.

The program is made on the trusted side, by libseccomp, and loaded by each child before it runs a
line of a student's.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from functools import lru_cache

from nablab.errors import NoJail

FORBIDDEN = {
    "namespaces and mounts": (
        "mount umount2 pivot_root chroot setns unshare move_mount open_tree fsopen fsmount fspick "
        "fsconfig mount_setattr open_by_handle_at name_to_handle_at quotactl swapon swapoff"
    ),
    "other processes": "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd",
    "the kernel itself": (
        "bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register "
        "kexec_load kexec_file_load init_module finit_module delete_module reboot syslog acct "
        "lookup_dcookie iopl ioperm modify_ldt vhangup nfsservctl personality fanotify_init"
    ),
    "its clocks and keys": (
        "settimeofday clock_settime clock_adjtime adjtimex add_key request_key keyctl"
    ),
    "memory that is in no limit": "memfd_create memfd_secret shmget msgget semget",
}
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW… flag
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)


@lru_cache
def program(netlink: bool = False) -> bytes:
    """The filter, as the kernel takes it; `netlink` leaves the sockets by which a program asks
    which network interfaces there are: Jupyter's does, and ends where it may not."""
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise NoJail(
            f"The jail filters system calls with libseccomp, and it cannot be loaded ({error}): "
            "`apt install libseccomp2` or `dnf install libseccomp`, and "
            "`pip install 'nablab[grader]'`."
        ) from None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    for names in FORBIDDEN.values():
        for name in names.split():
            if _known(seccomp, name):
                rules.add_rule(refused, name)
    # clone3 hides its flags in memory: without it the C library falls back to clone
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for bit in range(32):
        flag = 1 << bit
        if NEW_NAMESPACES & flag:
            rules.add_rule(refused, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    allowed = (*FAMILIES, socket.AF_NETLINK) if netlink else FAMILIES
    for family in range(46):  # AF_VSOCK and others are in no network namespace
        if family not in allowed:
            rules.add_rule(refused, "socket", seccomp.Arg(0, seccomp.EQ, family))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _known(seccomp: object, name: str) -> bool:
    """Whether this libseccomp and this processor have a call of that name."""
    try:
        return seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0  # type: ignore[attr-defined]
    except (OSError, ValueError):
        return False
