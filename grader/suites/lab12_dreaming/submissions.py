"""A small class that hands in this lab."""

from nablab.grading.samples import Sample

SAMPLES = [Sample("student01", "perfect, in the style of the text")]
