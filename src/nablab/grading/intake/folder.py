"""Finds submissions in an instructor's own folder: whose they are, and which file is graded.

STUDENT/LAB/LAB.ipynb                  as nbgrader collects it
STUDENT/LAB.ipynb                      one folder per student
STUDENT.ipynb, STUDENT_LAB.ipynb       all in one folder

A notebook may end in `.IPYNB`, `.ipynb.txt` or `.json`, the lab's name may be in capitals, and a
student's own zip is opened. Every other file is listed with the reason why it was not graded.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path

from nablab.course import Lab
from nablab.errors import NoSubmissions, UnreadableSubmission
from nablab.grading.intake.archive import LINK, Member, is_junk, member_at, members_of
from nablab.grading.intake.choice import (
    CHECKPOINT,
    SUFFIX,
    Choice,
    File,
    Left,
    called,
    choose,
    reason,
    strange_to,
)
from nablab.grading.intake.disk import write_whole
from nablab.grading.intake.kinds import holds_notebook
from nablab.grading.intake.lms import TakenIn
from nablab.grading.intake.names import student_of, told
from nablab.grading.intake.platforms import read_download
from nablab.grading.intake.roster import Roster
from nablab.grading.records import Submission
from nablab.numbering import LAB_ID

ANOTHERS = "On disk this is the same file that somebody else handed in (a hard link)."

LIKE_A_DOWNLOAD = (
    "Its name looks like one from a learning platform's download, but most names in the folder do "
    "not, so the whole name was taken as the student's."
)


@dataclass
class Found:
    """One student's files, found in one of the layouts above."""

    student: str
    notes: tuple[str, ...]  # about the name
    files: list[File]
    place: str
    path: Path  # where the notebook is expected
    timestamp: str | None = None
    is_flat: bool = False  # named after the student, not after the lab
    is_checkpoint: bool = False
    problem: str = ""


@dataclass
class Survey:
    """Everything in a folder of submissions."""

    found: dict[str, list[Found]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    junk: int = 0

    def add(self, found: Found) -> None:
        self.found.setdefault(found.student, []).append(found)


def entries_of(folder: Path) -> list[Path]:
    """The entries of a folder of submissions, in order."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise NoSubmissions(
            f"Cannot read the submissions folder {folder}: {error.strerror}."
        ) from None


def names_lab(entry: Path, lab: Lab) -> bool:
    """Whether an entry is a submission for a lab, by its name or by the names in it."""
    names = [entry.name]
    if entry.is_dir() and not is_junk((entry.name,)):
        try:
            names = [path.name for path in entry.iterdir()]
        except OSError:
            return False
    return any(lab.id in _plain(name) for name in names)


def find_submissions(folder: Path, lab: Lab, unpacked: Path) -> TakenIn:
    """The submissions for one lab, in order of student. Unreadable ones are included, so that none
    is silently missing. Notebooks from students' own zips are written below `unpacked`."""
    survey = Survey()
    if (folder / lab.id).is_dir() and not (folder / lab.id / lab.id).is_dir():
        raise NoSubmissions(f"{folder} looks like one student's folder: name the folder above it.")
    for entry in entries_of(folder):
        _look_at(entry, folder, lab, survey)
    if not survey.found:
        raise NoSubmissions(
            f"No submissions for {lab.id} in {folder}: expected STUDENT/{lab.id}/{lab.id}.ipynb, "
            f"STUDENT/{lab.id}.ipynb or files STUDENT.ipynb."
        )
    submissions = []
    for _, found in sorted(survey.found.items()):
        submission, left = _one(found, lab, unpacked)
        submissions.append(submission)
        survey.left += left
    told_of_links = _with_hard_links_told(submissions, survey)
    return TakenIn(told_of_links, survey.left, survey.junk)


def _look_at(entry: Path, folder: Path, lab: Lab, survey: Survey) -> None:
    if entry == Roster.place(folder.parent):
        return  # our list of who came through a learning platform
    if is_junk((entry.name,)):
        survey.junk += 1
    elif entry.is_dir() and entry.suffix.lower() != ".ipynb":
        if entry.is_symlink() and not names_lab(entry, lab):
            survey.left.append(Left(told(entry.name), LINK))
        else:
            _look_into(entry, folder, lab, survey)
    else:
        _look_at_file(entry, folder, lab, survey)


def _look_at_file(path: Path, folder: Path, lab: Lab, survey: Survey) -> None:
    """A file that is named after its student."""
    file = _file(member_at(path, folder))
    name = unicodedata.normalize("NFC", path.name)
    is_zip = name.lower().endswith(".zip")
    stem = name[: -len(".zip")] if is_zip else SUFFIX.sub("", name)
    other = re.search(rf"(?:^|[-_ ])({LAB_ID.pattern})$", stem.casefold())
    if other and other[1] != lab.id and (lab.folder.parent / other[1]).is_dir():
        return  # it is graded with the other lab
    if not (is_zip or file.is_notebook or _is_renamed_notebook(file)):
        survey.left.append(Left(told(path.name), reason(file.member)))
        return
    is_checkpoint = bool(CHECKPOINT.search(stem))
    stem = CHECKPOINT.sub("", stem)
    stem = re.sub(rf"(?i)[-_ ]+{re.escape(lab.id)}(?: ?\(\d+\))?$", "", stem)
    student, notes = student_of(stem)
    if is_checkpoint or not path.name.endswith(".ipynb"):
        notes = (*notes, called(path.name, f"{stem}.ipynb"))
    if read_download([file.member], []).owned:
        notes = (*notes, LIKE_A_DOWNLOAD)
    problem = f"{told(path.name)} is {LINK}." if path.is_symlink() and is_zip else ""
    survey.add(
        Found(
            student,
            notes,
            [file],
            told(path.name),
            path,
            is_flat=not is_zip,
            is_checkpoint=is_checkpoint,
            problem=problem,
        )
    )


def _is_renamed_notebook(file: File) -> bool:
    if not SUFFIX.search(file.name) or file.member.problem:
        return False
    if file.name.lower().endswith(".ipynb.txt"):
        return True
    try:
        return holds_notebook(file.content())
    except UnreadableSubmission:
        return False


def _look_into(entry: Path, folder: Path, lab: Lab, survey: Survey) -> None:
    """A student's folder."""
    student, notes = student_of(entry.name)
    problem = f"{told(entry.name)} is {LINK}." if entry.is_symlink() else ""
    try:
        children = sorted(entry.iterdir()) if not problem else []
    except OSError as error:
        survey.left.append(Left(f"{told(entry.name)}/", f"it cannot be read ({error.strerror})"))
        return
    named = [
        child
        for child in children
        if (child.is_dir() or child.is_symlink()) and _plain(child.name) == lab.id
    ]
    named.sort(key=lambda child: child.name != lab.id)
    direct = [
        child
        for child in children
        if (child.is_symlink() or not child.is_dir()) and _is_called(child.name, lab)
    ]
    if not (named or direct or problem):
        if not any(_is_of_another_lab(child, lab) for child in children):
            why = f"holds neither {lab.id}/ nor {lab.id}.ipynb"
            survey.left.append(Left(f"{told(entry.name)}/", why))
        return
    expected = entry / lab.id / f"{lab.id}.ipynb"
    found = Found(student, notes, [], told(entry.name), expected, problem=problem)
    for at, home in enumerate(named):
        if home.is_symlink():
            found.problem = f"{told(entry.name)}/{told(home.name)} is {LINK}."
        elif at == 0:
            found.files += _files_in(home, folder, survey)
            found.timestamp = _timestamp(home)
            if home.name != lab.id:
                found.notes += (f"The folder is called {told(home.name)}, expected {lab.id}.",)
        else:
            why = f"{told(named[0].name)}/ counts"
            survey.left.append(Left(f"{told(entry.name)}/{told(home.name)}/", why))
    beside = [_file(member_at(child, folder)) for child in direct]
    if any(file.is_notebook or file.member.suffix == ".zip" for file in found.files):
        why = f"{told(entry.name)}/{lab.id}/ counts"
        survey.left += [Left(told(file.place), why) for file in beside]
    else:
        found.files += beside
    survey.add(found)


def _is_of_another_lab(child: Path, lab: Lab) -> bool:
    match = LAB_ID.match(_plain(child.name))
    return match is not None and match[0] != lab.id and (lab.folder.parent / match[0]).is_dir()


def _files_in(home: Path, folder: Path, survey: Survey) -> list[File]:
    with members_of(home) as members:
        survey.junk += sum(member.is_junk for member in members)
        return [
            _file(member_at(member.path, folder), member.is_empty_folder)
            for member in members
            if member.path is not None and not member.is_junk
        ]


def _file(member: Member, is_empty_folder: bool = False) -> File:
    member = replace(member, is_empty_folder=is_empty_folder)
    return File(member, member.name, "/".join(member.parts))


def _is_called(name: str, lab: Lab) -> bool:
    """Whether the name of a file in a student's folder is that of this lab's notebook or zip."""
    stem = re.sub(r"(?i)\.zip$", "", SUFFIX.sub("", name))
    return stem != name and _plain(CHECKPOINT.sub("", stem)) == lab.id


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _timestamp(home: Path) -> str | None:
    timestamp = home / "timestamp.txt"
    if not timestamp.is_file() or timestamp.is_symlink():
        return None
    try:
        with timestamp.open(errors="replace") as file:
            return file.read(64).strip()
    except OSError:
        return None


def _one(found: list[Found], lab: Lab, unpacked: Path) -> tuple[Submission, list[Left]]:
    """A student's submission. If two files differ, neither is chosen. A checkpoint of Jupyter is
    graded only if there is nothing else."""
    saved = [one for one in found if one.is_checkpoint]
    spare = [] if len(saved) == len(found) else saved
    found = sorted((one for one in found if one not in spare), key=lambda one: one.is_flat)
    checkpoints = [Left(one.place, "a checkpoint of Jupyter") for one in spare]
    chosen = [(one, *_chosen(one, lab)) for one in found]
    first, choice, problem = chosen[0]
    if len(found) > 1:
        usable = [(one, pick) for one, pick, _ in chosen if pick]
        copies = len(usable) == len(found) and _are_copies([pick.file for _, pick in usable])
        if not copies:
            places = " and ".join(_told_place(one, pick) for one, pick, _ in chosen)
            problem = (
                f"There are {len(found)} files of this student: {places}. "
                "Keep the one that counts and grade again."
            )
            choice = None
    notes = tuple(dict.fromkeys((*first.notes, *(choice.notes if choice else ()))))
    submission = Submission(
        first.student, lab.id, first.path, first.timestamp, notes, problem=problem
    )
    if choice is None:
        return submission, checkpoints
    path = choice.file.member.path
    if path is None:
        path = unpacked / first.student / f"{lab.id}.ipynb"
        write_whole(path, choice.file.content())
    again = "another copy of the same file"
    same = [Left(told(pick.file.place), again) for _, pick, _ in chosen[1:] if pick]
    return replace(submission, path=path), [*choice.left, *same, *checkpoints]


def _told_place(found: Found, choice: Choice | None) -> str:
    return told(choice.file.place if choice else found.place)


def _chosen(found: Found, lab: Lab) -> tuple[Choice | None, str]:
    """The file of a student that is graded, or why there is none."""
    if found.problem:
        return None, found.problem
    if found.is_flat:
        (file,) = found.files
        return Choice(file, strange_to(file, lab)), ""
    try:
        choice = choose(found.files, lab)
        if choice.file.member.path is None:
            choice.file.content()  # raises now if the zip is bad
        return choice, ""
    except UnreadableSubmission as error:
        return None, str(error)


def _are_copies(files: list[File]) -> bool:
    try:
        return len({file.content() for file in files}) == 1
    except UnreadableSubmission:
        return False


def _with_hard_links_told(submissions: list[Submission], survey: Survey) -> list[Submission]:
    """If two students share one notebook or zip on disk, both get a note. Its owner cannot be
    known, and a plain copy would have earned the same points."""
    owners: dict[tuple[int, int], set[str]] = {}
    for student, found in survey.found.items():
        for file in (file for one in found for file in one.files):
            is_work = file.is_notebook or file.member.suffix == ".zip"
            inode = _inode(file.member.path) if is_work else None
            if inode:
                owners.setdefault(inode, set()).add(student)
    linked = {student for group in owners.values() if len(group) > 1 for student in group}
    return [
        replace(one, notes=(*one.notes, ANOTHERS)) if one.student in linked else one
        for one in submissions
    ]


def _inode(path: Path | None) -> tuple[int, int] | None:
    """The identity of a file on disk, if it has more than one name."""
    try:
        found = path.lstat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found and found.st_nlink > 1 else None
