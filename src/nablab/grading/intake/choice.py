"""Chooses one notebook from everything that a student handed in, and says why the rest is not
graded.

The notebook with the lab's name is graded, or else the only one; if it was handed in more than
once, the newest. If two different notebooks remain, neither is graded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from nablab.course import Lab
from nablab.errors import UnreadableSubmission
from nablab.grading.intake.archive import Member, members_within
from nablab.grading.intake.kinds import HEAD, holds_notebook, kind_of, labs_in
from nablab.grading.intake.names import told

LARGEST_MB = 20
MOST_COPIES = 10  # copies of one notebook that are compared
NOT_A_NOTEBOOK = "not a notebook"
MOST_LEFT = 20  # files of one student that are listed by name
SUFFIX = re.compile(r"\.(?:ipynb(?:\.txt|\.json)?|json)$", re.IGNORECASE)
CHECKPOINT = re.compile(r"-checkpoint$", re.IGNORECASE)


@dataclass(frozen=True)
class File:
    """One file that a student handed in."""

    member: Member
    name: str  # as the student called it
    place: str  # its path, for the list of files that were not graded
    attempt: int = 0  # the higher, the newer; 0 if the platform does not say
    order: int = 0  # within an attempt
    numbered: re.Pattern[str] | None = None  # what the platform appends to a repeated name
    by_platform: bool = False  # written by the platform, not by the student

    @property
    def is_notebook(self) -> bool:
        return self.name.lower().endswith(".ipynb")

    @property
    def plain_name(self) -> str:
        """The name without what a platform or a browser appends if the name is taken."""
        stem, ending = SUFFIX.sub("", self.name), SUFFIX.search(self.name)
        return (self.numbered.sub("", stem) if self.numbered else stem) + (ending or [""])[0]

    @property
    def stem(self) -> str:
        return SUFFIX.sub("", self.plain_name).lower()

    def content(self) -> bytes:
        return self.member.content(LARGEST_MB << 20)


@dataclass(frozen=True)
class Left:
    """A file that was not graded, and why."""

    place: str
    why: str


@dataclass
class Choice:
    """The file that is graded, notes about it for its page, and the files that are not graded."""

    file: File
    notes: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def choose(files: list[File], lab: Lab) -> Choice:
    """The one of these files that is graded; `UnreadableSubmission` says why there is none."""
    notebooks, troubles = _notebooks(files)
    if not notebooks:
        raise UnreadableSubmission(" ".join(troubles) or _nothing_in(files))
    newest = max(file.attempt for file in notebooks)
    rivals = [file for file in notebooks if file.attempt == newest]
    named = [file for file in rivals if file.stem == lab.id]
    rivals = named or rivals
    if len({file.stem for file in rivals}) > 1 and not _alike(rivals):
        raise UnreadableSubmission(
            f"There are {len(rivals)} notebooks ({_listed(rivals)}), and none is called "
            f"{lab.id}.ipynb. Keep the one that counts and grade again."
        )
    last = max(rival.order for rival in rivals)
    final = _nearest([file for file in rivals if file.order == last], lab)
    if len(final) > 1 and not _alike(final):
        raise UnreadableSubmission(
            f"There are {len(final)} notebooks called {told(final[0].name)}. "
            "Keep the one that counts and grade again."
        )
    chosen = final[0]
    choice = Choice(chosen, troubles)
    again = [file for file in notebooks if file.attempt != newest or file in rivals]
    times = len({(file.attempt, file.order) for file in again})
    if times > 1:
        choice.notes.append(
            f"It was handed in {times} times; the newest, {told(chosen.name)}, counts."
        )
    if chosen.plain_name != f"{lab.id}.ipynb":
        choice.notes.append(called(chosen.name, f"{lab.id}.ipynb"))
    choice.notes += strange_to(chosen, lab)
    choice.left = _left(files, notebooks, choice, lab)
    return choice


def called(name: str, expected: str) -> str:
    return f"The file is called {told(name)}, expected {expected}."


def strange_to(file: File, lab: Lab) -> list[str]:
    """A note on a notebook whose cells are all named after other labs."""
    try:
        numbers = labs_in(file.content())
    except UnreadableSubmission:
        return []
    if not numbers or lab.number in numbers:
        return []
    others = " and ".join(f"lab {number}" for number in sorted(numbers)[:3])
    return [f"Its cells are from {others}, but {lab.id} is graded here."]


def reason(member: Member) -> str:
    """The kind of a file that is not graded."""
    if member.problem:
        return member.problem
    if member.is_empty_folder:
        return "an empty folder"
    if member.path is not None:
        try:
            with member.path.open("rb") as file:
                head = file.read(HEAD)
        except OSError as error:
            return f"it cannot be read ({error.strerror})"
    else:
        try:
            head = member.content(LARGEST_MB << 20)
        except UnreadableSubmission as error:
            return str(error).rstrip(".")
    kind = kind_of(head)
    return kind.is_a if kind else NOT_A_NOTEBOOK


def _notebooks(files: list[File]) -> tuple[list[File], list[str]]:
    """A student's notebooks, also those in the student's own zip, and problems with that zip. If
    there are none: notebooks that a browser or an e-mail program renamed."""
    found: list[File] = []
    troubles: list[str] = []
    for file in _of_the_student(files):
        if file.is_notebook:
            found.append(file)
        elif file.member.suffix == ".zip" and not file.member.problem:
            try:
                inner = members_within(file.member, file.name)
            except UnreadableSubmission as error:
                troubles.append(str(error))
                continue
            packed = [within(file, one) for one in inner if not one.is_junk]
            packed = [one for one in packed if one.is_notebook]
            found += packed
            if not packed:
                troubles.append(f"There is no notebook in {told(file.name)}.")
    originals = [file for file in found if not CHECKPOINT.search(file.stem)]
    return (originals or found or _renamed(files)), troubles


def within(file: File, member: Member) -> File:
    """A file in a student's own zip."""
    place = f"{file.place}/{'/'.join(member.parts)}"
    return File(member, member.name, place, file.attempt, file.order, file.numbered)


def _renamed(files: Iterable[File]) -> list[File]:
    found = []
    for file in _of_the_student(files):
        if SUFFIX.search(file.name) and not file.member.problem:
            try:
                if holds_notebook(file.content()):
                    found.append(file)
            except UnreadableSubmission:
                continue
    return found


def _of_the_student(files: Iterable[File]) -> list[File]:
    return [
        file
        for file in files
        if not (file.member.is_junk or file.member.is_empty_folder or file.by_platform)
    ]


def _alike(files: list[File]) -> bool:
    """Whether these are all copies of one file."""
    if len(files) == 1:
        return True
    if len(files) > MOST_COPIES:
        return False
    first = files[0].content()
    return all(file.content() == first for file in files[1:])


def _nothing_in(files: list[File]) -> str:
    files = [file for file in files if not (file.member.is_empty_folder or file.by_platform)]
    if not files:
        return "Nothing was handed in."
    links = [file for file in files if file.member.problem]
    if links:
        return f"No file was handed in: {told(links[0].name)} is {links[0].member.problem}."
    return f"No notebook was handed in, but {_listed(files)}."


def _nearest(files: list[File], lab: Lab) -> list[File]:
    """Of files with similar names: those with exactly the lab's name, and of these the ones in the
    outermost folder, because a backup is deeper than its original."""
    files = [file for file in files if file.plain_name == f"{lab.id}.ipynb"] or files
    depth = min(file.place.count("/") for file in files)
    return [file for file in files if file.place.count("/") == depth]


def _listed(files: list[File]) -> str:
    names = [told(file.name) for file in files]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _left(files: list[File], notebooks: list[File], choice: Choice, lab: Lab) -> list[Left]:
    """Which of these files are not graded, and why. Files that everybody has are left out: those of
    the system and the lab's own."""
    chosen = choice.file
    opened = {file.place for file in files if chosen.place.startswith(f"{file.place}/")}
    others = {file.place: file for file in [*_of_the_student(files), *notebooks]}
    beside = sorted(
        place
        for place, file in others.items()
        if file is not chosen and place not in opened and not _is_the_labs(file, lab)
    )
    found = [
        Left(told(place), _why(others[place], notebooks, chosen)) for place in beside[:MOST_LEFT]
    ]
    if len(beside) > MOST_LEFT:
        more = len(beside) - MOST_LEFT
        found.append(Left(told(chosen.place), f"and {more} more files beside it"))
    return found


def _why(file: File, notebooks: list[File], chosen: File) -> str:
    if file.member.problem:
        return file.member.problem
    if file in notebooks and (file.attempt, file.order) < (chosen.attempt, chosen.order):
        return f"an older version of {told(chosen.name)}"
    why = "" if file in notebooks or file.is_notebook else reason(file.member)
    if not why or (why == NOT_A_NOTEBOOK and SUFFIX.search(file.name)):
        return f"{told(chosen.name)} counts"
    return why


def _is_the_labs(file: File, lab: Lab) -> bool:
    """Whether a file came with the lab, such as its checks or its assets."""
    name = file.member.name
    released = (lab.folder / place / name for place in ("", "checks", "assets"))
    return name == "timestamp.txt" or (
        not file.is_notebook and any(one.is_file() for one in released)
    )
