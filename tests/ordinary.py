"""Runs a command as an ordinary user, where the tests run as root."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


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


@pytest.fixture(scope="session")
def ordinary(needs_jail, tmp_path_factory):
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
