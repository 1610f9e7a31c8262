"""What README and the pages tell a person to type can be typed, and works as it is written there."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from nablab.cli.main import _with_exercises, app
from nablab.grading.samples import make_course

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
FENCED = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", TEXT, re.M | re.S)
BLOCKS = [block for language, block in FENCED if not language]
# what a command prints, what is typed into Python, a diagram, a folder
OUTPUT = re.compile(r"lab\d\d_\w+: |>>> |author  |src/")


def typed():
    """Every line to type, without its comment."""
    blocks = (block for block in BLOCKS if not OUTPUT.match(block))
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_every_command_that_is_shown_is_there():
    lines = typed()
    assert {"make demo", "nablab labs"} < set(lines)
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin:/usr/bin:/bin"])
    words = {line.split()[0] for line in lines} - {".", "cd"}
    assert words >= {"make", "pip", "nablab", "nbgrader", "dask", "python"}
    assert not {word for word in words if shutil.which(word, path=path) is None}


@pytest.mark.parametrize("line", sorted({line for line in typed() if line.startswith("nablab ")}))
def test_a_line_in_a_block_can_be_parsed(line):
    found, words = command_of(shlex.split(line)[1:])
    found.make_context(found.name, words)


def test_a_line_in_running_text_names_what_there_is():
    lines = [line for line in re.findall(r"`nablab ([^`]+)`", TEXT) if "\n" not in line]
    assert len(lines) > 10
    for line in lines:
        found, words = command_of(line.split())
        known = {name for one in found.params for name in (*one.opts, *one.secondary_opts)}
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert options <= known | {"--help"}, line


@pytest.mark.parametrize("line", ["nablab labs --colour", "nablab mark 1", "nablab grade"])
def test_the_parser_notices_what_there_is_not(line):
    with pytest.raises(Exception, match=r"No such|Missing"):
        test_a_line_in_a_block_can_be_parsed(line)


def command_of(words):
    """The command that words are for, and the words that are its own."""
    words, command = _with_exercises(list(words)), get_command(app)
    while hasattr(command, "commands"):
        if words and words[0].startswith("-"):
            break  # an option that stands before any command
        context = command.make_context(command.name, words, resilient_parsing=True)
        name, found, words = command.resolve_command(context, words)
        assert found, f"No such command: {name}"
        command = found
    return command, words


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
