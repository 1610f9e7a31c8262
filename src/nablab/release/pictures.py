"""Checks that every picture of a lab is drawn, and described for people who cannot see it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from nablab.authored.answers import Answers
from nablab.authored.read import EXERCISE, PICTURE, SETUP
from nablab.show.canvas import Notice, Words

SHORTEST = 60  # characters: a description of this length or less is too short


def check_pictures(answers: Answers) -> list[str]:
    """Problems with the descriptions of a lab's pictures."""
    place = f"{answers.lab.id}/lab.py"
    return [
        f"{place}, line {line}: {wrong}"
        for line, said in words_of_pictures(answers)
        if (wrong := _wrong_with(said))
    ]


def _wrong_with(said: Any) -> str:
    if not isinstance(said, Words):
        return "the picture returns no words: it should end with a call that returns Words"
    if isinstance(said, Notice):
        return f"the picture is not drawn with the reference: {said}"
    if len(said) <= SHORTEST:
        return (
            f"the picture's words have {len(said)} characters, but need more than {SHORTEST}: "
            f"{said}"
        )
    return ""


def words_of_pictures(
    answers: Answers, source_of: Callable[[str], str] = lambda source: source
) -> Iterator[tuple[int, Any]]:
    """Runs a lab's notebook without a screen and yields each picture's line in `lab.py` and its
    words. `source_of` may change the cells' sources."""
    import matplotlib.pyplot as plt

    text = (answers.lab.folder / "lab.py").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    with patch.object(plt, "show", lambda: plt.close("all")):
        for cell in answers.cells:
            if cell.kind in (SETUP, EXERCISE):
                exec(source_of(cell.source), names)
            elif cell.kind == PICTURE:
                tree = ast.parse(cell.source)
                last = tree.body.pop()
                exec(compile(tree, "<picture>", "exec"), names)
                shown = ast.Expression(last.value) if isinstance(last, ast.Expr) else None
                said = eval(compile(shown, "<picture>", "eval"), names) if shown else None
                yield text[: text.find(cell.source[:60])].count("\n") + 1, said
                plt.close("all")
