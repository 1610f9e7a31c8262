"""The files of a zip or of a folder that nobody vouches for, each read within bounds.

Nothing is ever written by a name that a zip gives: a member's path only says whose it is, and its
bytes are read up to a limit, whatever its header claims. What is wrong with a member is said when
that member is read, so that it costs its own student and no other.
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
from dataclasses import dataclass
from pathlib import Path

from nablab.errors import NoSubmissions, UnreadableSubmission

LARGEST_ZIP_MB = 50  # a student's own zip, packed
MOST_MEMBERS = 5_000  # in a student's own zip
JUNK = {".ds_store", "thumbs.db", "desktop.ini", ".ipynb_checkpoints", "__pycache__", ".git"}
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
ENCRYPTED, IN_UTF8 = 0x1, 0x800  # a member's flags
DIRECTORY_ENTRY = b"PK\x01\x02"


@dataclass(frozen=True)
class Member:
    """One file, by the parts of its path."""

    parts: tuple[str, ...]
    content: Callable[[int], bytes]  # at most so many bytes; UnreadableSubmission in one sentence

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.name)[1].lower()

    @property
    def is_junk(self) -> bool:
        """Whether a system left this, and no student."""
        return any(part.lower() in JUNK for part in self.parts)


def is_zip(place: Path) -> bool:
    return place.is_file() and (place.suffix.lower() == ".zip" or zipfile.is_zipfile(place))


@contextmanager
def members_of(place: Path) -> Iterator[list[Member]]:
    """What is in a zip or a folder, in order of path."""
    if place.is_dir():
        yield _in_order(_in_folder(place))
        return
    try:
        archive = zipfile.ZipFile(place)
    except DAMAGE as error:
        why = error.strerror if isinstance(error, OSError) else "it is damaged or breaks off"
        raise NoSubmissions(
            f"{place} cannot be read as a zip ({why}): download it again."
        ) from None
    with archive:
        yield _in_order(_in_zip(archive))


def members_within(packed: Member, name: str) -> list[Member]:
    """What is in a student's own zip, which the student called `name`. A zip in that one is a file
    like any other."""
    data = packed.content(LARGEST_ZIP_MB << 20)
    if data.count(DIRECTORY_ENTRY) > MOST_MEMBERS:
        raise UnreadableSubmission(
            f"{told(name)} holds more than {MOST_MEMBERS} files: pack the notebook alone."
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGE:
        raise UnreadableSubmission(f"{told(name)} is no whole zip.") from None
    return _in_order(_in_zip(archive))


def told(name: str) -> str:
    """A file's name as a sentence may have it."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= 100 else f"{text[:60]}…{text[-30:]}"


def _in_order(members: list[Member]) -> list[Member]:
    """Without the doubles that a Mac adds to each file: they have its name."""
    kept = [
        member
        for member in members
        if "__MACOSX" not in member.parts and not member.name.startswith("._")
    ]
    return sorted(kept, key=lambda member: member.parts)


def _in_folder(folder: Path) -> list[Member]:
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            found.append(Member(_parts(str(path.relative_to(folder))), _file_reader(path)))
    return found


def _file_reader(path: Path) -> Callable[[int], bytes]:
    def content(limit: int) -> bytes:
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise UnreadableSubmission(f"{told(path.name)} is a link or no file.")
            with path.open("rb") as file:
                return _bounded(file.read(limit + 1), path.name, limit)
        except OSError as error:
            raise UnreadableSubmission(
                f"{told(path.name)} cannot be read: {error.strerror}."
            ) from None

    return content


def _in_zip(archive: zipfile.ZipFile) -> list[Member]:
    return [
        Member(_parts(_name(info)), _zip_reader(archive, info))
        for info in archive.infolist()
        if not _name(info).endswith(("/", "\\"))
    ]


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    name = _name(info)

    def content(limit: int) -> bytes:
        if ".." in _parts(name):
            raise UnreadableSubmission(f"The path {told(name)} leads out of the zip.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UnreadableSubmission(f"{told(name)} is a link and no file.")
        if info.flag_bits & ENCRYPTED:
            raise UnreadableSubmission(f"{told(name)} is encrypted: hand it in without a password.")
        if info.compress_type not in METHODS:
            raise UnreadableSubmission(
                f"{told(name)} is packed by an unusual method: hand in the notebook itself."
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
    """A member's path. Zips of UTF-8 names that do not say so are common."""
    name = info.orig_filename
    if not info.flag_bits & IN_UTF8:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            pass
    return name


def _parts(name: str) -> tuple[str, ...]:
    """A path's parts, as text that any file can hold. An accent may be written as a letter of its
    own; here it never is."""
    name = name.encode("utf-8", "replace").decode()
    parts = re.split(r"[/\\]", unicodedata.normalize("NFC", name))
    return tuple(part for part in parts if part not in ("", ".")) or ("?",)
