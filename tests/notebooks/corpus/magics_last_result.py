"""`_`, the last cell's result, used by the cell below."""


def change(nb):
    nb.first("2 + 3")
    nb.before("ex-1-1", "five = _\nsum(_ for _ in range(3))")
    nb.top("ex-1-1", "assert five == 5")
