"""The rule on every notebook of the corpus: what passes `check()` passes the visible checks at
grading, exercise by exercise, or the page names the limit that it met.

`make test` grades all of them in the jail and holds the verdicts against what each file says of the
kernel; it runs the kernel on a few, and `make test-long` on all.
"""

import json

import pytest

from nablab.checking.runner import PASSED
from nablab.grading.judge.lab_grader import LabGrader, jail_for
from nablab.grading.judge.pipeline import grade_one
from nablab.grading.judge.suite import with_suite
from nablab.grading.pages.feedback import feedback_page, sections_of
from nablab.grading.records import GRADED, Submission
from nablab.grading.samples import Sample, notebook_of
from tests.notebooks.case import corpus
from tests.notebooks.kernel import passing

CASES = corpus()
SAMPLE = CASES[::48]  # those that run in a kernel every time
FAMILIES = sorted({case.family for case in CASES})


@pytest.fixture(scope="module")
def solved(course):
    texts = {}

    def solved(lab):
        if lab.id not in texts:
            texts[lab.id] = notebook_of(Sample("", ""), course, lab)
        return texts[lab.id]

    return solved


def test_the_corpus_has_at_least_eighty_notebooks_and_each_says_what_it_is():
    assert len(CASES) >= 80
    assert len({case.module.__doc__ for case in CASES}) == len(CASES)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_jail_gives_the_verdicts_that_the_kernel_gives(
    family, course, solved, needs_jail, tmp_path
):
    cases = [case for case in CASES if case.family == family]
    wrong = {}
    for lab_name in sorted({case.lab for case in cases}):
        lab = course.lab(lab_name)

        def judge(suite, lab=lab):
            for exercise, items in suite.items.items():
                suite.items[exercise] = [item for item in items if not suite.is_hidden(item)]
            with jail_for(lab) as jail:
                grader = LabGrader(course, lab, suite, jail)
                for case in cases:
                    if course.lab(case.lab) == lab:
                        path = tmp_path / f"{case.name}.ipynb"
                        path.write_bytes(case.file(solved(lab)))
                        graded = grade_one(Submission("student", lab.id, path), grader)
                        if problems := problems_of(case, graded, lab, course):
                            wrong[case.name] = problems

        with_suite(course, lab, judge)
    assert wrong == {}


def problems_of(case, graded, lab, course):
    """What of a case's verdict the jail did not give."""
    if graded.state != GRADED:
        return [f"{graded.state}: {graded.notes}"]
    page = feedback_page(graded, sections_of(graded, lab), lab, course.title)
    failed = {score.exercise for score in graded.exercises if score.points < score.out_of - 0.01}
    said = [
        *graded.notes,
        *(note for score in graded.exercises for note in score.run.notes),
        *(o.says for score in graded.exercises for o in score.run.outcomes if o.says),
    ]
    visibly = {
        score.exercise
        for score in graded.exercises
        if any(outcome.state != PASSED for outcome in score.run.outcomes)
    }
    problems = []
    if visibly != case.fails | set(case.limited):
        problems.append(f"failed {sorted(visibly)}: {said}")
    if not failed <= visibly:
        problems.append(f"lost points of {sorted(failed - visibly)}")
    wanted = [*case.differs.values(), *case.limited.values(), case.says]
    problems += [f"{words!r} not in {said}" for words in wanted if words not in "\n".join(said)]
    if "Cell cell" in page:
        problems.append("Cell cell")
    if any("changed" not in sentence for sentence in graded.suspicious):
        problems.append(f"suspicious: {graded.suspicious}")
    return problems


def kernel_agrees(case, course, solved, folder):
    lab = course.lab(case.lab)
    everything = {exercise.id for exercise in lab.exercises}
    notebook = json.loads(case.notebook(solved(lab)).text())
    passed = passing(notebook, lab, folder, case.here)
    assert everything - passed == case.fails | set(case.differs)


@pytest.mark.slow
@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_kernel_gives_the_verdicts_that_the_file_states(case, course, solved, tmp_path):
    kernel_agrees(case, course, solved, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_kernel_gives_the_verdicts_that_its_file_states(case, course, solved, tmp_path):
    kernel_agrees(case, course, solved, tmp_path)
