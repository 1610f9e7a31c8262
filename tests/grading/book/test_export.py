"""Scores out of the gradebook: for a spreadsheet, and into the tables of Canvas and Moodle."""

import csv
import io
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nablab.errors import GradebookError, NablabError
from nablab.escaping import spreadsheet_text
from nablab.grading.book.export import Class, read_class, to_canvas, to_csv, to_moodle
from nablab.grading.book.gradebook import GradebookWriter, Grades
from nablab.grading.book.worksheet import number
from nablab.grading.intake.roster import CANVAS, MOODLE, HandedIn, Roster
from nablab.grading.records import GRADED, REFUSED, UNREADABLE
from nablab.grading.samples import copy_course, notebook_of, samples_of

pytest.importorskip("nbgrader")

LAB = "lab01_filters"
STATES = {"student01": GRADED, "student02": GRADED, "student03": UNREADABLE, "student04": REFUSED}


@pytest.fixture
def book(tmp_path, course, lab):
    """Writes a gradebook: students with all points of 1.1 and of 1.2, or with another state."""

    url = f"sqlite:///{tmp_path / 'gradebook.db'}"

    def book(states=STATES):
        with GradebookWriter(url, course) as writer:
            writer.register(lab)
            for student, state in states.items():
                scores = [{"exercise": "1.1", "points": 8.0}, {"exercise": "1.2", "points": 16.0}]
                writer.write(
                    {
                        "state": state,
                        "exercises": scores if state == GRADED else [],
                        "submission": {"student": student, "timestamp": None},
                    },
                    lab,
                )

        def read(states=states):
            return read_class(url, course, lab, tmp_path, states)

        return read

    return book


@pytest.fixture
def sql(tmp_path):
    def sql(query, *values):
        with sqlite3.connect(tmp_path / "gradebook.db") as connection:
            assert connection.execute(query, values).rowcount > 0

    return sql


@pytest.fixture
def by_hand(sql):
    """What a person sets in nbgrader: a manual score, extra credit, a penalty, a name."""

    def by_hand():
        sql("update grade set manual_score = 5.5 where auto_score = 8 and " + OF, "student01")
        sql("update grade set extra_credit = 2.25 where auto_score = 16 and " + OF, "student01")
        sql("update submitted_notebook set late_submission_penalty = 3 where " + MINE, "student01")
        sql("update submitted_notebook set late_submission_penalty = 90 where " + MINE, "student02")
        sql("update student set first_name = 'Student', last_name = 'One' where id = 'student01'")

    return by_hand


MINE = """id in (select submitted_notebook.id from submitted_notebook join submitted_assignment
    on submitted_notebook.assignment_id = submitted_assignment.id where student_id = ?)"""
OF = MINE.replace("id in", "notebook_id in", 1)


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


# For a spreadsheet


def test_csv_has_a_row_a_student_and_a_column_an_exercise(book, lab):
    rows = table(to_csv(book()()).text)
    assert list(rows[0]) == [
        *("student", "name", "lms_id"),
        *(exercise.id for exercise in lab.exercises),
        *("late", "late_penalty", "score", "out_of", "state", "waits_for_a_person"),
    ]
    assert [row["student"] for row in rows] == list(STATES)
    assert [row["score"] for row in rows] == ["24", "24", "0", ""]
    assert [row["state"] for row in rows] == list(STATES.values())
    assert [row["waits_for_a_person"] for row in rows] == ["", "", "yes", ""]
    assert rows[0]["1.1"] == "8" and rows[0]["1.3"] == "0" and rows[3]["1.1"] == ""
    assert {row["out_of"] for row in rows} == {"100"}


def test_what_is_not_final_is_said(book):
    assert to_csv(book()()).notes == [
        "Exported, but a person still has to look at them: student03.",
        "No score in the gradebook: student04.",
    ]


def test_manual_scores_extra_credit_and_penalties_count(book, by_hand):
    read = book()
    by_hand()
    first, second = table(to_csv(read()).text)[:2]
    assert (first["1.1"], first["1.2"]) == ("5.5", "18.25")
    assert (first["late_penalty"], first["score"]) == ("3", "20.75")
    assert (second["late_penalty"], second["score"]) == ("90", "0")
    assert first["name"] == "Student One"


def test_the_scores_are_those_that_nbgrader_exports(book, by_hand, tmp_path):
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    read = book()
    by_hand()
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}", "nablab") as gradebook:
        CsvExportPlugin(to=str(tmp_path / "nbgrader.csv")).export(gradebook)
    theirs = {
        row["student_id"]: (float(row["score"]), float(row["late_submission_penalty"]))
        for row in table((tmp_path / "nbgrader.csv").read_text())
    }
    ours = {
        row["student"]: (float(row["score"]), float(row["late_penalty"]))
        for row in table(to_csv(read()).text)
        if row["score"]
    }
    assert ours == theirs and len(ours) == 3


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"]
)
def test_a_name_is_never_a_formula(graded, name):
    one = graded(CANVAS, {"student01": "501"}, {"student01": name})
    assert table(to_csv(one).text)[0]["name"] == f"'{name}"
    assert spreadsheet_text(name) == f"'{name}"


def test_a_students_id_is_never_a_formula(graded):
    assert table(to_csv(graded(students=["@student"])).text)[0]["student"] == "'@student"


@pytest.mark.parametrize("name", ["student01", "étudiant", "a-b", "a=b", "", "'quoted"])
def test_a_plain_name_stays_as_it_is(name):
    assert spreadsheet_text(name) == name


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (8, "8"),
        (79.44, "79.44"),
        (0.1 + 0.2, "0.3"),
        (12345.675, "12345.67"),
        (-0.0, "0"),
    ],
)
def test_points_are_written_with_two_digits_at_most(value, text):
    assert number(value) == text


def test_a_gradebook_that_is_not_there_is_not_made(tmp_path, course, lab):
    with pytest.raises(GradebookError, match=r"There is no gradebook .*run `nablab grade` first"):
        read_class(f"sqlite:///{tmp_path / 'gradebook.db'}", course, lab, tmp_path, {})
    assert not (tmp_path / "gradebook.db").exists()
    with pytest.raises(GradebookError, match="is not a database that can be opened"):
        read_class("nonsense", course, lab, tmp_path, {})


def test_a_lab_that_is_not_graded_is_said(book, course, tmp_path):
    book()
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with pytest.raises(GradebookError, match="has no scores for lab02_sizes"):
        read_class(url, course, course.lab("2"), tmp_path, {})


# Canvas


@pytest.fixture
def graded(lab, tmp_path):
    """A class with all points of 1.1 and 1.2, or none; the platform's numbers and names of its
    students, and their addresses, where they are known."""

    def graded(lms="", numbers=None, names=None, addresses=None, students=STATES):
        grades = {}
        for student in students:
            if STATES.get(student, GRADED) != REFUSED:
                points = {"1.1": 8.0, "1.2": 16.0} if STATES.get(student) != UNREADABLE else {}
                grades[student] = Grades(points, email=(addresses or {}).get(student, ""))
        entries = {
            student: HandedIn(lms, number, (names or {}).get(student, student))
            for student, number in (numbers or {}).items()
        }
        return Class(lab, grades, Roster(tmp_path / "lms.json", {LAB: entries}), STATES)

    return graded


@pytest.fixture
def put(tmp_path):
    def put(text, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return put


GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1: Filters (77),Lab 2: Sizes (78),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,100,100,(read only)
"One, Student",501,U1,one@example.org,Section 1,,55,61.5
"Two, Student",502,U2,two@example.org,Section 1,1.5,,
"Three, ""the"" Student",503,U3,student03,"Section 1, and 2",,,
"Student, Test",599,,test,Section 1,,,
"""
NUMBERS = {"student01": "501", "student02": "502", "student03": "503"}


def filled(text, **cells):
    """The table with cells of this lab's column filled in, by Canvas's number of the student."""
    rows = list(csv.reader(io.StringIO(text)))
    for row in rows:
        row[5] = cells.get(f"n{row[1]}", row[5])
    return rows


def test_canvas_gets_its_own_table_back_with_one_column_filled_in(graded, put):
    one = graded(CANVAS, NUMBERS)
    done = to_canvas(one, put(GRADEBOOK), None)
    assert list(csv.reader(io.StringIO(done.text))) == filled(
        GRADEBOOK, n501="24", n502="24", n503="0"
    )
    assert done.notes[0] == 'Column "Lab 1: Filters (77)": 3 students.'
    assert to_canvas(one, put(done.text), None).text == done.text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separator_line_ends_and_mark_of_a_table_are_kept(graded, put, separator, line_end, mark):
    one = graded(CANVAS, NUMBERS)
    file = io.StringIO(newline="")
    rows = list(csv.reader(io.StringIO(GRADEBOOK)))
    csv.writer(file, delimiter=separator, lineterminator=line_end).writerows(rows)
    before = mark + file.getvalue()
    after = to_canvas(one, put(before), None).text
    changed = [
        (a, b) for a, b in zip(before.split(line_end), after.split(line_end), strict=True) if a != b
    ]
    assert len(changed) == 3
    assert after.count("\r") == before.count("\r") and after.startswith(mark + "Student")


def test_students_of_no_platform_are_known_by_their_account(graded, put):
    done = to_canvas(graded(), put(GRADEBOOK), None)
    assert list(csv.reader(io.StringIO(done.text))) == filled(GRADEBOOK, n503="0")
    assert f"Graded here, but not found in {put(GRADEBOOK)}: student01, student02." in done.notes


def test_a_student_is_known_by_the_address_in_the_gradebook(graded, put):
    one = graded(addresses={"student01": "One@Example.org"})
    done = to_canvas(one, put(GRADEBOOK), None)
    assert list(csv.reader(io.StringIO(done.text))) == filled(GRADEBOOK, n501="24", n503="0")


def test_nobody_is_known_in_canvas_by_the_name_alone(graded, put):
    names = {"student01": "One, Student", "student02": "Two, Student"}
    one = graded(CANVAS, {"student01": "901", "student02": "902", "student03": "503"}, names)
    done = to_canvas(one, put(GRADEBOOK), None)
    assert list(csv.reader(io.StringIO(done.text))) == filled(GRADEBOOK, n503="0")


@pytest.mark.parametrize("cell", ["EX", "ex", "N/A"])
def test_who_is_excused_in_canvas_stays_so(graded, put, cell):
    one = graded(CANVAS, NUMBERS)
    before = GRADEBOOK.replace("Section 1,1.5", f"Section 1,{cell}")
    done = to_canvas(one, put(before), None)
    assert list(csv.reader(io.StringIO(done.text))) == filled(before, n501="24", n503="0")
    assert "Not changed, because excused or closed: student02." in done.notes


@pytest.mark.parametrize("possible", ["10", "10.00", "10,00"])
def test_points_are_converted_to_canvas_points(graded, put, possible):
    one = graded(CANVAS, NUMBERS)
    before = GRADEBOOK.replace("Possible,,,,,100", f'Possible,,,,,"{possible}"')
    done = to_canvas(one, put(before), None)
    assert list(csv.reader(io.StringIO(done.text))) == filled(
        before, n501="2.4", n502="2.4", n503="0"
    )
    assert (
        "The column is out of 10 points and the lab out of 100: scores were converted."
        in done.notes
    )


@pytest.mark.parametrize(
    "header, asked, column",
    [
        ("Lab 1 (77)", None, "Lab 1 (77)"),
        ("LAB01 (77)", None, "LAB01 (77)"),
        ("lab01_filters (77)", None, "lab01_filters (77)"),
        ("Filters that look for patterns (77)", None, "Filters that look for patterns (77)"),
        ("Week two (77)", "Week two (77)", "Week two (77)"),
        ("Week two (77)", "Week two", "Week two (77)"),
        ("Lab 10 (77)", "Lab 10", "Lab 10 (77)"),
    ],
)
def test_the_labs_column_is_found_or_named(graded, put, header, asked, column):
    one = graded(CANVAS, NUMBERS)
    before = GRADEBOOK.replace("Lab 1: Filters (77)", header)
    done = to_canvas(one, put(before), asked)
    assert list(csv.reader(io.StringIO(done.text))) == filled(
        before, n501="24", n502="24", n503="0"
    )
    assert done.notes[0].startswith(f'Column "{column}"')


@pytest.mark.parametrize(
    "change, asked, says",
    [
        (("Lab 1: Filters", "Lab 10"), None, "does not say which column is lab01_filters's"),
        (("Lab 2: Sizes", "Lab 1 again"), None, 'there are "Lab 1: Filters .77.", "Lab 1 again'),
        (("", ""), "Lab 3", 'has no column "Lab 3": name one with --column'),
        (("", ""), "Final Score", 'has no column "Final Score"'),
        (("Lab 2: Sizes", "Lab 1: Filters"), "Lab 1: Filters", "has several columns"),
        (("Student,ID", "Name,Number"), None, "is not a Canvas gradebook"),
        (("50", "90"), None, "None of the 3 students graded here is in .* another course"),
        ((GRADEBOOK, ""), None, "is not a table"),
        ((GRADEBOOK, "hello"), None, "is not a table"),
        ((GRADEBOOK, 'a,b\n"c'), None, "is not a CSV file"),
    ],
)
def test_a_table_that_does_not_fit_is_one_sentence(graded, put, change, asked, says):
    one = graded(
        CANVAS,
        {"student01": "501", "student02": "502", "student09": "509"},
        students={"student01": GRADED, "student02": GRADED, "student09": GRADED},
    )
    with pytest.raises(NablabError, match=says) as raised:
        to_canvas(one, put(GRADEBOOK.replace(*change) if change[0] else GRADEBOOK), asked)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_text_or_not_there_is_one_sentence(graded, put, tmp_path):
    one = graded()
    with pytest.raises(NablabError, match="is not a CSV file in UTF-8"):
        to_canvas(one, put("a,b".encode("utf-16")), None)
    with pytest.raises(NablabError, match="cannot be read: No such file"):
        to_canvas(one, tmp_path / "nowhere.csv", None)


def test_canvas_needs_its_table(graded):
    with pytest.raises(NablabError, match=r"export the gradebook there \(Grades, Export\) and"):
        to_canvas(graded(), None, None)


# Moodle

WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"\r
"Participant 71","Student One",one@example.org,"Submitted for grading",,100.00,Yes,\
"Monday, 1 June 2026, 9:00 AM",-,\r
"Participant 72","Student Two",two@example.org,"Submitted for grading",12.00,100.00,Yes,\
"Monday, 1 June 2026, 9:00 AM","Tuesday, 2 June 2026, 9:00 AM","well, done"\r
"Participant 73","Student Three",student03,"No submission",,100.00,No,-,-,\r
"Participant 74","Student Four",four@example.org,"No submission",,100.00,Yes,-,-,\r
"""
PARTICIPANTS = {"student01": "71", "student02": "72", "student03": "73"}
POINTS = "1.1: 8 of 8, 1.2: 16 of 16"


def test_moodle_gets_its_worksheet_back_with_grades_filled_in(graded, put):
    one = graded(MOODLE, PARTICIPANTS)
    done = to_moodle(one, put(WORKSHEET), None)
    before, after = (list(csv.reader(io.StringIO(text))) for text in (WORKSHEET, done.text))
    assert [row[4] for row in after] == ["Grade", "24", "24", "", ""]
    assert after[1][9].startswith(POINTS) and after[1][9].endswith("Total: 24 of 100.")
    assert after[2][9] == "well, done"
    for old, new in zip(before, after, strict=True):
        assert [old[at] for at in (*range(4), *range(5, 9))] == [
            new[at] for at in (*range(4), *range(5, 9))
        ]
    assert before[3:] == after[3:]
    assert "Not changed, because excused or closed: student03." in done.notes


def test_another_assignments_worksheet_is_refused(graded, put):
    one = graded(MOODLE, {"student01": "81", "student02": "82", "student03": "83"})
    with pytest.raises(NablabError, match="is it from another course or assignment"):
        to_moodle(one, put(WORKSHEET), None)


def test_points_are_converted_to_moodles_maximum(graded, put):
    one = graded(MOODLE, PARTICIPANTS)
    done = to_moodle(one, put(WORKSHEET.replace("100.00", '"10,00"')), None)
    assert [row["Grade"] for row in table(done.text)] == ["2.4", "2.4", "", ""]


def test_a_worksheet_in_another_language_needs_its_column_named(graded, put):
    one = graded(MOODLE, PARTICIPANTS)
    path = put(
        "ID,Vollständiger Name,Status,Bewertung,Zuletzt geändert (Bewertung)\n"
        "Teilnehmer/in71,Student One,,,-\nTeilnehmer/in72,Student Two,,,-\n"
    )
    with pytest.raises(NablabError, match=r'name one with --column .there are .*"Bewertung"'):
        to_moodle(one, path, None)
    done = to_moodle(one, path, "Bewertung")
    assert [row["Bewertung"] for row in table(done.text)] == ["24", "24"]


GERMAN = """\
ID,"Vollständiger Name","E-Mail-Adresse",Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",\
"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)","Feedback als Kommentar"\r
"Teilnehmer/in71","Student One",one@example.org,"Zur Bewertung abgegeben",,"10,00",Ja,\
"Montag, 1. Juni 2026, 09:00",-,\r
"Teilnehmer/in72","Student Two",two@example.org,"Zur Bewertung abgegeben","7,50","10,00",Nein,\
"Montag, 1. Juni 2026, 09:00","Dienstag, 2. Juni 2026, 09:00",gut\r
"Teilnehmer/in73","Student Three",three@example.org,"Keine Abgabe",-,"10,00",Ja,-,-,\r
"""
WORDS = {
    "French": ("Oui", "Non"),
    "Spanish": ("Sí", "No"),
    "Polish": ("Tak", "Nie"),
    "Greek": ("Ναι", "Όχι"),
    "Russian": ("Да", "Нет"),
    "Japanese": ("はい", "いいえ"),
    "Turkish": ("Evet", "Hayır"),
    "Arabic": ("نعم", "لا"),
}


@pytest.mark.parametrize("asked", [None, "Bewertung"])
def test_a_worksheet_in_another_language_is_known_by_what_is_in_it(graded, put, asked):
    one = graded(MOODLE, PARTICIPANTS)
    done = to_moodle(one, put(GERMAN), asked)
    before, after = (list(csv.reader(io.StringIO(text))) for text in (GERMAN, done.text))
    assert [row[4] for row in after] == ["Bewertung", "2.4", "7,50", "0"]  # of 10, and one closed
    assert after[1][9].startswith(POINTS) and after[2][9] == "gut"
    assert [[*row[:4], *row[5:9]] for row in before] == [[*row[:4], *row[5:9]] for row in after]
    assert "Not changed, because excused or closed: student02." in done.notes
    assert (
        "The column is out of 10 points and the lab out of 100: scores were converted."
        in done.notes
    )


def test_a_class_of_no_platform_is_found_in_a_worksheet_of_another_language(graded, put):
    addresses = {"student01": "one@example.org"}
    done = to_moodle(graded(addresses=addresses), put(GERMAN), None)
    assert [row["Bewertung"] for row in table(done.text)] == ["2.4", "7,50", "-"]


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_yes_and_no_are_known_in_many_languages(graded, put, words):
    yes, no = words
    text = GERMAN.replace(",Ja,", f",{yes},").replace(",Nein,", f",{no},")
    done = to_moodle(graded(MOODLE, PARTICIPANTS), put(text), None)
    assert [row["Bewertung"] for row in table(done.text)] == ["2.4", "7,50", "0"]


@pytest.mark.parametrize(
    "change, asked, says",
    [
        (
            (",Ja,", ",Jep,"),
            None,
            'has "Jep" in the column that says whether a grade can be changed',
        ),
        (('"10,00"', '"12 Punkte"'), None, "name one with --column"),
        (("Zur Bewertung abgegeben", "5"), "Bewertung", "contents do not show"),
        (("Nein", "Vielleicht"), "Bewertung", "is neither yes nor no"),
        (("Bewertung kann geändert werden", "x"), "Status", "contents do not show"),
        (("7,50", "gut"), "Bewertung", "contents do not show"),
        (("7,50", "12,50"), "Bewertung", "contents do not show"),
    ],
)
def test_a_worksheet_that_is_not_understood_is_refused_and_nothing_guessed(
    graded, put, change, asked, says
):
    text = GERMAN.replace(*change)
    if change[1] == "5":  # a second column that could be the maximum, with words beside it
        text = text.replace("Keine Abgabe", "5").replace(",Ja,", ",9,").replace(",Nein,", ",8,")
    with pytest.raises(NablabError, match=says) as raised:
        to_moodle(graded(MOODLE, PARTICIPANTS), put(text), asked)
    assert "\n" not in str(raised.value)


def test_a_worksheet_that_does_not_say_its_maximum_is_told(graded, put):
    path = put("Identifier,Status,Grade,Last modified (grade)\nParticipant 71,,,-\n")
    done = to_moodle(graded(MOODLE, PARTICIPANTS), path, None)
    assert any("does not say how many points are possible" in note for note in done.notes)


def test_a_worksheet_without_names_is_filled_in_by_numbers(graded, put):
    one = graded(MOODLE, PARTICIPANTS, dict.fromkeys(PARTICIPANTS, "Participant"))
    path = put("Identifier,Status,Grade,Last modified (grade)\nParticipant 71,,,-\n")
    assert [row["Grade"] for row in table(to_moodle(one, path, None).text)] == ["24"]


def test_a_scale_is_refused(graded, put):
    one = graded(MOODLE, PARTICIPANTS)
    with pytest.raises(NablabError, match="graded on a scale: in Moodle, give it points"):
        to_moodle(one, put(WORKSHEET.replace("Maximum Grade", "Scale")), None)


GRADER_REPORT = """\
"First name","Last name","ID number","Email address","Assignment: Lab 1 (Real)",\
"Assignment: Lab 1 (Feedback)","Assignment: Lab 1 (Percentage)","Course total (Real)"
Student,One,student01,one@example.org,-,,-,-
Student,Two,,two@example.org,-,,-,-
Student,Three,,three@example.org,-,,-,-
Student,Three,,another@example.org,-,,-,-
"""


def test_moodles_grade_export_is_filled_in_by_account_and_by_a_name_that_only_one_has(graded, put):
    names = {"student02": "Student Two", "student03": "Student Three"}
    one = graded(MOODLE, {"student02": "72", "student03": "73"}, names)
    done = to_moodle(one, put(GRADER_REPORT), None)
    after = table(done.text)
    assert [row["Assignment: Lab 1 (Real)"] for row in after] == ["24", "24", "-", "-"]
    assert after[0]["Assignment: Lab 1 (Feedback)"].startswith(POINTS)
    assert [row["Assignment: Lab 1 (Percentage)"] for row in after] == ["-"] * 4
    assert any("not found in" in note and "student03" in note for note in done.notes)


def test_a_class_of_no_platform_gets_a_file_for_moodles_grade_import(graded, lab):
    done = to_moodle(graded(), None, None)
    rows = table(done.text)
    assert list(rows[0]) == ["Username", lab.title, "Feedback"]
    assert [(row["Username"], row[lab.title]) for row in rows] == [
        ("student01", "24"),
        ("student02", "24"),
        ("student03", "0"),
    ]
    assert rows[0]["Feedback"].startswith(POINTS)


def test_a_class_known_by_addresses_is_imported_by_them(graded):
    done = to_moodle(graded(students=["one@example.org", "two@example.org"]), None, None)
    assert [row["Email address"] for row in table(done.text)] == [
        "one@example.org",
        "two@example.org",
    ]


def test_moodle_needs_its_worksheet_where_students_came_through_it(graded):
    one = graded(MOODLE, PARTICIPANTS)
    with pytest.raises(NablabError, match="Download grading worksheet"):
        to_moodle(one, None, None)


def test_any_other_table_is_none_of_moodles(graded, put):
    with pytest.raises(NablabError, match="is neither Moodle's grading worksheet"):
        to_moodle(graded(), put("name,score\none,1\n"), None)


# From the platform and back, by the commands


def typed(folder, *words, code=0):
    """Run a command as somebody does who has activated the environment."""
    program = ["nablab.cli.main", *words[1:]] if words[0] == "nablab" else words
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", *map(str, program)],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def handed_in(course, lab):
    """What four students hand in, and the points that each must get."""
    samples = {sample.student: sample for sample in samples_of(course, lab)}
    chosen = [samples[name] for name in ("student01", "student03", "student07", "student10")]
    return [(notebook_of(sample, course, lab), sample.points) for sample in chosen]


@pytest.fixture
def own(course, tmp_path):
    return copy_course(course, tmp_path / "own").root


def pack(path, names, handed_in):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (text, _) in zip(names, handed_in, strict=True):
            archive.writestr(name, text)


@pytest.mark.slow
@pytest.mark.usefixtures("needs_jail")
def test_from_canvas_and_back(own, tmp_path, handed_in):
    names = [
        f"onestudent_501_9001_{LAB}.ipynb",
        f"twostudent_LATE_502_9002_{LAB}-1.ipynb",
        "étudiant_503_9003_work.ipynb",
        f"fourstudent_504_9004_{LAB}.ipynb",
    ]
    pack(tmp_path / "submissions.zip", names, handed_in)
    said = typed(own, "nablab", "grade", tmp_path / "submissions.zip")
    assert "4 submissions: 3 graded, 1 unreadable." in said
    (tmp_path / "canvas.csv").write_text(
        "Student,ID,SIS Login ID,Section,Lab 1 (77)\n    Points Possible,,,,100\n"
        + "".join(f'"S, {n}",{n},s{n},A,\n' for n in (501, 502, 503, 504, 505))
    )
    assert "with --template" in typed(own, "nablab", "export", "1", "--to", "canvas", code=1)
    typed(own, "nablab", "export", "1", "--to", "canvas", "--template", tmp_path / "canvas.csv")
    rows = table((own / "export" / f"{LAB}-canvas.csv").read_text())
    points = [f"{points:g}" for _, points in handed_in]
    assert [row["Lab 1 (77)"] for row in rows] == ["100", *points, ""]
    typed(own, "nablab", "export", "1")
    ours = {row["student"]: row for row in table((own / "export" / f"{LAB}.csv").read_text())}
    assert list(ours) == ["fourstudent-504", "onestudent-501", "twostudent-502", "étudiant-503"]
    assert ours["twostudent-502"]["late"] == "yes"
    typed(own / "grader", "nbgrader", "export", "--to", tmp_path / "nbgrader.csv")
    theirs = table((tmp_path / "nbgrader.csv").read_text())
    assert {row["student_id"]: float(row["score"]) for row in theirs} == {
        student: float(row["score"]) for student, row in ours.items()
    }


@pytest.mark.slow
@pytest.mark.usefixtures("needs_jail")
def test_from_moodle_and_back(own, tmp_path, handed_in):
    people = ["Student One", "Student O'Two", "學生三", "Student Four"]
    names = [
        f"{person}_{71 + at}_assignsubmission_file_/{LAB}.ipynb" for at, person in enumerate(people)
    ]
    pack(tmp_path / "submissions.zip", names, handed_in)
    typed(own, "nablab", "grade", tmp_path / "submissions.zip", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "feedback" / "Student OTwo" / f"{LAB}.html").is_file()
    (tmp_path / "moodle.csv").write_text(
        "Identifier,Full name,Status,Grade,Maximum Grade,Last modified (grade)\n"
        + "".join(f"Participant {71 + at},{name},,,100.00,-\n" for at, name in enumerate(people))
    )
    words = ("--to", "moodle", "--template", tmp_path / "moodle.csv", "--out", tmp_path / "out")
    typed(own, "nablab", "export", "1", *words)
    rows = table((tmp_path / "out" / "export" / f"{LAB}-moodle.csv").read_text())
    assert [row["Grade"] for row in rows] == [f"{points:g}" for _, points in handed_in]
