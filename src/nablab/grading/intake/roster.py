"""The students as the learning platform knows them, and nablab's id for each of them.

The roster is kept in `submitted/lms.json`, so that a student keeps one id through all labs, even if
a name changes, and so that the export can name the platform's own ids. Canvas numbers its users,
and others have logins or addresses. Moodle gives its students new numbers for each assignment, so
there the name identifies a student.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nablab.errors import NablabError
from nablab.grading.intake.disk import write_whole
from nablab.grading.intake.names import fit

CANVAS, MOODLE, BRIGHTSPACE, BLACKBOARD = "canvas", "moodle", "brightspace", "blackboard"
GRADESCOPE, ILIAS, GOOGLE, GITHUB = "gradescope", "ilias", "google", "github"
LASTING = {CANVAS, BLACKBOARD, GRADESCOPE, ILIAS, GITHUB}  # their ids are the same in all labs


@dataclass(frozen=True)
class Identity:
    """A student as the platform's download names them."""

    lms: str
    id: str  # the platform's number, login or address; in Moodle the participant in this assignment
    name: str


@dataclass(frozen=True)
class HandedIn(Identity):
    """A student in one lab."""

    late: bool = False  # according to the platform


@dataclass
class Roster:
    """All students that came through a platform: `labs` maps a lab's id and a student to the
    student's identity in the platform."""

    path: Path
    labs: dict[str, dict[str, HandedIn]] = field(default_factory=dict)

    @staticmethod
    def place(out: Path) -> Path:
        return out / "submitted" / "lms.json"

    @classmethod
    def load(cls, out: Path) -> Roster:
        """The roster of a folder of results; an empty one if nothing came through a platform."""
        path = cls.place(out)
        if not path.is_file():
            return cls(path)
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            labs = {
                lab: {student: HandedIn(**entry) for student, entry in students.items()}
                for lab, students in table.items()
            }
        except (ValueError, TypeError, AttributeError):
            raise NablabError(
                f"{path} is damaged: put back an older copy, or remove it and grade all downloads "
                "again."
            ) from None
        return cls(path, labs)

    def save(self) -> None:
        table = {
            lab: {student: asdict(entry) for student, entry in sorted(students.items())}
            for lab, students in sorted(self.labs.items())
        }
        write_whole(self.path, json.dumps(table, ensure_ascii=False, indent=1))

    def of(self, lab: str) -> dict[str, HandedIn]:
        return self.labs.get(lab, {})

    def enter(self, lab: str, download: list[HandedIn]) -> list[str]:
        """Enter everybody in a lab's download, and return their ids, in the same order."""
        here = self.labs.setdefault(lab, {})
        everywhere = [entry for students in self.labs.values() for entry in students.items()]
        known = [*(pair for pair in everywhere if pair[1].lms in LASTING), *here.items()]
        by_number = {(entry.lms, entry.id): student for student, entry in known if entry.id}
        by_name: dict[tuple[str, str], set[str]] = {}
        for student, entry in everywhere:
            if entry.lms not in LASTING:
                by_name.setdefault((entry.lms, entry.name), set()).add(student)
        names = Counter(who.name for who in download)
        taken = {student for student, _ in everywhere}
        students = [by_number.get((who.lms, who.id), "") for who in download]
        for at, who in enumerate(download):
            if not students[at] and who.lms not in LASTING and names[who.name] == 1:
                same = by_name.get((who.lms, who.name), set())
                students[at] = (
                    next(iter(same)) if len(same) == 1 and same.isdisjoint(students) else ""
                )
            if not students[at]:
                students[at] = _new_id(who, names[who.name] > 1, taken)
                taken.add(students[at])
            here[students[at]] = who
        return students


def _new_id(who: HandedIn, namesakes: bool, taken: set[str]) -> str:
    name = fit(who.name)
    if who.lms == CANVAS:
        student = f"{name}-{who.id}" if name else who.id
    else:
        student = f"{name or 'student'} {who.id}".strip() if namesakes or not name else name
    if student in taken:  # by a name that differs only in characters that ids cannot hold
        mark = hashlib.sha256(f"{who.lms} {who.id} {who.name}".encode()).hexdigest()[:8]
        student = f"{student}-{mark}"
    return student
