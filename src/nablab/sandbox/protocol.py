"""The values that may cross the trust boundary, and how they are encoded.

A message's body is msgpack. A value is None, bool, int, float, complex, str,
bytes, list, tuple, dict, a NumPy array or scalar of bool/int/uint/float/complex dtype, a handle
to an object that stays in the jail, or (only towards the jail) a callback. There is no pickle in
either direction. Decoding imports nothing, calls none of the sender's code, and stays within
`Bounds`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

ARRAY, SCALAR, COMPLEX, TUPLE, PLAIN, BIG_INT, HANDLE, CALLBACK, SPREAD = range(1, 10)
CONTAINERS = {list, tuple, dict}
KEYS = {str, int, float, bool, bytes, type(None)}
DTYPE_KINDS = "biufc"
DTYPE_BYTES = 5  # "<c16"
ARRAY_HEAD = struct.Struct(f"<{DTYPE_BYTES}sB")
SMALL = 1 << 20
BIG_INT_BYTES = 1024  # Python refuses to print an integer of more than 4,300 digits


class ProtocolError(Exception):
    """The other side sent something that no honest sender sends."""


class NotAValue(TypeError):
    """An object that may not cross the boundary, and for which there is no handle here."""


@dataclass(frozen=True)
class Bounds:
    """How large and how deep a message may be."""

    message_bytes: int = 64 << 20
    depth: int = 32
    items: int = 1_000_000  # entries of all containers together


@dataclass(frozen=True)
class Remote:
    """A handle or callback as it is encoded: a number, and a type name for messages."""

    number: int
    type_name: str = ""


DEFAULT_BOUNDS = Bounds()


def encode(
    value: Any,
    wrap: Callable[[Any], tuple[int, Remote]] | None = None,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> bytes:
    """Encode a value. `wrap` turns any other object into (HANDLE or CALLBACK, Remote)."""
    body = _Encoder(wrap, bounds).encode(value, bounds.depth)
    if len(body) > bounds.message_bytes:
        raise _too_large(len(body), bounds)
    return body


def _too_large(size: int, bounds: Bounds) -> NotAValue:
    return NotAValue(
        f"the value takes {size >> 20} MB, but at most {bounds.message_bytes >> 20} MB may cross"
    )


def measured(value: Any, depth: int, items: int) -> int:
    """The number of entries in all lists, tuples and dicts of a value. A ValueError says what is
    wrong if they are nested deeper than `depth`, have more than `items`, or have an odd key."""
    count = 0
    level = [value]
    while True:
        level = [one for one in level if type(one) in CONTAINERS]
        if not level:
            return count
        if depth <= 0:
            raise ValueError("the value is nested too deeply to cross")
        count += sum(map(len, level)) + 3 * len(level)
        if count > items:
            raise ValueError("lists and dicts of so many items may not cross: use an array")
        for one in level:
            if type(one) is dict and not KEYS.issuperset(map(type, one)):
                odd = next(type(key).__name__ for key in one if type(key) not in KEYS)
                raise ValueError(f"a dict with a {odd} as a key may not cross")
        level = [item for one in level for item in (one.values() if type(one) is dict else one)]
        depth -= 1


class _Encoder:
    """One message being encoded. msgpack encodes values that are exactly of its own types, and
    passes the rest to `_other`. There a subclass of str, int or ndarray is reduced to its base,
    without calling any method that it may override."""

    def __init__(self, wrap: Any, bounds: Bounds):
        self.wrap = wrap
        self.bounds = bounds
        self.depth = bounds.depth
        self.items = bounds.items  # still allowed
        self.bytes = bounds.message_bytes  # still allowed; an array that is too large is not copied

    def encode(self, value: Any, depth: int) -> bytes:
        try:
            self.items -= measured(value, depth, self.items)
        except ValueError as error:
            raise NotAValue(str(error)) from None
        self.depth, outer = depth, self.depth
        try:
            body: bytes = msgpack.packb(value, default=self._other, strict_types=True)
            return body
        finally:
            self.depth = outer

    def _other(self, value: Any) -> msgpack.ExtType:
        base: Any  # a built-in type; its own methods are called on the instance
        kind = type(value)
        if kind is np.ndarray:
            return self._array(value)
        if kind is tuple:
            return msgpack.ExtType(TUPLE, self.encode(list(value), self.depth - 1))
        if kind is int:
            return _big_int(value)
        if issubclass(kind, np.generic) and not issubclass(kind, (str, bytes)):
            return self._array(np.asarray(value), SCALAR)
        if kind is complex:
            return msgpack.ExtType(COMPLEX, struct.pack("<dd", value.real, value.imag))
        if kind is Remote:
            return _remote(HANDLE, value)
        if issubclass(kind, np.ndarray):
            return self._array(np.ndarray.view(value, np.ndarray))
        for base in (bool, int, float, str, bytes):
            if issubclass(kind, base):
                return self._base(base.__new__(base, base.__getnewargs__(value)[0]))
        for base in (tuple, list):
            if issubclass(kind, base):
                return self._base(base(base.__iter__(value)))
        if issubclass(kind, dict):
            return self._base(dict(dict.items(value)))
        if kind.__module__.partition(".")[0] in ("tensorflow", "jax", "jaxlib", "torch", "keras"):
            array = _from_tensor(value)
            if array is not None:
                return self._array(array)
        if self.wrap is None:
            raise NotAValue(f"a {kind.__name__} may not cross")
        return _remote(*self.wrap(value))

    def _base(self, value: Any) -> msgpack.ExtType:
        """Encode the base that a subclass's value is reduced to. msgpack asks only once for it."""
        if type(value) is tuple:
            return self._other(value)
        return msgpack.ExtType(PLAIN, self.encode(value, self.depth - 1))

    def _array(self, array: np.ndarray, code: int = ARRAY) -> msgpack.ExtType:
        """dtype, rank and shape, then the numbers in C order, little-endian. `SPREAD` says that
        they were not in C order, such as those of a transposed array, and must not be there."""
        dtype = array.dtype
        if dtype.kind not in DTYPE_KINDS or dtype.itemsize > 16:
            raise NotAValue(f"an array of dtype {dtype} may not cross")
        self.bytes -= array.nbytes
        if self.bytes < 0:
            raise _too_large(self.bounds.message_bytes - self.bytes, self.bounds)
        if code == ARRAY and not array.flags.c_contiguous:
            code = SPREAD
        if dtype.byteorder == ">":
            array = array.astype(dtype.newbyteorder("<"))
        head = struct.pack(
            f"<{DTYPE_BYTES}sB{array.ndim}Q", array.dtype.str.encode(), array.ndim, *array.shape
        )
        return msgpack.ExtType(code, head + array.tobytes())


def _remote(code: int, remote: Remote) -> msgpack.ExtType:
    return msgpack.ExtType(
        code, remote.number.to_bytes(8, "little") + remote.type_name[:200].encode(errors="replace")
    )


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


def _big_int(value: int) -> msgpack.ExtType:
    length = value.bit_length() // 8 + 1
    if length > BIG_INT_BYTES:
        raise NotAValue("the integer is too large to cross")
    return msgpack.ExtType(BIG_INT, value.to_bytes(length, "little", signed=True))


def decode(
    body: bytes, unwrap: Callable[[int, Remote], Any] | None = None, bounds: Bounds = DEFAULT_BOUNDS
) -> Any:
    """Decode a value. A malformed value, or one outside the bounds, is a `ProtocolError`."""
    try:
        value = _Decoder(unwrap, bounds, len(body)).decode(body, bounds.depth)
        measured(value, bounds.depth, bounds.items)
        return value
    except (ProtocolError, MemoryError):
        raise
    except Exception as error:  # msgpack has a dozen types for "this is not a message"
        raise ProtocolError(f"not a message: {type(error).__name__}: {error}") from None


class _Decoder:
    """One message being decoded. Counts what it has used against the bounds."""

    def __init__(self, unwrap: Callable[[int, Remote], Any] | None, bounds: Bounds, size: int):
        self.unwrap = unwrap
        self.left = bounds.items
        self.bytes_left = (1 << 20) + 8 * size  # each level of extensions is one more copy
        self.counting = size > SMALL  # a small message cannot hold too many

    def decode(self, body: bytes, depth: int) -> Any:
        if depth <= 0:
            raise ProtocolError("nested too deeply")
        return msgpack.unpackb(
            body,
            strict_map_key=False,
            timestamp=1,
            list_hook=self._counted if self.counting else None,
            object_hook=self._counted if self.counting else None,
            ext_hook=lambda code, data: self._extension(code, data, depth),
            max_array_len=self.left,
            max_map_len=self.left,
        )

    def _counted(self, items: list[Any] | dict[Any, Any]) -> list[Any] | dict[Any, Any]:
        self.left -= len(items) + 1
        if self.left < 0:
            raise ProtocolError("too many items")
        return items

    def _extension(self, code: int, data: bytes, depth: int) -> Any:
        self.left -= 1
        self.bytes_left -= len(data)
        if self.left < 0 or self.bytes_left < 0:
            raise ProtocolError("too many items, or extensions nested around too much")
        if code in (ARRAY, SCALAR, SPREAD):
            return _array(code, data)
        if code in (TUPLE, PLAIN):
            value = self.decode(data, depth - 1)
            if code == PLAIN:
                return value
            if type(value) is not list:
                raise ProtocolError("a tuple holds no list")
            return tuple(value)
        if code in (HANDLE, CALLBACK):
            if self.unwrap is None:
                raise ProtocolError("there are no handles here")
            if len(data) < 8:
                raise ProtocolError("a handle is a number and a name")
            number = int.from_bytes(data[:8], "little")
            return self.unwrap(code, Remote(number, data[8:].decode()))
        if code == COMPLEX:
            return complex(*struct.unpack("<dd", data))
        if code == BIG_INT:
            if len(data) > BIG_INT_BYTES:
                raise ProtocolError("an integer is too large")
            return int.from_bytes(data, "little", signed=True)
        raise ProtocolError(f"unknown extension {code}")


def _array(code: int, data: bytes) -> Any:
    """The array that `_Encoder._array` encoded. Its data is its own, writable copy."""
    name, rank = ARRAY_HEAD.unpack_from(data)
    name = name.rstrip(b"\0").decode("ascii")
    if name[1:2] not in tuple(DTYPE_KINDS) or rank > 32:
        raise ProtocolError(f"dtype {name!r} of rank {rank} may not cross")
    kind = np.dtype(name)
    shape = struct.unpack_from(f"<{rank}Q", data, ARRAY_HEAD.size)
    begin = ARRAY_HEAD.size + 8 * rank
    if math.prod(shape) * kind.itemsize != len(data) - begin:
        raise ProtocolError("an array's size is not that of its data")
    array = np.ndarray(shape, kind, data, begin).astype(kind.newbyteorder("="))
    if code == SPREAD:  # an answer that changes a flat view of such an array changes a copy
        return np.repeat(array, 2)[::2] if array.ndim == 1 else np.asfortranarray(array)
    return array[()] if code == SCALAR else array
