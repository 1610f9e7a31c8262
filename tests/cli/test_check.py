"""`nablab check`: the student's own notebook, run as grading runs it."""

import shutil

import pytest
from tests.notebooks.case import Notebook

from nablab.cli.check import checked
from nablab.course import read_lab
from nablab.grading.samples import Sample, notebook_of


@pytest.fixture
def check(course, lab, tmp_path):
    """The cards of a solved notebook that `change` has changed, checked with short limits."""

    def check(change, *exercises, **limits):
        folder = tmp_path / lab.id
        folder.mkdir()
        text = (lab.folder / "lab.toml").read_text(encoding="utf-8")
        (folder / "lab.toml").write_text(text, encoding="utf-8")
        shutil.copytree(lab.folder / "checks", folder / "checks")
        notebook = Notebook(notebook_of(Sample("", ""), course, lab))
        change(notebook)
        (folder / f"{lab.id}.ipynb").write_text(notebook.text(), encoding="utf-8")
        own = read_lab(folder)
        own.limits.__dict__.update(limits)
        chosen = [own.exercise(name) for name in exercises]
        return list(checked(own, chosen, lab.notebook))

    return check


def test_cells_between_a_solution_and_its_check_are_run(check):
    def change(nb):
        nb["ex-1-1"] = "def match_score(patch, filt):\n    return helper(patch, filt)"
        nb.before(
            "check-1-1",
            "%matplotlib inline\nimport asyncio\nawait asyncio.sleep(0)\n"
            "def helper(a, b):\n    return float(np.mean(np.multiply(a, b, dtype=float)))",
        )

    ((card, notes),) = check(change, "1.1")
    assert card.mood == "passed" and notes == ()


def test_it_stops_at_the_limits_of_grading(check):
    def change(nb):
        nb["ex-1-1"] = "def match_score(patch, filt):\n    while True: pass"
        nb.before("ex-1-2", "while True: pass")

    (first, _), (second, notes) = check(change, "1.1", "1.2", call_s=1, cell_s=1, test_s=2)
    assert "took more than 1 s and was stopped" in first.text()
    assert second.mood == "passed"
    assert "your cell" in " ".join(notes).lower() and "was not run again" in " ".join(notes)


def test_a_warning_comes_before_the_limit(check):
    def change(nb):
        nb.top("ex-1-1", "import time")
        nb.swap("ex-1-1", "patch, filt = ", "time.sleep(0.6)\n    patch, filt = ")

    ((card, _),) = check(change, "1.1", call_s=1)
    assert card.mood == "passed"
    assert "At grading it is stopped after 1 s" in " ".join(card.text().split())


def test_the_cells_work_in_an_empty_folder_of_their_own(check, tmp_path):
    def change(nb):
        nb.top("ex-1-1", "import os\nassert os.listdir() == []\nopen('left.txt', 'w').write('x')")

    ((card, _),) = check(change, "1.1")
    assert card.mood == "passed"
    assert not list(tmp_path.rglob("left.txt"))
