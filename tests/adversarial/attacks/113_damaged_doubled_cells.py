# family = "damaged"
# tries = "the cell of 1.1 six hundred times, each another wrong try, above the one that counts"
# damage = true
# base = "solved"
# points = 100
# says = "appears 601 times"
import copy


def damage(notebook):
    cells = notebook["cells"]
    place = next(number for number, cell in enumerate(cells) if cell["id"] == "ex-1-1")
    for number in range(600):
        first = copy.deepcopy(cells[place])
        first["source"] = f"def match_score(patch, filt):\n    return {number}\n"
        cells.insert(place, first)
        place += 1
    return notebook
