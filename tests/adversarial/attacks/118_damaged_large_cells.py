# family = "damaged"
# tries = "more than a million characters, in cells that are each within bounds"
# damage = true
# base = "solved"
# state = "unreadable"
# says = "at most 1,000,000 are read"
def damage(notebook):
    own = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "x = 1\n" * 30_000}
    notebook["cells"][6:6] = [{**own, "id": f"own-{number}"} for number in range(6)]
    return notebook
