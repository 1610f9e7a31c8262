"""The files of an untrusted zip or folder, each read within bounds.

A path in a zip is never used as a place to write to: it only says whose file it is. A member's
bytes are read up to a limit, whatever its header claims. Errors in a member are reported when that
member is read, so they affect only its own student.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nablab.errors import NoSubmissions, UnreadableSubmission
from nablab.grading.intake.names import told

LARGEST_ZIP_MB = 50  # of a student's own zip, packed
MOST_MEMBERS = 5_000  # in a student's own zip
JUNK = {
    ".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", ".ipynb_checkpoints", "__pycache__",
    "__macosx", ".git", ".svn", ".idea", ".vscode", ".gitignore", ".gitattributes", ".gitkeep",
    ".directory", ".localized", ".virtual_documents",
}  # fmt: skip
LINK = "a link, and links are not followed"
NO_FILE = "neither a file nor a folder"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may need gigabytes to unpack
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
ENCRYPTED, IN_UTF8 = 0x1, 0x800  # a member's flags
DIRECTORY_ENTRY = b"PK\x01\x02"


@dataclass(frozen=True)
class Member:
    """One file, by the parts of its path."""

    parts: tuple[str, ...]
    content: Callable[[int], bytes]  # takes the largest size; raises UnreadableSubmission
    path: Path | None = None  # its path on disk, if it is not in a zip
    problem: str = ""  # what it is instead of a file
    is_empty_folder: bool = False

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.name)[1].lower()

    @property
    def is_junk(self) -> bool:
        """Whether an operating system or a tool left this, not a student."""
        return is_junk(self.parts)


def is_junk(parts: tuple[str, ...]) -> bool:
    return any(part.lower() in JUNK or part.startswith(("._", "~$", ".~")) for part in parts)


def is_zip(place: Path) -> bool:
    return place.is_file() and (place.suffix.lower() == ".zip" or zipfile.is_zipfile(place))


@contextmanager
def members_of(place: Path) -> Iterator[list[Member]]:
    """The files in a zip or a folder, in order of path."""
    if place.is_dir():
        yield _in_order(_in_folder(place))
        return
    try:
        archive = zipfile.ZipFile(place)
    except DAMAGE as error:
        why = error.strerror if isinstance(error, OSError) else "it is damaged or incomplete"
        raise NoSubmissions(
            f"{place} cannot be read as a zip ({why}): download it again."
        ) from None
    with archive:
        yield _in_order(_in_zip(archive))


def members_within(packed: Member, name: str) -> list[Member]:
    """The files in a student's own zip, which the student called `name`. A zip inside it is a file
    like any other."""
    data = packed.content(LARGEST_ZIP_MB << 20)
    if data.count(DIRECTORY_ENTRY) > MOST_MEMBERS:
        raise UnreadableSubmission(
            f"{told(name)} holds more than {MOST_MEMBERS} files: pack the notebook alone."
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGE:
        raise UnreadableSubmission(f"{told(name)} is not a complete zip.") from None
    return _in_order(_in_zip(archive))


def _in_order(members: list[Member]) -> list[Member]:
    """Sorted by path, without the companion files that macOS adds under each file's name."""
    kept = [
        member
        for member in members
        if "__MACOSX" not in member.parts and not member.name.startswith("._")
    ]
    return sorted(kept, key=lambda member: member.parts)


def _in_folder(folder: Path) -> list[Member]:
    """All files, and empty folders, which may be somebody's too. Links are not followed."""
    found = []
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        closed = [name for name in folders if is_junk((name,)) or not _may_enter(Path(place, name))]
        folders[:] = sorted(set(folders) - {*links, *closed})
        for name in [*names, *links, *closed]:
            found.append(member_at(Path(place, name), folder))
        if not (folders or names or links or closed) and Path(place) != folder:
            found.append(replace(member_at(Path(place), folder), is_empty_folder=True))
    return found


def member_at(path: Path, folder: Path) -> Member:
    """The file at a path, as a member of a folder above it."""
    return Member(_parts(str(path.relative_to(folder))), _file_reader(path), path, _problem(path))


def _problem(path: Path) -> str:
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    if stat.S_ISLNK(mode):
        return LINK
    if stat.S_ISDIR(mode):
        return "" if _may_enter(path) else "a folder that may not be opened"
    return "" if stat.S_ISREG(mode) else NO_FILE


def _may_enter(path: Path) -> bool:
    return os.access(path, os.R_OK | os.X_OK)


def _file_reader(path: Path) -> Callable[[int], bytes]:
    def content(limit: int) -> bytes:
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise UnreadableSubmission(f"{told(path.name)} is a link or not a file.")
            with path.open("rb") as file:
                return _bounded(file.read(limit + 1), path.name, limit)
        except OSError as error:
            raise UnreadableSubmission(
                f"{told(path.name)} cannot be read: {error.strerror}."
            ) from None

    return content


def _in_zip(archive: zipfile.ZipFile) -> list[Member]:
    found, folders = [], []
    for info in archive.infolist():
        parts = _parts(_name(info))
        if _name(info).endswith(("/", "\\")):
            folders.append(Member(parts, _zip_reader(archive, info), is_empty_folder=True))
        else:
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            reader = _zip_reader(archive, info)
            found.append(Member(parts, reader, problem=LINK if is_link else ""))
    full = {member.parts[:depth] for member in found for depth in range(len(member.parts))}
    full |= {folder.parts[:depth] for folder in folders for depth in range(len(folder.parts))}
    return found + [folder for folder in folders if folder.parts not in full]


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    name = _name(info)

    def content(limit: int) -> bytes:
        if ".." in _parts(name):
            raise UnreadableSubmission(f"The path {told(name)} leads out of the zip.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UnreadableSubmission(f"{told(name)} is a link, not a file.")
        if info.flag_bits & ENCRYPTED:
            raise UnreadableSubmission(f"{told(name)} is encrypted: hand it in without a password.")
        if info.compress_type not in METHODS:
            raise UnreadableSubmission(
                f"{told(name)} is packed with an unusual method: hand in the notebook itself."
            )
        try:
            with archive.open(info) as file:
                return _bounded(file.read(limit + 1), name, limit)
        except DAMAGE:
            raise UnreadableSubmission(f"{told(name)} is damaged in the zip.") from None

    return content


def _bounded(data: bytes, name: str, limit: int) -> bytes:
    if len(data) > limit:
        raise UnreadableSubmission(f"{told(name)} is larger than {limit >> 20} MB.")
    return data


def _name(info: zipfile.ZipInfo) -> str:
    """A member's path. Zips often have UTF-8 names without the flag that says so."""
    name = info.orig_filename
    if not info.flag_bits & IN_UTF8:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            pass
    return name


def _parts(name: str) -> tuple[str, ...]:
    """A path's parts, as text that any file can hold. An accent and its letter become one
    character (NFC)."""
    name = name.encode("utf-8", "replace").decode()
    parts = re.split(r"[/\\]", unicodedata.normalize("NFC", name))
    return tuple(part for part in parts if part not in ("", ".")) or ("?",)
