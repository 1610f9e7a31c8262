"""What the proof of a lab finds: each case spoils one file of a new lab."""

import re
from dataclasses import replace

import pytest

from nablab.authored.answers import Answers
from nablab.checking.mark import Alternative
from nablab.cli.author import grade_notebooks, sample_notebooks
from nablab.errors import BadLab
from nablab.grading.samples import copy_course
from nablab.reference.convolution import correlate2d_valid
from nablab.release import verify, write
from nablab.release.exercise import _neighbours_cost_nothing, prove_exercise
from nablab.release.new import new_exercise, new_lab
from nablab.release.proof import ExerciseProof
from nablab.release.released import STRAY
from nablab.release.verify import verify_exercise, verify_lab

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
            "the right answer ends_too_early (",
        ),
        (
            f"grader/suites/{LAB}/rms.py",
            lambda text: re.sub(r"\n\n@mutant[^@]*(?=# Variants)", "", text),
            "has 3 mutants, but 4 are needed",
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
        (
            f"solutions/{LAB}/lab.py",
            lambda text: text.partition('# %% [markdown] discussion="rms"')[0],
            "has 0 discussions; one is needed",
        ),
        (
            f"solutions/{LAB}/lab.py",
            lambda text: (
                text.replace("Say in two to five sentences", "Here. And. Then. So. It. Is")
                + "# A. B. C. D.\n"
            ),
            "its discussion has",
        ),
        (
            f"solutions/{LAB}/lab.py",
            lambda text: text.replace("# ## N.1 ", "# N.1 "),
            "has 0 headings `## 42.1 …`; one is needed",
        ),
        (
            f"solutions/{LAB}/lab.toml",
            lambda text: text.replace("minutes = 10\n", ""),
            "rms lacks minutes",
        ),
        (
            f"solutions/{LAB}/lab.toml",
            lambda text: text.replace('difficulty = "easy"\n', ""),
            "rms lacks difficulty",
        ),
        (
            f"solutions/{LAB}/lab.toml",
            lambda text: text.replace("minutes = 10\n", "minutes = 70\n"),
            "the exercises take 70 minutes, and the lab 60",
        ),
    ],
    ids=[
        "a right mutant",
        "a wrong variant",
        "too few mutants",
        "an edited release",
        "edited sources",
        "a hidden check's name",
        "no discussion",
        "a long discussion",
        "no heading",
        "no minutes",
        "no difficulty",
        "more minutes than the lab has",
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
    proof = ExerciseProof("1.5")
    _neighbours_cost_nothing(answers, answers.lab.exercise("1.5"), proof)
    assert [
        re.match(r"[\d.]+: the right answer \w+ to 1.2", said)[0] for said in proof.failures
    ] == ["1.5: the right answer in_lists to 1.2"]
    for exercise in ("1.3", "1.4"):
        proof = ExerciseProof(exercise)
        _neighbours_cost_nothing(answers, answers.lab.exercise(exercise), proof)
        assert proof.failures == []


# What is not whole, or does not fit


@pytest.mark.parametrize(
    "file, old, new, says",
    [
        (
            "solutions/{}/lab.toml",
            "forbid =",
            "forbids =",
            "no key 'forbids': did you mean forbid?",
        ),
        ("solutions/{}/lab.toml", "points = 10", 'points = "10"', "points should be a number, but"),
        ("solutions/{}/lab.toml", "minutes = 60\n", "", "the key minutes is missing"),
        ("solutions/{}/lab.toml", "why =", "because =", "[exercise.predict]: there is no key"),
        (
            "grader/suites/{}/rms.py",
            "def test_whole_numbers",
            "def test_numbers_of_any_shape",
            "two are called test_numbers_of_any_shape, in lines",
        ),
        (
            "grader/suites/{}/rms.py",
            "def test_whole_numbers",
            "def test_the_numbers_of_the_text",
            "a visible and a hidden check are both called test_the_numbers_of_the_text",
        ),
        (
            "grader/suites/{}/rms.py",
            "def standard_deviation",
            "def root_forgotten",
            "two are called root_forgotten",
        ),
        (
            "grader/suites/{}/rms.py",
            "@check()\ndef test_whole",
            "def test_whole",
            "test_whole_numbers has no @check, so it never runs",
        ),
        (
            "solutions/{}/checks/rms.py",
            '("rms", (np.array([1.0',
            '("rmsd", (np.array([1.0',
            "PROBES asks for rmsd, which rms does not provide: did you mean rms?",
        ),
        (
            "grader/suites/{}/submissions.py",
            '"perfect")',
            '"perfect", fails={"N.1": AllBut("test_whole_number")})',
            "passes test_whole_number of 42.1, which is not a check: did you mean test_whole_numbers?",
        ),
        (
            "grader/suites/{}/submissions.py",
            '"perfect")',
            '"perfect", {"N.2": "x = 1"})',
            "an answer to 42.2, which is not an exercise: did you mean 42.1?",
        ),
    ],
)
def test_a_false_proof_is_refused_with_file_and_key(own, file, old, new, says):
    path = own.root / file.format(LAB)
    text = path.read_text().replace("import Sample", "import AllBut, Sample")
    assert old in text
    path.write_text(text.replace(old, new, 1))
    try:
        told = verify_lab(own, own.authored_lab("42")).failures
    except BadLab as error:
        told = [str(error)]
    assert any(says in one for one in told), told
    assert any(path.name in one or "both called" in one for one in told)


def test_checks_that_belong_to_no_exercise_are_named(own, found):
    folder = own.suite(LAB)
    (folder / "rsm.py").write_text((folder / "rms.py").read_text())
    told = found()
    assert len(told) == 1
    assert "belongs to no exercise, because none is called rsm: did you mean rms?" in told[0]


@pytest.mark.usefixtures("needs_jail")
def test_a_sample_that_earns_other_points_than_predicted_is_named(own):
    path = own.suite(LAB) / "submissions.py"
    path.write_text(path.read_text().replace('"perfect")', '"perfect", {"N.1": "rms = len"})'))
    proof = verify_lab(own, own.authored_lab("42"), grade_notebooks, sample_notebooks)
    assert any("student01 earns" in one and "are predicted" in one for one in proof.failures)


@pytest.mark.parametrize(
    "ending, says",
    [
        ('Words("A line.")', "the picture's words have 7 characters, but need more than 60"),
        ("None", "the picture returns no words"),
        ('Notice("Write it first.")', "the picture is not drawn with the reference"),
    ],
)
def test_a_picture_that_is_not_told_in_words_is_named(own, ending, says):
    path = own.solutions / LAB / "lab.py"
    cell = f'# %% tags=["picture"]\nfrom nablab.show.canvas import Notice, Words\n\n{ending}\n'
    path.write_text(f"{path.read_text()}\n{cell}")
    write.build(own, own.authored_lab("42"))
    (told,) = verify_lab(own, own.authored_lab("42")).failures
    assert says in told and re.match(rf"{LAB}/lab.py, line \d+: ", told)


# One exercise, and the record


def test_one_exercise_is_proven_with_the_card_of_each_wrong_answer(own):
    lab = own.authored_lab("42")
    proof = verify_exercise(own, lab, lab.exercise("rms"))
    assert proof.holds
    assert len(proof.cards) == 4
    for card in proof.cards:
        assert re.match(rf"\w+ \({LAB}/rms.py, line \d+\)", card)
        assert "What happened:" in card and "✗" in card


def test_a_failing_variant_is_named_with_its_place_and_what_the_check_says(own, found):
    (told,) = (
        one
        for one in found(f"grader/suites/{LAB}/rms.py", lambda t: t + REJECTED)
        if "ends_too_early" in one
    )
    assert re.search(rf"\({LAB}/rms.py, line \d+\) fails test_\w+: ", told)


def test_what_is_recorded_is_proven_again_only_once_it_has_changed(own, monkeypatch):
    new_exercise(own, own.authored_lab("42"), "size_of")
    write.build(own, own.authored_lab("42"))
    tried = []

    def prove(answers, exercise, *args, **more):
        tried.append(exercise.name)
        return prove_exercise(answers, exercise, *args, **more)

    monkeypatch.setattr(verify, "prove_exercise", prove)

    def proven(**more):
        tried.clear()
        lab = own.authored_lab("42")
        assert verify_lab(own, lab, pictures=False, recorded=True, write=True, **more).holds
        return list(tried)

    assert proven() == ["rms", "size_of"]
    assert proven() == []
    assert proven(seeds=9) == ["rms", "size_of"]
    assert proven() == []
    for path in (own.suite(LAB) / "rms.py", own.solutions / LAB / "checks" / "size_of.py"):
        path.write_text(path.read_text() + "\n# seen again\n")
        write.build(own, own.authored_lab("42"))
        assert proven() == [path.stem]
    path = own.solutions / LAB / "lab.py"
    path.write_text(path.read_text().replace("Why this matters", "Why that matters"))
    write.build(own, own.authored_lab("42"))
    assert proven() == []
    assert verify_lab(own, own.authored_lab("42"), pictures=False).holds
    assert tried == ["rms", "size_of"]  # without the record


def alternative(name, function):
    return Alternative("variant", "1.2", name, "", {"correlate_valid": function})


in_lists = alternative("in_lists", lambda img, filt: correlate2d_valid(img, filt).tolist())
in_an_array = alternative("in_an_array", correlate2d_valid)
