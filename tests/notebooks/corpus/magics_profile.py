"""`%%prun` and `%prun`."""


def change(nb):
    nb.first("%%prun -q\nONE = 1.0")
    nb.before("ex-1-1", "%prun -q sum(range(10))")
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
