"""What a student is called, and the id by which files, pages and gradebooks know that student.

People are called O'Brien, van der Berg, Jan, Doe (Jane), a&b, or in a script whose vowels are
marks of their own. All of these are ids as they are, so that nbgrader, which reads the same
folders, knows the student by the same id. A name with anything else in it gets an id made from it.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata

SIGNS = frozenset("_.@+- '’,()&·")  # besides letters, their marks and digits
LONGEST = 150  # a name in an id, in bytes: files are named after it
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
    """The id of who is called so, and what its page must say about it. A Mac writes an accent as a
    character of its own; that makes nobody another person."""
    name = unicodedata.normalize("NFC", name)
    if is_student(name):
        return name, ()
    mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return f"{fit(name) or 'student'}-{mark}", (handed_in_as(name),)


def handed_in_as(name: str) -> str:
    """The note that shows a name which differs from its id."""
    return f'It was handed in under the name "{told(name)}".'


def fit(name: str) -> str:
    """A name as an id made from it holds it: letters and digits of every script, and few signs."""
    name = unicodedata.normalize("NFC", name)
    name = re.sub(r"['’`]", "", name)
    name = "".join(char if _is_of_a_word(char) or char in "_.@+-" else " " for char in name)
    name = re.sub(r" +", " ", name).strip(" .-+@")[:60]
    while name and _is_mark(name[0]):
        name = name[1:]
    return name.encode()[:LONGEST].decode(errors="ignore").rstrip(" .")


def told(name: str) -> str:
    """A file's name as a sentence may have it."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= 100 else f"{text[:60]}…{text[-30:]}"


def _is_of_a_word(char: str) -> bool:
    """What `\\w` matches, and the combining marks that it does not."""
    return char.isalnum() or _is_mark(char)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc")
