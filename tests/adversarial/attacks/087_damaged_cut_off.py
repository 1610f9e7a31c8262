# family = "damaged"
# tries = "a file that breaks off"
# damage = true
# state = "unreadable"
# says = "its JSON breaks off"
import json


def damage(notebook):
    return json.dumps(notebook)[:5000]
