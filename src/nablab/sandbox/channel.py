"""Whole messages over a socket: an 8-byte length and a body, within a deadline and a size limit."""

from __future__ import annotations

import array
import socket
import struct
import time
from typing import Protocol

from nablab.sandbox.protocol import DEFAULT_BOUNDS, Bounds, ProtocolError

HEADER = struct.Struct("<Q")
MOST_DESCRIPTORS = 4  # per message


class Gone(Exception):
    """The other side has closed the channel."""


class OutOfTime(Exception):
    """No complete message came before the deadline."""


class Waits(Protocol):
    """An object that says how long to wait: a `Deadline`, or a child's allowance."""

    def left(self) -> float:
        """Seconds until it should be asked again; raises `OutOfTime` when the time is over."""


class Deadline:
    """A deadline some seconds from now, by the wall clock."""

    def __init__(self, seconds: float):
        self.at = time.monotonic() + seconds

    def left(self) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left


class Channel:
    """Sends and receives whole messages over a socket, within a deadline and a size limit."""

    def __init__(self, sock: socket.socket, bounds: Bounds = DEFAULT_BOUNDS):
        self.sock = sock
        self.bounds = bounds
        self.ahead = bytearray()  # bytes received beyond the message being read

    def send(self, body: bytes, deadline: Waits | None = None) -> None:
        self.send_all([body], deadline)

    def send_all(self, bodies: list[bytes], deadline: Waits | None = None) -> None:
        self._send(
            b"".join(part for body in bodies for part in (HEADER.pack(len(body)), body)), deadline
        )

    def send_with(self, body: bytes, descriptors: list[int], deadline: Waits | None = None) -> None:
        """Send a message together with descriptors for the other side."""
        message = HEADER.pack(len(body)) + body
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        try:
            self.sock.settimeout(_left(deadline))
            sent = self.sock.sendmsg([message], rights if descriptors else [])
        except TimeoutError:
            raise OutOfTime from None
        except OSError:
            raise Gone from None
        self._send(message[sent:], deadline)

    def _send(self, message: bytes, deadline: Waits | None) -> None:
        rest = memoryview(message)
        while rest:
            try:
                self.sock.settimeout(_left(deadline))
                rest = rest[self.sock.send(rest) :]
            except TimeoutError:
                continue  # the deadline says whether there is more
            except OSError:
                raise Gone from None

    def receive_with(self, deadline: Waits | None = None) -> tuple[bytes, list[int]]:
        """A message and the descriptors that came with it. Nothing may have been read ahead."""
        descriptors = array.array("i")
        space = socket.CMSG_SPACE(MOST_DESCRIPTORS * descriptors.itemsize)
        try:
            self.sock.settimeout(_left(deadline))
            header, ancillary, _, _ = self.sock.recvmsg(HEADER.size, space, socket.MSG_WAITALL)
        except TimeoutError:
            raise OutOfTime from None
        except OSError:
            raise Gone from None
        if not header:
            raise Gone
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
        (length,) = HEADER.unpack(header)
        return self._read(length, deadline), list(descriptors)

    def receive(self, deadline: Waits | None = None) -> bytes:
        (length,) = HEADER.unpack(self._read(HEADER.size, deadline))
        if length > self.bounds.message_bytes:
            raise ProtocolError(
                f"a message of {length} bytes, but {self.bounds.message_bytes >> 20} MB are allowed"
            )
        return self._read(length, deadline)

    def _read(self, size: int, deadline: Waits | None) -> bytes:
        while len(self.ahead) < size:
            try:
                self.sock.settimeout(_left(deadline))
                chunk = self.sock.recv(min(max(size - len(self.ahead), 1 << 16), 1 << 20))
            except TimeoutError:
                continue  # the deadline says whether there is more
            except OSError:
                raise Gone from None
            if not chunk:
                raise Gone
            self.ahead += chunk
        taken = bytes(self.ahead[:size])
        del self.ahead[:size]
        return taken

    def close(self) -> None:
        self.sock.close()


def _left(deadline: Waits | None) -> float | None:
    return None if deadline is None else max(0.001, deadline.left())
