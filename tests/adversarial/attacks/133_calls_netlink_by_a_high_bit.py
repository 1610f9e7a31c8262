# family = "system calls"
# tries = "opens a netlink socket with a bit beyond those that the kernel takes of the number"
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
    return call(41, 16 | 1 << 32, 3, 0)
