"""Controls a jail from the trusted side: starts the warm worker, opens and ends children in it.

    with Jail(preload=("numpy",)) as jail:
        child = jail.open(limits)
        child.request("get", name="answer")

Whatever a child sends is either decoded within bounds or ends the child. `ChildLost` says why.
"""

from __future__ import annotations

import select
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nablab.course import Limits
from nablab.errors import NoJail
from nablab.sandbox import memory, protocol
from nablab.sandbox.cgroup import Group
from nablab.sandbox.channel import Channel, Deadline, Gone, OutOfTime
from nablab.sandbox.clock import Allowance, Both, Stopwatch, TooLong, Used, host_pid
from nablab.sandbox.engine import Engine, choose
from nablab.sandbox.serve import describe
from nablab.sandbox.student import Callbacks, ChildLost, Handle, Link, value_of

START_S = 600.0  # enough on a machine that is busy with other things
ORDER_S = 120.0
CPU_S = 600
CALLBACK_BYTES = 1 << 20  # the arguments of one call from the student's code to this side
MOST_CALLBACKS = 100_000  # per child; no right answer in the labs needs more than 400
SENT_MB = 256  # sent by one child in total, which a check may keep; right answers send up to 21
SPARE_MB = 256.0  # how much a worker may grow before it is replaced
AHEAD_BYTES = 1 << 16  # of requests sent before the reply to the previous one has come
MOST_AHEAD = 64  # such requests: the kernel counts several hundred bytes more for each message
GRACE_BYTES = 1 << 16  # for a reply's envelope around a value that is just within bounds

SAYS = {
    "time": "It took more than {limit:g} s and was stopped: does a loop end?",
    "exit": "It ended the whole Python process (`os._exit`, a crash or a signal).",
    "callbacks": f"It called the functions that it was given more than {MOST_CALLBACKS:,} times.",
    "sent": f"It returned, or passed to functions it was given, more than {SENT_MB} MB in all.",
    "judging": f"The grader needs more than {memory.JUDGING_MB} MB of memory for what it sent.",
    "memory": "It needed more than the {memory} MB of memory that are allowed.",
    "processes": "It started more than the {processes} processes that are allowed.",
    "protocol": "It wrote to the grader's own channel, which no answer needs to do ({detail}).",
}
OF_THE_GRADER = {"callbacks", "sent", "judging"}  # limits on the work that this side is asked to do


class Jail:
    """One warm worker in a jail, with one child at a time. Use `twin` for a second child."""

    def __init__(
        self,
        preload: tuple[str, ...] = ("numpy",),
        engine: Engine | None = None,
        assets: Path | None = None,
        setup: tuple[str, ...] = (),
    ):
        self.engine = engine or choose()
        self.preload = preload
        self.setup = setup
        self.assets = assets
        self.process: subprocess.Popen[bytes] | None = None  # None in a twin
        self.control: Channel
        self.child: Child | None = None
        self.group: Group | None = None  # the child's, if control groups are available
        self.worker_mb: float | None = None  # the worker's memory after its first child
        self.swollen = False
        self.twins: list[Jail] = []

    def __enter__(self) -> Jail:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def start(self) -> None:
        self.worker_mb, self.swollen = None, False
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in stop)
        with memory.without_bound():
            self.process, here = self.engine.start(self.assets, errors=self.errors)
        self.control = Channel(here)
        try:
            order = {
                "op": "warm",
                "namespaces": self.engine.namespaces,
                "filter": self.engine.calls(),
                "preload": list(self.preload),
                "setup": list(self.setup),
            }
            self._order(order)
            answer = protocol.decode(self.control.receive(Deadline(START_S)))
        except (Gone, OutOfTime):
            answer = {"failed": self._last_words() or "it ended without a message"}
        if "failed" in answer:
            self.stop()
            raise NoJail(f"The jail could not be prepared: {answer['failed']}")

    def twin(self) -> Jail:
        """Another worker in the same jail, forked from this warm one. It shares this one's memory,
        needs no time to start, and is stopped together with it."""
        here, there = socket.socketpair()
        with there:
            self._order({"op": "twin"}, there.fileno())
        self._answer()
        twin = Jail(self.preload, self.engine, self.assets, self.setup)
        twin.control = Channel(here)
        self.twins.append(twin)
        return twin

    def stop(self) -> None:
        for twin in self.twins:  # the process waits for them
            twin.stop()
        self.twins = []
        self.control.close()
        self.child = None
        if self.process is None:
            self.leave_group()
            return
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        self.process = None
        self.leave_group()

    def open(self, limits: Limits, hide: Iterable[str] = (), draws: bool = False) -> Child:
        """End the previous child and open a new one, which sees none of the packages in `hide`. If
        the child `draws`, the worker loads Matplotlib first. A worker that has died or grown is
        started again."""
        if self.child is not None:
            self.child.end()
        if self.swollen:
            self.stop()
            self.start()
        for attempt in (1, 2):
            try:
                return self._open(limits, list(hide), draws)
            except (Gone, OutOfTime, OSError):
                words = self._last_words()
                self.stop()
                self.start()
                if attempt == 2:
                    raise NoJail(
                        f"The jail's worker died twice in a row. {words}".strip()
                    ) from None
        raise AssertionError("unreachable")

    def _open(self, limits: Limits, hide: list[str], draws: bool) -> Child:
        here, there = socket.socketpair()
        bounds = {key: value for key, value in asdict(limits).items() if isinstance(value, int)}
        limits_of_child = {**bounds, "cpu_s": CPU_S, "address_space": not self.engine.gpu}
        room_mb = 4 * limits.file_mb  # its /tmp and /dev/shm, which its group counts too
        self.group = self.engine.group(limits.memory_mb + room_mb)
        order = {
            "op": "fork",
            "limits": limits_of_child,
            "hide": hide,
            "draws": draws,
            "shares_cpu": self.group is not None and self.group.shares_cpu,
        }
        with there:
            self._order(order, there.fileno(), *(self.group.doors if self.group else []))
        if self.group:
            self.group.close_doors()
        _, (process,) = self.control.receive_with(Deadline(ORDER_S))
        self.child = Child(self, here, limits, Stopwatch(host_pid(process), self._used))
        return self.child

    def end_child(self) -> dict[str, Any]:
        """End the child; returns how it ended and what it used."""
        self.child = None
        try:
            self._order({"op": "end"})
            ended = self._answer()
        except (Gone, OutOfTime):
            return {"limit": "", "cpu_s": 0.0, "waited_s": 0.0, "memory_mb": 0.0}
        finally:
            overran = self.leave_group()
        if overran:
            ended["limit"] = ended["limit"] or "memory"
        if self.worker_mb is None:
            self.worker_mb = ended["worker_mb"]
        self.swollen = ended["worker_mb"] > self.worker_mb + SPARE_MB
        return ended

    def leave_group(self) -> bool:
        """Remove the child's control group; returns whether it went over its memory limit."""
        group, self.group = self.group, None
        return group is not None and group.end()

    def _used(self) -> Used:
        """What the child has used so far; `Gone` if the worker is gone."""
        try:
            self._order({"op": "used"})
            return Used(**self._answer())
        except OutOfTime:
            raise Gone from None

    def _order(self, order: dict[str, Any], *descriptors: int) -> None:
        until = Deadline(ORDER_S)
        self.control.send_with(protocol.encode(order), list(descriptors), until)

    def _answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = protocol.decode(self.control.receive(Deadline(ORDER_S)))
        return answer

    def _last_words(self) -> str:
        if self.process is None:
            return ""
        self.errors.seek(0)
        return self.errors.read()[-500:].decode(errors="replace").strip()


class Child:
    """One process that holds one student's code. Implements `student.Link`."""

    def __init__(self, jail: Jail, sock: socket.socket, limits: Limits, stopwatch: Stopwatch):
        self.jail = jail
        self.stopwatch = stopwatch
        self.limits = limits
        self.bounds = protocol.Bounds(message_bytes=(limits.message_mb << 20) + GRACE_BYTES)
        self.channel = Channel(sock, self.bounds)
        self.callbacks = Callbacks(self)
        self.number = 0
        self.called_back = 0
        self.sent_bytes = 0
        self.busy = False
        self.ended: dict[str, Any] | None = None
        self.lost: ChildLost | None = None
        self.test: Allowance | None = None  # the time for all calls of the running test together
        self.busy_s = 0.0  # the time spent waiting for replies
        self.front: Link | None = None  # the link that calls through handles use, if not this one

    def request(self, op: str, **arguments: Any) -> Any:
        """Ask the student's side for a value, within the time limits of a call and of the test."""
        if self.front is not None and self.lost is None:
            return self.front.request(op, **arguments)
        return self.request_within(self.limits.call_s, op, **arguments)

    def request_within(self, limit_s: float, op: str, **arguments: Any) -> Any:
        (value,) = self.request_all(limit_s, [(op, arguments)])
        return value

    def request_all(
        self, limit_s: float, requests: Iterable[tuple[str, dict[str, Any]]]
    ) -> Generator[Any, None, None]:
        """Send several requests ahead of their replies and yield their values in order. Each has
        its own `limit_s`. The number of values before a `ChildLost` shows which request ended the
        child. No more is sent ahead than the channel holds, so a request that is not read yet
        takes no time from another."""
        if self.lost is not None:
            raise self.lost
        if self.busy:
            raise RuntimeError("a function called back must not call the student's code")
        waiting = deque(
            protocol.encode(
                {"id": number, "op": op, "with": arguments}, self.callbacks.wrap, self.bounds
            )
            for number, (op, arguments) in enumerate(requests, self.number + 1)
        )
        sent: deque[int] = deque()  # the sizes of requests without a reply yet
        last = self.number + len(waiting)
        self.busy = True
        begun = time.monotonic()
        try:
            self._refuse_early_reply()
            while self.number < last:
                allowance = self._allowance(limit_s)
                ahead = []
                while waiting and self._fits_ahead(sent, len(waiting[0])):
                    ahead.append(waiting.popleft())
                    sent.append(len(ahead[-1]))
                self.channel.send_all(ahead, allowance)
                self.number += 1
                yield value_of(self._reply(self.number, allowance))
                sent.popleft()
        except TooLong as over:
            raise self._lose("time", over.starved, limit=over.limit_s) from None
        except Gone:
            raise self._lose("exit") from None
        except protocol.ProtocolError as error:
            raise self._lose("protocol", detail=str(error)) from None
        except MemoryError:
            raise self._lose("judging") from None
        finally:
            self.busy = False
            self.busy_s += time.monotonic() - begun

    def _fits_ahead(self, sent: deque[int], size: int) -> bool:
        return not sent or (len(sent) < MOST_AHEAD and sum(sent) + size <= AHEAD_BYTES)

    def spent_s(self) -> float:
        """The time that counts so far: its CPU time or, if that is more, the time of its requests
        less the time that it waited for a processor."""
        used = self.stopwatch.since(Used())
        return max(used.cpu_s, self.busy_s - used.waited_s)

    def allowance(self, limit_s: float) -> Allowance:
        """The allowance for work that begins now."""
        return Allowance(self.stopwatch, limit_s)

    def _allowance(self, limit_s: float) -> Both:
        """The allowance for a call that begins now: its own, and the rest of its test's."""
        own = self.allowance(limit_s)
        return Both(own) if self.test is None else Both(own, self.test)

    def _refuse_early_reply(self) -> None:
        readable = select.select([self.channel.sock], [], [], 0)[0]
        if readable and not self.channel.sock.recv(1, socket.MSG_PEEK):
            raise Gone
        if readable or self.channel.ahead:
            raise protocol.ProtocolError("a reply came before its call")

    def _reply(self, number: int, allowance: Both) -> dict[str, Any]:
        """The reply to a call. Until it comes, the child may call back functions on this side.
        Their time does not count as the student's, up to the time limit of one call."""
        to_give_back = self.limits.call_s
        while True:
            allowance.left()  # otherwise endless callbacks would never run out of time
            body = self.channel.receive(allowance)
            self.sent_bytes += len(body)
            if self.sent_bytes > SENT_MB << 20:
                raise self._lose("sent")
            reply = protocol.decode(body, self._unwrap, self.bounds)
            if not isinstance(reply, dict):
                raise protocol.ProtocolError("a reply is a dict")
            if "callback" not in reply:
                if type(reply.get("id")) is not int or reply["id"] != number:
                    raise protocol.ProtocolError("a reply to another call")
                return reply
            if len(body) > CALLBACK_BYTES:
                raise protocol.ProtocolError("a callback with more than 1 MB of arguments")
            args, kwargs = reply.get("args"), reply.get("kwargs")
            if (
                type(reply["callback"]) is not int
                or not isinstance(args, tuple)
                or reply["callback"] not in self.callbacks.functions
                or not isinstance(kwargs, dict)
            ):
                raise protocol.ProtocolError("a callback that nobody offered")
            self.called_back += 1
            if self.called_back > MOST_CALLBACKS:
                raise self._lose("callbacks")
            begun = time.monotonic()
            answer = self.callbacks.answer(reply["callback"], args, kwargs)
            given = min(time.monotonic() - begun, to_give_back)
            to_give_back -= given
            allowance.give(given)
            try:
                body = protocol.encode(answer, self.callbacks.wrap, self.bounds)
            except protocol.NotAValue as error:  # caused by the student, not a fault of the check
                body = protocol.encode({"error": describe(error)})
            self.channel.send(body, allowance)

    def _unwrap(self, code: int, remote: protocol.Remote) -> Handle:
        if code != protocol.HANDLE:
            raise protocol.ProtocolError("only handles come from the jail")
        return Handle(self, remote)

    def _lose(self, reason: str, starved: bool = False, **details: Any) -> ChildLost:
        with memory.without_bound():
            ended = self.end()
        if reason in ("exit", "time"):  # perhaps because another limit ended one of its processes
            reason = ended["limit"] or reason
        says = SAYS[reason].format(
            memory=self.limits.memory_mb, processes=self.limits.processes, **details
        )
        reason = "limit" if reason in OF_THE_GRADER else reason
        self.lost = ChildLost(reason, says, starved and reason == "time")
        return self.lost

    def end(self) -> dict[str, Any]:
        """End the child and everything that it started; returns how it ended and what it used."""
        if self.ended is None:
            self.channel.close()
            self.ended = self.jail.end_child()
            self.lost = self.lost or ChildLost("exit", "This process was ended.")
        return self.ended
