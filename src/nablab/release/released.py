"""Checks that `labs/` is what a lab's sources build, and that it leaks nothing to students."""

from __future__ import annotations

import filecmp
import secrets
import shutil
import tempfile
from pathlib import Path

from nablab.authored.answers import Answers
from nablab.authored.read import BEGIN, DISCUSSION, ONE_LINE
from nablab.checking.fingerprint import FILE, alike, load
from nablab.checking.load import LabCode
from nablab.course import Course, read_lab
from nablab.release.proof import Proof
from nablab.release.write import build

STRAY = "notes_for_instructors.txt"


def check_released(answers: Answers, proof: Proof) -> None:
    """Plant a secret in every solution and in a file beside them, and build. The result must equal
    `labs/`, byte for byte, so that two builds are the same. It must hold no trace of the secret, of
    the file or of the hidden suite's names."""
    course, lab = answers.course, answers.lab
    secret = f"planted_{secrets.token_hex(8)}"
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        shutil.copytree(course.solutions, root / "solutions")
        shutil.copytree(course.grader / "suites", root / "grader" / "suites")
        source = root / "solutions" / lab.id / "lab.py"
        source.write_text(
            _with_secret(source.read_text(encoding="utf-8"), secret), encoding="utf-8"
        )
        (root / "solutions" / lab.id / STRAY).write_text(secret)
        released = course.root / "labs" / lab.id
        if (released / FILE).is_file():
            shutil.copytree(released, root / "labs" / lab.id, dirs_exist_ok=True)
        fresh = build(Course(root), read_lab(root / "solutions" / lab.id))
        hidden = {check.name for check in answers.hidden}
        leaks = [
            f"the release leaks {needle} in {path.relative_to(fresh)}"
            for path in sorted(fresh.rglob("*"))
            for needle in (secret, BEGIN, ONE_LINE, STRAY, *hidden)
            if needle in path.name or (path.is_file() and needle.encode() in path.read_bytes())
        ]
        stale = ", ".join(_differences(fresh, released)) if released.is_dir() else None
        if stale is None:
            proof.failures.append(f"{released} is missing: run `nablab author build`")
        elif not stale:
            proof.facts["released"] = "current, byte for byte"
        elif not leaks:
            proof.failures.append(
                f"labs/{lab.id} is not what the sources build ({stale}): run `nablab author build`"
            )
    proof.failures += leaks
    proof.facts["leaks"] = f"{len(leaks)} found" if leaks else "none found"


def check_fingerprints(answers: Answers, proof: Proof) -> None:
    """On its exercise's probes, every mutant differs from the reference and from other mutants."""
    released = answers.course.root / "labs" / answers.lab.id
    if not (released / FILE).is_file():
        return
    for exercise_id, entry in load(LabCode(read_lab(released))).items():
        if not entry.probes:
            continue  # a trained result has nothing to compare
        for number, (name, _, values) in enumerate(entry.mutants):
            if alike(values, entry.reference):
                proof.failures.append(f"{exercise_id}: no probe tells {name} from the reference")
            for other, _, theirs in entry.mutants[number + 1 :]:
                if alike(values, theirs):
                    proof.failures.append(f"{exercise_id}: no probe tells {name} from {other}")


def _with_secret(source: str, secret: str) -> str:
    """A secret as the first line of every solution region and of every discussion, and in every
    one-line solution."""
    lines = []
    for line in source.splitlines():
        if ONE_LINE in line and BEGIN not in line:
            line = line.replace(f"  {ONE_LINE}", f" if '{secret}' else ''  {ONE_LINE}", 1)
        lines.append(line)
        if line.strip() == BEGIN:
            lines.append(f"{line[: len(line) - len(line.lstrip())]}'{secret}'")
        if line.startswith("# %% [markdown]") and DISCUSSION in line:
            lines.append(f"# {secret}")
    return "\n".join(lines) + "\n"


def _differences(a: Path, b: Path) -> list[str]:
    """Names of files that differ or are in one folder only, without what a student's run leaves."""
    ignored = {"progress.json"}
    files = {
        path.relative_to(root)
        for root in (a, b)
        for path in root.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and ".ipynb_checkpoints" not in path.parts
        and path.name not in ignored
    }
    return sorted(
        str(name)
        for name in files
        if not (
            (a / name).is_file()
            and (b / name).is_file()
            and filecmp.cmp(a / name, b / name, shallow=False)
        )
    )
