"""Whether students who pass a check also do well elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import StatisticsError, correlation

ENOUGH, ENOUGH_EACH = 10, 3  # answers in all and on each side, below which nothing is remarked
HARDLY = 0.1


def discrimination(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """The point-biserial correlation of one check with everything else.

        r = (M1 - M0) / s · sqrt(p (1 - p))

    M1 and M0 are the mean rest scores of those who pass and of those who fail, s is the standard
    deviation of all rest scores, and p is the share of those who pass. It is Pearson's correlation
    of the rest score with 0 for failed and 1 for passed, so it is between -1 and 1.

    Args:
        passed: for each student, whether the check passed.
        rest: for each student, the points of the whole lab without those of this check. If they
            were included, every check would seem to agree with the total.

    Returns:
        None if it is undefined: all pass, all fail, or all have the same rest score.

    Source: Lord and Novick (1968), Statistical Theories of Mental Test Scores, chapter 15.
    """
    try:
        return correlation([float(one) for one in passed], rest)
    except StatisticsError:  # one of the two does not vary, or there are fewer than two students
        return None


def in_words(r: float | None, passed: int, judged: int) -> str:
    """A remark on a low discrimination; empty if it is fine or the class is too small."""
    if r is None or judged < ENOUGH or min(passed, judged - passed) < ENOUGH_EACH:
        return ""
    if r < -HARDLY:
        return "Students who pass it do worse elsewhere: look at the check."
    if r < HARDLY:
        return "Students who pass it do no better elsewhere."
    return ""
