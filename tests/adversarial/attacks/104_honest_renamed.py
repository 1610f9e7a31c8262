# family = "honest"
# tries = "hands in a file of another name, as browsers make them"
# damage = true
# base = "solved"
# points = 100
# file = "lab01_filters (1) - Kopie.ipynb"
# says = "The file is called"
def damage(notebook):
    return notebook
