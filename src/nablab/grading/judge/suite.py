"""Runs a lab's checks and hidden suite with pytest, on the trusted side, against the jail.

The suites are collected once for a lab. Then `body` grades any number of submissions inside
pytest's own test loop. pytest never looks at a folder that a student may have written to.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pytest

from nablab.checking.load import CHECKS, SUITE, LabCode
from nablab.checking.mark import STAGES, Check, checks_in
from nablab.checking.runner import PASSED, Outcome, outcome_of
from nablab.course import Course, Lab
from nablab.errors import BadLab
from nablab.grading.judge.answer import Answer, ReferenceAnswer
from nablab.sandbox import memory
from nablab.sandbox.student import Student

OPTIONS = (
    "--import-mode=importlib",
    "--noconftest",
    "-c",
    os.devnull,
    "--assert=rewrite",
    *(
        option
        for plugin in (
            "cacheprovider",
            "terminal",
            "logging",
            "capture",
            "junitxml",
            "doctest",
            "unittest",
            "warnings",
            "unraisableexception",
            "threadexception",
            "faulthandler",
            "setuponly",
            "setupplan",
            "stepwise",
            "pastebin",
            "tmpdir",
            "legacypath",
            "recwarn",
            "debugging",
            "skipping",
        )
        for option in ("-p", f"no:{plugin}")
    ),
)


class CheckFile(pytest.Module):
    """One file of checks, loaded as part of its lab, not on its own."""

    load: Callable[[], ModuleType]

    def _getobj(self) -> ModuleType:
        try:
            return self.load()
        except BadLab as error:
            raise self.CollectError(str(error)) from error


class Suite:
    """The collected checks of one lab, as a pytest plugin that runs them when asked."""

    def __init__(self, code: LabCode, body: Callable[[Suite], None]):
        self.lab = code.lab
        self.code = code
        self.body = body
        self.files = {  # in the order in which they are collected
            code.path(part, exercise.name): (part, exercise)
            for exercise in self.lab.exercises
            for part in (CHECKS, SUITE)
        }
        self.items: dict[str, list[pytest.Function]] = {}
        self.problems: list[str] = []
        self.error: BaseException | None = None  # what `body` raised
        self._student: Student | None = None
        self._seed = b""
        self._outcome: Outcome | None = None

    def run(self, exercise_id: str, answer: Answer | ReferenceAnswer, seed: bytes) -> list[Outcome]:
        """Every check of one exercise against one answer: visible first, then hidden."""
        signatures = self.lab.exercise(exercise_id).signatures
        outcomes = []
        child = None
        for item in self.items.get(exercise_id, []):
            if (
                child is None or child.lost or answer.child is not child
            ):  # handles belong to a child
                self._student = Student(answer, signatures)
            self._seed = hmac.digest(seed, f"{exercise_id}\0{item.name}".encode(), "sha256")
            self._outcome = None
            answer.begin_test()
            with memory.at_most():
                outcomes.append(self._run(item))
            child = answer.child
        return outcomes

    def _run(self, item: pytest.Function) -> Outcome:
        """Run one check. A check that uses only `student` and `rng` is called directly. pytest's
        own protocol, which costs more than most checks do, runs those with more fixtures,
        parameters or set-up."""
        plain = {"student": self.student_value, "rng": self.rng_value}
        if set(item.fixturenames) <= set(plain) and not hasattr(item, "callspec"):
            wanted = {name: plain[name]() for name in item.fixturenames}
            call = pytest.CallInfo.from_call(
                lambda: item.obj(**wanted), "call", reraise=(KeyboardInterrupt,)
            )
            self.pytest_runtest_makereport(item, call)
        else:
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        assert self._outcome is not None
        return self._outcome

    @pytest.fixture
    def student(self) -> Student | None:
        return self.student_value()

    @pytest.fixture
    def rng(self) -> np.random.Generator:
        return self.rng_value()

    def student_value(self) -> Student | None:
        return self._student

    def rng_value(self) -> np.random.Generator:
        return np.random.default_rng(int.from_bytes(self._seed[:16], "little"))

    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: pytest.Collector
    ) -> pytest.Module | None:
        if module_path not in self.files:
            return None
        part, exercise = self.files[module_path]
        file = CheckFile.from_parent(parent, path=module_path)

        def load() -> ModuleType:
            module = self.code.module(part, exercise.name)
            checks_in(module, exercise.id)
            return module

        file.load = load
        return file

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            check = getattr(getattr(item, "function", None), "nablab", None)
            if (
                not isinstance(item, pytest.Function)
                or not isinstance(check, Check)
                or check.exercise not in self.lab.by_id
            ):
                self.problems.append(f"{item.nodeid} is not a check of its exercise: use @check")
            else:
                self.items.setdefault(check.exercise, []).append(item)
        for found in self.items.values():
            found.sort(
                key=lambda item: (
                    self.is_hidden(item),
                    0 if self.is_hidden(item) else STAGES.index(item.function.nablab.stage),
                )
            )

    def is_hidden(self, item: pytest.Item) -> bool:
        return self.files[item.path][0] == SUITE

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            last = str(report.longrepr).strip().splitlines()
            self.problems.append(
                f"{report.nodeid} cannot be loaded: {last[-1] if last else 'no reason given'}"
            )

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not self.problems:
            try:
                self.body(self)
            except BaseException as error:  # pytest would print it and go on
                self.error = error
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Function, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Keep the outcome, and skip pytest's own long report of a failure."""
        check, hidden = item.function.nablab, self.is_hidden(item)
        if call.excinfo is not None:
            self._outcome = outcome_of(check, call.excinfo.value, hidden)
        elif call.when == "call":
            self._outcome = Outcome(
                check.name,
                check.title,
                check.stage,
                PASSED,
                hidden,
                check.reveal,
                seconds=call.duration,
            )
        state: Literal["passed", "failed"] = "passed" if call.excinfo is None else "failed"
        assert call.when != "collect"  # collecting is over
        return pytest.TestReport(item.nodeid, item.location, {}, state, None, call.when)


def with_suite(course: Course, lab: Lab, body: Callable[[Suite], None]) -> None:
    """Collect a lab's checks and hidden suite and call `body` with them."""
    folder = course.suite(lab.id)
    if not folder.is_dir():
        raise BadLab(f"{lab.id} has no hidden suite: it should be in {folder}.")
    suite = Suite(LabCode(lab, folder), body)
    for path in suite.files:
        if not path.is_file():
            raise BadLab(f"The suite of {lab.id} is at fault: {path} is missing.")
    with _no_settings_from_outside():
        status = pytest.main(
            [*OPTIONS, "--rootdir", str(course.grader), *map(str, suite.files)], plugins=[suite]
        )
    if suite.problems:
        raise BadLab(f"The suite of {lab.id} is at fault: {'; '.join(suite.problems)}.")
    if suite.error is not None:
        raise suite.error
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise BadLab(f"pytest could not run the suite of {lab.id}: it ended with {status!r}.")


@contextmanager
def _no_settings_from_outside() -> Iterator[None]:
    """pytest without the environment's plugins and options, and without writing bytecode."""
    before = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    autoload = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    wrote, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = wrote
        restored: dict[str, Any] = {**before, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": autoload}
        for name, value in restored.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def version_of(*folders: Path) -> str:
    """A digest of every file that judges, so that another suite is another version."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
