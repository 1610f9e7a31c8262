"""A solution moved above an earlier exercise's: its function is called only later."""


def change(nb):
    cell = nb.remove("ex-1-3")
    nb.cells.insert(nb.at("ex-1-1"), cell)
