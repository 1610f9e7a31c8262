"""A cell asks a question, which nobody can answer; what it was to define is missing."""

FAILS = ("1.1",)
SAYS = "nobody can answer at grading"


def change(nb):
    nb.first("FACTOR = float(input('factor? '))")
    nb.swap("ex-1-1", "return float(", "return FACTOR * float(")
