"""The demo, as somebody runs it who is not root, and the line that it ends with."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_jail")]


def visible(reads, writes):
    """What runs a command with these folders in sight of everybody, though folders above them may
    be closed to all but their owner, as root's home is and the folders of pytest."""
    closed = {
        next((one for one in reversed(path.parents) if not one.stat().st_mode & 0o001), None)
        for path in (*reads, *writes)
    } - {None}
    words = ["bwrap", "--cap-add", "ALL", "--dev-bind", "/", "/"]
    for folder in closed:
        words += ["--perms", "0755", "--tmpfs", folder]
    for option, paths in (("--ro-bind", reads), ("--bind", writes)):
        for path in paths:
            between = [one for one in reversed(path.parents) if closed & set(one.parents)]
            for folder in between:
                words += ["--perms", "0755", "--dir", folder]
            if closed & set(path.parents):
                words += [option, path, path]
    return words if closed else []


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """Runs a command as an ordinary user who has a home and nothing else: (run, that home)."""
    home = tmp_path_factory.mktemp("home")
    before = []
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("these tests run as root, and setpriv, which gives that up, is not here")
        user = pwd.getpwnam("nobody")
        os.chown(home, user.pw_uid, user.pw_gid)
        reads = [Path(sys.executable).resolve().parents[1], Path(sys.prefix).resolve(), ROOT]
        ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        before = [*visible(reads, [home]), "setpriv", *ids, "--inh-caps=-all"]

    def run(*command):
        return subprocess.run(
            [*before, *command],
            cwd="/",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "COLUMNS": "60"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    probe = (
        f"import nablab, os, sys; sys.exit(os.getuid() == 0 or not os.access('{ROOT}', os.R_OK))"
    )
    if run(sys.executable, "-c", probe).returncode:
        pytest.skip("an ordinary user can read neither this Python nor this checkout")
    if run("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true").returncode:
        pytest.skip("an ordinary user cannot make a jail on this machine")
    return run, home


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
