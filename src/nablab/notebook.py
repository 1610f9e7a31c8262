"""The functions for students in a lab's notebook: `check("1.2")`, `hint("1.2")`,
`predict("1.2", "a")`.

Here the checks run in the student's own kernel, in order to teach. Their results do not count. At
grading the same checks run again on the other side of the trust boundary.
"""

from __future__ import annotations

import ast
import inspect
import json
import linecache
import textwrap
import types
from pathlib import Path
from typing import Any

from nablab.checking.card import Card, Pace, card_for
from nablab.checking.fingerprint import diagnose, load
from nablab.checking.load import LabCode
from nablab.checking.runner import FAILED, PASSED, SKIPPED, Outcome, run_checks
from nablab.course import Exercise, Lab, find_course, read_lab
from nablab.errors import LabNotFound
from nablab.numbering import LAB_ID
from nablab.sandbox.forbidden import aliases_in, forbidden_name
from nablab.sandbox.student import LocalLink, Student, slowest_call

PROGRESS = "progress.json"


def check(exercise_id: str) -> None:
    """Run the visible checks of an exercise on this notebook's functions, and show the card."""
    lab = _lab_of(exercise_id)
    show_card(check_namespace(lab, exercise_id, _namespace()))


def check_namespace(lab: Lab, exercise_id: str, namespace: dict[str, Any]) -> Card:
    """The card for an exercise whose answer is in a namespace. Saves the progress."""
    exercise = lab.exercise(exercise_id)
    student = Student(LocalLink(namespace), exercise.signatures)
    return check_student(lab, exercise, student, _forbidden(exercise, namespace))


def check_student(lab: Lab, exercise: Exercise, student: Student, forbidden: str = "") -> Card:
    """The card for an exercise answered by a `student`. Saves the progress."""
    code = LabCode(lab)
    checks = code.visible(exercise)
    prints = load(code, exercise).get(exercise.id)
    diagnosis, pace = "", None
    if forbidden:
        first, *rest = checks
        outcomes = [
            Outcome(first.name, first.title, first.stage, FAILED, says=forbidden, kind="forbidden"),
            *(Outcome(item.name, item.title, item.stage, SKIPPED) for item in rest),
        ]
    else:
        outcomes = run_checks(checks, student, seed=lab.id)
        if not any(outcome.kind == "time" for outcome in outcomes):
            pace = Pace(slowest_call(student), max(o.seconds for o in outcomes), lab.limits)
        if any(outcome.kind in ("mismatch", "error") for outcome in outcomes):
            diagnosis = diagnose(student, prints).says
    progress = Progress(lab)
    passed = sum(outcome.state == PASSED for outcome in outcomes)
    progress.set("checks", exercise.id, {"passed": passed, "of": len(outcomes)})
    return card_for(
        exercise,
        outcomes,
        diagnosis=diagnosis,
        hidden_checks=prints.hidden_checks if prints else 0,
        predicted=progress.get("predictions", exercise.id),
        pace=pace,
    )


def hint(exercise_id: str) -> None:
    """Show an exercise's next hint: first a question, then the idea, then nearly the code."""
    lab = _lab_of(exercise_id)
    print(next_hint(lab, lab.exercise(exercise_id)))


def next_hint(lab: Lab, exercise: Exercise) -> str:
    """The hint after the one shown before; after the last one, the last again."""
    if not exercise.hints:
        return f"Exercise {exercise.id} has no hints."
    progress = Progress(lab)
    level = min(progress.get("hints", exercise.id, 0) + 1, len(exercise.hints))
    progress.set("hints", exercise.id, level)
    lines = textwrap.fill(exercise.hints[level - 1], 80)
    more = "" if level == len(exercise.hints) else f'\nCall hint("{exercise.id}") again for more.'
    heading = f"Hint {level} of {len(exercise.hints)} for {exercise.id}, {exercise.title}"
    return f"{heading}\n\n{lines}\n{more}".rstrip()


def predict(exercise_id: str, answer: str) -> None:
    """Note what you expect before you run. It earns no points; the card compares it with the
    result."""
    lab = _lab_of(exercise_id)
    question = lab.exercise(exercise_id).predict
    letter = str(answer).strip().lower()
    if question is None:
        print(f"Exercise {exercise_id} has nothing to predict.")
    elif not letter:
        print(f"No prediction yet: write one of {', '.join(question.options)} between the quotes.")
    elif letter not in question.options:
        print(f"{answer!r} is not one of {', '.join(question.options)}.")
    else:
        Progress(lab).set("predictions", exercise_id, letter)
        print(f"Noted: {letter}. Once the checks pass, the card says whether you were right.")


def progress() -> None:
    """Show how far you are in this lab."""
    lab = _lab_here()
    if lab is None:
        print("There is no lab in this folder: open the notebook from its own folder.")
        return
    print(progress_text(lab))


def progress_text(lab: Lab) -> str:
    known = Progress(lab)
    lines = [
        f"{lab.title}: {known.done} of {len(lab.exercises)} exercises pass their visible checks"
    ]
    for exercise in lab.exercises:
        state = known.get("checks", exercise.id)
        mark = "not tried" if state is None else f"{state['passed']} of {state['of']} checks"
        lines.append(f"  {exercise.id}  {exercise.title:<45.45} {mark}")
    return "\n".join(lines)


class Progress:
    """A student's progress, which is saved in the lab's folder as `progress.json`."""

    def __init__(self, lab: Lab):
        self.lab = lab
        self.path = lab.folder / PROGRESS
        self.table: dict[str, dict[str, Any]] = {}
        try:
            table = json.loads(self.path.read_text(encoding="utf-8"))
            self.table = table if isinstance(table, dict) else {}
        except (OSError, ValueError):
            pass  # there is none yet, or it was edited by hand: start again

    def get(self, kind: str, exercise_id: str, default: Any = None) -> Any:
        entry = self.table.get(kind)
        return entry.get(exercise_id, default) if isinstance(entry, dict) else default

    def set(self, kind: str, exercise_id: str, value: Any) -> None:
        if self.get(kind, exercise_id) == value:
            return
        if not isinstance(self.table.get(kind), dict):
            self.table[kind] = {}
        self.table[kind][exercise_id] = value
        try:
            self.path.write_text(
                json.dumps(self.table, indent=1, sort_keys=True) + "\n", encoding="utf-8"
            )
        except OSError:
            pass  # in a read-only folder nothing is saved, but the checks still work

    @property
    def started(self) -> bool:
        return bool(self.table)

    @property
    def done(self) -> int:
        return sum(
            (self.get("checks", exercise.id) or {}).get("passed", 0)
            == (self.get("checks", exercise.id) or {}).get("of", -1)
            for exercise in self.lab.exercises
        )


def show_card(card: Card) -> None:
    """Show a card: as HTML in a notebook, as text elsewhere."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        print(card.text())
        return
    if get_ipython() is None:
        print(card.text())
    else:
        display(card)


def _lab_here() -> Lab | None:
    """The lab in the working folder; None if there is none, or if the folder was renamed."""
    here = Path.cwd()
    return read_lab(here) if LAB_ID.fullmatch(here.name) and (here / "lab.toml").is_file() else None


def _lab_of(exercise_id: str) -> Lab:
    """The lab of an exercise: the one in the working folder, or one of the course."""
    if not isinstance(exercise_id, str):
        raise LabNotFound(
            f'Write the exercise in quotes, such as check("1.2"); got {exercise_id!r}.'
        )
    lab = _lab_here()
    number = exercise_id.partition(".")[0]
    if lab is None or (number.isdecimal() and int(number) != lab.number):
        lab = find_course().lab(number)
    lab.exercise(exercise_id)
    return lab


def _namespace() -> dict[str, Any]:
    """The notebook's names; outside IPython, those of the calling module."""
    try:
        from IPython import get_ipython

        shell = get_ipython()
    except ImportError:
        shell = None
    if shell is not None:
        names: dict[str, Any] = shell.user_ns
        return names
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return frame.f_globals if frame is not None else {}


def _forbidden(exercise: Exercise, namespace: dict[str, Any]) -> str:
    """The sentence about a forbidden name in the cells that define an exercise's functions, or in
    other functions of the student that these use; "" if there is none. Grading finds the same."""
    if not exercise.forbid:
        return ""
    aliases = {}
    for name, value in namespace.items():
        if isinstance(value, types.ModuleType):
            aliases[name] = value.__name__
        elif callable(value) and isinstance(getattr(value, "__module__", None), str):
            aliases[name] = f"{value.__module__}.{getattr(value, '__qualname__', name)}"
    waiting, seen = list(exercise.provides), set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or not _is_written_in(namespace, name):
            continue
        seen.add(name)
        value = namespace[name]
        try:
            if name in exercise.provides or isinstance(value, type):
                tree = ast.parse(_cell_of(value))
            else:
                tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
        except (OSError, TypeError, SyntaxError):
            continue
        found = forbidden_name(tree, aliases | aliases_in(tree), exercise.forbid, name)
        if found:
            return found
        waiting += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return ""


def _cell_of(value: Any) -> str:
    """The whole cell in which a function or a class was defined."""
    if isinstance(value, type):  # Python does not know where a notebook's class was defined
        methods = (one for one in vars(value).values() if isinstance(one, types.FunctionType))
        value = next(methods, value)
    return "".join(linecache.getlines(inspect.getfile(inspect.unwrap(value))))


def _is_written_in(namespace: dict[str, Any], name: str) -> bool:
    """Is the name a function or a class that the notebook itself defines?"""
    value = namespace.get(name)
    home = getattr(value, "__module__", None)
    return isinstance(value, types.FunctionType | type) and home == namespace.get("__name__", home)
