"""Each kind of place, on every payload, without a browser."""

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from rich.table import Table

from nablab.checking.html import prose, templates
from nablab.checking.plain import wrapped
from nablab.cli.tables import print_records
from nablab.cli.terminal import Terminal
from nablab.escaping import clean, spreadsheet_text, text_cell
from nablab.grading.pages.deliver import reassembled
from nablab.grading.records import UNREADABLE, Graded, Submission
from tests.inert.hostile_class import ALL, _with_texts_and_metadata
from tests.inert.payloads import BEACON, FORMULAS, MARKUP, TERMINAL

TRACES = ("acts()", BEACON)


class Acting(HTMLParser):
    """What of a page is an element or an attribute that a payload made."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name not in ("class", "title") and any(one in (value or "") for one in TRACES):
                self.found.append((tag, name, value))

    def handle_data(self, data):
        if self.cdata_elem and any(one in data for one in TRACES):
            self.found.append((self.cdata_elem, data))


@pytest.mark.parametrize("text", ALL)
def test_a_page_shows_it_as_text(text):
    page = templates().from_string("<p title='{{ it }}'>{{ it }}</p><p>{{ it|prose }}</p>")
    assert not Acting(page.render(it=text)).found
    assert str(prose(text)).count("<") == 2 * str(prose(text)).count("</code>")


@pytest.mark.parametrize("text", ALL)
def test_plain_text_keeps_no_character_that_a_terminal_obeys(text):
    for line in [*clean(text).split("\n"), *wrapped(text)]:
        assert line.isprintable()


@pytest.fixture
def terminal(monkeypatch):
    written = Terminal(file=io.StringIO(), width=400, color_system=None, force_terminal=True)
    monkeypatch.setattr("nablab.cli.tables.console", written)
    return written


@pytest.mark.parametrize("text", ALL)
def test_a_terminal_shows_it_as_it_is(terminal, text):
    table = Table(box=None)
    table.add_column(text)
    table.add_row(text)
    terminal.print(table)
    terminal.print(text, style="bold")
    said = terminal.file.getvalue()
    assert all(line.isprintable() for line in said.split("\n"))
    for line in clean(text).split("\n"):
        assert said.count(line.strip()) >= 3


@pytest.mark.parametrize("text", TERMINAL.values())
def test_what_grading_prints_stands_whatever_a_fault_or_a_reason_says(terminal, lab, text):
    record = {
        "submission": {"student": "student", "notes": [text]},
        "state": UNREADABLE,
        "exercises": [],
        "points": 0.0,
        "notes": [text],
        "faults": [text],
        "suspicious": [text],
    }
    print_records(lab, [record])
    said = terminal.file.getvalue()
    assert "costs nobody a point" in said and "student, unreadable" in said
    assert all(line.isprintable() for line in said.split("\n"))


@pytest.mark.parametrize("text", FORMULAS.values())
def test_a_spreadsheet_takes_it_for_text_whatever_separates_its_cells(text):
    told = spreadsheet_text(text)
    assert told.replace("'", "").split() == text.replace("'", "").split()
    for separator in ",;\n":
        for cell in told.split(separator):
            assert not cell.strip().startswith(tuple("=+-@＝＋－＠"))


@pytest.mark.parametrize("text", MARKUP.values())
def test_a_notebooks_cell_says_it_where_nothing_is_interpreted(lab, text):
    submission = Submission("student", lab.id, Path("x.ipynb"))
    notebook = reassembled(Graded(submission, UNREADABLE, lab.points, notes=(text,)), lab)
    assert clean(text, 1 << 20) in notebook["cells"][0]["outputs"][0]["text"]
    for cell in notebook["cells"]:
        cell.pop("outputs", None)
    assert text not in json.dumps(notebook, ensure_ascii=False)


@pytest.fixture(scope="module")
def rendered(course, lab):
    """A notebook as nbgrader's pages show it, in formgrader."""
    pytest.importorskip("nbgrader")
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader.handlers import template_path
    from traitlets.config import Config

    from nablab.grading.step import configure

    def rendered(notebook, configured=True):
        config = Config()
        if configured:
            configure(config, course.root)
        config.HTMLExporter.template_name = "formgrade"
        config.HTMLExporter.extra_template_basedirs = [template_path]
        place = {"assignment_id": lab.id, "notebook_id": lab.id, "index": 0, "total": 1}
        made = nbformat.reads(json.dumps(notebook), as_version=4)
        return HTMLExporter(config=config).from_notebook_node(made, resources=place)[0]

    return rendered


def test_formgrader_renders_no_markup_but_ours(rendered, lab):
    notebook = json.loads(_with_texts_and_metadata(lab))
    notebook["metadata"].pop("language_info")
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["outputs"] = []
    assert len(Acting(rendered(notebook, configured=False)).found) > 100
    html = rendered(notebook)
    assert not Acting(html).found
    assert "A raw cell:" in html and "data:image/svg" not in html


def test_formgrader_renders_the_labs_own_texts_and_a_plain_text(rendered, lab):
    notebook = json.loads(lab.notebook.read_text(encoding="utf-8"))
    notebook["cells"].append(text_cell("note", "Why:", MARKUP["image error"]))
    html = rendered(notebook)
    assert "A markdown cell:" not in html and "<h1" in html
    assert "&lt;img src=x onerror=top.acts()&gt;" in html
