# family = "damaged"
# tries = "JSON nested a million deep"
# damage = true
# state = "unreadable"
# says = "damaged"
def damage(notebook):
    return "[" * 1_000_000
