"""A small class that hands in this lab, and which checks each of them must fail. The demo and the
tests use it: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.samples import Sample

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "the stub, unchanged", stub=True),
]
