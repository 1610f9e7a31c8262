"""The rules of the architecture that a machine can hold."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("tensorflow", "keras", "nbgrader", "matplotlib", "jupytext", "sqlalchemy")


def test_imports_point_one_way():
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import nablab",
        "from nablab import check, hint, predict",
        "import sys; sys.argv = ['nablab', '--help']\ntry:\n import nablab.cli.main as m; m.run()\nexcept SystemExit: pass",
    ],
    ids=["import nablab", "the notebook's functions", "nablab --help"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code):
    probe = f"{code}\nimport sys\nprint('HEAVY', [name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "HEAVY []" in run.stdout


def test_the_layers_come_without_the_reference_and_its_answers():
    probe = (
        "import nablab.layers, nablab.optimizers, nablab.initializers, sys\n"
        "print('LOADED', [name for name in sys.modules if name.startswith('nablab.reference')])"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "LOADED []" in run.stdout


def test_the_worker_loads_nothing_of_the_trusted_side():
    probe = (
        "import nablab.sandbox.worker, sys\n"
        "print(sorted(name for name in sys.modules if name.startswith('nablab.')))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", probe], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == str(
        [
            "nablab.sandbox",
            "nablab.sandbox.cells",
            "nablab.sandbox.channel",
            "nablab.sandbox.confine",
            "nablab.sandbox.forbidden",
            "nablab.sandbox.inert",
            "nablab.sandbox.models",
            "nablab.sandbox.protocol",
            "nablab.sandbox.serve",
            "nablab.sandbox.shell",
            "nablab.sandbox.watched",
            "nablab.sandbox.worker",
        ]
    )


def test_no_text_of_the_project_names_a_package_index_or_a_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    forbidden = ("--index" + "-url", "extra-index" + "-url", "find" + "-links")
    for name in tracked.stdout.splitlines():
        path = ROOT / name
        if path.suffix in (".py", ".toml", ".md", ".txt", ".cfg", "") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in forbidden if word in text], name


def test_the_readme_shows_every_command():
    from typer.main import get_command

    from nablab.cli.main import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = get_command(app)
    for name, sub in command.commands.items():
        if hasattr(sub, "commands"):
            for child in sub.commands:
                assert f"nablab {name} {child}" in readme
        elif name != "demo":
            assert f"nablab {name}" in readme
    assert "make demo" in readme
