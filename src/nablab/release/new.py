"""The files of a new lab: one small exercise, complete, to be replaced by the real ones.

What it makes can be built and proven at once, so an author starts from something that works.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from nablab.course import LAB_ID, Course
from nablab.errors import BadLab


def new_lab(course: Course, lab_id: str) -> list[Path]:
    """Write a new lab's files into `solutions/` and `grader/suites/`; raises `BadLab` for an id
    that is none or is taken."""
    match = LAB_ID.fullmatch(lab_id)
    if not match:
        raise BadLab(f"{lab_id!r} is no lab id: it reads labNN_topic, such as lab02_sizes.")
    taken = sorted(path.name for path in course.solutions.glob(f"lab{match[1]}_*"))
    if taken:
        raise BadLab(f"Lab {int(match[1])} is there already: {taken[0]}.")
    number = int(match[1])
    written = []
    for part, target in (("solutions", course.solutions / lab_id), ("suite", course.suite(lab_id))):
        target.mkdir(parents=True)
        for template in sorted(
            files("nablab.release").joinpath("template", part).iterdir(),
            key=lambda entry: entry.name,
        ):
            path = target / template.name.removesuffix(".txt").replace("N_1", f"{number}_1")
            text = template.read_text(encoding="utf-8").replace("{N}", str(number))
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written
