"""`nablab author preview`: a lab shown while it is being written."""

import os
import subprocess
import sys
from itertools import islice

import nbformat
import pytest

from nablab.errors import NablabError
from nablab.grading.samples import copy_course
from nablab.release.new import new_lab
from nablab.release.preview import build_preview, rebuild_on_saving

pytest.importorskip("nbgrader")

LAB = "lab42_means"


@pytest.fixture
def own(course, tmp_path):
    own = copy_course(course, tmp_path)
    new_lab(own, LAB)
    return own


def sources(path):
    return "\n".join(cell.source for cell in nbformat.read(path, 4).cells)


@pytest.mark.parametrize("solved", [False, True])
def test_it_shows_the_lab_as_students_get_it_or_solved(own, solved):
    notebook = build_preview(own, "42", solved)
    assert notebook.is_relative_to(own.root / "build" / "preview")
    assert ("YOUR CODE HERE" in sources(notebook)) is not solved
    assert ("**Discussion.**" in sources(notebook)) is solved
    assert "*10 points, about 10 minutes, easy*" in sources(notebook)
    assert not (own.root / "labs" / LAB).exists()


def test_it_is_built_again_on_saving_also_after_a_mistake(own):
    notebook = build_preview(own, "42")
    lab = own.root / "solutions" / LAB / "lab.toml"
    text = lab.read_text()
    saved = [text.replace("title", "titel"), text, text + "\n"]

    def saving():
        lab.write_text(saved.pop(0))
        return True

    builds = rebuild_on_saving(own, "42", False, alive=saving)
    first, *others = islice(builds, 3)
    assert isinstance(first, NablabError) and "titel" in str(first)
    assert others == [notebook, notebook]


def test_a_jupyterlab_that_fails_is_said_to_have_failed(own, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "jupyterlab.py").write_text("raise SystemExit(3)\n")
    done = subprocess.run(
        [sys.executable, "-m", "nablab.cli.main", "author", "preview", "42", "--course", own.root],
        env={**os.environ, "PYTHONPATH": str(broken), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "JupyterLab ended with exit code 3" in done.stderr
