"""Grading on a Dask cluster, on as many machines as its scheduler has workers.

The machines need nablab and bubblewrap, but no shared disk. The lab and its suite are sent to each
of them once, and a submission's bytes with its task. The results come back to the one process that
writes. If a worker is lost, nothing else is: Dask gives its tasks to another.
"""

from __future__ import annotations

import atexit
import hashlib
import io
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nablab
from nablab.course import Course, Lab
from nablab.errors import ClusterError, NablabError, UnreadableSubmission
from nablab.grading.intake.submission import content_of
from nablab.grading.judge.lab_grader import LabGrader, course_secret
from nablab.grading.pages.deliver import Delivery
from nablab.grading.records import path_in_text
from nablab.grading.run.runners import TRIES, Body, Task, given_up, grade_task
from nablab.grading.run.subprocess_grader import SubprocessGrader
from nablab.sandbox.engine import choose

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 20.0  # within which a scheduler has to answer
AHEAD = 3  # tasks that the scheduler holds for each thread of its workers
SECRET = ".course_secret"


@dataclass(frozen=True)
class Parcel:
    """Everything that judges one lab, as a zip of the course's files, and how to run it."""

    zipped: bytes
    lab_id: str
    unsafe: bool  # without a jail
    device: str  # "cpu" or "gpu"

    @cached_property
    def key(self) -> str:
        how = f"{self.unsafe} {self.device}".encode()
        return hashlib.sha256(self.zipped + how).hexdigest()[:16]

    def unpack(self, folder: Path) -> Path:
        with zipfile.ZipFile(io.BytesIO(self.zipped)) as archive:
            archive.extractall(folder)
        return folder


def pack(course: Course, lab: Lab, unsafe: bool = False, device: str = "cpu") -> Parcel:
    """The released lab, its sources, its suite and the course's secret.

    Other labs' folders go along empty: their names say which number each lab has."""
    course_secret(course)
    sources = course.solutions / lab.id
    places = [lab.folder, sources, course.suite(lab.id), course.solutions / "course.toml"]
    files = [course.root / SECRET]
    for place in places:
        files += [place] if place.is_file() else sorted(place.rglob("*"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if file.is_file() and file.suffix != ".pyc":
                name = zipfile.ZipInfo(str(file.relative_to(course.root)))  # without its time
                archive.writestr(name, file.read_bytes())
        for others in (course.solutions, lab.folder.parent):
            for folder in sorted(path for path in others.iterdir() if path.is_dir()):
                archive.writestr(zipfile.ZipInfo(f"{folder.relative_to(course.root)}/"), b"")
    return Parcel(buffer.getvalue(), lab.id, unsafe, device)


def grade_on_cluster(
    tasks: list[Task], course: Course, parcel: Parcel, address: str, body: Body
) -> None:
    """Grade submissions on the workers of the scheduler at `address`. `body` gets the deliveries,
    one by one as they are done."""
    with _client(address) as client:
        _workers_ready(client, parcel)
        body(_deliveries(client, tasks, course, parcel))


def _client(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            "Grading on a cluster needs Dask: pip install 'nablab[cluster]'."
        ) from None
    try:
        return Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(
            f"No Dask scheduler answers at {address} ({type(error).__name__}): start one with "
            "`dask scheduler`, and workers with `dask worker ADDRESS`."
        ) from None


def _workers_ready(client: Client, parcel: Parcel) -> None:
    """Check that every worker has this nablab and can jail; else one sentence names one that does
    not."""
    if not client.scheduler_info(n_workers=-1)["workers"]:
        raise ClusterError("The Dask scheduler has no workers: start some with `dask worker`.")
    found = client.run(_trouble, nablab.__version__, parcel.unsafe, parcel.device)
    for worker, trouble in found.items():
        if trouble:
            raise ClusterError(f"The worker {worker} cannot grade: {trouble}")


def _trouble(version: str, unsafe: bool, device: str) -> str:
    """On a worker: why it cannot grade; "" if it can."""
    if nablab.__version__ != version:
        return f"it has nablab {nablab.__version__}, but {version} is needed."
    try:
        choose(unsafe, device)
    except NablabError as error:
        return str(error)
    return ""


def _deliveries(
    client: Client, tasks: list[Task], course: Course, parcel: Parcel
) -> Iterator[Delivery]:
    from distributed import as_completed

    lab = course.lab(parcel.lab_id)
    grader = LabGrader(course, lab, None, None)  # type: ignore[arg-type]  # it judges nothing here
    sent = client.scatter(parcel, broadcast=True, hash=False)
    resources = {"GPU": 1} if parcel.device == "gpu" else None
    running: dict[Any, Task] = {}
    done = as_completed(loop=client.loop)

    def submit(task: Task, content: bytes) -> None:
        future = client.submit(grade_there, sent, task, content, pure=False, resources=resources)
        running[future] = task
        done.add(future)

    ahead = AHEAD * sum(client.nthreads().values())
    for task in tasks:
        try:
            submit(task, content_of(task.submission.path))
        except UnreadableSubmission:
            yield grade_task(task, grader)  # this needs neither suite nor jail
        if len(running) >= ahead:
            yield _result(next(done), running, grader)
    for future in done:
        yield _result(future, running, grader)


def _result(future: Any, running: dict[Any, Task], grader: LabGrader) -> Delivery:
    """A task's result, with the submission's path on this machine."""
    task = running.pop(future)
    try:
        delivery: Delivery = future.result()
    except Exception as error:  # whatever it is, it affects only this submission
        return given_up(task, grader, error)
    told = delivery.record["submission"]
    record = {**delivery.record, "submission": {**told, "path": path_in_text(task.submission)}}
    return replace(delivery, record=record)


# On a worker

_folders: dict[str, Path] = {}
_idle: dict[str, list[SubprocessGrader]] = {}
_lock = threading.Lock()


def grade_there(parcel: Parcel, task: Task, content: bytes) -> Delivery:
    """Grade a submission's bytes here, in a grading process that is kept for the next one. If it
    dies, it is replaced once."""
    with tempfile.TemporaryDirectory(prefix="nablab-") as folder:
        path = Path(folder, f"{parcel.lab_id}.ipynb")
        path.write_bytes(content)
        here = replace(task, submission=replace(task.submission, path=path))
        for attempt in range(1, TRIES + 1):
            grader = _grader_for(parcel)
            try:
                delivery = grader.grade(here)
            except (EOFError, OSError):
                grader.stop()
                if attempt == TRIES:
                    raise RuntimeError(f"the process that graded it died {TRIES} times") from None
            except NablabError:
                grader.stop()
                raise
            if grader.has_grown:
                grader.stop()
            else:
                with _lock:
                    _idle[parcel.key].append(grader)
            return delivery
    raise AssertionError("unreachable")


def _grader_for(parcel: Parcel) -> SubprocessGrader:
    with _lock:
        if parcel.key not in _folders:
            for graders in _idle.values():  # of another lab or an older suite
                while graders:
                    graders.pop().stop()
            place = tempfile.mkdtemp(prefix="nablab-course-")
            atexit.register(shutil.rmtree, place, ignore_errors=True)
            _folders[parcel.key] = parcel.unpack(Path(place))
            _idle[parcel.key] = []
        if _idle[parcel.key]:
            return _idle[parcel.key].pop()
    return SubprocessGrader(_folders[parcel.key], parcel.lab_id, parcel.unsafe, parcel.device)
