# family = "damaged"
# tries = "cells that are no cells, between ones that are"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    odd = [None, 7, [], "cell", {}, {"cell_type": "code"}, {"source": {"a": 1}}, {"id": []}]
    notebook["cells"] = [one for cell in notebook["cells"] for one in (cell, *odd)]
    return notebook
