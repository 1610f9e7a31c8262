"""Limits and broken children: each ends in a reason, and the next child works."""

import time

import pytest

from nablab.sandbox import host
from nablab.sandbox.host import Jail
from nablab.sandbox.student import ChildLost, Student, StudentError

ENDLESS = """
import signal, time

def busy():
    while True:
        pass

def deaf():
    for number in set(range(1, 65)) - {9, 19, 32, 33}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass

def asleep():
    time.sleep(1000)

def in_c():
    return sum(range(10**12))

def deadlocked():
    import threading
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def with_a_helper():
    import os
    if os.fork() == 0:
        os.setpgid(0, 0)
        while True:
            pass
    while True:
        pass
"""


@pytest.fixture
def works(child_with):
    """Says whether a fresh child works after whatever happened before."""
    return lambda: Student(child_with("def double(x): return 2 * x")).double(21) == 42


@pytest.fixture
def lost(student, works):
    """How a call of f() was lost; the next child works."""

    def lost(source, reason, name="f", **limits):
        with pytest.raises(ChildLost) as raised:
            getattr(student(source, **limits), name)()
        assert raised.value.reason == reason
        assert works()
        return raised.value.says

    return lost


@pytest.mark.parametrize("name", ["busy", "deaf", "asleep", "in_c", "deadlocked", "with_a_helper"])
def test_a_call_that_does_not_end_is_stopped(lost, name):
    begun = time.monotonic()
    assert "more than 0.5 s" in lost(ENDLESS, "time", name, call_s=0.5)
    assert time.monotonic() - begun < 30


def test_a_cell_that_does_not_end_is_stopped(child_with, works):
    child = child_with()
    with pytest.raises(ChildLost) as raised:
        child.request_within(0.5, "cell", cell_id="1.1", source="while True: pass")
    assert raised.value.reason == "time"
    assert works()


def test_all_calls_of_a_test_together_are_bounded(student, child_with):
    child = child_with("import time\ndef nap(): time.sleep(0.2)", test_s=0.5)
    child.test = child.allowance(0.5)
    with pytest.raises(ChildLost, match=r"more than 0\.5 s"):
        for _ in range(20):
            Student(child).nap()


def test_a_lost_child_stays_lost(student):
    broken = student("import os\ndef f(): os._exit(3)\ndef g(): return 1")
    for call in (broken.f, lambda: broken.g()):
        with pytest.raises(ChildLost, match="ended the whole"):
            call()


@pytest.mark.parametrize(
    "source",
    [
        "import os\ndef f(): os._exit(0)",
        "import os\ndef f(): os.abort()",
        "import ctypes\ndef f(): ctypes.string_at(0)",
        "import os, threading, time\ndef f():\n    threading.Timer(0.1, os._exit, [0]).start()\n"
        "    time.sleep(100)",
    ],
    ids=["exit", "abort", "segfault", "thread"],
)
def test_a_process_that_dies_is_lost_with_a_reason(lost, source):
    assert "ended the whole Python process" in lost(source, "exit")


@pytest.mark.parametrize(
    "source",
    [
        "import sys\ndef f():\n    sys.setrecursionlimit(10**9)\n    def g(): repr([g()])\n    g()",
        "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n"
        "    __getattr__ = lambda self, name: getattr(self, name)\ndef f(): A().x",
        "def f():\n    loop = None\n    for _ in range(10**6): loop = [loop]\n    return loop",
    ],
    ids=["in Python", "in C", "of a value"],
)
def test_recursion_past_every_limit_costs_its_call_alone(student, works, source):
    with pytest.raises((ChildLost, StudentError)) as raised:
        student(source).f()
    assert str(raised.value)
    assert works()


def test_a_cell_that_ends_the_process_loses_the_child(child_with, works):
    with pytest.raises(ChildLost) as raised:
        child_with("import os\nos._exit(0)")
    assert raised.value.reason == "exit"
    assert works()


@pytest.mark.parametrize(
    "call",
    [
        "sys.exit(0)",
        "exit()",
        "quit()",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
    ],
)
def test_sys_exit_and_the_like_are_exceptions_of_the_students(student, call):
    broken = student(f"import sys\ndef f(): {call}\ndef g(): return 1")
    with pytest.raises(StudentError) as raised:
        broken.f()
    assert raised.value.type_name in (
        "SystemExit",
        "NameError",
        "KeyboardInterrupt",
        "GeneratorExit",
    )
    assert broken.g() == 1


def test_sys_exit_in_a_cell_is_what_that_cell_raised(child_with):
    child = child_with("import sys\ndef g(): return 1\nsys.exit(0)")
    assert child.cell_error["type"] == "SystemExit"
    assert Student(child).g() == 1


def test_endless_recursion_is_an_exception_of_the_students(student):
    broken = student("def f(n): return f(n + 1)\ndef g(): return 1")
    with pytest.raises(StudentError) as raised:
        broken.f(0)
    assert raised.value.type_name == "RecursionError"
    assert broken.g() == 1


# Memory, processes, files, output


def test_one_large_array_is_a_memory_error_of_the_students(student):
    broken = student(
        "import numpy as np\ndef f(): return np.ones(3 << 27).sum()\ndef g(): return 1"
    )
    with pytest.raises(StudentError) as raised:
        broken.f()
    assert "MemoryError" in raised.value.type_name
    assert broken.g() == 1


@pytest.mark.parametrize("allocate", ["bytearray(200 << 20)", "mmap.mmap(-1, 200 << 20)"])
def test_memory_that_several_processes_hold_together_is_bounded(lost, allocate):
    source = f"""
import mmap, os, time

def f():
    for _ in range(6):
        if os.fork() == 0:
            held = {allocate}
            for place in range(0, len(held), 4096):
                held[place] = 1
            time.sleep(100)
    time.sleep(100)
"""
    assert "512 MB" in lost(source, "memory", call_s=8)


def test_a_fork_bomb_costs_its_call_alone(student, works):
    with pytest.raises((ChildLost, StudentError)):
        student("import os\ndef f():\n    while True: os.fork()", call_s=3).f()
    assert works()


def test_no_more_processes_start_than_are_allowed(student):
    started = student("""
import os, time

def f():
    for number in range(100):
        try:
            if os.fork() == 0:
                time.sleep(1000)
        except BlockingIOError:
            return number
""").f()
    assert started < 16


def test_processes_left_behind_end_with_their_child(child_with, jail):
    child = child_with("""
import os, time, signal

def leave():
    for _ in range(10):
        if os.fork() == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(1000)
    return 1
""")
    count = "def f(): import os; return sum(map(str.isdecimal, os.listdir('/proc')))"
    assert Student(child).leave() == 1
    left = Student(child_with(count)).f()
    assert left == Student(child_with(count)).f()
    assert left < 8


def test_threads_without_end_cost_their_call_alone(student, works):
    with pytest.raises((ChildLost, StudentError)):
        student(
            "import threading, time\ndef f():\n    while True:\n"
            "        threading.Thread(target=time.sleep, args=[1000]).start()",
            call_s=3,
        ).f()
    assert works()


def test_a_file_past_its_limit_is_an_error_of_the_students(student):
    broken = student(
        "def f():\n    with open('x', 'wb') as file: file.write(bytes(5 << 20))\ndef g(): return 1"
    )
    with pytest.raises(StudentError, match="too large"):
        broken.f()
    assert broken.g() == 1


def test_descriptors_are_bounded(student):
    with pytest.raises(StudentError, match="Too many open files"):
        student("import os\ndef f(): return [os.dup(0) for _ in range(10_000)]").f()


def test_sixty_megabytes_of_output_cost_nothing(student):
    loud = student("""
import os, sys

def f():
    for _ in range(600):
        print("x" * 100_000)
        sys.stderr.write("x" * 1000)
        os.write(1, b"x" * 100_000)
        os.write(2, b"x" * 1000)
    return 1
""")
    assert loud.f() == 1


def test_a_value_too_large_to_cross_is_an_error_that_names_its_size(student):
    broken = student(
        "import numpy as np\ndef f(): return np.zeros(25 << 20)\ndef g(): return 1", memory_mb=2048
    )
    with pytest.raises(StudentError) as raised:
        broken.f()
    assert raised.value.type_name == "NotAValue"
    assert "takes 200 MB, but at most 32 MB may cross" in raised.value.message
    assert broken.g() == 1


def test_a_worker_that_has_grown_is_replaced(small, needs_jail, monkeypatch):
    with Jail(("numpy",)) as jail:
        first = jail.process.pid
        jail.open(small).end()
        jail.open(small).end()
        assert jail.process.pid == first
        monkeypatch.setattr(host, "SPARE_MB", -1.0)  # any growth is too much
        jail.open(small).end()
        assert jail.swollen
        child = jail.open(small)
        assert jail.process.pid != first
        assert child.request("cell", cell_id="1.1", source="answer = 6 * 7") is None
        assert child.request("get", name="answer") == 42


def test_much_data_in_a_cell_takes_no_time_of_the_cells_above_it(jail, small):
    """Cells are sent ahead of their replies, and no more of them than the channel holds."""
    child = jail.open(small)
    slow = "import time; time.sleep(1.2)"
    data = f"data = '{'x' * (1 << 20)}'"
    cells = [slow, data, slow, data, "n = len(data)"]
    requests = [("cell", {"cell_id": f"cell {n}", "source": s}) for n, s in enumerate(cells)]
    assert list(child.request_all(2, requests)) == [None] * len(cells)
    assert child.request("get", name="n") == 1 << 20


def test_the_cell_that_takes_too_long_is_the_one_that_is_named(jail, small):
    child = jail.open(small)
    cells = ["a = 1", "while True: pass", f"data = '{'x' * (1 << 20)}'"]
    requests = [("cell", {"cell_id": f"cell {n}", "source": s}) for n, s in enumerate(cells)]
    replies = child.request_all(0.5, requests)
    assert next(replies) is None
    with pytest.raises(ChildLost, match=r"more than 0.5 s"):
        next(replies)
