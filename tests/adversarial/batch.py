"""Grades all attacks in one run of `nablab grade`, as an instructor would. The run has its own course.
An honest submission follows each attack. Outside are servers and a secret that must stay out of
reach."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nablab.course import Course, find_course
from nablab.grading.samples import Sample, copy_course, notebook_of
from tests.adversarial.attack import Attack
from tests.courses import set_limits

ROOT = Path(__file__).parents[2]
LIMITS = {
    "call_s": 2,
    "cell_s": 2,
    "test_s": 6,
    "memory_mb": 256,
    "processes": 16,
    "file_mb": 4,
    "message_mb": 8,
}
Record = dict[str, Any]


@dataclass
class Batch:
    """The result of a run: the journal's records by student, and the run's own output."""

    records: dict[str, Record]
    status: int
    said: str
    reached: list[str]  # the things outside the jail that were touched
    report: str = ""  # the page of the class report
    feedback: str = ""  # the pages of all students

    def of(self, attack: Attack) -> Record:
        return self.records[attack.name]

    def neighbour_of(self, attack: Attack) -> Record:
        return self.records[f"{attack.name}-neighbour"]


def sentences(record: Record) -> list[str]:
    """All sentences about a submission."""
    runs = [score["run"] for score in record["exercises"]]
    return [
        *record["submission"]["notes"],
        *record["notes"],
        *(note for run in runs for note in run["notes"]),
        *(outcome["says"] for run in runs for outcome in run["outcomes"]),
    ]


def broken_promises(attack: Attack, batch: Batch) -> list[str]:
    """The parts of an attack's expected verdict that did not come true."""
    record, neighbour = batch.of(attack), batch.neighbour_of(attack)
    wrong = []
    if record["state"] != attack.state:
        wrong.append(f"{record['state']} instead of {attack.state}: {record['notes']}")
    elif not attack.allows(record["points"]):
        wrong.append(f"{record['points']:g} points instead of {attack.verdict}")
    if attack.says and not _said(attack.says, sentences(record)):
        wrong.append(f"no sentence says {attack.says!r}: {sorted(set(sentences(record)))[:6]}")
    suspicious = record.get("suspicious", [])
    if attack.suspicious and not any(attack.suspicious in one for one in suspicious):
        wrong.append(f"no suspicious mark says {attack.suspicious!r}: {suspicious}")
    if not attack.suspicious and attack.family == "honest" and suspicious:
        wrong.append(f"honest work was called suspicious: {suspicious}")
    if neighbour["state"] != "graded" or neighbour["points"] != neighbour["out_of"]:
        wrong.append(f"its neighbour got {neighbour['points']:g}")
    if neighbour.get("suspicious"):
        wrong.append(f"its neighbour was called suspicious: {neighbour['suspicious']}")
    return wrong


def _said(wanted: str, said: list[str]) -> bool:
    """Is one of several wordings, separated by |, in one of the sentences?"""
    return any(words in sentence for words in wanted.split("|") for sentence in said)


def grade(attacks: list[Attack], folder: Path, workers: int) -> Batch:
    """Hand in the attacks with their neighbours and grade them all. With one worker each neighbour
    comes after its attack; with two, many are graded beside an attack."""
    course = copy_course(find_course(ROOT), folder / "course")
    set_limits(course, "1", **LIMITS)
    with traps(folder) as (places, reached):
        places |= {"COURSE": str(course.root), "ROOT": str(ROOT)}
        submitted = hand_in(attacks, course, places)
        command = [sys.executable, "-m", "nablab.cli.main", "grade", str(submitted), "--lab", "1"]
        command += ["--course", str(course.root), "--workers", str(workers)]
        run = subprocess.run(
            command,
            env={**os.environ, "NABLAB_TEST_SECRET": places["SECRET"], "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        touched = reached()
    files = [path for part in ("results", "feedback") for path in (course.root / part).rglob("*.*")]
    touched += [f"the secret is in {path.name}" for path in files if _holds(path, places["SECRET"])]
    journal = sorted((course.root / "results").glob("*/*.json"))
    records = [json.loads(path.read_text(encoding="utf-8")) for path in journal]
    return Batch(
        {record["submission"]["student"]: record for record in records},
        run.returncode,
        run.stdout + run.stderr,
        touched,
        _texts(course.root / "report"),
        _texts(course.root / "feedback"),
    )


def _texts(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html")))


def _holds(path: Path, secret: str) -> bool:
    return path.is_file() and secret in path.read_text(encoding="utf-8")


def hand_in(attacks: list[Attack], course: Course, places: dict[str, str]) -> Path:
    lab = course.lab("1")
    submitted = course.root / "submitted"
    bases = {
        base: notebook_of(Sample("", "", stub=base == "stub"), course, lab)
        for base in ("stub", "solved")
    }
    (course.root / "solved.ipynb").write_text(bases["solved"], encoding="utf-8")
    for attack in attacks:
        path = submitted / attack.name / lab.id / attack.file
        path.parent.mkdir(parents=True)
        if attack.link:
            path.symlink_to(course.root / "solved.ipynb")
        elif attack.pipe:
            os.mkfifo(path)
        else:
            made = attack.notebook(json.loads(bases[attack.base]), places)
            path.write_text(made if isinstance(made, str) else json.dumps(made), encoding="utf-8")
        path = submitted / f"{attack.name}-neighbour" / lab.id / f"{lab.id}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(bases["solved"], encoding="utf-8")
    return submitted


@contextmanager
def traps(folder: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """Servers of four kinds, a secret, and a file that must not be created, with the names that
    attacks use for them; and a function that lists those that were touched."""
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("", 0))
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        places = {
            "TCP": str(tcp.getsockname()[1]),
            "UDP": str(udp.getsockname()[1]),
            "UNIX": str(folder / "socket"),
            "ABSTRACT": f"nablab-{secrets.token_hex(8)}",
            "SECRET": secrets.token_hex(16),
            "CANARY": str(folder / "canary"),
        }
        for server, place in ((named, places["UNIX"]), (abstract, f"\0{places['ABSTRACT']}")):
            server.bind(place)
            server.listen()
        servers = {"TCP": tcp, "UDP": udp, "a Unix socket": named, "an abstract socket": abstract}

        def reached() -> list[str]:
            found = ["the canary"] if Path(places["CANARY"]).exists() else []
            for name, server in servers.items():
                server.setblocking(False)
                try:
                    server.recv(1) if server is udp else server.accept()
                    found.append(name)
                except BlockingIOError:
                    pass
            return found

        yield places, reached
