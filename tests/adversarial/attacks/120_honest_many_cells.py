# family = "honest"
# tries = "has tried things out in nine hundred small cells"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    own = [
        {"cell_type": "code", "id": f"own-{n}", "metadata": {}, "outputs": [], "source": f"x = {n}"}
        for n in range(900)
    ]
    notebook["cells"][6:6] = own
    return notebook
