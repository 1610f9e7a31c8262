# family = "honest"
# tries = "saves with Windows line ends and a byte order mark"
# damage = true
# base = "solved"
# points = 100
import json


def damage(notebook):
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    return "\ufeff" + json.dumps(notebook, indent=1).replace("\n", "\r\n")
