"""The files of a new lab: what an author starts from works."""

import re

import pytest

from nablab.cli.author import grade_notebooks, sample_notebooks
from nablab.errors import BadLab
from nablab.grading.samples import copy_course
from nablab.release.new import new_exercise, new_lab
from nablab.release.verify import verify_lab
from nablab.release.write import build

pytest.importorskip("nbgrader")


@pytest.fixture
def own(course, tmp_path):
    return copy_course(course, tmp_path)


@pytest.mark.usefixtures("needs_jail")
def test_a_new_lab_is_proven_and_so_it_is_with_another_exercise(own):
    new_lab(own, "lab42_means")
    new_exercise(own, own.authored_lab("means"), "size_of")
    lab = own.authored_lab("42")
    assert [(one.id, one.name) for one in lab.exercises] == [("42.1", "rms"), ("42.2", "size_of")]
    build(own, lab)
    proof = verify_lab(own, lab, grade_notebooks, sample_notebooks, pictures=False)
    assert proof.holds, proof.text()


def test_a_lab_is_renumbered_by_renaming_its_folders(own):
    for folder in (own.solutions, own.grader / "suites"):
        (folder / "lab02_sizes").rename(folder / "lab31_sizes")
    released = build(own, own.authored_lab("sizes"))
    assert released.name == "lab31_sizes"

    def text(folder):
        path = folder / f"{folder.name}.ipynb"
        return re.sub(r'"checksum": "\w+"', "", path.read_text())

    old, new = text(own.released / "lab02_sizes"), text(released)
    assert not re.search(r"31[.-]|lab31", old)
    assert re.search(r'check\(\\"31\.8\\"\)', new) and "Lab 3 sends errors backwards" in new
    assert re.sub(r"31(?=[.-])", "2", new.replace("lab31", "lab02")) == old


def test_a_lab_that_is_referred_to_and_is_not_there_is_named(own):
    path = own.solutions / "lab01_filters" / "lab.py"
    path.write_text(path.read_text().replace("Lab {sizes}", "Lab {size}"))
    with pytest.raises(BadLab, match=r"there is no such lab: did you mean sizes\?"):
        build(own, own.authored_lab("1"))


@pytest.mark.parametrize(
    "name, says",
    [("Size", "is not a name for an exercise"), ("match_score", "something called match_score")],
)
def test_an_exercises_name_that_is_none_or_is_taken_is_refused(own, name, says):
    before = {path: path.read_bytes() for path in own.root.rglob("*") if path.is_file()}
    with pytest.raises(BadLab, match=says):
        new_exercise(own, own.authored_lab("1"), name)
    assert {path: path.read_bytes() for path in own.root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "lab_id, says",
    [("Means", "is not a lab id: write labNN_topic"), ("lab01_means", "Lab 1 already exists")],
)
def test_an_id_that_is_none_or_is_taken_is_refused_and_nothing_is_written(own, lab_id, says):
    before = sorted(own.root.rglob("*"))
    with pytest.raises(BadLab, match=says):
        new_lab(own, lab_id)
    assert sorted(own.root.rglob("*")) == before
