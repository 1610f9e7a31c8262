"""A tool gave all cells of the student's own the same id."""


def change(nb):
    nb.first("ONE = 1.0")
    nb.before("ex-1-2", "two = 2", id="own1")
    nb.before("check-1-3", "three = 3", id="own1")
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
    nb.top("ex-1-4", "assert two == 2 and three == 3")
