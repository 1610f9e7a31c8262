# family = "metadata"
# tries = "replaces the locked check cells by cells that say that all went well"
# damage = true
# points = 0
# suspicious = "The check cell of exercise 1.1 was changed"
def damage(notebook):
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["source"] = "check = lambda *args: 18.0\n18.0"
            cell["metadata"]["nbgrader"]["locked"] = False
    return notebook
