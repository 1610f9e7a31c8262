# family = "exhaustion"
# tries = "opens files, pipes and sockets until no more are to be had"
# points = 0
# says = "Too many open files"
import os
import socket

held = []


def match_score(patch, filt):
    for _ in range(100_000):
        held.append((os.open("/dev/null", os.O_RDONLY), os.pipe(), socket.socketpair()))
