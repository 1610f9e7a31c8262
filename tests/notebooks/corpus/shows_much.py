"""Cells that print for ever so long, and an answer that prints."""


def change(nb):
    nb.first("for n in range(20000): print('x' * 100)")
    nb.swap("ex-1-1", "return float(", "print('patch', patch)\n    return float(")
