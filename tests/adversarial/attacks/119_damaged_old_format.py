# family = "damaged"
# tries = "thousands of cells in the old format 3, whose conversion takes long"
# damage = true
# base = "solved"
# state = "unreadable"
# says = "at most 2,000 are read"
def damage(notebook):
    cell = {"cell_type": "code", "input": "x = 1", "language": "python", "outputs": []}
    sheet = {"cells": [cell] * 20_000, "metadata": {}}
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [sheet]}
