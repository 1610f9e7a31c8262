# family = "shared with others"
# tries = "locks a file that all can read, in each way that there is"
# points = 0
# says = "refused"
import fcntl
import os
import struct


def match_score(patch, filt):
    file = os.open(os.__file__, os.O_RDONLY)
    read_lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0)
    for way in (
        lambda: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB),
        lambda: fcntl.fcntl(file, fcntl.F_SETLK, read_lock),
        lambda: fcntl.fcntl(file, fcntl.F_OFD_SETLK, read_lock),
        lambda: fcntl.fcntl(file, fcntl.F_GETLK, read_lock),
        lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    ):
        try:
            way()
            return 1.0
        except OSError:
            pass
    raise OSError("refused")
