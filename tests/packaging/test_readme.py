"""What the README tells a person to type can be typed, and works as it is written there."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from nablab.grading.samples import make_course

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"^```\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
OUTPUT = re.compile(r"lab\d\d_\w+: |>>> ")  # what a command prints, and what is typed into Python


def typed():
    """Every line to type, without its comment."""
    blocks = (block for block in BLOCKS if not OUTPUT.match(block))
    return [
        line.partition("#")[0].strip() for block in blocks for line in block.splitlines() if line
    ]


def test_every_command_of_the_readme_is_there():
    lines = typed()
    assert {"make demo", "nablab labs"} < set(lines)
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin:/usr/bin:/bin"])
    words = {line.split()[0] for line in lines} - {".", "cd"}
    assert words >= {"make", "pip", "nablab", "nbgrader", "dask"}
    assert not {word for word in words if shutil.which(word, path=path) is None}


def test_the_readme_says_for_which_pythons_this_is():
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert "Python 3.11, 3.12 or 3.13" in text


@pytest.mark.long
def test_nbgraders_own_commands_work_as_written(course, tmp_path, needs_jail, in_bare_shell):
    activate = Path(sys.prefix) / "bin" / "activate"
    if not activate.is_file():
        pytest.skip("this Python is not in a virtual environment")
    made, samples = make_course(course, tmp_path / "Ann's course", count=2)
    block = next(block for block in BLOCKS if "nbgrader generate_assignment" in block)
    script = tmp_path / "typed.sh"
    script.write_text(f'. "{activate}"\ncd "{made.root}"\n{block}')
    in_bare_shell(f"sh -e '{script}'")
    pages = made.root.glob("feedback/*/lab01_filters/lab01_filters.html")
    assert {page.parents[1].name for page in pages} == {sample.student for sample in samples}
