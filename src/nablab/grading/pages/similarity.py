"""Finds answers that are more alike than their exercise explains: a reason to look, not a proof.

copydetect replaces every name and string by one letter, leaves out comments and whitespace, and
takes a fingerprint of every passage of the rest. Code of the released cell does not count. An
exercise of three lines has only a few right answers, so two similar ones mean nothing. A pair is
conspicuous only if most of one answer is found in the other *and* few others wrote a good part of
that. So code that a large part of the class shares is not found here.

Pairs are counted from unusual passages and their few writers, so time grows with the number of
answers and not with the number of pairs.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import combinations
from statistics import median
from typing import Any

LENGTH = 16  # characters of normalised code in one passage: about half a line
ALIKE = 0.7  # share of the shorter answer
ODD_PLACE = 16  # passages that few others wrote: one unusual place makes this many
UNUSUAL = 48  # the same over all exercises in which two are alike: about three lines
FEW, FEW_SHARE = 5, 0.02  # most writers of an unusual passage: a number, or a share of the class
FEWEST = 10  # answers to one exercise: with fewer, nobody can say what is usual
LONGEST = 20_000  # characters of an answer that are compared
SAMPLE = 500  # random pairs that show what is usual


@dataclass(frozen=True)
class Match:
    """Two answers to one exercise that are conspicuously alike."""

    exercise: str
    students: tuple[str, str]
    share: float  # share of the shorter answer that is found in the other one
    usual: float  # the median of this share over random pairs of answers
    unusual: int  # passages that both wrote and few others did
    verbatim: bool  # comments and names too


@dataclass(frozen=True)
class Pair:
    """Two students and all exercises in which they are alike."""

    students: tuple[str, str]
    matches: tuple[Match, ...]

    @property
    def share(self) -> float:
        return max(match.share for match in self.matches)

    @property
    def unusual(self) -> int:
        return sum(match.unusual for match in self.matches)


def similar_pairs(
    answers: Mapping[str, Mapping[str, str]], released: Mapping[str, str]
) -> list[Pair]:
    """The conspicuous pairs of a class, those with most in common first.

    Args:
        answers: source by exercise and student.
        released: by exercise, the source of the released cell.
    """
    matches = defaultdict(list)
    for exercise, sources in answers.items():
        for match in matches_in(exercise, sources, released.get(exercise, "")):
            matches[match.students].append(match)
    pairs = (Pair(students, tuple(found)) for students, found in matches.items())
    return sorted(
        (pair for pair in pairs if pair.unusual >= UNUSUAL),
        key=lambda pair: (-pair.unusual, pair.students),
    )


def matches_in(exercise: str, sources: Mapping[str, str], released: str) -> list[Match]:
    """The pairs of answers to one exercise that are alike in what few others wrote."""
    if len(sources) < FEWEST:  # checked before copydetect, and with it Matplotlib, is loaded
        return []
    given = passages(released)
    once = {source: passages(source) - given for source in set(sources.values())}
    own = {student: once[sources[student]] for student in sorted(sources)}
    own = {student: found for student, found in own.items() if found}
    if len(own) < FEWEST:
        return []
    usual = _usual(list(own.values()))
    matches = []
    for (a, b), unusual in _unusual_in_common(own).items():
        share = _share(own[a], own[b])
        if unusual >= ODD_PLACE and share >= ALIKE:
            verbatim = sources[a].split() == sources[b].split()
            matches.append(Match(exercise, (a, b), share, usual, unusual, verbatim))
    return matches


def side_by_side(left: str, right: str, released: str) -> tuple[list[tuple[str, bool]], ...]:
    """Both sources cut into parts, each marked with whether it is also found on the other side."""
    from copydetect import compare_files

    prints = [_fingerprint(source) for source in (left, right)]
    given = passages(released)
    for one in prints:
        one.hashes = one.hashes - given
        one.hash_idx = {key: at for key, at in one.hash_idx.items() if key not in given}
    _, _, slices = compare_files(*prints)
    return tuple(
        _parts(source, found.T.tolist() if found.size else [])
        for source, found in zip(map(_compared, (left, right)), slices, strict=True)
    )


def passages(source: str) -> frozenset[int]:
    """The fingerprints of a source, valid only in this process."""
    return frozenset(_fingerprint(source).hashes)


def _fingerprint(source: str) -> Any:
    """Every passage is kept (a window of 1), because cells are short, and because a larger window
    keeps passages that depend on Python's random hashes."""
    from copydetect import CodeFingerprint

    text = StringIO(_compared(source))
    return CodeFingerprint("answer.py", LENGTH, 1, language="python", fp=text)


def _compared(source: str) -> str:
    return source.strip("\n")[:LONGEST]


def _unusual_in_common(own: Mapping[str, frozenset[int]]) -> Counter[tuple[str, str]]:
    """For each pair of students, how many passages they share with at most a few others."""
    writers: dict[int, list[str]] = defaultdict(list)
    for student, found in own.items():
        for passage in found:
            writers[passage].append(student)
    few = max(FEW, FEW_SHARE * len(own))
    common: Counter[tuple[str, str]] = Counter()
    for group, count in Counter(map(tuple, writers.values())).items():
        if 2 <= len(group) <= few:
            for pair in combinations(group, 2):
                common[pair] += count
    return common


def _usual(own: list[frozenset[int]]) -> float:
    draw = random.Random(0)
    return median(_share(*draw.sample(own, 2)) for _ in range(SAMPLE))


def _share(a: frozenset[int], b: frozenset[int]) -> float:
    return len(a & b) / min(len(a), len(b))


def _parts(source: str, spans: Iterable[Iterable[int]]) -> list[tuple[str, bool]]:
    parts, at = [], 0
    for start, end in sorted(map(tuple, spans)):
        start, end = max(start, at), min(end, len(source))
        if start < end:
            parts += [(source[at:start], False), (source[start:end], True)]
            at = end
    parts.append((source[at:], False))
    return [part for part in parts if part[0]]
