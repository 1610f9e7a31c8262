"""The filter of system calls: what it takes away, and what a student's libraries keep."""

import errno

import pytest

from nablab.sandbox import seccomp

SOURCE = """
import ctypes, mmap, os, socket, subprocess, threading

libc = ctypes.CDLL(None, use_errno=True)

def call(number, *args):
    libc.syscall.restype = ctypes.c_long
    return ctypes.get_errno() if libc.syscall(number, *args) < 0 else 0

def tried(name, *args):
    function = getattr(libc, name)
    return ctypes.get_errno() if function(*args) == -1 else 0

def family(number):
    try:
        socket.socket(number, socket.SOCK_DGRAM).close()
    except OSError as error:
        return error.errno
    return 0

def works():
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    done = subprocess.run(["/bin/echo", "hello"], capture_output=True)
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    return done.stdout, os.waitpid(pid, 0)[1] >> 8, len(mmap.mmap(-1, 1 << 20))
"""
NUMBERS = {"x86_64": {"bpf": 321, "io_uring_setup": 425, "userfaultfd": 323, "keyctl": 250}}


@pytest.fixture
def inside(student):
    return student(SOURCE)


@pytest.mark.parametrize("name", ["ptrace", "memfd_create", "shmget", "mount", "unshare", "setns"])
def test_a_forbidden_call_is_refused(inside, name):
    arguments = {"memfd_create": [b"x", 0], "shmget": [0, 4096, 0o1600], "unshare": [0x10000000]}
    arguments |= {"mount": [b"none", b"/tmp", b"tmpfs", 0, None], "ptrace": [0, 0, None, None]}
    assert inside.tried(name, *arguments.get(name, [0, 0])) == errno.EPERM


def test_calls_that_no_library_wraps_are_refused_too(inside):
    import platform

    if platform.machine() not in NUMBERS:
        pytest.skip("system calls have other numbers on this processor")
    for name, number in NUMBERS[platform.machine()].items():
        assert inside.call(number, 0, 0, 0, 0, 0) == errno.EPERM, name


def test_no_new_namespace_is_made_by_fork(inside):
    import platform

    if platform.machine() != "x86_64":
        pytest.skip("system calls have other numbers on this processor")
    assert inside.call(56, 0x10000000 | 17, 0, 0, 0, 0) == errno.EPERM  # clone, a user namespace
    assert inside.call(435, 0, 0) == errno.ENOSYS  # clone3


@pytest.mark.parametrize("family, allowed", [(1, True), (2, True), (16, False), (40, False)])
def test_only_sockets_of_the_network_namespace(inside, family, allowed):
    assert (inside.family(family) == 0) == allowed


def test_threads_programs_forks_and_memory_are_left(inside):
    assert inside.works() == (b"hello\n", 7, 1 << 20)


def test_the_names_are_calls_that_libseccomp_knows():
    pyseccomp = pytest.importorskip("pyseccomp")
    names = [name for group in seccomp.FORBIDDEN.values() for name in group.split()]
    assert len(names) == len(set(names))
    known = [name for name in names if seccomp._known(pyseccomp, name)]
    assert len(known) > 0.8 * len(names), set(names) - set(known)
    assert len(seccomp.program()) % 8 == 0
