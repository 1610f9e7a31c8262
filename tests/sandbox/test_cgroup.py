"""Control groups, where this machine lets us make them; and without them, where it does not."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from nablab.sandbox import cgroup
from nablab.sandbox.host import Jail
from nablab.sandbox.student import ChildLost, Student

FILL = "held = bytearray({mb} << 20)\nfor i in range(0, len(held), 4096): held[i] = 1\n"
SOURCE = """
import os, time

def tell():
    return [line for line in open("/proc/self/cgroup") if "memory" in line or line[:3] == "0::"]

def fill_tmp():
    for place in ("/tmp/a", "/tmp/b", "/dev/shm/a", "/dev/shm/b"):
        with open(place, "wb") as file:
            for _ in range(3):
                file.write(bytes(1 << 20))

def fill_at_once():
    read, write = os.pipe()
    for _ in range(10):
        if os.fork() == 0:
            os.read(read, 1)  # all begin together
            held = bytearray(150 << 20)
            for place in range(0, len(held), 4096):
                held[place] = 1
            time.sleep(100)
    os.write(write, b"x" * 10)
    time.sleep(100)
"""


@pytest.fixture
def group():
    if cgroup.find_place() is None:
        pytest.skip("this process may make no control groups that count memory")
    group = cgroup.make(64)
    yield group
    group.end()


def in_group(group, source):
    """Run Python in a group; how it ended."""
    entered = f"import os\nfor door in {group.doors}: os.write(door, b'0'); os.close(door)\n"
    command = [sys.executable, "-I", "-c", entered + source]
    return subprocess.run(command, pass_fds=group.doors, check=False).returncode


def test_who_stays_below_the_limit_is_left_alone(group):
    assert in_group(group, FILL.format(mb=16)) == 0
    assert not group.end()
    assert not group.folder.exists()


def test_the_kernel_ends_who_goes_over(group):
    assert in_group(group, FILL.format(mb=128)) < 0
    assert group.end()
    assert not group.folder.exists()


def test_what_several_processes_hold_counts_together(group):
    source = "for _ in range(4):\n    if os.fork() == 0:\n"
    source += "".join(f"        {line}\n" for line in FILL.format(mb=24).splitlines())
    source += "        import time; time.sleep(1); os._exit(0)\n"
    in_group(group, source + "for _ in range(4): os.wait()")
    assert group.end()


def test_a_group_left_by_a_process_that_was_killed_is_taken_away(group):
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    left = group.folder.with_name(cgroup.NAME.format(pid=gone.pid, number=1))
    left.mkdir()
    cgroup.find_place.cache_clear()
    assert cgroup.find_place() is not None
    assert not left.exists()
    assert group.folder.exists()


def test_no_group_is_made_above_a_limit(group, tmp_path, monkeypatch):
    """A machine's owner who bounds the grader's own group has bounded all that it starts."""
    limited = group.folder
    relative = limited.relative_to(cgroup.find_place().folder)
    own = {name: f"{path.rstrip('/')}/{relative}" for name, path in cgroup._own_groups()}
    monkeypatch.setattr(cgroup, "_own_groups", lambda: own.items())
    assert [place.folder for place in cgroup._candidates()] == [limited]


@pytest.mark.parametrize("had", [True, False], ids=["in a group", "without one"])
def test_a_child_is_bounded_either_way(had, small, needs_jail, monkeypatch):
    if not had:
        monkeypatch.setattr(cgroup, "find_place", lambda: None)
    elif cgroup.find_place() is None:
        pytest.skip("this process may make no control groups that count memory")
    with Jail(("numpy",)) as jail:
        child = jail.open(replace(small, call_s=10))
        assert child.request("cell", cell_id="1.1", source=SOURCE) is None
        student = Student(child)
        told = "".join(student.tell())
        assert (f"nablab-{os.getpid()}-" in told) == had
        student.fill_tmp()
        with pytest.raises(ChildLost) as raised:
            student.fill_at_once()
        assert raised.value.reason == "memory"
        group = jail.group
        child.end()
        assert jail.group is None and (group is None or not group.folder.exists())
        assert jail.open(small).request("cell", cell_id="1.1", source="x = 1") is None


def test_a_group_is_taken_away_when_the_worker_dies(small, needs_jail):
    if cgroup.find_place() is None:
        pytest.skip("this process may make no control groups that count memory")
    with Jail(("numpy",)) as jail:
        jail.open(small)
        group = jail.group
        jail.process.kill()
        jail.process.wait()
        jail.open(small)
        assert not group.folder.exists()
        assert jail.group.folder.exists()
    assert not jail.group
