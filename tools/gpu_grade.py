"""`python tools/gpu_grade.py 1 3 5 6`: grade samples of some labs with a GPU in the jail.

Each sample's points are known in advance; it fails if one earns others. Without bubblewrap the
samples, which are this repository's own, run without a jail.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from nablab.course import find_course
from nablab.grading.records import Submission
from nablab.grading.run.runners import grade_in_one_process
from nablab.grading.samples import notebook_of, samples_of
from nablab.sandbox.engine import NoJail, choose


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("labs", nargs="+", help="their numbers")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="gpu")
    parser.add_argument("--samples", type=int, default=2, help="of each lab, at most")
    options = parser.parse_args()
    try:
        engine = choose(unsafe=shutil.which("bwrap") is None, device=options.device)
    except NoJail as error:
        print(error, file=sys.stderr)
        return 1
    course = find_course()
    wrong = sum(graded_wrong(course, number, engine, options.samples) for number in options.labs)
    return 1 if wrong else 0


def graded_wrong(course, number, engine, count):
    """Prints one line for each sample of a lab; returns how many earned other points."""
    lab = course.lab(number)
    samples = samples_of(course, lab)[:count]
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        submissions = []
        for sample in samples:
            path = Path(place, f"{sample.student}.ipynb")
            path.write_text(notebook_of(sample, course, lab), encoding="utf-8")
            submissions.append(Submission(sample.student, lab.id, path))
        start = time.perf_counter()
        graded = grade_in_one_process(submissions, course, lab, engine)
    for sample, one in zip(samples, graded, strict=True):
        is_right = abs(one.points - sample.points) < 1e-6
        wrong += not is_right
        says = "" if is_right else f", expected {sample.points:g}"
        print(f"{lab.id}, {sample.student}: {one.points:g} points{says}")
    print(f"{lab.id}: {time.perf_counter() - start:.0f} s for {len(samples)}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
