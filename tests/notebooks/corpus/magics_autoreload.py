"""`%load_ext autoreload` and `%autoreload 2`, as many notebooks begin."""


def change(nb):
    nb.first("%load_ext autoreload\n%autoreload 2\nONE = 1.0")
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
