"""The files of a new lab: what an author starts from works."""

import pytest

from nablab.cli.author import grade_notebooks
from nablab.errors import BadLab
from nablab.grading.samples import copy_course
from nablab.release.new import new_lab
from nablab.release.verify import verify_lab
from nablab.release.write import build

pytest.importorskip("nbgrader")


@pytest.fixture
def own(course, tmp_path):
    return copy_course(course, tmp_path)


@pytest.mark.usefixtures("needs_jail")
def test_a_new_lab_can_be_built_and_is_proven(own):
    new_lab(own, "lab42_means")
    lab = own.authored_lab("42")
    build(own, lab)
    proof = verify_lab(own, lab, grade_notebooks)
    assert proof.holds, proof.text()


@pytest.mark.parametrize(
    "lab_id, says",
    [("Means", "is no lab id: it reads labNN_topic"), ("lab01_means", "Lab 1 is there already")],
)
def test_an_id_that_is_none_or_is_taken_is_refused_and_nothing_is_written(own, lab_id, says):
    before = sorted(own.root.rglob("*"))
    with pytest.raises(BadLab, match=says):
        new_lab(own, lab_id)
    assert sorted(own.root.rglob("*")) == before
