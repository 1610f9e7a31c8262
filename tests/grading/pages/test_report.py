"""The class report on a class of thirty, as text and in a real browser."""

import json
import re
import shutil
from html import unescape

import pytest

from nablab.checking.runner import FAILED, PASSED
from nablab.course import find_course
from nablab.grading.intake.choice import Left
from nablab.grading.pages.report import PAIRS, class_report
from nablab.grading.pages.sources import released_answers
from nablab.grading.records import GRADED, UNREADABLE

LAB = find_course(None).lab("1")
EXERCISES = LAB.exercises
COUNT = 30
STOPPED = "The cell of exercise 1.1 stopped: NameError: gone."
SUSPICION = "Exercise 1.2: while it ran, the code used something forbidden."


def said(html):
    """The text that a reader sees, in one line."""
    html = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.S)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def score(exercise, states, number):
    """An exercise with one check a state, in equal parts."""
    part = exercise.points / len(states)
    earned = [part * (state == PASSED) for state in states]
    names = [f"test_{i}" for i in range(len(states))]
    return {
        "exercise": exercise.id,
        "title": exercise.title,
        "points": round(sum(earned), 2),
        "out_of": exercise.points,
        "check_points": dict(
            zip(names, zip(earned, [part] * len(states), strict=True), strict=True)
        ),
        "run": {
            "exercise": exercise.id,
            "outcomes": [
                {"name": n, "title": f"Rule {exercise.id} {i}", "hidden": i == 1, "state": state}
                for i, (n, state) in enumerate(zip(names, states, strict=True))
            ],
            "diagnosis": "The filter is flipped." if states[0] == FAILED else "",
            "misconception": "flipped",
            "followed_through": [],
            "mended": [],
            "notes": [STOPPED] if states[0] == FAILED else [],
            "stopped": {STOPPED: [exercise.id, "raised NameError"]} if states[0] == FAILED else {},
            "wall_s": number / 10,
            "cpu_s": 0.01,
            "memory_mb": 20.0 + number,
        },
    }


def record(number):
    """Student 1 is the best; everybody fails one exercise more than the one before, but the weak
    alone pass the second check of the last exercise, and every other one passes that of 1.1."""
    scores = []
    for place, exercise in enumerate(EXERCISES):
        main = PASSED if number <= 4 * (place + 1) - 2 else FAILED
        odd = PASSED if number % 2 else FAILED
        weak = PASSED if number > 15 else FAILED
        second = odd if place == 0 else weak if place == len(EXERCISES) - 1 else main
        scores.append(score(exercise, (main, second, PASSED), number))
    return {
        "submission": {
            "student": f"student{number:02}",
            "lab": LAB.id,
            "path": "x.ipynb",
            "timestamp": "2026-03-02 12:00:00 UTC",
            "notes": ["It was handed in late."] if number in (3, 4) else [],
        },
        "state": GRADED,
        "out_of": LAB.points,
        "exercises": scores,
        "notes": ["The cell of exercise 1.2 appears 2 times."] if number == 5 else [],
        "suspicious": [SUSPICION] if number == 6 else [],
        "predictions": {},
        "points": round(sum(one["points"] for one in scores), 2),
        "faults": [],
    }


def lost(student, state, note):
    base = record(1)
    return {
        **base,
        "submission": {**base["submission"], "student": student, "notes": []},
        "state": state,
        "exercises": [],
        "notes": [note],
        "points": 0.0,
    }


def an_answer(exercise, student):
    """Different for everybody, and in its structure too."""
    number = int(student[-2:])
    lines = [f"    p{i} = np.zeros(({number + i}, {7 * i})) ** {number}" for i in range(6)]
    return f"def {exercise.provides[0]}(*given):\n" + "\n".join(lines) + "\n    return p5\n"


def the_answers():
    """Everybody alone but students 7 and 9, and a text that would like to be a page's own."""
    answers = {
        exercise.id: {s: an_answer(exercise, s) for s in map("student{:02}".format, range(1, 31))}
        for exercise in EXERCISES
    }
    copied = answers["1.2"]["student07"] + "    # </pre><script>alert(1)</script>\n"
    answers["1.2"] |= {"student07": copied, "student09": copied.replace("p5", "result")}
    return answers


@pytest.fixture
def page(tmp_path):
    records = [record(number) for number in range(1, COUNT + 1)]
    records.append(lost("student31", UNREADABLE, "It is no notebook."))
    out = tmp_path / "report" / f"{LAB.id}.html"
    stale = out.parent / LAB.id / "pair-000000000000.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("of the report before")
    return class_report(
        json.loads(json.dumps(records)),
        LAB,
        "Course",
        out,
        answers=the_answers(),
        left=[Left("notes/<script>x.txt", "not a notebook"), Left("a" * 90, "a picture (PNG)")],
        junk=3,
    )


@pytest.fixture
def text(page):
    return said(page.read_text(encoding="utf-8"))


def pair_pages(page):
    return sorted((page.parent / LAB.id).iterdir())


def test_a_check_that_the_weak_pass_is_pointed_out_and_a_good_one_is_not(text):
    last = EXERCISES[-1].id
    assert f"Rule {last} 1 Students who pass it do worse elsewhere: look at the check." in text
    assert "Rule 1.2 0 visible 20 % 0." in text


def test_a_check_that_tells_nothing_is_pointed_out(text):
    assert "Rule 1.1 1 Students who pass it do no better elsewhere. hidden 50 %" in text


def test_what_all_pass_has_no_discrimination(text):
    assert "Rule 1.1 2 visible 100 % –" in text


def test_time_and_memory_are_told_by_exercise(text):
    row = text[text.index("Time and memory What judging") :]
    assert f"1.1 {EXERCISES[0].title} 1.55 2.85 3.00 0.01 0.01 36 50" in row


def test_states_and_late_submissions_are_counted_and_marked(text):
    assert "submissions 31 graded 30 unreadable 1 late 2" in text
    assert text.count("UTC late") == 2
    assert "It was handed in late." not in text
    assert "student31 unreadable It is no notebook." in text
    assert "student05 graded The cell of exercise 1.2 appears 2 times." in text


def test_files_that_were_not_graded_are_listed_with_the_reason(page, text):
    section = text[text.index("Files that were not graded") :]
    assert section.startswith(
        "Files that were not graded File or folder Why notes/<script>x.txt not a notebook aaa"
    )
    assert "Ignored: 3 files left by a system" in section
    assert "<script>x" not in page.read_text(encoding="utf-8")


def test_without_such_files_nothing_is_said_of_them(tmp_path):
    page = class_report([record(1)], LAB, "Course", tmp_path / "r.html")
    assert "were not graded" not in said(page.read_text(encoding="utf-8"))


def test_cells_that_raised_are_counted_by_cell_and_error(text):
    failed = sum(bool(record(i)["exercises"][0]["run"]["stopped"]) for i in range(1, 31))
    assert f"1.1 raised NameError {failed} {failed} students" in text
    assert STOPPED not in text  # said in that table, and not once more among what is odd


def test_what_is_suspicious_stands_in_a_section_for_a_person_to_judge(text):
    section = text[text.index("Behaviour for a person to judge") :]
    assert f"student06 1 {SUSPICION}" in section and "They cost no points" in section


def test_a_pair_that_is_alike_is_listed_with_its_page(page, text):
    assert "student07 student09 1.2 100 %" in text and "a reason to look, not a proof" in text
    (pair,) = pair_pages(page)
    assert f'href="{LAB.id}/{pair.name}"' in page.read_text(encoding="utf-8")
    html = pair.read_text(encoding="utf-8")
    assert "100 % of the shorter answer" in said(html)
    assert 'href="../../feedback/student07/' in html and f'href="../{LAB.id}.html#alike"' in html
    assert html.count("<mark>") >= 2 and "<script" not in html


def test_answers_that_were_not_compared_are_said_not_to_be(tmp_path):
    page = class_report([record(1)], LAB, "Course", tmp_path / "r.html")
    assert "Answers were not compared." in said(page.read_text(encoding="utf-8"))
    assert [one.name for one in tmp_path.iterdir()] == ["r.html"]


def test_of_very_many_pairs_the_most_conspicuous_are_shown(tmp_path):
    """Groups of four, each with an answer of its own: six pairs a group."""
    records = [
        {**record(1 + i % 30), "submission": {**record(1)["submission"], "student": f"s{i:03}"}}
        for i in range(80)
    ]
    sources = {f"s{i:03}": an_answer(EXERCISES[1], f"student{i // 4:02}") for i in range(80)}
    page = class_report(records, LAB, "Course", tmp_path / "r.html", answers={"1.2": sources})
    assert f"The {PAIRS} most conspicuous of 120 pairs." in said(page.read_text(encoding="utf-8"))
    assert len(pair_pages(page)) == PAIRS


def test_nobody_who_only_has_the_released_cells_is_in_a_pair(tmp_path):
    answers = {
        exercise: {f"student{i:02}": source for i in range(1, 31)}
        for exercise, source in released_answers(LAB).items()
    }
    records = [record(number) for number in range(1, 31)]
    page = class_report(records, LAB, "Course", tmp_path / "r.html", answers=answers)
    assert "No two students’ answers are conspicuously alike" in said(page.read_text())


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        system = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            chromium = driver.chromium.launch(executable_path=system)
        except playwright.Error:
            pytest.skip("there is no Chromium here: `playwright install chromium`")
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Opens a file as a person would, without a network, and hears what goes wrong in it."""
    contexts = []

    def opened(path, width=1300, **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        context.set_offline(True)
        contexts.append(context)
        tab = context.new_page()
        tab.heard = []
        tab.on("console", lambda message: tab.heard.append(message.text))
        tab.on("pageerror", lambda error: tab.heard.append(str(error)))
        tab.on("request", lambda request: tab.heard.append(request.url))
        tab.goto(path.as_uri())
        assert tab.heard == [path.as_uri()]  # the page itself was asked for, and nothing else
        return tab

    yield opened
    for context in contexts:
        context.close()


def column(tab, table, number):
    return tab.locator(f"{table} tbody tr > :nth-child({number})").all_inner_texts()


@pytest.mark.browser
def test_a_table_is_sorted_by_keyboard_and_says_so(page, open_page):
    tab = open_page(page)
    head = tab.locator(".students th:nth-child(2)")
    button = head.get_by_role("button", name="Points", exact=True)
    tab.locator(".students th button").first.focus()
    tab.keyboard.press("Tab")
    assert button.evaluate("button => button === document.activeElement")
    assert button.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"

    def points():
        return [float(one) for one in column(tab, ".students", 2)[:-1]]

    tab.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending" and points() == sorted(points())
    tab.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert points() == sorted(points(), reverse=True) and len(set(points())) > 5
    assert column(tab, ".students", 2)[-1] == "–"  # who has no points stays at the end
    assert tab.locator(".students [aria-sort]").count() == 1
    assert tab.heard == [page.as_uri()]


@pytest.mark.browser
def test_names_with_numbers_in_them_are_sorted_as_people_do(page, open_page, tmp_path):
    html = page.read_text(encoding="utf-8").replace("student02<", "student100<")
    other = tmp_path / "other.html"
    other.write_text(html, encoding="utf-8")
    tab = open_page(other)
    tab.locator(".students th button").first.click()
    assert column(tab, ".students", 1)[-1] == "student100"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1300, "light"), (400, "dark")])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(page, open_page, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for path in (page, *pair_pages(page)):
        tab = open_page(path, width, color_scheme=scheme)
        tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found = Axe().run(tab).response
        assert found["testEngine"]["name"] == "axe-core"
        serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
        assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_the_page_is_whole_without_scripts(page, open_page):
    tab = open_page(page, java_script_enabled=False)
    assert len(column(tab, ".students", 1)) == COUNT + 1
    assert tab.locator("table").count() >= 8 and tab.locator("button").count() == 0
    tab.get_by_role("link", name=re.compile("student07 and student09")).click()
    assert tab.get_by_role("heading", level=1).inner_text() == "student07 and student09"
    assert "result" in tab.locator("mark").last.inner_text()


@pytest.mark.browser
def test_print_is_on_white_whatever_the_screen(page, open_page):
    tab = open_page(page, color_scheme="dark")
    tab.emulate_media(media="print")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert tab.evaluate(colour) == "rgb(255, 255, 255)"
    assert tab.pdf().startswith(b"%PDF")
