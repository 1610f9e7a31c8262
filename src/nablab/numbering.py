"""The numbers of labs and exercises. They are written only in the names of the labs' folders.

In a lab's own files `N.2` means its second exercise, and `Lab {filters}` means the lab in the
folder `labNN_filters`. Both are filled in when a file is read, so to renumber a lab you rename its
two folders.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from nablab.errors import BadLab

LAB_ID = re.compile(r"lab(\d\d)_([a-z0-9_]+)")
OWN = re.compile(r"\bN\.(?=\d)")
OTHER = re.compile(r"(?<=\b[Ll]ab )\{([a-z0-9_]+)\}")


def numbered(text: str, folder: Path) -> str:
    """A text of the lab in `folder`, with numbers filled in; raises `BadLab` for an unknown lab."""
    own = LAB_ID.fullmatch(folder.name)
    if own is None:
        raise BadLab(f"{folder} should be named labNN_topic, such as lab01_filters.")
    return OTHER.sub(
        lambda found: str(_number_of(found[1], folder)), OWN.sub(f"{int(own[1])}.", text)
    )


def _number_of(topic: str, folder: Path) -> int:
    beside = (LAB_ID.fullmatch(path.name) for path in folder.parent.iterdir())
    numbers = {found[2]: int(found[1]) for found in beside if found}
    if topic not in numbers:
        near = get_close_matches(topic, numbers, 1)
        meant = f": did you mean {near[0]}?" if near else "."
        raise BadLab(f"{folder.name} refers to Lab {{{topic}}}, but there is no such lab{meant}")
    return numbers[topic]
