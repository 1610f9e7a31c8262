# family = "shared with others"
# tries = "asks which pages of a file that all can read are in memory, and puts them out"
# points = 0
# says = "refused|Operation not permitted"
import os


def match_score(patch, filt):
    file = os.open(os.__file__, os.O_RDONLY)
    try:
        os.preadv(file, [bytearray(4096)], 0, os.RWF_NOWAIT)
        return 1.0
    except OSError:
        pass
    try:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        return 1.0
    except OSError as error:
        raise OSError(f"refused: {error.strerror}") from None
