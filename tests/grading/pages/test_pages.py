"""The feedback page, the grade cell's card and the class report."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from nablab.checking.runner import FAILED, FAULT, PASSED, Outcome
from nablab.course import Exercise, Lab, Predict
from nablab.grading.pages.feedback import KINDS, feedback_page, grade_cell_outputs, sections_of
from nablab.grading.pages.report import class_report
from nablab.grading.records import (
    GRADED,
    REFUSED,
    UNREADABLE,
    ExerciseRun,
    ExerciseScore,
    Graded,
    Submission,
)

ASKED = Predict("Which?", {"a": "this", "b": "that"}, "a", "So it is.")
LAB = Lab(
    "lab01_filters",
    Path("labs/lab01_filters"),
    "Filters",
    "About filters.",
    90,
    (
        Exercise(
            "1.1", "match", "A match", 8, ("match",), {}, hints=("First hint.", "Second hint.")
        ),
        Exercise("1.2", "correlate", "A map", 16, ("correlate",), {}, uses=("1.1",), predict=ASKED),
    ),
)
SECRET = 12345.678
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e</style>"
HIDDEN_FAILURE = {
    "kind": "mismatch",
    "says": f"There is {SECRET} here.",
    "got": np.full((2, 3), SECRET),
    "expected": np.arange(6.0).reshape(2, 3),
    "where": (0, 0),
    "given": {"secret_input": SECRET},
    "trace": (f"exercise 1.1, line 2: raise ValueError({SECRET})",),
}


def outcome(name, state=PASSED, **more):
    more.setdefault("title", f"The rule of {name}")
    return Outcome(name, more.pop("title"), "hand", state, **more)


def scored(exercise, outcomes, points=None, **run):
    out_of = LAB.exercise(exercise).points
    part = out_of / len(outcomes)
    check_points = {o.name: (part if o.state in (PASSED, FAULT) else 0.0, part) for o in outcomes}
    total = sum(earned for earned, _ in check_points.values()) if points is None else points
    return ExerciseScore(
        exercise,
        LAB.exercise(exercise).title,
        round(total, 2),
        out_of,
        ExerciseRun(exercise, tuple(outcomes), **run),
        check_points,
    )


def graded(student="student01", *scores, state=GRADED, **more):
    return Graded(Submission(student, LAB.id, Path("x.ipynb")), state, LAB.points, scores, **more)


class Page(HTMLParser):
    """A page's elements; refuses what is not closed."""

    VOID = ("meta", "br", "img", "input")

    def __init__(self, html):
        super().__init__()
        self.seen, self.open = [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attrs for name, attrs in self.seen if name == tag]


def said(html):
    """The text that a reader sees, in one line."""
    html = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def page_of(one, title="Course"):
    return feedback_page(one, sections_of(one, LAB), LAB, title)


def card_of(one):
    """The first exercise's card in the autograded notebook."""
    return grade_cell_outputs(sections_of(one, LAB)[0])


def both(score):
    """The page and the grade cell's card: the same rules hold for them."""
    one = graded("student01", score)
    return page_of(one), *card_of(one)


def test_a_hidden_check_shows_title_points_kind_and_diagnosis_and_no_values():
    failed = outcome("hidden_rule", FAILED, hidden=True, **HIDDEN_FAILURE)
    score = scored("1.1", [outcome("first"), failed], diagnosis="The filter is flipped.")
    for shown in both(score):
        assert "The rule of hidden_rule" in shown and KINDS["mismatch"] in shown
        assert "0 of 4" in shown and "The filter is flipped." in shown
        for secret in ("12345", "12 345", "secret_input", "1.2e4", "line 2"):
            assert secret not in shown


@pytest.mark.parametrize("kind", [*KINDS, "something new"])
def test_no_kind_of_failure_lets_a_hidden_check_speak(kind):
    state = FAULT if kind == "fault" else FAILED
    failed = outcome("hidden_rule", state, hidden=True, **{**HIDDEN_FAILURE, "kind": kind})
    for shown in both(scored("1.1", [failed])):
        assert "12345" not in shown


def test_a_hidden_check_that_is_revealed_shows_its_values():
    failed = outcome("hidden_rule", FAILED, hidden=True, reveal=True, **HIDDEN_FAILURE)
    html, _, text = both(scored("1.1", [failed]))
    assert "12345.678" in html and "secret_input" in html and "12345.678" in text


def test_the_first_visible_failure_is_explained_with_its_picture():
    a = np.arange(6.0).reshape(2, 3)
    visible = outcome("seen", FAILED, kind="mismatch", says="It differs.", got=-a, expected=a)
    for shown in both(scored("1.1", [visible, outcome("other", FAILED, says="Not this.")]))[:2]:
        assert "It differs." in shown and "yours − expected" in shown
        assert "Not this." not in shown


def test_the_score_stands_at_the_top_with_a_bar_for_each_exercise():
    page = page_of(
        graded(
            "student01",
            scored("1.1", [outcome("a"), outcome("b", FAILED)]),
            scored("1.2", [outcome("c")]),
        )
    )
    assert "20 of 24 points" in said(page)
    assert page.index("20") < page.index("A match")
    fills = [span["style"] for span in Page(page).all("span") if "fill" in span.get("class", "")]
    assert fills == ["width:50.0%", "width:100.0%"]


def test_follow_through_is_said_plainly():
    wrong, right = (outcome("rule", state, kind="mismatch") for state in (FAILED, PASSED))
    score = scored("1.2", [wrong], points=16, followed_through=(right,), mended=("match", "other"))
    sentence = (
        "judged again with the reference instead of your match and your other: earned 16 of 16."
    )
    for shown in both(score):
        assert sentence.replace(" ", "") in re.sub(r"[\s`]", "", said(shown))
    assert "Passes with the reference" in both(score)[0]


def test_the_first_hint_is_given_where_points_were_lost_and_only_there():
    lost = both(scored("1.1", [outcome("a", FAILED)]))
    full = both(scored("1.1", [outcome("a")]))
    assert all("First hint." in shown and "Second hint." not in shown for shown in lost)
    assert not any("First hint." in shown for shown in full)


def test_a_fault_of_the_suite_costs_nothing_and_says_so():
    for shown in both(scored("1.1", [outcome("a", FAULT, kind="fault", says="Bug.")])):
        assert "costs you nothing" in " ".join(said(shown).split()) and "8 of 8" in shown


def test_notes_of_the_notebook_and_of_a_run_are_shown_once():
    score = scored("1.1", [outcome("a")], notes=("Cell 3 raised.",))
    page = page_of(graded("student01", score, notes=("The cell of 1.2 is missing.",)))
    assert page.count("Cell 3 raised.") == 1 and page.count("The cell of 1.2 is missing.") == 1


@pytest.mark.parametrize(
    ("state", "todo"), [(UNREADABLE, "Open the notebook in Jupyter"), (REFUSED, "not at fault")]
)
def test_what_was_not_graded_says_why_and_what_to_do(state, todo):
    page = page_of(graded(state=state, notes=("It is no notebook.",)))
    assert f"not graded: {state}" in page and "It is no notebook." in page and todo in page
    assert "of 24 points" not in said(page)


def test_hostile_strings_stay_text_on_every_page(tmp_path):
    failed = outcome(
        HOSTILE,
        FAILED,
        title=HOSTILE,
        says=HOSTILE,
        kind="error",
        trace=(HOSTILE,),
        got=HOSTILE,
        expected=HOSTILE,
        given={HOSTILE: HOSTILE},
    )
    one = graded(
        HOSTILE,
        scored("1.1", [failed], notes=(HOSTILE,), diagnosis=HOSTILE, misconception=HOSTILE),
        notes=(HOSTILE,),
        predictions={"1.2": HOSTILE},
    )
    report = class_report([one.to_json()], LAB, HOSTILE, tmp_path / "r.html").read_text()
    cell, text = card_of(one)
    for page in (page_of(one, HOSTILE), cell, report):
        assert "alert(1)</script>" not in page
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", page)
        Page(page)
    assert "\x1b" not in text


def test_the_grade_cell_says_the_points_in_html_and_text():
    html, text = card_of(graded("student01", scored("1.1", [outcome("a"), outcome("b", FAILED)])))
    assert "4 of 8 points" in html and "1.1 A match: 4 of 8 points" in text
    assert "<script" not in html and max(map(len, text.splitlines())) <= 80


def a_class():
    """Six submissions: two share a misconception, one is unreadable, one was refused."""
    flipped = {"diagnosis": "The filter is flipped.", "misconception": "flipped"}
    wrong = outcome(
        "map",
        FAILED,
        kind="mismatch",
        hidden=True,
        **{key: value for key, value in HIDDEN_FAILURE.items() if key != "kind"},
    )
    right = scored("1.1", [outcome("match")])
    return [
        record.to_json()
        for record in (
            graded(
                "student01",
                right,
                scored("1.2", [outcome("map", hidden=True)]),
                predictions={"1.2": "a"},
            ),
            graded("student02", right, scored("1.2", [wrong], **flipped), predictions={"1.2": "b"}),
            graded("student03", right, scored("1.2", [wrong], wall_s=9.87, **flipped)),
            graded(
                "student 04/x",
                right,
                scored(
                    "1.2",
                    [wrong],
                    points=16,
                    mended=("match",),
                    followed_through=(outcome("map", hidden=True),),
                ),
            ),
            graded("student05", state=UNREADABLE, notes=("It is no notebook.",)),
            graded("student06", state=REFUSED, notes=("No bubblewrap.",)),
        )
    ]


@pytest.fixture
def report(tmp_path):
    records = json.loads(json.dumps(a_class()))
    out = class_report(records, LAB, "Course", tmp_path / "report" / "lab.html")
    assert out == tmp_path / "report" / "lab.html"
    return out.read_text(encoding="utf-8")


def test_the_report_counts_every_submission(report):
    text = said(report)
    for part in (
        "submissions 6",
        "graded 4",
        "unreadable 1",
        "jail refused 1",
        "median 16",
        "mean 16",
        "middle half 8 – 24",
    ):
        assert part in text


def test_the_report_has_each_checks_pass_rate(report):
    text = said(report)
    assert "The rule of match visible 100 %" in text
    assert "The rule of map hidden 25 %" in text


def test_the_report_says_who_shares_a_misconception(report):
    text = said(report)
    assert "2 1.2 The filter is flipped. 2 students student02 student03" in text


def test_the_report_lists_follow_through_predictions_slow_runs_and_oddities(report):
    text = said(report)
    assert "student 04/x 1.2 match 16 of 16" in text
    assert "2 answered, 50 % right." in text
    assert "student03 1.2 9.87" in text
    assert "student05 unreadable It is no notebook." in text
    assert "student06 jail refused No bubblewrap." in text


def test_the_report_shows_no_hidden_values(report):
    assert "12345" not in report and "secret_input" not in report


def test_the_report_links_each_students_page_under_the_given_base(report, tmp_path):
    assert 'href="../feedback/student01/lab01_filters.html"' in report
    assert 'href="../feedback/student%2004%2Fx/lab01_filters.html"' in report
    page = class_report(a_class(), LAB, "Course", tmp_path / "r.html", feedback="https://x/f")
    assert 'href="https://x/f/student01/lab01_filters.html"' in page.read_text()


def test_the_report_is_accessible_and_self_contained(report):
    page = Page(report)
    tags = [tag for tag, _ in page.seen]
    assert tags.count("main") == tags.count("h1") == tags.count("header") == 1
    assert "lang" in page.all("html")[0] and "nav" in tags
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in page.all("svg"))
    ids = [attrs["id"] for _, attrs in page.seen if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert all(a["href"][1:] in ids for a in page.all("a") if a["href"].startswith("#"))
    assert not page.all("link") and not any("src" in s for s in page.all("script"))


def test_faults_of_the_suite_stand_at_the_very_top(tmp_path):
    record = graded("student01", scored("1.1", [outcome("a", FAULT, kind="fault", says="Bug.")]))
    page = class_report([record.to_json()], LAB, "Course", tmp_path / "r.html").read_text()
    assert "1.1 a: Bug." in page and page.index("1.1 a: Bug.") < page.index("submissions</dt>")


@pytest.mark.parametrize("records", [[], a_class()[4:], a_class()[:1]], ids=["none", "odd", "one"])
def test_a_report_on_few_is_written_too(records, tmp_path):
    page = class_report(records, LAB, "Course", tmp_path / "r.html").read_text()
    Page(page)
    assert f"submissions {len(records)}" in said(page)
