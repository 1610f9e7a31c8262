# family = "damaged"
# tries = "a notebook of something else"
# damage = true
# state = "unreadable"
# says = "not a notebook of lab01_filters"
def damage(notebook):
    for number, cell in enumerate(notebook["cells"]):
        cell.update(id=f"x{number}", source="print(1)", metadata={})
    return notebook
