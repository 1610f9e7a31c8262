"""Arbitrary and half-right bytes into what the trusted side reads from a jail: a value or a refusal
within the bounds, never a hang, an import or any other exception.

A thousand cases each; twenty thousand in `make test-long`.
"""

import signal
import socket
import struct
import sys
from contextlib import contextmanager

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nablab.course import Limits
from nablab.sandbox import protocol
from nablab.sandbox.channel import Gone
from nablab.sandbox.clock import Both, Stopwatch, Used
from nablab.sandbox.host import Child
from nablab.sandbox.protocol import Bounds, ProtocolError, Remote
from nablab.sandbox.student import Handle, StudentError, value_of

BOUNDS = Bounds(message_bytes=1 << 16, depth=8, items=1000)
HANG_S = 20
FORBIDDEN_EVENTS = {
    "import",
    "exec",
    "compile",
    "open",
    "pickle.find_class",
    "marshal.loads",
    "os.system",
    "subprocess.Popen",
    "ctypes.dlopen",
}
watching: list[str] | None = None


def watch(event, args):
    if watching is not None and event in FORBIDDEN_EVENTS:
        watching.append(f"{event} {args!r:.100}")


sys.addaudithook(watch)


@contextmanager
def harmless():
    """Nothing is imported, compiled or opened, and it ends."""
    global watching

    def too_long(*_):
        raise AssertionError(f"it took more than {HANG_S} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    watching = []
    try:
        yield
        seen, watching = watching, None
        assert seen == []
    finally:
        watching = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def cases(test):
    """A test of 1,000 cases, and one of 20,000 for `make test-long`."""
    return pytest.mark.parametrize("count", [1000, pytest.param(20_000, marks=pytest.mark.long)])(
        test
    )


def fuzz(count, strategy, judge):
    settings(max_examples=count)(given(strategy)(judge))()


# What is fed


LENGTHS = [b"\xc4%c", b"\xc5%c%c", b"\xc6%c%c%c%c", b"\xd9%c", b"\xda%c%c", b"\xdb%c%c%c%c"]
LENGTHS += [b"\xdc%c%c", b"\xdd%c%c%c%c", b"\xde%c%c", b"\xdf%c%c%c%c"]
LENGTHS += [b"\xc7%c%c", b"\xc8%c%c%c", b"\xc9%c%c%c%c%c", b"\xd4%c%c", b"\xd5%c", b"\xd8%c"]
tiny = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 7, 8, 16, 255]) | st.integers(0, 255)


@st.composite
def piece(draw):
    """A byte or two of msgpack, with a length that may be a lie, and perhaps something behind it."""
    shape = draw(st.sampled_from(LENGTHS))
    head = shape % tuple(draw(tiny) for _ in range(shape.count(b"%c")))
    return head + draw(st.binary(max_size=12))


forged = st.lists(piece() | st.binary(max_size=6), max_size=12).map(b"".join)

array = st.builds(
    lambda name, rank, numbers, data: (
        name.ljust(5, b"\0")[:5]
        + bytes([rank])
        + b"".join(struct.pack("<Q", number) for number in numbers)
        + data
    ),
    st.sampled_from([b"<f8", b"|b1", b"<c16", b"<f16", b"|O", b"|V9", b"<U9", b"<M8", b">i2", b""])
    | st.binary(max_size=5),
    st.integers(0, 255),
    st.lists(st.sampled_from([0, 1, 2, 1 << 31, 1 << 63, 2**64 - 1]), max_size=4),
    st.binary(max_size=40),
)
leaf = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=4)
    | st.binary(max_size=9)
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=20))
    | st.builds(msgpack.ExtType, st.sampled_from([protocol.ARRAY, protocol.SCALAR]), array)
)
tree = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 9), inner, max_size=4)
        | st.builds(
            lambda code, value: msgpack.ExtType(code, msgpack.packb(value)),
            st.integers(0, 9),
            inner,
        )
    ),
    max_leaves=10,
)
reply = st.fixed_dictionaries(
    {},
    optional={
        "id": st.just(1) | leaf,
        "value": tree,
        "error": tree
        | st.fixed_dictionaries(
            {},
            optional={
                "type": st.text(max_size=3) | leaf,
                "message": st.text(max_size=3) | leaf,
                "trace": st.lists(leaf, max_size=3) | leaf,
            },
        ),
        "callback": st.just(1) | leaf,
        "args": st.builds(
            lambda items: msgpack.ExtType(protocol.TUPLE, msgpack.packb(items)),
            st.lists(leaf, max_size=2),
        )
        | tree,
        "kwargs": st.dictionaries(st.text(max_size=2), leaf, max_size=2) | leaf,
    },
)
body = st.binary(max_size=300) | forged | (tree | reply).map(msgpack.packb)


def framed(parts):
    """Messages one after the other, some with a header that lies."""
    return b"".join(
        struct.pack("<Q", len(part) if size is None else size) + part for part, size in parts
    )


stream = st.binary(max_size=64) | st.lists(
    st.tuples(
        body | reply.map(msgpack.packb),
        st.none() | st.none() | st.integers(0, 40) | st.integers(0, 2**64 - 1),
    ),
    max_size=4,
).map(framed)


# What must come of it


def assert_only_values(value):
    """Plain values at every level, and nothing of the sender's making."""
    if type(value) in (list, tuple):
        for item in value:
            assert_only_values(item)
    elif type(value) is dict:
        for key, item in value.items():
            assert_only_values(key)
            assert_only_values(item)
    elif isinstance(value, np.generic) or type(value) is np.ndarray:
        assert value.dtype.kind in protocol.DTYPE_KINDS
        assert value.dtype.hasobject is False
    else:
        assert type(value) in (type(None), bool, int, float, complex, str, bytes, Remote, Handle)


def bytes_of_arrays(value):
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, (list, tuple)):
        return sum(map(bytes_of_arrays, value))
    return sum(map(bytes_of_arrays, value.values())) if isinstance(value, dict) else 0


@cases
def test_the_decoder_answers_with_a_value_or_a_protocol_error(count):
    def judge(body):
        for bounds in (BOUNDS, protocol.DEFAULT_BOUNDS):
            try:
                with harmless():
                    value = protocol.decode(body, lambda code, remote: remote, bounds)
            except ProtocolError:
                continue
            assert_only_values(value)
            assert protocol.measured(value, bounds.depth, bounds.items) <= bounds.items
            assert bytes_of_arrays(value) <= len(body)

    fuzz(count, body, judge)


class NoJail:
    def end_child(self):
        return {"limit": "", "cpu_s": 0.0, "waited_s": 0.0, "memory_mb": 0.0}


@pytest.fixture
def answered():
    """What the trusted side makes of bytes that come after its call, with one function on offer."""
    called = []

    def answered(sent, offer=called.append):
        here, there = socket.socketpair()
        with here, there:
            child = Child(NoJail(), here, Limits(message_mb=1), Stopwatch(None, Used))
            child.callbacks.wrap(offer)
            there.sendall(sent)
            there.shutdown(socket.SHUT_WR)
            with harmless():
                return value_of(child._reply(1, Both(child.allowance(5))))

    return answered


@cases
def test_a_reply_is_a_value_the_students_error_or_a_refusal(count, answered):
    def judge(sent):
        try:
            assert_only_values(answered(sent))
        except StudentError as error:
            assert len(error.message) <= 2000
            assert all(type(line) is str and len(line) <= 300 for line in error.trace)
        except (ProtocolError, Gone):
            pass

    fuzz(count, stream, judge)


def test_what_is_fed_reaches_every_ending(answered):
    """The fuzz is worth something: of some of its bytes a value comes, of some an error, of some
    a refusal."""
    whole = msgpack.packb({"id": 1, "value": 3})
    assert answered(framed([(whole, None)])) == 3
    with pytest.raises(StudentError):
        error = {"id": 1, "error": {"type": "E", "message": ""}}
        answered(framed([(msgpack.packb(error), None)]))
    with pytest.raises(ProtocolError):
        answered(framed([(whole, 2**63)]))
    with pytest.raises(Gone):
        answered(framed([(whole, len(whole) + 1)]))


def test_the_watch_would_notice_a_compilation():
    with pytest.raises(AssertionError), harmless():
        compile("1", "<fuzz>", "eval")
