"""A solution's cell turned into Markdown by mistake."""

DIFFERS = {"1.7": "was a text cell", "1.8": "was a text cell"}


def change(nb):
    cell = nb.cells[nb.at("ex-1-7")]
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
