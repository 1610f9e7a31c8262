"""What is suspicious says what was seen, where, and what to look at; and is text wherever it is
shown."""

import json

import pytest
from tests.inert.payloads import MARKUP

from nablab.grading.samples import Sample

CHANNEL = """
import os, stat
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            os.write(fd, b"\\0" * 64)
    except OSError:
        pass
"""
BY_NAME = """
import importlib
def correlate_valid(image, kernel):
    return importlib.import_module("scipy" + ".signal").correlate(image, kernel)
"""


def in_function(name, given, body):
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"def {name}({given}):\n{lines}\n    return 0.0\n"


def with_cell(source):
    def damage(notebook):
        cell = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": []}
        notebook["cells"].insert(2, {**cell, "execution_count": None, "source": source})
        return notebook

    return damage


def with_points(notebook):
    for cell in notebook["cells"]:
        if cell["id"] == "check-1-1":
            cell["metadata"]["nbgrader"]["points"] = 1000
    return notebook


def with_check(notebook):
    for cell in notebook["cells"]:
        if cell["id"] == "check-1-1":
            cell["source"] = f"print('''{MARKUP['image error']}''')"
    return notebook


@pytest.mark.parametrize(
    "sample, seen",
    [
        (
            Sample("channel", "", {"1.1": in_function("match_score", "patch, filt", CHANNEL)}),
            [
                "Exercise 1.1: It wrote to the grader's own channel",
                "Seen when a check called `match_score`. Look there",
                "descriptors or sockets",
            ],
        ),
        (
            Sample("cell", "", damage=with_cell(f"x = 3\n{CHANNEL}")),
            ["It wrote to the grader's own channel", "while cell 3 (`x = 3`) ran. Look there"],
        ),
        (
            Sample("name", "", {"1.2": BY_NAME}),
            [
                "Exercise 1.2, 1.3, 1.5, 1.6, 1.8: While it ran, the code used something that this exercise forbids",
                "It imports scipy.signal",
                "Seen at 1.2, line 4: return importlib.",
                "Look there for getattr, importlib, eval or exec",
            ],
        ),
        (
            Sample(
                "top",
                "",
                {
                    "1.2": BY_NAME.replace(
                        "def ", "x = importlib.import_module('scipy' + '.signal')\ndef "
                    )
                },
            ),
            ["It imports scipy.signal", "Seen at line 3 of the cell of exercise 1.2. Look there"],
        ),
        (
            Sample("points", "", damage=with_points),
            ["says that exercise 1.1 is worth 1000 points", "Look at the metadata of cell "],
        ),
        (
            Sample("check", "", damage=with_check),
            [
                "The check cell of exercise 1.1 was changed",
                "(`print('''<img src=x onerror=top.acts()>",
            ],
        ),
    ],
    ids=lambda value: value.student if isinstance(value, Sample) else "",
)
def test_each_kind_says_what_was_seen_where_and_what_to_look_at(grade, sample, seen):
    said = grade([sample])[sample.student].suspicious
    assert said
    for words in seen:
        assert any(words in sentence for sentence in said), said
    assert all("\n" not in sentence and len(sentence) < 600 for sentence in said)


def test_honest_work_and_clumsy_work_are_not_suspicious(grade):
    samples = [Sample("right", ""), Sample("wrong", "", {"1.1": "def match_score(*a): return 1/0"})]
    assert not any(graded.suspicious for graded in grade(samples).values())


def test_the_terminal_says_it_in_a_line(grade, lab, capsys):
    from nablab.cli.tables import print_records

    graded = grade([Sample("check", "", damage=with_check)])["check"]
    print_records(lab, [json.loads(json.dumps(graded.to_json()))])
    said = " ".join(capsys.readouterr().out.split())
    assert "For a person to judge" in said
    assert "check: The check cell of exercise 1.1 was changed" in said
