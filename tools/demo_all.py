"""Runs the demo on every Python on this machine that nablab supports: `make demo-all`.

Each Python gets its own virtual environment in `build/`. The environments are kept, so only the
first run installs TensorFlow, which takes minutes. With `--light`, which continuous integration
uses, TensorFlow and Keras are left out: the demo grades Lab 1, which needs neither. It exits with
an error if one demo fails, or if there is no Python to run it on.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("tensorflow", "keras")
CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")


def versions() -> list[str]:
    """The Python versions that the package says it supports."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = (CLASSIFIER.fullmatch(line) for line in table["project"]["classifiers"])
    return [match[1] for match in found if match]


def interpreters(version: str, folders: Iterable[Path]) -> list[Path]:
    """Every Python of a version in the folders, one for each release: Debian's 3.11.2 and pyenv's
    3.11.7 both count."""
    found: dict[str, Path] = {}
    for folder in folders:
        path = folder / f"python{version}"
        if os.access(path, os.X_OK) and path.is_file():
            release = release_of(path)
            if release.startswith(f"{version}."):  # one of pyenv's shims may not run
                found.setdefault(release, path)
    return list(found.values())


def release_of(python: Path) -> str:
    asked = "import platform; print(platform.python_version())"
    said = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    return said.stdout.strip()


def places() -> list[Path]:
    """The folders in which to look for Pythons: those on the PATH, and pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*map(Path, os.get_exec_path()), *sorted(pyenv.glob("versions/*/bin"))]


def demo(python: Path, light: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the demo in an environment of its own for this Python."""
    place = ROOT / "build" / ("demo-light" if light else "demo") / release_of(python)
    if not light:
        return run("make", "demo", f"PYTHON={python}", f"VENV={place.relative_to(ROOT)}")
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip.append("--disable-pip-version-check")
    for command in (
        [str(python), "-m", "venv", str(place)],
        [*pip, "-c", "constraints.txt", *needs_of_a_grader()],
        [*pip, "--no-deps", "-e", "."],
        [str(place / "bin" / "nablab"), "demo"],
    ):
        done = run(*command)
        if done.returncode != 0:
            break
    return done


def needs_of_a_grader() -> list[str]:
    """The packages needed to grade a lab that does not use Keras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [*project["dependencies"], *project["optional-dependencies"]["grader"]]
    return [need for need in needs if not need.startswith(HEAVY)]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main(light: bool = False) -> int:
    rows, failed = [], False
    for version in versions():
        found = interpreters(version, places())
        if not found:
            rows.append((version, "not here", ""))
        for python in found:
            print(f"{python}: demo", flush=True)
            begun = time.monotonic()
            done = demo(python, light)
            took = f"{time.monotonic() - begun:.0f} s"
            if done.returncode != 0:
                failed = True
                print(done.stdout)
            came = "as predicted" if done.returncode == 0 else f"it exited with {done.returncode}"
            rows.append((release_of(python), f"{came}, {took}", str(python)))
    width = shutil.get_terminal_size().columns
    print("\nPython   demo")
    for row in rows:
        print("{:<8} {:<26} {}".format(*row)[:width])
    if all(row[1] == "not here" for row in rows):
        print("None of these Pythons was found, so the demo was not run.")
        return 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(light="--light" in sys.argv[1:]))
