"""The command that starts a worker in a jail, through bubblewrap or a container engine.

These are in the jail, read-only: the system's libraries and programs, the Python installation, the
packages of nablab's own environment and of no other, nablab's own package and one lab's assets. The
jail has no network, no home folder, an empty /tmp, and an environment of a few named variables.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nablab.errors import NoJail
from nablab.sandbox import cgroup, places, seccomp

INSTALL = "Install bubblewrap (`apt install bubblewrap`, `dnf install bubblewrap`)"
WORKER = "nablab.sandbox.worker"
DEVICES = Path("/dev")
SPEAKING = (
    "buddyinfo cgroups diskstats interrupts kallsyms key-users keys loadavg locks mdstat "
    "pagetypeinfo sched_debug schedstat softirqs swaps timer_list vmallocinfo vmstat zoneinfo"
)
"""Files in /proc about the whole machine. One process could use them to send messages to another,
and no library needs them."""
SPEAKING_FOLDERS = ("/proc/pressure", "/proc/sys/fs")
DEVICE_NODES = ("null", "zero", "random", "urandom")  # in the jail
CONTROL = 3  # the only descriptor that podman passes on


@dataclass(frozen=True)
class Engine:
    """A way to jail a command. `namespaces` says whether children get namespaces of their own."""

    name: str
    namespaces: bool
    runtime: str = ""  # podman's runtime, if its default does not work
    gpu: bool = False  # whether the jail shows the machine's GPUs

    def calls(self, jupyter: bool = False) -> bytes:
        """The system call filter that children load; empty without a jail."""
        return seccomp.program(jupyter, self.gpu) if self.namespaces else b""

    def command(self, control: int, assets: Path | None, module: str = WORKER) -> list[str]:
        """The command that starts a worker, or another module of ours. It takes its orders over the
        descriptor `control`."""
        if self.name == "podman":
            options = podman_options(assets, self.runtime)
            return _as_third(control, [*options, *_python(module, CONTROL)])
        if self.name == "bubblewrap":
            return [*bubblewrap_options(assets, self.gpu), *_python(module, control)]
        variables = [f"{key}={value}" for key, value in environment(self.gpu).items()]
        return ["env", "-i", *variables, *_python(module, control)]

    def start(
        self, assets: Path | None, module: str = WORKER, errors: Any = subprocess.DEVNULL
    ) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Start a worker, or another module of ours, in a jail. Returns its process and this side's
        end of its channel."""
        here, there = socket.socketpair()
        with there:
            process = subprocess.Popen(
                self.command(there.fileno(), assets, module),
                pass_fds=[there.fileno()],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        return process, here

    def group(self, memory_mb: int) -> cgroup.Group | None:
        """A control group for a child, if there is a jail and groups are available."""
        return cgroup.make(memory_mb) if self.namespaces else None


def choose(unsafe: bool = False, device: str = "cpu") -> Engine:
    """The engine of this machine: bubblewrap if it is installed, otherwise podman. `NoJail` says in
    one sentence why none works. (Docker passes no descriptors and needs a daemon run by root.)"""
    gpu = device == "gpu"
    if gpu and not gpu_devices():
        raise NoJail("There is no GPU here (no /dev/nvidia0): grade with --device cpu.")
    if unsafe:
        return Engine("none", namespaces=False, gpu=gpu)
    if shutil.which("bwrap") is not None:
        failure = _fails([*bubblewrap_options(None, gpu), "/usr/bin/env", "true"])
        if not failure:
            return Engine("bubblewrap", namespaces=True, gpu=gpu)
        raise NoJail(
            f"bubblewrap is installed but cannot start ({failure}): "
            "unprivileged user namespaces must be allowed on this machine."
        )
    if gpu:
        raise NoJail(f"A jail with a GPU needs bubblewrap, which is not installed. {INSTALL}.")
    if shutil.which("podman") is not None:
        runtimes = ["", *(name for name in ("runc", "crun") if shutil.which(name))]
        failures = []
        for runtime in runtimes:
            probe = [*podman_options(None, runtime), "/usr/bin/env", "true"]
            failures.append(_fails(_as_third(0, probe)))
            if not failures[-1]:
                return Engine("podman", namespaces=True, runtime=runtime)
        raise NoJail(f"podman is installed but cannot start ({failures[0]}). {INSTALL}.")
    raise NoJail(f"Student code runs in a jail, and this machine has no program for it. {INSTALL}.")


def _fails(command: list[str]) -> str:
    """Why a command cannot be run; "" if it can."""
    try:
        probe = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except subprocess.TimeoutExpired:
        return "it does not answer"
    if probe.returncode == 0:
        return ""
    return (probe.stderr.strip().splitlines() or ["no reason given"])[-1]


def _as_third(control: int, command: list[str]) -> list[str]:
    """A command that gets the descriptor `control` as its descriptor 3."""
    move = f"import os, sys; os.dup2({control}, {CONTROL}); os.execvp(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-I", "-c", move, *command]


def _python(module: str, control: int) -> list[str]:
    return [sys.executable, "-I", "-B", "-m", module, str(control)]


def gpu_devices() -> list[Path]:
    """The device nodes of this machine's NVIDIA GPUs; empty if there is no GPU."""
    found = sorted(DEVICES.glob("nvidia*"))
    return found if any(path.name[6:].isdecimal() for path in found) else []


def environment(gpu: bool = False) -> dict[str, str]:
    """All environment variables that student code sees."""
    hidden = {} if gpu else {"CUDA_VISIBLE_DEVICES": ""}
    return hidden | {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "NABLAB_JAIL": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "PIP_NO_INDEX": "1",  # there is no network to wait for
        "MALLOC_ARENA_MAX": "2",  # each further arena takes 128 MB of the allowed address space
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",  # arrays are small: threads would only wait for each other
        "TF_NUM_INTEROP_THREADS": "2",  # threads count as processes, and a large machine has many
        "KERAS_HOME": "/tmp/keras",
        "KERAS_BACKEND": os.environ.get("KERAS_BACKEND", "tensorflow"),
    }


def bubblewrap_options(assets: Path | None, gpu: bool = False) -> list[str]:
    options = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", *_namespaces()]
    for key, value in environment(gpu).items():
        options += ["--setenv", key, value]
    for name in ("/bin", "/sbin", "/lib", "/lib64"):
        if os.path.islink(name):
            options += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            options += ["--ro-bind", name, name]
    for place in places.system_places():
        options += _shown(place)
    options += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    # Before the readable places, because a virtual environment may be in /tmp.
    options += ["--perms", "1777", "--tmpfs", "/tmp"]
    for place in places.readable_places():
        options += _shown(place)
    for target, link in places.aliases():
        options += ["--symlink", target, str(link)]
    if assets is not None and assets.is_dir():
        options += ["--ro-bind", str(assets), "/assets"]
    for place in places.hidden_places():
        options += _empty(place)
    options += ["--proc", "/proc"]
    for name in SPEAKING.split():
        if Path("/proc", name).exists():
            options += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    for folder in SPEAKING_FOLDERS:
        if Path(folder).is_dir():
            options += _empty(Path(folder))
    options += ["--perms", "0755", "--tmpfs", "/dev", "--dir", "/dev/shm"]
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        options += ["--symlink", f"/proc/self/fd{target}", f"/dev/{name}"]
    nodes = [Path("/dev", name) for name in DEVICE_NODES]
    for node in [*nodes, *(gpu_devices() if gpu else ())]:
        options += ["--dev-bind", str(node), str(node)]
    for words in ("--remount-ro /dev --dir /tmp/work", "--chdir /tmp/work --remount-ro / --"):
        options += words.split()
    return options


def _shown(place: Path) -> list[str]:
    options = []
    for parent in reversed(place.parents[:-1]):  # else bubblewrap makes them for its own user only
        options += ["--perms", "0755", "--dir", str(parent)]
    return [*options, "--ro-bind", str(place), str(place)]


def _empty(place: Path) -> list[str]:
    """Show a folder as empty and read-only, because all children see it."""
    return ["--perms", "0555", "--tmpfs", str(place), "--remount-ro", str(place)]


def _namespaces() -> list[str]:
    """The worker's own namespaces. Root needs no user namespace for the others, and keeps the
    rights that let the worker become `nobody`. Any other user is user 1000 in the jail. The right
    to mount lets the worker hide other processes in /proc before it gives up all rights."""
    own = "--hostname jail --cap-drop ALL --cap-add CAP_SYS_ADMIN"
    if os.getuid() == 0:
        own += " --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup-try"
        return f"{own} --cap-add CAP_SETUID --cap-add CAP_SETGID".split()
    return f"{own} --unshare-all --uid 1000 --gid 1000".split()


def podman_options(assets: Path | None, runtime: str = "") -> list[str]:
    """The same jail as a container. Its root folder holds only mount points."""
    root = Path(tempfile.gettempdir(), f"nablab-root-{os.getuid()}")
    root.mkdir(exist_ok=True)
    options = ["podman", *(["--runtime", runtime] if runtime else []), "run"]
    for words in (
        "--rm --init=false --preserve-fds 1 --hostname jail --network none",
        "--read-only --read-only-tmpfs=false --tmpfs /tmp:mode=1777 --workdir /tmp",
        "--cap-drop all --cap-add setuid --cap-add setgid --cap-add sys_admin --unsetenv-all",
        "--ulimit nofile=4096:4096 --ulimit nproc=4096:4096",
    ):
        options += words.split()
    for rule in ("seccomp=unconfined", "unmask=/proc/*", "mask=/sys"):
        options += ["--security-opt", rule]
    for key, value in environment().items():
        options += ["--env", f"{key}={value}"]
    shown = [
        *places.system_places(),
        *(Path(place) for place in ("/bin", "/sbin", "/lib", "/lib64")),
        Path("/etc/ld.so.cache"),
        *places.readable_places(),
    ]
    for place in shown:
        if place.exists():
            options += ["--volume", f"{place}:{place}:ro"]
    for place in places.hidden_places():
        options += ["--mount", f"type=tmpfs,destination={place},ro,tmpfs-mode=0555"]
    if assets is not None and assets.is_dir():
        options += ["--volume", f"{assets}:/assets:ro"]
    return [*options, "--rootfs", str(root)]
