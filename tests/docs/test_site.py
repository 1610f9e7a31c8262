"""The site builds, needs nothing from elsewhere, and holds what the source holds."""

import html
import re
from pathlib import Path

import pytest
from typer.main import get_command

import nablab.reference
from nablab.cli.main import app

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
UNREAD = re.compile(r"<p>(Maths|Shapes|Args|Raises|Returns|Examples?|Source):")  # not understood
LOADS = re.compile(
    r"""<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)=["']?(https?:|//)"""
)


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text("utf-8")))


def test_no_page_loads_anything_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    assert not [str(page) for page in pages if LOADS.search(page.read_text("utf-8"))]
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:|//)", sheet.read_text("utf-8")), (
            sheet
        )


def test_every_layer_has_a_page_with_its_equation(site):
    modules = [path.stem for path in (ROOT / "src/nablab/layers").glob("[a-z]*.py")]
    assert len(modules) > 50
    for module in modules:
        page = (site / "layers" / f"{module}.html").read_text("utf-8")
        for part in (
            "<strong>Maths</strong>",
            "<strong>Shapes</strong>",
            "<strong>Source.</strong>",
        ):
            assert part in page, (module, part)
        assert "&gt;&gt;&gt;" in page, module  # the example
        assert not UNREAD.search(page), module


def test_every_method_of_interpretability_is_there(site):
    for folder in filter(Path.is_dir, (ROOT / "src/nablab/interpret").glob("[a-z]*")):
        page = (site / "interpret" / f"{folder.name}.html").read_text("utf-8")
        for path in folder.glob("[a-z]*.py"):
            for name in re.findall(r"^(?:def|class) ([A-Za-z]\w*)", path.read_text("utf-8"), re.M):
                anchor = f"nablab.interpret.{folder.name}.{path.stem}.{name}"
                assert f'id="{anchor}"' in page, path


def test_every_function_of_the_reference_is_there(site):
    folder = ROOT / "src/nablab/reference"
    for path in folder.glob("[a-z]*.py"):
        page = (site / "reference" / f"{path.stem}.html").read_text("utf-8")
        for name in re.findall(r"^def ([a-z]\w*)", path.read_text("utf-8"), re.M):
            assert not UNREAD.search(page), path.stem
            assert f'id="{nablab.reference.__name__}.{path.stem}.{name}"' in page, name


def test_the_commands_are_as_their_help_says(site):
    page = " ".join(text_of(site / "cli.html").split())
    commands = get_command(app).commands.values()
    for command in [one for one in commands if not hasattr(one, "commands")] + [
        child for one in commands if hasattr(one, "commands") for child in one.commands.values()
    ]:
        assert " ".join(command.help.split()) in page
        context = command.make_context(command.name, [], resilient_parsing=True)
        for one in command.params:
            for words in filter(None, [one.get_help_record(context)]):
                assert " ".join(words[0].split()) in page, (command.name, words)
                assert " ".join(words[1].split()) in page, (command.name, words)


def test_pictures_are_small(site):
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs/pictures").glob("*")}
    assert sizes and max(sizes.values()) < 150_000, sizes
