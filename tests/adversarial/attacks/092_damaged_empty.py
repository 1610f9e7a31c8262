# family = "damaged"
# tries = "an empty file"
# damage = true
# state = "unreadable"
# says = "is empty"
def damage(notebook):
    return ""
