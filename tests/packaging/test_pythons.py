"""Which Pythons nablab is for: the Makefile, the classifiers and the linter say the same."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def python(tmp_path):
    """Makes a Python at whose start some code is run: one of another version, one that lacks
    something."""

    def python(name, code):
        folder = tmp_path / name
        (folder / "site").mkdir(parents=True)
        (folder / "site" / "sitecustomize.py").write_text(code)
        script = folder / Path(name).name
        script.write_text(f'#!/bin/sh\nPYTHONPATH={folder / "site"} exec {sys.executable} "$@"\n')
        script.chmod(0o755)
        return script

    return python


def of_version(version):
    major, minor, micro = version.split(".")
    return (
        f"import platform, sys\nsys.version_info = ({major}, {minor}, {micro}, 'final', 0)\n"
        f"platform.python_version = lambda: '{version}'\n"
    )


def said(python, code=0):
    run = subprocess.run(
        [ROOT / "tools" / "python.sh", python], capture_output=True, text=True, check=False
    )
    assert run.returncode == code, run
    assert run.stderr.count("\n") == code and not run.stdout
    return run.stderr


@pytest.fixture
def demo_all():
    spec = importlib.util.spec_from_file_location("demo_all", ROOT / "tools" / "demo_all.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pythons_of_the_classifiers_may_make_the_environment(python, demo_all):
    for minor in demo_all.versions():
        said(python(f"python{minor}", of_version(f"{minor}.0")))
        assert minor in said("", 1)


@pytest.mark.parametrize("version", ["3.10.13", "3.14.0"])
def test_another_python_is_refused_by_name(python, version):
    minor = version.rpartition(".")[0]
    sentence = said(python("python3", of_version(version)), 1)
    assert (
        f"is Python {minor}, but nablab's packages are for Python 3.11, 3.12 and 3.13" in sentence
    )
    assert "make PYTHON=" in sentence


def test_a_python_that_cannot_make_an_environment_says_what_to_install(python):
    debian = of_version("3.11.2") + "sys.modules['ensurepip'] = None\n"
    assert "sudo apt install python3.11-venv" in said(python("python3.11", debian), 1)


@pytest.mark.parametrize("name", ["", "/no/such/python", "/bin/false"])
def test_what_is_no_python_is_one_sentence(name):
    assert "make PYTHON=" in said(name, 1)


def test_make_stops_at_that_sentence(python, tmp_path):
    run = subprocess.run(
        [
            "make",
            "demo",
            f"PYTHON={python('old', of_version('3.10.13'))}",
            f"VENV={tmp_path / 'v'}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "is Python 3.10" in run.stderr
    assert not (tmp_path / "v").exists()


@pytest.mark.parametrize(
    "later",
    ["type Pair = tuple[int, int]\n", "x = {'a': 1}\ny = f'{x['a']}'\n", "def f[T](x: T): ...\n"],
)
@pytest.mark.parametrize("place", ["src/nablab", "tests/adversarial/attacks", "grader/suites"])
def test_the_linter_refuses_what_the_lowest_python_cannot_read(place, later):
    run = subprocess.run(
        [Path(sys.executable).parent / "ruff", "check", "--stdin-filename", f"{place}/new.py", "-"],
        input=later,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "on Python 3.11" in run.stdout


# The demo on all of them


def test_every_release_of_a_python_is_found_once(python, demo_all):
    debian = python("python3.12", of_version("3.12.2")).parent
    pyenv = python("a/python3.12", of_version("3.12.1")).parent
    again = python("b/python3.12", of_version("3.12.2")).parent
    found = demo_all.interpreters("3.12", [debian, Path("/no/such"), pyenv, again])
    assert found == [debian / "python3.12", pyenv / "python3.12"]
    assert demo_all.interpreters("3.13", [debian]) == []


def test_a_shim_that_does_not_run_is_no_python(tmp_path, demo_all):
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'no version is chosen' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert demo_all.interpreters("3.12", [tmp_path]) == []


def test_a_demo_that_fails_fails_the_command(python, demo_all, monkeypatch, capsys):
    folder = python("python3.12", of_version("3.12.2")).parent
    monkeypatch.setattr(demo_all, "places", lambda: [folder])
    for code in (0, 2):
        done = subprocess.CompletedProcess([], code, stdout="what make printed")
        monkeypatch.setattr(demo_all, "demo", lambda path, light, done=done: done)
        assert demo_all.main() == bool(code)
        printed = capsys.readouterr().out
        assert "3.11     not here" in printed
        assert ("what make printed" in printed) == bool(code)
    monkeypatch.setattr(demo_all, "places", list)
    assert demo_all.main() == 1


def test_a_light_environment_has_what_grading_needs_but_for_what_takes_minutes(demo_all):
    needs = demo_all.needs_of_a_grader()
    assert any(need.startswith("nbgrader") for need in needs)
    assert not any("tensorflow" in need or "keras" in need for need in needs)


def test_a_light_demo_stops_at_the_first_command_that_fails(python, demo_all, monkeypatch):
    asked = []

    def run(*command):
        asked.append(command)
        return subprocess.CompletedProcess(command, int("pip" in command))

    monkeypatch.setattr(demo_all, "run", run)
    done = demo_all.demo(python("python3.12", of_version("3.12.2")), light=True)
    assert done.returncode == 1
    assert len(asked) == 2 and asked[0][1:3] == ("-m", "venv")
