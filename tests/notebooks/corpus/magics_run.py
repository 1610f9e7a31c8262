"""`%run` of a script that the notebook writes, whose names are then there."""


def change(nb):
    nb.first("%%writefile one.py\nONE = 1.0")
    nb.before("ex-1-1", "%run one.py")
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
