"""Every lab of the course, found by itself, is proven."""

from pathlib import Path

import pytest

from nablab.cli.author import grade_notebooks
from nablab.course import find_course, list_labs
from nablab.grading.pipeline import jail_for
from nablab.grading.records import Submission
from nablab.grading.runners import grade_in_one_process
from nablab.grading.samples import hand_in, samples_of
from nablab.release.verify import verify_lab

COURSE = find_course(Path(__file__).resolve().parents[2])
LABS = list_labs(COURSE.solutions)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
def test_the_lab_is_proven(lab):
    proof = verify_lab(COURSE, lab, grade_notebooks)
    assert proof.holds, proof.text()


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
def test_every_sample_gets_the_score_that_is_predicted(lab, tmp_path):
    released = COURSE.lab(lab.id)
    samples = {sample.student: sample for sample in samples_of(COURSE, released)}
    hand_in(list(samples.values()), COURSE, released, tmp_path)
    submissions = [
        Submission(student, lab.id, tmp_path / student / lab.id / f"{lab.id}.ipynb")
        for student in samples
    ]
    for graded in grade_in_one_process(submissions, COURSE, released):
        sample = samples[graded.submission.student]
        assert (graded.points, graded.state) == (sample.points, sample.state), sample.says


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
def test_the_setup_cells_run_in_the_jail(lab):
    with jail_for(COURSE.lab(lab.id)) as jail:
        assert jail.setup
        child = jail.open(lab.limits)
        assert child.request("cell", cell_id="probe", source="check, hint, predict") is None
