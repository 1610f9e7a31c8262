"""How learning platforms name the files of "download all submissions", and so whose each file is.

A platform is one entry of `PLATFORMS`; to add one, write one more reader. The platform is decided
once for the whole download: a student can choose the name of a file, but cannot make the files of
the rest of the class look like another platform's.

Canvas
    `lastnamefirstname[_LATE]_USER_ATTACHMENT_file.ipynb`, all in one folder. If a file is handed in
    again, the new one is called `file-1.ipynb`, and its attachment number is higher.
Moodle
    `Full Name_PARTICIPANT_assignsubmission_file_/file.ipynb`, or the same with `_` for `/`.
Brightspace
    `USER-FOLDER - First Last - Nov 3, 2025 1130 PM/file.ipynb`, beside an index.html. Older
    versions put ` - file.ipynb` into the same name. Each date is an attempt. It is not documented
    which of the two numbers is the user's, so the one that tells people apart is used. A date with
    a month that is not English is accepted, but gives no order.
Blackboard
    `ASSIGNMENT_LOGIN_attempt_2025-11-03-23-30-10_file.ipynb`, and for each attempt a `.txt` of the
    same name without `_file`.
Gradescope
    `assignment_N_export/submission_123/file.ipynb`; `submission_metadata.yml` beside them says
    whose each is. A group's submission counts for each of its members.
ILIAS
    `Lastname_Firstname_login_123/file.ipynb`, below a folder `Submissions`, `Abgaben` or
    `multi_feedback…`, perhaps below `Team 7`. A late file is called `Late Submission -
    file.ipynb`. Some downloads have spaces and an address instead of `_` and the login; this is
    known from tools for ILIAS, not from its source.
GitHub Classroom
    `ASSIGNMENT-submissions/ASSIGNMENT-login/…`, one repository per student, as `gh classroom clone
    student-repos` makes them.
Google Classroom
    The assignment's folder in Drive. Most of its files are called `First Last - LAB.ipynb` or
    `LAB - First Last.ipynb`. Google does not document this, and nothing says when a file was handed
    in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nablab.errors import UnreadableSubmission
from nablab.grading.intake.archive import Member
from nablab.grading.intake.choice import SUFFIX, File
from nablab.grading.intake.roster import (
    BLACKBOARD,
    BRIGHTSPACE,
    CANVAS,
    GITHUB,
    GOOGLE,
    GRADESCOPE,
    ILIAS,
    MOODLE,
    HandedIn,
)
from nablab.numbering import LAB_ID

CANVAS_FILE = re.compile(
    r"(?:(?P<name>.+?)_)??(?:(?P<late>LATE|late)_)?(?P<user>\d+|anon_[A-Za-z0-9]+)"
    r"_(?:(?P<attachment>\d+)_(?P<file>.+)|(?:text|link)\.html)",
    re.DOTALL,
)
MOODLE_FILE = re.compile(
    r"(?P<name>.*?)(?:_(?P<participant>\d+))?_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?",
    re.DOTALL,
)
BRIGHTSPACE_FILE = re.compile(
    r"(?P<first>\d+)-(?P<second>\d+) - (?P<name>.+?) - (?P<date>[^-]*\b(?:19|20)\d\d\b[^-]*?)"
    r"(?: - (?P<file>.+))?",
    re.DOTALL,
)
BRIGHTSPACE_DATE = re.compile(
    r"(?P<month>[A-Z][a-z]{2})[a-z]* (?P<day>\d{1,2}), (?P<year>\d{4}) "
    r"(?P<hour>\d{1,2}):?(?P<minute>\d\d)(?: ?(?P<half>[AP])M)?",
    re.IGNORECASE,
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
BLACKBOARD_FILE = re.compile(
    r"(?P<whose>.+?)_attempt_(?P<date>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL
)
GRADESCOPE_FOLDER = re.compile(r"submission_(\d+)")
GRADESCOPE_METADATA = "submission_metadata.yml"
LARGEST_METADATA_MB = 200  # it repeats the autograder's output for every attempt
ILIAS_FOLDER = re.compile(
    r"(?P<name>.+)(?:_(?P<login>[^_]+)_| (?P<address>[^ ]+@[^ ]+) )(?P<user>\d+)", re.DOTALL
)
ILIAS_ABOVE = re.compile(r"submissions|abgaben|multi_feedback.*", re.IGNORECASE)
ILIAS_TEAM = re.compile(r"team[ _].+", re.IGNORECASE)
ILIAS_LATE = re.compile(r"(?:Late[ _]Submission|Versp(?:ae|ä|a)tete[ _]Abgabe)[ _]-[ _]", re.I)
GITHUB_ABOVE = re.compile(r"(?P<assignment>.+)-submissions")
GOOGLE_FILE = re.compile(r"(?P<left>.+?) - (?P<right>.+)", re.DOTALL)
COPY = re.compile(r"^(?:copy of )+| ?\(\d+\)$", re.IGNORECASE)
HANDED_IN_AGAIN = re.compile(
    r"(?:-\d{1,3}|-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}| ?\(\d+\))$"
)
DOUBLED = re.compile(r" ?\(\d+\)$")


@dataclass(frozen=True)
class Owned:
    """A file of a download, and its owner."""

    who: HandedIn
    file: File
    when: str | None = None  # if the platform gives the time with its time zone


@dataclass
class Reading:
    """A download, read as one platform's: who handed in which files."""

    owned: list[Owned] = field(default_factory=list)
    people: list[HandedIn] = field(default_factory=list)  # also those without a file
    aside: set[Member] = field(default_factory=set)  # the platform's own files

    @property
    def members(self) -> set[Member]:
        return {one.file.member for one in self.owned}

    @property
    def owners(self) -> set[str]:
        return {one.who.id or one.who.name for one in self.owned}


Reader = Callable[[Sequence[Member], Sequence[str]], Reading]


def read_download(members: Sequence[Member], above: Sequence[str]) -> Reading:
    """The owners of the files, according to the platform that recognises the most files and, among
    equals, the most people. `above` has the names of the folders that they are in."""
    readings = [reader(members, above) for reader in PLATFORMS.values()]
    return max(readings, key=lambda one: (len(one.members), len(one.owners)))


def _file(member: Member, name: str, **more: Any) -> File:
    return File(member, name, "/".join(member.parts), **more)


def _canvas_or_moodle(members: Sequence[Member], above: Sequence[str]) -> Reading:
    return Reading([owned for member in members if (owned := _in_canvas_or_moodle(member))])


def _in_canvas_or_moodle(member: Member) -> Owned | None:
    """The owner of this file, by its name; None if it is nobody's. The part that a student controls
    is at the end, so if a name can be read both ways, the shorter student name is right."""
    canvas = CANVAS_FILE.fullmatch(member.name)
    for depth, part in enumerate(member.parts):
        is_file = depth + 1 == len(member.parts) and not member.is_empty_folder
        if moodle := MOODLE_FILE.fullmatch(part):
            if is_file and canvas and len(canvas["name"] or "") < len(moodle["name"]):
                break
            who = HandedIn(MOODLE, moodle["participant"] or "", moodle["name"].strip())
            return Owned(who, _file(member, (moodle["file"] or part) if is_file else member.name))
    if not canvas or member.is_empty_folder:
        return None
    who = HandedIn(CANVAS, canvas["user"], canvas["name"] or "", late=bool(canvas["late"]))
    name = canvas["file"] or member.name
    order = int(canvas["attachment"] or 0)
    return Owned(who, _file(member, name, order=order, numbered=HANDED_IN_AGAIN))


def _brightspace(members: Sequence[Member], above: Sequence[str]) -> Reading:
    found = [(member, part) for member in members if (part := _part(member, BRIGHTSPACE_FILE))]
    number = _number_of_the_user([part.match for _, part in found])
    reading = Reading()
    for member, (match, is_file) in found:
        user = match[number] if number else ""
        who = HandedIn(BRIGHTSPACE, user, match["name"].strip())
        name = (match["file"] or member.name) if is_file else member.name
        file = _file(member, name, attempt=_brightspace_time(match["date"]), numbered=DOUBLED)
        reading.owned.append(Owned(who, file))
    reading.aside = {one for one in members if reading.owned and one.name.lower() == "index.html"}
    return reading


def _number_of_the_user(matches: list[re.Match[str]]) -> str:
    """Which of the two numbers in a name is the user's: the one that always comes with the same
    person's name. Only a number can tell two people with the same name apart."""
    for number in ("first", "second"):
        names: dict[str, set[str]] = {}
        for match in matches:
            names.setdefault(match[number], set()).add(match["name"].strip())
        if all(len(called) == 1 for called in names.values()):
            return number
    return ""


def _brightspace_time(text: str) -> int:
    """A date as a number that grows with it; 0 if it cannot be read."""
    date = BRIGHTSPACE_DATE.fullmatch(text.strip())
    if not date or date["month"].lower() not in MONTHS:
        return 0
    hour = int(date["hour"])
    if date["half"]:
        hour = hour % 12 + (12 if date["half"].upper() == "P" else 0)
    month = MONTHS.index(date["month"].lower()) + 1
    return int(f"{date['year']}{month:02}{int(date['day']):02}{hour:02}{date['minute']}")


def _blackboard(members: Sequence[Member], above: Sequence[str]) -> Reading:
    matches = {member: BLACKBOARD_FILE.fullmatch(member.name) for member in members}
    found = {member: match for member, match in matches.items() if match}
    logins = _logins({match["whose"] for match in found.values()})
    reading = Reading()
    for member, match in found.items():
        login = logins[match["whose"]]
        name = match["file"] or member.name
        attempt = int(match["date"].replace("-", ""))
        file = _file(member, name, attempt=attempt, by_platform=match["file"] is None)
        reading.owned.append(Owned(HandedIn(BLACKBOARD, login, login), file))
    return reading


def _logins(whose: Iterable[str]) -> dict[str, str]:
    """The logins in `ASSIGNMENT_LOGIN`. Both may have `_` in them, so if it is not clear where the
    assignment ends, it ends where the names begin to differ."""
    split = {one: one.split("_") for one in whose}
    if len({tuple(parts[:-1]) for parts in split.values()}) <= 1:
        return {one: parts[-1] for one, parts in split.items()}
    shortest = min(map(len, split.values())) - 1
    common = 0
    while common < shortest and len({parts[common] for parts in split.values()}) == 1:
        common += 1
    return {one: "_".join(parts[common:]) for one, parts in split.items()}


def _gradescope(members: Sequence[Member], above: Sequence[str]) -> Reading:
    parts = [(member, part) for member in members if (part := _part(member, GRADESCOPE_FOLDER))]
    found = [(member, part.match) for member, part in parts if not part.is_file]
    reading = Reading()
    if not found:
        return reading
    metadata = [one for one in members if one.name == GRADESCOPE_METADATA and len(one.parts) <= 2]
    owners: dict[str, list[tuple[HandedIn, str | None, int]]] = {}
    for one in metadata:
        owners |= _gradescope_people(one)
        reading.aside.add(one)
    for member, match in found:
        unknown = [(HandedIn(GRADESCOPE, f"submission {match[1]}", ""), None, 0)]
        for who, when, attempt in owners.get(match[0]) or unknown:
            file = _file(member, member.name, attempt=attempt)
            reading.owned.append(Owned(who, file, when))
    reading.people = [who for people in owners.values() for who, _, _ in people]
    return reading


def _gradescope_people(metadata: Member) -> dict[str, list[tuple[HandedIn, str | None, int]]]:
    """A submission's folder -> who handed it in, when, and a number that grows with the time."""
    import yaml

    try:
        data = metadata.content(LARGEST_METADATA_MB << 20)
        table = yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (UnreadableSubmission, yaml.YAMLError, ValueError, RecursionError):
        return {}
    found: dict[str, list[tuple[HandedIn, str | None, int]]] = {}
    for folder, entry in table.items() if isinstance(table, dict) else ():
        people = entry.get(":submitters") if isinstance(entry, dict) else None
        when, attempt = _gradescope_time(entry.get(":created_at") if people else None)
        for person in people if isinstance(people, list) else ():
            if isinstance(person, dict):
                said = {key: str(person.get(f":{key}") or "") for key in ("name", "email", "sid")}
                number = said["email"] or said["sid"] or str(folder).replace("_", " ")
                who = HandedIn(GRADESCOPE, number, said["name"].strip())
                found.setdefault(str(folder), []).append((who, when, attempt))
    return found


def _gradescope_time(value: object) -> tuple[str | None, int]:
    from datetime import UTC, datetime

    if not isinstance(value, datetime):
        return None, 0
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    text = f"{value:%Y-%m-%d %H:%M:%S}"
    return (f"{text} UTC" if value.tzinfo else None), int(f"{value:%Y%m%d%H%M%S}")


def _ilias(members: Sequence[Member], above: Sequence[str]) -> Reading:
    below = any(map(ILIAS_ABOVE.fullmatch, above[-2:]))
    # STUDENT/LAB/… is nbgrader's layout, even below a folder called "submissions"
    of_labs = {
        member.parts[:depth]
        for member in members
        for depth, part in enumerate(member.parts[:-1])
        if LAB_ID.fullmatch(part.lower())
    }
    reading = Reading()
    for member in members:
        inside = below
        for depth, part in enumerate(member.parts):
            is_file = depth + 1 == len(member.parts) and not member.is_empty_folder
            if inside and not is_file and (match := ILIAS_FOLDER.fullmatch(part)):
                if member.parts[: depth + 1] in of_labs:
                    break
                name = match["name"].replace("_", " ").strip()
                late = ILIAS_LATE.match(member.name)
                who = HandedIn(ILIAS, match["user"], name, late=bool(late))
                called = member.name[late.end() :] if late else member.name
                reading.owned.append(Owned(who, _file(member, called, numbered=DOUBLED)))
                break
            inside = bool(ILIAS_ABOVE.fullmatch(part)) or (inside and bool(ILIAS_TEAM.match(part)))
    return reading


def _github(members: Sequence[Member], above: Sequence[str]) -> Reading:
    known = GITHUB_ABOVE.fullmatch(above[-1]) if above else None
    reading = Reading()
    for member in members:
        assignment = known["assignment"] if known else ""
        for part in member.parts[:-1] if not member.is_empty_folder else member.parts:
            login = part.removeprefix(f"{assignment}-")
            if assignment and login and login != part:
                who = HandedIn(GITHUB, login, login)
                reading.owned.append(Owned(who, _file(member, member.name)))
                break
            match = GITHUB_ABOVE.fullmatch(part)
            assignment = match["assignment"] if match else ""
    return reading


def _google(members: Sequence[Member], above: Sequence[str]) -> Reading:
    """Files with a lab's name on one side show on which side the students' names are in all."""
    named: list[tuple[Member, str, str, str]] = []  # member, side of the student, student, file
    open_: list[tuple[Member, re.Match[str]]] = []
    for member in members:
        stem = COPY.sub("", SUFFIX.sub("", member.name))
        match = GOOGLE_FILE.fullmatch(stem)
        if not match or member.is_empty_folder:
            continue
        if LAB_ID.fullmatch(COPY.sub("", match["right"]).lower()):
            named.append((member, "left", match["left"], match["right"]))
        elif LAB_ID.fullmatch(COPY.sub("", match["left"]).lower()):
            named.append((member, "right", match["right"], match["left"]))
        else:
            open_.append((member, match))
    if not named:
        return Reading()
    side = Counter(where for _, where, _, _ in named).most_common(1)[0][0]
    other = {"left": "right", "right": "left"}[side]
    named += [(member, side, match[side], match[other]) for member, match in open_]
    return Reading(
        [
            Owned(
                HandedIn(GOOGLE, "", COPY.sub("", student).strip()),
                _file(member, f"{file}{_ending(member)}", numbered=DOUBLED),
            )
            for member, _, student, file in named
        ]
    )


def _ending(member: Member) -> str:
    match = SUFFIX.search(member.name)
    return match[0] if match else member.suffix


class Part(NamedTuple):
    """A part of a path that matches a pattern."""

    match: re.Match[str]
    is_file: bool  # the file itself, not a folder above it


def _part(member: Member, pattern: re.Pattern[str]) -> Part | None:
    """The outermost part of a path that matches a pattern."""
    for depth, part in enumerate(member.parts):
        if match := pattern.fullmatch(part):
            return Part(match, depth + 1 == len(member.parts) and not member.is_empty_folder)
    return None


PLATFORMS: dict[str, Reader] = {
    "Canvas or Moodle": _canvas_or_moodle,
    "Brightspace": _brightspace,
    "Blackboard": _blackboard,
    "Gradescope": _gradescope,
    "ILIAS": _ilias,
    "GitHub Classroom": _github,
    "Google Classroom": _google,
}
