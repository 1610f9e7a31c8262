# family = "metadata"
# tries = "swaps the ids of two solution cells, so that an easy answer stands for a hard exercise"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    one, other = cells["ex-1-1"], cells["ex-1-8"]
    one["id"], other["id"] = other["id"], one["id"]
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]
    return notebook
