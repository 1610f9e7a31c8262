# family = "metadata"
# tries = "makes its exercises worth more points, and its grade cells' hand-marked"
# damage = true
# base = "solved"
# points = 100
# suspicious = "says that exercise 1.1 is worth 1000 points"
def damage(notebook):
    for cell in notebook["cells"]:
        stamp = cell["metadata"].get("nbgrader")
        if stamp and cell["id"].startswith("check-"):
            stamp.update(points=1000, solution=True, locked=False, task=True)
    return notebook
