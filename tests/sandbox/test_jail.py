"""The walls: what student code can reach from inside a real jail."""

import contextlib
import os
import socket
import tempfile
from pathlib import Path

import pytest

import nablab
from nablab.sandbox import engine, places
from nablab.sandbox.host import Jail
from nablab.sandbox.student import ChildLost, Student, StudentError

ROOT = Path(__file__).parents[2]

TRY = """
import os

def outcome(function, *args):
    try:
        return f"done: {function(*args)!r}"
    except OSError as error:
        return type(error).__name__
"""


@pytest.fixture
def inside(student):
    def inside(source, **limits):
        return student(TRY + source, **limits)

    return inside


# Network


def test_no_tcp_connection_reaches_this_machine(inside):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        said = inside("""
import socket

def connect(port):
    return outcome(socket.create_connection, ("127.0.0.1", port), 1)
""").connect(server.getsockname()[1])
        assert said in ("OSError", "ConnectionRefusedError")
        with pytest.raises(TimeoutError):
            server.accept()


def test_no_udp_packet_reaches_this_machine(inside):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        said = inside("""
import socket

def send(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return outcome(sock.sendto, b"x", ("127.0.0.1", port))
""").send(server.getsockname()[1])
        assert said == "OSError"
        with pytest.raises(TimeoutError):
            server.recv(1)


def test_no_unix_socket_reaches_this_machine(inside, tmp_path):
    places = [str(tmp_path / "socket"), f"\0nablab-test-{os.getpid()}"]
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        for server, place in zip((named, abstract), places, strict=True):
            server.bind(place)
            server.listen()
            with socket.socket(socket.AF_UNIX) as here:
                here.connect(place)  # from outside it can be reached
        said = inside("""
import socket

def connect(*places):
    return [outcome(socket.socket(socket.AF_UNIX).connect, place) for place in places]
""").connect(*places)
        assert said == ["FileNotFoundError", "ConnectionRefusedError"]


# Files


@pytest.mark.parametrize(
    "place",
    [
        *(
            ROOT / name
            for name in (
                "solutions",
                "grader",
                "labs",
                "tests",
                ".git",
                "README.md",
                "pyproject.toml",
                ".course_secret",
                "solutions/lab01_filters/lab.py",
                "grader/suites/lab01_filters/match_score.py",
                "labs/lab01_filters/checks/match_score.py",
                "submitted",
                "results",
            )
        ),
        Path.home(),
        Path("/root"),
        Path("/home"),
        "/etc/passwd",
        "/etc/shadow",
        "/etc/hostname",
        "/var",
        "/run",
        "/sys",
        "/opt",
        "/mnt",
        "/srv",
        "/proc/1/root",
        "/proc/1/cwd",
    ],
    ids=str,
)
def test_nothing_of_this_machine_can_be_read(inside, place):
    if str(engine.sys.base_prefix).startswith(f"{place}/"):
        pytest.skip("Python itself is installed below")
    said = inside("""
def look(place):
    return outcome(os.listdir if os.path.isdir(place) else open, place)
""").look(str(place))
    assert said in ("FileNotFoundError", "PermissionError")


def test_a_submission_elsewhere_cannot_be_read(inside, tmp_path):
    path = tmp_path / "student02.ipynb"
    path.write_text("{}")
    said = inside("def look(path): return outcome(open, path)").look(str(path))
    assert said == "FileNotFoundError"


def test_of_the_checkout_only_nablab_itself_and_its_python_are_there(inside):
    found = inside("""
def files(root):
    found = []
    for folder, folders, files in os.walk(root):
        if ".venv" in folders:
            folders.remove(".venv")
        found += [os.path.join(folder, name) for name in files]
    return found
""").files(str(ROOT))
    package = str(Path(places.nablab.__file__).parent)
    assert found == [] if not package.startswith(str(ROOT)) else found
    assert [path for path in found if not path.startswith(package)] == []


def test_the_environment_holds_the_named_variables_and_no_other(inside, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    held = inside("def environment(): return dict(os.environ)").environment()
    assert held == {**engine.environment(), "PWD": "/tmp/work"}


@pytest.mark.parametrize(
    "place",
    [
        "/",
        "/usr",
        "/usr/bin",
        "/etc",
        "/dev",
        "/proc",
        "/proc/self",
        "/var/tmp",
        str(Path(places.nablab.__file__).parent),
        str(Path(os.__file__).parent),
        str(Path(pytest.__file__).parent),
    ],
)
def test_nothing_can_be_written_outside_the_temporary_folders(inside, place):
    said = inside("def write(path): return outcome(open, path, 'w')").write(f"{place}/mine")
    assert said in ("OSError", "PermissionError", "FileNotFoundError")


def test_there_are_no_device_nodes_but_nothing_zeros_and_chance(inside):
    found = inside("""
import stat

def nodes():
    found = []
    for folder, _, names in os.walk("/dev"):
        for name in names:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                found.append(os.path.join(folder, name))
    return found
""").nodes()
    assert sorted(found) == sorted(f"/dev/{name}" for name in engine.DEVICE_NODES)


def test_through_proc_no_process_but_its_own_can_be_signalled(inside):
    """All of them run as one user of this machine; their namespaces keep them apart."""
    reached, seen = inside("""
import signal

def signalled():
    reached, pids = [], [pid for pid in os.listdir("/proc") if pid.isdecimal()]
    for pid in pids:
        descriptor = os.open(f"/proc/{pid}", os.O_DIRECTORY)
        if outcome(signal.pidfd_send_signal, descriptor, 0).startswith("done"):
            reached.append(pid)
        os.close(descriptor)
    own = os.path.basename(os.path.realpath("/proc/self"))
    return [pid for pid in reached if pid != own], pids == [own]
""").signalled()
    assert reached == [] and seen


@pytest.mark.parametrize("name", ["venv", "with a space"])
def test_what_python_needs_below_tmp_is_there_in_a_child_and_nothing_beside_it(
    monkeypatch, small, name
):
    look = """
import os

def look(place):
    try:
        open(os.path.join(place, "module.py"), "a")
        said = "written"
    except OSError:
        said = "read-only"
    return os.listdir(place), os.listdir(os.path.dirname(place)), said
"""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        Path(folder, "secret").write_text("")
        place = Path(folder, name)
        place.mkdir()
        Path(place, "module.py").write_text("x = 1")
        shown = [*places.readable_places(), place]
        monkeypatch.setattr(places, "readable_places", lambda: shown)
        with Jail() as jail:
            child = jail.open(small)
            child.request_within(10, "cell", cell_id="1.1", source=look)
            seen = Student(child).look(str(place))
    assert seen == (["module.py"], [name], "read-only")


def test_nothing_there_can_be_changed_removed_or_mounted_over(inside):
    package = str(Path(places.nablab.__file__))
    change = inside("""
import ctypes

def change(path):
    yielded = [outcome(open, path, "a"), outcome(os.remove, path), outcome(os.chmod, path, 0o777),
               outcome(os.rename, path, "/tmp/gone"), outcome(os.symlink, "/tmp", path + "x")]
    libc = ctypes.CDLL(None, use_errno=True)
    return yielded, [libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), libc.umount2(b"/tmp", 2),
                     libc.mount(b"none", b"/usr", None, 32 | 4096, None)]
""").change
    said, mounts = change(package)
    assert set(said) <= {"OSError", "PermissionError"}
    assert mounts == [-1, -1, -1]


@pytest.mark.parametrize("place", ["/tmp/mine", "mine", "/dev/shm/mine"])
def test_what_a_child_writes_is_gone_for_the_next(inside, place):
    source = """
def write(path):
    with open(path, "w") as file:
        file.write("x")
    return os.path.exists(path)

def there(path):
    return os.path.exists(path)
"""
    assert inside(source).write(place) is True
    assert inside(source).there(place) is False


def test_a_child_begins_in_an_empty_folder_of_its_own(inside):
    shown = {place.parts[2] for place in places.readable_places() if place.is_relative_to("/tmp")}
    folder, held, beside = inside(
        "def here(): return os.getcwd(), os.listdir(), os.listdir('/tmp')"
    ).here()
    beside = set(beside) - {"matplotlib"}  # its settings, where the worker has loaded it
    assert (folder, held, beside) == ("/tmp/work", [], {"work", *shown})


def test_a_full_temporary_folder_is_an_error_of_the_students(inside):
    fill = inside("""
def fill(folder):
    for number in range(10_000):
        try:
            with open(f"{folder}/{number}", "wb") as file:
                file.write(bytes(1 << 20))
        except OSError as error:
            return number, error.errno
""").fill
    for folder in ("/tmp", "/dev/shm"):
        files, _ = fill(folder)
        assert files <= 8  # twice the size of one file, in MB


# Other processes


def test_a_child_is_alone_and_can_signal_nobody(inside):
    said = inside("""
def signal():
    reached = []
    for pid in [*range(2, 300), -1]:
        try:
            os.kill(pid, 0)
            reached.append(pid)
        except OSError:
            pass
    return os.getpid(), os.getppid(), reached
""").signal()
    assert said == (1, 0, [])


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGKILL", "SIGTERM"])
def test_a_signal_to_its_own_group_reaches_its_own_processes_alone(jail, child_with, name):
    """A group may reach over namespaces; the worker started this process in its own."""
    child = child_with(f"import os, signal\ndef f(): os.kill(0, signal.{name})", call_s=0.5)
    process = jail.process
    with contextlib.suppress(ChildLost, StudentError):  # the first of a namespace is spared
        Student(child).f()
    assert Student(child_with("def double(x): return 2 * x")).double(21) == 42
    assert jail.process is process and process.poll() is None  # not started anew


def test_other_processes_memory_environment_and_files_cannot_be_read(inside):
    said = inside("""
def look():
    own = os.readlink("/proc/self")
    read = []
    for pid in range(1, 400):  # whether it is in the list or not
        if pid != int(own):
            numbers = [f"fd/{number}" for number in range(20)]
            for name in ("environ", "mem", "maps", "root", "cwd", "auxv", "stack", *numbers):
                path = f"/proc/{pid}/{name}"
                folder = os.path.isdir(path)
                said = outcome(os.listdir if folder else lambda p: open(p).read(1), path)
                if said.startswith("done"):
                    read.append((path, said))
    return [pid for pid in os.listdir("/proc") if pid.isdecimal()], read
""").look()
    pids, read = said
    assert len(pids) == 1  # not even the worker is in sight
    assert read == []


def test_nothing_of_the_host_is_in_sight(inside):
    lines = inside("""
def commands():
    return [open(f"/proc/{pid}/cmdline").read() for pid in os.listdir("/proc") if pid.isdecimal()]
""").commands()
    assert [line for line in lines if "nablab.sandbox.worker" not in line] == []


def test_a_child_holds_no_descriptor_but_its_channel(inside):
    held = inside("""
def held():
    return {number: os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")
            if os.path.lexists(f"/proc/self/fd/{number}")}
""").held()
    assert {held[number] for number in "012"} == {"/dev/null"}
    others = [target for target in held.values() if target != "/dev/null"]
    assert len(others) == 1
    assert others[0].startswith("socket:")


def test_a_child_has_no_capabilities_and_gains_none(inside):
    status = inside("def status(): return open('/proc/self/status').read()").status()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    held = [fields[f"Cap{kind}"] for kind in ("Eff", "Prm", "Inh", "Amb")]
    assert [int(mask, 16) for mask in held] == [0] * 4
    assert fields["NoNewPrivs"] == "1"
    assert "\t0" not in fields["Uid"]


def test_the_reference_is_not_in_the_jail(inside):
    source = f"def files(): return os.listdir({str(Path(nablab.__file__).parent / 'reference')!r})"
    assert inside(source).files() == []
