"""The names in a cell's code, found in linear time and without parsing: Python's parser takes
seconds for a large cell, and student code is parsed only in the jail."""

from __future__ import annotations

import re

ASIDE = re.compile(
    r"""
    \#[^\n]*
    | (?P<prefix> \b [A-Za-z]{1,2} )? (?:
        \"\"\" (?: [^"\\]++ | \\. | "(?!"") )*+ (?: \"\"\" )?
        | ''' (?: [^'\\]++ | \\. | '(?!'') )*+ (?: ''' )?
        | " (?: [^"\\\n]++ | \\. )*+ "?
        | ' (?: [^'\\\n]++ | \\. )*+ '?
    )
    """,
    re.VERBOSE | re.DOTALL,
)
"""A comment or a string, even an unterminated one."""
IDENTIFIER = re.compile(r"[^\W\d]\w*")


def identifiers(source: str) -> set[str]:
    """The names in a cell's code, including attributes, outside comments and strings."""
    return set(IDENTIFIER.findall(ASIDE.sub(_code_of, source)))


def _code_of(aside: re.Match[str]) -> str:
    """The part of a comment or a string that counts as code: all of an f-string, else nothing."""
    return aside[0] if "f" in (aside["prefix"] or "").lower() else " "
