"""Student code that writes to its own channel: the grader says so, ends it, and goes on."""

import time

import numpy as np
import pytest

from nablab.sandbox.student import ChildLost, Handle, Student, StudentError

CHANNEL = """
import gc, os, socket, stat, struct, threading, time
from nablab.sandbox import protocol

def number():
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                return fd
        except OSError:
            pass

def channel():
    return socket.socket(fileno=os.dup(number()))

def send(message):
    body = protocol.encode(message)
    channel().sendall(struct.pack("<Q", len(body)) + body)

def next_id():
    '''The id of the request that is being answered, or of the next one.'''
    return next(o["id"] for o in gc.get_objects() if isinstance(o, dict) and {"op", "id"} <= set(o))
"""


@pytest.fixture
def forger(student):
    return lambda source: student(CHANNEL + source)


@pytest.fixture
def works(child_with):
    return lambda: Student(child_with("def double(x): return 2 * x")).double(21) == 42


def refused(call, *args, reason="protocol"):
    with pytest.raises(ChildLost) as raised:
        call(*args)
    assert raised.value.reason == reason, raised.value
    return raised.value.says


@pytest.mark.parametrize(
    "message, detail",
    [
        ('{"id": 10**6, "value": 1.0}', "a reply to another call"),
        ('{"id": None, "value": 1.0}', "a reply to another call"),
        ('{"value": 1.0}', "a reply to another call"),
        ("[1, 2]", "a reply is a dict"),
        ("1.0", "a reply is a dict"),
        ('{"callback": 1, "args": (), "kwargs": {}}', "nobody offered"),
        ('{"callback": "x", "args": (), "kwargs": {}}', "nobody offered"),
        ('{"callback": [], "args": (), "kwargs": {}}', ""),
    ],
    ids=str,
)
def test_a_reply_that_answers_nothing_is_refused(forger, works, message, detail):
    says = refused(forger(f"def f(): send({message}); time.sleep(9)").f)
    assert "the grader's own channel" in says
    assert detail in says
    assert works()


@pytest.mark.parametrize(
    "error",
    ["5", "{}", "{'type': 1, 'message': 'x'}", "['ValueError', 'x']", "{'type': 'ValueError'}"],
)
def test_an_error_reply_of_no_error_is_refused(forger, error):
    source = f"def f(): send({{'id': next_id(), 'error': {error}}}); time.sleep(9)"
    says = refused(forger(source).f)
    assert "an error has a type and a message" in says


def test_a_second_reply_to_one_call_is_refused_at_the_next(forger, works):
    broken = forger("def f(): send({'id': next_id(), 'value': 1.0}); return 2.0")
    assert broken.f() in (1.0, 2.0)
    says = refused(broken.f)
    assert "before its call" in says or "a reply to another call" in says
    assert works()


def test_a_reply_before_its_call_is_refused(forger, works):
    broken = forger("""
def f():
    def later():
        time.sleep(0.2)
        send({"id": 3, "value": 1.0})
    threading.Thread(target=later).start()
    return 1
""")
    assert broken.f() == 1
    time.sleep(0.5)
    assert "before its call" in refused(broken.f)
    assert works()


@pytest.mark.parametrize(
    "raw, reason",
    [
        ('struct.pack("<Q", 2 << 30) + b"x"', "protocol"),
        ('struct.pack("<Q", 2**64 - 1)', "protocol"),
        ('struct.pack("<Q", 100) + b"x" * 50', "time"),
        ('struct.pack("<Q", 0)', "protocol"),
        ('b"\\x00\\x01"', "time"),
        ('b"HTTP/1.1 200 OK\\r\\n\\r\\n"', "protocol"),
        ('struct.pack("<Q", 5) + b"\\xc1" * 5', "protocol"),
        ('struct.pack("<Q", 9) + b"\\xdf\\xff\\xff\\xff\\xff" + b"1234"', "protocol"),
        ('struct.pack("<Q", 900) + b"\\x91" * 900', "protocol"),
        ("os.urandom(4096)", "protocol"),
    ],
    ids=str,
)
def test_garbage_on_the_channel_is_refused(student, works, raw, reason):
    source = f"def f(): channel().sendall({raw}); time.sleep(9)"
    broken = student(CHANNEL + source, call_s=1)
    refused(broken.f, reason=reason)
    assert works()


def test_half_a_message_and_then_an_end_is_a_lost_child(forger, works):
    refused(
        forger('def f(): channel().sendall(struct.pack("<Q", 99) + b"1"); os._exit(0)').f,
        reason="exit",
    )
    assert works()


def test_a_closed_channel_is_a_lost_child(forger, works):
    refused(forger("def f(): channel().shutdown(socket.SHUT_RDWR); time.sleep(9)").f, reason="exit")
    assert works()


def test_a_channel_that_is_not_read_is_out_of_time(student, works):
    """Arguments larger than the socket's buffer, to a process that holds Python's own lock."""
    broken = student(
        """
import threading, time

def f():
    threading.Thread(target=lambda: [time.sleep(0.2), sum(range(10**12))]).start()

def g(array):
    return 1
""",
        call_s=1,
    )
    call = broken.g
    broken.f()
    time.sleep(0.5)
    refused(call, np.zeros(1 << 20), reason="time")
    assert works()


def test_a_forged_handle_is_only_a_number_to_the_trusted_side(forger):
    broken = forger("""
def f():
    send({"id": next_id(), "value": [protocol.Remote(12345, "<script>")]})
    time.sleep(0.2)

def g():
    return 1
""")
    (handle,) = broken.f()
    assert isinstance(handle, Handle)
    assert repr(handle) == "<the student's <script>>"
    with pytest.raises((StudentError, ChildLost)):
        handle.anything()


def test_a_forged_value_is_just_what_a_function_could_return_too(forger):
    """Nothing is gained by a reply of one's own: it is judged like any other value."""
    forged = forger("def f(): send({'id': next_id(), 'value': {'passed': True}}); time.sleep(0.2)")
    assert forged.f() == {"passed": True}


def test_deep_huge_and_strange_values_arrive_as_errors(student):
    broken = student("""
import numpy as np

def deep():
    value = []
    for _ in range(50): value = [value]
    return value

def items(): return list(range(2_000_000))
def digits(): return 10**5000
def surrogate(): return "\\ud800"
def objects(): return np.array([print])
def keys(): return {(1, 2): 3}
def many(): return [object() for _ in range(20_000)]
""")
    for name in ("deep", "items", "digits", "surrogate", "objects", "keys", "many"):
        with pytest.raises(StudentError) as raised:
            getattr(broken, name)()
        assert raised.value.type_name in ("NotAValue", "UnicodeEncodeError"), name


def test_arguments_arrive_as_copies(student):
    spoiler = student("def f(a, b):\n    a[:] = 0\n    b.append(1)\n    return a.sum()")
    array, items = np.ones(3), []
    assert spoiler.f(array, items) == 0
    assert array.sum() == 3
    assert items == []
