"""Which names a cell's code shows, read in linear time and without parsing: Python's parser takes
seconds over a large cell, and what a student wrote is parsed in the jail alone."""

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
"""A comment or a string, also one that does not end."""
IDENTIFIER = re.compile(r"[^\W\d]\w*")


def identifiers(source: str) -> set[str]:
    """The names in a cell's code, attributes too, outside of comments and strings."""
    return set(IDENTIFIER.findall(ASIDE.sub(_code_of, source)))


def _code_of(aside: re.Match[str]) -> str:
    """What counts as code of a comment or a string: all of an f-string, nothing of another."""
    return aside[0] if "f" in (aside["prefix"] or "").lower() else " "
