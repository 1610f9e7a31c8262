# family = "exhaustion"
# tries = "fills every folder that it may write to, with large files and with small ones"
# points = 0
# says = "full"
import errno


def match_score(patch, filt):
    ended = set()
    for folder in ("/tmp", "/dev/shm", "."):
        for size in (1 << 20, 1):
            for number in range(10_000):
                try:
                    with open(f"{folder}/{size}-{number}", "wb") as file:
                        file.write(bytes(size))
                except OSError as error:
                    ended.add(error.errno)
                    break
            else:
                raise RuntimeError("ten thousand files and no end")
    raise OSError(f"full: {ended <= {errno.ENOSPC, errno.EFBIG}}")
