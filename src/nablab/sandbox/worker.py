"""The warm worker: `python -I -m nablab.sandbox.worker DESCRIPTOR`, started inside a jail.

It imports the packages that a lab needs once and runs no student code itself. For every exercise it
forks a child, which enters its own namespaces. It takes orders over its control channel and has one
child at a time. The child gets one descriptor, its own channel, and no other.
"""

from __future__ import annotations

import gc
import importlib
import os
import random
import signal
import socket
import sys
import tempfile
from typing import Any, NoReturn

from nablab.sandbox import confine, protocol
from nablab.sandbox.cells import Cells, no_questions
from nablab.sandbox.channel import Channel, Gone
from nablab.sandbox.forbidden import Block, named_in
from nablab.sandbox.inert import BoundedOutput, InertModules, load_drawing
from nablab.sandbox.serve import Server, raise_or_answer
from nablab.sandbox.watched import Watched

EXIT_GRACE_S = 0.1


def main() -> None:
    control = Channel(socket.socket(fileno=int(sys.argv[1])))
    order = protocol.decode(control.receive())
    try:
        if order["namespaces"]:
            confine.hide_processes()
            confine.become_nobody()
        cells = warm_up(order["preload"], order["setup"])
        control.send(protocol.encode({"ready": sys.version.split()[0]}))
    except Exception as error:
        control.send(protocol.encode({"failed": f"{type(error).__name__}: {error}"}))
        return
    take_orders(control, cells, order["namespaces"], order["filter"])


def take_orders(control: Channel, cells: Cells, namespaces: bool, calls: bytes) -> None:
    """Fork a child, end it, or fork a twin of this worker, as ordered, until the channel closes.
    `calls` is the system call filter that children load, if there is one."""
    child: Watched | None = None
    folder: tempfile.TemporaryDirectory[str] | None = None  # the child's own, if there is no jail
    twins: list[int] = []
    while True:
        if child is not None:
            child.watch(control.sock.fileno())
        try:
            body, descriptors = control.receive_with()
        except Gone:
            break
        order = protocol.decode(body)
        if order["op"] == "fork":
            limits = order["limits"]
            if order["draws"] and "matplotlib.pyplot" not in sys.modules:
                load_drawing()
                cells.shell()
                gc.freeze()
            folder = None if namespaces else tempfile.TemporaryDirectory()
            pid = confine.fork_into_namespaces() if namespaces else os.fork()
            if pid == 0:
                control.close()
                confine.enter_group(*descriptors[1:])
                serve_child(descriptors[0], limits, order["hide"], cells, folder, calls)
            child = Watched(pid, limits["processes"], limits["memory_mb"], order["shares_cpu"])
            control.send_with(protocol.encode({"forked": pid}), [child.descriptor])
        elif order["op"] == "used":
            control.send(protocol.encode(child.used() if child is not None else {}))
        elif order["op"] == "end":
            ended = child.end(EXIT_GRACE_S) if child is not None else {}
            control.send(protocol.encode(ended))
            child = None
            if folder is not None:
                folder.cleanup()
        elif order["op"] == "twin":
            twin = os.fork()
            if twin == 0:
                control.close()
                control = Channel(socket.socket(fileno=descriptors[0]))
                take_orders(control, cells, namespaces, calls)
                os._exit(0)
            twins.append(twin)
            control.send(protocol.encode({"forked": twin}))
        for descriptor in descriptors:
            os.close(descriptor)
    for twin in twins:
        os.waitpid(twin, 0)


def warm_up(preload: list[str], setup: list[str]) -> Cells:
    """Import the packages that the lab needs and run its first setup cells, which are the lab's own
    code and never a student's. Nothing here may leave a thread running or initialise a backend,
    because the children are forks of this process. They begin with the names that these cells
    defined."""
    for name in preload:
        importlib.import_module(name)
    importlib.import_module("nablab.data")
    sys.meta_path.insert(0, InertModules("nablab.notebook", "nablab.show"))
    if any("matplotlib" in source for source in setup):
        load_drawing()
    cells = Cells()
    cells.forbidden("setup", "import this_makes_the_parser_warm", True)
    for number, source in enumerate(setup, 1):
        error = cells.run(f"setup {number}", source)
        if error is not None:
            raise RuntimeError(f"setup cell {number} raised {error['type']}: {error['message']}")
        cells.forbidden("setup", source, False)
    gc.freeze()
    return cells


def serve_child(
    descriptor: int,
    limits: dict[str, int],
    hide: list[str],
    cells: Cells,
    folder: tempfile.TemporaryDirectory[str] | None,
    calls: bytes,
) -> NoReturn:
    """In a child: confine this process, then answer requests until the channel closes. Without a
    jail it works in `folder`, and has no process limit: its user's other processes would count."""
    try:
        confine.die_with_parent()
        os.setsid()  # otherwise a signal to its own process group would reach the worker
        processes: int | None = limits["processes"]
        if folder is not None:
            os.chdir(folder.name)
            processes = None
        else:
            confine.private_folders(size_mb=2 * limits["file_mb"])
            confine.hide_packages(hide)
            confine.drop_capabilities()
        # A GPU's driver maps far more memory than it holds, so there `Watched` limits the memory.
        memory_mb = limits["memory_mb"] if limits["address_space"] else None
        confine.limit_resources(memory_mb, processes, limits["file_mb"], limits["cpu_s"])
        if calls:
            confine.filter_calls(calls)
    except BaseException as error:
        os.write(2, f"nablab worker: {type(error).__name__}: {error}\n".encode())
        os._exit(1)
    confine.close_descriptors_but(descriptor)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write past the limit is an OSError
    output = BoundedOutput()  # enough of a stream for `print`, also under Python's original names
    sys.stdout = sys.stderr = output
    sys.__stdout__ = sys.__stderr__ = output  # type: ignore[assignment, misc]
    sys.stdin = open(os.devnull)  # noqa: SIM115
    no_questions()
    sys.argv = ["notebook"]
    sys.path.insert(0, "")  # a notebook can import files that it has written into its folder
    if "matplotlib" in sys.modules:
        os.makedirs(os.environ["MPLCONFIGDIR"], exist_ok=True)
    random.seed(0)
    bounds = protocol.Bounds(message_bytes=limits["message_mb"] << 20)
    channel = Channel(socket.socket(fileno=descriptor), bounds)
    try:
        ChildServer(cells, channel, bounds).run()
    except Gone:
        os._exit(0)
    finally:
        os._exit(1)


class ChildServer(Server):
    """A `Server` on a channel. The notebook's cells fill its namespace."""

    def __init__(self, cells: Cells, channel: Channel, bounds: protocol.Bounds):
        self.cells = cells
        super().__init__(self.cells.namespace, self._call_far, bounds)
        self.channel = channel

    def run(self) -> None:
        while True:
            self.channel.send(self.answer(self.channel.receive()))

    def do_forbid(self, names: list[str]) -> None:
        self.cells.forbid = tuple(names)

    def do_scan(self, cell_id: str, source: str, judged: bool) -> str:
        return self.cells.forbidden(cell_id, source, judged)

    def do_named(self, sources: list[str], names: list[str]) -> list[str]:
        return named_in(sources, names)

    def do_block(self) -> None:
        Block(self.cells.forbid)

    def do_cell(self, cell_id: str, source: str, judged: bool = True) -> Any:
        return self.cells.run(cell_id, source, judged)

    def do_wanted(self, sources: list[str]) -> list[int]:
        return self.cells.wanted(sources)

    def _call_far(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = {"callback": number, "args": args, "kwargs": kwargs}
        self.channel.send(protocol.encode(call, self._wrap, self.bounds))
        return raise_or_answer(protocol.decode(self.channel.receive(), self._unwrap, self.bounds))


if __name__ == "__main__":
    main()
