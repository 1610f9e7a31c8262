"""Builds the files of a release and tries them away from the checkout: `make release-check`.

The wheel is installed without its dependencies into a fresh virtual environment, which sees the
packages of this one, so no network is needed. This environment's editable nablab cannot be found
from there, because Python does not read `.pth` files in a folder that is only on the path.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST, FRESH = ROOT / "dist", ROOT / "build" / "release"
INSTRUCTORS = ("solutions/", "grader/", "tests/", "suites/")  # never shipped
LAZY = """
import sys, nablab
assert "keras" not in sys.modules and "tensorflow" not in sys.modules, "`import nablab` loads Keras"
print(nablab.__version__, nablab.__file__)
"""
LAYER = "import numpy; from nablab.layers import Dense; print(Dense(2)(numpy.ones((3, 4))).shape)"


def main() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(DIST), str(ROOT))
    wheel, sdist = next(DIST.glob("*.whl")), next(DIST.glob("*.tar.gz"))
    holds_nothing_of_the_instructors(zipfile.ZipFile(wheel).namelist(), wheel)
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    holds_nothing_of_the_instructors(names, sdist)
    python = fresh_environment(wheel)
    nablab = str(python.parent / "nablab")
    with tempfile.TemporaryDirectory() as empty:
        where = run(str(python), "-c", LAZY, cwd=empty)
        if str(FRESH) not in where:
            raise SystemExit(f"The fresh environment imports another nablab: {where}")
        run(nablab, "--version", cwd=empty)
        run(nablab, "labs", cwd=empty)
        run(nablab, "start", "1", "--no-browser", cwd=empty)
        run(str(python), "-c", LAYER, cwd=empty)
    print(f"{wheel.name} and {sdist.name} are ready in {DIST}.")


def holds_nothing_of_the_instructors(names: list[str], archive: Path) -> None:
    found = [name for name in names if name.startswith(INSTRUCTORS)]
    if found:
        raise SystemExit(
            f"{archive.name} contains {', '.join(found[:5])}: it must not be published."
        )


def fresh_environment(wheel: Path) -> Path:
    """A new environment with this wheel and the packages of this environment."""
    venv.create(FRESH, clear=True, with_pip=True)
    python = FRESH / "bin" / "python"
    place = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(place, "packages.pth").write_text("\n".join(sorted(packages)) + "\n", encoding="utf-8")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--no-deps", "--no-index", "--force-reinstall", str(wheel))
    return python


def run(*command: str, cwd: str | Path = ROOT) -> str:
    print("$", *command, flush=True)
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}{done.stderr}It exited with {done.returncode}.")
    return done.stdout


if __name__ == "__main__":
    main()
