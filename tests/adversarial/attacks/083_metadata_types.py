# family = "metadata"
# tries = "turns cells into text and raw cells, and gives metadata of every wrong type"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    for number, cell in enumerate(notebook["cells"]):
        if cell["id"].startswith("ex-"):
            cell["cell_type"] = ("markdown", "raw", "code", 7)[number % 4]
        if not cell["id"].startswith("ex-"):
            cell["metadata"] = ([], None, "x", {"nbgrader": 7}, {"nbgrader": {"grade_id": 9}})[
                number % 5
            ]
    notebook["metadata"] = ["kernelspec"]
    return notebook
