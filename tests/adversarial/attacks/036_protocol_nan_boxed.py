# family = "protocol"
# tries = "hides numbers in the payloads of NaNs, and integers as floats"
# points = 0
import gc
import os
import stat
import struct
import time

import msgpack


def channel():
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                return number
        except OSError:
            pass


def put(body):
    os.write(channel(), struct.pack("<Q", len(body)) + body)


def match_score(patch, filt):
    boxed = np.array([0x7FF8_0000_0000_0000 + number for number in range(6)], np.uint64)
    if patch.size % 2:
        return float(boxed.view(float)[3])
    put(msgpack.packb({"id": 3, "value": 0.0})[:-8] + boxed.tobytes()[:8])
    return boxed.view(float)
