# family = "damaged"
# tries = "cells of nothing but line ends, and text cells too, to make patterns search for long"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    cells = notebook["cells"]
    for number in range(4):
        own = {"metadata": {}, "id": f"own-{number}", "source": "x = 1" + "\n" * 150_000 + "y = 1"}
        cells.insert(6, {**own, "cell_type": "code", "outputs": []})
        cells.insert(6, {**own, "cell_type": "markdown", "id": f"text-{number}"})
    return notebook
