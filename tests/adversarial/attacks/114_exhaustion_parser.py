# family = "exhaustion"
# tries = "a cell that takes Python's parser seconds, in an exercise that fails"
# damage = true
# base = "solved"
# points = 92
def damage(notebook):
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "ex-1-1")
    cell["source"] = "match_score = abs\n" + "abs(1)\n" * 27_000
    return notebook
