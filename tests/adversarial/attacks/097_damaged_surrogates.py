# family = "damaged"
# tries = "text that cannot be written down, and control characters, in every cell"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]) + "\n# \ud800 \x1b[31m \u202e </script>"
    return notebook
