"""Limits count a student's own work: neither sleep nor other programs' load is taken for it."""

import contextlib
import os
import subprocess
import sys
import time

import pytest

from nablab.sandbox import clock
from nablab.sandbox.clock import AT_MOST, PATIENCE, Allowance, Both, Stopwatch, TooLong, Used
from nablab.sandbox.student import ChildLost, Student

BUSY = "while True: pass"
WORK = """
import os, time

def work(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return "done"

def nap(seconds):
    time.sleep(seconds)
    return "done"

def together(count):
    for _ in range(count):
        if os.fork() == 0:
            work(1000)
    return work(1000)

def in_one_after_another():
    while True:
        if os.fork() == 0:
            work(0.05)
            os._exit(0)
        os.wait()
"""


@contextlib.contextmanager
def busy_processes(count):
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


class Machine:
    """A clock and a child's use of the machine, told by the test."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        self.used = Used()
        self.looks = 0
        monkeypatch.setattr(clock.time, "monotonic", lambda: self.now)

    def ask(self):
        self.looks += 1
        return self.used

    def passes(self, wall, cpu=0.0, waited=0.0):
        self.now += wall
        self.used = Used(self.used.cpu_s + cpu, self.used.waited_s + waited)


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


@pytest.fixture
def allowance(machine):
    return lambda limit_s: Allowance(Stopwatch(None, machine.ask), limit_s)


def test_nobody_looks_before_the_wall_clock_has_passed_the_limit(machine, allowance):
    one = allowance(2)
    for _ in range(19):
        machine.passes(0.1, cpu=5)
        one.left()
    assert machine.looks == 0


def test_work_counts(machine, allowance):
    one = allowance(2)
    machine.passes(2, cpu=1.5)
    assert one.left() == pytest.approx(0.5)
    machine.passes(0.5, cpu=0.5)
    with pytest.raises(TooLong) as raised:
        one.left()
    assert raised.value.limit_s == 2 and not raised.value.starved


def test_sleep_counts_a_third(machine, allowance):
    one = allowance(2)
    machine.passes(2 * PATIENCE - 0.5)
    assert one.left() == pytest.approx(0.5)
    machine.passes(0.6)
    with pytest.raises(TooLong):
        one.left()


def test_waiting_for_a_processor_does_not_count(machine, allowance):
    one = allowance(2)
    machine.passes(2 * PATIENCE + 4, cpu=1, waited=6)
    assert one.left() > 0


def test_who_is_starved_to_the_end_is_told_from_who_is_at_fault(machine, allowance):
    one = allowance(2)
    machine.passes(2 * AT_MOST, cpu=0.5, waited=2 * AT_MOST - 0.5)
    with pytest.raises(TooLong) as raised:
        one.left()
    assert raised.value.starved


def test_time_of_functions_that_are_called_back_is_given_back(machine, allowance):
    one, other = allowance(2), allowance(5)
    machine.passes(3, cpu=3)
    Both(one, other).give(2)
    assert Both(one, other).left() == pytest.approx(1)


def test_the_first_of_two_to_end_counts(machine, allowance):
    test = allowance(3)
    machine.passes(2, cpu=2)
    call = allowance(2)
    machine.passes(1, cpu=1)
    with pytest.raises(TooLong) as raised:
        Both(call, test).left()
    assert raised.value.limit_s == 3


def test_what_was_used_before_does_not_count(machine):
    stopwatch = Stopwatch(None, machine.ask)
    machine.passes(50, cpu=40)
    stopwatch.since(Used())  # a look at an earlier call
    later = Allowance(stopwatch, 2)
    machine.passes(2, cpu=0.5)
    assert later.left() > 0


def test_the_kernels_clock_of_a_process_is_read(needs_jail):
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    stopwatch = Stopwatch(process.pid, Used)
    begun = stopwatch.mark()
    while stopwatch.since(begun).cpu_s < 0.05:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert stopwatch.mark().cpu_s >= 0  # it has ended


# In the jail


def lost(call, *args):
    with pytest.raises(ChildLost) as raised:
        call(*args)
    assert raised.value.reason == "time"
    return raised.value


def test_a_busy_machine_costs_no_call(child_with):
    """It needs .6 s of one processor and may have 1 s; eight others want the processor too."""
    student = Student(child_with(WORK, call_s=1))
    with busy_processes(4 * (os.cpu_count() or 1)):
        begun = time.monotonic()
        assert student.work(0.6) == "done"
        assert time.monotonic() - begun > 0.6


def test_a_short_sleep_past_the_limit_is_no_work(child_with):
    assert Student(child_with(WORK, call_s=1)).nap(1.5) == "done"


def test_work_of_all_processes_counts_together(child_with):
    begun = time.monotonic()
    stopped = lost(Student(child_with(WORK, call_s=1)).together, 6)
    assert not stopped.starved and "more than 1 s" in stopped.says
    assert time.monotonic() - begun < 30


def test_work_of_processes_that_have_ended_counts(child_with):
    assert not lost(Student(child_with(WORK, call_s=1)).in_one_after_another).starved


def test_a_process_that_is_stopped_is_not_starved(child_with):
    source = WORK + "\nimport signal\ndef stop():\n    os.kill(0, signal.SIGSTOP)\n    work(9)\n"
    assert not lost(Student(child_with(source, call_s=0.5)).stop).starved


@pytest.mark.parametrize("grouped", [True, False], ids=["in groups", "by weight"])
def test_many_busy_processes_of_a_child_take_no_more_than_one(grouped, jail, small, monkeypatch):
    """One child's fourteen beside another child's one: without bounds it would have an eighth."""
    from nablab.sandbox import cgroup

    if not grouped:
        monkeypatch.setattr(cgroup, "find_place", lambda: None)
    elif cgroup.find_place() is None:
        pytest.skip("this process may make no control groups")
    hog, honest = jail.twin(), jail.twin()
    try:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        children = [one.open(small) for one in (hog, honest)]
        for child in children:
            pin = f"import os\nos.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})\n"
            assert child.request("cell", cell_id="1", source=pin + WORK) is None
        start = "for _ in range(13):\n    if os.fork() == 0: work(1000)\n"
        assert children[0].request("cell", cell_id="2", source=start) is None
        begun = time.monotonic()
        assert Student(children[1]).work(1) == "done"
        took = time.monotonic() - begun
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        for one in (hog, honest):
            one.stop()
    assert took < 5  # alone 1; beside an equal 2; beside fourteen equals 15
