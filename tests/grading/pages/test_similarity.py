"""Answers that are alike: which pairs are found, and which are not."""

import json
import os
import random
import re
import subprocess
import sys

import pytest

from nablab.course import find_course
from nablab.grading.pages import similarity
from nablab.grading.pages.deliver import autograded_path
from nablab.grading.pages.similarity import matches_in, side_by_side, similar_pairs
from nablab.grading.pages.sources import read_answers, released_answers

STUB = '''def total(a, b):
    """The sum of the products."""
    # YOUR CODE HERE
    raise NotImplementedError()
'''
SHORT = "def total(a, b):\n    return float(np.sum(np.asarray(a) * np.asarray(b)))\n"
STATEMENTS = (
    "{v} = np.zeros(({n}, {m}))",
    "for {v} in range({n}, len({w})):\n        {w}[{v}] += {m} * {v}",
    "{v}, {w} = {w}[{n}:], {v}[:{m}]",
    "if {v}.ndim > {n}:\n        {w} = {w}.reshape({m}, -1)",
    "{w} = [{v} ** {n} for {v} in {w} if {v} % {m}]",
    "{v} = max({w}, key=lambda item: item[{n}])",
    "while {v} < {n}:\n        {v} = {v} * {m} + 1",
    "{w} = sorted({w}, reverse=True)[::{n}]",
    "assert {v} is not None, {n}",
    "{v} = {w} @ {v}.T / {n}",
)


def an_answer(seed: str, statements: int = 8) -> str:
    """A program that nobody else writes."""
    draw = random.Random(seed)
    lines = [
        draw.choice(STATEMENTS).format(
            v=draw.choice("pqr"), w=draw.choice("stu"), n=draw.randrange(99), m=draw.randrange(99)
        )
        for _ in range(statements)
    ]
    return "def total(a, b):\n    " + "\n    ".join(lines) + "\n    return p\n"


def a_class(count: int = 30) -> dict[str, str]:
    return {f"student{i:02}": an_answer(f"student{i}") for i in range(1, count + 1)}


def disguised(source: str) -> str:
    """The same program with other names, comments and blanks."""
    source = re.sub(r"\b([pqrstu])\b", r"my_\1", source).replace(
        "    return", "    # so\n    return"
    )
    return source.replace(" = ", "  =  ").replace("def total(a, b)", "def total(first, second)")


def pairs_of(sources, released=STUB):
    return [pair.students for pair in similar_pairs({"1.1": sources}, {"1.1": released})]


def test_a_copy_is_found_behind_other_names_comments_and_blanks():
    sources = a_class()
    sources["student07"] = disguised(sources["student23"])
    assert pairs_of(sources) == [("student07", "student23")]
    (match,) = matches_in("1.1", sources, STUB)
    assert match.share > 0.95 and match.usual < 0.5 and not match.verbatim


def test_a_copy_with_more_around_it_is_found():
    sources = a_class()
    sources["student07"] = an_answer("more", 6) + "\n\n" + disguised(sources["student23"])
    assert pairs_of(sources) == [("student07", "student23")]


def test_a_copy_word_for_word_is_said_to_be_one():
    sources = {**a_class(), "student07": a_class()["student23"] + "\n"}
    assert matches_in("1.1", sources, STUB)[0].verbatim


def test_a_class_that_worked_alone_has_no_pairs():
    assert pairs_of(a_class(60)) == []


def test_right_answers_to_a_short_exercise_do_not_flood_the_list():
    sources = {**a_class(), **{f"student{i:02}": SHORT for i in range(1, 21)}}
    assert pairs_of(sources) == []
    styles = {f"student{i:02}": SHORT.replace("np.asarray", "np.array") for i in range(1, 4)}
    assert pairs_of({**sources, **styles}) == []


def test_what_much_of_the_class_wrote_does_not_flood_the_list():
    sources = {**a_class(), **{f"student{i:02}": an_answer("lecture") for i in range(1, 21)}}
    assert pairs_of(sources) == []
    sources |= {"student21": an_answer("club"), "student22": an_answer("club")}
    assert pairs_of(sources) == [("student21", "student22")]


def test_what_the_released_cell_gave_does_not_count():
    """Two share some lines of many: with the given ones it would be most of their answers."""
    given = an_answer("the author's", 30)
    shared = an_answer("shared", 4)
    sources = {student: given + an_answer(student, 8) for student in a_class()}
    for student in ("student07", "student23"):
        sources[student] += shared
    assert pairs_of(sources, given) == []
    assert pairs_of(sources, "")


def test_in_a_class_too_small_nobody_can_say_what_is_usual():
    sources = {**a_class(9), "student01": a_class()["student02"]}
    assert pairs_of(sources) == []
    assert pairs_of({**sources, "student10": an_answer("one more")})


def test_what_is_odd_in_several_exercises_adds_up(monkeypatch):
    """Neither exercise alone is enough; both together are."""
    answers = {}
    for exercise in ("1.1", "1.2"):
        answers[exercise] = {s: an_answer(exercise + s, 3) for s in a_class()}
        answers[exercise]["student07"] = disguised(answers[exercise]["student23"])
    (alone, too) = (matches_in(exercise, answers[exercise], "")[0] for exercise in answers)
    monkeypatch.setattr(similarity, "UNUSUAL", alone.unusual + too.unusual)
    (pair,) = similar_pairs(answers, {})
    assert pair.students == ("student07", "student23") and len(pair.matches) == 2
    assert similar_pairs({"1.1": answers["1.1"]}, {}) == []


def test_the_most_conspicuous_pair_stands_first():
    sources = a_class()
    sources["student01"] = an_answer("long", 20)
    sources["student02"] = disguised(sources["student01"])
    sources["student07"] = disguised(sources["student23"])
    assert pairs_of(sources) == [("student01", "student02"), ("student07", "student23")]


def test_the_result_does_not_depend_on_pythons_random_hashes():
    probe = (
        "import sys; sys.path.insert(0, 'tests/grading/pages')\n"
        "from test_similarity import *\n"
        "s = a_class(); s['student07'] = disguised(s['student23'])\n"
        "s['student08'] = s['student09'][:200] + s['student08'][200:]\n"
        "print(matches_in('1.1', s, STUB))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", probe],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            cwd=find_course(None).root,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1 and "student23" in said.pop()


def test_side_by_side_both_sources_are_whole_and_only_what_is_shared_is_marked():
    given = "def total(a, b):\n    start = 0\n    for i in range(len(a)):\n"
    shared = "        start += a[i] ** 3 * b[-i] // (i + 17)\n    assert start != [1, 2, 3]\n"
    left = given + shared + "    return start\n"
    right = given + "        print('nothing of the kind', {i: i})\n" + disguised(shared)
    for source, parts in zip((left, right), side_by_side(left, right, given), strict=True):
        assert "".join(text for text, _ in parts) == source.strip("\n")
        marked = "".join(text for text, found in parts if found)
        assert "17" in marked and "[1, 2, 3]" in marked
        assert "len(a)" not in marked and "of the kind" not in marked


HOSTILE = {
    "nothing": "",
    "blanks": "\n\n   \n",
    "no Python": "}{ ''' \\ \x00 \ufeff ☃ def def def",
    "one long line": "x = " + "+".join(["1"] * 30_000),
    "brackets": "(" * 30_000,
    "quotes": "'\"" * 15_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_students_text_stops_the_comparison(text):
    sources = {**a_class(), "student01": text, "student02": text}
    sources["student07"] = disguised(sources["student23"])
    assert ("student07", "student23") in pairs_of(sources)
    for parts in side_by_side(text, text, STUB):
        assert "".join(part for part, _ in parts) == text.strip("\n")[: similarity.LONGEST]


def test_sources_are_read_from_what_was_judged_with_the_students_own_cells(tmp_path):
    lab = find_course(None).lab("1")
    first, second = lab.exercises[:2]
    notebook = json.loads(lab.notebook.read_text(encoding="utf-8"))
    cells = []
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == second.solution_cell:
            own = {"cell_type": "code", "id": "added-7", "metadata": {}, "outputs": []}
            cells.append({**own, "execution_count": None, "source": "def helper(): pass"})
            cell = {**cell, "source": ["def answer():\n", "    return helper()\n"]}
        cells.append(cell)
    path = tmp_path / autograded_path(lab, "student01")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**notebook, "cells": cells}))
    answers = read_answers(tmp_path, lab, ["student01", "student02"])
    assert answers[second.id] == {
        "student01": "def helper(): pass\n\n\ndef answer():\n    return helper()"
    }
    released = released_answers(lab)
    assert answers[first.id]["student01"] == released[first.id]
    assert set(released) == set(lab.by_id)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"cells": 1}', b"\xff"])
def test_a_judged_notebook_that_was_damaged_since_costs_nobody_the_report(tmp_path, content):
    lab = find_course(None).lab("1")
    for student, text in (("student01", content), ("student02", lab.notebook.read_bytes())):
        path = tmp_path / autograded_path(lab, student)
        path.parent.mkdir(parents=True)
        path.write_bytes(text)
    answers = read_answers(tmp_path, lab, ["student01", "student02"])
    assert all(set(found) == {"student02"} for found in answers.values())
