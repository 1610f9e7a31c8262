"""The card: truthful in every state, readable in a terminal, and deaf to hostile strings."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from nablab.checking.card import Card, Pace, card_for
from nablab.checking.html import prose
from nablab.checking.runner import FAILED, FAULT, PASSED, SKIPPED, Outcome
from nablab.course import Exercise, Limits, Predict
from nablab.escaping import clean

ASKED = Predict("Which?", {"a": "a correlation", "b": "a convolution."}, "a", "Nothing is flipped.")
EXERCISE = Exercise(
    "1.2",
    "correlate_valid",
    "Correlation",
    16,
    ("correlate_valid",),
    {},
    hints=("Look again.",),
    predict=ASKED,
)
TITLES = ("It returns a map", "The X gives the map", "A pixel gives the filter")
HOSTILE = "<script>alert(1)</script></pre><img src=x onerror=alert(1)>\x1b[31m\u202e&amp;\udc80"


def run(*states, **first):
    """Outcomes in these states; `first` describes the first that did not pass."""
    outcomes = []
    for number, (state, title) in enumerate(zip(states, TITLES, strict=False)):
        more = first if state in (FAILED, FAULT) else {}
        outcomes.append(Outcome(f"test_{number}", title, "hand", state, **more))
    return outcomes


def failing(**first):
    return card_for(
        EXERCISE, run(PASSED, FAILED, SKIPPED, **{"kind": "mismatch", **first}), hidden_checks=4
    )


class Elements(HTMLParser):
    """Tags and attributes as a browser would see them; refuses what is not closed."""

    VOID = ("meta", "br", "img")

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


@pytest.mark.parametrize(
    ("states", "more", "footer"),
    [
        ((PASSED,) * 3, {}, "3 of 3 visible checks passed; 4 hidden checks run at grading."),
        (
            (PASSED, FAILED, SKIPPED),
            {"kind": "mismatch"},
            "1 of 3 visible checks passed, 1 failed, 1 not run after it; 4 hidden checks run at grading.",
        ),
        (
            (PASSED, PASSED, FAILED),
            {"kind": "error"},
            "2 of 3 visible checks passed, 1 failed; 4 hidden checks run at grading.",
        ),
        (
            (FAILED, SKIPPED, SKIPPED),
            {"kind": "unwritten"},
            "0 of 3 visible checks passed: there is nothing to check yet; 4 hidden checks run at "
            "grading.",
        ),
        (
            (PASSED, FAULT, SKIPPED),
            {"kind": "fault"},
            "1 of 3 visible checks passed, 1 could not judge, 1 not run after it; 4 hidden checks run at "
            "grading.",
        ),
        ((), {}, "There are no visible checks; 4 hidden checks run at grading."),
    ],
)
def test_the_footer_says_truthfully_what_ran(states, more, footer):
    card = card_for(EXERCISE, run(*states, **more), hidden_checks=4)
    assert card.footer == footer
    assert footer in " ".join(card.text().split())
    assert footer in card.html()


def test_the_footer_counts_one_hidden_check_and_none():
    outcomes = run(PASSED)
    assert card_for(EXERCISE, outcomes, hidden_checks=1).footer == (
        "1 of 1 visible check passed; 1 hidden check runs at grading."
    )
    assert card_for(EXERCISE, outcomes).footer == "1 of 1 visible check passed."


def test_the_first_failure_is_explained_with_its_picture_inputs_and_lines():
    a = np.arange(12.0).reshape(3, 4)
    b = a.copy()
    b[1, 2] = -6
    card = failing(
        says="One of 12 numbers differs.",
        got=b,
        expected=a,
        where=(1, 2),
        given={"img": a, "size": (2, 3)},
        trace=("exercise 1.2, line 3: return out",),
    )
    html = card.html()
    for part in (
        "One of 12 numbers differs.",
        "yours − expected",
        "size = (2, 3)",
        "<details",
        "exercise 1.2, line 3: return out",
        "img, 3×4",
        'hint("1.2")',
    ):
        assert part in html.replace("&#34;", '"')
    text = card.text()
    assert "[-6]" in text.replace("−", "-") and "expected, 3×4" in text and "line 3" in text


def test_the_diagnosis_says_what_happened():
    outcomes = run(FAILED, kind="mismatch", says="Wrong.")
    card = card_for(EXERCISE, outcomes, diagnosis="It is `flipped`.")
    assert "<strong>What happened:</strong> It is <code>flipped</code>." in card.html()
    assert "What happened: It is `flipped`." in card.text()


def test_what_is_not_written_yet_is_no_error():
    card = card_for(EXERCISE, run(FAILED, SKIPPED, kind="unwritten", says="Not written yet."))
    assert card.headline == "not written yet" and card.explanation is None
    assert "Nothing is wrong" in card.html()
    assert "✗" not in card.html() + card.text()


def test_a_fault_of_the_check_costs_nothing_and_says_so():
    card = card_for(EXERCISE, run(FAULT, kind="fault", says="The check itself is at fault: no."))
    assert "costs you nothing" in card.html()
    assert "costs you nothing" in " ".join(card.text().split())
    assert "hint(" not in card.text()


def test_each_line_has_its_mark_and_the_mark_its_word():
    html = failing(says="No.").html()
    for mark, word in (("✓", "passed"), ("✗", "failed"), ("–", "not run")):
        assert f'aria-label="{word}">{mark}<' in html
    lines = failing(says="No.").text().splitlines()[1:4]
    assert [line[2] for line in lines] == ["✓", "✗", "–"]


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        ("a", "You predicted a) a correlation. You were right: Nothing is flipped."),
        (
            "b",
            "You predicted b) a convolution. The answer is a) a correlation: Nothing is flipped.",
        ),
        ("", ""),
        (None, ""),
        (HOSTILE, ""),
    ],
)
def test_the_prediction_is_compared_once_all_pass(predicted, said):
    card = card_for(EXERCISE, run(PASSED), predicted=predicted)
    assert card.prediction == said
    assert card_for(EXERCISE, run(FAILED), predicted=predicted).prediction == ""
    if said:
        assert said in card.html() and said in " ".join(card.text().split())


def test_hostile_strings_stay_text():
    card = failing(
        says=HOSTILE,
        trace=(HOSTILE,),
        got=HOSTILE,
        expected=HOSTILE,
        given={HOSTILE: HOSTILE, "x": [HOSTILE]},
    )
    html, text = card.html(), card.text()
    tags = {tag for tag, _ in Elements(html).seen}
    assert not tags & {"script", "img", "a", "iframe"}
    assert not any(name.startswith("on") for _, attrs in Elements(html).seen for name in attrs)
    for shown in (html, text):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", shown)
        shown.encode("utf-8")
    assert "&lt;script&gt;" in html and "\\x1b[31m" in text


def test_a_handle_is_shown_by_its_name():
    class Handle:
        def __getattr__(self, name):
            raise RuntimeError(name)

        def __repr__(self):
            return "<the student's GCN>"

    card = failing(says="No array.", got=Handle(), expected=np.arange(3))
    assert "&lt;the student&#39;s GCN&gt;" in card.html()
    assert "<the student's GCN>" in card.text()


def test_the_html_is_self_contained_and_closed():
    html = failing(says="No.", got=np.arange(400.0), expected=np.arange(400.0) * 2).html()
    for tag, attributes in Elements(html).seen:
        assert tag not in ("script", "link")
        for name in ("href", "src"):
            assert attributes.get(name, "data:").startswith("data:")
    assert "@import" not in html and "url(" not in html


@pytest.mark.parametrize(
    "got",
    [
        np.arange(35.0).reshape(5, 7) * 1e9,
        np.arange(3),
        3.5,
        "word " * 60,
        None,
        "x" * 300,
        np.full((40, 40), np.nan),
        np.ones((2, 3)) * (1 + 2j),
        {"sobel": np.ones((3, 3))},
        [[1], [2, 3]],
    ],
    ids=lambda got: type(got).__name__,
)
def test_the_text_is_at_most_80_columns_wide(got):
    card = failing(
        says="word " * 40 + "x" * 200,
        got=got,
        expected=np.arange(35.0).reshape(5, 7),
        trace=("exercise 1.2, line 1: " + "y" * 300,),
    )
    assert max(map(len, card.text().splitlines())) <= 80
    assert card.html()


def test_a_notebook_shows_html_and_a_terminal_text():
    card = failing(says="No.")
    assert isinstance(card, Card)
    assert card._repr_html_() == card.html() and repr(card) == card.text()


def test_prose_sets_code_and_escapes_everything():
    assert prose("see `a<b` & <i>") == "see <code>a&lt;b</code> &amp; &lt;i&gt;"
    assert prose("one ` only") == "one ` only"


def test_clean_leaves_plain_text_alone_and_bounds_it():
    assert clean("−0.5 ✓ ü\nnext") == "−0.5 ✓ ü\nnext"
    assert clean("a\x07b\u2066c\u00a0d") == "a\\x07b\\u2066c d"
    assert len(clean("x" * 5000)) == 2000


def test_importing_the_card_loads_no_jinja_and_no_plotting():
    code = (
        "import sys, nablab.checking.card; "
        "print([m for m in ('jinja2', 'matplotlib', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_text_aligns_its_columns_and_puts_small_sheets_side_by_side():
    a = np.array([[1, -20, 3], [4, 5, 6]])
    b = np.array([[1, -20, 3], [4, 5, -3]])
    lines = failing(says="No.", got=b, expected=a).text().splitlines()
    start = next(i for i, line in enumerate(lines) if "expected, 2×3" in line)
    assert lines[start : start + 3] == [
        "    expected, 2×3      yours, 2×3",
        "       1  −20    3        1  −20    3",
        "       4    5   [6]       4    5  [−3]",
    ]


def test_the_text_says_what_it_leaves_out():
    a = np.arange(400.0).reshape(20, 20)
    b = a.copy()
    b[10, 10] = 0
    assert "(rows 8–12, columns 7–13)" in failing(says="No.", got=b, expected=a).text()
    assert "(entries 7–13)" in failing(says="No.", got=b[10], expected=a[10]).text()


@pytest.mark.parametrize(
    "call_s, check_s, says, warns",
    [
        (0.004, 0.1, "slowest call took 0.01 s; at grading a call may take 5 s", ""),
        (2.4, 9.0, "slowest call took 2.4 s; at grading a call may take 5 s", ""),
        (2.6, 3.0, "", "One call of your code took 2.6 s. At grading it is stopped after 5 s"),
        (7.0, 7.0, "", "and the check fails"),
        (0.5, 11.0, "", "The calls of one check together took 11.0 s"),
    ],
)
def test_the_card_says_how_long_a_call_took_and_warns_from_half_of_the_limit(
    call_s, check_s, says, warns
):
    pace = Pace(call_s, check_s, Limits(call_s=5, test_s=20))
    card = card_for(EXERCISE, run(PASSED), pace=pace)
    for shown in (" ".join(card.text().split()), card.html()):
        assert says in shown
        assert warns in shown
        assert ("Slow:" in shown) == bool(warns)
