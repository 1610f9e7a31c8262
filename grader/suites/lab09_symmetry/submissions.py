"""A small class that hands in this lab, and which checks each of them must fail. For the demo and
the tests: the scores that the grader gives must be the ones that follow from here."""

SAMPLES = []
