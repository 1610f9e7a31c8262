# family = "protocol"
# tries = "answers the call itself, with a number that equals the call's and is no whole one"
# points = 0
# suspicious = "a reply to another call"
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


def asked():
    return next(
        one["id"] for one in gc.get_objects() if type(one) is dict and {"id", "op"} <= set(one)
    )


def match_score(patch, filt):
    put(msgpack.packb({"id": float(asked()), "value": 1.0}))
    time.sleep(9)
