# family = "protocol"
# tries = "sends half a reply and waits"
# points = 0
# says = "more than"
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
    os.write(channel(), struct.pack("<Q", 100) + b"half")
    time.sleep(99)
