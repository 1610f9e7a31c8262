"""What the wheel and the sdist hold: the package and the released labs, never a solution."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return folder


def names(path):
    if path.suffix == ".whl":
        return zipfile.ZipFile(path).namelist()
    return [name.partition("/")[2] for name in tarfile.open(path).getnames()]


@pytest.mark.parametrize("pattern", ["*.whl", "*.tar.gz"])
def test_nothing_of_the_instructors_is_shipped(built, pattern):
    found = names(next(built.glob(pattern)))
    assert not [
        name for name in found if name.startswith(("solutions", "grader", "tests", "build"))
    ]
    assert not [name for name in found if "suites" in name or name.endswith("submissions.py")]


def test_the_wheel_holds_the_labs_and_the_templates(built):
    found = names(next(built.glob("*.whl")))
    for wanted in (
        "nablab/_labs/lab01_filters/lab01_filters.ipynb",
        "nablab/_labs/lab01_filters/lab.toml",
        "nablab/_labs/lab01_filters/checks/match_score.py",
        "nablab/_labs/lab01_filters/fingerprints.msgpack",
        "nablab/py.typed",
        "nablab/data/china.npz",
        "nablab/release/template/solutions/lab.py.txt",
        "nablab/checking/templates/card.css",
    ):
        assert wanted in found


def test_no_solution_is_in_any_file_of_the_wheel(built):
    wheel = zipfile.ZipFile(next(built.glob("*.whl")))
    for name in wheel.namelist():
        if name.startswith("nablab/_labs"):
            assert b"BEGIN SOLUTION" not in wheel.read(name), name


def test_an_installed_wheel_finds_its_labs(built, tmp_path):
    target = tmp_path / "site"
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(target)
    probe = "import sys; sys.path.insert(0, sys.argv[1])\nfrom nablab.course import find_course\nprint(find_course().lab('1').folder)"
    run = subprocess.run(
        [sys.executable, "-S", "-c", probe, str(target)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == str(target / "nablab" / "_labs" / "lab01_filters")
