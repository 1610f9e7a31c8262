"""What all tests share: the checkout's course, warm jails, and a grader of made-up submissions."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small arrays: threads only wait for each other
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

from hypothesis import HealthCheck, settings

from nablab.course import Course, Lab, find_course
from nablab.grading.judge.lab_grader import LabGrader, jail_for
from nablab.grading.judge.pipeline import grade_one
from nablab.grading.judge.suite import with_suite
from nablab.grading.records import Graded, Submission
from nablab.grading.samples import Sample, hand_in
from nablab.sandbox.host import Jail
from tests.ordinary import ordinary  # noqa: F401 (a fixture)

ROOT = Path(__file__).parents[1]

# A busy machine is no failure, and every run tries the same examples.
settings.register_profile(
    "nablab", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("nablab")


ALONE = "NABLAB_TEST_ALONE"  # set where a test that is marked so has its process


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that is marked `alone` in a process that has run no other test."""
    if ALONE in os.environ or pyfuncitem.get_closest_marker("alone") is None:
        return None
    command = [sys.executable, "-m", "pytest", "-q", "-m", "alone", pyfuncitem.nodeid]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, cwd=ROOT, env=env | {ALONE: "1"}, capture_output=True, text=True)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr
    return True


@pytest.fixture(scope="session")
def course() -> Course:
    return find_course(ROOT)


@pytest.fixture(scope="session")
def lab(course) -> Lab:
    return course.lab("1")


@pytest.fixture(scope="session")
def needs_jail() -> None:
    """Skips where there is no bubblewrap; on CI its absence is a failure."""
    if shutil.which("bwrap") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("bubblewrap is not installed")


@pytest.fixture(scope="session")
def jail(needs_jail):
    """One warm worker with NumPy, for tests that open children of their own."""
    with Jail(("numpy",)) as warm:
        yield warm


@pytest.fixture(scope="session")
def lab_jail(needs_jail, lab):
    """The warm worker that submissions of lab 1 are graded in."""
    with jail_for(lab) as warm:
        yield warm


@pytest.fixture(scope="session")
def in_bare_shell() -> Callable[[str], str]:
    """Types a line into a shell that knows of no environment; what it prints."""

    def in_bare_shell(line: str) -> str:
        run = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, (line, run.stdout, run.stderr)
        return run.stdout + run.stderr

    return in_bare_shell


Grade = Callable[..., dict[str, Graded]]


@pytest.fixture(scope="session")
def grade(course, lab, lab_jail, tmp_path_factory) -> Grade:
    """Hands in samples and grades them in one go: {student: Graded}."""

    def grade(
        samples: Iterable[Sample],
        lab: Lab = lab,
        course: Course = course,
    ) -> dict[str, Graded]:
        samples, graded = list(samples), {}
        folder = tmp_path_factory.mktemp("submitted")
        hand_in(samples, course, lab, folder)

        def body(suite):
            grader = LabGrader(course, lab, suite, lab_jail)
            for sample in samples:
                path = folder / sample.student / lab.id / f"{lab.id}.ipynb"
                graded[sample.student] = grade_one(Submission(sample.student, lab.id, path), grader)

        with_suite(course, lab, body)
        return graded

    return grade
