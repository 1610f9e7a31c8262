"""A small class that hands in this lab, and which checks each of them must fail."""

from nablab.grading.samples import Sample

SAMPLES = (Sample("ada", "everything right"),)
