"""Names the kind of a file that is not a notebook, so that its owner reads more than "damaged"."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 65_536  # bytes that are examined
PYTHON = re.compile(
    rb"^(?:import \w|from [\w.]+ import |def \w+\(|class \w+[(:]|# ?%%|# In\[|#!.*python)",
    re.MULTILINE,
)
HOLDS_NOTEBOOK = re.compile(rb'"(?:nbformat|cells|worksheets)"\s*:')
EXPORT = "in JupyterLab or Colab, download the notebook itself (.ipynb)"
UNPACK = "unpack it and hand in the notebook inside"
PLAIN = "hand in the notebook itself (.ipynb)"


@dataclass(frozen=True)
class Kind:
    """What a file is, and what its owner should do instead."""

    is_a: str  # "a PDF"
    instead: str

    def __str__(self) -> str:
        return f"The file is {self.is_a}, not a notebook: {self.instead}."


BY_FIRST_BYTES: tuple[tuple[bytes, Kind], ...] = (
    (
        b"version https://git-lfs.github.com/spec/",
        Kind(
            "a Git LFS pointer",
            "it only says where Git keeps the file. Run `git lfs pull` and hand in the notebook",
        ),
    ),
    (b"%PDF-", Kind("a PDF", EXPORT)),
    (b"\x89PNG\r\n", Kind("a picture (PNG)", PLAIN)),
    (b"\xff\xd8\xff", Kind("a picture (JPEG)", PLAIN)),
    (b"GIF8", Kind("a picture (GIF)", PLAIN)),
    (b"II*\0", Kind("a picture (TIFF)", PLAIN)),
    (b"MM\0*", Kind("a picture (TIFF)", PLAIN)),
    (b"\xd0\xcf\x11\xe0", Kind("an old Word, Excel or PowerPoint file", PLAIN)),
    (b"{\\rtf", Kind("a text document (RTF)", PLAIN)),
    (b"7z\xbc\xaf\x27\x1c", Kind("a packed file (7z)", UNPACK)),
    (b"Rar!\x1a\x07", Kind("a packed file (RAR)", UNPACK)),
    (b"\x1f\x8b", Kind("a packed file (gzip)", UNPACK)),
    (b"BZh", Kind("a packed file (bzip2)", UNPACK)),
    (b"\xfd7zXZ\0", Kind("a packed file (xz)", UNPACK)),
    (b"\x89HDF\r\n", Kind("a saved model or data (HDF5)", PLAIN)),
    (b"SQLite format 3\0", Kind("a database (SQLite)", PLAIN)),
    (b"\x7fELF", Kind("a program", PLAIN)),
    (b"bplist00", Kind("a macOS link file", PLAIN)),
    (b"\0\5\x16\7", Kind("a file that macOS keeps beside another", PLAIN)),
    (b"L\0\0\0\1\x14\2\0", Kind("a Windows shortcut", PLAIN)),
    (b"[InternetShortcut]", Kind("a link to a web page", PLAIN)),
    (b"[Desktop Entry]", Kind("a shortcut", PLAIN)),
)
EMPTY = Kind("empty (0 bytes)", "")
ZIP = Kind("a zip", UNPACK)
OFFICE = (
    (b"word/", Kind("a Word file", PLAIN)),
    (b"xl/", Kind("an Excel file", PLAIN)),
    (b"ppt/", Kind("a PowerPoint file", PLAIN)),
    (b"opendocument", Kind("a LibreOffice document", PLAIN)),
    (b"Index/Document.iwa", Kind("a Pages document", PLAIN)),
)
HTML = Kind("an HTML page", EXPORT)
SVG = Kind("a picture (SVG)", PLAIN)
HEIC = Kind("a picture (HEIC)", PLAIN)
WEBP = Kind("a picture (WebP)", PLAIN)
DRIVE = Kind("a Google Drive link file", EXPORT)
SCRIPT = Kind("a Python script", "paste its code into the lab's notebook and hand in that")


def kind_of(data: bytes) -> Kind | None:
    """The kind of a file, from its first bytes. None for a notebook and for an unknown kind."""
    if not data:
        return EMPTY
    for beginning, kind in BY_FIRST_BYTES:
        if data.startswith(beginning):
            return kind
    if data.startswith((b"PK\3\4", b"PK\5\6")):
        return next((kind for part, kind in OFFICE if part in data[:HEAD]), ZIP)
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return HEIC
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    return _kind_of_text(data[:HEAD])


def _kind_of_text(head: bytes) -> Kind | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    start = text[:200].lower()
    if start.startswith(b"{"):
        is_link = re.match(rb'\{\s*"(?:url|doc_id|":)', start) and b"google" in head.lower()
        return DRIVE if is_link and not HOLDS_NOTEBOOK.search(head) else None
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return HTML
    if start.startswith(b"<") and not start.startswith(b"<<<<<<<"):  # a merge conflict of Git
        if b"<svg" in head[:2000].lower():
            return SVG
        if b"<html" in head[:2000].lower():
            return HTML
        if b"<plist" in head[:2000].lower():
            return Kind("a macOS link file", PLAIN)
        return Kind("an XML file", PLAIN)
    if not start.startswith(b"[") and b"\0" not in head and PYTHON.search(head):
        return SCRIPT
    return None


def sentence(kind: Kind) -> str:
    """The sentence that its owner reads."""
    if kind is EMPTY:
        return "The file is empty (0 bytes): save the notebook in JupyterLab and hand it in again."
    return str(kind)


def holds_notebook(data: bytes) -> bool:
    """Whether a file with another ending holds a notebook, complete or not."""
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and len(set(HOLDS_NOTEBOOK.findall(data))) > 1


def labs_in(data: bytes) -> set[int]:
    """The numbers of the labs whose exercises a notebook's cells are named after."""
    found = re.findall(rb'"(?:grade_)?id"\s*:\s*"(?:ex|check)-(\d{1,3})-\d{1,3}"', data)
    return {int(number) for number in found}
