"""`python -m tests.benchmarks.grading [--lab 1] [--count 40] [--keras] [--unwritten N.M,N.M]`:
nablab beside nbgrader.

The same notebooks of one lab are graded twice: by `nablab grade`, and by an unmodified
`nbgrader autograde`. For nbgrader the same checks are in the notebook's grade cells: visible and
hidden ones, but no mutants and no pictures. They are asserts or, in a lab that preloads Keras,
nablab's own comparisons, which know models. Both graders write a gradebook; nablab also writes
feedback pages and a class report. CPU seconds are those of all processes, measured by the operating
system.

With `--keras`, Lab 1's first cell imports keras and exercise 1.6 calls it, on both sides. With
`--unwritten 4.3,4.8` no notebook has an answer to these. That leaves out training, which costs both
graders the same.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from nablab.course import Course, Lab, find_course
from nablab.grading.records import GRADED
from nablab.grading.samples import ALL, UNWRITTEN, copy_course, hand_in, samples_of
from nablab.nbgrader_environment import nbgrader_environment
from nablab.release.write import build

PR_SET_CHILD_SUBREAPER = 36
NABLAB = [sys.executable, "-m", "nablab.cli.main"]
NBGRADER = [sys.executable, "-m", "nbgrader"]

WITH_MODELS = """\
from nablab.checking import *
from nablab.checking import models
from nablab.sandbox.student import LocalLink, Student
student = Student(LocalLink(globals()))
def check(*args, **kwargs): return lambda function: function
"""
ASSERTS = """\
import numpy as np
from nablab.checking.expect import rounding
class _Student:
    def __getattr__(self, name): return globals()[name]
student = _Student()
def check(*args, **kwargs): return lambda function: function
def close(got, expected, says="", rtol=1e-4, **more):
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-6)
    return np.asarray(got)
def equal(got, expected, says="", **more):
    assert np.all(got == expected), says
    return got
def holds(condition, says, **more): assert condition, says
def refuses(call, *args, **more):
    try: call(*args)
    except ValueError: return
    raise AssertionError("no ValueError")
def each(student, name, calls): return [getattr(student, name)(*args) for args in calls]
once = lambda student, name, *args: getattr(student, name)(*args)
def contract(student, name, *args, shape=None, **more):
    got = getattr(student, name)(*args)
    assert shape is None or np.shape(got) == tuple(shape)
    return got
"""


LOAD = """\
import types
LOADED = {}
def load(name, taken, source):
    space = dict(globals())
    for other, wanted in taken:
        module = LOADED[other]
        space.update({one: getattr(module, one) for one in wanted} or {other.split(".")[1]: module})
    exec(source, space)
    LOADED[name] = types.SimpleNamespace(**space)
"""


@dataclass
class Measured:
    """The resources that one run used."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lab", default="1", help="which lab's notebooks")
    parser.add_argument("--count", type=int, default=40, help="how many notebooks")
    parser.add_argument("--keras", action="store_true", help="notebooks that import and call Keras")
    parser.add_argument("--unwritten", default="", help="exercises to leave unanswered")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        course = copy_course(
            find_course(Path(__file__).resolve().parents[2]), Path(place) / "course"
        )
        if options.keras:
            use_keras(course)
        lab = course.lab(options.lab)
        students = submissions(course, lab, options.count, options.unwritten)
        ours = {
            workers: run_nablab(course, students, workers)
            for workers in sorted({1, options.workers, 4})
        }
        theirs = run_nbgrader(course, lab, Path(place) / "plain")
    table(options, ours, theirs)


def submissions(course: Course, lab: Lab, count: int, unwritten: str) -> Path:
    """Right and partly right notebooks in turn, but none that breaks or never ends."""
    known = [
        sample
        for sample in samples_of(course, lab)
        if sample.state == GRADED
        and not (sample.stub or sample.damage or sample.endless or ALL in sample.fails.values())
        and "patches" not in sample.says  # it would patch nbgrader's own checks
    ]
    chosen = [known[number % len(known)] for number in range(count)]
    students = [
        replace(
            sample,
            student=f"student{number:03d}",
            answers={
                **sample.answers,
                **dict.fromkeys(filter(None, unwritten.split(",")), UNWRITTEN),
            },
        )
        for number, sample in enumerate(chosen, 1)
    ]
    hand_in(students, course, lab, course.root / "submitted")
    return course.root / "submitted"


def use_keras(course: Course) -> None:
    """Change the course's Lab 1 so that its first cell imports Keras and 1.6 calls it."""
    folder = course.solutions / "lab01_filters"
    toml = (folder / "lab.toml").read_text()
    toml = re.sub(r'"keras", "tensorflow",? ?', "", toml)
    toml = re.sub(r"^preload = .*$", 'preload = ["numpy", "keras"]', toml, flags=re.MULTILINE)
    toml = toml.replace("memory_mb", "# memory_mb")
    (folder / "lab.toml").write_text(
        re.sub(
            r"^\[limits\]$", "[limits]\nmemory_mb = 4096\nprocesses = 256", toml, flags=re.MULTILINE
        )
    )
    source = (
        (folder / "lab.py")
        .read_text()
        .replace("import numpy as np\n", "import keras\nimport numpy as np\n", 1)
    )
    begin = source.index("### BEGIN SOLUTION", source.index('exercise="1.6"'))
    end = source.index("### END SOLUTION", begin)
    body = (
        "### BEGIN SOLUTION\n    x, w = np.asarray(x, 'float32'), np.asarray(w, 'float32')\n"
        "    return keras.ops.convert_to_numpy(keras.ops.conv(x[None], w))[0] + np.asarray(b)\n    "
    )
    (folder / "lab.py").write_text(source[:begin] + body + source[end:])
    build(course, course.authored_lab("1"))


def run_nablab(course: Course, students: Path, workers: int) -> Measured:
    out = course.root / f"graded-{workers}"
    return measure(
        [
            *NABLAB,
            "grade",
            str(students),
            "--course",
            str(course.root),
            "--out",
            str(out),
            "--workers",
            str(workers),
        ],
        course.root,
    )


def run_nbgrader(course: Course, lab: Lab, folder: Path) -> dict[str, Measured]:
    """Grade the way nbgrader does: a kernel executes the notebooks, which contain the checks, one
    after the other. Measured without and with the feedback pages, which nablab writes too."""
    source = folder / "source" / lab.id / f"{lab.id}.ipynb"
    source.parent.mkdir(parents=True)
    checks = with_asserts(course, lab)
    source.write_text(json.dumps(checks(json.loads(lab.notebook.read_text()))))
    for path in sorted((course.root / "submitted").glob(f"*/{lab.id}/*.ipynb")):
        target = folder / "submitted" / path.relative_to(course.root / "submitted")
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(checks(json.loads(path.read_text()))))
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'plain'\n"
        "c.ClearSolutions.enforce_metadata = False\n"
    )
    with nbgrader_environment():  # nbgrader calls `alembic` by name
        subprocess.run(
            [*NBGRADER, "generate_assignment", lab.id, "--force"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        graded = measure([*NBGRADER, "autograde", lab.id], folder)
        pages = measure([*NBGRADER, "generate_feedback", lab.id], folder)
    both = Measured(
        graded.cpu_s + pages.cpu_s,
        graded.wall_s + pages.wall_s,
        max(graded.peak_mb, pages.peak_mb),
    )
    return {"nbgrader autograde": graded, "  and generate_feedback": both}


def with_asserts(course: Course, lab: Lab):
    """Turn one of our notebooks into a usual one for nbgrader: one cell has the checks' sources, and
    each grade cell calls those of its exercise. Pictures and predictions are left out."""
    sources, calls = [WITH_MODELS if "keras" in lab.preload else ASSERTS, LOAD], {}
    ids = {exercise.name: exercise.id for exercise in lab.exercises}
    for folder in (lab.folder / "checks", course.suite(lab.id)):
        shared_first = sorted(folder.glob("*.py"), key=lambda path: (path.stem in ids, path.stem))
        for path in shared_first:
            if path.stem in ("submissions", "measure_thresholds"):
                continue
            name = f"{folder.name}.{path.stem}"
            text, taken = without_imports(path.read_text(encoding="utf-8"), folder.name)
            sources.append(f"load({name!r}, {taken!r}, {text!r})")
            for check, arguments in re.findall(r"@check\(.*?\)\ndef (test_\w+)\((.*?)\)", text):
                filled = arguments.replace("rng", "rng=np.random.default_rng(0)").replace(
                    "student", "student=student", 1
                )
                call = f"LOADED[{name!r}].{check}({filled})"
                calls.setdefault(ids[path.stem], []).append(call)

    def convert(notebook: dict) -> dict:
        cells = []
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if name.startswith("picture") or cell["id"].startswith("predict"):
                continue
            if name.startswith("setup"):
                cell["source"] = (
                    re.sub(
                        r"from nablab import .*",
                        "from nablab import data, quiet",
                        "".join(cell["source"]),
                    )
                    + "\n"
                    + "\n".join(sources)
                )
            if name.startswith("check"):
                exercise = name.removeprefix("check-").replace("-", ".")
                cell["source"] = "\n".join(calls[exercise])
            cells.append(cell)
        return {**notebook, "cells": cells}

    return convert


def without_imports(text: str, folder: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """A file of checks without its mutants, its variants and its imports of nablab.checking and of
    the lab's other files; and the names that it takes from each of those other files."""
    text = text.split("\n# Mutants --")[0]
    taken: list[tuple[str, list[str]]] = []

    def note(found: re.Match) -> str:
        names = [name.strip() for name in found[2].strip("()").split(",") if name.strip()]
        if found[1] == ".":
            taken.extend((f"{folder}.{name}", []) for name in names)
        elif found[1] != ".building_blocks":
            place = found[1].lstrip(".")
            taken.append((place if place.startswith("checks.") else f"{folder}.{place}", names))
        return ""

    text = re.sub(r"^from (\.[\w.]*) import (\([^)]*\)|.*)", note, text, flags=re.MULTILINE)
    text = re.sub(r"^from nablab\.checking import (\([^)]*\)|.*)", "", text, flags=re.MULTILINE)
    return text, taken


def measure(command: list[str], folder: Path, look_s: float = 0.2) -> Measured:
    """Run a command. Returns the CPU seconds of it and all its descendants, and their peak memory,
    sampled every `look_s` seconds. A process that outlives its parent (bubblewrap leaves its child
    behind) becomes a child of this process and is counted. Processes left by earlier commands are
    not."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    collect_ended()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peak = Peak(process.pid, look_s)
    output, _ = process.communicate()
    peak.stop()
    wall = time.monotonic() - begun
    collect_ended()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{output[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(cpu, wall, peak.mb)


def collect_ended() -> None:
    """Wait for all processes below this one: only then does their CPU time count here."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


class Peak(threading.Thread):
    """Samples the memory of a process and its descendants, as proportional set sizes, so that
    shared memory counts once."""

    def __init__(self, pid: int, look_s: float):
        super().__init__(daemon=True)
        self.pid, self.look_s, self.mb, self.over = pid, look_s, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(self.look_s):
            self.mb = max(self.mb, sum(map(_pss_mb, _family(self.pid))))

    def stop(self) -> None:
        self.over.set()
        self.join()


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    family, waiting = [], [pid]
    while waiting:
        family.append(waiting.pop())
        waiting += children.get(family[-1], [])
    return family


def _pss_mb(pid: int) -> float:
    try:
        match = re.search(
            r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE
        )
    except OSError:
        return 0.0
    return int(match[1]) / 1024 if match else 0.0


def table(
    options: argparse.Namespace, ours: dict[int, Measured], theirs: dict[str, Measured]
) -> None:
    count = options.count
    kind = f"Lab {options.lab}" + " with Keras" * options.keras
    kind += f" without {options.unwritten}" * bool(options.unwritten)
    print(
        f"{count} notebooks of {kind}; {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}\n"
    )
    rows = theirs | {
        f"nablab grade, {workers} worker{'s' * (workers > 1)}": run for workers, run in ours.items()
    }
    peer = theirs["nbgrader autograde"].cpu_s
    print(f"{'':28}{'CPU s each':>12}{'wall s each':>13}{'peak MB':>10}{'CPU, ratio':>12}")
    for label, run in rows.items():
        ratio = f"1/{peer / run.cpu_s:.1f}" if run.cpu_s < peer else f"{run.cpu_s / peer:.2f}"
        print(
            f"{label:28}{run.cpu_s / count:12.3f}{run.wall_s / count:13.3f}{run.peak_mb:10.0f}"
            f"{ratio:>12}"
        )
    few, many = min(ours), max(ours)
    more = (ours[many].peak_mb - ours[few].peak_mb) / (many - few)
    print(f"\nEach further submission in flight takes {more:.0f} MB.")


if __name__ == "__main__":
    main()
