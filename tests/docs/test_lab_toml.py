"""The table of `lab.toml`'s keys is what `nablab.course` reads."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from nablab.course import Course, Exercise, Lab, Limits, Predict

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/authors/lab-toml.md").read_text("utf-8")
DERIVED = {"folder", "signatures", "root"}  # the folder itself, and what `provides` holds too
IN_THE_FILE = {"exercises": "exercise"}


def rows(section):
    """{key: its default, as it is written} of the table below a heading."""
    part = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]
    found = re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*?) ?\|", part, re.M)
    return {key: default.strip("` ") for key, default in found}


@pytest.mark.parametrize(
    "record, section",
    [
        (Lab, "The lab"),
        (Limits, "`[limits]`"),
        (Exercise, "`[[exercise]]`"),
        (Predict, "`[exercise.predict]`"),
        (Course, "The course"),
    ],
)
def test_every_key_is_in_the_table(record, section):
    known = {one.name for one in fields(record)} - DERIVED
    if record in (Lab, Exercise):
        known -= {"id"}  # from the folder's name, and the exercise's place
    assert set(rows(section)) == {IN_THE_FILE.get(name, name) for name in known}


def test_the_defaults_are_those_of_the_records():
    assert rows("`[limits]`") == {one.name: str(one.default) for one in fields(Limits)}
    for record, section in ((Lab, "The lab"), (Exercise, "`[[exercise]]`"), (Course, "The course")):
        shown = rows(section)
        for one in fields(record):
            if isinstance(one.default, float):
                assert shown[one.name] == str(one.default)
            elif one.default is MISSING and one.default_factory is MISSING:
                assert shown.get(one.name, "") == "", one.name
