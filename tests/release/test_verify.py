"""What the proof of a lab finds: each case spoils one file of a new lab."""

import re
from dataclasses import replace

import pytest

from nablab.authored.answers import Answers
from nablab.checking.mark import Alternative
from nablab.grading.samples import copy_course
from nablab.reference.convolution import correlate2d_valid
from nablab.release import write
from nablab.release.new import new_lab
from nablab.release.verify import STRAY, Proof, _neighbours_lose_nothing, verify_lab

pytest.importorskip("nbgrader")

LAB = "lab42_means"
WRONG = """

@mutant("There is nothing wrong with this one.")
def right_after_all(x):
    return float(np.sqrt(np.mean(np.square(x, dtype=float))))
"""
REJECTED = """

@variant("not right")
def ends_too_early(x):
    return float(np.sqrt(np.mean(np.square(np.ravel(x)[:-1], dtype=float))))
"""


@pytest.fixture
def own(course, tmp_path):
    """A course with a new lab, which is built."""
    own = copy_course(course, tmp_path)
    new_lab(own, LAB)
    write.build(own, own.authored_lab("42"))
    return own


@pytest.fixture
def found(own):
    """What is wrong with the lab, after one of its files was changed."""

    def found(file="", change=lambda text: text):
        if file:
            path = own.root / file
            text = path.read_text()
            assert change(text) != text
            path.write_text(change(text))
        return verify_lab(own, own.authored_lab("42")).failures

    return found


def test_nothing_is_found_in_a_new_lab(found):
    assert found() == []


@pytest.mark.parametrize(
    "file, change, says",
    [
        (
            f"grader/suites/{LAB}/rms.py",
            lambda text: text + WRONG,
            "the hidden suite misses the mutant right_after_all",
        ),
        (
            f"grader/suites/{LAB}/rms.py",
            lambda text: text + REJECTED,
            "the right answer ends_too_early fails",
        ),
        (
            f"grader/suites/{LAB}/rms.py",
            lambda text: re.sub(r"\n\n@mutant[^@]*(?=# Variants)", "", text),
            "has 3 mutants, and 4 are needed",
        ),
        (
            f"labs/{LAB}/{LAB}.ipynb",
            lambda text: text.replace("A new lab", "An old lab"),
            f"is not what the sources build ({LAB}.ipynb)",
        ),
        (
            f"solutions/{LAB}/lab.py",
            lambda text: text.replace("Why this matters", "What matters"),
            f"is not what the sources build ({LAB}.ipynb)",
        ),
        (
            f"solutions/{LAB}/lab.py",
            lambda text: text.replace("# # A new lab", "# # test_whole_numbers"),
            "the release leaks test_whole_numbers",
        ),
    ],
    ids=[
        "a right mutant",
        "a wrong variant",
        "too few mutants",
        "an edited release",
        "edited sources",
        "a hidden check's name",
    ],
)
def test_what_is_wrong_is_named(found, file, change, says):
    failures = found(file, change)
    assert any(says in failure for failure in failures), failures


def test_another_mutant_makes_the_release_stale_by_its_fingerprint(found):
    failures = found(f"grader/suites/{LAB}/rms.py", lambda text: text.replace("np.std(", "np.var("))
    assert failures and all("fingerprints.msgpack" in failure for failure in failures)


def test_a_file_beside_the_sources_must_not_get_out(found, monkeypatch):
    monkeypatch.setattr(write, "ALLOWED", (*write.ALLOWED, STRAY))
    assert any(f"leaks {STRAY}" in failure for failure in found())


def test_a_lab_that_was_never_built_is_said_to_be_missing(own, found):
    (own.root / "labs" / LAB).rename(own.root / "gone")
    assert any("is missing: run `nablab author build`" in failure for failure in found())


def test_a_right_answer_that_costs_its_neighbours_is_found(course):
    whole = Answers(course, course.authored_lab("1"))
    answers = Answers(course, replace(whole.lab, exercises=whole.lab.exercises[:5]))
    answers.__dict__.update(cells=whole.cells, variants=[in_lists, in_an_array])
    proof = Proof(answers.lab)
    _neighbours_lose_nothing(answers, proof, trained=False)
    assert [
        re.match(r"[\d.]+: the right answer \w+ to 1.2", said)[0] for said in proof.failures
    ] == ["1.5: the right answer in_lists to 1.2"]


def alternative(name, function):
    return Alternative("variant", "1.2", name, "", {"correlate_valid": function})


in_lists = alternative("in_lists", lambda img, filt: correlate2d_valid(img, filt).tolist())
in_an_array = alternative("in_an_array", correlate2d_valid)
