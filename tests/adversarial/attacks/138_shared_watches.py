# family = "shared with others"
# tries = "watches a folder that all can read, to see what others open"
# points = 0
# says = "refused"
import ctypes
import fcntl
import os

libc = ctypes.CDLL(None)


def match_score(patch, filt):
    if libc.inotify_init() >= 0 or libc.fanotify_init(0, 0) >= 0:
        return 1.0
    folder = os.open(os.path.dirname(os.__file__), os.O_RDONLY)
    try:
        fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS | fcntl.DN_MULTISHOT)
        return 1.0
    except OSError:
        raise OSError("refused") from None
