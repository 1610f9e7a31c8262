"""The filter of system calls: what it leaves a student's libraries, and that nothing else is there."""

import errno
import platform
import socket

import pytest

from nablab.sandbox import seccomp

pyseccomp = pytest.importorskip("pyseccomp")

SOURCE = """
import ctypes, mmap, os, socket, subprocess, threading

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(number, *args):
    '''Its error's number, 0 if it succeeded. Arguments are whole registers.'''
    args = [ctypes.c_ulong(arg % (1 << 64)) for arg in args]
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *args) < 0 else 0

def calls(numbers):
    return [call(number, *[(1 << 64) - 1] * 6) for number in numbers]

def works():
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    done = subprocess.run(["/bin/echo", "hello"], capture_output=True)
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    here, there = socket.socketpair()
    here.send(b"x")
    return done.stdout, os.waitpid(pid, 0)[1] >> 8, len(mmap.mmap(-1, 1 << 20)), there.recv(1)
"""
HIGH = 1 << 32  # a bit that the kernel does not take of an int
NEW_USER = 0x10000000
LOCK_SHARED, GET_LOCK, LOCK, LEASE, NOTIFY = 1, 5, 6, 1024, 1026
PAGE_OUT, COLD = 21, 20
OF_PROBES = {335, 336}  # uretprobe and uprobe: no filter sees them; who calls them is killed
RAW, SCTP, MULTIPATH = socket.SOCK_RAW, 132, 262


def number_of(name):
    return pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)


@pytest.fixture
def inside(student):
    return student(SOURCE)


@pytest.fixture
def tried(inside):
    """How a call by its name ends in the jail."""
    return lambda name, *args: inside.call(number_of(name), *args)


def test_every_call_that_is_not_allowed_is_refused(inside):
    """Without the filter most of these would fail by their arguments, with other numbers."""
    by_argument = {name for name, _ in seccomp._by_argument(pyseccomp, False)}
    allowed = {name for group in seccomp.ALLOWED.values() for name in group.split()} | by_argument
    known = {number_of(name) for name in allowed if seccomp._known(pyseccomp, name)}
    others = [number for number in range(600) if number not in known | OF_PROBES]
    assert set(inside.calls(others)) == {errno.EPERM, errno.ENOSYS}


@pytest.mark.parametrize("extra", [0, HIGH, 0xFFFF << 32], ids=["", "with a high bit", "with many"])
@pytest.mark.parametrize(
    "name, arguments, place",
    [
        ("socket", (socket.AF_NETLINK, RAW, 0), 0),
        ("socket", (40, socket.SOCK_STREAM, 0), 0),  # AF_VSOCK
        ("socket", (17, RAW, 3), 0),  # AF_PACKET
        ("socket", (38, 5, 0), 0),  # AF_ALG: the kernel's cryptography
        ("socket", (socket.AF_INET, RAW, 1), 1),
        ("socket", (socket.AF_INET, socket.SOCK_STREAM, SCTP), 2),
        ("socket", (socket.AF_INET, socket.SOCK_STREAM, MULTIPATH), 2),
        ("socketpair", (30, socket.SOCK_STREAM, 0, 0), 0),  # AF_TIPC
        ("fcntl", (0, GET_LOCK, 0), 1),
        ("fcntl", (0, LOCK, 0), 1),
        ("fcntl", (0, 36, 0), 1),
        ("fcntl", (0, LEASE, 0), 1),
        ("fcntl", (0, NOTIFY, 1), 1),
        ("madvise", (0, 4096, PAGE_OUT), 2),
        ("madvise", (0, 4096, COLD), 2),
        ("ioctl", (0, 0x5412, 0), 1),  # TIOCSTI: types into a terminal
        ("ioctl", (0, 0xB701, 0), 1),
        ("prctl", (22, 2, 0), 0),  # PR_SET_SECCOMP
        ("prctl", (59, 1, 0), 0),  # PR_SET_SYSCALL_USER_DISPATCH
        ("setsockopt", (0, socket.IPPROTO_IP, 64, 0, 0), 1),  # of the kernel's packet filter
        ("clone", (NEW_USER | 17, 0, 0, 0, 0), 0),
        ("clone", (0x02000000 | 17, 0, 0, 0, 0), 0),
    ],
)
def test_an_argument_is_compared_as_the_kernel_takes_it(tried, name, arguments, place, extra):
    changed = [one | extra if n == place else one for n, one in enumerate(arguments)]
    assert tried(name, *changed) == errno.EPERM


@pytest.mark.parametrize(
    "name, expected",
    [
        ("flock", errno.ENOSYS),
        ("clone3", errno.ENOSYS),
        *(
            (name, errno.EPERM)
            for name in [
                "inotify_init1",
                "inotify_add_watch",
                "fanotify_init",
                "fadvise64",
                "readahead",
                "mincore",
                "preadv2",
                "pwritev2",
                "sync_file_range",
                "setsid",
                "memfd_create",
                "shmget",
                "mq_open",
                "keyctl",
                "ptrace",
                "bpf",
                "unshare",
                "mount",
                "io_uring_setup",
                "userfaultfd",
                "perf_event_open",
                "personality",
                "setuid",
            ]
        ),
    ],
)
def test_ways_to_another_process_and_to_the_kernels_riskier_code_are_refused(tried, name, expected):
    assert tried(name, 0, 0, 0, 0, 0, 0) == expected


@pytest.mark.parametrize(
    "family, kind",
    [(socket.AF_UNIX, socket.SOCK_STREAM), (socket.AF_UNIX, socket.SOCK_SEQPACKET)]
    + [(family, kind) for family in seccomp.FAMILIES for kind in seccomp.KINDS],
)
def test_sockets_of_the_network_namespace_are_left(tried, family, kind):
    assert tried("socket", family, kind | socket.SOCK_CLOEXEC, 0) == 0
    assert tried("socket", family | HIGH, kind, 0) == 0  # the kernel takes it for the same


def test_threads_programs_forks_sockets_and_memory_are_left(inside):
    assert inside.works() == (b"hello\n", 7, 1 << 20, b"x")


def test_jupyters_own_filter_leaves_a_session_and_the_list_of_interfaces():
    names = {name for name, _ in seccomp._by_argument(pyseccomp, True)}
    assert "setsid" not in names  # it is allowed whatever its arguments
    assert len(seccomp.program(jupyter=True)) > len(seccomp.program())
    assert len(seccomp.program(gpu=True)) != len(seccomp.program())


def test_the_names_are_calls_that_libseccomp_knows_and_each_is_there_once():
    names = [name for group in seccomp.ALLOWED.values() for name in group.split()]
    assert len(names) == len(set(names))
    if platform.machine() == "x86_64":
        unknown = {name for name in names if not seccomp._known(pyseccomp, name)}
        assert unknown <= {"fstatat64", "futex_wake", "futex_wait", "futex_requeue", "fchmodat2"}
    assert len(seccomp.program()) % 8 == 0
