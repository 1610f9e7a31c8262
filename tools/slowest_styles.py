"""Prints how long the slowest right answers to a lab take: `python tools/slowest_styles.py LAB …`.

A lab's limits are set from these times. For every exercise it prints the longest single call and
the longest check, over the reference, every variant of the exercise and every variant of the
exercises that it builds on. Times are seconds of CPU time, which other work on the machine does not
change. A limit in lab.toml should be at least three times as long. The times are noted there, above
the limits.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from nablab.authored.answers import Answers
from nablab.checking.mark import Alternative
from nablab.checking.runner import run_check
from nablab.course import Exercise, find_course
from nablab.sandbox.student import LocalLink, Student


class Stopwatch(LocalLink):
    """A notebook's link that remembers its longest call."""

    longest = 0.0

    def request(self, op: str, **arguments: Any) -> Any:
        begun = time.process_time()
        try:
            return super().request(op, **arguments)
        finally:
            self.longest = max(self.longest, time.process_time() - begun)


def times(
    answers: Answers, exercise: Exercise, alternative: Alternative | None
) -> tuple[float, float]:
    """The seconds of the longest call and of the longest check."""
    names = answers.namespace()
    names.update(alternative.names if alternative else {})
    link = Stopwatch(names)
    student, longest = Student(link, exercise.signatures), 0.0
    for check in (*answers.visible, *answers.hidden):
        if check.exercise == exercise.id:
            begun = time.process_time()
            run_check(check, student, "seed 0")
            longest = max(longest, time.process_time() - begun)
    return link.longest, longest


def main() -> None:
    course = find_course(Path(__file__).resolve().parents[1])
    for name in sys.argv[1:]:
        lab = course.authored_lab(name)
        answers = Answers(course, lab)
        print(f"{lab.id}: a call may take {lab.limits.call_s:g} s, a check {lab.limits.test_s:g} s")
        for exercise in lab.exercises:
            used = {exercise.id, *lab.built_on(exercise)}
            alternatives = [v for v in answers.variants if v.exercise in used]
            found = [
                (*times(answers, exercise, alternative), alternative)
                for alternative in (None, *alternatives)
            ]
            call, _, slow = max(found, key=lambda row: row[0])
            check = max(row[1] for row in found)
            style = f"{slow.exercise} {slow.name}" if slow else "the reference"
            print(f"  {exercise.id}  longest call {call:6.2f} s, check {check:6.2f} s  ({style})")


if __name__ == "__main__":
    main()
