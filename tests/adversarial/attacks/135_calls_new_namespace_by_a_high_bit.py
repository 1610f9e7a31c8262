# family = "system calls"
# tries = "forks into a user namespace of its own, with more bits set than the kernel takes"
# points = 0
# says = "refused|PermissionError"
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *args):
    args = [ctypes.c_ulong(one) for one in args]
    if libc.syscall(ctypes.c_long(number), *args) < 0:
        raise OSError(ctypes.get_errno(), f"refused: {os.strerror(ctypes.get_errno())}")
    return 1.0


def match_score(patch, filt):
    return call(56, 0x10000000 | 17 | 1 << 33, 0, 0, 0, 0)
