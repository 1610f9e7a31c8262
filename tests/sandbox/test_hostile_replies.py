"""Student code that speaks the protocol itself, made up by a grammar, in a real jail: whatever it
sends, and in whatever order, its call ends in a value or a reason within its time, and the next
child works.

Sixty programs; two thousand in `make test-long`. One that fails is named by its number, from which
it can be made again.
"""

import itertools
import random
import time

import pytest
from tests.sandbox.test_fuzz import assert_only_values

from nablab.sandbox.student import ChildLost, Student, StudentError
from nablab.sandbox.student import replace as put_in_place

FEW, MANY = 60, 2000
CALL_S = 0.25
AT_MOST_S = 30  # for one program on a busy machine; its own limits are a fiftieth of it

SPEAKER = """
import gc, os, signal, socket, stat, struct, threading, time
import msgpack

def number():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                return fd
        except OSError:
            pass

def asked():
    return next((o["id"] for o in gc.get_objects() if type(o) is dict and {"op", "id"} <= set(o)), 1)

def filled(value):
    '''A message with its marks in place: "ID" is the number of the call that is being answered.'''
    if value == "ID":
        return asked()
    if value == "ID AS FLOAT":
        return float(asked())
    if value == "NEXT ID":
        return asked() + 1
    if type(value) is list:
        return [filled(one) for one in value]
    if type(value) is dict:
        return {key: filled(one) for key, one in value.items()}
    if type(value) is tuple:
        code, inner = value
        return msgpack.ExtType(code, inner if type(inner) is bytes else msgpack.packb(filled(inner)))
    return value

def send(raw):
    os.write(number(), raw)

def framed(message, size=None):
    body = message if type(message) is bytes else msgpack.packb(filled(message))
    return struct.pack("<Q", len(body) if size is None else size) + body

def act(steps):
    for word, *rest in steps:
        if word == "send":
            send(framed(*rest))
        elif word == "raw":
            send(*rest)
        elif word == "later":
            threading.Timer(0.02, send, [framed(*rest)]).start()
        elif word == "from a fork":
            if os.fork() == 0:
                send(framed(*rest))
                os._exit(0)
        elif word == "sleep":
            time.sleep(*rest)
        elif word == "far":
            far(*rest)
        elif word == "shut":
            socket.socket(fileno=os.dup(number())).shutdown(*rest)
        elif word == "close":
            os.close(number())
        elif word == "exit":
            os._exit(*rest)
        elif word == "kill":
            os.kill(os.getpid(), *rest)
        elif word == "raise":
            raise ValueError(*rest)
        elif word == "read":
            socket.socket(fileno=os.dup(number())).recv(*rest, socket.MSG_DONTWAIT)

STEPS = iter(PROGRAM)

def f(*args):
    act(next(STEPS, []))
    return 1.0
"""

LEAVES = [
    None,
    True,
    0,
    -1,
    2**63,
    1.5,
    float("nan"),
    "",
    "x",
    "ID",
    "ID AS FLOAT",
    "NEXT ID",
    b"x",
]
CODES = range(0, 10)


class Grammar:
    """Programs of a hostile child, each from its own seed."""

    def __init__(self, seed):
        self.draw = random.Random(seed)

    def program(self):
        return [self.steps() for _ in range(self.draw.randint(1, 3))]

    def steps(self):
        return [self.step() for _ in range(self.draw.choice([0, 1, 1, 1, 2, 3]))]

    def step(self):
        kind = self.draw.choice(
            [
                "send",
                "send",
                "send",
                "send",
                "send",
                "later",
                "raw",
                "from_fork",
                "sleep",
                "far",
                "far",
                "shut",
                "close",
                "exit",
                "kill",
                "raise",
                "read",
            ]
        )
        return getattr(self, f"_{kind}")()

    def _send(self):
        return ("send", self.message(), *self.lie())

    def _later(self):
        return ("later", self.message())

    def _from_fork(self):
        return ("from a fork", self.message())

    def _raw(self):
        return ("raw", self.draw.randbytes(self.draw.choice([1, 7, 8, 9, 40, 5000])))

    def _sleep(self):
        return ("sleep", self.draw.choice([0.0, 0.01, 0.05, 2.0]))

    def _far(self):
        return ("far", *(self.value(2) for _ in range(self.draw.randint(0, 3))))

    def _shut(self):
        return ("shut", self.draw.choice([0, 1, 2]))

    def _close(self):
        return ("close",)

    def _exit(self):
        return ("exit", self.draw.choice([0, 1, 139]))

    def _kill(self):
        return ("kill", self.draw.choice([6, 9, 11, 15, 19]))

    def _raise(self):
        return ("raise", self.draw.choice(["x", "\ud800", "y" * 10_000]))

    def _read(self):
        return ("read", self.draw.choice([1, 8, 100_000]))

    def lie(self):
        """Sometimes, a length that is not the message's."""
        lies = [0, 1, 3, 99, 1 << 20, 1 << 40, 2**64 - 1]
        return (self.draw.choice(lies),) if self.draw.random() < 0.15 else ()

    def message(self):
        """A reply or a callback as the protocol has them, with parts left out, added or spoiled."""
        whole = self.draw.choice(
            [
                {"id": "ID", "value": self.value(3)},
                {"id": "ID", "error": {"type": "E", "message": "m", "trace": ["line"]}},
                {"callback": 1, "args": (4, []), "kwargs": {}},
            ]
        )
        for _ in range(self.draw.choice([0, 0, 1, 1, 2])):
            whole = self.spoiled(whole)
        if self.draw.random() < 0.1:
            return self.value(3)
        return whole

    def spoiled(self, message):
        if type(message) is not dict or not message:
            return message
        key = self.draw.choice(list(message))
        change = self.draw.choice(["drop", "other", "add", "inner", "rename"])
        if change == "drop":
            return {name: value for name, value in message.items() if name != key}
        if change == "other":
            return {**message, key: self.value(2)}
        if change == "add":
            extra = self.draw.choice(["value", "error", "callback", "passed", "points"])
            return {**message, extra: self.value(1)}
        if change == "rename":
            return {**message, self.draw.choice([0, b"id", "Id", None]): message[key]}
        return {**message, key: self.spoiled(message[key])}

    def value(self, depth):
        kind = self.draw.choice(
            ["leaf", "leaf", "leaf", "list", "dict", "extension", "array", "nested"]
        )
        if depth == 0 or kind == "leaf":
            return self.draw.choice(LEAVES)
        if kind == "list":
            return [self.value(depth - 1) for _ in range(self.draw.randint(0, 3))]
        if kind == "dict":
            return {
                self.draw.choice(["a", "id", 1, None]): self.value(depth - 1)
                for _ in range(self.draw.randint(0, 3))
            }
        if kind == "extension":
            return (self.draw.choice(CODES), self.value(depth - 1))
        if kind == "array":
            head = self.draw.choice([b"<f8\0\0", b"<i8\0\0", b"|O\0\0\0", b"<c16\0"[:5]])
            size = self.draw.choice([0, 8, 16, 7])
            shape = self.draw.choice([0, 1, 2, 1 << 61]).to_bytes(8, "little")
            return (self.draw.choice([1, 2]), head + b"\1" + shape + self.draw.randbytes(size))
        for _ in range(self.draw.choice([5, 40, 200])):
            value = [None]
            value = [value]
        return value


@pytest.fixture
def ending(child_with):
    """Runs one program; how each of its calls ended."""

    def ending(program):
        limits = {"call_s": CALL_S, "test_s": 2, "message_mb": 1, "memory_mb": 256}
        child = child_with(
            f"nan = float('nan')\nPROGRAM = {program!r}\nfar = None\n{SPEAKER}", **limits
        )
        if child.cell_error:
            raise AssertionError(child.cell_error)
        student, endings = Student(child), []
        calls = itertools.chain([lambda: put_in_place(student, {"far": lambda *args: 1.0})])
        for call in itertools.chain(calls, [student.f] * (len(program) + 1)):
            try:
                assert_only_values(call())
                endings.append("value")
            except StudentError as error:
                assert len(error.message) <= 2000
                endings.append("error")
            except ChildLost as lost:
                assert lost.says
                endings.append(lost.reason)
        return endings

    return ending


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_whatever_a_child_sends_its_call_ends_and_the_next_child_works(count, ending, child_with):
    seen = set()
    for seed in range(count):
        program = Grammar(seed).program()
        begun = time.monotonic()
        try:
            seen.update(ending(program))
            assert Student(child_with("def double(x): return 2 * x")).double(21) == 42
        except Exception as error:
            raise AssertionError(f"program {seed}: {program}") from error
        assert time.monotonic() - begun < AT_MOST_S, f"program {seed}: {program}"
    endings = {"value", "error", "exit", "protocol"} | ({"time"} if count == MANY else set())
    assert endings <= seen  # the grammar is worth something
