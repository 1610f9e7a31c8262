# family = "damaged"
# tries = "a file of more than 20 MB"
# damage = true
# state = "unreadable"
# says = "larger than 20 MB"
def damage(notebook):
    notebook["metadata"]["x"] = "x" * (21 << 20)
    return notebook
