"""Nothing that two children see can carry a word from one to the other, whoever runs the grader."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from nablab.course import Limits
from nablab.sandbox import engine, places
from nablab.sandbox.host import Jail
from nablab.sandbox.student import Student

TRACES = """
import os

MARK = "left-by-the-child-before"

def folders():
    for folder, names, _ in os.walk("/"):
        if folder == "/proc":
            names[:] = []
        yield folder

def leave():
    for folder in folders():
        try:
            open(os.path.join(folder, MARK), "w").close()
        except OSError:
            pass

def find():
    return [folder for folder in folders() if os.path.lexists(os.path.join(folder, MARK))]

def writable():
    lines = [line.split() for line in open("/proc/self/mountinfo")]
    return [line[4] for line in lines if "rw" in line[5].split(",")]
"""
TWO_CHILDREN = f"""
import json
from nablab.course import Limits
from nablab.sandbox.host import Jail
from nablab.sandbox.student import Student

def child(jail):
    opened = jail.open(Limits(call_s=60), hide=["scipy.signal"])
    assert opened.request("cell", cell_id="1", source={TRACES!r}) is None
    return Student(opened)

with Jail() as jail:
    first = child(jail)
    first.leave()
    own = first.find()
    second = child(jail)
    print(json.dumps([own, second.find(), second.writable()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("user", ["the one who tests", "an ordinary user"])
def test_a_file_left_anywhere_is_not_there_for_the_next_child(user, request, needs_jail):
    words = [sys.executable, "-c", TWO_CHILDREN]
    if user == "an ordinary user":
        run, _ = request.getfixturevalue("ordinary")
        done = run(*words)
    else:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    own, next_ones, writable = json.loads(done.stdout)
    assert {"/tmp", "/tmp/work", "/dev/shm"} <= set(own)
    assert next_ones == []
    nodes = {f"/dev/{name}" for name in engine.DEVICE_NODES}
    assert set(writable) - nodes <= {"/tmp", "/dev/shm", "/proc"}


def test_only_a_childs_own_processes_are_in_proc(student, needs_jail):
    listed = "import os\ndef seen(): return [p for p in os.listdir('/proc') if p.isdecimal()]"
    with Jail() as other:
        neighbour = other.twin().open(Limits())
        assert neighbour.request("cell", cell_id="1", source=listed) is None
        assert len(Student(neighbour).seen()) == 1
    assert len(student(listed).seen()) == 1


@pytest.mark.parametrize("name", [*engine.SPEAKING.split(), "pressure", "sys/fs"])
def test_what_proc_tells_of_the_whole_machine_is_empty(student, name):
    look = student("""
import os

def look(path):
    if not os.path.exists(path):
        return "not there"
    try:
        return os.listdir(path) if os.path.isdir(path) else open(path).read()
    except PermissionError:
        return "closed"
""").look
    assert look(f"/proc/{name}") in ("not there", "closed", [])


# Packages


def test_no_package_is_in_sight_but_those_of_the_environment(student):
    found = student("""
import os

def found():
    return [
        folder
        for folder, names, _ in os.walk("/")
        if not folder.startswith("/proc/") and folder.endswith("-packages") and os.listdir(folder)
    ]
""").found()
    own = {os.path.realpath(place) for place in sys.path}
    assert found and {os.path.realpath(folder) for folder in found} <= own


@pytest.mark.slow
def test_packages_of_the_python_below_an_environment_are_hidden(tmp_path, needs_jail):
    """An environment made from an environment's Python, which has packages of its own."""
    made = tmp_path / "made"
    venv.create(made, symlinks=True)
    paths = os.pathsep.join([str(Path(places.nablab.__file__).parents[1]), *sys.path])
    script = f"""
import sys
from pathlib import Path
sys.path[:0] = {paths.split(os.pathsep)!r}
from nablab.sandbox import places
base = [Path(sys.base_prefix, "lib").glob("python3*/site-packages")]
print([str(place) for one in base for place in one if place not in places.hidden_places()])
"""
    done = subprocess.run(
        [made / "bin" / "python", "-I", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
