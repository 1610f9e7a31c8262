"""Fills in Moodle's grading worksheet, in any language, or its grade export.

Besides the lab's column, empty feedback cells are filled in. In other languages, columns are
recognised by their position and contents. A table that is not recognised is refused in a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nablab.course import Lab
from nablab.errors import NablabError
from nablab.grading.book.worksheet import Filling, Mark, Row, Sheet, value_of
from nablab.grading.intake.roster import MOODLE

PARTICIPANT = re.compile(r"\D+(\d+)")  # in Moodle, in any language: "Participant 12345"
ASPECT = re.compile(r" \((real|percentage|letter|feedback)\)$", re.IGNORECASE)  # in Moodle's export
YES_WORDS = """
yes ja oui sí si sì sim da да так ano áno tak igen kyllä jah jā taip ναι evet はい 是 예 نعم כן
bai bəli हाँ ใช่ có ie
"""
NO_WORDS = """
no nein non nee não nao ne nu nie nem ei nej nei nē ні нет не όχι hayır いいえ 否 아니오 아니요
لا לא không ez xeyr नहीं ไม่ nage
"""
YES, NO = frozenset(YES_WORDS.split()), frozenset(NO_WORDS.split())


def fill_moodle(sheet: Sheet, lab: Lab, marks: list[Mark], asked: str | None) -> list[str]:
    """Fill in the grades of Moodle's grading worksheet, or this lab's column of its grade export,
    and return notes on what was left out."""
    participants = _participants(sheet)
    accounts = [sheet.place(name) for name in ("Email address", "Username", "ID number")]
    if participants is None and accounts == [None] * 3:
        raise NablabError(
            f"{sheet.path} is neither Moodle's grading worksheet (with Identifier and Grade) nor "
            "its grade export (with Email address): download one of them there."
        )
    if participants is not None:
        columns = _worksheet_columns(sheet, lab, asked)
    else:
        columns = _export_columns(sheet, lab, asked)
    is_worksheet = participants is not None
    filling = Filling(sheet, marks, lab, columns.grade, columns.highest(sheet), is_worksheet)
    if participants is not None:
        filling.know_by(participants, lambda mark: [mark.number_in(MOODLE)], PARTICIPANT)
        # a student with a number is never found by name: this may be another assignment's worksheet
        filling.marks = [mark for mark in marks if mark.identity is None]
        if accounts == [None] * 3:
            accounts = [at for at in range(1, columns.grade) if _holds_addresses(sheet, at)]
    for account in accounts:
        filling.know_by(account, Mark.accounts)
    filling.know_by_name(1 if participants is not None else None)
    filling.marks = marks
    for row, mark in filling.rows():
        if columns.changeable is not None and not _is_yes(row[columns.changeable], sheet):
            filling.spared.append(mark.student)
            continue
        row[columns.grade] = filling.points(mark)
        if columns.feedback is not None and not row[columns.feedback].strip():
            row[columns.feedback] = mark.feedback
    return filling.notes()


def _participants(sheet: Sheet) -> int | None:
    """The column of participant numbers in a grading worksheet: the first one, in English called
    Identifier, with "Participant 12345" in every row, in any language."""
    if sheet.place("First name") is not None:
        return None
    matches = [PARTICIPANT.fullmatch(row[0]) for row in sheet.students()]
    return 0 if matches and all(matches) else None


@dataclass(frozen=True)
class Columns:
    """The columns of one assignment in a table of Moodle's."""

    grade: int
    feedback: int | None = None
    most: int | None = None
    changeable: int | None = None

    def highest(self, sheet: Sheet) -> float | None:
        if self.most is None:
            return None
        return value_of(next((row[self.most] for row in sheet.students()), ""))


def _worksheet_columns(sheet: Sheet, lab: Lab, asked: str | None) -> Columns:
    """Found by their English titles, or else by what Moodle writes side by side in every language:
    a grade, the maximum grade, and whether it can be changed. Nothing is guessed."""
    if sheet.place("Scale") is not None:
        raise NablabError(
            f"{sheet.path} is for an assignment graded on a scale: in Moodle, give it points."
        )
    titled, most = sheet.place("Grade"), sheet.place("Maximum Grade")
    found = _by_content(sheet) if most is None else None
    if found and titled in (None, found.grade) and asked in (None, sheet.header[found.grade]):
        return found
    if titled is None or asked is not None:
        grade = sheet.column_of(lab, asked, range(1, len(sheet.header)))
    else:
        grade = titled
    is_other = any(value_of(row[grade]) is None for row in _with(sheet, grade))
    if most is None and (is_other or _constant_numbers(sheet)):
        raise NablabError(
            f"{sheet.path} has no column called Maximum Grade, and the columns' contents do not "
            "show which one is the maximum: set Moodle to English and download the worksheet again."
        )
    changeable = sheet.place("Grade can be changed")
    return Columns(grade, sheet.place("Feedback comments"), most, changeable)


def _by_content(sheet: Sheet) -> Columns | None:
    """The columns of a worksheet in another language, if there is only one possibility."""
    found = [
        at
        for at in _constant_numbers(sheet)
        if 1 < at < len(sheet.header) - 1
        and _are_grades(sheet, at - 1, at)
        and _says(sheet, at + 1)
    ]
    if len(found) != 1:
        return None
    last = len(sheet.header) - 1
    told = [row[last].strip() for row in sheet.students()]
    is_feedback = last > found[0] + 1 and "" in told and "-" not in told
    return Columns(found[0] - 1, last if is_feedback else None, found[0], found[0] + 1)


def _constant_numbers(sheet: Sheet) -> list[int]:
    """The columns in which every student has the same positive number."""
    columns = []
    for at in range(1, len(sheet.header)):
        values = {value_of(row[at]) for row in sheet.students()}
        if len(values) == 1 and (values.pop() or 0) > 0:
            columns.append(at)
    return columns


def _are_grades(sheet: Sheet, at: int, most: int) -> bool:
    """Whether all grades in a column are at most the maximum in the other column."""
    return all(
        (value := value_of(row[at])) is not None and value <= (value_of(row[most]) or 0)
        for row in _with(sheet, at)
    )


def _with(sheet: Sheet, at: int) -> list[Row]:
    """The rows in which a column is filled in."""
    return [row for row in sheet.students() if row[at].strip() not in ("", "-")]


def _says(sheet: Sheet, at: int) -> bool:
    """Whether a column says yes or no to every student."""
    words = {row[at].strip().casefold() for row in sheet.students()}
    return "" not in words and len(words) <= 2 and all(value_of(word) is None for word in words)


def _is_yes(cell: str, sheet: Sheet) -> bool:
    """Whether a grade can be changed, according to Moodle's word for yes or no."""
    word = cell.strip().casefold()
    if word in YES or word in NO:
        return word in YES
    raise NablabError(
        f'{sheet.path} has "{cell.strip()[:40]}" in the column that says whether a grade can be '
        "changed. This is neither yes nor no in a known language: set Moodle to English and "
        "download the worksheet again."
    )


def _holds_addresses(sheet: Sheet, at: int) -> bool:
    return all("@" in row[at] for row in _with(sheet, at)) and bool(_with(sheet, at))


def _export_columns(sheet: Sheet, lab: Lab, asked: str | None) -> Columns:
    columns = {
        at: aspect[1].casefold() if (aspect := ASPECT.search(name)) else "real"
        for at, name in enumerate(sheet.header)
    }
    column = sheet.column_of(lab, asked, [at for at, says in columns.items() if says == "real"])
    beside = f"{ASPECT.sub('', sheet.header[column])} (feedback)"
    return Columns(column, sheet.place(beside))
