# family = "damaged"
# tries = "a file that is cut off"
# damage = true
# state = "unreadable"
# says = "its JSON is cut off"
import json


def damage(notebook):
    return json.dumps(notebook)[:5000]
