"""`python -m tests.conformance.keras_own [pytest's options]`: runs Keras's tests on nablab's classes,
and prints for every file how many there are, how many ran and passed, and why the others did not.

`KERAS_BACKEND=jax` runs them on JAX.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from tests.conformance.keras_own.table import KINDS

UNEXPLAINED = "unexplained"


class Tally:
    """A plugin of pytest that counts the results by file."""

    def __init__(self) -> None:
        self.by_file: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def pytest_runtest_logreport(self, report) -> None:
        _, owner, *test = report.nodeid.split("::")
        if not test or (report.when != "call" and report.passed):
            return  # a test of the table, or a set-up that went well
        self.by_file[owner.partition(".")[0]][result_of(report)] += 1


def result_of(report) -> str:
    if report.failed:
        return UNEXPLAINED
    if hasattr(report, "wasxfail"):
        return report.wasxfail.partition(":")[0]
    return report.outcome


def printed(by_file: dict[str, Counter[str]]) -> Table:
    total = sum(by_file.values(), Counter())
    kinds = [kind for kind in (*KINDS, UNEXPLAINED) if total[kind]]
    table = Table(show_footer=True)
    table.add_column("file of Keras", "all", no_wrap=True)
    for column in ("tests", "run", "passed", *kinds):
        table.add_column(column, str(cell(total, column)), justify="right")
    for name, results in by_file.items():
        row = (cell(results, column) for column in ("tests", "run", "passed", *kinds))
        table.add_row(name, *(str(number or "") for number in row))
    return table


def cell(results: Counter[str], column: str) -> int:
    if column == "tests":
        return results.total()
    if column == "run":
        return results.total() - results["skipped"]
    return results[column]


def main(options: list[str]) -> int:
    tally = Tally()
    folder = str(Path(__file__).parent)
    status = pytest.main([folder, "-q", "--tb=short", "--no-summary", *options], plugins=[tally])
    Console(width=120).print(printed(tally.by_file))
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
