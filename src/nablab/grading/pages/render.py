"""Limits what nbgrader's pages, formgrader and feedback, show of an autograded notebook.

They render Markdown, HTML and raw cells as they are, and formgrader does so in Jupyter's own
origin, where a script may do whatever the instructor may. nablab writes no such student cells into
`autograded/`, but a notebook there may come from an older version. Cards in grade cells are always
nablab's: without nablab, nbgrader would have run the student's code with the instructor's rights.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from traitlets import Unicode

from nablab.course import Lab, find_course
from nablab.errors import NablabError
from nablab.escaping import text_cell

PLAIN = ("text/plain", "image/png")


class OnlyOurMarkup(Preprocessor):
    """Renders markup only in the lab's own texts and in the cards; the rest is shown as text."""

    course_root = Unicode("", help="the folder of the course").tag(config=True)

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        lab = self._lab(resources)
        texts, cards = _texts_of(lab), {e.grade_cell for e in lab.exercises} if lab else set()
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" and cell.source not in texts:
                shown = text_cell(f"text-{number}", f"A {cell.cell_type} cell:", cell.source)
                notebook.cells[number] = nbformat.from_dict(shown)
            elif cell.cell_type == "code":
                is_card = cell.metadata.get("nbgrader", {}).get("grade_id") in cards
                for output in cell.outputs:
                    _reduce(output, (*PLAIN, "text/html") if is_card else PLAIN)
        notebook.metadata.pop("widgets", None)
        return notebook, resources

    def _lab(self, resources: Any) -> Lab | None:
        """The lab of a page, from the name that formgrader or feedback gives."""
        name = resources.get("assignment_id") or resources.get("nbgrader", {}).get("assignment", "")
        try:
            return find_course(Path(self.course_root)).lab(name)
        except NablabError:
            return None


def _texts_of(lab: Lab | None) -> set[str]:
    if lab is None:
        return set()
    released = nbformat.read(lab.notebook, as_version=4)
    return {cell.source for cell in released.cells if cell.cell_type != "code"}


def _reduce(output: Any, kinds: tuple[str, ...]) -> None:
    if "data" in output:
        output.data = {kind: value for kind, value in output.data.items() if kind in kinds}
        output.metadata = {}
