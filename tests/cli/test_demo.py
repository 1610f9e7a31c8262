"""The demo, as somebody runs it who is not root, and the line that it ends with."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_jail")]


@pytest.fixture(scope="module")
def demo(ordinary):
    """What the demo of three submissions printed, in a folder whose name must be quoted."""
    run, home = ordinary
    place = home / "Ann's course"
    words = ["demo", "--count", "2", "--into", place, "--course", ROOT]
    return run(BIN / "nablab", *words), place


def test_an_ordinary_user_runs_the_demo_and_owns_what_it_made(demo):
    done, place = demo
    assert done.returncode == 0, done.stderr
    assert "All 2 came out as predicted." in done.stdout
    owner = place.stat().st_uid
    assert owner == os.getuid() or os.getuid() == 0 != owner
    assert (place / "gradebook.db").stat().st_uid == owner


def test_the_line_that_the_demo_prints_works_as_it_stands(demo, in_bare_shell):
    done, place = demo
    lines = [line for line in done.stdout.splitlines() if line.startswith("  cd ")]
    assert len(lines) == 1, done.stdout
    in_bare_shell(lines[0])
    assert len(list(place.glob("feedback/*/lab01_filters/lab01_filters.html"))) == 2
