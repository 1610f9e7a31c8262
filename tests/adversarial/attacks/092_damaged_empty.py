# family = "damaged"
# tries = "an empty file"
# damage = true
# state = "unreadable"
# says = "damaged"
def damage(notebook):
    return ""
