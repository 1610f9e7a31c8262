# family = "honest"
# tries = "has the cell of 1.2 twice, a first try above the one that counts"
# damage = true
# base = "solved"
# points = 100
import copy


def damage(notebook):
    cells = notebook["cells"]
    place = next(number for number, cell in enumerate(cells) if cell["id"] == "ex-1-2")
    first = copy.deepcopy(cells[place])
    first["source"] = "def correlate_valid(img, filt):\n    return img  # not yet\n"
    cells.insert(place, first)
    return notebook
