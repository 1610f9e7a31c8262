"""What the trusted side does for a student's code, and with what that sends, is bounded; who goes
beyond loses that check, and the next child works."""

import resource

import numpy as np
import pytest

from nablab.sandbox import host, memory
from nablab.sandbox.host import Jail
from nablab.sandbox.student import ChildLost, Student, StudentError

DATA = resource.RLIMIT_DATA


@pytest.fixture
def no_memory_to_spare():
    """Take what this process has freed and not given back: the bound does not count it.

    Tests that ran before leave such memory, and what it can hold is not refused.
    """
    taken = []

    def grew():
        before = memory._data_bytes()
        taken.append(np.ones(1 << 17))  # 1 MB: a gap that is smaller holds no test's array
        return memory._data_bytes() > before

    while not all([grew() for _ in range(3)]):
        pass
    yield
    taken.clear()


@pytest.fixture
def freed_memory():
    """120 MB that the process has freed and keeps, as after tests that computed much."""
    np.ones(31 << 17)  # once freed, glibc keeps blocks up to this size instead of unmapping them
    blocks = [np.ones(20 << 17) for _ in range(6)]
    above = bytearray(200_000)
    blocks.clear()
    yield
    del above


@pytest.fixture
def works(child_with):
    return lambda: Student(child_with("def double(x): return 2 * x")).double(21) == 42


def test_callbacks_are_counted(student, works, monkeypatch):
    monkeypatch.setattr(host, "MOST_CALLBACKS", 50)
    source = "def f(g, n):\n    for _ in range(n): g(1)\n    return n"
    assert student(source).f(abs, 50) == 50
    with pytest.raises(ChildLost, match="functions that it was given") as lost:
        student(source).f(abs, 51)
    assert lost.value.reason == "limit"
    assert works()


@pytest.mark.parametrize("call", ["f(abs)", "g()"])
def test_all_that_a_child_sends_is_counted(student, works, monkeypatch, call):
    monkeypatch.setattr(host, "SENT_MB", 2)
    source = """
        import numpy as np
        large = np.ones(60_000)
        def f(h):
            for _ in range(5): h(large)
        def g(): return large
        """
    asked = student(source)
    with pytest.raises(ChildLost, match="more than 256 MB in all") as lost:
        for _ in range(5):
            asked.f(np.sum) if call == "f(abs)" else asked.g()
    assert lost.value.reason == "limit"
    assert works()


@pytest.mark.usefixtures("no_memory_to_spare")
def test_what_a_callback_computes_is_bounded_and_the_students_code_is_told(student):
    source = """
        import numpy as np
        def f(h): return h(np.ones((1, 8000)), np.ones((8000, 1)))
        def after(h): return h(1, 2)
        """
    asked = student(source)
    with memory.at_most(100):  # the sum would have 512 MB
        with pytest.raises(StudentError) as raised:
            asked.f(lambda a, b: a + b)
        assert asked.after(lambda a, b: a + b) == 3
    assert raised.value.type_name == "MemoryError"


@pytest.mark.usefixtures("no_memory_to_spare")
def test_a_reply_that_takes_too_much_memory_is_the_students(student, works):
    asked = student("import numpy as np\ndef f(): return np.ones(2_500_000)")
    with memory.at_most(16), pytest.raises(ChildLost, match="MB of memory") as lost:
        asked.f()
    assert lost.value.reason == "limit"
    assert works()


@pytest.mark.usefixtures("freed_memory", "no_memory_to_spare")
def test_the_bound_is_for_more_than_is_held_already_and_is_taken_back():
    before = resource.getrlimit(DATA)
    held = np.ones(8 << 20)
    with memory.at_most(40):
        np.ones(4 << 20)
        with pytest.raises(MemoryError):
            np.ones(8 << 20)
    assert resource.getrlimit(DATA) == before
    assert held[0] == 1


def test_a_jail_that_is_started_within_a_bound_has_none_of_it(needs_jail):
    with memory.at_most(1), Jail() as jail:
        child = jail.open(host.Limits(memory_mb=512))
        child.request("cell", cell_id="1", source="import resource\nf = resource.getrlimit")
        assert Student(child).f(DATA)[0] == resource.RLIM_INFINITY


def test_thousands_of_small_requests_ahead_do_not_block_each_other(child_with):
    child = child_with()
    requests = [("cell", {"cell_id": f"c{n}", "source": f"x = {n}"}) for n in range(2_000)]
    assert list(child.request_all(20, requests)) == [None] * 2_000
    assert Student(child).x == 1_999


def test_keras_is_not_loaded_because_a_student_speaks_of_a_tensor(student):
    import sys

    if "keras" in sys.modules:
        pytest.skip("another test has loaded Keras")
    source = "def f(g): return g({'\\0Keras tensor of shape': (3,)})"
    with pytest.raises(StudentError, match="without Keras"):
        student(source).f(abs)
    assert "keras" not in sys.modules
