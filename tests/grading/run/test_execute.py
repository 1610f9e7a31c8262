"""Whole notebooks run in a kernel in the jail: outputs for whoever marks by hand, and no verdict."""

import json

import pytest

from nablab.cli.instructor import Order, grade_lab
from nablab.grading.samples import Sample, copy_course, hand_in
from nablab.sandbox import execute

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_jail")]

SHOWS = """
def match_score(patch, filt):
    raise ValueError("not today")

import time
from IPython.display import HTML, display
print("x" * 50_000)
display(HTML("<script>alert(1)</script>"))
1 / 0
"""
ENDLESS = """
def match_score(patch, filt):
    return 0

while True:
    pass
"""
LEAVES = """
import os
os._exit(3)
"""


@pytest.fixture(scope="module")
def notebooks(course, tmp_path_factory):
    """The autograded notebooks of four students, run as a whole: cell id -> its outputs."""
    own = copy_course(course, tmp_path_factory.mktemp("course"))
    lab = own.lab("1")
    samples = [
        Sample("student01", "perfect"),
        Sample("student02", "says much", {"1.1": SHOWS}),
        Sample("student03", "never ends", {"1.1": ENDLESS}),
        Sample("student04", "ends the kernel", {"1.1": LEAVES}),
    ]
    hand_in(samples, own, lab, own.root / "submitted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nablab.grading.run.execute.CELL_S", 12.0)
        grade_lab(own, lab, own.root / "submitted", own.root, Order(execute=True, workers=2))
    found = {}
    for sample in samples:
        path = own.root / "autograded" / sample.student / lab.id / f"{lab.id}.ipynb"
        cells = json.loads(path.read_text())["cells"]
        found[sample.student] = {cell["id"]: cell.get("outputs") for cell in cells}
    return found


def text_of(outputs):
    return "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs
    )


def test_pictures_and_cards_stand_side_by_side(notebooks):
    cells = notebooks["student01"]
    drawn = [
        name
        for name, outputs in cells.items()
        if name.startswith("picture") and any("image/png" in o.get("data", {}) for o in outputs)
    ]
    assert len(drawn) >= 5
    assert text_of(cells["check-1-1"]).endswith("8.0")


def test_what_a_student_prints_is_text_within_bounds_and_no_html(notebooks):
    outputs = notebooks["student02"]["ex-1-1"]
    assert "ZeroDivisionError: division by zero" in text_of(outputs)
    assert len(outputs[0]["text"]) == execute.TEXT_LIMIT
    assert "script" not in json.dumps(outputs)
    assert any("image/png" in o.get("data", {}) for o in notebooks["student02"]["picture-1-2-1"])


def test_an_endless_cell_is_stopped_and_the_rest_is_run(notebooks):
    cells = notebooks["student03"]
    assert "more than 12 s: stopped" in text_of(cells["ex-1-1"])
    assert any("image/png" in o.get("data", {}) for o in cells["picture-1-2-1"])


def test_a_kernel_that_dies_costs_no_card(notebooks):
    cells = notebooks["student04"]
    assert "The kernel died" in text_of(cells["ex-1-1"])
    assert not cells["picture-1-2-1"]
    assert text_of(cells["check-1-2"]).endswith("16.0")
