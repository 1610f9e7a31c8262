"""A student's name, and the id that stands for the student in files, pages and gradebooks.

People are called O'Brien, van der Berg, Jan, Doe (Jane) or a&b, and some scripts write vowels as
separate marks. All of these names are ids as they are, so that nbgrader, which reads the same
folders, uses the same id. If a name contains anything else, an id is made from it.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata

SIGNS = frozenset("_.@+- '’,()&·")  # besides letters, their marks and digits
LONGEST = 150  # bytes of a name in an id, because files are named after it
LONGEST_ID = 200


def is_student(name: str) -> bool:
    """Whether a name can be an id. A combining mark belongs to the letter before it."""
    return (
        0 < len(name) <= 100
        and len(name.encode("utf-8", "surrogatepass")) <= LONGEST_ID
        and name[0] != "."
        and not _is_mark(name[0])
        and any(char.isalnum() for char in name)
        and all(_is_of_a_word(char) or char in SIGNS for char in name)
    )


def student_of(name: str) -> tuple[str, tuple[str, ...]]:
    """The id of the student with this name, and notes about it for the student's page. macOS writes
    an accent as a separate character; both spellings give the same id."""
    name = unicodedata.normalize("NFC", name)
    if is_student(name):
        return name, ()
    mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return f"{fit(name) or 'student'}-{mark}", (handed_in_as(name),)


def handed_in_as(name: str) -> str:
    """The note that shows the name, if it differs from the id."""
    return f'It was handed in under the name "{told(name)}".'


def fit(name: str) -> str:
    """A name as it appears in an id: letters and digits of every script, and a few signs."""
    name = unicodedata.normalize("NFC", name)
    name = re.sub(r"['’`]", "", name)
    name = "".join(char if _is_of_a_word(char) or char in "_.@+-" else " " for char in name)
    name = re.sub(r" +", " ", name).strip(" .-+@")[:60]
    while name and _is_mark(name[0]):
        name = name[1:]
    return name.encode()[:LONGEST].decode(errors="ignore").rstrip(" .")


def told(name: str) -> str:
    """A file's name, made safe to show in a sentence."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= 100 else f"{text[:60]}…{text[-30:]}"


def _is_of_a_word(char: str) -> bool:
    """Whether this is a letter, a digit or a combining mark."""
    return char.isalnum() or _is_mark(char)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc")
