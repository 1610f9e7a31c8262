"""What may cross the trust boundary, and how it is written down.

A message is an 8-byte length and a msgpack body. A value is None, bool, int, float, complex, str,
bytes, list, tuple, dict, a NumPy array or scalar of bool/int/uint/float/complex dtype, a handle
to an object that stays in the jail, or (towards the jail only) a callback. There is no pickle in
either direction, and decoding imports nothing, calls nothing of the sender's, and stays within
`Bounds`.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

HEADER = struct.Struct("<Q")
ARRAY, SCALAR, COMPLEX, TUPLE, BIG_INT, HANDLE, CALLBACK = range(1, 8)
DTYPE_KINDS = "biufc"
BIG_INT_BYTES = 1024  # Python refuses to print an integer of more than 4,300 digits


class ProtocolError(Exception):
    """The other side sent what no honest sender sends."""


class NotAValue(TypeError):
    """An object that may not cross and for which there is no handle here."""


class Gone(Exception):
    """The other side has closed the channel."""


class OutOfTime(Exception):
    """No whole message came before the deadline."""


@dataclass(frozen=True)
class Bounds:
    """How large and how deep a message may be."""

    message_bytes: int = 64 << 20
    depth: int = 32
    items: int = 1_000_000  # containers' entries, in all


@dataclass(frozen=True)
class Remote:
    """A handle or callback as it is written down: a number, and a type name to speak of it by."""

    number: int
    type_name: str = ""


DEFAULT_BOUNDS = Bounds()


def encode(
    value: Any,
    wrap: Callable[[Any], tuple[int, Remote]] | None = None,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> bytes:
    """Write a value down. `wrap` turns any other object into (HANDLE or CALLBACK, Remote)."""
    body = msgpack.packb(_plain(value, wrap, bounds.depth, _Room(bounds)), use_bin_type=True)
    if len(body) > bounds.message_bytes:
        raise _too_large(len(body), bounds)
    return body


def _too_large(size: int, bounds: Bounds) -> NotAValue:
    return NotAValue(
        f"the value takes {size >> 20} MB, and at most {bounds.message_bytes >> 20} MB may cross"
    )


class _Room:
    """Counts what a value takes while it is written down, so that one too large is not copied."""

    def __init__(self, bounds: Bounds):
        self.bounds = bounds
        self.items = self.bytes = 0

    def take_items(self, items: int) -> None:
        self.items += items + 3
        if self.items > self.bounds.items:
            raise NotAValue("lists and dicts of so many items may not cross: use an array")

    def take_bytes(self, size: int) -> None:
        self.bytes += size
        if self.bytes > self.bounds.message_bytes:
            raise _too_large(self.bytes, self.bounds)


def _plain(value: Any, wrap: Any, depth: int, room: _Room) -> Any:
    """The value in msgpack's own terms. Types are compared by identity: a subclass of str, int or
    ndarray is reduced to its base without calling any method that it may override."""
    kind = type(value)
    if value is None or kind in (bool, float, bytes):
        return value
    if kind is str:
        return value
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 63 else _big_int(value)
    if depth <= 0:
        raise NotAValue("the value is nested too deeply to cross")
    if kind in (list, tuple, dict):
        room.take_items(len(value))
    if kind is list:
        return [_plain(item, wrap, depth - 1, room) for item in list.__iter__(value)]
    if kind is tuple:
        items = [_plain(item, wrap, depth - 1, room) for item in value]
        return msgpack.ExtType(TUPLE, msgpack.packb(items, use_bin_type=True))
    if kind is dict:
        return {_key(key): _plain(item, wrap, depth - 1, room) for key, item in dict.items(value)}
    if kind is np.ndarray:
        return _array(value, room)
    if issubclass(kind, np.generic) and not issubclass(kind, (str, bytes)):
        return _array(np.asarray(value), room, SCALAR)
    if kind is complex:
        return msgpack.ExtType(COMPLEX, struct.pack("<dd", value.real, value.imag))
    if kind is Remote:
        return msgpack.ExtType(HANDLE, msgpack.packb([value.number, value.type_name]))
    if issubclass(kind, np.ndarray):
        return _array(np.ndarray.view(value, np.ndarray), room)
    for base in (bool, int, float, str, bytes):
        if issubclass(kind, base):
            return _plain(base.__new__(base, base.__getnewargs__(value)[0]), wrap, depth, room)
    for base in (tuple, list):
        if issubclass(kind, base):
            return _plain(base(base.__iter__(value)), wrap, depth, room)
    if issubclass(kind, dict):
        return _plain(dict(dict.items(value)), wrap, depth, room)
    if kind.__module__.partition(".")[0] in ("tensorflow", "jax", "jaxlib", "torch", "keras"):
        array = _from_tensor(value)
        if array is not None:
            return _array(array, room)
    if wrap is None:
        raise NotAValue(f"a {kind.__name__} may not cross")
    code, remote = wrap(value)
    return msgpack.ExtType(code, msgpack.packb([remote.number, remote.type_name[:200]]))


def _from_tensor(value: Any) -> np.ndarray | None:
    """A backend's tensor or a Keras variable as an array; None for a layer or a model."""
    name = type(value).__name__
    if name in ("EagerTensor", "ResourceVariable", "ArrayImpl", "Tensor", "Parameter"):
        array = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
    elif name in ("Variable", "KerasVariable"):
        array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    else:
        return None
    return array if array.dtype.kind in DTYPE_KINDS else array.astype(np.float32)


def _key(key: Any) -> Any:
    if type(key) in (str, int, float, bool, bytes) or key is None:
        return key
    raise NotAValue(f"a dict with a {type(key).__name__} for a key may not cross")


def _big_int(value: int) -> msgpack.ExtType:
    length = value.bit_length() // 8 + 1
    if length > BIG_INT_BYTES:
        raise NotAValue("the integer is too large to cross")
    return msgpack.ExtType(BIG_INT, value.to_bytes(length, "little", signed=True))


def _array(array: np.ndarray, room: _Room, code: int = ARRAY) -> msgpack.ExtType:
    if array.dtype.kind not in DTYPE_KINDS or array.dtype.itemsize > 16:
        raise NotAValue(f"an array of dtype {array.dtype} may not cross")
    room.take_bytes(array.nbytes)
    array = np.ascontiguousarray(array).reshape(array.shape)  # ascontiguousarray makes 0-d 1-d
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return msgpack.ExtType(
        code,
        msgpack.packb([array.dtype.str, list(array.shape), array.tobytes()], use_bin_type=True),
    )


def decode(
    body: bytes, unwrap: Callable[[int, Remote], Any] | None = None, bounds: Bounds = DEFAULT_BOUNDS
) -> Any:
    """Read a value; anything but a well-formed one within the bounds is a `ProtocolError`."""
    try:
        value = _Decoder(unwrap, bounds, len(body)).decode(body, bounds.depth)
        _refuse_deeper_than(bounds.depth, value)
        return value
    except ProtocolError:
        raise
    except Exception as error:  # msgpack has a dozen types for «this is no message»
        raise ProtocolError(f"not a message: {type(error).__name__}: {error}") from None


def _refuse_deeper_than(depth: int, value: Any) -> None:
    """msgpack alone reads a thousand nested lists, which nothing on this side could even print."""
    level = [value]
    while level:
        if depth < 0:
            raise ProtocolError("nested too deeply")
        level = [
            item
            for one in level
            if type(one) in (list, tuple, dict)
            for item in (one.values() if type(one) is dict else one)
            if type(item) in (list, tuple, dict)
        ]
        depth -= 1


class _Decoder:
    """One message being read: counts what it has taken against the bounds."""

    def __init__(self, unwrap: Callable[[int, Remote], Any] | None, bounds: Bounds, size: int):
        self.unwrap = unwrap
        self.left = bounds.items
        self.bytes_left = (1 << 20) + 8 * size  # each level of extensions is copied once more

    def decode(self, body: bytes, depth: int) -> Any:
        if depth <= 0:
            raise ProtocolError("nested too deeply")
        return msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=False,
            use_list=True,
            timestamp=1,
            list_hook=self._list,
            object_pairs_hook=self._dict,
            ext_hook=lambda code, data: self._extension(code, data, depth),
            max_array_len=self.left,
            max_map_len=self.left,
        )

    def _spend(self, items: int) -> None:
        self.left -= items + 1
        if self.left < 0:
            raise ProtocolError("too many items")

    def _list(self, items: list) -> list:
        self._spend(len(items))
        return items

    def _dict(self, pairs: list) -> dict:
        self._spend(len(pairs))
        if any(type(key) not in (str, int, float, bool, bytes, type(None)) for key, _ in pairs):
            raise ProtocolError("a dict's key is no plain value")
        return dict(pairs)

    def _extension(self, code: int, data: bytes, depth: int) -> Any:
        self._spend(1)
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise ProtocolError("extensions are nested around too much")
        if code == COMPLEX:
            return complex(*struct.unpack("<dd", data))
        if code == BIG_INT:
            if len(data) > BIG_INT_BYTES:
                raise ProtocolError("an integer is too large")
            return int.from_bytes(data, "little", signed=True)
        value = self.decode(data, depth - 1)
        if not isinstance(value, list):
            raise ProtocolError(f"extension {code} holds no list")
        if code == TUPLE:
            return tuple(value)
        if code in (ARRAY, SCALAR):
            return self._array(code, *value)
        if code in (HANDLE, CALLBACK):
            number, type_name = value
            if type(number) is not int or type(type_name) is not str:
                raise ProtocolError("a handle is a number and a name")
            if self.unwrap is None:
                raise ProtocolError("there are no handles here")
            return self.unwrap(code, Remote(number, type_name))
        raise ProtocolError(f"unknown extension {code}")

    def _array(self, code: int, dtype: str, shape: list, data: bytes) -> Any:
        if type(dtype) is not str or len(dtype) > 5 or dtype[1:2] not in tuple(DTYPE_KINDS):
            raise ProtocolError(f"dtype {dtype!r} may not cross")
        kind = np.dtype(dtype)
        if len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
            raise ProtocolError("an array's shape is a list of sizes")
        if math.prod(shape) * kind.itemsize != len(data):
            raise ProtocolError("an array's size is not that of its data")
        array = np.frombuffer(data, kind).reshape(shape).copy()
        array = array.astype(kind.newbyteorder("="), copy=False)
        return array[()] if code == SCALAR else array


class Channel:
    """Whole messages over a socket, each within its deadline and its size."""

    def __init__(self, sock: socket.socket, bounds: Bounds = DEFAULT_BOUNDS):
        self.sock = sock
        self.bounds = bounds
        self.ahead = bytearray()  # what has come beyond the message being read

    def send(self, body: bytes, deadline: float | None = None) -> None:
        self.send_all([body], deadline)

    def send_all(self, bodies: list[bytes], deadline: float | None = None) -> None:
        try:
            self.sock.settimeout(_left(deadline))
            self.sock.sendall(
                b"".join(part for body in bodies for part in (HEADER.pack(len(body)), body))
            )
        except TimeoutError:
            raise OutOfTime from None
        except OSError:
            raise Gone from None

    def receive(self, deadline: float | None = None) -> bytes:
        (length,) = HEADER.unpack(self._read(HEADER.size, deadline))
        if length > self.bounds.message_bytes:
            raise ProtocolError(
                f"a message of {length} bytes, and {self.bounds.message_bytes >> 20} MB are allowed"
            )
        return self._read(length, deadline)

    def _read(self, size: int, deadline: float | None) -> bytes:
        while len(self.ahead) < size:
            try:
                self.sock.settimeout(_left(deadline))
                chunk = self.sock.recv(min(max(size - len(self.ahead), 1 << 16), 1 << 20))
            except TimeoutError:
                raise OutOfTime from None
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


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.001, deadline - time.monotonic())
