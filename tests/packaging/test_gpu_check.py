"""tools/gpu_check.sh as far as it goes without a GPU: what it refuses, and its plan."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "keras-3.15.1-py3-none-any.whl").touch()
    return folder


@pytest.fixture
def python(tmp_path):
    """Makes a Python that has some packages, or says so."""

    def python(*packages):
        site = tmp_path / "site"
        for package in packages:
            (site / package).mkdir(parents=True)
        script = tmp_path / "python3"
        script.write_text(f'#!/bin/sh\nPYTHONPATH={site} exec {sys.executable} -S "$@"\n')
        script.chmod(0o755)
        return script

    return python


def run(*arguments, python=sys.executable):
    return subprocess.run(
        [ROOT / "tools" / "gpu_check.sh", *arguments],
        env={**os.environ, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(*arguments, **more):
    got = run(*arguments, **more)
    assert got.returncode == 1 and not got.stdout
    assert got.stderr.count("\n") == 1
    return got.stderr


def test_without_wheels_one_sentence_says_how_to_get_them(tmp_path):
    assert "Name the folder of wheels" in refusal()
    assert "Name the folder of wheels" in refusal(tmp_path, "--fast")
    assert "There is no folder" in refusal(tmp_path / "absent")
    assert "no wheel of Keras: make it with pip download" in refusal(tmp_path)


def test_without_a_backend_one_sentence_says_so(wheels, python):
    assert "neither JAX nor PyTorch" in refusal(wheels, python=python())


@pytest.mark.skipif(any(Path("/dev").glob("nvidia[0-9]*")), reason="there is a GPU here")
def test_without_a_gpu_one_sentence_says_so(wheels, python):
    assert "There is no GPU here" in refusal(wheels, python=python("jax"))


def test_the_plan_has_three_steps_that_exist(wheels, python):
    got = run(wheels, "--dry-run", python=python("torch"))
    assert got.returncode == 0 and not got.stderr
    plan = got.stdout.splitlines()
    assert f"--no-index --find{'-'}links {wheels} keras" in plan[1]  # the word is forbidden as text
    assert [line.split()[1:] for line in plan[2:]] == [
        ["-m", "pytest", "-m", "gpu", "-q", "tests/conformance/test_layers.py", "tests/optimizers"],
        ["-m", "tests.benchmarks.layers", "--device", "gpu", "--repeats", "5"],
        ["tools/gpu_grade.py", "1", "3", "5", "6"],
    ]
    assert (ROOT / "tests" / "benchmarks" / "layers.py").is_file()
    assert (ROOT / "tools" / "gpu_grade.py").is_file()
