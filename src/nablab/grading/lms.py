"""Takes in what Canvas and Moodle give as «download all submissions», as a zip or unpacked.

Canvas: `lastnamefirstname[_LATE]_USER_ATTACHMENT_file.ipynb`, all in one folder; a file that is
handed in again is called `file-1.ipynb`, and its attachment's number is higher.
Moodle: `Full Name_PARTICIPANT_assignsubmission_file_/file.ipynb`, or the same with `_` for `/`.

Of each student the one notebook that counts is written to `submitted/STUDENT/LAB/LAB.ipynb`, where
nbgrader looks for it too. Whoever is in the download is a submission, readable or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from nablab.course import Lab
from nablab.errors import NablabError, NoSubmissions, UnreadableSubmission
from nablab.grading.archive import Member, is_zip, members_of, members_within, told
from nablab.grading.records import Submission
from nablab.grading.roster import CANVAS, MOODLE, HandedIn, Roster
from nablab.grading.submission import LARGEST_MB

CANVAS_FILE = re.compile(
    r"(?:(?P<name>.+?)_)??(?:(?P<late>LATE|late)_)?(?P<user>\d+|anon_[A-Za-z0-9]+)"
    r"_(?:(?P<attachment>\d+)_(?P<file>.+)|(?:text|link)\.html)",
    re.DOTALL,
)
MOODLE_FILE = re.compile(
    r"(?P<name>.*?)(?:_(?P<participant>\d+))?_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?",
    re.DOTALL,
)
HANDED_IN_AGAIN = re.compile(
    r"(?:-\d{1,3}|-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}| ?\(\d+\))$"
)
MOST_COPIES = 10  # of one notebook that are compared
NAMES = "Canvas's (name_12345_67890_FILE) or Moodle's (Full Name_12345_assignsubmission_file_/FILE)"


@dataclass(frozen=True)
class Owned:
    """A file of a download, and whose it is."""

    who: HandedIn
    member: Member
    name: str  # as the student called it
    order: int = 0  # the higher, the newer; Moodle gives the newest only


@dataclass(frozen=True)
class TakenIn:
    """What a download came to."""

    submissions: list[Submission]
    strays: list[str] = field(default_factory=list)  # files of no student


def is_download(place: Path) -> bool:
    """Whether a place is a platform's download: a zip, or a folder with nothing else in it."""
    if not place.is_dir():
        return is_zip(place)
    try:
        entries = [path for path in place.iterdir() if not path.name.startswith((".", "__"))]
    except OSError:
        return False
    work = [path for path in entries if path.is_dir() or path.suffix.lower() in (".ipynb", ".zip")]
    return bool(work) and all(
        CANVAS_FILE.fullmatch(path.name) or MOODLE_FILE.fullmatch(path.name) for path in work
    )


def labs_named(place: Path, labs: list[Lab]) -> list[Lab]:
    """The labs whose id is in the names of a download's files, or else in its own."""
    with members_of(place) as members:
        names = [member.name.lower() for member in members]
    return [lab for lab in labs if any(lab.id in name for name in names)] or [
        lab for lab in labs if lab.id in place.name.lower()
    ]


def take_in(place: Path, lab: Lab, out: Path) -> TakenIn:
    """Write the notebook that counts of each student in a download, and tell of all of them."""
    with members_of(place) as members:
        owned = {member: _owned(member) for member in members}
        piles: dict[tuple[str, str], list[Owned]] = {}
        for file in filter(None, owned.values()):
            piles.setdefault((file.who.lms, file.who.id or file.who.name), []).append(file)
        if not piles:
            raise NoSubmissions(
                f"{place} holds no file with a name of {NAMES}: unpack it and name the folder, "
                f"with STUDENT/{lab.id}/{lab.id}.ipynb or STUDENT.ipynb in it."
            )
        roster = Roster.load(out)
        owners = [_latest(pile) for pile in piles.values()]
        submissions = [
            _hand_over(student, pile, who, lab, out / "submitted")
            for student, pile, who in zip(
                roster.enter(lab.id, owners), piles.values(), owners, strict=True
            )
        ]
        roster.save()
    strays = [
        told("/".join(member.parts))
        for member, file in owned.items()
        if file is None and not member.is_junk
    ]
    return TakenIn(sorted(submissions, key=lambda one: one.student), strays)


def _owned(member: Member) -> Owned | None:
    """Whose file this is, by its name; None if it is nobody's. What a student may choose stands at
    the end, so where a name can be read in both ways, the shorter student is the right one."""
    canvas = CANVAS_FILE.fullmatch(member.name)
    for depth, part in enumerate(member.parts):
        is_file = depth + 1 == len(member.parts)
        if moodle := MOODLE_FILE.fullmatch(part):
            if is_file and canvas and len(canvas["name"] or "") < len(moodle["name"]):
                break
            who = HandedIn(MOODLE, moodle["participant"] or "", moodle["name"].strip())
            return Owned(who, member, (moodle["file"] or part) if is_file else member.name)
    if not canvas:
        return None
    who = HandedIn(CANVAS, canvas["user"], canvas["name"] or "", late=bool(canvas["late"]))
    return Owned(who, member, canvas["file"] or member.name, int(canvas["attachment"] or 0))


def _latest(pile: list[Owned]) -> HandedIn:
    """Who a pile is of, as the newest file in it says."""
    return max(pile, key=lambda file: file.order).who


def _hand_over(
    student: str, pile: list[Owned], who: HandedIn, lab: Lab, submitted: Path
) -> Submission:
    path = submitted / student / lab.id / f"{lab.id}.ipynb"
    notes = ["It was handed in late."] if who.late else []
    try:
        content = _chosen(pile, lab, notes)
    except UnreadableSubmission as error:
        path.unlink(missing_ok=True)  # what an earlier download had there no longer counts
        path.parent.mkdir(parents=True, exist_ok=True)
        return Submission(student, lab.id, path, notes=tuple(notes), problem=str(error))
    _write(path, content)
    return Submission(student, lab.id, path, notes=tuple(notes))


def _chosen(pile: list[Owned], lab: Lab, notes: list[str]) -> bytes:
    """The notebook that counts: the one with the lab's name, else the only one; the newest of it
    if it was handed in more than once. Where that leaves more than one, none counts."""
    notebooks, troubles = _notebooks(pile)
    if not notebooks:
        raise UnreadableSubmission(
            " ".join(troubles) or f"No notebook was handed in, but {_listed(pile)}."
        )
    notes.extend(troubles)
    named = [file for file in notebooks if _stem(file) == lab.id]
    rivals = named or notebooks
    if len({_stem(file) for file in rivals}) > 1:
        raise UnreadableSubmission(
            f"There are {len(rivals)} notebooks ({_listed(rivals)}), and none is called "
            f"{lab.id}.ipynb. Keep the one that counts and grade again."
        )
    last = max(rival.order for rival in rivals)
    newest = [file for file in rivals if file.order == last]
    content = newest[0].member.content(LARGEST_MB << 20)
    if len(newest) > MOST_COPIES or any(
        file.member.content(LARGEST_MB << 20) != content for file in newest[1:]
    ):
        raise UnreadableSubmission(
            f"There are {len(newest)} notebooks called {told(newest[0].name)}. "
            "Keep the one that counts and grade again."
        )
    if len(rivals) > len(newest):
        notes.append(
            f"It was handed in {len(rivals)} times; the newest, {told(newest[0].name)}, counts."
        )
    if not named:
        notes.append(f"The file is called {told(newest[0].name)}, expected {lab.id}.ipynb.")
    return content


def _notebooks(pile: list[Owned]) -> tuple[list[Owned], list[str]]:
    """A student's notebooks, also those in the student's own zip; and what is wrong with that."""
    found, troubles = [], []
    for file in pile:
        if file.member.is_junk:
            continue
        if file.member.suffix == ".ipynb":
            found.append(file)
        elif file.member.suffix == ".zip":
            try:
                inner = members_within(file.member, file.name)
            except UnreadableSubmission as error:
                troubles.append(str(error))
                continue
            packed = [one for one in inner if one.suffix == ".ipynb" and not one.is_junk]
            found += [Owned(file.who, member, member.name, file.order) for member in packed]
            if not packed:
                troubles.append(f"There is no notebook in {told(file.name)}.")
    return found, troubles


def _stem(file: Owned) -> str:
    """A file's name without what the platform or a browser adds where there is one already."""
    stem = re.sub(r"(?i)\.ipynb$", "", file.name).lower()
    return HANDED_IN_AGAIN.sub("", stem) if file.who.lms == CANVAS else stem


def _listed(files: list[Owned]) -> str:
    names = [told(file.name) for file in files]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        raise NablabError(f"{path} cannot be written: {error.strerror}.") from None
