"""Builds `labs/` from `solutions/` through nbgrader's own generate_assignment.

nbgrader copies every file beside a source notebook into the release, so it never sees `solutions/`.
It works on a staged copy in `build/source` that holds only the notebook and the files that the
allow-list below names.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from nablab.authored.answers import Answers
from nablab.authored.read import ONE_LINE
from nablab.authored.stamp import stamp
from nablab.checking.fingerprint import FILE, Fingerprints, Probe, load, record, same, save
from nablab.checking.load import LabCode
from nablab.checking.mark import Alternative
from nablab.course import Course, Exercise, Lab, read_lab
from nablab.errors import BuildFailed
from nablab.nbgrader_environment import nbgrader_environment
from nablab.numbering import numbered

ALLOWED = ("lab.toml", "checks/*.py", "assets/**/*")


def build(course: Course, lab: Lab, into: Path | None = None) -> Path:
    """Build one authored lab into `labs/` (or `into`) and return its folder there."""
    answers = Answers(course, lab)
    source = course.root / "build" / "source" / lab.id
    _empty(source)
    notebook = json.dumps(stamp(lab, answers.cells), indent=1, ensure_ascii=False, sort_keys=True)
    (source / f"{lab.id}.ipynb").write_text(notebook + "\n", encoding="utf-8")
    _copy_allowed(lab, source)
    _save_fingerprints(answers, source / FILE, course.root / "labs" / lab.id)
    released = _generate_assignment(course.root / "build", lab.id)
    target = (into or course.root / "labs") / lab.id
    _empty(target)
    shutil.copytree(released, target, dirs_exist_ok=True)
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return target


def _copy_allowed(lab: Lab, target: Path) -> None:
    """Copy what students get beside the notebook, and fill in the numbers of labs and exercises."""
    for path in (path for pattern in ALLOWED for path in sorted(lab.folder.glob(pattern))):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        copy = target / path.relative_to(lab.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".toml", ".py"):
            text = numbered(path.read_text(encoding="utf-8"), lab.folder)
            copy.write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(path, copy)


def _save_fingerprints(answers: Answers, path: Path, before: Path) -> None:
    """Write a lab's fingerprints. The last build's file is kept if the differences are no larger
    than between two processors, so that a build is the same on every machine."""
    made = fingerprints(answers)
    save(path, made)
    if same(made, _loaded(before)):
        shutil.copyfile(before / FILE, path)


def _loaded(folder: Path) -> dict[str, Fingerprints]:
    try:
        return load(LabCode(read_lab(folder)))
    except Exception:  # another version, or cut off: it is made again
        return {}


def fingerprints(answers: Answers) -> dict[str, Fingerprints]:
    """The results of the reference and of every mutant on the probes of their exercise."""
    prints = {}
    for exercise in answers.lab.exercises:
        probes = answers.probes[exercise.id]
        mutants = [mutant for mutant in answers.mutants if mutant.exercise == exercise.id]
        prints[exercise.id] = Fingerprints(
            probes=probes,
            reference=_recorded(answers, exercise, probes),
            mutants=tuple(
                (mutant.name, mutant.says, _recorded(answers, exercise, probes, mutant))
                for mutant in mutants
            ),
            hidden_checks=sum(check.exercise == exercise.id for check in answers.hidden),
        )
    return prints


def _recorded(
    answers: Answers,
    exercise: Exercise,
    probes: tuple[Probe, ...],
    mutant: Alternative | None = None,
) -> tuple[Any, ...]:
    with answers.answering(exercise.id, mutant) as student, np.errstate(all="ignore"):
        return record(student, probes)


def _generate_assignment(build_root: Path, lab_id: str) -> Path:
    """nbgrader's generate_assignment, without a database, from `source` to `release`."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor, SaveCells
    from traitlets.config import Config

    class ClearOneLineSolutions(NbGraderPreprocessor):
        """`NAME = "answer"  ### SOLUTION None` is released as `NAME = None`."""

        def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
            if cell.cell_type == "code":
                cell.source = clear_one_line_solutions(cell.source)
            return cell, resources

    steps = [
        step for step in GenerateAssignment.preprocessors.default_args[0] if step is not SaveCells
    ]
    steps.insert(steps.index(ClearSolutions), ClearOneLineSolutions)
    config = Config()
    config.CourseDirectory.root = str(build_root)
    config.CourseDirectory.assignment_id = lab_id
    config.GenerateAssignment.no_database = True
    config.GenerateAssignment.force = True
    config.GenerateAssignment.preprocessors = steps
    with nbgrader_environment() as problems:
        coursedir = CourseDirectory(config=config)
        converter = GenerateAssignment(coursedir=coursedir, config=config)
        try:
            converter.start()
        except Exception as error:
            raise BuildFailed(
                f"nbgrader could not release {lab_id}: {' '.join(problems) or error}"
            ) from error
    released = build_root / "release" / lab_id
    if not (released / f"{lab_id}.ipynb").is_file():
        raise BuildFailed(f"nbgrader released no notebook for {lab_id}: {' '.join(problems)}")
    return released


def clear_one_line_solutions(source: str) -> str:
    pattern = rf"^(\s*\w+\s*=\s*).*?\s*{re.escape(ONE_LINE)} (.*)$"
    return re.sub(pattern, r"\1\2", source, flags=re.MULTILINE)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
