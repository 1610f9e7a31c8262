# family = "damaged"
# tries = "a file of millions of empty cells, each of which takes memory as it is read"
# damage = true
# state = "unreadable"
# says = "more than 500,000 lists and objects"
import json


def damage(notebook):
    text = json.dumps(notebook)
    return text.replace('"cells": [', '"cells": [' + "{}," * 5_000_000, 1)
