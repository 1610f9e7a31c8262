"""Takes in a learning platform's "download all submissions", as a zip or unpacked.

The notebook to grade of each student is written to `submitted/STUDENT/LAB/LAB.ipynb`, where
nbgrader looks for it too. Everybody in the download has a submission, readable or not. Every file
that is not graded is listed with the reason. `platforms` says whose a file is, and `choice` which
one is graded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from nablab.course import Lab
from nablab.errors import NoSubmissions, UnreadableSubmission
from nablab.grading.intake.archive import Member, is_junk, is_zip, member_at, members_of
from nablab.grading.intake.choice import SUFFIX, Left, choose, reason
from nablab.grading.intake.disk import write_whole
from nablab.grading.intake.names import fit, handed_in_as, told
from nablab.grading.intake.platforms import PLATFORMS, Owned, Reading, read_download
from nablab.grading.intake.roster import HandedIn, Roster
from nablab.grading.records import Submission

WRAPPERS = 3  # nested folders that an unpacked download may be in
LATE = "It was handed in late."


@dataclass(frozen=True)
class TakenIn:
    """The result: everybody's submission, and the files that were not graded."""

    submissions: list[Submission]
    left: list[Left] = field(default_factory=list)
    junk: int = 0  # number of files that systems leave behind


def is_download(place: Path) -> bool:
    """Whether a place is a platform's download: a zip, or a folder in which at least half of the
    names are a platform's. So a stray file beside them changes nobody's id."""
    if not place.is_dir():
        return is_zip(place)
    return _is_unpacked(place, place, WRAPPERS)


def _is_unpacked(place: Path, folder: Path, deeper: int) -> bool:
    try:
        entries = [path for path in folder.iterdir() if not is_junk((path.name,))]
    except OSError:
        return False
    folders = [path for path in entries if path.is_dir() and not path.is_symlink()]
    files = [path for path in entries if SUFFIX.search(path.name) or path.suffix.lower() == ".zip"]
    work = [*folders, *(path for path in files if path not in folders)]
    known = len(_entries_known(place, folder, work))
    if known and known >= len(work) - known:
        return True
    notebooks = [path for path in files if path.suffix.lower() != ".zip"]
    if len(folders) == 1 and not notebooks and deeper:
        return _is_unpacked(place, folders[0], deeper - 1)
    return False


def _entries_known(place: Path, folder: Path, entries: list[Path]) -> set[str]:
    """The entries of a folder that have a platform's names, by their own names and by the names
    directly inside them."""
    members = []
    for path in entries:
        for inside in _top_of(path) if path.is_dir() else [path]:
            members.append(member_at(inside, folder))
    above = [place.name, *folder.relative_to(place).parts]
    return {member.parts[0] for member in read_download(members, above).members}


def _top_of(folder: Path) -> list[Path]:
    """Some of the files in a folder, and a made-up file in each folder there."""
    try:
        entries = [path for path in islice(folder.iterdir(), 50) if not is_junk((path.name,))]
    except OSError:
        entries = []
    return [path / "file" if path.is_dir() else path for path in entries] or [folder / "file"]


def labs_named(place: Path, labs: list[Lab]) -> list[Lab]:
    """The labs whose id is in the name of a file of the download, or else of a folder or of the
    download itself."""
    with members_of(place) as members:
        names = [member.name.lower() for member in members if not member.is_junk]
        folders = {part.lower() for member in members for part in member.parts[:-1]}
    return [lab for lab in labs if any(lab.id in name for name in names)] or [
        lab for lab in labs if any(lab.id in name for name in (place.name.lower(), *folders))
    ]


def take_in(place: Path, lab: Lab, out: Path) -> TakenIn:
    """Write the notebook to grade of each student in a download, and return all submissions."""
    with members_of(place) as members:
        reading = read_download(members, [place.name if place.is_dir() else place.stem])
        by_student: dict[tuple[str, str], list[Owned]] = {
            (who.lms, who.id or who.name): [] for who in reading.people
        }
        for one in reading.owned:
            by_student.setdefault((one.who.lms, one.who.id or one.who.name), []).append(one)
        if not by_student:
            raise NoSubmissions(
                f"{place} is not a download of {', '.join(PLATFORMS)}, by the names of its files: "
                f"unpack it and name the folder, with STUDENT/{lab.id}/{lab.id}.ipynb or "
                "STUDENT.ipynb in it."
            )
        known = {(who.lms, who.id or who.name): who for who in reading.people}
        owners = [_latest(files) or known[key] for key, files in by_student.items()]
        roster = Roster.load(out)
        students = roster.enter(lab.id, owners)
        taken = [
            _hand_over(student, files, who, lab, out / "submitted")
            for student, files, who in zip(students, by_student.values(), owners, strict=True)
        ]
        roster.save()
        left = [*_strays(members, reading), *(one for _, rest in taken for one in rest)]
        junk = sum(member.is_junk for member in members)
    submissions = sorted((one for one, _ in taken), key=lambda one: one.student)
    return TakenIn(submissions, list(dict.fromkeys(left)), junk)


def _strays(members: Sequence[Member], reading: Reading) -> list[Left]:
    """Files that belong to nobody, by their names."""
    known = reading.members | reading.aside
    strays = [
        one for one in members if one not in known and not one.is_junk and not one.is_empty_folder
    ]
    return [Left(told("/".join(one.parts)), _why_stray(one)) for one in strays]


def _why_stray(member: Member) -> str:
    why = "its name does not say whose it is"
    return why if SUFFIX.search(member.name) else f"{reason(member)}, and {why}"


def _latest(files: list[Owned]) -> HandedIn | None:
    """The owner of these files, according to the newest of them."""
    newest = max(files, key=lambda one: (one.file.attempt, one.file.order), default=None)
    return newest.who if newest else None


def _hand_over(
    student: str, files: list[Owned], who: HandedIn, lab: Lab, submitted: Path
) -> tuple[Submission, list[Left]]:
    """A student's submission, with the notebook written where nbgrader looks for it."""
    path = submitted / student / lab.id / f"{lab.id}.ipynb"
    notes = [LATE] if who.late else []
    if fit(who.name) != who.name:
        notes.append(handed_in_as(who.name))
    try:
        choice = choose([one.file for one in files], lab)
        content = choice.file.content()
    except UnreadableSubmission as error:
        path.unlink(missing_ok=True)  # a notebook from an earlier download is not graded any more
        path.parent.mkdir(parents=True, exist_ok=True)
        return Submission(student, lab.id, path, notes=tuple(notes), problem=str(error)), []
    write_whole(path, content)
    when = next((one.when for one in files if one.file.place == choice.file.place), None)
    notes += choice.notes
    return Submission(student, lab.id, path, when, notes=tuple(notes)), choice.left
