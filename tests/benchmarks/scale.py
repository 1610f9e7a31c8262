"""`python -m tests.benchmarks.scale [--lab1 1000] [--lab4 200] [--some 300] [--sample 20]`: a large
course on one machine.

* a class of Lab 1 and one of Lab 4, graded as `nablab grade` does by default: throughput, the time
  of one submission from its first cell to its page (p50 and p95), memory, and the gradebook's part;
* some of Lab 1 with one worker and with one worker per core: the efficiency is the time with one
  worker, divided by the number of workers times their time;
* the same on a local Dask cluster with one worker per core, in turn with the pool: the time that
  Dask adds between two results;
* nbgrader on a sample of Lab 1, and an estimate for 10,000 submissions from all this.

Every class consists of answers with known points, and every score must be as predicted. No answer
runs for ever: that would cost the time limit, whichever grader is used.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nablab.course import Course, Lab, find_course
from nablab.grading.book.gradebook import GradebookWriter, default_url
from nablab.grading.records import GRADED
from nablab.grading.samples import HARMLESS, Sample, class_of, copy_course, hand_in
from tests.benchmarks.grading import NABLAB, Measured, measure, run_nbgrader

CORES = os.cpu_count() or 1
ROUNDS = 2  # of Dask and the pool, in turn
RECKONED = 10_000  # submissions in the estimate
LOOK_S = 2.0  # how often memory is sampled, which costs time too


@dataclass
class Run:
    """The time and memory that grading a class took."""

    name: str
    count: int
    used: Measured
    latencies: list[float]  # seconds for each submission
    finished: list[float]  # when each record was written, in order

    @property
    def cpu_s(self) -> float:
        return self.used.cpu_s / self.count

    @property
    def wall_s(self) -> float:
        return self.used.wall_s / self.count

    @property
    def between_s(self) -> float:
        """Seconds from one result to the next, without the first and the last tenth."""
        first, last = self.count // 10, self.count - self.count // 10 - 1
        return (self.finished[last] - self.finished[first]) / (last - first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lab1", type=int, default=1000, help="submissions of Lab 1; 0 for none")
    parser.add_argument("--lab4", type=int, default=200, help="submissions of Lab 4; 0 for none")
    parser.add_argument("--some", type=int, default=300, help="submissions of Lab 1 to compare")
    parser.add_argument("--sample", type=int, default=20, help="submissions of Lab 1 for nbgrader")
    options = parser.parse_args()
    origin = find_course(Path(__file__).resolve().parents[2])
    print(f"{platform.machine()}, {CORES} cores, Python {platform.python_version()}\n", flush=True)
    with tempfile.TemporaryDirectory() as place:
        if options.lab4:
            header()
            row(Class(origin, Path(place) / "lab4", "4", options.lab4).grade(CORES))
        if options.lab1:
            of_lab_1(origin, Path(place), options)


def of_lab_1(origin: Course, place: Path, options: argparse.Namespace) -> None:
    """The class of Lab 1: by workers, beside Dask and beside nbgrader, and the estimate."""
    filters = Class(origin, place / "lab1", "1", options.lab1)
    header()
    many = filters.grade(CORES)
    row(many)
    gradebook_s = write_gradebook(filters)
    print(f"gradebook: {1000 * gradebook_s:.1f} ms per submission, included above\n", flush=True)
    if options.some:
        some = Class(origin, place / "some", "1", options.some)
        by_workers(some)
        beside_dask(some)
    if options.sample:
        plain = beside_nbgrader(filters, place / "plain", options.sample)
        print(
            f"nbgrader, {options.sample} of Lab 1: {plain.cpu_s / options.sample:.3f} CPU s, "
            f"{plain.wall_s / options.sample:.3f} s each"
        )
    print(
        f"\n{RECKONED:,} submissions of Lab 1: {RECKONED * many.cpu_s / 3600:.1f} CPU hours, "
        f"{RECKONED * many.wall_s / 60:.0f} minutes on {CORES} cores",
        flush=True,
    )


class Class:
    """A separate course in a folder, with a class of known scores that has handed in one lab."""

    def __init__(self, origin: Course, folder: Path, lab_id: str, count: int):
        self.course: Course = copy_course(origin, folder)
        self.lab: Lab = self.course.lab(lab_id)
        twice = class_of(self.course, self.lab, 2 * count)
        self.samples: list[Sample] = [one for one in twice if not one.endless][:count]
        hand_in(self.samples, self.course, self.lab, folder / "submitted")

    def grade(self, workers: int, *options: str, measured: bool = True) -> Run:
        """Grade the class from the start and compare its scores with the predicted ones. Measuring
        waits for all processes below this one, so a run beside a cluster cannot be measured."""
        name = options[0].strip("-") if options else f"{workers} worker{'s' * (workers > 1)}"
        out = self.course.root / f"{name.replace(' ', '-')}-{time.monotonic_ns()}"
        command = [*NABLAB, "grade", "submitted", "--course", ".", "--lab", self.lab.id]
        command += ["--out", str(out), "--workers", str(workers), *options]
        used = (measure if measured else just_run)(command, self.course.root, LOOK_S)
        files = sorted(
            (out / "results" / self.lab.id).glob("*.json"), key=lambda file: file.stat().st_mtime_ns
        )
        records = {file.stem: json.loads(file.read_text()) for file in files}
        for sample in self.samples:
            got = records[sample.student]
            if got["state"] != sample.state or abs(got["points"] - sample.points) > 0.005:
                print(f"  {sample.student}: {got['points']:g} points, predicted {sample.points:g}")
        self.last = out
        return Run(
            f"Lab {self.lab.number}, {name}",
            len(records),
            used,
            [record["wall_s"] for record in records.values()],
            [file.stat().st_mtime_ns / 1e9 for file in files],
        )


def just_run(command: list[str], folder: Path, _: float) -> Measured:
    begun = time.monotonic()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return Measured(0.0, time.monotonic() - begun, 0.0)


def write_gradebook(one: Class) -> float:
    """Seconds per submission to write the class into a new gradebook, with nothing else running."""
    folder = one.course.root / "gradebook"
    folder.mkdir()
    records = [
        json.loads(file.read_text())
        for file in sorted((one.last / "results" / one.lab.id).glob("*.json"))
    ]
    with GradebookWriter(default_url(folder), one.course) as gradebook:
        gradebook.register(one.lab)
        begun = time.perf_counter()
        for record in records:
            gradebook.write(record, one.lab)
        return (time.perf_counter() - begun) / len(records)


def by_workers(some: Class) -> None:
    """The gain from a second worker, and a third."""
    header()
    one, all_of_them = some.grade(1), some.grade(CORES)
    row(one)
    row(all_of_them)
    efficiency = one.used.wall_s / all_of_them.used.wall_s / CORES
    print(f"efficiency of {CORES} workers: {efficiency:.2f}", flush=True)


def beside_dask(one: Class) -> None:
    """Grade the same submissions by Dask and by the pool, in turn, and compare the median times
    between results."""
    between: dict[str, list[float]] = {"dask": [], "pool": []}
    with cluster() as address:
        for _ in range(ROUNDS):
            run = one.grade(CORES, "--dask", address, measured=False)
            between["dask"].append(run.between_s)
            between["pool"].append(one.grade(CORES, measured=False).between_s)
    dask, pool = (1000 * statistics.median(between[kind]) for kind in ("dask", "pool"))
    print(
        f"Dask, {len(one.samples)} of Lab 1: a result every {dask:.1f} ms; the pool, every "
        f"{pool:.1f} ms: {dask - pool:+.1f} ms per submission"
    )


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A scheduler and one worker per core, as processes on this machine."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as started:

        def start(program: str, *options: str) -> None:
            command = [sys.executable, "-m", f"distributed.cli.{program}", *options]
            process = subprocess.Popen(command, cwd=folder, **quiet)
            started.callback(process.wait)
            started.callback(process.terminate)

        told = Path(folder, "scheduler.json")
        known = ("--scheduler-file", str(told))
        start("dask_scheduler", *known, "--port", "0", "--no-dashboard")
        while not told.exists():
            time.sleep(0.1)
        for _ in range(CORES):
            start("dask_worker", *known, "--nthreads", "1", "--no-nanny")
        time.sleep(5)
        yield json.loads(told.read_text())["address"]


def beside_nbgrader(one: Class, folder: Path, count: int) -> Measured:
    """Run nbgrader on some of the submissions that it can open, with the same checks in them."""
    course = copy_course(one.course, folder / "course")
    readable = [s for s in one.samples if s.state == GRADED and s.damage in HARMLESS][:count]
    hand_in(readable, course, one.lab, course.root / "submitted")
    return run_nbgrader(course, course.lab("1"), folder / "plain")["nbgrader autograde"]


def header() -> None:
    print(
        f"{'':20}{'count':>7}{'an hour':>9}{'CPU s each':>12}{'wall s each':>13}"
        f"{'p50 s':>8}{'p95 s':>8}{'peak MB':>9}"
    )


def row(run: Run) -> None:
    cuts = statistics.quantiles(run.latencies, n=20, method="inclusive")
    print(
        f"{run.name:20}{run.count:7}{3600 / run.wall_s:9.0f}{run.cpu_s:12.3f}{run.wall_s:13.3f}"
        f"{cuts[9]:8.3f}{cuts[18]:8.3f}{run.used.peak_mb:9.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
