# family = "protocol"
# tries = "hands its channel to a helper process that goes on answering"
# at_most = 1.2
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


if os.fork() == 0:
    os.setsid()
    time.sleep(0.3)
    for number in range(2, 100):
        put(msgpack.packb({"id": number, "value": 1.0}))
    time.sleep(99)


def match_score(patch, filt):
    time.sleep(0.4)
    return 1.0
