"""Fills in a table that a learning platform exported, so that the platform can import it again.

Only this lab's column is written. The rest of the table has the platform's own numbers for its
students and assignments. Moodle's tables are in `moodle_sheet`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nablab.course import Lab
from nablab.errors import NablabError
from nablab.grading.intake.roster import CANVAS, HandedIn

BYTE_ORDER_MARK = "\ufeff"
ASSIGNMENT = re.compile(r"(.*) \(\d+\)", re.DOTALL)  # in Canvas: its name, and its number
SPARED = ("EX", "N/A")  # in Canvas: excused, or not assigned to this student
MOST_NAMED = 8

Row = list[str]


@dataclass(frozen=True)
class Mark:
    """One student's points, and everything by which a platform may know the student."""

    student: str
    points: float
    feedback: str = ""
    identity: HandedIn | None = None
    name: str = ""
    email: str = ""

    def number_in(self, lms: str) -> str:
        """The platform's number for this student, or the student's id if no platform is known."""
        if self.identity is None:
            return self.student
        return self.identity.id if self.identity.lms == lms else ""

    def accounts(self) -> list[str]:
        """The names that the platform may use for the student's account."""
        return [self.student, self.email]


@dataclass
class Sheet:
    """A table written by a platform. Its separator, line ends and byte order mark are kept."""

    path: Path
    rows: list[Row]
    separator: str = ","
    line_end: str = "\r\n"
    mark: str = ""

    @classmethod
    def read(cls, path: Path) -> Sheet:
        try:
            text = path.read_bytes().decode()
        except OSError as error:
            raise NablabError(f"{path} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise NablabError(f"{path} is not a CSV file in UTF-8: export it again.") from None
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        text = text.removeprefix(BYTE_ORDER_MARK)
        separator = max(",;\t", key=text.partition("\n")[0].count)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        except csv.Error as error:
            raise NablabError(f"{path} is not a CSV file ({error}): export it again.") from None
        if not rows or len(rows[0]) < 2:
            raise NablabError(f"{path} is not a table: its first row should name its columns.")
        return cls(path, rows, separator, "\r\n" if "\r\n" in text else "\n", mark)

    def text(self) -> str:
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=self.separator, lineterminator=self.line_end)
        writer.writerows(self.rows)
        return self.mark + file.getvalue()

    @property
    def header(self) -> Row:
        return self.rows[0]

    def place(self, *names: str) -> int | None:
        """The position of the first column that has one of these names."""
        wanted = {name.casefold() for name in names}
        return next(
            (at for at, name in enumerate(self.header) if name.strip().casefold() in wanted), None
        )

    def students(self) -> Iterator[Row]:
        """The rows that are as long as the header: platforms may add others at the end."""
        return (row for row in self.rows[1:] if len(row) >= len(self.header))

    def column_of(self, lab: Lab, asked: str | None, places: Iterable[int]) -> int:
        """The one of these columns that was asked for, or the only one that names the lab."""
        named = {at: self.header[at] for at in places}
        if asked is not None:
            found = [at for at, name in named.items() if asked in (name, _title(name))]
            fault = f'has {"several columns" if found else "no column"} "{asked}"'
        else:
            found = [at for at, name in named.items() if _names_lab(name, lab)]
            fault = f"does not say which column is {lab.id}'s"
        if len(found) != 1:
            known = ", ".join(f'"{name}"' for name in named.values()) or "none"
            raise NablabError(f"{self.path} {fault}: name one with --column (there are {known}).")
        return found[0]


def fill_canvas(sheet: Sheet, lab: Lab, marks: list[Mark], asked: str | None) -> list[str]:
    """Fill in this lab's column of Canvas's gradebook, and return notes on what was left out."""
    number = sheet.place("ID")
    if number is None or None in (sheet.place("Student", "LastName"), sheet.place("Section")):
        raise NablabError(
            f"{sheet.path} is not a Canvas gradebook: its first row should have Student, ID and "
            "Section. Export it there (Grades, Export)."
        )
    assignments = [at for at, name in enumerate(sheet.header) if ASSIGNMENT.fullmatch(name)]
    column = sheet.column_of(lab, asked, assignments)
    possible = next((row for row in sheet.students() if "Points Possible" in row[0]), None)
    filling = Filling(sheet, marks, lab, column, value_of(possible[column]) if possible else None)
    filling.know_by(number, lambda mark: [mark.number_in(CANVAS)])
    for name in ("SIS Login ID", "SIS User ID", "Integration ID"):
        filling.know_by(sheet.place(name), Mark.accounts)
    for row, mark in filling.rows():
        if row[column].strip().upper() in SPARED:
            filling.spared.append(mark.student)
        else:
            row[column] = filling.points(mark)
    return filling.notes()


@dataclass
class Filling:
    """The owner of each row, and the points to write there."""

    sheet: Sheet
    marks: list[Mark]
    lab: Lab
    column: int
    highest: float | None  # the platform's maximum of points; None if it does not say
    is_of_one_assignment: bool = False
    found: dict[int, Mark] = field(default_factory=dict)  # row -> its owner
    spared: list[str] = field(default_factory=list)

    def know_by(
        self,
        column: int | None,
        keys: Callable[[Mark], Iterable[str]],
        pattern: re.Pattern[str] = re.compile("(.*)"),
    ) -> None:
        """Find students by a column. A student who was already found stays in that row. A value
        that two students share finds neither."""
        if column is None:
            return
        cells = {
            at: match[1]
            for at, row in enumerate(self.sheet.rows)
            if at and len(row) > column and (match := pattern.fullmatch(row[column].strip()))
        }
        self._find(cells, keys)

    def know_by_name(self, full_name: int | None) -> None:
        """Find by full name the students who were not found by number or account."""
        columns = self.sheet.place("Full name"), self.sheet.place("First name")
        family = self.sheet.place("Last name", "Surname")
        if columns[0] is not None or full_name is not None:
            at = full_name if columns[0] is None else columns[0]
            self.know_by(at, lambda mark: [mark.name])
        elif columns[1] is not None and family is not None:
            cells = {
                at: f"{row[columns[1]]} {row[family]}".strip()
                for at, row in enumerate(self.sheet.rows)
                if at and len(row) >= len(self.sheet.header)
            }
            self._find(cells, lambda mark: [mark.name])

    def _find(self, cells: dict[int, str], keys: Callable[[Mark], Iterable[str]]) -> None:
        here = {mark.student for mark in self.found.values()}
        owners: dict[str, list[Mark]] = {}
        for mark in self.marks:
            for key in {key.casefold() for key in keys(mark) if key}:
                owners.setdefault(key, []).append(mark)
        rows: dict[str, list[int]] = {}
        for at, cell in cells.items():
            rows.setdefault(cell.casefold(), []).append(at)
        for key, places in rows.items():
            if len(places) == 1 and len(owners.get(key, ())) == 1:
                (mark,) = owners[key]
                if places[0] not in self.found and mark.student not in here:
                    self.found[places[0]] = mark
                    here.add(mark.student)

    def rows(self) -> Iterator[tuple[Row, Mark]]:
        for at, mark in self.found.items():
            if len(self.sheet.rows[at]) >= len(self.sheet.header):
                yield self.sheet.rows[at], mark

    def points(self, mark: Mark) -> str:
        return number(mark.points * self._factor)

    @property
    def _factor(self) -> float:
        """Converts the lab's points if the platform has another maximum."""
        return self.highest / self.lab.points if self.highest and self.lab.points else 1.0

    def notes(self) -> list[str]:
        """Notes on the result; an error if no student was found."""
        if not self.found:
            raise NablabError(
                f"None of the {len(self.marks)} students graded here is in {self.sheet.path}: is "
                "it from another course or assignment?"
            )
        said = [f'Column "{self.sheet.header[self.column]}": {len(self.found)} students.']
        if self._factor != 1.0:
            said.append(
                f"The column is out of {number(self.highest or 0)} points and the lab out of "
                f"{number(self.lab.points)}: scores were converted."
            )
        if self.highest is None and self.is_of_one_assignment:
            said.append(
                "The table does not say how many points are possible: scores were written out of "
                f"{number(self.lab.points)}."
            )
        if self.spared:
            said.append(f"Not changed, because excused or closed: {listed(self.spared)}.")
        found = {mark.student for mark in self.found.values()}
        missing = [mark.student for mark in self.marks if mark.student not in found]
        if missing:
            said.append(f"Graded here, but not found in {self.sheet.path}: {listed(missing)}.")
        return said


def number(value: float) -> str:
    """Points with at most two decimal places."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def listed(students: list[str]) -> str:
    more = f" and {len(students) - MOST_NAMED} more" if len(students) > MOST_NAMED else ""
    return ", ".join(students[:MOST_NAMED]) + more


def _title(name: str) -> str:
    """A column's name without Canvas's number of the assignment."""
    match = ASSIGNMENT.fullmatch(name)
    return match[1] if match else name


def _names_lab(name: str, lab: Lab) -> bool:
    said = name.casefold()
    return (
        lab.id in said
        or lab.title.casefold() in said
        or re.search(rf"\blab[ _-]*0*{lab.number}\b", said) is not None
    )


def value_of(cell: str) -> float | None:
    """A number with a decimal point or comma, as a platform writes it; None if it is not one."""
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return None
