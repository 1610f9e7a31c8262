# family = "damaged"
# tries = "twenty thousand cells, which would hold a worker for minutes"
# damage = true
# base = "solved"
# state = "unreadable"
# says = "has 20,075 cells, but at most 2,000 are read"
def damage(notebook):
    own = [
        {"cell_type": "code", "id": f"own-{n}", "metadata": {}, "outputs": [], "source": f"x = {n}"}
        for n in range(20_000)
    ]
    notebook["cells"][6:6] = own
    return notebook
